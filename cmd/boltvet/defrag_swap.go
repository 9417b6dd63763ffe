package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"boltvet/internal/datadir"
	"boltvet/internal/render"
	"boltvet/internal/rewrite"
	"boltvet/internal/swap"
	"boltvet/verify"
)

// swapFlags are the flags of defrag that let it replace its source.
func swapFlags() []flag {
	return []flag{
		{name: "in-place", usage: "put the new file in the place of SRC; the old one stays beside it, as db.bak for a data dir"},
		{name: "data-dir", kind: textFlag, arg: "DIR", usage: "as etcdutl: in place for the data dir DIR, with etcdutl's log lines and exit codes"},
		{name: "no-backup", usage: "in place: drop the old file after the swap; an older db.bak is left alone"},
		{name: "etcd-is-stopped", usage: "in place: your word that no etcd runs or starts on it, where the system cannot tell"},
		{name: "wal-dir", kind: textFlag, arg: "DIR", reads: true, usage: "in place: the WAL, when etcd ran with --wal-dir"},
	}
}

// A replacement is a defrag or a migration: the new file takes the place of its source.
type replacement struct {
	path   string
	member bool // --data-dir: path is to be a data dir
	swap   swap.Options
	do     rewriter
	look   func(*datadir.Source) error // decides whether anything is to be done; may be nil
}

// replacement reads the flags; nil if the line asks for none.
func (c *call) replacement() (*replacement, error) {
	r := &replacement{do: rewrite.Defrag, swap: c.swapOptions()}
	inPlace, args := c.isSet("in-place"), c.args()
	switch {
	case c.likeEtcdutl():
		r.path, r.member = c.text("data-dir"), true
		if inPlace || len(args) > 0 {
			return nil, c.usage("--data-dir names what is replaced: no SRC, no DST and no --in-place beside it", "")
		}
	case inPlace:
		if len(args) != 1 || args[0] == streamPath {
			return nil, c.usage("--in-place takes a SRC alone, which is no stream: the new file takes its place", "")
		}
		r.path = args[0]
	case r.swap != swap.Options{}:
		return nil, c.usage("--no-backup, --etcd-is-stopped and --wal-dir go with --in-place or --data-dir", "")
	default:
		return nil, nil
	}
	if c.isSet("force") {
		return nil, c.usage("--force is for a DST", "")
	}
	owner, err := c.owner()
	if err == nil && owner != nil {
		r.swap.Owner = &swap.Owner{UID: uint32(owner.UID), GID: uint32(owner.GID)}
	}
	return r, err
}

// swapOptions reads the flags that concern the swap.
func (c *call) swapOptions() swap.Options {
	return swap.Options{EtcdIsStopped: c.isSet("etcd-is-stopped"), NoBackup: c.isSet("no-backup"), WALDir: c.text("wal-dir")}
}

// likeEtcdutl tells whether the line has one of etcdutl's spellings.
func (c *call) likeEtcdutl() bool {
	if c.cmd.etcdutl || c.cmd.title() != "defrag" { // restore has a --data-dir of its own
		return c.cmd.etcdutl
	}
	if c.line == nil { // it was not understood
		return hasFlag(c.argv, "data-dir")
	}
	return c.line.IsSet("data-dir")
}

// hasFlag looks for a flag on the line, also on one that did not parse.
func hasFlag(argv []string, name string) bool {
	for _, word := range argv {
		if word == "--" {
			return false
		}
		if word == "--"+name || strings.HasPrefix(word, "--"+name+"=") {
			return true
		}
	}
	return false
}

// runReplacement is defrag in place.
func runReplacement(c *call, p *replacement) (answer, error) {
	o, err := c.rewriteOptions()
	if err != nil {
		return answer{}, err
	}
	began := time.Now()
	done, err := c.replace(p, o)
	if p.member && err != nil { // in etcdutl's words
		return answer{verdict: "not written"}, fmt.Errorf("Failed to defragment etcd data[%s] (%w)", p.path, err)
	}
	if p.member && !o.DryRun {
		c.logDefrag(done, time.Since(began))
		return answer{raw: []byte{}, verdict: "written"}, nil
	}
	var r row
	r.result, r.code, err = c.shown(done.src, done.db, done.result, err)
	if err != nil {
		r = c.failedRow(p.path, err)
	}
	if err == nil && done.proof != "" {
		done.show(&r.result)
	}
	return answer{rows: []row{r}, verdict: c.rewriteVerdict(r, done.result)}, nil
}

// A replaced is what became of a replacement.
type replaced struct {
	src    *datadir.Source // closed; nil if it could not be opened
	result *rewrite.Result
	db     string     // the file that was replaced; "" for a dry run
	backup string     // the old file; "" if it was dropped
	proof  swap.Proof // how it is known that nobody uses the old file; "" for a dry run
}

// show adds what a reader of the answer must know to go back.
func (d *replaced) show(r *render.Result) {
	backup, kept := render.Null(), "dropped"
	if d.backup != "" {
		backup = render.Text(d.backup)
		kept = "kept as " + printable(d.backup)
	}
	r.Fields = append(r.Fields,
		render.Field{Name: "backup", Label: "old file", Value: backup},
		render.Field{Name: "unused_by", Label: "how it is known that nobody used it", Value: render.Text(string(d.proof))})
	r.Brief = append(r.Brief, render.Field{Name: "old file", Value: render.Text(kept)})
}

// replace makes the new file and swaps it in. What comes before the swap can be interrupted, the swap cannot. The result is
// never nil.
func (c *call) replace(p *replacement, o rewrite.Options) (*replaced, error) {
	done := &replaced{}
	var err error
	if done.src, err = c.findReplaced(p); err != nil {
		return done, err
	}
	db := done.src.DBPath
	if o.DryRun {
		done.result, err = c.rewriteReplaced(p, rewrite.Output{Dir: filepath.Dir(db)}, o)
		return done, err
	}
	s, err := swap.Begin(db, p.swapOf(done.src))
	if err != nil {
		return done, err
	}
	defer s.Abort()
	stage, err := s.Stage()
	if err != nil {
		return done, err
	}
	if done.result, err = c.rewriteReplaced(p, rewrite.Output{File: stage, Dir: filepath.Dir(s.DB())}, o); err != nil {
		return done, err
	}
	if err := p.mayDrop(done.result); err != nil {
		return done, err
	}
	if err := s.Commit(); err != nil {
		return done, err
	}
	done.db, done.backup, done.proof = db, s.Backup(), s.Proof()
	c.record.replaced(db, done.backup)
	c.made()
	return done, nil
}

// mayDrop refuses to drop an old file that is damaged, even if the new one has nothing of
// that: what the damage is about, or what it hides, may be wanted yet.
func (p *replacement) mayDrop(r *rewrite.Result) error {
	if !p.swap.NoBackup || len(r.Codes) == 0 || r.Codes[0].Severity < verify.Damaged {
		return nil
	}
	return &keptError{path: p.path, finding: r.Codes[0].Sample[0]}
}

// A keptError refuses to drop a damaged file.
type keptError struct {
	path    string
	finding verify.Finding
}

func (e *keptError) Error() string {
	return e.path + ": the file is damaged, so it is not replaced without a backup: " + e.finding.String()
}

// swapOf is p.swap with the log that src has.
func (p *replacement) swapOf(src *datadir.Source) swap.Options {
	o := p.swap
	if m := src.Member; m != nil && o.WALDir == "" {
		o.WALDir = m.WALDir
	}
	return o
}

// findReplaced says what the PATH is, and refuses at once what is in use or cannot be replaced. The source is closed.
func (c *call) findReplaced(p *replacement) (*datadir.Source, error) {
	src, err := datadir.Resolve(c.ctx, p.path, c.replacedOptions(p))
	if err != nil {
		return nil, err
	}
	defer src.Close()
	c.explainSource(p.path, src)
	dir := src.Kind == datadir.KindDataDir || src.Kind == datadir.KindMemberDir
	switch {
	case src.File == nil:
		return nil, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: rewrite.ErrNoDB.Error(), Try: "name an etcd snapshot, db or data dir"}
	case src.SpoolPath != "":
		return nil, &refusal{printable(p.path) + " is packed, or no file: it cannot be replaced", "name a new file: boltvet defrag SRC DST"}
	case p.member && !dir:
		return nil, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: "not a data dir", Try: "boltvet defrag --in-place " + printable(p.path)}
	case src.Member != nil && hasFlag(c.argv, "seal") && c.isSet("seal"):
		return nil, &refusal{"the db of a member has no seal: etcd writes to it", "leave --seal out, or name a new file: boltvet defrag --seal SRC DST"}
	case p.look != nil:
		return src, p.look(src)
	}
	return src, nil
}

func (c *call) replacedOptions(p *replacement) datadir.Options {
	o := c.sourceOptions()
	o.WALDir = p.swap.WALDir
	return o
}

// rewriteReplaced writes the new file. It asks for no lock, which the swap has, and closes the source again, as the swap
// demands.
func (c *call) rewriteReplaced(p *replacement, out rewrite.Output, o rewrite.Options) (*rewrite.Result, error) {
	so := c.replacedOptions(p)
	so.NoLock = out.File != nil
	src, err := datadir.Resolve(c.ctx, p.path, so)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	o.Seal = c.wantsSeal(src) && src.Member == nil // else etcd opens it, whatever the environment says
	r, err := p.do(c.ctx, src, out, o)
	if err == nil {
		err = c.ctx.Err()
	}
	return r, err
}

// explainSwap is explain for the errors of package swap; ok is false for all others.
func explainSwap(err error) (f failure, ok bool) {
	var (
		inUse    *swap.InUseError
		unproven *swap.UnprovenError
		kind     *swap.KindError
		stranded *swap.StrandedError
	)
	f = failure{code: exitRefused, message: err.Error()}
	switch {
	case errors.As(err, &stranded): // before the others: it may hold one of them
		f.code, f.try = exitIO, "stop etcd; if it has written to the old file, give that one its name back"
	case errors.As(err, &inUse):
		f.try = "stop etcd, and whatever else has the file open, and try again; nothing has been changed"
	case errors.As(err, &unproven):
		f.try = "stop etcd, keep it from starting, and say so with --etcd-is-stopped"
	case errors.As(err, &kind):
		f.try = "name a new file: boltvet defrag SRC DST"
	default:
		return failure{}, false
	}
	return f, true
}

// logDefrag tells what etcdutl's logger tells of a defragmentation, under etcdutl's names.
// Source: etcd v3.7.3, server/storage/backend/backend.go (defrag).
func (c *call) logDefrag(d *replaced, took time.Duration) {
	before, after := d.result.Before, d.result.After
	inUse := func(s rewrite.Size) int64 { return s.DBBytes - s.FreeBytes() }
	c.logLine("defragmenting", []logField{{"path", d.db},
		{"current-db-size-bytes", before.DBBytes}, {"current-db-size", etcdutlSize(before.DBBytes)},
		{"current-db-size-in-use-bytes", inUse(before)}, {"current-db-size-in-use", etcdutlSize(inUse(before))}})
	c.logLine("finished defragmenting directory", []logField{{"path", d.db},
		{"current-db-size-bytes-diff", after.DBBytes - before.DBBytes},
		{"current-db-size-bytes", after.DBBytes}, {"current-db-size", etcdutlSize(after.DBBytes)},
		{"current-db-size-in-use-bytes-diff", inUse(after) - inUse(before)},
		{"current-db-size-in-use-bytes", inUse(after)}, {"current-db-size-in-use", etcdutlSize(inUse(after))},
		{"took", took.String()}})
	if d.backup != "" {
		c.logLine("kept the old file", []logField{{"path", d.backup}})
	}
}
