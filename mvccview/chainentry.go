package mvccview

import (
	"hash/maphash"

	"boltvet/bolt"
)

// Flags of a chainEntry.
const (
	entryLive     uint16 = 1 << iota // a put
	entryLocal                       // has a fault of its own
	entryBroken                      // is no witness of its successor: has a fault of its own, or does not fit its predecessor
	entryDangling                    // its lease does not exist
	entrySurplus                     // reported as below C already
	entryMarker                      // what --bump-revision leaves: no value, so the key is empty
	entryMarked                      // its key in the bucket has 18 bytes
)

// A chainEntry is one record of a key, in 48 bytes: with the hash of the key,
// an entry of a table takes 64.
type chainEntry struct {
	main, create, version int64
	off                   int64 // of the bucket's key in the file
	page                  bolt.Pgid
	sub                   uint32 // cut at 2^32-1, which only a damaged key reaches
	elem                  uint16 // a page cannot have more
	flags                 uint16
}

// set fills the entry from a record; flags tell only what the record's key
// says.
func (e *chainEntry) set(r *Record) {
	*e = chainEntry{
		main: r.Main, create: r.KV.Create, version: r.KV.Version, off: r.Off, page: r.Page,
		sub: uint32(min(r.Sub, 1<<32-1)), elem: uint16(r.Elem),
	}
	if !r.Tombstone {
		e.flags |= entryLive
	}
	if r.KeyLen == TombstoneKeyLen {
		e.flags |= entryMarked
	}
}

func (e *chainEntry) is(flags uint16) bool { return e.flags&flags != 0 }

func (e *chainEntry) rev() Revision { return Revision{e.main, int64(e.sub)} }

func (e *chainEntry) mark() mark {
	return mark{rev: e.rev(), page: e.page, elem: int(e.elem), off: e.off}
}

// keyLen is the length of the bucket's key.
func (e *chainEntry) keyLen() int64 {
	if e.is(entryMarked) {
		return TombstoneKeyLen
	}
	return RevKeyLen
}

// chainBinBytes is what a bin of a chainTable takes.
const chainBinBytes = 8192

// A chainTable maps keys to entries. It is one shard of a table: it has one
// owner and needs no lock.
type chainTable struct {
	shard shard[chainEntry]
}

func newChainTable() *chainTable {
	t := &chainTable{}
	t.shard.dir = []*bin[chainEntry]{newBin[chainEntry](0)}
	return t
}

// chainSeeds are those of a Chain's hashes of keys.
type chainSeeds [2]maphash.Seed

func newChainSeeds() chainSeeds { return chainSeeds{maphash.MakeSeed(), maphash.MakeSeed()} }

func (s *chainSeeds) hash(key []byte) keyHash {
	return keyHash{hi: maphash.Bytes(s[0], key), lo: maphash.Bytes(s[1], key) | 1}
}

// each visits all entries, in no order.
func (t *chainTable) each(visit func(keyHash, *chainEntry)) {
	dir := t.shard.dir
	for j, b := range dir {
		if j > 0 && dir[j-1] == b {
			continue // all places of a bin lie side by side
		}
		for k := range b.slots {
			if s := &b.slots[k]; s.hash != (keyHash{}) {
				visit(s.hash, &s.value)
			}
		}
	}
}
