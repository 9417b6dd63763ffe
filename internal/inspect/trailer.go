package inspect

import (
	"context"

	"boltvet/internal/datadir"
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

// Trailer is the outcome of its check.
type Trailer struct {
	State            TrailerState
	Stored, Computed [32]byte // zero if not known
}

// trailerResult is what the goroutine beside the walk sends.
type trailerResult struct {
	Trailer
	check datadir.TrailerCheck
	err   error
}

// startTrailer checks the trailer in a goroutine of its own. The channel gets exactly
// one result.
func (s *Status) startTrailer(ctx context.Context, o Options) <-chan trailerResult {
	done := make(chan trailerResult, 1)
	switch {
	case o.NoHash:
		done <- trailerResult{Trailer: Trailer{State: TrailerNotChecked}}
	case !s.Source.Trailer.Present && s.Source.Member != nil:
		done <- trailerResult{Trailer: Trailer{State: TrailerNone}} // a member's db never has one
	default:
		go func() {
			c, err := s.Source.CheckTrailer(ctx, func(n int64) { o.progress("sha256", n, s.Source.FileSize) })
			done <- trailerResult{Trailer: Trailer{Stored: c.Stored, Computed: c.Computed}, check: c, err: err}
		}()
	}
	return done
}

// judgeTrailer names the state, and the faults that belong to it.
func (s *Status) judgeTrailer(r trailerResult, o Options) {
	if r.State != "" {
		return
	}
	faults := r.check.Faults()
	for _, f := range faults {
		o.OnFault(f)
	}
	switch {
	case r.check.Present && r.check.OK:
		s.Trailer.State = TrailerOK
	case len(faults) > 0 && faults[0].Kind == datadir.FileTrailerWrong:
		s.Trailer.State = TrailerWrong
	case len(faults) > 0:
		s.Trailer.State = TrailerDamaged
	case s.lostTrailer():
		s.Trailer.State = TrailerMissing
		o.OnFault(datadir.Fault{Kind: datadir.FileTrailerMissing, File: "trailer", Off: s.Source.DBSize,
			Got: "the end of the file", Want: "the sha256 that a snapshot ends with"})
	default:
		s.Trailer.State = TrailerNone
	}
}

// lostTrailer tells a snapshot without its trailer from a bare copy of a member's db:
// only a snapshot ends at the high water mark and has two metas of one root, because
// it was written in one go.
func (s *Status) lostTrailer() bool {
	m := s.DB.File.Metas
	return s.Source.Member == nil && m[0].Valid && m[1].Valid &&
		m[0].Meta.Root == m[1].Meta.Root && m[0].Meta.HighWater == m[1].Meta.HighWater &&
		s.Source.FileSize == s.DB.TotalSize()
}
