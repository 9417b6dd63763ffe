package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
)

// fullSweeps takes every place instead of a sample.
func fullSweeps() bool { return os.Getenv("BOLTVET_FULL") == "1" }

// A specimen is a file whose bytes are changed and put back.
type specimen struct {
	path    string
	healthy []byte
}

// newSpecimens makes n copies of a base, for as many goroutines.
func newSpecimens(t *testing.T, base string, n int) []specimen {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "base.db")
	if err := b.Build(path); err != nil {
		t.Fatal(err)
	}
	healthy := readFile(t, path)
	list := make([]specimen, n)
	for i := range list {
		list[i] = specimen{filepath.Join(dir, fmt.Sprintf("%d.db", i)), healthy}
		if err := os.WriteFile(list[i].path, healthy, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// judged verifies a file; refused files are unreadable.
func judged(ctx context.Context, path string) (Verdict, *Report, error) {
	src, err := datadir.Resolve(ctx, path, datadir.Options{})
	var refused *datadir.RefusedError
	if errors.As(err, &refused) {
		return VerdictUnreadable, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	defer src.Close()
	report, err := Run(ctx, src, Options{Jobs: 1})
	if err != nil {
		return 0, nil, err
	}
	return report.Verdict, report, nil
}

// write puts one byte into the file.
func (s specimen) write(off int64, b byte) error {
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{b}, off)
	return errors.Join(err, f.Close())
}

// A flip is one bit of a structural byte.
type flip struct {
	span
	off int64
	bit int
}

// fate is what became of a flip: "found", "harmless", or a reason of the closed list.
type fate string

const (
	found    fate = "found"
	harmless fate = "harmless"
	missed   fate = "missed"
)

// A blindSpot is a class of flips that change the content and that cannot be found in
// the file alone, with the reason: one of fixtures.UndetectableReasons.
type blindSpot struct {
	reason string
	covers func(f flip, whole bool) bool // whole: the changed file still reads as a tree
}

// blindSpots is the closed list. compact is the compact revision of the file: a record
// at or below it has lost its neighbours, so that any sub that keeps the order may have
// been there.
func blindSpots(compact uint64) []blindSpot {
	const sub = 9 // byte of a revision key, behind main and '_'
	return []blindSpot{
		{"sub-below-compact", func(f flip, _ bool) bool {
			return f.class == "revision key" && f.off-f.from >= sub && f.number <= compact
		}},
		// The root of a bucket becomes the number of a free page that was that bucket's
		// root once, and whose tree is still whole: an older state of the store.
		{"tail-needs-wal", func(f flip, whole bool) bool {
			return f.class == "bucket header" && f.off-f.from < 8 && whole
		}},
	}
}

// try makes the flip, judges, and takes it back.
func (s specimen) try(ctx context.Context, f flip, was content) (fate, error) {
	b := s.healthy[f.off] ^ 1<<f.bit
	if err := s.write(f.off, b); err != nil {
		return "", err
	}
	verdict, _, err := judged(ctx, s.path)
	if err = errors.Join(err, s.write(f.off, s.healthy[f.off])); err != nil {
		return "", err
	}
	if verdict != VerdictHealthy {
		return found, nil
	}
	image := slices.Clone(s.healthy)
	image[f.off] = b
	is, err := contentOf(image)
	if err == nil && is.sum == was.sum {
		return harmless, nil
	}
	for _, spot := range blindSpots(was.compact) {
		if spot.covers(f, err == nil) {
			return fate(spot.reason), nil
		}
	}
	return missed, nil
}

// TestSingleBitFlips flips each bit of each structural byte of a bare db: page headers,
// element tables, metas, bucket headers and names, separators and revision keys. Each
// flip is found, or leaves the content as it was, or is on the closed list.
func TestSingleBitFlips(t *testing.T) {
	workers := newSpecimens(t, "small", 4)
	healthy := workers[0].healthy
	if verdict, report, err := judged(t.Context(), workers[0].path); err != nil || verdict != VerdictHealthy {
		t.Fatalf("the base is %v: %v %+v", verdict, err, report)
	}
	was, err := contentOf(healthy)
	if err != nil {
		t.Fatal(err)
	}
	spans, err := structure(healthy)
	if err != nil {
		t.Fatal(err)
	}
	flips, all := flipsOf(spans)
	figures, misses := sweepFlips(t, workers, flips, was)
	checkReasons(t)
	t.Logf("%d of %d bits; compact revision %d", len(flips), all, was.compact)
	for _, class := range slices.Sorted(maps.Keys(figures)) {
		t.Logf("%-16s %v", class, figures[class])
	}
	for _, m := range misses[:min(len(misses), 40)] {
		t.Errorf("missed: %s at page %d, offset %#x, bit %d (%d)", m.class, m.off/4096, m.off, m.bit, m.number)
	}
}

// checkReasons: the closed list has no reasons of its own.
func checkReasons(t *testing.T) {
	t.Helper()
	for _, spot := range blindSpots(0) {
		if !slices.Contains(fixtures.UndetectableReasons(), spot.reason) {
			t.Errorf("no such reason: %s", spot.reason)
		}
	}
}

// flipsOf lists the flips to make, about one in 23 unless all are wanted, and counts
// all there are. 23 has no part in common with the 8 bits of a byte or the 16 bytes of
// an element, so every kind of field gets its share.
func flipsOf(spans []span) (flips []flip, all int) {
	for _, s := range spans {
		for off := s.from; off < s.to; off++ {
			for bit := range 8 {
				if fullSweeps() || all%23 == 0 {
					flips = append(flips, flip{s, off, bit})
				}
				all++
			}
		}
	}
	return flips, all
}

// sweepFlips shares the flips among the workers and counts what became of them.
func sweepFlips(t *testing.T, workers []specimen, flips []flip, was content) (figures map[string]map[fate]int, misses []flip) {
	figures = map[string]map[fate]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, w := range workers {
		wg.Go(func() {
			for k := i; k < len(flips); k += len(workers) {
				f := flips[k]
				end, err := w.try(t.Context(), f, was)
				if err != nil {
					t.Errorf("offset %#x bit %d: %v", f.off, f.bit, err)
					return
				}
				mu.Lock()
				if figures[f.class] == nil {
					figures[f.class] = map[fate]int{}
				}
				figures[f.class][end]++
				if end == missed {
					misses = append(misses, f)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return figures, misses
}

// TestTruncations cuts a bare db at each length (every 997th in the normal run). Below
// a whole meta it is unreadable. Above, it is damaged as long as a page in use is
// missing, and never healthy: the high water mark tells that the file was longer.
func TestTruncations(t *testing.T) {
	workers := newSpecimens(t, "small", 4)
	healthy := workers[0].healthy
	used, end, err := extent(healthy)
	if err != nil {
		t.Fatal(err)
	}
	step := 997
	if fullSweeps() {
		step = 1
	}
	const wholeMeta = 80
	var mu sync.Mutex
	counts := map[Verdict]int{}
	var wg sync.WaitGroup
	for i, w := range workers {
		wg.Go(func() {
			// From long to short: the file shrinks, and need not be written again.
			for n := len(healthy) - 1 - i*step; n >= 0; n -= len(workers) * step {
				verdict, report, err := w.cut(t.Context(), int64(n))
				if err != nil {
					t.Errorf("%d bytes: %v", n, err)
					return
				}
				if want := cutVerdict(int64(n), wholeMeta, used, end); verdict != want {
					t.Errorf("%d bytes of %d, in use %d: %v, want %v", n, len(healthy), used, verdict, want)
				}
				if verdict != VerdictHealthy && report != nil && (len(report.Codes) == 0 || report.Why == "") {
					t.Errorf("%d bytes: %v without a word", n, verdict)
				}
				mu.Lock()
				counts[verdict]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("in use %d of %d bytes, high water mark %d: %v", used, len(healthy), end, counts)
}

// cut shortens the file and verifies what is left.
func (s specimen) cut(ctx context.Context, n int64) (Verdict, *Report, error) {
	if err := os.Truncate(s.path, n); err != nil {
		return 0, nil, err
	}
	return judged(ctx, s.path)
}

// cutVerdict is what must be said of the first n bytes of a file whose pages in use end
// at used, and whose high water mark is end.
func cutVerdict(n, wholeMeta, used, end int64) Verdict {
	switch {
	case n < wholeMeta:
		return VerdictUnreadable
	case n < used, n < end && n%512 == 32: // 32 bytes of a page pass for a trailer, and a wrong one
		return VerdictDamaged
	case n < end:
		return VerdictWorn
	}
	return VerdictHealthy
}
