package query

import (
	"context"
	"errors"
	"fmt"
	"math"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A Point is what two HashKVs must have in common to be comparable.
type Point struct {
	Rev     int64 // R: the last main revision that is hashed, inclusive
	Compact int64 // C: the compact revision that the hash presumes; -1: never compacted
}

// A HashKV is the hash that the members of a cluster compare, at a Point.
type HashKV struct {
	Point
	Hash uint32
	// AllDead tells that no key is alive at R. The hash then depends on how much a
	// compaction to C has removed already; see Unsettled.
	AllDead bool
	// Unsettled tells that the hash is that of a file in the middle of a compaction in
	// which all keys are dead: a member gives another one when the compaction has ended.
	Unsettled bool
}

// A KVFile is a source that was read once and can be asked for hashes. It keeps the
// source's file mapped until Close; the source must stay open as long.
type KVFile struct {
	Source     *datadir.Source
	Trailer    datadir.TrailerResult
	Latest     int64 // L
	Compact    int64 // C
	Unfinished bool  // a compaction to C began and has not ended

	content *content
	first   int64              // main revision of the first record, 0 if there is none
	last    int64              // of the last one
	faults  int64              // of the structure, at the first look
	table   *mvccview.KeyTable // newest records up to limit; nil: not kept
	limit   int64
	above   *mvccview.HashKV // of the records above C up to limit; nil: not known
}

// OpenKV reads src once and reports every fault; hashes mean nothing if one of them
// hides or alters content. rev is the revision that will be asked for (0: the latest),
// for which the first look collects the newest records already; negative: not known
// yet, which costs another look but keeps less in memory meanwhile. Errors: as of
// HashContent.
func OpenKV(ctx context.Context, src *datadir.Source, rev int64, o ReadOptions) (*KVFile, error) {
	c, err := openContent(src, o)
	if err != nil {
		return nil, err
	}
	k := &KVFile{Source: src, content: c, limit: rev}
	vo := mvccview.ViewOptions{NoHash: true}
	if rev >= 0 {
		if rev == 0 {
			k.limit = math.MaxInt64
		}
		k.table = mvccview.NewKeyTable(k.limit)
		k.table.Limit(o.MaxTable)
		vo.Records = []mvccview.RecordAccumulator{k.table}
	}
	if err := k.look(ctx, vo); err != nil {
		c.db.Close()
		return nil, err
	}
	return k, nil
}

// look is the first look at the file. If the table is filled, the records above C, which
// are most, are hashed on the way: C stands behind them, so it is looked up before.
func (k *KVFile) look(ctx context.Context, vo mvccview.ViewOptions) error {
	c, compact := k.content, int64(0)
	if k.table != nil {
		prelude, err := mvccview.ReadPrelude(ctx, c.db, c.db.Live().Meta)
		if err != nil {
			return err
		}
		compact = prelude.Compact()
		k.above = mvccview.NewHashAbove(k.limit, compact)
	}
	view, faults, trailer, err := c.checkAndHash(ctx, vo, k.above)
	if err != nil {
		return err
	}
	k.Trailer, k.faults, k.first, k.last = trailer, faults, view.Totals.First.Main, view.Totals.Last.Main
	k.Latest, k.Compact, k.Unfinished = view.Latest(), view.Meta.Compact(), view.Meta.Unfinished()
	if faults > 0 || compact != k.Compact {
		k.above = nil
	}
	return nil
}

// Close unmaps the file. The source stays open.
func (k *KVFile) Close() error { return k.content.db.Close() }

// A NoAnswerError says that a file cannot be hashed at a Point, and why: the history it
// would take is compacted, or not there yet.
type NoAnswerError struct {
	Path            string
	Asked           Point
	Compact, Latest int64 // C and L of the file
}

// Error names what was asked for and the range that the file can answer for.
func (e *NoAnswerError) Error() string {
	span := fmt.Sprintf("it can be hashed at revisions %d to %d", max(e.Compact, 1), e.Latest)
	switch {
	case e.Asked.Rev > e.Latest:
		return fmt.Sprintf("%s: revision %d is not in the file yet: %s", e.Path, e.Asked.Rev, span)
	case e.Asked.Rev < e.Compact:
		return fmt.Sprintf("%s: revision %d is compacted: %s", e.Path, e.Asked.Rev, span)
	case e.Asked.Compact > e.Asked.Rev:
		return fmt.Sprintf("%s: revision %d is below the compact revision %d that the hash is to presume", e.Path, e.Asked.Rev, e.Asked.Compact)
	}
	return fmt.Sprintf("%s: compacted at %d, so the records are gone that a hash with compact revision %d takes", e.Path, e.Compact, e.Asked.Compact)
}

// point completes and checks what is asked for.
func (k *KVFile) point(p Point) (Point, error) {
	rev, err := mvccview.HashRevision(p.Rev, k.Compact, k.Latest)
	if err != nil || p.Compact < k.Compact || p.Compact > rev {
		return p, &NoAnswerError{Path: k.Source.Path, Asked: Point{max(p.Rev, rev), p.Compact}, Compact: k.Compact, Latest: k.Latest}
	}
	p.Rev = rev
	return p, nil
}

// Hash is the hash at rev (0: the latest) by etcd's own rule, with the file's compact
// revision: what `etcdutl hashkv --rev` prints, and what a member with this db reports.
// The error is a *NoAnswerError outside the file's range.
func (k *KVFile) Hash(ctx context.Context, rev int64) (HashKV, error) {
	p, err := k.point(Point{rev, k.Compact})
	if err != nil {
		return HashKV{}, err
	}
	table, err := k.newest(ctx, p.Rev, p.Compact)
	if err != nil {
		return HashKV{}, err
	}
	h := mvccview.NewHashKV(p.Rev, p.Compact, table)
	return k.sum(ctx, p, h, h.AllDead(), h.AllDead() && k.Unfinished)
}

// HashAt is the hash at p (Rev 0: the latest), where p.Compact is at or above the
// file's own compact revision: what a member reports once it has compacted the file's
// history to p.Compact. Files of one history agree in it wherever their compactions
// have got to: what is left of records at or below C is decided by the newest record of
// each key at R, which all of them have. Only if no key is alive at R that rule is
// silent, and the records that a compaction to C keeps are taken.
// The error is a *NoAnswerError outside the file's range.
func (k *KVFile) HashAt(ctx context.Context, p Point) (HashKV, error) {
	p, err := k.point(p)
	if err != nil {
		return HashKV{}, err
	}
	table, err := k.newest(ctx, p.Rev, p.Compact)
	if err != nil {
		return HashKV{}, err
	}
	h := mvccview.NewHashKV(p.Rev, p.Compact, table)
	allDead := h.AllDead()
	if allDead && p.Compact > 0 {
		if table, err = k.newest(ctx, p.Compact, p.Compact); err != nil {
			return HashKV{}, err
		}
		h = mvccview.NewSettledHashKV(p.Rev, p.Compact, table)
	}
	return k.sum(ctx, p, h, allDead, false)
}

// newest is the table of the newest records at rev, from the first look if it fits. A
// table of all records fits any rev at or above the last one, but for a tombstone
// exactly there, which matters when rev is the compact revision too.
func (k *KVFile) newest(ctx context.Context, rev, compact int64) (*mvccview.KeyTable, error) {
	if k.table != nil && k.fits(rev) && (k.limit == rev || rev > compact) {
		return k.table, nil
	}
	table := mvccview.NewKeyTable(rev)
	table.Limit(k.content.o.MaxTable)
	view := mvccview.NewView(mvccview.ViewOptions{NoHash: true, Records: []mvccview.RecordAccumulator{table}})
	survey, err := k.content.walk(ctx, "keys", view, bolt.WalkOptions{})
	if err == nil && survey.Faults != k.faults {
		err = datadir.ErrChanged
	}
	return table, err
}

// fits tells whether what was collected up to limit is what there is up to rev.
func (k *KVFile) fits(rev int64) bool { return k.limit == rev || k.limit > rev && rev >= k.last }

// errUnparsed says that records were left out; whoever graded the faults of the first
// look should have known.
var errUnparsed = errors.New("records that do not parse: there is no hash of the whole")

// sum walks the file with h, as far as the first look has not seen to it.
func (k *KVFile) sum(ctx context.Context, p Point, h *mvccview.HashKV, allDead, unsettled bool) (HashKV, error) {
	var err error
	if k.above != nil && k.fits(p.Rev) && p.Compact == k.Compact {
		err = k.complete(ctx, h)
	} else {
		err = k.hashAll(ctx, h)
	}
	switch {
	case err != nil:
		return HashKV{}, err
	case h.Unparsed() > 0:
		return HashKV{}, errUnparsed
	}
	return HashKV{Point: p, Hash: h.Sum(), AllDead: allDead, Unsettled: unsettled}, nil
}

// hashAll hashes all records.
func (k *KVFile) hashAll(ctx context.Context, h *mvccview.HashKV) error {
	survey, err := k.content.walk(ctx, "hash", h, bolt.WalkOptions{Whole: true})
	if err == nil && survey.Faults != k.faults {
		err = datadir.ErrChanged
	}
	return err
}

// complete hashes the records at or below C and adds those above, in a file that had no
// fault at the first look.
func (k *KVFile) complete(ctx context.Context, h *mvccview.HashKV) error {
	h.Complete()
	if k.first <= k.Compact {
		survey, err := k.content.walk(ctx, "hash", h, bolt.WalkOptions{Whole: true})
		switch {
		case err != nil && !errors.Is(err, mvccview.ErrPassed):
			return err
		case survey.Faults > 0:
			return datadir.ErrChanged
		}
	}
	h.Append(k.above)
	return nil
}
