package query

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"

	"boltvet/mvccview"
)

// maxNamed bounds the keys that an answer names as lost or doubtful.
const maxNamed = 10

// MaxHidden bounds the spans of revisions that an answer lists.
const MaxHidden = 100

// A HiddenSpan is the revisions from From up to but not including To.
type HiddenSpan struct{ From, To mvccview.Revision }

// hiddenUpTo lists what is hidden of the revisions up to rev.
func (s *keyScan) hiddenUpTo(rev int64) (spans []HiddenSpan) {
	s.hidden.Each(mvccview.Revision{}, behind(rev), func(lo, hi mvccview.Revision) bool {
		if len(spans) == MaxHidden {
			spans[MaxHidden-1].To = hi
			return true
		}
		spans = append(spans, HiddenSpan{lo, hi})
		return true
	})
	return spans
}

// collect takes from the matches what etcd would answer. The caller holds the guard.
func (a *GetAnswer) collect(m *matcher) error {
	a.Hidden, a.Astray = a.scan.hiddenUpTo(a.Rev), a.scan.astray.Load()
	m.each(a.judge)
	if err := m.Err(); err != nil {
		return err
	}
	a.Count = int64(len(a.found))
	slices.Sort(a.LostKeys)
	slices.Sort(a.DoubtfulKeys)
	if a.query.CountOnly {
		a.found = nil
		return nil
	}
	a.found = slices.DeleteFunc(a.found, a.query.excludes)
	slices.SortFunc(a.found, func(x, y *match) int { return cmp.Compare(x.key, y.key) })
	if n := a.query.early(); n > 0 && int64(len(a.found)) > n {
		a.found = a.found[:n]
	}
	if err := a.sort(); err != nil {
		return err
	}
	if n := a.query.Limit; n > 0 && int64(len(a.found)) > n {
		a.found, a.More = a.found[:n], true
	}
	return nil
}

// judge sorts one match in: alive at R, deleted, or lost.
func (a *GetAnswer) judge(m *match) {
	if !m.found {
		if m.after.found && a.scan.lost(m) {
			a.Lost++
			a.LostKeys = named(a.LostKeys, m.key)
		}
		return
	}
	if m.doubt = a.scan.doubt(m, a.Rev); m.doubt != Sure {
		a.Doubtful++
		a.DoubtfulKeys = named(a.DoubtfulKeys, m.key)
	}
	if !m.newest.Tombstone {
		a.found = append(a.found, m)
	}
}

// named keeps the first keys in order, for matches come in none.
func named(keys []string, key string) []string {
	i, _ := slices.BinarySearch(keys, key)
	if i >= maxNamed {
		return keys
	}
	keys = slices.Insert(keys, i, key)
	return keys[:min(len(keys), maxNamed)]
}

// early is how many keys etcd takes at most before it sorts them, one more than the
// limit; 0 is all. It takes a query without an order for one without a sort, although it
// sorts it by any target but the key: such an answer is the first keys, sorted.
// Source: etcd 3.7 server/etcdserver/txn/range.go (rangeLimit, sortRangeResults).
func (q *GetQuery) early() int64 {
	sorted := q.Order == Descending || q.Order == Ascending && q.Target != ByKey
	filtered := q.MinMod != 0 || q.MaxMod != 0 || q.MinCreate != 0 || q.MaxCreate != 0
	if sorted || filtered || q.Limit <= 0 || q.Limit == math.MaxInt64 {
		return 0
	}
	return q.Limit + 1
}

// excludes tells whether a bound leaves the key out.
// Source: etcd 3.7 server/etcdserver/txn/range.go (filterRangeResults).
func (q *GetQuery) excludes(m *match) bool {
	mod, create := m.version.mod, m.version.create
	return q.MaxMod != 0 && mod > q.MaxMod || mod < q.MinMod ||
		q.MaxCreate != 0 && create > q.MaxCreate || create < q.MinCreate
}

// sort brings the keys, which are in key order, into the order that is asked for. Keys
// that are equal come out as etcd's own use of the same algorithm leaves them, so it
// must be sort.Sort on a list in the same order.
// Source: etcd 3.7 server/etcdserver/txn/range.go (sortRangeResults).
func (a *GetAnswer) sort() error {
	q := &a.query
	if q.Target == ByKey && q.Order != Descending {
		return nil
	}
	by := &matchSort{list: a.found, target: q.Target}
	if q.Target == ByValue {
		if err := by.readValues(a.scan); err != nil {
			return err
		}
	}
	if q.Order == Descending {
		sort.Sort(sort.Reverse(by))
	} else {
		sort.Sort(by)
	}
	return nil
}

// A matchSort sorts matches by a target.
type matchSort struct {
	list   []*match
	values [][]byte // ByValue: they alias the file
	target SortTarget
}

// readValues finds the values of all matches, without copying them.
func (s *matchSort) readValues(scan *keyScan) error {
	s.values = make([][]byte, len(s.list))
	for i, m := range s.list {
		var kv mvccview.KeyValue
		if err := scan.record(m.newest, &kv); err != nil {
			return err
		}
		s.values[i] = kv.Value
	}
	return nil
}

func (s *matchSort) Len() int { return len(s.list) }

func (s *matchSort) Swap(i, j int) {
	s.list[i], s.list[j] = s.list[j], s.list[i]
	if s.values != nil {
		s.values[i], s.values[j] = s.values[j], s.values[i]
	}
}

func (s *matchSort) Less(i, j int) bool {
	a, b := s.list[i], s.list[j]
	switch s.target {
	case ByVersion:
		return a.version.version < b.version.version
	case ByCreate:
		return a.version.create < b.version.create
	case ByMod:
		return a.version.mod < b.version.mod
	case ByValue:
		return bytes.Compare(s.values[i], s.values[j]) < 0
	}
	return a.key < b.key
}
