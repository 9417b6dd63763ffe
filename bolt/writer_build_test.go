package bolt

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// rebuild reads a file and writes it anew.
func rebuild(f *File, o WriterOptions) ([]byte, Written, error) {
	out := &MemorySink{}
	w, err := NewWriter(out, o)
	if err != nil {
		return nil, Written{}, err
	}
	if err := f.Guard(func() error { return f.Feed(context.Background(), f.Live().Meta, w) }); err != nil {
		return nil, Written{}, err
	}
	written, err := w.Finish()
	return out.Bytes, written, err
}

// gatherer is a Loader that keeps everything.
type gatherer struct{ open []*bucketful }

func (c *gatherer) Begin(name []byte, sequence uint64) error {
	b := &bucketful{sequence: sequence}
	top := c.open[len(c.open)-1]
	top.items = append(top.items, item{key: bytes.Clone(name), sub: b})
	c.open = append(c.open, b)
	return nil
}

func (c *gatherer) Put(key, value []byte) error {
	top := c.open[len(c.open)-1]
	top.items = append(top.items, item{key: bytes.Clone(key), value: bytes.Clone(value)})
	return nil
}

func (c *gatherer) End() error {
	c.open = c.open[:len(c.open)-1]
	return nil
}

// TestRebuild writes files that bbolt made anew: bbolt reads the same out of both, and
// a rebuilt file rebuilt again is the same, byte for byte.
func TestRebuild(t *testing.T) {
	for name, o := range shapes {
		t.Run(name, func(t *testing.T) {
			f := openTest(t, makeDB(t, o, 11))
			all := &gatherer{open: []*bucketful{{}}}
			if err := f.Feed(context.Background(), f.Live().Meta, all); err != nil {
				t.Fatal(err)
			}
			root := all.open[0]
			if len(all.open) != 1 || len(root.items) != 4 {
				t.Fatalf("%d buckets open, %d at the top", len(all.open), len(root.items))
			}
			file, written, err := rebuild(f, WriterOptions{PageSize: f.PageSize()})
			if err != nil {
				t.Fatal(err)
			}
			accept(t, file, root, written) // bbolt's content of the new file against what Feed saw
			holds(t, f.file.Name(), root)
			g, err := FromBytes(file)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := rebuild(g, WriterOptions{PageSize: f.PageSize()})
			if err != nil || !bytes.Equal(again, file) {
				t.Errorf("rebuilt again: %v, other bytes", err)
			}
		})
	}
}

// TestFeedIsStrict breaks every byte of the headers and element tables of a file, one
// after the other. Either the feed ends with a fault, or the walk has none either.
func TestFeedIsStrict(t *testing.T) {
	file, written := write(t, buckets(revisions(60, fixedValue(30)), deep(1), &bucketful{}), WriterOptions{PageSize: 1024})
	broken, faults := 0, 0
	for id := Pgid(3); id < written.HighWater; id++ {
		for at := range 80 {
			off := int(id)*written.PageSize + at
			file[off] ^= 0x81
			f, err := FromBytes(file)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = rebuild(f, WriterOptions{PageSize: 1024})
			_, found := walkTest(t, f, nil, WalkOptions{})
			var x Fault
			if err != nil {
				broken++
				if !errors.As(err, &x) {
					t.Errorf("page %d +%d: not a fault: %v", id, at, err)
				}
			}
			if len(found) > 0 {
				faults++
			}
			if (err != nil) != hasTreeFault(found) {
				t.Errorf("page %d +%d: feed says %v, walk %v", id, at, err, found)
			}
			file[off] ^= 0x81
		}
	}
	t.Logf("%d broken, %d with faults", broken, faults)
	if broken < 100 {
		t.Errorf("only %d broken files found", broken)
	}
}

// hasTreeFault leaves out what only accounting finds: pages that nobody reaches.
func hasTreeFault(faults []Fault) bool {
	for _, x := range faults {
		if x.Kind != FreelistLeak {
			return true
		}
	}
	return false
}

func TestFeedEnds(t *testing.T) {
	f := openTest(t, makeDB(t, shapes["1k"], 3))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Feed(ctx, f.Live().Meta, &gatherer{open: []*bucketful{{}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	stop := errors.New("stop")
	if err := f.Feed(context.Background(), f.Live().Meta, refuser{stop}); !errors.Is(err, stop) {
		t.Errorf("refused: %v", err)
	}
}

type refuser struct{ err error }

func (r refuser) Begin([]byte, uint64) error { return nil }
func (r refuser) Put(_, _ []byte) error      { return r.err }
func (r refuser) End() error                 { return nil }
