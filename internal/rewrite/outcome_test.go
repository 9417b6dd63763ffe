package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/mvccview"
)

// TestWants asks for ranges between all keys of a small world, in many orders, whether
// there is something to keep in them: at or below the revision exactly when a survivor
// could lie there, above it always.
func TestWants(t *testing.T) {
	const rev = 6
	var world []mvccview.RevKey
	for main := int64(2); main <= rev+2; main++ {
		for _, sub := range []int64{0, 1, 2, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint32 + 2} {
			for _, tombstone := range []bool{false, true} {
				world = append(world, mvccview.RevKey{Revision: mvccview.Revision{Main: main, Sub: sub}, Tombstone: tombstone})
			}
		}
	}
	key := func(i int) []byte { return mvccview.AppendRevKey(nil, world[i]) }
	r := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		s := &selection{rev: rev}
		for _, k := range world {
			if cut := mvccview.CutSub(k.Revision); k.Main <= rev && r.IntN(12) == 0 && !slices.Contains(s.list, cut) {
				s.list = append(s.list, cut)
			}
		}
		for range 2000 {
			lo, hi := r.IntN(len(world)), r.IntN(len(world))
			if lo == hi {
				continue
			}
			lo, hi = min(lo, hi), max(lo, hi)
			want := world[hi].Main > rev
			for _, k := range world[lo:hi] {
				want = want || slices.Contains(s.list, mvccview.CutSub(k.Revision))
			}
			low := key(lo)
			if lo == 0 && r.IntN(2) == 0 {
				low = nil
			}
			if got := s.wants(low, key(hi)); got != want {
				t.Fatalf("%v: from %v to %v: %t", s.list, world[lo], world[hi], got)
			}
		}
	}
	s := &selection{rev: rev}
	for _, odd := range [][2][]byte{{key(0), nil}, {nil, nil}, {key(0), []byte("x")}, {[]byte("x"), key(1)}, {nil, bytes.Repeat([]byte{0xff}, 17)}} {
		if !s.wants(odd[0], odd[1]) {
			t.Errorf("from %q to %q: nothing", odd[0], odd[1])
		}
	}
	if s.wants(nil, key(1)) || s.wants(key(0), key(1)) {
		t.Error("something of nothing")
	}
	if s.all = true; !s.wants(key(0), key(1)) {
		t.Error("not all")
	}
}

// samePrefixes counts what is dropped by prefix from the rows of both files.
func samePrefixes(t testing.TB, source, compacted []pair, r *Result) {
	t.Helper()
	left := map[pair]bool{}
	for _, row := range compacted {
		left[row] = true
	}
	var table prefixTable
	var count Records
	for _, row := range source {
		size := int64(len(row.key) + len(row.value))
		if left[row] {
			count.Kept++
			count.KeptBytes += size
			continue
		}
		count.Dropped++
		count.DroppedBytes += size
		var kv mvccview.KeyValue
		if err := mvccview.ParseKeyValue([]byte(row.value), &kv); err != nil {
			t.Fatal(err)
		}
		table.add(kv.Key, size)
	}
	list, others := table.top()
	if c := r.Compaction; count != r.Records || others != c.OtherPrefixes || !reflect.DeepEqual(list, c.Prefixes) && len(list)+len(c.Prefixes) > 0 {
		t.Errorf("revision %d: %+v, %t, %v; want %+v, %t, %v", c.Revision, r.Records, c.OtherPrefixes, c.Prefixes, count, others, list)
	}
}

// TestManyPrefixes compacts a file with more prefixes than are counted one by one, of
// which as many are dropped, and fewer.
func TestManyPrefixes(t *testing.T) {
	const prefixes = maxPrefixes + 200
	for _, twice := range []int{prefixes, maxPrefixes, 30, 0} {
		var script strings.Builder
		script.WriteString("member 3c2bdafe2850b2c0 default http://127.0.0.1:2380\ncindex 200 term 2\n")
		last := 1
		put := func(n, size int) {
			for i := 0; i < n; {
				script.WriteString("txn\n")
				for end := min(i+100, n); i < end; i++ {
					fmt.Fprintf(&script, "put /a/%05d/x size=%d\n", i, size+i%7)
				}
				script.WriteString("end\n")
				last++
			}
		}
		put(prefixes, 1)
		put(twice, 20)
		path := base(t, fixtures.Base{Script: script.String()})
		source := rows(t, path)["key"]
		for _, rev := range []int{last, last - 1} {
			for _, jobs := range []int{1, 3} {
				out := output(t)
				r, err := Compact(t.Context(), resolve(t, path), out, Target{Revision: int64(rev)}, Options{Jobs: jobs})
				if err != nil {
					t.Fatal(err)
				}
				samePrefixes(t, source, rows(t, out.File.Name())["key"], r)
			}
		}
	}
}

// TestOutcomeIsHeldAgainstTheCheck has a run keep what the check has not counted.
func TestOutcomeIsHeldAgainstTheCheck(t *testing.T) {
	outcome := func(above int64, size int64, prefix string) error {
		s := &selection{rev: 9, above: above, below: newBelowTable(9)}
		s.below.records = 4
		s.below.table.count([]byte("/a/"), 4, 400)
		s.prefixes.count([]byte(prefix), 1, size)
		return s.outcome(&mvccview.Totals{Records: 7}, &Result{})
	}
	if err := outcome(3, 100, "/a/"); err != nil {
		t.Error(err)
	}
	for i, err := range []error{outcome(2, 100, "/a/"), outcome(3, 401, "/a/"), outcome(3, 100, "/b/")} {
		var wrong *ProofError
		if !errors.As(err, &wrong) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
