package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/mvccview"
	"boltvet/verify"
)

// inspectStatus gathers the facts of status, and what the rules say of the faults met.
func inspectStatus(ctx context.Context, src *datadir.Source, o statusOptions) (render.Result, exitCode, error) {
	tally := verify.NewTally(verify.ContextOf(src), 0)
	s, err := inspect.Run(ctx, src, inspect.Options{NoHash: o.noHash, Jobs: o.load.jobs, MaxTable: o.load.table, OnFault: tally.Add, Progress: o.meter.progress()})
	if err != nil {
		return render.Result{}, exitIO, unreadable(src, err)
	}
	if s.DB != nil && s.DB.NotEtcd {
		return render.Result{}, exitUnknown, notEtcd(src)
	}
	code := exitOK
	if tally.Worst() >= verify.Damaged {
		code = exitDamage
	}
	return render.Status(s, tally.Codes()), code, nil
}

// notEtcd refuses somebody else's bolt file: none of the questions makes sense of it.
func notEtcd(src *datadir.Source) error {
	return &datadir.RefusedError{Path: src.Path, Kind: src.Kind,
		Reason: "a bolt file, but not etcd's: none of its buckets is there", Try: "name an etcd snapshot, db or data dir"}
}

// unreadable turns a file without a valid meta into an input that is not understood.
func unreadable(src *datadir.Source, err error) error {
	var f bolt.Fault
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", src.Path, err)
	}
	finding := verify.Grade(f, verify.ContextOf(src))
	return &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: finding.Meaning + " (" + f.Error() + ")", Try: finding.Next}
}

// inspectSnapshot tells what etcdutl would say of a snapshot. Where etcdutl fails or
// crashes, there is no answer but an error that names the damage; what it does not look
// at is a warning.
func inspectSnapshot(ctx context.Context, src *datadir.Source, m *meter) (snapshotFacts, []string, error) {
	tally := verify.NewTally(verify.ContextOf(src), 1)
	s, err := inspect.Run(ctx, src, inspect.Options{OnFault: tally.Add, Progress: m.progress()})
	if err != nil {
		return snapshotFacts{}, nil, unreadable(src, err)
	}
	if s.DB == nil {
		return snapshotFacts{}, nil, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: "there is no db in it", Try: "name a snapshot file"}
	}
	var warnings []string
	for _, c := range tally.Codes() {
		if stopsEtcdutl(c) {
			return snapshotFacts{}, nil, fmt.Errorf("%s: %s; boltvet verify tells all", src.Path, c.Sample[0])
		}
		if c.Severity >= verify.Worn {
			warnings = append(warnings, c.Sample[0].String())
		}
	}
	facts := snapshotFacts{Hash: s.DB.View.Hash(), Revision: s.DB.Revision(), TotalKey: int(s.DB.TotalKeys()), TotalSize: s.DB.TotalSize()}
	if v := s.DB.View.Meta.StorageVersion; v.Set {
		facts.Version = v.Value.String()
	}
	return facts, warnings, nil
}

// stopsEtcdutl tells whether `etcdutl snapshot status` fails or crashes on a finding: it
// has bbolt check the structure first, and then parses every record. It never looks at
// the trailer, nor at what the other buckets mean.
// Source: etcd v3.7.3 etcdutl/snapshot/v3_snapshot.go (Status).
func stopsEtcdutl(c verify.CodeCount) bool {
	parsed := c.Layer == verify.LayerRevisions && slices.Contains(etcdutlParses(), c.Code)
	return c.Severity >= verify.Damaged && (parsed || c.Layer.Structure())
}

// etcdutlParses are the faults of records on which etcdutl's parsers fail or panic.
func etcdutlParses() []string {
	return []string{mvccview.RevisionLength.String(), mvccview.RevisionSeparator.String(), mvccview.RevisionNegative.String(), mvccview.ValueUnparseable.String()}
}

// progress is the meter as a sink of package inspect, whose phases run side by side:
// the bar follows the one that has more bytes left.
func (m *meter) progress() func(phase string, done, total int64) {
	if m == nil {
		return nil
	}
	return m.follow
}
