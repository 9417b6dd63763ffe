package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// bigFile makes a bbolt file of about megabytes MB whose keys and values look like
// etcd's: revisions of 17 bytes, values of a few hundred bytes and some large ones.
func bigFile(t testing.TB, megabytes int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "big")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true, NoGrowSync: true, PageSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 9))
	value := make([]byte, 1<<17)
	for i := range value {
		value[i] = byte(r.IntN(255) + 1)
	}
	key, rev := make([]byte, 17), uint64(0)
	for size := 0; size < megabytes<<20; {
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("key"))
			if err != nil {
				return err
			}
			b.FillPercent = 0.9
			for range 10000 {
				n := 60 + r.IntN(900)
				if r.IntN(500) == 0 {
					n = 100_000
				}
				rev++
				binary.BigEndian.PutUint64(key, rev)
				if err := b.Put(key, value[:n]); err != nil {
					return err
				}
				size += n + 33
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWalkAllocatesNothingPerPage compares the allocations of a walk of a small and
// of a larger tree: a healthy page must not cost any.
func TestWalkAllocatesNothingPerPage(t *testing.T) {
	var allocs [2]float64
	var pages [2]int64
	for i, n := range []int{2, 20} {
		f := openTest(t, bigFile(t, n))
		allocs[i] = testing.AllocsPerRun(3, func() {
			s, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{})
			if err != nil || s.Faults > 0 {
				t.Fatal(err, s.Faults)
			}
			pages[i] = s.Pages.InUse()
		})
	}
	if more := allocs[1] - allocs[0]; more > float64(pages[1]-pages[0])/1000 {
		t.Errorf("%v allocations for %d pages, %v for %d", allocs[0], pages[0], allocs[1], pages[1])
	}
}

// benchMB is the size of the file for the benchmarks, in MB.
func benchMB() int {
	if n, err := strconv.Atoi(os.Getenv("BOLTVET_BENCH_MB")); err == nil {
		return n
	}
	return 64
}

// BenchmarkWalk opens and walks a file with one worker; BenchmarkBboltCheck does what
// bbolt has for that. Set BOLTVET_BENCH_MB for another size than 64.
func BenchmarkWalk(b *testing.B) {
	path := bigFile(b, benchMB())
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		f, err := Open(file, info.Size())
		if err != nil {
			b.Fatal(err)
		}
		s, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{})
		if err != nil || s.Faults > 0 {
			b.Fatal(err, s.Faults)
		}
		f.Close()
	}
}

func BenchmarkBboltCheck(b *testing.B) {
	path := bigFile(b, benchMB())
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if err := bboltCheck(path, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}

// bboltCheck opens a file read-only and runs bbolt's own check in this process.
func bboltCheck(path string, limit time.Duration) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: limit})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) (first error) {
		for e := range tx.Check() {
			if first == nil {
				first = e
			}
		}
		return first
	})
}
