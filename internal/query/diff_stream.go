package query

import (
	"context"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A stream gives the records of one file in the order of their revisions, up to R. What
// it leaves out is in the file's hidden ranges before it gives what comes behind.
type stream struct {
	file  *DiffFile
	r     *bolt.LeafReader
	limit int64 // R
	part  bolt.LeafPart
	at    int // of the element that is current
	last  mvccview.Revision
	read  int64 // bytes of leaves so far

	ok    bool // there is a current record
	rev   mvccview.RevKey
	key   []byte // of the bucket; all of these alias the file
	value []byte
}

// openStream stands before the first record. The Guard of the file is held.
func openStream(ctx context.Context, f *DiffFile, limit int64) (*stream, error) {
	db := f.content.db
	doubts := func(x bolt.Fault) bool {
		f.Hidden.Page(x)
		return f.harms(x)
	}
	r, err := db.ReadLeaves(ctx, db.Live().Meta, mvccview.BucketKey, doubts)
	if err != nil {
		return nil, err
	}
	if !r.Found() {
		f.Hidden.All()
	}
	s := &stream{file: f, r: r, limit: limit, at: -1, last: mvccview.Revision{Main: -1}}
	return s, s.next()
}

// next goes to the next record.
func (s *stream) next() error {
	for {
		for s.at++; s.at < s.part.Len(); s.at++ {
			if s.take() {
				s.ok = s.rev.Main <= s.limit
				return nil
			}
		}
		ok, err := s.nextPart()
		if err != nil || !ok {
			s.ok = false
			return err
		}
	}
}

// nextPart goes before the first element of the next leaf that is beyond doubt.
func (s *stream) nextPart() (ok bool, err error) {
	for {
		if s.part, ok, err = s.r.Next(); err != nil || !ok {
			s.part = bolt.LeafPart{}
			return false, s.file.named(err)
		}
		s.at = -1
		s.tick()
		if !s.part.Doubt {
			return true, nil
		}
		s.hide()
	}
}

// hide notes that the current leaf is left out: the range that its parents give it, and
// what it holds beyond that, for the damage may be that of a parent's key.
func (s *stream) hide() {
	s.file.Hidden.Page(bolt.Fault{Bucket: mvccview.BucketKey, Hidden: s.part.Range()})
	for i := range s.part.Len() {
		key, _, ok := s.part.At(i)
		if rev, err := mvccview.ParseRevKey(key); ok && err == nil {
			s.file.Hidden.Add(rev.Revision, rev.Next())
		}
	}
}

// tickBytes is how much is read between two notes of progress.
const tickBytes = 16 << 20

// tick tells now and then how far the file was read.
func (s *stream) tick() {
	before := s.read
	s.read += int64(s.part.Bytes())
	if s.read/tickBytes != before/tickBytes {
		c := s.file.content
		c.o.Progress("records", min(s.read, c.db.Size()), c.db.Size())
	}
}

// take reads the current element; false if it is no record that can be compared.
func (s *stream) take() bool {
	key, value, ok := s.part.At(s.at)
	if !ok {
		return false // bolt has said what that hides
	}
	rev, err := mvccview.ParseRevKey(key)
	if f, bad := err.(mvccview.Fault); bad && !f.Usable() {
		s.file.Hidden.Record(f)
		return false
	}
	if s.part.IsBucket(s.at) || rev.Compare(s.last) <= 0 {
		s.file.Hidden.Record(mvccview.Fault{Kind: mvccview.ValueUnparseable, Rev: rev.Revision})
		return false
	}
	s.rev, s.key, s.value, s.last = rev, key, value, rev.Revision
	return true
}

// whole tells whether the current record is the first of a leaf that lies below R
// altogether.
func (s *stream) whole() bool {
	if s.at != 0 {
		return false
	}
	key, _, ok := s.part.At(s.part.Len() - 1)
	rev, err := mvccview.ParseRevKey(key)
	return ok && err == nil && rev.Main <= s.limit
}

// skip goes behind the current leaf, of which whole is true.
func (s *stream) skip() error {
	key, _, _ := s.part.At(s.part.Len() - 1)
	rev, _ := mvccview.ParseRevKey(key)
	s.last, s.at = rev.Revision, s.part.Len()-1
	return s.next()
}
