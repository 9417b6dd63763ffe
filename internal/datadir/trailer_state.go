package datadir

import (
	"context"

	"boltvet/bolt"
)

// TrailerState says what is known of the sha256 trailer.
type TrailerState string

// The states of a trailer.
const (
	TrailerOK         TrailerState = "ok"
	TrailerWrong      TrailerState = "wrong"
	TrailerNone       TrailerState = "none"        // a bare db has none
	TrailerMissing    TrailerState = "missing"     // a snapshot without the trailer it had
	TrailerDamaged    TrailerState = "damaged"     // cut, doubled or followed by other bytes
	TrailerNotChecked TrailerState = "not checked" // because the user asked so
)

// A TrailerResult is the outcome of a check that ran beside something else.
type TrailerResult struct {
	State  TrailerState
	Check  TrailerCheck
	Faults []Fault
}

// BesideTrailer checks the trailer in a goroutine of its own, because its sha256 keeps
// one core busy for as long as everything else together. wait blocks until it is done;
// it must be called, before f is closed. skip leaves the trailer unchecked; a member's db,
// which never has one, is left alone as well. f is the open db: its metas tell a snapshot
// that lost its trailer from a copied db, and what it has mapped is hashed where it is.
func (s *Source) BesideTrailer(ctx context.Context, f *bolt.File, skip bool, progress func(done int64)) (wait func() (TrailerResult, error)) {
	return s.BesideTrailerOf(ctx, f, nil, skip, progress)
}

// BesideTrailerOf is BesideTrailer with the bytes of the file from w; nil: from f.
func (s *Source) BesideTrailerOf(ctx context.Context, f *bolt.File, w Windows, skip bool, progress func(done int64)) (wait func() (TrailerResult, error)) {
	at := func(state TrailerState, faults []Fault) func() (TrailerResult, error) {
		return func() (TrailerResult, error) { return TrailerResult{State: state, Faults: faults}, nil }
	}
	switch {
	case !s.Trailer.Present && s.Member != nil:
		return at(TrailerNone, nil)
	case skip:
		return at(TrailerNotChecked, nil)
	case !s.Trailer.Present && !s.restOfTrailer(f):
		return at(s.judgeTrailer(TrailerCheck{}, f))
	}
	var (
		res  TrailerResult
		err  error
		done = make(chan struct{})
	)
	go func() {
		defer close(done)
		if res.Check, err = s.checkTrailerOf(ctx, f, w, progress); err == nil {
			res.State, res.Faults = s.judgeTrailer(res.Check, f)
		}
	}()
	return func() (TrailerResult, error) {
		<-done
		return res, err
	}
}

// checkTrailerOf reads the file once, from w, from where f has it mapped, or by positioned
// reads.
func (s *Source) checkTrailerOf(ctx context.Context, f *bolt.File, w Windows, progress func(done int64)) (c TrailerCheck, err error) {
	switch {
	case w != nil:
		return s.checkTrailer(ctx, w, progress)
	case !f.Mapped():
		return s.checkTrailer(ctx, s.File, progress)
	}
	err = f.Guard(func() error {
		c, err = s.checkTrailer(ctx, &mapping{File: s.File, db: f}, progress)
		return err
	})
	return c, err
}

// judgeTrailer names the state and the faults that belong to it.
func (s *Source) judgeTrailer(c TrailerCheck, f *bolt.File) (TrailerState, []Fault) {
	faults := c.Faults()
	switch {
	case c.Present && c.OK:
		return TrailerOK, nil
	case len(faults) > 0 && faults[0].Kind == FileTrailerWrong:
		return TrailerWrong, faults
	case len(faults) > 0:
		return TrailerDamaged, faults
	case s.lostTrailer(f):
		return TrailerMissing, []Fault{{Kind: FileTrailerMissing, File: trailerName, Off: s.DBSize,
			Got: "the end of the file", Want: "the sha256 that a snapshot ends with"}}
	}
	return TrailerNone, nil
}

// restOfTrailer tells whether a file without a trailer ends in something that may be
// left of one, or have been put behind one: only then is it worth its sha256.
func (s *Source) restOfTrailer(f *bolt.File) bool {
	if rest := s.FileSize % 512; rest > 0 && (rest < trailerBytes || rest == 2*trailerBytes) {
		return true
	}
	end := int64(f.Live().Meta.HighWater) * int64(f.PageSize())
	if end <= 0 || s.FileSize-end <= trailerBytes {
		return false
	}
	var behind [trailerBytes]byte
	n, err := s.File.ReadAt(behind[:], end)
	return err == nil && n == trailerBytes && behind != [trailerBytes]byte{}
}

// lostTrailer tells a snapshot without its trailer from a bare copy of a member's db:
// only a snapshot ends at the high water mark and has two metas of one root, the newer
// first, because it was written in one go. So was a file that bolt's bulk loader made,
// but that begins its own count of transactions, and has a freelist.
// Source: bbolt v1.5.0 tx.go (WriteTo).
func (s *Source) lostTrailer(f *bolt.File) bool {
	m := f.Metas()
	loaded := m[0].Meta.Txid == 2 && m[0].Meta.Freelist == 2
	return s.Member == nil && !loaded && m[0].Valid && m[1].Valid &&
		m[0].Meta.Txid == m[1].Meta.Txid+1 && m[0].Meta.Root == m[1].Meta.Root && m[0].Meta.HighWater == m[1].Meta.HighWater &&
		s.FileSize == int64(m[0].Meta.HighWater)*int64(f.PageSize())
}
