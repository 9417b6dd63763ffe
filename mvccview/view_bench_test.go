package mvccview

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/bolt"
)

// benchRecords is the number of records of the file that benchmarks read.
const benchRecords = 60_000

// benchFile makes a file with the records of a busy store, mostly small ones.
func benchFile(b *testing.B) *bolt.File {
	b.Helper()
	path := filepath.Join(b.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	err = db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucket([]byte(BucketKey))
		if err != nil {
			return err
		}
		bucket.FillPercent = 0.9
		for i := range int64(benchRecords) {
			main := i + FirstMain
			kv := KeyValue{Key: fmt.Appendf(nil, "/registry/pods/namespace-%d/pod-%d", r.IntN(100), r.IntN(200))}
			tomb := r.IntN(10) == 0
			if !tomb {
				kv.Value, kv.Create, kv.Mod, kv.Version = make([]byte, 100+r.IntN(1200)), main, main, 1
			}
			err = errors.Join(err, bucket.Put(AppendRevKey(nil, RevKey{Revision{main, 0}, tomb}), AppendKeyValue(nil, &kv)))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	src, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	info, err := src.Stat()
	if err != nil {
		b.Fatal(err)
	}
	f, err := bolt.Open(src, info.Size())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close(); src.Close() })
	return f
}

func benchWalk(b *testing.B, f *bolt.File, acc func() bolt.Accumulator) {
	b.Helper()
	b.SetBytes(f.Size())
	b.ReportAllocs()
	for b.Loop() {
		err := f.Guard(func() error {
			_, err := f.Walk(context.Background(), f.Live().Meta, acc(), bolt.WalkOptions{})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords, "ns/record")
}

func BenchmarkView(b *testing.B) {
	f := benchFile(b)
	b.Run("crc32c-of-the-file", func(b *testing.B) {
		raw := make([]byte, f.Size())
		b.SetBytes(f.Size())
		for b.Loop() {
			crc32.Checksum(raw, castagnoli)
		}
	})
	b.Run("walk", func(b *testing.B) {
		benchWalk(b, f, func() bolt.Accumulator { return nil })
	})
	b.Run("hash", func(b *testing.B) {
		benchWalk(b, f, func() bolt.Accumulator { return NewView(ViewOptions{}) })
	})
	b.Run("status", func(b *testing.B) {
		benchWalk(b, f, func() bolt.Accumulator {
			return NewView(ViewOptions{Records: []RecordAccumulator{NewKeyTable(math.MaxInt64)}})
		})
	})
	b.Run("hashkv", func(b *testing.B) {
		keys := NewKeyTable(math.MaxInt64)
		v := NewView(ViewOptions{Records: []RecordAccumulator{keys}, NoHash: true})
		if _, err := f.Walk(context.Background(), f.Live().Meta, v, bolt.WalkOptions{}); err != nil {
			b.Fatal(err)
		}
		benchWalk(b, f, func() bolt.Accumulator { return NewHashKV(v.Latest(), v.Latest()/2, keys) })
	})
}
