package restore

import (
	"bytes"
	"context"
	"errors"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// Facts are what is known of a source before anything is decided.
type Facts struct {
	Source     *datadir.Source
	Report     *verify.Report
	Beyond     Beyond
	Kubernetes bool  // keys of an API server are among the first records
	Leased     int64 // live keys whose lease exists; 0 unless ReadOptions.Leased

	seen datadir.Sighting // of the source's db, before it was read
}

// Beyond counts what the log beside a db holds and the db does not: writes that were
// acknowledged, or may have been, and that a restore of the db alone loses.
type Beyond struct {
	Known       bool   // there is a log and it could be read
	DBIndex     uint64 // the last raft index that the db has
	LastIndex   uint64 // of the log
	Committed   int64  // entries with content that the log says are committed
	Undecided   int64  // entries with content behind the last commit that the log notes
	CommitIndex uint64
	Unread      string // the damage of the log behind which more may lie than was counted; "" if there is none
}

// Lost tells whether a restore loses acknowledged writes, or may do so.
func (b Beyond) Lost() bool { return b.Committed+b.Undecided > 0 || b.Unread != "" }

// ReadOptions are what Read needs besides the source.
type ReadOptions struct {
	Progress func(phase string, done, total int64) // bytes; may be nil
	Draft    *Draft                                // that the same reading fills; may be nil
	Leased   bool                                  // count the keys that leases hold, for Options.DropLeases
}

// Read verifies a source as a whole and gathers what a plan depends on. The error is
// trouble with reading, such as a source that somebody writes to; damage is in the report.
func Read(ctx context.Context, src *datadir.Source, o ReadOptions) (*Facts, error) {
	seen, err := datadir.See(src.File)
	if err != nil {
		return nil, err
	}
	report, err := verify.Run(ctx, src, verify.Options{NoHash: true, Progress: o.Progress, Bytes: o.Draft.windows(), DB: o.Draft.file()})
	if err != nil {
		return nil, err
	}
	if err := o.Draft.settle(ctx, report); err != nil {
		return nil, err
	}
	f := &Facts{Source: src, Report: report, seen: seen}
	if f.Beyond, err = readBeyond(ctx, src, report); err != nil {
		return nil, err
	}
	if o.Leased {
		if f.Leased, err = countLeased(ctx, src, report); err != nil {
			return nil, err
		}
	}
	if f.Kubernetes, err = hasKubernetes(ctx, src, report); err != nil {
		return nil, err
	}
	return f, still(seen, src.File)
}

// readBeyond counts the entries of the log that the db does not have.
func readBeyond(ctx context.Context, src *datadir.Source, r *verify.Report) (Beyond, error) {
	var b Beyond
	if src.Member == nil || len(src.Member.Segments) == 0 || r.View == nil {
		return b, nil
	}
	b.DBIndex = r.View.Meta.ConsistentIndex.Value
	content := map[uint64]bool{} // by index; a later record of an index replaces the one before
	sum, err := datadir.ReadWAL(ctx, src.Member.WALDir, func(rec datadir.WALRecord) error {
		if rec.Type == datadir.RecordEntry && !rec.Hidden && rec.Entry.Index > b.DBIndex {
			content[rec.Entry.Index] = len(rec.Entry.Data) > 0
		}
		return nil
	}, func(datadir.Fault) bool { return true }) // verify has told of them
	if err != nil {
		return b, err
	}
	b.Known, b.LastIndex, b.CommitIndex = true, sum.LastIndex, sum.State.Commit
	if r.LogBeyond {
		b.Unread = firstFinding(r, func(c verify.CodeCount) bool { return c.Severity >= verify.Damaged && c.Layer == verify.LayerWAL })
	}
	for index, full := range content {
		switch {
		case !full || index > sum.LastIndex:
		case index <= sum.State.Commit:
			b.Committed++
		default:
			b.Undecided++
		}
	}
	return b, nil
}

// kubernetesPrefix begins the keys of an API server.
const kubernetesPrefix = "/registry/"

// errFound ends a feed that has seen enough.
var errFound = errors.New("found")

// A prober looks at the first records of bucket key.
type prober struct {
	keyBucket
	left  int
	found bool
}

func (p *prober) Put(_, value []byte) error {
	if !p.open {
		return nil
	}
	var kv mvccview.KeyValue
	if mvccview.ParseKeyValue(value, &kv) == nil && bytes.HasPrefix(kv.Key, []byte(kubernetesPrefix)) {
		p.found = true
		return errFound
	}
	if p.left--; p.left <= 0 {
		return errFound
	}
	return nil
}

// hasKubernetes looks for an API server's keys among the first records.
func hasKubernetes(ctx context.Context, src *datadir.Source, r *verify.Report) (bool, error) {
	if src.File == nil || r.View == nil {
		return false, nil
	}
	f, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return false, nil // told by verify
	}
	defer f.Close()
	p := &prober{left: 10000}
	err = f.Guard(func() error { return f.Feed(ctx, f.Live().Meta, p) })
	var damage bolt.Fault
	if err == nil || errors.Is(err, errFound) || errors.As(err, &damage) {
		return p.found, nil
	}
	return false, err
}
