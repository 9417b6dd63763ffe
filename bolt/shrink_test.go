package bolt

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"go.etcd.io/bbolt"
)

// truncater truncates the file under a walk when it sees the first leaf.
type truncater struct {
	nothing
	path string
	to   int64
}

func (c truncater) Leaf(*Bucket, Leaf) error { return os.Truncate(c.path, c.to) }
func (c truncater) Fork() Accumulator        { return c }

// TestShrinks cuts a file while it is walked: by much, so that the kernel sends a
// signal, and within the last page of memory, where zeros appear instead.
func TestShrinks(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 4096})
	for name, to := range map[string]int64{"to two pages": 8192, "to nothing": 0, "by a few bytes": int64(len(healthy.b)) - 10} {
		for _, mapped := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "db")
				if err := os.WriteFile(path, healthy.b, 0o600); err != nil {
					t.Fatal(err)
				}
				f := openAs(t, path, mapped)
				err := f.Guard(func() error {
					_, err := f.Walk(context.Background(), f.Live().Meta, truncater{path: path, to: to}, WalkOptions{})
					return err
				})
				var shrunk *ShrunkError
				if !errors.As(err, &shrunk) || shrunk.Now != to || shrunk.Size != int64(len(healthy.b)) {
					t.Errorf("mapped %v: got %v", mapped, err)
				}
			})
		}
	}
}

// TestGuardPassesOtherPanics: only a fault in the mapping is an answer.
func TestGuardPassesOtherPanics(t *testing.T) {
	f, err := FromBytes(smallFile(t, bbolt.Options{PageSize: 1024}).b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	_ = f.Guard(func() error { panic("a bug") })
}

// openAs opens a file mapped or with positioned reads.
func openAs(t *testing.T, path string, mapped bool) *File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := openFile(file, info.Size(), mapped)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if mapped != (f.data != nil) {
		t.Fatalf("mapped: %v, want %v", f.data != nil, mapped)
	}
	return f
}

// TestPositionedReads wants the same answers without a mapping, for a healthy file
// and for each damage of the table.
func TestPositionedReads(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	rows := append(damages(), damage{name: "healthy", corrupt: func(*raw) wanted { return wanted{} }})
	for _, d := range rows {
		r := healthy.clone()
		d.corrupt(&r)
		if d.kind == MetaNone {
			continue
		}
		path := filepath.Join(t.TempDir(), "db")
		if err := os.WriteFile(path, r.b, 0o600); err != nil {
			t.Fatal(err)
		}
		var answers [2]struct {
			survey *Survey
			faults []Fault
			text   []byte
		}
		for i := range answers {
			f, acc := openAs(t, path, i == 0), newTranscript()
			answers[i].survey, answers[i].faults = walkTest(t, f, acc, WalkOptions{})
			answers[i].text = acc.text
			for _, b := range answers[i].survey.Buckets {
				if b.Bucket.String() == "" { // also makes both remember it
					t.Error("a bucket without a name")
				}
			}
		}
		if !reflect.DeepEqual(answers[0], answers[1]) {
			t.Errorf("%s: mapped and positioned reads differ", d.name)
		}
	}
}

// TestCutEveryLeaf wants the same content in the same order from one accumulator
// and from one for each leaf.
func TestCutEveryLeaf(t *testing.T) {
	for name, o := range shapes {
		f := openTest(t, makeDB(t, o, 11))
		one, many := newTranscript(), newTranscript()
		a, _ := walkTest(t, f, one, WalkOptions{})
		b, _ := walkTest(t, f, many, WalkOptions{CutEveryLeaf: true})
		if string(one.text) != string(many.text) || len(one.text) == 0 {
			t.Errorf("%s: the content depends on the cuts", name)
		}
		if a.Pages != b.Pages || !reflect.DeepEqual(a.Total(), b.Total()) {
			t.Errorf("%s: the counts depend on the cuts", name)
		}
	}
}

// TestRelease: a file that was let go is still answered for, from the disk, and closed once.
func TestRelease(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	healthy := smallFile(t, bbolt.Options{PageSize: 4096})
	if err := os.WriteFile(path, healthy.b, 0o600); err != nil {
		t.Fatal(err)
	}
	f := openAs(t, path, true)
	f.Release()
	b, ok, err := f.Bytes(0, 4096)
	if err != nil || !ok || !bytes.Equal(b, healthy.b[:4096]) || f.Mapped() {
		t.Errorf("after Release: %d bytes, %v, %v, mapped %v", len(b), ok, err, f.Mapped())
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
