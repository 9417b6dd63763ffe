package migrate

import (
	"context"
	"errors"
	"fmt"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// ErrUndetected says that the db does not tell the release of its schema: it is of etcd 3.4 or
// older, or has no raft index. The message is etcdutl's.
var ErrUndetected = errors.New("missing term information")

// errMajor refuses a step over a major release. The message is etcdutl's.
var errMajor = errors.New("changing major storage version is not supported")

// A LogError says that the log, which may forbid the migration, cannot be read.
type LogError struct{ Err error }

func (e *LogError) Error() string { return e.Err.Error() }

// Unwrap is the reason.
func (e *LogError) Unwrap() error { return e.Err }

// A PlanError says that a migration is not possible. [Options].Force would override it.
type PlanError struct {
	Err   error
	From  mvccview.Version // the storage version, without suffixes
	Major bool             // the major versions differ
}

func (e *PlanError) Error() string { return e.Err.Error() }

// Unwrap is the reason.
func (e *PlanError) Unwrap() error { return e.Err }

// Options change what is decided; the zero value refuses what etcdutl refuses.
type Options struct {
	Force bool // set the version although the migration is not possible
}

// A Plan is what a migration does to a db.
type Plan struct {
	Current mvccview.Version // of the db; with suffixes, if there are any
	Target  mvccview.Version
	// Steps are the versions on the way to Target, the last one too; empty if the db is there, or
	// if the way was forced.
	Steps []mvccview.Version
	// Forced is why the migration is not possible, and was decided upon all the same; else nil.
	Forced *PlanError
	// Log is the oldest release that can interpret the log; nil if no entry says, or if it does not
	// matter because the way is up.
	Log *mvccview.Version
}

// UpToDate tells whether the db has the target version already.
func (p *Plan) UpToDate() bool { return p.Current == p.Target }

// Changes tells whether there is anything to do.
func (p *Plan) Changes() bool { return len(p.Steps) > 0 || p.Forced != nil }

// down tells whether the way is one to an older release.
func (p *Plan) down() bool { return less(p.Target, p.Current) }

// Value is what storageVersion becomes; "" removes it.
func (p *Plan) Value() string {
	if p.Target.Less(first) {
		return ""
	}
	return p.Target.String()
}

// Same tells whether two plans do the same for the same reasons.
func (p *Plan) Same(o *Plan) bool {
	return p.Current == o.Current && p.Target == o.Target && len(p.Steps) == len(o.Steps) && (p.Forced == nil) == (o.Forced == nil)
}

// Read looks at the db of src, which is a data dir, and at its log, and decides. Nothing is
// verified, only the small buckets are read: the rewrite that carries the decision out does that.
// src stays the caller's. Errors: [ErrUndetected], *[LogError], *[PlanError], a [bolt.Fault], the
// context's, or trouble with reading.
//
// Source: etcd v3.7.3 etcdutl/etcdutl/migrate_command.go (migrateCommandFunc).
func Read(ctx context.Context, src *datadir.Source, target mvccview.Version, o Options) (*Plan, error) {
	p := &Plan{Target: target}
	var err error
	if p.Current, err = detect(ctx, src); err != nil || p.UpToDate() {
		return p, err
	}
	if p.Log, err = logVersion(ctx, src.Member.WALDir, p.down()); err != nil {
		return nil, &LogError{err}
	}
	refused := p.decide()
	if refused != nil && !o.Force {
		return nil, refused
	}
	p.Forced = refused
	return p, nil
}

// detect finds the release of the db's schema.
//
// Source: etcd v3.7.3 server/storage/schema/schema.go (UnsafeDetectSchemaVersion).
func detect(ctx context.Context, src *datadir.Source) (mvccview.Version, error) {
	db, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return mvccview.Version{}, err
	}
	defer db.Close()
	prelude, err := mvccview.ReadPrelude(ctx, db, db.Live().Meta)
	if err != nil {
		return mvccview.Version{}, err
	}
	switch m := &prelude.Meta; {
	case m.StorageVersion.Set:
		return m.StorageVersion.Value, nil
	case !m.ConsistentIndex.Set || m.Term.Value == 0:
		return mvccview.Version{}, ErrUndetected
	}
	return oldest, nil
}

// decide finds the steps, or why there are none.
//
// Source: etcd v3.7.3 server/storage/schema/schema.go (UnsafeMigrate).
func (p *Plan) decide() *PlanError {
	steps, err := stepsFrom(p.Current, p.Target)
	if err != nil {
		return &PlanError{From: minor(p.Current), Err: fmt.Errorf("cannot create migration plan: %w", err), Major: errors.Is(err, errMajor)}
	}
	if p.down() && p.Log != nil && less(p.Target, *p.Log) {
		return &PlanError{From: minor(p.Current), Err: fmt.Errorf("cannot downgrade storage, WAL contains newer entries, as the target version (%s) is lower than the version (%s) detected from WAL logs",
			p.Target, p.Log)}
	}
	p.Steps = steps
	return nil
}

// stepsFrom lists the versions from current, exclusive, to target.
//
// Source: etcd v3.7.3 server/storage/schema/migration.go (newPlan), schema.go (schemaChangesForVersion).
func stepsFrom(current, target mvccview.Version) ([]mvccview.Version, error) {
	at, to := minor(current), minor(target)
	if at.Major != to.Major {
		return nil, errMajor
	}
	var steps []mvccview.Version
	for at != to {
		higher, next := at, at
		if at.Less(to) {
			higher.Minor++
			next.Minor++
		} else {
			next.Minor--
		}
		if !known(higher) {
			return nil, fmt.Errorf("version %q is not supported", higher)
		}
		at = next
		steps = append(steps, at)
	}
	return steps, nil
}

// known tells whether it is known how a release's schema differs from that of the one before.
func known(v mvccview.Version) bool { return v.Major == 3 && (v.Minor == 6 || v.Minor == 7) }
