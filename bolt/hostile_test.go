package bolt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// forge writes pages by hand for shapes that bbolt never makes.
type forge struct{ raw }

// newForge has n pages of 1 KiB with two sound metas, the directory on page 2.
func newForge(n int) forge {
	f := forge{raw{make([]byte, n*1024), 1024}}
	for i := range 2 {
		f.header(i, 4, 0)
		for off, v := range map[int]int{0: Magic, 4: Version, 8: 1024} {
			f.set32(f.metaField(i, off), v)
		}
		for off, v := range map[int]int{16: 2, 32: -1, 40: n, 48: 10 + i} {
			f.set64(f.metaField(i, off), v)
		}
	}
	f.seal()
	return f
}

func (f forge) header(id, flags, count int) {
	f.set64(f.page(id), id)
	f.set16(f.page(id)+8, flags)
	f.set16(f.page(id)+10, count)
}

// branch writes a branch page with one-byte keys "a", "b", …
func (f forge) branch(id int, children ...int) {
	f.header(id, 1, len(children))
	data := f.elem(id, len(children))
	for i, c := range children {
		e := f.elem(id, i)
		f.set32(e, data+i-e)
		f.set32(e+4, 1)
		f.set64(e+8, c)
		f.b[data+i] = 'a' + byte(i)
	}
}

// buckets writes a leaf of buckets "a", "b", … with the given roots.
func (f forge) buckets(id int, roots ...int) {
	f.header(id, 2, len(roots))
	data := f.elem(id, len(roots))
	for i, root := range roots {
		e := f.elem(id, i)
		f.set32(e, 1)
		f.set32(e+4, data-e)
		f.set32(e+8, 1)
		f.set32(e+12, 16)
		f.b[data] = 'a' + byte(i)
		f.set64(data+1, root)
		data += 17
	}
}

// walkBounded walks with a time limit and gives the kinds of all faults.
func walkBounded(t *testing.T, b []byte) (map[FaultKind]int, *Survey) {
	t.Helper()
	f, err := FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	kinds := map[FaultKind]int{}
	s, err := f.Walk(ctx, f.Live().Meta, nil, WalkOptions{OnFault: func(x Fault) bool { kinds[x.Kind]++; return true }})
	if err != nil {
		t.Fatal(err)
	}
	if s.Pages.Sum() != int64(len(b)) {
		t.Errorf("accounts for %d of %d bytes", s.Pages.Sum(), len(b))
	}
	return kinds, s
}

// TestLoops holds every way of pointing back against the walk, which must end.
func TestLoops(t *testing.T) {
	for name, c := range map[string]struct {
		build func(f forge)
		want  FaultKind
	}{
		"directory is its own child": {func(f forge) { f.branch(2, 2, 2) }, PageLoop},
		"two branches of each other": {func(f forge) { f.branch(2, 3, 4); f.branch(3, 2, 4); f.buckets(4) }, PageLoop},
		"bucket of the directory":    {func(f forge) { f.buckets(2, 2) }, PageCrossLink},
		"bucket of itself":           {func(f forge) { f.buckets(2, 3); f.buckets(3, 3) }, PageCrossLink},
		"buckets of each other":      {func(f forge) { f.buckets(2, 3); f.buckets(3, 4); f.buckets(4, 3) }, PageCrossLink},
		"same bucket twice":          {func(f forge) { f.buckets(2, 3, 3); f.header(3, 2, 0) }, PageCrossLink},
		"root is a meta":             {func(f forge) { f.buckets(2, 0+1) }, PageOutOfRange},
		"root beyond":                {func(f forge) { f.buckets(2, 1<<62) }, PageOutOfRange},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForge(8)
			c.build(f)
			if kinds, _ := walkBounded(t, f.b); kinds[c.want] == 0 {
				t.Errorf("want %v, got %v", c.want, kinds)
			}
		})
	}
}

// TestCutPageIsVisitedOnce: the end of the file cuts a leaf whose bucket points to
// that very leaf. It must be claimed like a whole page, or the walk never ends.
func TestCutPageIsVisitedOnce(t *testing.T) {
	f := newForge(6)
	f.buckets(2, 5, 5)
	f.buckets(5, 5)
	kinds, s := walkBounded(t, f.b[:f.page(5)+200])
	if kinds[PageCrossLink] != 3 || kinds[PageMissing] != 1 || len(s.Buckets) != 3 {
		t.Errorf("got %v and %d buckets", kinds, len(s.Buckets))
	}
	if s.Pages.Damaged != 0 || s.Pages.PartialBytes != 200 {
		t.Errorf("a cut leaf is not a whole page: %+v", s.Pages)
	}
}

// TestOffsetsDoNotWrap: page 2^54+3 of 1 KiB would lie at byte 2^64+3072, which is
// that of page 3 if nobody looks.
func TestOffsetsDoNotWrap(t *testing.T) {
	f := newForge(8)
	wrapped := 1<<54 + 3
	f.branch(2, wrapped, wrapped+1<<55)
	f.branch(3, 2*wrapped, 3*wrapped)
	for i := range 2 {
		f.set64(f.metaField(i, 40), -1)
	}
	f.seal()
	if kinds, s := walkBounded(t, f.b); kinds[PageOutOfRange] != 2 || s.Pages.Missing <= 0 {
		t.Errorf("got %v, %+v", kinds, s.Pages)
	}
}

// TestHighWater sets the mark to absurd values.
func TestHighWater(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	for _, hwm := range []int{0, 1, 2, 3, 5, healthy.hwm() - 1, 1 << 20, 1 << 50, 1 << 53, 1 << 54, math.MaxInt64, -1} {
		r := healthy.clone()
		r.set64(r.metaField(r.live(), 40), hwm)
		r.seal()
		faults, _, _ := facts(t, r.b)
		if len(faults) == 0 {
			t.Errorf("high water mark %d: no fault", uint64(hwm))
		}
	}
}

// TestChains has trees as deep as the file has pages, which must cost neither stack
// nor time in the square of it.
func TestChains(t *testing.T) {
	const n = 20000
	branches, nested := newForge(n), newForge(n)
	for id := 2; id < n-2; id++ {
		branches.branch(id, id+1, n-1)
		nested.buckets(id, id+1)
	}
	start := time.Now()
	if kinds, _ := walkBounded(t, branches.b); kinds[PageCrossLink] == 0 {
		t.Errorf("branches: got %v", kinds)
	}
	if kinds, s := walkBounded(t, nested.b); kinds[BucketHeader] != 1 || len(s.Buckets) != maxDepth {
		t.Errorf("buckets: got %v and %d buckets", kinds, len(s.Buckets))
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestUnreadableKeys has a page of 65535 elements none of whose keys can be read; the
// search for the next readable one must not begin anew at each.
func TestUnreadableKeys(t *testing.T) {
	for name, flags := range map[string]int{"branch": 1, "leaf": 2} {
		f := newForge(1100)
		f.header(2, flags, 0xFFFF)
		f.set32(f.page(2)+12, 1090)
		start := time.Now()
		if kinds, _ := walkBounded(t, f.b); kinds[PagePosition] != 0xFFFF {
			t.Errorf("%s: got %v", name, kinds)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

// TestGrowsOverNobody: the last value of a leaf claims to reach over pages that are
// somebody's, who comes later. Believing it would cost their content too.
func TestGrowsOverNobody(t *testing.T) {
	f := newForge(10)
	f.branch(2, 4, 5)
	f.buckets(4, 7)
	f.buckets(5, 8)
	f.b[f.elem(5, 1)] = 'b' // the key of the second bucket is that of its separator
	for _, id := range []int{7, 8} {
		f.header(id, 2, 0)
	}
	if kinds, _ := walkBounded(t, f.b); len(kinds) > 0 {
		t.Fatalf("before: %v", kinds)
	}
	f.set32(f.elem(4, 0)+12, 1500)
	if kinds, s := walkBounded(t, f.b); kinds[PageSize] != 1 || kinds[PageCrossLink] != 0 || len(s.Buckets) != 1 {
		t.Errorf("got %v and %d buckets", kinds, len(s.Buckets))
	}
}

// TestMemory gives hostile counts everywhere and bounds what a walk allocates by a
// small multiple of the file.
func TestMemory(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	for name, change := range map[string]func(r raw){
		"freelist count":    func(r raw) { r.set16(r.page(r.freelist())+10, 0xFFFF); r.set64(r.page(r.freelist())+16, 1<<60) },
		"freelist overflow": func(r raw) { r.set32(r.page(r.freelist())+12, 1<<32-1) },
		"page overflow":     func(r raw) { r.set32(r.page(r.root())+12, 1<<32-1) },
		"page count":        func(r raw) { r.set16(r.page(r.root())+10, 0xFFFF) },
		"high water":        func(r raw) { r.set64(r.metaField(r.live(), 40), 1<<50); r.seal() },
		"value size":        func(r raw) { r.set32(r.elem(r.root(), 0)+12, 1<<32-1) },
	} {
		t.Run(name, func(t *testing.T) {
			r := healthy.clone()
			change(r)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := FromBytes(r.b)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{}); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > uint64(4*len(r.b)) {
				t.Errorf("allocates %d bytes for a file of %d", got, len(r.b))
			}
		})
	}
}

// TestSparse: a file may claim any size without having it.
func TestSparse(t *testing.T) {
	r := newForge(8)
	r.header(2, 2, 0)
	path := filepath.Join(t.TempDir(), "sparse")
	if err := os.WriteFile(path, r.b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip("no sparse files here:", err)
	}
	s, faults := walkTest(t, openTest(t, path), nil, WalkOptions{})
	if len(faults) > 0 || s.Pages.TailBytes != 1<<40-8*1024 {
		t.Errorf("%v %+v", faults, s.Pages)
	}
	r.set64(r.metaField(1, 40), 1<<40)
	r.seal()
	if err := os.WriteFile(path, r.b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<43); err != nil {
		t.Skip("no sparse files here:", err)
	}
	f := openTest(t, path)
	var large *TooLargeError
	if _, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{}); !errors.As(err, &large) {
		t.Errorf("got %v", err)
	}
}

// build makes a file with bbolt in one transaction per step.
func build(t testing.TB, o bbolt.Options, steps ...func(tx *bbolt.Tx) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	o.NoSync = true
	db, err := bbolt.Open(path, 0o600, &o)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if err := db.Update(step); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func healthyWalk(t *testing.T, path string) *Survey {
	t.Helper()
	f := openTest(t, path)
	s, faults := walkTest(t, f, nil, WalkOptions{})
	for _, x := range faults[:min(5, len(faults))] {
		t.Errorf("healthy file: %v", x)
	}
	if s.Pages.Sum() != f.Size() {
		t.Errorf("accounts for %d of %d bytes", s.Pages.Sum(), f.Size())
	}
	return s
}

// TestLongFreelist has more free pages than the header's count can tell.
func TestLongFreelist(t *testing.T) {
	large := make([]byte, 1000*1024)
	path := build(t, bbolt.Options{PageSize: 1024},
		func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte("b"))
			for i := 0; i < 71 && err == nil; i++ {
				err = b.Put([]byte(fmt.Sprint(i)), large)
			}
			return err
		},
		func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("b")) })
	s := healthyWalk(t, path)
	if s.Pages.Free < 70000 || s.Pages.Freelist < 2 {
		t.Errorf("%+v", s.Pages)
	}
}

// TestFreelistLengths makes freelists of every length around a page's end, because
// bbolt sizes the list before it takes its own pages from it.
func TestFreelistLengths(t *testing.T) {
	for n := 112; n < 140; n++ {
		put := func(k string, pages int) func(tx *bbolt.Tx) error {
			return func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucketIfNotExists([]byte("b"))
				if err != nil {
					return err
				}
				return b.Put([]byte(k), make([]byte, pages*1024-200))
			}
		}
		healthyWalk(t, build(t, bbolt.Options{PageSize: 1024}, put("a", n), put("b", 1),
			func(tx *bbolt.Tx) error { return tx.Bucket([]byte("b")).Delete([]byte("a")) }, put("b", 1), put("c", 1)))
	}
}

func TestManyBuckets(t *testing.T) {
	const n = 70000
	s := healthyWalk(t, build(t, bbolt.Options{PageSize: 4096}, func(tx *bbolt.Tx) (err error) {
		for i := 0; i < n && err == nil; i++ {
			_, err = tx.CreateBucket(fmt.Appendf(nil, "b%06d", i))
		}
		return err
	}))
	sorted := slices.IsSortedFunc(s.Buckets, func(a, b BucketStats) int { return slices.Compare(a.Bucket.Name(), b.Bucket.Name()) })
	if len(s.Buckets) != n || !sorted {
		t.Errorf("%d buckets, sorted: %v", len(s.Buckets), sorted)
	}
}

func TestDeepBuckets(t *testing.T) {
	const depth = 60
	s := healthyWalk(t, build(t, bbolt.Options{PageSize: 4096}, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("top"))
		for i := 1; i < depth && err == nil; i++ {
			if b, err = b.CreateBucket([]byte("sub")); err == nil {
				err = b.Put([]byte("key"), []byte("value"))
			}
		}
		return err
	}))
	if len(s.Buckets) != depth || len(s.Buckets[depth-1].Bucket.Path) != depth {
		t.Errorf("%d buckets", len(s.Buckets))
	}
}
