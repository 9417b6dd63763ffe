package verify

import (
	"context"
	"strings"

	"boltvet/internal/upstream"
)

// SecondOpinion asks bbolt's and etcd's own code about the db, each question in a
// child process on a private copy, and holds the answers against the report. They
// change no verdict: upstream code crashes on much that is readable, and passes much
// that is damaged. hashKV is ours, to be compared; nil if there is none. The error is
// trouble with asking.
func (r *Report) SecondOpinion(ctx context.Context, ask upstream.Asker, hashKV *upstream.Hash) error {
	if r.Source.File == nil {
		return nil
	}
	var answers []upstream.Answer
	for _, kind := range []upstream.Kind{upstream.BoltCheck, upstream.SnapshotStatus, upstream.HashKV} {
		a, err := ask.AskFile(ctx, r.Source.File, r.Source.DBSize, upstream.Question{Kind: kind})
		if err != nil {
			return err
		}
		answers = append(answers, a)
	}
	ours := r.ours()
	ours.HashKV = hashKV
	r.Opinions = upstream.Compare(ours, answers)
	return nil
}

// ours is what upstream's answers are compared with.
func (r *Report) ours() upstream.Ours {
	o := upstream.Ours{}
	for _, c := range r.Codes {
		o.Damaged = o.Damaged || c.Severity >= Damaged && visible(c)
	}
	if r.View != nil && !o.Damaged {
		o.Status = &upstream.Status{Hash: r.View.Hash(), Revision: r.View.Totals.Last.Main, TotalKeys: r.LiveKeys}
	}
	return o
}

// visible tells whether upstream code looks at what the finding is about.
func visible(c CodeCount) bool {
	switch {
	case c.Layer.Structure():
		return true
	case c.Layer == LayerRevisions:
		return strings.HasPrefix(c.Code, "revision.") || strings.HasPrefix(c.Code, "value.")
	}
	return c.Code == "file.truncated"
}
