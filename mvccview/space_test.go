package mvccview

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestKeyPrefix(t *testing.T) {
	for _, c := range []struct {
		key   string
		depth int
		want  string
	}{
		{"", 1, ""}, {"a", 1, ""}, {"a/b", 1, "a/"}, {"a/b", 9, "a/"}, {"/a", 1, "/"}, {"/a/b", 1, "/a/"}, {"/a/b", 2, "/a/"},
		{"/a/b/c", 1, "/a/"}, {"/a/b/c", 2, "/a/b/"}, {"/a/b/c", 3, "/a/b/"}, {"//a/b/c", 1, "//a/"}, {"/a//b", 2, "/a//"}, {"a/", 1, "a/"}, {"a/b/c", 0, ""},
	} {
		if got := string(KeyPrefix([]byte(c.key), c.depth)); got != c.want {
			t.Errorf("%q, depth %d: %q, want %q", c.key, c.depth, got, c.want)
		}
	}
	long := append(bytes.Repeat([]byte("x"), 5*MaxPrefix), "/a"...)
	if got := KeyPrefix(long, 1); len(got) != MaxPrefix {
		t.Errorf("a segment of %d bytes: a prefix of %d", 5*MaxPrefix, len(got))
	}
	if got := KeyPrefix(bytes.Repeat([]byte("x/"), MaxPrefix), MaxPrefix); len(got) != MaxPrefix {
		t.Errorf("a prefix of %d bytes, want %d", len(got), MaxPrefix)
	}
}

// TestValueHist compares percentiles with those of a sorted list, also when the list
// was counted in parts.
func TestValueHist(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 200 {
		var all []int64
		parts := make([]ValueHist, 3)
		for range n {
			size := r.Int64N(1 << (r.Int64N(40) + 1))
			all = append(all, size)
			parts[r.IntN(3)].Add(size)
		}
		var h ValueHist
		for i := range parts {
			h.Merge(&parts[i])
		}
		slices.Sort(all)
		if h.Count() != int64(n) {
			t.Fatalf("%d lengths, want %d", h.Count(), n)
		}
		for p := int64(0); n > 0 && p <= 100; p++ {
			exact := all[max((int64(n)*p+99)/100, 1)-1]
			if got := h.Percentile(p); got < exact || float64(got) > float64(exact)*(1+1.0/32) || got > h.Max() {
				t.Fatalf("percentile %d of %d: %d, want %d", p, all, got, exact)
			}
		}
	}
	var none ValueHist
	if none.Percentile(50) != 0 || none.Max() != 0 {
		t.Error("nothing has a percentile")
	}
}

// randomRecords are records of a few keys, as damage may have them: some revisions come
// twice, and not all ascend.
func randomRecords(r *rand.Rand, n int) (list []Record) {
	main := int64(1)
	for i := range n {
		main += r.Int64N(3)
		if r.IntN(50) == 0 {
			main = r.Int64N(main + 100)
		}
		if r.IntN(400) == 0 {
			main = r.Int64()
		}
		x := Record{RevKey: RevKey{Revision: Revision{Main: main, Sub: r.Int64N(2)}, Tombstone: r.IntN(4) == 0}, KeyLen: RevKeyLen, ValLen: 20 + r.IntN(5), Off: int64(i)}
		x.KV = KeyValue{Key: fmt.Appendf(nil, "/g%d/k%d", r.IntN(9), r.IntN(5)), Value: make([]byte, r.IntN(50))}
		if x.Tombstone {
			x.KeyLen = TombstoneKeyLen
		}
		list = append(list, x)
	}
	return list
}

// feed cuts the records into ranges, in every way that a walk does: in turn, by forks,
// and by early forks that settle in any order.
func feed(r *rand.Rand, a ParallelRecords, list []Record) {
	for len(list) > 0 {
		n := 1 + r.IntN(len(list))
		part := list[:n]
		list = list[n:]
		switch r.IntN(3) {
		case 0:
			for i := range part {
				a.Step(&part[i])
			}
		case 1:
			f := a.Fork()
			for i := range part {
				f.Step(&part[i])
			}
			a.Merge(f)
		default:
			m := r.IntN(n)
			one, two := a.ForkEarly(), a.ForkEarly()
			for i := range part {
				if i < m {
					one.Step(&part[i])
				} else {
					two.Step(&part[i])
				}
			}
			for _, f := range []RecordAccumulator{two, one} {
				if s, ok := f.(interface{ Settle() error }); ok {
					_ = s.Settle()
				}
			}
			a.Merge(one)
			a.Merge(two)
		}
	}
}

// TestSpaceDoesNotDependOnCuts feeds the same records in one piece and in pieces.
func TestSpaceDoesNotDependOnCuts(t *testing.T) {
	of := func(name, key []byte) []byte { return append(name, KeyPrefix(key, 1)...) }
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		list := randomRecords(r, 1+r.IntN(6000))
		var facts [][]any
		for i := range 4 {
			groups, keys, churn := NewGroupTable(of, 5), NewKeySpaces(), NewChurn(1+int64(seed%3))
			for _, a := range []ParallelRecords{groups, keys, churn} {
				if i == 0 {
					for j := range list {
						a.Step(&list[j])
					}
				} else {
					feed(r, a, list)
				}
			}
			all, others := groups.Groups()
			facts = append(facts, []any{all, others, keys.Total(), *keys.Values(), keys.Top(7), churn.Windows(), churn.Width()})
			checkRecords(t, list, all, others, keys, churn)
		}
		for i := range facts {
			if !reflect.DeepEqual(facts[i], facts[0]) {
				t.Fatalf("seed %d, run %d:\n%+v\nwant\n%+v", seed, i, facts[i], facts[0])
			}
		}
	}
}

// checkRecords: groups, keys and windows each have all records, once.
func checkRecords(t *testing.T, list []Record, all []Group, others Group, keys *KeySpaces, churn *Churn) {
	t.Helper()
	sum := others.GroupCounts
	for i := range all {
		sum.Add(&all[i].GroupCounts)
	}
	windows := int64(0)
	for _, w := range churn.Windows() {
		windows += w.Records
		if first, last := churn.Range(w); first < 1 || last < first || w.Records == 0 {
			t.Fatalf("window %+v from %d to %d", w, first, last)
		}
	}
	// A deletion that the same transaction supersedes again counts as the last one of a
	// group, but not of its key; clients cannot write such.
	total := keys.Total()
	total.last, sum.last = lastDeletions{}, lastDeletions{}
	if sum != total || sum.Records != int64(len(list)) || windows != sum.Records || len(churn.Windows()) > maxWindows {
		t.Fatalf("groups have %+v, keys %+v, windows %d, of %d", sum, total, windows, len(list))
	}
}

// TestChurnOfAllRevisions has the most and the widest windows that there can be.
func TestChurnOfAllRevisions(t *testing.T) {
	c := NewChurn(1)
	r := Record{KeyLen: RevKeyLen}
	for i := range int64(3 * maxWindows) {
		r.Main = i * (math.MaxInt64 / (3 * maxWindows))
		c.Step(&r)
	}
	r.Main = math.MaxInt64
	c.Step(&r)
	n := int64(0)
	for _, w := range c.Windows() {
		n += w.Records
	}
	w := c.Windows()[len(c.Windows())-1]
	if first, last := c.Range(w); n != 3*maxWindows+1 || last != math.MaxInt64 || first > last || len(c.Windows()) > maxWindows {
		t.Errorf("%d records, %d windows of %d, the last from %d to %d", n, len(c.Windows()), c.Width(), first, last)
	}
	wide := NewChurn(math.MaxInt64)
	wide.Step(&r)
	if first, last := wide.Range(wide.Windows()[0]); first != 1 || last != math.MaxInt64 {
		t.Errorf("from %d to %d", first, last)
	}
}

// TestReadKeyOfRuins: a record that is not there any more, or is no record, has no key.
func TestReadKeyOfRuins(t *testing.T) {
	kv := AppendKeyValue(nil, &KeyValue{Key: []byte("key"), Value: make([]byte, 100)})
	file := append(make([]byte, RevKeyLen), kv...)
	s := KeySpace{keyLen: RevKeyLen, valLen: int64(len(kv))}
	if key, ok := s.ReadKey(bytes.NewReader(file)); !ok || string(key) != "key" {
		t.Errorf("%q, %v", key, ok)
	}
	for n := range file {
		if key, ok := s.ReadKey(bytes.NewReader(file[:n])); ok {
			t.Errorf("cut at %d: %q", n, key)
		}
	}
	s.valLen = maxKeyRead + 1
	huge := append(slices.Clone(file), make([]byte, maxKeyRead)...)
	if key, ok := s.ReadKey(bytes.NewReader(huge)); !ok || string(key) != "key" {
		t.Errorf("huge: %q, %v", key, ok)
	}
	huge[RevKeyLen] = 0xff
	if key, ok := s.ReadKey(bytes.NewReader(huge)); ok {
		t.Errorf("no key in front: %q", key)
	}
}
