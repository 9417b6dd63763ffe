package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// Why a log cannot be read, in etcd's words.
// Source: etcd v3.7.3 server/storage/wal/wal.go.
var (
	errNoLog      = errors.New("wal: file not found")
	errNoSnapshot = errors.New("wal: snapshot not found")
)

// logVersion is the oldest release that can interpret the entries of a log behind its last valid
// snapshot; nil if none of them says, or if entries is false: then the log need only be readable.
//
// A log is read up to where etcd stops reading: at its end, or at what etcd takes for a record that
// was being written. There is no answer where etcd gives none.
//
// Source: etcd v3.7.3 etcdutl/etcdutl/migrate_command.go (finalize).
func logVersion(ctx context.Context, dir string, entries bool) (*mvccview.Version, error) {
	sum, err := readLog(ctx, dir, nil)
	if err != nil {
		return nil, fmt.Errorf("failed to get the lastest snapshot: %w", err) // sic
	}
	start, found := lastSnapshot(sum)
	if !found {
		return nil, fmt.Errorf("failed to read wal: %w", errNoSnapshot)
	}
	if !entries {
		return nil, nil
	}
	g, err := readGrammar()
	if err != nil {
		return nil, err
	}
	var newest peak
	if _, err := readLog(ctx, dir, func(r datadir.WALRecord) error {
		if r.Type != datadir.RecordEntry || r.Hidden || r.Entry.Index <= start.Index {
			return nil
		}
		v, err := g.entryVersion(&r.Entry)
		if err != nil {
			return fmt.Errorf("entry %d: %w", r.Entry.Index, err)
		}
		newest.add(r.Entry.Index, v)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("failed to read wal: %w", err)
	}
	return newest.version(), nil
}

// readLog reads a log. The error is its first damage, unless etcd does not see it, or takes it for
// the end: that is for [Check] to refuse.
func readLog(ctx context.Context, dir string, visit func(datadir.WALRecord) error) (*datadir.WALSummary, error) {
	if d, err := os.Open(dir); err != nil {
		return nil, fmt.Errorf("[readWALNames] fileutil.ReadDir failed: %w", err)
	} else if err := d.Close(); err != nil {
		return nil, err
	}
	var damage error
	sum, err := datadir.ReadWAL(ctx, dir, visit, func(f datadir.Fault) bool {
		switch {
		case f.Kind == datadir.WALSnapshotMissing:
			return true // said by the caller
		case f.Kind == datadir.DirWALMissing:
			damage = errNoLog
		case damage == nil && verify.Grade(f, verify.Context{Member: true}).Severity >= verify.Damaged:
			damage = f
		}
		return true // what lies behind damage is marked as hidden
	})
	if err != nil || damage == nil || damage == errNoLog {
		return sum, cmp.Or(err, damage)
	}
	if passed, err := verify.EtcdReadsLog(ctx, dir); err != nil || !passed {
		return nil, cmp.Or(err, damage)
	}
	return sum, nil
}

// lastSnapshot is the last snapshot record that is not behind the last commit, from which etcd
// would read.
//
// Source: etcd v3.7.3 server/storage/wal/wal.go (validSnapshotEntries).
func lastSnapshot(sum *datadir.WALSummary) (last datadir.WALSnapshot, found bool) {
	for _, s := range sum.Snapshots {
		if s.Index <= sum.State.Commit {
			last, found = s, true
		}
	}
	return last, found
}

// A peak follows the newest version among entries, of which a later one may replace an earlier one
// and all behind it.
type peak struct {
	rises []rise // by index; each version is newer than the one before
}

type rise struct {
	index   uint64
	version mvccview.Version
}

// add takes in the entry at index.
func (p *peak) add(index uint64, v *mvccview.Version) {
	for len(p.rises) > 0 && p.rises[len(p.rises)-1].index >= index {
		p.rises = p.rises[:len(p.rises)-1]
	}
	if v != nil && (len(p.rises) == 0 || less(p.rises[len(p.rises)-1].version, *v)) {
		p.rises = append(p.rises, rise{index, *v})
	}
}

func (p *peak) version() *mvccview.Version {
	if len(p.rises) == 0 {
		return nil
	}
	return &p.rises[len(p.rises)-1].version
}
