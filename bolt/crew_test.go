package bolt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// ForkEarly makes a transcript parallel.
func (c *transcript) ForkEarly() Accumulator { return newTranscript() }

// ways are the numbers of workers, the cuts and the two ways to read a page, which must
// make no difference.
func ways() []WalkOptions {
	return []WalkOptions{
		{careful: true}, {careful: true, Workers: 2},
		{Workers: 2}, {Workers: 3}, {Workers: 8},
		{Workers: 1, CutEveryLeaf: true}, {Workers: 2, CutEveryLeaf: true}, {Workers: 3, CutEveryLeaf: true}, {Workers: 8, CutEveryLeaf: true},
	}
}

// An outcome is all that a walk gives and tells, in order.
type outcome struct {
	survey *Survey
	faults []Fault
	text   string
}

func outcomeOf(t testing.TB, f *File, o WalkOptions) outcome {
	t.Helper()
	acc := newTranscript()
	s, faults := walkTest(t, f, acc, o)
	for i := range s.Buckets {
		_ = s.Buckets[i].Bucket.String() // it is remembered, or not
	}
	_ = s.Directory.Bucket.String()
	return outcome{s, faults, string(acc.text)}
}

// sameEveryWay wants one outcome for all numbers of workers and cuts.
func sameEveryWay(t testing.TB, what string, f *File) outcome {
	t.Helper()
	want := outcomeOf(t, f, WalkOptions{})
	for _, o := range ways() {
		got := outcomeOf(t, f, o)
		name := fmt.Sprintf("%s, %d workers, cut %v, careful %v", what, o.Workers, o.CutEveryLeaf, o.careful)
		if !reflect.DeepEqual(got.faults, want.faults) {
			t.Errorf("%s: %d faults, want %d:\n%v\n%v", name, len(got.faults), len(want.faults), first(got.faults), first(want.faults))
		}
		if got.text != want.text {
			t.Errorf("%s: the content differs", name)
		}
		if !reflect.DeepEqual(got.survey, want.survey) {
			t.Errorf("%s: the survey differs:\n%+v\n%+v", name, got.survey.Pages, want.survey.Pages)
		}
	}
	return want
}

func first(f []Fault) []Fault { return f[:min(len(f), 5)] }

// TestWorkersAgree walks healthy files of every shape.
func TestWorkersAgree(t *testing.T) {
	for name, o := range shapes {
		if got := sameEveryWay(t, name, openTest(t, makeDB(t, o, 12))); len(got.text) == 0 {
			t.Errorf("%s: no content", name)
		}
	}
}

// TestWorkersAgreeOnDamage walks each damage of the table, and many more: single bytes
// and page numbers at random, in small files and in one of 2 MB.
func TestWorkersAgreeOnDamage(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	for _, d := range damages() {
		r := healthy.clone()
		d.corrupt(&r)
		if d.kind != MetaNone {
			sameOnImage(t, d.name, r.b)
		}
	}
	n := 50
	if full() {
		n = 3000
	}
	r := rand.New(rand.NewPCG(6, 6))
	b, err := os.ReadFile(bigFile(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	for kind, healthy := range []raw{healthy, smallFile(t, bbolt.Options{PageSize: 4096, NoFreelistSync: true}), {b, 4096}} {
		fields := healthy.structural()
		offsets := slices.Sorted(maps.Keys(fields))
		pointers := slices.DeleteFunc(slices.Clone(offsets), func(off int) bool { return fields[off] != "branch child" })
		if len(healthy.b) > 1<<20 {
			n /= 5
		}
		for i := range n {
			c, what := healthy.clone(), ""
			for range 1 + r.IntN(1+i%6) {
				if r.IntN(3) == 0 && len(pointers) > 0 { // cross-links and loops
					off := pointers[r.IntN(len(pointers))]
					c.set64(off, 2+r.IntN(healthy.hwm()-2)) // that of c may be spoilt
					what += fmt.Sprintf(" pointer at +0x%x", off)
					continue
				}
				off := offsets[r.IntN(len(offsets))]
				c.spoil(r, fields[off], off)
				what += fmt.Sprintf(" %s at +0x%x", fields[off], off)
			}
			sameOnImage(t, fmt.Sprintf("file %d:%s", kind, what), c.b)
			if t.Failed() {
				return
			}
		}
	}
}

func sameOnImage(t testing.TB, what string, b []byte) {
	t.Helper()
	f, err := FromBytes(b)
	var none Fault
	if errors.As(err, &none) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	sameEveryWay(t, what, f)
}

// TestWorkersAgreeOnShapes takes the shapes that bbolt never makes: loops, a page for
// two parents, leaves on different levels.
func TestWorkersAgreeOnShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for i := range 300 {
		f := newForge(40)
		f.buckets(2, 3+r.IntN(36), 3+r.IntN(36))
		for id := 3; id < 39; id++ {
			if r.IntN(4) == 0 {
				f.buckets(id, 0)
				continue
			}
			children := make([]int, 2+r.IntN(6))
			for j := range children {
				children[j] = min(id+1+r.IntN(12), 38) // most go down, so that trees get deep
				if r.IntN(12) == 0 {
					children[j] = 3 + r.IntN(36)
				}
			}
			f.branch(id, children...)
		}
		sameOnImage(t, fmt.Sprintf("shape %d", i), f.b)
		if t.Failed() {
			return
		}
	}
}

// stepper calls do at every leaf, in the goroutine that visits it.
type stepper struct {
	nothing
	do func() error
}

func (s stepper) Leaf(*Bucket, Leaf) error { return s.do() }
func (s stepper) Fork() Accumulator        { return s }
func (s stepper) ForkEarly() Accumulator   { return s }

// noGoroutineLeft waits for the number of goroutines to fall back.
func noGoroutineLeft(t *testing.T, before int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestWorkersShrink cuts a file while several workers read it.
func TestWorkersShrink(t *testing.T) {
	path := bigFile(t, 8)
	for _, mapped := range []bool{true, false} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []int64{8192, info.Size() / 2 &^ 4095} {
			copied := filepath.Join(t.TempDir(), "db")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied, b, 0o600); err != nil {
				t.Fatal(err)
			}
			f := openAs(t, copied, mapped)
			before := runtime.NumGoroutine()
			var leaves atomic.Int64
			acc := stepper{do: func() error {
				if leaves.Add(1) == 300 {
					return os.Truncate(copied, to)
				}
				return nil
			}}
			err = f.Guard(func() error {
				_, err := f.Walk(context.Background(), f.Live().Meta, acc, WalkOptions{Workers: 3})
				return err
			})
			var shrunk *ShrunkError
			if !errors.As(err, &shrunk) || shrunk.Now != to {
				t.Errorf("mapped %v, to %d: got %v", mapped, to, err)
			}
			noGoroutineLeft(t, before)
		}
	}
}

// TestWorkersEndEarly: for the context, for the accumulator and for the sink, with no
// goroutine left behind.
func TestWorkersEndEarly(t *testing.T) {
	path := bigFile(t, 8)
	f := openTest(t, path)
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	var leaves atomic.Int64
	acc := stepper{do: func() error {
		if leaves.Add(1) == 200 {
			cancel()
		}
		return nil
	}}
	if _, err := f.Walk(ctx, f.Live().Meta, acc, WalkOptions{Workers: 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("context: %v", err)
	}
	noGoroutineLeft(t, before)
	all, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := leaves.Load(); n > all.Pages.Leaf/2 {
		t.Errorf("%d of %d leaves were visited after all", n, all.Pages.Leaf)
	}
	want := errors.New("enough")
	if _, err := f.Walk(context.Background(), f.Live().Meta, stepper{do: func() error { return want }}, WalkOptions{Workers: 3}); !errors.Is(err, want) {
		t.Errorf("accumulator: %v", err)
	}
	noGoroutineLeft(t, before)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := raw{b, 4096}
	for _, leaf := range []int{r.hwm() / 2, r.hwm() / 3} {
		r.set16(r.page(leaf)+8, 0x40)
	}
	if f, err = FromBytes(r.b); err != nil {
		t.Fatal(err)
	}
	calls := 0
	if _, err = f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{Workers: 3, OnFault: func(Fault) bool { calls++; return false }}); err != nil || calls != 1 {
		t.Errorf("sink: %d calls, %v", calls, err)
	}
	noGoroutineLeft(t, before)
}

// TestWorkersProgress wants the same pages told as by one worker, never backwards.
func TestWorkersProgress(t *testing.T) {
	f := openTest(t, bigFile(t, 8))
	var want int64
	for _, workers := range []int{1, 3} {
		var pages int64
		_, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{Workers: workers, Progress: func(n int64) {
			if n <= 0 {
				t.Errorf("%d more pages", n)
			}
			pages += n
		}})
		if err != nil || workers > 1 && pages != want || pages == 0 {
			t.Errorf("%d workers: %d pages, want %d (%v)", workers, pages, want, err)
		}
		want = pages
	}
}

// TestWorkersAllocateNothingPerPage: a range of 64 leaves may cost one.
func TestWorkersAllocateNothingPerPage(t *testing.T) {
	var allocs [2]float64
	var pages [2]int64
	for i, n := range []int{2, 20} {
		f := openTest(t, bigFile(t, n))
		allocs[i] = testing.AllocsPerRun(3, func() {
			s, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{Workers: 2})
			if err != nil || s.Faults > 0 {
				t.Fatal(err, s.Faults)
			}
			pages[i] = s.Pages.InUse()
		})
	}
	if more := allocs[1] - allocs[0]; more > float64(pages[1]-pages[0])/50 {
		t.Errorf("%v allocations for %d pages, %v for %d", allocs[0], pages[0], allocs[1], pages[1])
	}
}
