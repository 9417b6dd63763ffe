package bolt

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// accept holds a file against the reader and against bbolt: no fault, its own check,
// the content that went in, and a write transaction on top.
func accept(t testing.TB, file []byte, root *bucketful, written Written) {
	t.Helper()
	f, err := FromBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	s, faults := walkTest(t, f, nil, WalkOptions{})
	for _, x := range faults {
		t.Errorf("our walk: %v", x)
	}
	want := written.meta()
	for i, slot := range f.Metas() { // the same tree twice, the newer transaction first
		if want.Txid = written.Txid - Txid(i); len(slot.Faults) > 0 || slot.Meta.Txid != want.Txid {
			t.Errorf("meta %d: %+v", i, slot)
		}
		if want.Checksum = slot.Meta.Checksum; !slot.Valid || slot.Meta != want {
			t.Errorf("meta %d: %+v, want %+v", i, slot, want)
		}
	}
	if want.HighWater*Pgid(want.PageSize) != Pgid(len(file)) || !want.FreelistPersisted() || f.LiveSlot() != 0 {
		t.Errorf("live meta %d: %+v for %d bytes", f.LiveSlot(), want, len(file))
	}
	if s.Pages.NotInUse() != 0 || s.Pages.Sum() != int64(len(file)) {
		t.Errorf("accounting: %+v", s.Pages)
	}
	if got := s.Pages.Leaf; got != written.Leaves {
		t.Errorf("%d leaves, written says %d", got, written.Leaves)
	}
	// The walk has looked behind the elements of branches and leaves.
	for id, used := range map[int]int{0: PageHeaderSize + MetaSize, 1: PageHeaderSize + MetaSize, int(written.Freelist): PageHeaderSize} {
		if tail := file[id*written.PageSize+used : (id+1)*written.PageSize]; firstNonZero(tail) >= 0 {
			t.Errorf("page %d: there is something behind its first %d bytes", id, used)
		}
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, path, root)
	commitOnTop(t, path, root)
}

// holds has bbolt check a file and compares what it reads with root.
func holds(t testing.TB, path string, root *bucketful) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error { return sameInBbolt(tx, root) }); err != nil {
		t.Error(err)
	}
}

func sameInBbolt(tx *bbolt.Tx, root *bucketful) (first error) {
	for err := range tx.Check() {
		if first == nil {
			first = fmt.Errorf("bbolt's check: %w", err)
		}
	}
	if first != nil {
		return first
	}
	return sameContent(tx.Cursor(), root, func(k []byte) *bbolt.Bucket { return tx.Bucket(k) })
}

func sameContent(c *bbolt.Cursor, want *bucketful, sub func([]byte) *bbolt.Bucket) error {
	i := 0
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if i == len(want.items) {
			return fmt.Errorf("a key too many: %s", ShowKey(k))
		}
		it := want.items[i]
		i++
		if !bytes.Equal(k, it.key) {
			return fmt.Errorf("key %s, want %s", ShowKey(k), ShowKey(it.key))
		}
		if it.sub == nil {
			if v == nil || !bytes.Equal(v, it.value) {
				return fmt.Errorf("key %s: another value", ShowKey(k))
			}
			continue
		}
		b := sub(k)
		if v != nil || b == nil {
			return fmt.Errorf("key %s is no bucket", ShowKey(k))
		}
		if b.Sequence() != it.sub.sequence {
			return fmt.Errorf("bucket %s: sequence %d, want %d", ShowKey(k), b.Sequence(), it.sub.sequence)
		}
		if err := sameContent(b.Cursor(), it.sub, b.Bucket); err != nil {
			return fmt.Errorf("in %s: %w", ShowKey(k), err)
		}
	}
	if i < len(want.items) {
		return fmt.Errorf("%d keys of %d", i, len(want.items))
	}
	return nil
}

// commitOnTop has bbolt write to the file as etcd would, and check it again.
func commitOnTop(t testing.TB, path string, root *bucketful) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, NoSync: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		for n, it := range root.items {
			if len(root.items) > 100 && n%997 != 0 {
				continue
			}
			b := tx.Bucket(it.key)
			for i := range 20 {
				if err := b.Put(fmt.Appendf(nil, "\xff\xff\xff appended %02d", i), make([]byte, 200)); err != nil {
					return err
				}
			}
		}
		_, err := tx.CreateBucketIfNotExists([]byte("\xff\xff\xff a new bucket"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) (first error) {
		for err := range tx.Check() {
			first = err
		}
		return first
	})
	if err != nil {
		t.Errorf("after a commit: %v", err)
	}
}
