package query

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A keyScan is one reading of a db for a question about keys. It knows afterwards which
// part of history could not be read, so that no answer claims more than it can.
type keyScan struct {
	content *content
	trailer datadir.TrailerResult
	latest  int64 // L
	compact int64 // C
	cKnown  bool  // C is what the file says, and not lost with bucket meta
	term    uint64
	hidden  mvccview.HiddenRanges // revisions that are damaged or missing
	astray  atomic.Bool           // records are not where they belong, so any of them may be lost
}

// answerTable is which part of MaxTable a question about keys may take for its answer; the
// rest is for the history of all keys, if that is judged.
func (o *ReadOptions) answerTable() int64 {
	if o.Deep {
		return o.MaxTable / 2
	}
	return o.MaxTable
}

// scanKeys reads src once with the accumulators that records gives it, from what is
// known before. Errors are those of [HashContent].
func scanKeys(ctx context.Context, src *datadir.Source, o ReadOptions, records ...mvccview.RecordAccumulator) (*keyScan, error) {
	s := &keyScan{}
	sink := o.OnFault
	o.OnFault = func(fault error) bool {
		s.learn(fault)
		return sink == nil || sink(fault)
	}
	if o.Deep {
		o.MaxTable -= o.answerTable()
	}
	var err error
	if s.content, err = openContent(src, o); err != nil {
		return nil, err
	}
	if err := s.read(ctx, records); err != nil {
		s.content.db.Close()
		return nil, err
	}
	return s, nil
}

// learn takes in what a fault means for history.
func (s *keyScan) learn(fault error) {
	switch f := fault.(type) {
	case bolt.Fault:
		s.hidden.Page(f)
		if f.Bucket == mvccview.BucketKey && slices.Contains([]bolt.FaultKind{bolt.PageKeyOrder, bolt.PageKeyBounds, bolt.PageSeparator}, f.Kind) ||
			strings.HasPrefix(f.Bucket, mvccview.BucketKey+"/") {
			s.astray.Store(true) // a record that says it is a bucket is lost, too
		}
	case mvccview.Fault:
		s.hidden.Record(f)
		switch {
		case f.Kind == mvccview.ValueEmpty || f.Kind == mvccview.ValueKeyEmpty:
			s.hidden.Add(f.Rev, f.Rev.Next()) // it was another key's
		case f.Kind == mvccview.BucketNested && f.Bucket == mvccview.BucketKey:
			s.astray.Store(true)
		}
	}
}

// read walks the small buckets, which say from where on history is complete, and then
// everything.
func (s *keyScan) read(ctx context.Context, records []mvccview.RecordAccumulator) error {
	small, err := mvccview.ReadPrelude(ctx, s.content.db, s.content.db.Live().Meta)
	if err != nil {
		return err
	}
	s.compact, s.cKnown = small.Compact(), small.MetaWhole
	missing := newRevisionRow(s.compact, s.cKnown)
	view, _, trailer, err := s.content.check(ctx, mvccview.ViewOptions{NoHash: true, Records: append(records, missing)})
	if err != nil {
		return err
	}
	s.trailer, s.latest, s.term = trailer, view.Latest(), view.Meta.Term.Value
	for _, g := range missing.gaps {
		s.hidden.Add(g.lo, g.hi)
	}
	if missing.descends {
		s.astray.Store(true)
	}
	// Releases before 3.5.16, which leave no storage version, may remove the record at C.
	if last := view.Totals.Last; s.compact > max(last.Main, 1) && view.Meta.StorageVersion.Set {
		s.hidden.Add(last.Next(), behind(s.compact))
	}
	return nil
}

// close unmaps the file.
func (s *keyScan) close() error { return s.content.db.Close() }

// revision completes and checks the revision that is asked for; 0 is the latest.
// Source: etcd 3.7 server/storage/mvcc/kvstore_txn.go (rangeKeys).
func (s *keyScan) revision(rev int64) (int64, error) {
	if rev <= 0 {
		return s.latest, nil
	}
	if rev < s.compact || rev > s.latest {
		return 0, &RevisionError{Path: s.content.src.Path, Asked: rev, Compact: s.compact, Latest: s.latest}
	}
	return rev, nil
}

// A RevisionError says that a file does not hold the revision that is asked for.
type RevisionError struct {
	Path            string
	Asked           int64
	Compact, Latest int64 // C and L of the file
}

// Error names the range that the file holds.
func (e *RevisionError) Error() string {
	why := "is not in the file yet"
	if e.Asked < e.Compact {
		why = "is compacted"
	}
	return fmt.Sprintf("%s: revision %d %s: it holds revisions %d to %d", e.Path, e.Asked, why, max(e.Compact, 1), e.Latest)
}

// A spot is where a record lies in the file.
type spot struct {
	mvccview.RevKey
	off    int64  // of the bucket's key
	valLen uint32 // bytes of the bucket's value
	keyLen uint8  // 17 or 18
}

// spotOf notes where a record lies.
func spotOf(r *mvccview.Record) spot {
	return spot{RevKey: r.RevKey, off: r.Off, valLen: uint32(r.ValLen), keyLen: uint8(r.KeyLen)}
}

// record reads a record again, and holds it against what was seen of it. kv aliases
// the file. The caller holds the guard.
func (s *keyScan) record(at spot, kv *mvccview.KeyValue) error {
	n := int64(at.keyLen)
	b, ok, err := s.content.db.Bytes(at.off, n+int64(at.valLen))
	switch {
	case err != nil:
		return err
	case !ok:
		return datadir.ErrChanged
	}
	want := mvccview.AppendRevKey(nil, at.RevKey)[:mvccview.RevKeyLen] // the mark may be a damaged one
	if !bytes.Equal(b[:len(want)], want) || mvccview.ParseKeyValue(b[n:], kv) != nil {
		return datadir.ErrChanged
	}
	return nil
}
