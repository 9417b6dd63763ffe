package query

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// openDiffFile opens a file as diff does; faults of its structure count as harm.
func openDiffFile(t testing.TB, path string) *DiffFile {
	t.Helper()
	f, err := OpenDiff(t.Context(), resolve(t, path), ReadOptions{}, func(fault error) bool { _, ok := fault.(bolt.Fault); return ok })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// compareFiles compares two files where they can be compared.
func compareFiles(t testing.TB, a, b *DiffFile, rev int64) *Difference {
	t.Helper()
	p, ok := CommonDiffPoint([]*DiffFile{a, b}, rev)
	if !ok {
		t.Fatalf("no common point: %+v", p)
	}
	d, err := Compare(t.Context(), a, b, p, DiffOptions{MaxKeys: 1000, Depth: 1, Prefixes: 100, Values: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A plainRecord is a record as bbolt and etcd's own message have it.
type plainRecord struct {
	rev  mvccview.Revision
	dead bool
	raw  string // key and value of the bucket
	kv   *mvccpb.KeyValue
}

// readPlain reads all records of a file by bbolt.
func readPlain(t testing.TB, path string) (list []plainRecord) {
	t.Helper()
	db, err := bbolt.Open(copied(t, path), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("key")).ForEach(func(k, v []byte) error {
			kv := &mvccpb.KeyValue{}
			if err := proto.Unmarshal(v, kv); err != nil {
				return err
			}
			rev := mvccview.Revision{Main: int64(binary.BigEndian.Uint64(k)), Sub: int64(binary.BigEndian.Uint64(k[9:]))}
			list = append(list, plainRecord{rev, len(k) == 18, string(k) + string(v), kv})
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// newestOf is each key's newest record up to a revision, deletions too.
func newestUpTo(list []plainRecord, rev int64) map[string]plainRecord {
	m := map[string]plainRecord{}
	for _, r := range list {
		if r.rev.Main <= rev {
			m[string(r.kv.Key)] = r
		}
	}
	return m
}

// A plainDiff is what a Difference must say, found by comparing everything.
type plainDiff struct {
	first   int64 // 0: nothing differs
	exact   bool
	records int64
	keys    map[string]ChangeKind
	atC     int64
}

func (d *plainDiff) note(rev int64) {
	switch {
	case d.first == 0 || rev < d.first:
		d.first, d.records = rev, 1
	case rev == d.first:
		d.records++
	}
}

func comparePlain(t testing.TB, a, b string, p Point) plainDiff {
	t.Helper()
	d := plainDiff{keys: map[string]ChangeKind{}}
	x, y := readPlain(t, a), readPlain(t, b)
	states(newestUpTo(x, p.Compact), newestUpTo(y, p.Compact), func(_ string, r, s plainRecord, _ ChangeKind) {
		d.atC++
		d.note(max(r.rev.Main, s.rev.Main))
	})
	if d.first == 0 {
		d.exact = true
		above := map[mvccview.Revision][2]string{}
		for side, list := range [][]plainRecord{x, y} {
			for _, r := range list {
				if r.rev.Main > p.Compact && r.rev.Main <= p.Rev {
					pair := above[r.rev]
					pair[side] = r.raw
					above[r.rev] = pair
				}
			}
		}
		for rev, pair := range above {
			if pair[0] != pair[1] {
				d.note(rev.Main)
			}
		}
	}
	states(newestUpTo(x, p.Rev), newestUpTo(y, p.Rev), func(key string, _, _ plainRecord, kind ChangeKind) { d.keys[key] = kind })
	return d
}

// states shows the keys whose state differs.
func states(x, y map[string]plainRecord, show func(key string, r, s plainRecord, kind ChangeKind)) {
	alive := func(r plainRecord) bool { return r.kv != nil && !r.dead }
	keys := map[string]bool{}
	for k := range x {
		keys[k] = true
	}
	for k := range y {
		keys[k] = true
	}
	for k := range keys {
		r, s := x[k], y[k]
		switch {
		case !alive(r) && !alive(s):
		case !alive(r):
			show(k, r, s, KeyAdded)
		case !alive(s):
			show(k, r, s, KeyRemoved)
		case r.raw != s.raw:
			show(k, r, s, KeyChanged)
		}
	}
}

// checkDiff holds a Difference against the plain one.
func checkDiff(t *testing.T, what string, d *Difference, want plainDiff) {
	t.Helper()
	got := plainDiff{keys: map[string]ChangeKind{}, exact: d.First == nil || d.First.Exact, atC: d.Records.AtC}
	if d.First != nil {
		got.first, got.records = d.First.Rev, d.First.Total
		if len(d.First.Records) == 0 || d.First.Records[0].What == nil || d.First.Records[0].Key == nil {
			t.Errorf("%s: the first difference is not told: %+v", what, d.First)
		}
	}
	for _, c := range d.Changes {
		got.keys[string(c.Key)] = c.Kind
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || d.Keys.All() != int64(len(want.keys)) || (d.Verdict == Different) != (want.first != 0) {
		t.Errorf("%s: %v, %+v\n got %+v\nwant %+v", what, d.Verdict, d.Keys, got, want)
	}
	sum := d.Others.Keys
	for _, p := range d.Places {
		sum.Added, sum.Removed, sum.Changed = sum.Added+p.Keys.Added, sum.Removed+p.Keys.Removed, sum.Changed+p.Keys.Changed
	}
	if sum.All() != d.Keys.All() {
		t.Errorf("%s: the prefixes have %+v of %+v", what, sum, d.Keys)
	}
}

// TestDiffSameHistory: files of one history are equal wherever their compactions have
// got to, at every revision that both have.
func TestDiffSameHistory(t *testing.T) {
	for seed := range seeds() {
		h := randomHistory(seed+40, 12+int(seed)*3, 1+int(seed)%5)
		files := map[string]*DiffFile{}
		for name, path := range h.variants(t, h.latest()*2/3) {
			files[name] = openDiffFile(t, path)
		}
		for nameA, a := range files {
			for _, nameB := range []string{"never", "halfway", "at the end"} {
				b := files[nameB]
				low := max(a.Compact, b.Compact, 1)
				for rev := low; rev <= h.latest(); rev += max(1, (h.latest()-low)/3) {
					d := compareFiles(t, a, b, rev)
					if d.Verdict != Equal || d.First != nil || d.Keys.All() != 0 {
						t.Fatalf("seed %d, %s and %s at %d: %v %+v %+v", seed, nameA, nameB, rev, d.Verdict, d.First, d.Keys)
					}
				}
			}
		}
	}
}

// edit changes a file at random, by bbolt: one to three records lose their value, their
// lease, their place or their life.
func edit(t testing.TB, path string, r *rand.Rand) string {
	t.Helper()
	to := copied(t, path)
	db, err := bbolt.Open(to, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("key"))
		for range 1 + r.IntN(3) {
			var keys [][]byte
			b.ForEach(func(k, _ []byte) error { keys = append(keys, bytes.Clone(k)); return nil })
			if err := editOne(b, keys[r.IntN(len(keys))], r); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func editOne(b *bbolt.Bucket, k []byte, r *rand.Rand) error {
	kv := &mvccpb.KeyValue{}
	if err := proto.Unmarshal(b.Get(k), kv); err != nil {
		return err
	}
	switch r.IntN(5) {
	case 0:
		return b.Delete(k)
	case 1:
		kv.Lease++
	case 2:
		kv.Key = fmt.Appendf(nil, "k%d", r.IntN(6))
	case 3: // a put becomes a deletion, and the other way round
		if err := b.Delete(k); err != nil {
			return err
		}
		if len(k) == 18 {
			k = k[:17]
		} else {
			k, kv = append(k, 't'), &mvccpb.KeyValue{Key: kv.Key}
		}
	default:
		kv.Value = append(kv.Value, 'x')
	}
	v, err := proto.Marshal(kv)
	if err != nil {
		return err
	}
	return b.Put(k, v)
}

// TestDiffAgreesWithPlain compares edited files, compacted here and there, with the
// answer of a comparison of everything by bbolt. What hashkv calls different is
// different here.
func TestDiffAgreesWithPlain(t *testing.T) {
	different := 0
	for seed := range seeds() * 2 {
		r := rand.New(rand.NewPCG(seed, 11))
		h := randomHistory(seed+400, 10+int(seed)%40, 1+int(seed)%6)
		variants := h.variants(t, h.latest()*2/3)
		for _, names := range [][2]string{{"never", "never"}, {"never", "at the end"}, {"at the end", "halfway"}, {"early", "on the way"}, {"half twice", "begun"}} {
			a, b := variants[names[0]], edit(t, variants[names[1]], r)
			x, y := openDiffFile(t, a), openDiffFile(t, b)
			p, ok := CommonDiffPoint([]*DiffFile{x, y}, 0)
			if !ok {
				t.Fatalf("no common point: %+v", p)
			}
			what := fmt.Sprintf("seed %d, %s against edited %s at %+v", seed, names[0], names[1], p)
			d := compareFiles(t, x, y, 0)
			checkDiff(t, what, d, comparePlain(t, a, b, p))
			back := compareFiles(t, y, x, 0)
			checkDiff(t, "back: "+what, back, comparePlain(t, b, a, p))
			if d.Verdict == Different {
				different++
			}
			checkHash(t, what, a, b, p, d.Verdict)
		}
	}
	if different == 0 {
		t.Error("no edit made a difference")
	}
}

func checkHash(t *testing.T, what, a, b string, p Point, v Verdict) {
	t.Helper()
	x, errX := openKV(t, a, -1).HashAt(t.Context(), p)
	y, errY := openKV(t, b, -1).HashAt(t.Context(), p)
	if errX == nil && errY == nil && x.AllDead == y.AllDead && x.Hash != y.Hash && v != Different {
		t.Errorf("%s: %v, but hashkv is %d and %d", what, v, x.Hash, y.Hash)
	}
}
