package bolt

import (
	"errors"
	"math"
)

// ErrNoGraft says that nothing can be added to a file behind its high water mark: its
// transactions or its pages are at their end.
var ErrNoGraft = errors.New("the file cannot be continued")

// A Keeper is a [Loader] that may take a top-level bucket as it stands in the file, with
// the value of its element in the directory: a root page, or an inline page. Keep is
// asked in the place of Begin; true says that it was taken, and it is not fed then.
type Keeper interface {
	Loader
	Keep(name, value []byte) (bool, error)
}

// A LeafKeeper is a [Loader] that may take leaves of the top-level bucket that is open as
// they stand on their pages. KeepLeaf is asked in the place of the Puts of all its keys;
// true says that it was taken. l is valid during the call.
type LeafKeeper interface {
	Loader
	KeepLeaf(l Leaf) (bool, error)
}

// NewGraft starts a writer that continues the file of m: out gets the pages from its high
// water mark on, and [Writer.Keep] takes over buckets as they stand. Nothing below the
// mark is written, so that the file is what it was until the pages of [Written.MetaPages]
// are put at its beginning. There is no freelist, as etcd leaves its files: whoever opens
// the file finds the free pages, those of replaced buckets among them.
//
// The txid is the next even one behind that of m, which belongs into meta 0.
func NewGraft(out Sink, m Meta, o WriterOptions) (*Writer, error) {
	if m.Txid > math.MaxUint64-2 || m.HighWater > maxPages {
		return nil, ErrNoGraft
	}
	o.PageSize, o.Plan, o.Txid = int(m.PageSize), nil, (m.Txid+2)&^1
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := newWriter(out, o)
	w.next, w.total.Freelist, w.graft = m.HighWater, NoPgid, true
	if o.OnLeaf != nil {
		w.proof = newPageProof(o.PageSize)
	}
	return w, nil
}

// Keep puts a bucket into the directory as it stands in the file that a graft continues.
// value is that of its element. The bucket is not looked at.
func (w *Writer) Keep(name, value []byte) error {
	if err := w.usable(); err != nil {
		return err
	}
	t := w.top()
	if !w.graft || len(w.open) > 1 {
		return w.fail(ErrNoGraft)
	}
	if err := t.follows("bucket name", name); err != nil {
		return w.fail(err)
	}
	w.total.Buckets++
	return w.fail(w.element(t, elementBucket, name, value))
}

// KeepLeaf takes over a leaf of the file that a graft continues, with its page, into the
// bucket that is open, behind what the bucket has. The branches above it are new.
func (w *Writer) KeepLeaf(l Leaf) error {
	if err := w.usable(); err != nil {
		return err
	}
	t := w.top()
	first, _, ok := l.At(0)
	last, _, whole := l.At(l.n - 1)
	if !w.graft || len(w.open) != 2 || !l.packed || !ok || !whole {
		return w.fail(ErrNoGraft)
	}
	if err := t.follows("key", first); err != nil {
		return w.fail(err)
	}
	if t.leaf.count() > 0 {
		t.pack.Close()
		if err := w.leaf(t, 0, t.leaf.count()); err != nil {
			return w.fail(err)
		}
		t.leaf.reset()
	}
	t.last = append(t.last[:0], last...)
	w.total.Keys += int64(l.n)
	return w.fail(w.child(t, 0, first, l.page))
}

// MetaPages are pages 0 and 1 as they go to the beginning of the file.
func (w *Written) MetaPages() []byte { return w.metaPages() }
