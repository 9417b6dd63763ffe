package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/mvccview"
)

// TestVerifyMemoryIsEnough gives verify the memory that its help calls enough, for so many
// keys; and too little, for the bound to be one.
func TestVerifyMemoryIsEnough(t *testing.T) {
	said := regexp.MustCompile(`(\d+) bytes for each key and (\d+) MiB are enough`).FindStringSubmatch(verifyCommand().flag("max-memory").usage)
	if said == nil {
		t.Fatal("the help does not say what is enough")
	}
	perKey, _ := strconv.ParseInt(said[1], 10, 64)
	fixed, _ := strconv.ParseInt(said[2], 10, 64)
	counts := []int64{100_000, 500_000}
	if os.Getenv("BOLTVET_FULL") == "1" {
		counts = append(counts, 2_000_000)
	}
	for _, n := range counts {
		path := writeKeys(t, n)
		for per, fits := range map[int64]bool{perKey: true, perKey * 3 / 10: false} {
			size := per*n + fixed<<20
			if size < leastMemory {
				continue // there is no bound so low
			}
			got := runLine(context.Background(), nil, "verify", "--max-memory", strconv.FormatInt(size, 10)+"B", path)
			if refused := got.code == 5; refused == fits || refused != strings.Contains(got.stderr, "more keys") {
				t.Errorf("%d keys, %d bytes for each: exit code %d: %s", n, per, got.code, got.stderr)
			}
		}
	}
}

// writeKeys writes a db of n keys with one revision each.
func writeKeys(t *testing.T, n int64) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "db")
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
			kv := mvccview.KeyValue{Key: fmt.Appendf(nil, "/registry/pods/%08d", i), Value: []byte("v"), Create: main, Mod: main, Version: 1}
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
