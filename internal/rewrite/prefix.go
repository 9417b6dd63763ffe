package rewrite

import (
	"bytes"
	"cmp"
	"slices"

	"boltvet/mvccview"
)

// Prefix is what a compaction drops below one prefix of the users' keys.
type Prefix struct {
	Prefix  []byte // up to and with the slash behind the second segment, or the last slash before; nil: all others
	Records int64
	Bytes   int64 // of keys and values in the bucket
}

const (
	// maxPrefixes bounds the table; keys of a store that has more are counted together.
	maxPrefixes = 4096
	// prefixDepth is how many segments of a key its prefix has, as in `space`.
	prefixDepth = 2
	// topPrefixes is how many are shown.
	topPrefixes = 10
)

// prefixTable counts records by prefix.
type prefixTable struct {
	index map[string]int
	list  []Prefix
	other Prefix

	unbounded bool // that of a range, which has few records
}

// add counts one record. It allocates for a new prefix only.
func (t *prefixTable) add(key []byte, size int64) {
	t.count(mvccview.KeyPrefix(key, prefixDepth), 1, size)
}

// count adds records of one prefix.
func (t *prefixTable) count(name []byte, records, size int64) {
	i, ok := t.index[string(name)]
	if !ok {
		if len(t.list) == maxPrefixes && !t.unbounded {
			t.other.Records += records
			t.other.Bytes += size
			return
		}
		if t.index == nil {
			t.index = map[string]int{}
		}
		i = len(t.list)
		t.index[string(name)] = i
		t.list = append(t.list, Prefix{Prefix: append([]byte{}, name...)})
	}
	t.list[i].Records += records
	t.list[i].Bytes += size
}

// merge adds the table of a range.
func (t *prefixTable) merge(o *prefixTable) {
	for i := range o.list {
		if p := &o.list[i]; p.Records > 0 {
			t.count(p.Prefix, p.Records, p.Bytes)
		}
	}
}

// subtract takes records out; it is false if they are not all there.
func (t *prefixTable) subtract(o *prefixTable) bool {
	for i := range o.list {
		at, ok := t.index[string(o.list[i].Prefix)]
		if !ok {
			return false
		}
		p := &t.list[at]
		p.Records -= o.list[i].Records
		p.Bytes -= o.list[i].Bytes
		if p.Records < 0 || p.Bytes < 0 {
			return false
		}
	}
	return o.other.Records == 0
}

// clear counts from zero. A range has mostly the prefixes of the one before, so that few
// of them are kept for it.
func (t *prefixTable) clear() {
	const few = 64
	if len(t.list) > few {
		t.list, t.index = nil, nil
	}
	for i := range t.list {
		t.list[i].Records, t.list[i].Bytes = 0, 0
	}
}

// top gives the prefixes with most bytes, and all others as one.
func (t *prefixTable) top() (list []Prefix, others bool) {
	list = slices.DeleteFunc(slices.Clone(t.list), func(p Prefix) bool { return p.Records == 0 })
	slices.SortFunc(list, func(a, b Prefix) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), bytes.Compare(a.Prefix, b.Prefix))
	})
	rest := t.other
	for _, p := range list[min(len(list), topPrefixes):] {
		rest.Records += p.Records
		rest.Bytes += p.Bytes
	}
	list = list[:min(len(list), topPrefixes)]
	if rest.Records > 0 {
		return append(list, rest), true
	}
	return list, false
}
