package bolt

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// full asks for the long form of the sweeps.
func full() bool { return os.Getenv("BOLTVET_FULL") != "" }

// structural lists the bytes of the file that are not keys, values or free space,
// each with the name of its field.
func (r raw) structural() map[int]string {
	out := map[int]string{}
	field := func(name string, off, n int) {
		for i := range n {
			out[off+i] = name
		}
	}
	header := func(what string, off int) {
		for name, at := range map[string][2]int{"id": {0, 8}, "flags": {8, 2}, "count": {10, 2}, "overflow": {12, 4}} {
			field(what+" header "+name, off+at[0], at[1])
		}
	}
	for i := range 2 {
		header("meta", r.page(i))
		field([]string{"older meta", "live meta"}[1-(i^r.live())&1], r.metaField(i, 0), 64)
	}
	if list := r.freelist(); list > 0 { // -1: not persisted
		header("freelist", r.page(list))
		field("free page numbers", r.page(list)+16, 8*r.count(list))
	}
	todo := []int{r.root()}
	for len(todo) > 0 {
		id := todo[0]
		todo = append(todo[1:], r.structuralPage(id, r.page(id), header, field)...)
	}
	return out
}

// structuralPage lists one branch or leaf image at off and gives the pages below.
func (r raw) structuralPage(id, off int, header func(string, int), field func(string, int, int)) (below []int) {
	branch, n := r.u16(off+8) == 1, r.u16(off+10)
	header("page", off)
	for i := range n {
		e := off + 16 + 16*i
		last := ""
		if i == n-1 {
			last = " of the last element"
		}
		if branch {
			field("branch pos", e, 4)
			field("branch key size"+last, e+4, 4)
			field("branch child", e+8, 8)
			below = append(below, r.u64(e+8))
			continue
		}
		field("leaf element flags", e, 4)
		field("leaf pos", e+4, 4)
		field("leaf key size"+last, e+8, 4)
		field("leaf value size"+last, e+12, 4)
		if r.u32(e) != 1 {
			continue
		}
		value := e + r.u32(e+4) + r.u32(e+8)
		field("bucket root", value, 8)
		field("bucket sequence", value+8, 8)
		if root := r.u64(value); root != 0 {
			below = append(below, root)
		} else {
			r.structuralPage(id, value+16, header, field)
		}
	}
	return below
}

// silent are the fields of which a change may be neither reported nor seen in the
// content, or seen there but not reported. Everything else must be reported.
var silent = map[string]string{
	"bucket sequence": "any number is possible; nothing else in the file depends on it",
	"leaf value size of the last element": "it may grow into the zeros behind it, and loses trailing " +
		"zeros unseen: nothing follows that would start in the wrong place",
	"leaf key size of the last element": "as the value size: the key takes bytes of its value, and all ends later",
	"bucket root": "only without a persisted freelist: a stale root, or a part of the tree, is a sound tree " +
		"itself, and nothing tells that the rest of the pages is not free",
	"leaf element flags": "a nested inline bucket whose flag is lost is a value like any other; " +
		"on the top level, or if it has pages, it is noticed",
}

// try applies one change and demands an answer: no panic, all pages accounted
// for, and either a fault or the content as it was.
func (s *sweeper) try(field string, off int, value byte) {
	was := s.r.b[off]
	if value == was {
		return
	}
	s.r.b[off] = value
	defer func() { s.r.b[off] = was }()
	start := time.Now()
	faults, text, _ := facts(s.t, s.r.b)
	if d := time.Since(start); d > 5*time.Second {
		s.t.Errorf("%s at +0x%x = %#x took %v", field, off, value, d)
	}
	s.tries++
	if len(faults) > 0 {
		return
	}
	s.quiet[field]++
	if text != s.healthy {
		s.wrong[field]++
	}
	if _, ok := silent[field]; !ok || field == "bucket root" && s.r.freelist() > 0 {
		s.t.Errorf("%s at +0x%x: %#x for %#x is not noticed (content changed: %v)", field, off, value, was, text != s.healthy)
	}
}

type sweeper struct {
	t            *testing.T
	r            raw
	healthy      string
	tries        int
	quiet, wrong map[string]int
}

func newSweeper(t *testing.T, r raw) *sweeper {
	faults, text, _ := facts(t, r.b)
	if len(faults) > 0 {
		t.Fatalf("healthy file: %v", faults)
	}
	return &sweeper{t: t, r: r, healthy: text, quiet: map[string]int{}, wrong: map[string]int{}}
}

func (s *sweeper) report() {
	s.t.Logf("%d changes", s.tries)
	for _, f := range slices.Sorted(maps.Keys(s.quiet)) {
		s.t.Logf("not noticed: %s, %d times, %d of them change the content", f, s.quiet[f], s.wrong[f])
	}
}

// TestSweepBytes overwrites every structural byte with several values, and flips
// each of its bits (a sample of them without BOLTVET_FULL).
func TestSweepBytes(t *testing.T) {
	for _, o := range []bbolt.Options{{PageSize: 1024}, {PageSize: 1024, NoFreelistSync: true}, {PageSize: 4096}, {PageSize: 65536}} {
		ps := o.PageSize
		t.Run(fmt.Sprintf("%d, no freelist %v", ps, o.NoFreelistSync), func(t *testing.T) {
			t.Parallel()
			r := smallFile(t, o)
			s, fields := newSweeper(t, r.clone()), r.structural()
			step := map[int]int{1024: 1, 4096: 11, 65536: 401}[ps] // of the larger files, a sample
			if full() {
				step = 1
			}
			for i, off := range slices.Sorted(maps.Keys(fields)) {
				if i%step != 0 {
					continue
				}
				b := r.b[off]
				for _, v := range []byte{0x00, 0xff, 0x7f, ^b, b + 1, b - 1} {
					s.try(fields[off], off, v)
				}
				for bit := range 8 {
					if full() || (off+bit)%4 == 0 {
						s.try(fields[off], off, b^1<<bit)
					}
				}
			}
			s.report()
		})
	}
}

// TestTruncate cuts a small file at every length and a larger one at every page. A
// clear answer is a fault wherever something in use is gone.
func TestTruncate(t *testing.T) {
	for ps, step := range map[int]int{1024: 1, 4096: 512, 65536: 65536 / 4} {
		if ps == 1024 && !full() {
			step = 37 // odd, so that all offsets within a page come up
		}
		r := smallFile(t, bbolt.Options{PageSize: ps})
		for n := 0; n <= len(r.b); n += step {
			faults, _, s := facts(t, r.b[:n])
			if n < r.page(r.hwm()) && len(faults) == 0 {
				t.Errorf("page size %d cut at %d of %d: no fault", ps, n, r.page(r.hwm()))
			}
			if s == nil {
				continue
			}
			short := slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == FileShortTail })
			lost := slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == FileTruncated })
			missing := slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == PageMissing || f.Kind == FreelistPage })
			if short == lost && n < r.page(r.hwm()) || lost && !missing {
				t.Errorf("page size %d cut at %d: %v", ps, n, faults)
			}
		}
	}
}
