package query

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// TestKeyAccumulatorsCut walks files with the accumulators of get and history whole, by
// several workers, and cut at every leaf: what they collect is the same.
func TestKeyAccumulatorsCut(t *testing.T) {
	for seed := range uint64(6) {
		h := randomHistory(seed, 400, 12)
		path := h.build(t, compaction{at: 300, to: 100 + int64(seed)*20})
		var want []string
		for i, o := range []bolt.WalkOptions{{}, {Workers: 4}, {CutEveryLeaf: true}} {
			got := collectKeys(t, path, o)
			if i == 0 {
				want = got
				continue
			}
			if !slices.Equal(got, want) {
				t.Errorf("seed %d, %+v:\n%q, want\n%q", seed, o, got, want)
			}
		}
	}
}

// collectKeys is what the accumulators have after a walk, in words.
func collectKeys(t *testing.T, path string, o bolt.WalkOptions) (out []string) {
	t.Helper()
	src := resolve(t, path)
	db, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	keys := Prefix([]byte("k"))
	m, all, missing := newMatcher(keys, 250, 0), newChanges(keys, 0), newRevisionRow(0, true)
	view := mvccview.NewView(mvccview.ViewOptions{NoHash: true, Records: []mvccview.RecordAccumulator{m, all, missing}})
	err = db.Guard(func() error {
		_, err := db.Walk(t.Context(), db.Live().Meta, view, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m.each(func(m *match) { out = append(out, fmt.Sprintf("%+v", *m)) })
	slices.Sort(out)
	all.finish()
	for _, e := range all.entries {
		out = append(out, fmt.Sprintf("%s %+v", all.names[e.key], e))
	}
	for _, t := range all.txns {
		out = append(out, fmt.Sprintf("%+v", t))
	}
	return append(out, fmt.Sprintf("%+v %t", missing.gaps, missing.descends))
}

// TestRevisionRow has steps with and without gaps.
func TestRevisionRow(t *testing.T) {
	rev := func(main, sub int64) mvccview.Revision { return mvccview.Revision{Main: main, Sub: sub} }
	for _, c := range []struct {
		compact int64
		known   bool
		revs    []mvccview.Revision
		want    []revSpan
		back    bool
	}{
		{-1, true, []mvccview.Revision{rev(2, 0), rev(2, 1), rev(3, 0)}, nil, false},
		{-1, true, []mvccview.Revision{rev(3, 0)}, []revSpan{{rev(2, 0), rev(3, 0)}}, false},
		{-1, true, []mvccview.Revision{rev(2, 0), rev(3, 1)}, []revSpan{{rev(3, 0), rev(3, 1)}}, false},
		{-1, true, []mvccview.Revision{rev(2, 0), rev(2, 2)}, []revSpan{{rev(2, 1), rev(2, 2)}}, false},
		{-1, true, []mvccview.Revision{rev(2, 0), rev(9, 0)}, []revSpan{{rev(3, 0), rev(9, 0)}}, false},
		{-1, false, []mvccview.Revision{rev(2, 0), rev(9, 0)}, nil, false},
		{5, true, []mvccview.Revision{rev(2, 0), rev(5, 3), rev(6, 0)}, nil, false},
		{5, true, []mvccview.Revision{rev(2, 0), rev(7, 0)}, []revSpan{{rev(6, 0), rev(7, 0)}}, false},
		{-1, true, []mvccview.Revision{rev(2, 0), rev(3, 0), rev(2, 0)}, nil, true},
		{-1, true, []mvccview.Revision{rev(2, 0), rev(2, math.MaxInt64), rev(3, 0)}, []revSpan{{rev(2, 1), rev(2, math.MaxInt64)}}, false},
	} {
		for cut := range len(c.revs) + 1 {
			w := newRevisionRow(c.compact, c.known)
			next := w.Fork().(*revisionRow)
			for i, r := range c.revs {
				at := w
				if i >= cut {
					at = next
				}
				at.Step(&mvccview.Record{RevKey: mvccview.RevKey{Revision: r}})
			}
			w.Merge(next)
			if !reflect.DeepEqual(w.gaps, c.want) || w.descends != c.back {
				t.Errorf("%v cut at %d: %v, %t, want %v, %t", c.revs, cut, w.gaps, w.descends, c.want, c.back)
			}
		}
	}
}

func TestPrefix(t *testing.T) {
	for _, c := range []struct{ prefix, end string }{
		{"a", "b"}, {"a\xff", "b"}, {"\xff\xff", ""}, {"", ""}, {"a/", "a0"},
	} {
		r := Prefix([]byte(c.prefix))
		if string(r.End) != c.end || r.End == nil || !r.Has([]byte(c.prefix+"x")) {
			t.Errorf("%q: %q, %q", c.prefix, r.Start, r.End)
		}
	}
	if r := OneKey([]byte("a")); !r.Has([]byte("a")) || r.Has([]byte("ab")) {
		t.Error("one key is not one key")
	}
	if r := (KeyRange{Start: []byte("b"), End: []byte("a")}); r.Has([]byte("b")) {
		t.Error("a range that ends before it begins")
	}
}
