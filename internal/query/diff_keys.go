package query

import (
	"bytes"
	"cmp"
	"slices"

	"boltvet/mvccview"
)

// A ChangeKind says how a key's state at R differs between two files.
type ChangeKind uint8

// The kinds, seen from the first file.
const (
	KeyAdded   ChangeKind = iota // alive in the second file only
	KeyRemoved                   // alive in the first file only
	KeyChanged                   // alive in both
	numChangeKinds
)

// String is the stable word.
func (k ChangeKind) String() string {
	if k < numChangeKinds {
		return [...]string{"added", "removed", "changed"}[k]
	}
	return "unknown"
}

// A KeyChange is a key whose state at R differs: its newest record in both files, which
// may be a deletion, and what it comes to.
type KeyChange struct {
	RecordDiff
	Kind ChangeKind
}

// changeCost is what a KeyChange takes at most until it is shown, and textCost what each
// byte of its keys and values does; in bytes.
const (
	changeCost = 16 << 10
	textCost   = 8
)

// cost is what the change takes.
func (k *KeyChange) cost() int64 {
	n := len(k.Key)
	for _, s := range k.Sides {
		if s != nil {
			n += len(s.Value)
		}
	}
	return changeCost + textCost*int64(n)
}

func changeOf(p *[2]placed) ChangeKind {
	switch {
	case !p[0].alive():
		return KeyAdded
	case !p[1].alive():
		return KeyRemoved
	}
	return KeyChanged
}

func (k *KeyCounts) count(kind ChangeKind) {
	switch kind {
	case KeyAdded:
		k.Added++
	case KeyRemoved:
		k.Removed++
	case KeyChanged:
		k.Changed++
	}
}

// All is the number of keys that differ at R.
func (k *KeyCounts) All() int64 { return k.Added + k.Removed + k.Changed }

// A PrefixChange counts the keys under one prefix that differ at R.
type PrefixChange struct {
	Prefix []byte // as mvccview.KeyPrefix has it
	Keys   KeyCounts
}

// maxPlaces bounds the prefixes that are told apart while counting.
const maxPlaces = 1 << 16

// places counts by prefix.
type places struct {
	depth, most int
	counts      map[string]*KeyCounts
	others      KeyCounts
}

func newPlaces(o DiffOptions) *places {
	return &places{depth: o.Depth, most: o.Prefixes, counts: map[string]*KeyCounts{}}
}

func (p *places) count(key []byte, kind ChangeKind) {
	if p.depth <= 0 {
		return
	}
	prefix := mvccview.KeyPrefix(key, p.depth)
	c := p.counts[string(prefix)]
	switch {
	case c != nil:
	case len(p.counts) >= maxPlaces:
		c = &p.others
	default:
		c = &KeyCounts{}
		p.counts[string(prefix)] = c
	}
	c.count(kind)
}

// list gives the prefixes with most changes, and all the others together.
func (p *places) list() (list []PrefixChange, others PrefixChange) {
	for prefix, c := range p.counts {
		list = append(list, PrefixChange{[]byte(prefix), *c})
	}
	slices.SortFunc(list, func(a, b PrefixChange) int {
		return cmp.Or(cmp.Compare(b.Keys.All(), a.Keys.All()), bytes.Compare(a.Prefix, b.Prefix))
	})
	others.Keys = p.others
	if len(list) <= p.most {
		return list, others
	}
	for _, c := range list[p.most:] {
		others.Keys.Added += c.Keys.Added
		others.Keys.Removed += c.Keys.Removed
		others.Keys.Changed += c.Keys.Changed
	}
	return list[:p.most], others
}
