package inspect

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// TestSpaceAllocatesNothingPerRecord compares a short and a long history of the same keys.
func TestSpaceAllocatesNothingPerRecord(t *testing.T) {
	const short, long = 5_000, 105_000
	files := map[int64]*datadir.Source{}
	for _, n := range []int64{short, long} {
		files[n] = resolve(t, history(t, n), datadir.Options{})
	}
	for by := ByPrefix; by <= ByKey; by++ {
		count := func(records int64) float64 {
			return testing.AllocsPerRun(3, func() {
				if _, err := ReadSpace(t.Context(), files[records], SpaceOptions{By: by, Depth: 2, Top: 20, Window: 1000}); err != nil {
					t.Error(err)
				}
			})
		}
		if per := (count(long) - count(short)) / (long - short); per >= 0.01 {
			t.Errorf("by %s: %.4f allocations a record, want less than 0.01", by, per)
		}
	}
}

// spaceHeapFile names the file that a child of TestSpaceHeap reads, and how.
const spaceHeapFile = "BOLTVET_TEST_SPACE_HEAP"

// TestSpaceHeap reads a file of many keys in a process of its own: 80 bytes for each
// key and 24 MB are the bound, 130 for each by key.
func TestSpaceHeap(t *testing.T) {
	if how := os.Getenv(spaceHeapFile); how != "" {
		by, path, _ := strings.Cut(how, " ")
		n, err := strconv.Atoi(by)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\npeak heap %d\n", peakSpaceHeap(t, Grouping(n), path))
		return
	}
	n, size := int64(400_000), int64(150e6)
	if full() {
		size = 500e6
	}
	many, large := manyKeys(t, n), filepath.Join(t.TempDir(), "large.db")
	if err := fixtures.Generate(large, fixtures.GenOptions{Size: size}); err != nil {
		t.Fatal(err)
	}
	for by := ByPrefix; by <= ByKey; by++ {
		per := int64(80)
		if by == ByKey {
			per = 130
		}
		for path, keys := range map[string]int64{many: n, large: 0} {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSpaceHeap$", "-test.v")
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", spaceHeapFile, by, path))
			out, err := cmd.CombinedOutput()
			m := regexp.MustCompile(`peak heap (\d+)`).FindSubmatch(out)
			if err != nil || m == nil {
				t.Fatalf("%v\n%s", err, out)
			}
			peak, err := strconv.ParseInt(string(m[1]), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			bound := per*keys + 24e6
			t.Logf("by %s, %d keys: %.1f MB, at most %.1f MB", by, keys, float64(peak)/1e6, float64(bound)/1e6)
			if peak > bound {
				t.Errorf("by %s: heap of %d bytes for %d keys, want at most %d", by, peak, keys, bound)
			}
		}
	}
}

// manyKeys writes one record for each of n keys, in 5000 groups.
func manyKeys(t *testing.T, n int64) string {
	t.Helper()
	return writeRecords(t, n, func(i int64, kv *mvccview.KeyValue) {
		kv.Key = fmt.Appendf(nil, "/registry/g%d/%d", i%5000, i)
		kv.Value = make([]byte, 60)
	})
}

// peakSpaceHeap is the most memory that the heap had from the system meanwhile.
func peakSpaceHeap(t *testing.T, by Grouping, path string) uint64 {
	src := resolve(t, path, datadir.Options{})
	debug.FreeOSMemory()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapSys-m.HeapReleased)
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	_, err := ReadSpace(t.Context(), src, SpaceOptions{By: by, Depth: 2, Top: 20, Window: 1000})
	close(stop)
	if err != nil {
		t.Error(err)
	}
	return <-peak
}

// TestSpaceMaxTable wants a refusal where the table of keys has no room.
func TestSpaceMaxTable(t *testing.T) {
	src := resolve(t, manyKeys(t, 20_000), datadir.Options{})
	for by := ByPrefix; by <= ByKey; by++ {
		for _, jobs := range []int{1, 3} {
			var memory *mvccview.MemoryError
			if _, err := ReadSpace(t.Context(), src, SpaceOptions{By: by, Jobs: jobs, MaxTable: 600_000}); !errors.As(err, &memory) {
				t.Errorf("by %s, %d jobs: %v", by, jobs, err)
			}
			if _, err := ReadSpace(t.Context(), src, SpaceOptions{By: by, Jobs: jobs, MaxTable: 130*20_000 + 64*8192}); err != nil {
				t.Errorf("by %s, %d jobs: %v", by, jobs, err)
			}
		}
	}
}

// TestSpaceOfACrowd has more groups than have counts of their own: the sums hold, the
// first 4096 are told apart, and neither depends on the cut.
func TestSpaceOfACrowd(t *testing.T) {
	path := manyKeys(t, 20_000)
	src := resolve(t, path, datadir.Options{})
	s, _ := spaceOf(t, src, SpaceOptions{Top: 5000})
	checkSums(t, s)
	if !s.Crowded || s.Groups != maxGroups || len(s.Rows) != maxGroups || s.Others.Keys != 4*(5000-maxGroups) || s.Total.Keys != 20_000 {
		t.Errorf("crowded %v, %d groups, %d rows, others %+v", s.Crowded, s.Groups, len(s.Rows), s.Others.GroupCounts)
	}
	for i := range s.Rows {
		if s.Rows[i].Keys != 4 {
			t.Fatalf("%q has %d keys, want 4", s.Rows[i].Name, s.Rows[i].Keys)
		}
	}
	sameSpace(t, path, true)
}
