package bolt

import (
	"bytes"
	"errors"
	"testing"
)

func TestWriterErrors(t *testing.T) {
	in := func(f func(w *Writer) error) func(w *Writer) error {
		return func(w *Writer) error {
			if err := w.Begin([]byte("b"), 0); err != nil {
				return err
			}
			return f(w)
		}
	}
	var order *OrderError
	var size *SizeError
	for _, c := range []struct {
		name string
		call func(w *Writer) error
		want func(error) bool
	}{
		{"key outside a bucket", func(w *Writer) error { return w.Put([]byte("k"), nil) }, is(ErrNoBucket)},
		{"end of nothing", func(w *Writer) error { return w.End() }, is(ErrNotOpen)},
		{"empty bucket name", func(w *Writer) error { return w.Begin(nil, 0) }, as(&size)},
		{"long bucket name", func(w *Writer) error { return w.Begin(make([]byte, MaxKeySize+1), 0) }, as(&size)},
		{"bucket open", in(func(w *Writer) error { _, err := w.Finish(); return err }), is(ErrBucketOpen)},
		{"empty key", in(func(w *Writer) error { return w.Put(nil, nil) }), as(&size)},
		{"long key", in(func(w *Writer) error { return w.Put(make([]byte, MaxKeySize+1), nil) }), as(&size)},
		{"same key", in(func(w *Writer) error { return errors.Join(w.Put([]byte("k"), nil), w.Put([]byte("k"), nil)) }), as(&order)},
		{"lower key", in(func(w *Writer) error { return errors.Join(w.Put([]byte("k"), nil), w.Put([]byte("j"), nil)) }), as(&order)},
		{"bucket below key", in(func(w *Writer) error { return errors.Join(w.Put([]byte("k"), nil), w.Begin([]byte("k"), 0)) }), as(&order)},
		{"key below bucket", in(func(w *Writer) error {
			return errors.Join(w.Begin([]byte("k"), 0), w.End(), w.Put([]byte("k"), nil))
		}), as(&order)},
		{"too deep", in(func(w *Writer) error {
			for {
				if err := w.Begin([]byte("b"), 0); err != nil {
					return err
				}
			}
		}), as(&size)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := NewWriter(&MemorySink{}, WriterOptions{})
			if err != nil {
				t.Fatal(err)
			}
			err = c.call(w)
			if err == nil || !c.want(err) {
				t.Fatalf("got %v", err)
			}
			if _, again := w.Finish(); again == nil {
				t.Error("the error was forgotten")
			}
		})
	}
	for _, ps := range []int{1, 100, 256, 3000, 1 << 17, -4096} {
		if _, err := NewWriter(&MemorySink{}, WriterOptions{PageSize: ps}); err == nil {
			t.Errorf("page size %d taken", ps)
		}
	}
}

func is(want error) func(error) bool     { return func(err error) bool { return errors.Is(err, want) } }
func as[T error](to *T) func(error) bool { return func(err error) bool { return errors.As(err, to) } }

// TestWriterPlan writes the metas first and nothing twice; another input is found out.
func TestWriterPlan(t *testing.T) {
	root := buckets(clusterLike(500), &bucketful{})
	file, written := write(t, root, WriterOptions{})
	planned := &onceSink{}
	w, err := NewWriter(planned, WriterOptions{Plan: &written})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, w, root)
	if !bytes.Equal(planned.Bytes, file) {
		t.Error("with a plan the file is another")
	}
	w, err = NewWriter(&onceSink{}, WriterOptions{Plan: &written})
	if err != nil {
		t.Fatal(err)
	}
	if err := buckets(clusterLike(501)).put(w); err != nil {
		t.Fatal(err)
	}
	var plan *PlanError
	if _, err := w.Finish(); !errors.As(err, &plan) {
		t.Errorf("other input than planned: %v", err)
	}
}

// onceSink refuses to go back.
type onceSink struct{ MemorySink }

func (*onceSink) WriteAt([]byte, int64) (int, error) { return 0, errors.New("went back") }
