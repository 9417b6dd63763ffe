package restore

import (
	"context"
	"errors"
	"fmt"
	"os"

	"boltvet/bolt"
)

// A graft is what the plan changes of a db whose pages were copied: the buckets that are
// others and the directory of all, on pages behind those that there were, and both metas.
// It is the same for every member.
type graft struct {
	pages   []byte
	off     int64  // where they go
	metas   []byte // pages 0 and 1
	written bolt.Written
	kept    bolt.PageSum // leaves of bucket key that stand where they were, if it got a new root
}

// maxGraft bounds a graft, in bytes. The buckets that a restore changes have kilobytes;
// a source where they have more is written anew.
const maxGraft = 16 << 20

var errLongGraft = errors.New("what changes is no small part of the db")

// graftSink is the memory for a graft's pages.
type graftSink struct{ bolt.MemorySink }

func (s *graftSink) Write(b []byte) (int, error) {
	if len(s.Bytes)+len(b) > maxGraft {
		return 0, errLongGraft
	}
	return s.MemorySink.Write(b)
}

// newGraft makes the pages that the plan's edits of the db in come to. Each is proven as those
// of a new db are. An error that is not of ctx says that the db has to be written anew.
func newGraft(ctx context.Context, p *Plan, in *bolt.File) (*graft, error) {
	edits, err := p.edits()
	if err != nil {
		return nil, err
	}
	live := in.Live().Meta
	sink, seen := &graftSink{}, bucketSums{}
	w, err := bolt.NewGraft(sink, live, bolt.WriterOptions{OnLeaf: seen.leaf})
	if err != nil {
		return nil, err
	}
	e := newEditor(w, edits)
	e.graft = w
	written, err := e.fill(ctx, in, w, seen)
	if err != nil {
		return nil, err
	}
	return &graft{pages: sink.Bytes, off: int64(live.HighWater) * int64(in.PageSize()), metas: written.MetaPages(),
		written: written, kept: e.kept}, nil
}

// apply puts the graft into a copy, metas last, and cuts off what was behind the pages.
func (g *graft) apply(f *os.File) error {
	if _, err := f.WriteAt(g.pages, g.off); err != nil {
		return fmt.Errorf("write what changes: %w", err)
	}
	if err := f.Truncate(g.written.Bytes); err != nil {
		return fmt.Errorf("set the length of the db: %w", err)
	}
	if _, err := f.WriteAt(g.metas, 0); err != nil {
		return fmt.Errorf("write the metas: %w", err)
	}
	return nil
}
