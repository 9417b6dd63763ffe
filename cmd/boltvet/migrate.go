package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/migrate"
	"boltvet/internal/rewrite"
	"boltvet/internal/swap"
	"boltvet/mvccview"
	"boltvet/verify"
)

// migrateCommand does what `etcdutl migrate` of etcd 3.7 does.
func migrateCommand() *command {
	return &command{
		name:  "migrate",
		short: "the storage version of a stopped member, as etcdutl changes it",
		about: `The flags, log lines and exit codes of etcdutl 3.7, the same refusals, and the same
content afterwards. The db is written anew beside the old one, verified, and put in its
place; the old one is kept as db.bak, in the place of an older one. etcd must be stopped: one that runs, or starts
meanwhile, is refused (5), and goes on undisturbed. The member is verified in full first,
db, log and directory: damage that a new db would carry over or hide is refused (3), with
--force too.

A downgrade is refused if the log has an entry, behind its last snapshot, that the older
release cannot interpret; --force sets the version all the same. The storage version is
not the cluster version: etcd starts on an older release only if the running cluster was
told so before, with "etcdctl downgrade enable".`,
		flags: []flag{
			{name: "data-dir", kind: textFlag, arg: "DIR", usage: "Path to the etcd data dir"},
			{name: "target-version", kind: textFlag, arg: "X.Y", usage: `Target etcd version to migrate contents of data dir. Minimal value 3.5. Format "X.Y" for example 3.6.`},
			{name: "force", usage: "Ignore migration failure and forcefully override storage version. Not recommended."},
			{name: "wal-dir", kind: textFlag, arg: "DIR", reads: true, usage: "the WAL, when etcd ran with --wal-dir"},
			{name: "no-backup", usage: "drop the old file after the swap; an older db.bak is left alone"},
			{name: "etcd-is-stopped", usage: "your word that no etcd runs or starts on it, where the system cannot tell"},
		},
		formats: []string{"simple", "table", "json", "fields"},
		etcdutl: true,
		codes:   []exitCode{exitDamage},
		inputs:  func(c *call) []string { return []string{c.text("data-dir")} },
		examples: []example{
			{"boltvet migrate --data-dir /var/lib/etcd --target-version 3.6", "as with etcdutl; the old db stays as db.bak"},
		},
		run: runMigrate,
	}
}

// errUpToDate ends a migration that has nothing to do.
var errUpToDate = errors.New("nothing to do")

// A migration is one run of the command.
type migration struct {
	c      *call
	target mvccview.Version
	force  bool
	plan   *migrate.Plan // as it was decided first
}

// runMigrate plans, writes and swaps.
func runMigrate(c *call) (answer, error) {
	m, p, err := readMigration(c)
	if err != nil {
		return answer{}, err
	}
	if _, err := os.Stat(filepath.Join(p.path, "member", "snap", "db")); err != nil {
		return answer{}, err
	}
	done, err := c.replace(p, rewrite.Options{ReadBack: true, Progress: c.meter.progress()})
	switch {
	case errors.Is(err, errUpToDate):
		// A run that was killed behind its swap has left its names, which the next swap removes. If it
		// cannot begin there is nothing to tell: it was not asked for.
		if s, err := swap.Begin(done.src.DBPath, p.swapOf(done.src)); err == nil {
			s.Abort()
		}
		return answer{raw: []byte{}, verdict: "up to date"}, nil
	case err != nil:
		return answer{verdict: "not written"}, m.explain(err)
	}
	m.logDone(done)
	return answer{raw: []byte{}, verdict: "written"}, nil
}

// readMigration reads the flags as etcdutl does: what it calls bad arguments is a usage error, and
// missing flags are a failure.
// Source: etcd v3.7.3 etcdutl/etcdutl/migrate_command.go (Config), spf13/cobra command.go (ValidateRequiredFlags).
func readMigration(c *call) (*migration, *replacement, error) {
	var missing []string
	for _, name := range []string{"data-dir", "target-version"} {
		if !c.line.IsSet(name) && c.text(name) == "" {
			missing = append(missing, `"`+name+`"`)
		}
	}
	if len(missing) > 0 {
		return nil, nil, errors.New("required flag(s) " + strings.Join(missing, ", ") + " not set")
	}
	target, err := migrate.ParseTarget(c.text("target-version"))
	if err != nil {
		return nil, nil, c.usage(err.Error(), "")
	}
	m := &migration{c: c, target: target, force: c.isSet("force")}
	return m, &replacement{path: c.text("data-dir"), member: true, swap: c.swapOptions(), do: m.write, look: m.look}, nil
}

// look decides, and tells what etcdutl tells about it. Nothing has been touched yet.
func (m *migration) look(src *datadir.Source) error {
	plan, err := migrate.Read(m.c.ctx, src, m.target, migrate.Options{Force: m.force})
	if err != nil {
		m.logFailure(err)
		return err
	}
	m.plan = plan
	if f := plan.Forced; f != nil {
		m.logMajor(f)
		m.c.logLine("normal migrate failed, trying with force", []logField{{"error", f.Error()}})
	}
	if plan.UpToDate() {
		m.c.logLine("storage version up-to-date", []logField{{"storage-version", migrate.Short(plan.Current)}})
	}
	if !plan.Changes() {
		return errUpToDate
	}
	return nil
}

// write makes the new file, if under the lock there is still to do what was decided without it, and the
// member is whole: the rewrite has verify judge all of it.
func (m *migration) write(ctx context.Context, src *datadir.Source, out rewrite.Output, o rewrite.Options) (*rewrite.Result, error) {
	plan, err := migrate.Read(ctx, src, m.target, migrate.Options{Force: m.force})
	switch {
	case err != nil:
		return nil, err
	case !plan.Same(m.plan):
		return nil, errors.New("the storage version was changed by somebody else meanwhile")
	}
	return rewrite.Stamp(ctx, src, out, plan.Value(), o)
}

// explain leaves out the advice that is for a defragmentation.
func (m *migration) explain(err error) error {
	if room := new(rewrite.RoomError); errors.As(err, &room) {
		return &refusal{err.Error(), "make room"}
	}
	if kind := new(swap.KindError); errors.As(err, &kind) {
		return &refusal{err.Error(), "migrate a copy of the directory"}
	}
	if fault := new(bolt.Fault); errors.As(err, fault) { // no meta is valid
		tally := verify.NewTally(verify.Context{Member: true}, 1)
		tally.Add(*fault)
		return &rewrite.DamagedError{Path: m.c.text("data-dir"), Codes: tally.Codes()}
	}
	return err
}

// logFailure tells on stderr what etcdutl tells besides the error itself.
func (m *migration) logFailure(err error) {
	var (
		log    *migrate.LogError
		refuse *migrate.PlanError
	)
	switch {
	case errors.Is(err, migrate.ErrUndetected):
		m.c.logAt("error", "failed to detect storage version. Please make sure you are using data dir from etcd v3.5 and older", nil)
	case errors.As(err, &log):
		m.c.logAt("error", "Failed to finalize config", []logField{{"error", err.Error()}})
	case errors.As(err, &refuse):
		m.logMajor(refuse)
	}
}

func (m *migration) logMajor(e *migrate.PlanError) {
	if e.Major {
		m.c.logAt("error", "Changing major storage version is not supported", []logField{
			{"storage-version", e.From.String()}, {"target-storage-version", m.target.String()}})
	}
}

// logDone tells of the migration once it has happened.
func (m *migration) logDone(d *replaced) {
	for _, v := range m.plan.Steps {
		m.c.logLine("updated storage version", []logField{{"new-storage-version", v.String()}})
	}
	switch {
	case m.plan.Forced == nil:
	case m.plan.Value() == "":
		m.c.logAt("warn", "forcefully cleared storage version", nil)
	default:
		m.c.logAt("warn", "forcefully set storage version", []logField{{"storage-version", migrate.Short(m.target)}})
	}
	if d.backup != "" {
		m.c.logLine("kept the old file", []logField{{"path", d.backup}})
	}
}
