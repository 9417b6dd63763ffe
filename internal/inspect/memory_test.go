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
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// history writes a db of n small records of 500 keys.
func history(t testing.TB, n int64) string {
	t.Helper()
	return writeRecords(t, n, func(i int64, kv *mvccview.KeyValue) {
		kv.Key, kv.Value = fmt.Appendf(nil, "/registry/pods/%d", i%500), make([]byte, 60+i%90)
		kv.Create, kv.Version = i%500+mvccview.FirstMain, i/500+1
	})
}

// writeRecords writes a db of n records with ascending revisions; fill gives each its
// key and value, and another generation than its own if it likes.
func writeRecords(t testing.TB, n int64, fill func(i int64, kv *mvccview.KeyValue)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte(mvccview.BucketKey))
		if err != nil {
			return err
		}
		b.FillPercent = 0.9
		for i := range n {
			main := i + mvccview.FirstMain
			kv := mvccview.KeyValue{Create: main, Mod: main, Version: 1}
			fill(i, &kv)
			key := mvccview.AppendRevKey(nil, mvccview.RevKey{Revision: mvccview.Revision{Main: main}})
			if err := b.Put(key, mvccview.AppendKeyValue(nil, &kv)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNoAllocationPerRecord compares the allocations of a short and a long history of
// the same keys: what a status allocates may not grow with the records.
func TestNoAllocationPerRecord(t *testing.T) {
	const short, long = 5_000, 105_000
	count := func(records int64) float64 {
		src := resolve(t, history(t, records), datadir.Options{})
		return testing.AllocsPerRun(3, func() {
			if _, err := Run(t.Context(), src, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	a, b := count(short), count(long)
	per := (b - a) / (long - short)
	t.Logf("%.0f allocations for %d records, %.0f for %d: %.5f a record", a, short, b, long, per)
	if per >= 0.01 {
		t.Errorf("%.4f allocations a record, want less than 0.01", per)
	}
}

// heapFile names the file that a child of TestHeap reads.
const heapFile = "BOLTVET_TEST_HEAP_FILE"

// TestHeap reads 500 MB in a process of its own, whose heap must stay small: the file
// is mapped, and only tables of keys and pages grow with it.
func TestHeap(t *testing.T) {
	if path := os.Getenv(heapFile); path != "" {
		fmt.Printf("\npeak heap %d\n", peakHeap(t, path))
		return
	}
	if !full() {
		t.Skip("BOLTVET_FULL=1 generates 500 MB")
	}
	path := filepath.Join(t.TempDir(), "large.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 500e6, Snapshot: true}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHeap$", "-test.v")
	cmd.Env = append(os.Environ(), heapFile+"="+path)
	out, err := cmd.CombinedOutput()
	m := regexp.MustCompile(`peak heap (\d+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	peak, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MiB", float64(peak)/(1<<20))
	if peak >= 48<<20 {
		t.Errorf("heap of %d bytes, want less than 48 MiB", peak)
	}
}

// peakHeap is the most memory that the heap had from the system during a Run.
func peakHeap(t *testing.T, path string) uint64 {
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
	s, _ := look(t, path, Options{})
	close(stop)
	t.Logf("%d records, %d keys", s.DB.View.Totals.Records, s.DB.Keys.Keys)
	return <-peak
}
