package query

import (
	"bytes"
	"hash/maphash"

	"boltvet/mvccview"
)

// A keyHash stands for a key, as in the tables of mvccview: 128 bits of seeded hash,
// which no file can aim collisions at.
type keyHash struct{ hi, lo uint64 }

// apart are the keys of which a record was met that is not in both files, and behind it
// none that is. They only may differ: of what one file has compacted away, the other one
// shows every step.
type apart struct {
	seeds   [2]maphash.Seed
	atC     map[keyHash]*candidate // as it was when all records up to C had been met; nil: not yet
	open    map[keyHash]*candidate // since then
	limit   int64                  // bytes; 0: none
	crossed bool
}

// candidateBytes is what a key takes, with its share of the map.
const candidateBytes = 256

// A candidate is one such key. The second reading fills in its newest record up to C,
// if it is one of atC, and up to R.
type candidate struct {
	atC       bool
	base, now [2]placed
}

// placed is a record as it lies in its file; the value aliases that.
type placed struct {
	rev   mvccview.RevKey
	value []byte // nil: there is no such record
}

// alive tells whether a key with that newest record exists.
func (p *placed) alive() bool { return p.value != nil && !p.rev.Tombstone }

// same tells whether two newest records stand for the same state: equal, or none alive.
func (p *placed) same(o *placed) bool {
	if !p.alive() || !o.alive() {
		return p.alive() == o.alive()
	}
	return p.rev == o.rev && bytes.Equal(p.value, o.value)
}

func newApart(limit int64) *apart {
	return &apart{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, open: map[keyHash]*candidate{}, limit: limit}
}

func (a *apart) hash(key []byte) keyHash {
	return keyHash{maphash.Bytes(a.seeds[0], key), maphash.Bytes(a.seeds[1], key)}
}

// settled tells whether no key is open: then equal leaves change nothing.
func (a *apart) settled() bool { return len(a.open) == 0 }

// err is the error if there are more keys than may be kept.
func (a *apart) err() error {
	if a.limit > 0 && int64(len(a.open)+len(a.atC))*candidateBytes > a.limit {
		return &mvccview.MemoryError{Limit: a.limit}
	}
	return nil
}

// add takes in the key of a record that is not in both files.
func (a *apart) add(key []byte) {
	h := a.hash(key)
	if a.open[h] != nil {
		return
	}
	c := a.atC[h]
	if c == nil {
		c = &candidate{}
	}
	a.open[h] = c
}

// settle takes in the key of a record that both files have.
func (a *apart) settle(key []byte) { delete(a.open, a.hash(key)) }

// cross notes that all records up to C have been met.
func (a *apart) cross() {
	if a.crossed {
		return
	}
	a.crossed = true
	a.atC, a.open = a.open, map[keyHash]*candidate{}
	for _, c := range a.atC {
		c.atC = true
	}
}

// all gives every candidate, when all records have been met.
func (a *apart) all() map[keyHash]*candidate {
	a.cross()
	for h, c := range a.atC {
		a.open[h] = c
	}
	return a.open
}
