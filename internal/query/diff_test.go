package query

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/mvccview"
)

// TestOddOneOut compares up to five files of which some went another way.
func TestOddOneOut(t *testing.T) {
	base := randomHistory(1, 40, 4)
	other := func(at int, line string) history {
		h := history{lines: slices.Clone(base.lines)}
		h.lines[at] = line
		return h
	}
	files := map[rune]*DiffFile{
		'a': openDiffFile(t, base.build(t)),
		'c': openDiffFile(t, base.build(t, compaction{at: 30, to: 8})),
		'x': openDiffFile(t, other(20, "put odd one\n").build(t)),
		'y': openDiffFile(t, other(20, "put odd two\n").build(t)),
		'z': openDiffFile(t, other(35, "put odd later\n").build(t)),
	}
	for _, c := range []struct {
		files, odd string // odd "": no majority
		majority   bool
	}{
		{"aca", "", false}, {"ax", "", false}, {"acx", "x", true}, {"xac", "x", true}, {"axc", "x", true}, {"xxa", "a", true}, {"axx", "a", true},
		{"axy", "", false}, {"aaxx", "", false}, {"aaxy", "", false}, {"aaxyc", "xy", true}, {"xayca", "xy", true},
		{"azx", "x", true}, // at the first difference a and z agree
		{"xyacz", "xy", true}, {"zac", "z", true}, {"xaczy", "xy", true}, {"xaxaz", "xx", true},
	} {
		var list []*DiffFile
		for _, name := range c.files {
			list = append(list, files[name])
		}
		p, ok := CommonDiffPoint(list, 0)
		if !ok {
			t.Fatal("no common point")
		}
		all, err := CompareAll(t.Context(), list, p, DiffOptions{})
		if err != nil {
			t.Fatal(err)
		}
		odd := ""
		for i, name := range c.files {
			if all.Odd[i] {
				odd += string(name)
			}
		}
		if odd != c.odd || all.Majority != c.majority || all.Odd[all.Reference] || all.Diffs[all.Reference] != nil {
			t.Errorf("%s: the odd ones are %q, majority %t, reference %d; want %q", c.files, odd, all.Majority, all.Reference, c.odd)
		}
	}
}

// TestCompareBounds: a table of candidates has its bound, and so have the lists.
func TestCompareBounds(t *testing.T) {
	var a, b history
	for i := range 60 {
		a.lines = append(a.lines, fmt.Sprintf("put dir-%d/key %d\n", i, i))
		b.lines = append(b.lines, fmt.Sprintf("put dir-%d/key -%d\n", i, i))
	}
	x, y := openDiffFile(t, a.build(t)), openDiffFile(t, b.build(t))
	p, _ := CommonDiffPoint([]*DiffFile{x, y}, 0)
	var full *mvccview.MemoryError
	if _, err := Compare(t.Context(), x, y, p, DiffOptions{MaxTable: 59 * candidateBytes}); !errors.As(err, &full) {
		t.Errorf("59 of 60 keys: %v", err)
	}
	d, err := Compare(t.Context(), x, y, p, DiffOptions{MaxKeys: 1000, MaxHeld: 9*changeCost + changeCost/2})
	if err != nil || len(d.Changes) != 9 || d.Keys.Changed != 60 {
		t.Errorf("%v: %d changes of %+v are held", err, len(d.Changes), d.Keys)
	}
	d, err = Compare(t.Context(), x, y, p, DiffOptions{MaxTable: 60 * candidateBytes, MaxKeys: 7, Depth: 1, Prefixes: 5})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Changes) != 7 || d.Keys.Changed != 60 || len(d.Places) != 5 || d.Others.Keys.Changed != 55 || string(d.Changes[0].Key) != "dir-0/key" {
		t.Errorf("%d changes of %+v, %d places, others %+v", len(d.Changes), d.Keys, len(d.Places), d.Others)
	}
	if d.First.Total != 1 || d.First.Rev != 2 || d.Changes[0].Sides[0].Value != nil {
		t.Errorf("%+v, %+v", d.First, d.Changes[0])
	}
}

// TestDiffOfShrinkingFile cuts one of two files after the first look at it.
func TestDiffOfShrinkingFile(t *testing.T) {
	h := randomHistory(2, 200, 30)
	a, b := h.build(t), h.build(t, compaction{at: 150, to: 50})
	for _, cut := range []string{a, b} {
		x, y := openDiffFile(t, copied(t, a)), openDiffFile(t, copied(t, b))
		file := x
		if cut == b {
			file = y
		}
		if err := os.Truncate(file.Source.Path, 8192); err != nil {
			t.Fatal(err)
		}
		p, _ := CommonDiffPoint([]*DiffFile{x, y}, 0)
		_, err := Compare(t.Context(), x, y, p, DiffOptions{})
		var shrunk *bolt.ShrunkError
		if !errors.As(err, &shrunk) || !strings.HasPrefix(err.Error(), file.Source.Path+": the file shrank") {
			t.Errorf("%s was cut: %v", file.Source.Path, err)
		}
	}
}

// TestDiffOfWrongSeparator raises the key of a branch: what lies on the leaf below it is
// left out, and none of that is said to be missing.
func TestDiffOfWrongSeparator(t *testing.T) {
	base, err := fixtures.NamedBase("deep")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "deep.db")
	if err := base.Build(path); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		harmed := copied(t, path)
		if err := fixtures.Damage(harmed, fmt.Sprintf("flip page key.branch[%d] elem 0 key+15 bit 0", 1+i)); err != nil {
			t.Fatal(err)
		}
		d := compareFiles(t, openDiffFile(t, path), openDiffFile(t, harmed), 0)
		if d.Verdict != NoVerdict || d.First != nil || d.Records.Hidden == 0 || d.Records.Only != [2]int64{} {
			t.Errorf("branch %d: %v, %+v, %+v", i, d.Verdict, d.First, d.Records)
		}
	}
}

// TestCompactedApart holds the records of two histories against each other that are
// about different keys at the same revisions, both compacted away: the records that
// differ are named in one order.
func TestCompactedApart(t *testing.T) {
	var a, b history
	for i := range 20 {
		a.lines = append(a.lines, fmt.Sprintf("txn\n put a%d x\n put same%d x\n end\n", i, i))
		b.lines = append(b.lines, fmt.Sprintf("txn\n put b%d x\n put same%d x\n end\n", i, i))
	}
	x, y := a.build(t, compaction{at: 20, to: 18}), b.build(t, compaction{at: 20, to: 18})
	first := ""
	for range 20 {
		d := compareFiles(t, openDiffFile(t, x), openDiffFile(t, y), 0)
		text := ""
		for _, r := range d.First.Records {
			text += fmt.Sprintf("%v %s ", r.Rev, r.Key)
		}
		if first == "" {
			first = text
		}
		if text != "2/0 a0 2/0 b0 " || text != first {
			t.Fatalf("%s, once %s", text, first)
		}
	}
}

// TestProperties changes a record in one thing at a time.
func TestProperties(t *testing.T) {
	rev := mvccview.RevKey{Revision: mvccview.Revision{Main: 9, Sub: 1}}
	kv := mvccview.KeyValue{Key: []byte("k"), Value: []byte("v"), Create: 3, Mod: 9, Version: 4, Lease: 5}
	raw := mvccview.AppendKeyValue(nil, &kv)
	with := func(change func(kv *mvccview.KeyValue)) []byte {
		other := kv
		change(&other)
		return mvccview.AppendKeyValue(nil, &other)
	}
	dead, later := rev, rev
	dead.Tombstone = true
	later.Main++
	for _, c := range []struct {
		rev  mvccview.RevKey
		raw  []byte
		want string
	}{
		{rev, with(func(kv *mvccview.KeyValue) { kv.Value = nil }), "[value]"},
		{rev, with(func(kv *mvccview.KeyValue) { kv.Lease = 0 }), "[lease]"},
		{rev, with(func(kv *mvccview.KeyValue) { kv.Version, kv.Create = 1, 9 }), "[create_revision version]"},
		{rev, with(func(kv *mvccview.KeyValue) { kv.Key = []byte("l") }), "[key]"},
		{rev, with(func(kv *mvccview.KeyValue) { kv.Mod = 8 }), "[mod_revision]"},
		{later, with(func(kv *mvccview.KeyValue) { kv.Mod, kv.Version, kv.Value = 10, 5, []byte("w") }), "[revision version value]"},
		{dead, mvccview.AppendKeyValue(nil, &mvccview.KeyValue{Key: []byte("k")}), "[tombstone]"},
		{rev, append(bytes.Clone(raw), 0x38, 1), "[encoding]"}, // a field that no release has
		{rev, raw, "[encoding]"}, // the keys of the bucket differ
		{rev, []byte{0xff}, "[encoding]"},
	} {
		if got := fmt.Sprint(properties(rev, c.rev, raw, c.raw)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
