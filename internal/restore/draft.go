package restore

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"boltvet/bolt"
	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// A Draft is what a restore writes before it is known whether there will be one: the
// pages of the source in the place of each new db, copied by the same reading that
// verifies them. [Read] fills it, [Execute] makes members of it, and Abort, which is
// due in any case, removes what Execute has not taken.
//
// A nil Draft is none: then Execute writes each page anew.
type Draft struct {
	dir    *atomicfile.Dir
	prefix string // where a single member's files go within dir
	dbs    []*os.File
	copy   *copier // nil: all are clones
	src    *datadir.Source
	in     *bolt.File       // its db
	before datadir.Sighting // of the source
	cancel context.CancelFunc
	walked chan struct{} // closed when the walk for used pages has ended
	ready  bool          // all pages are there and proven; see settle
	report *verify.Report
}

// NewDraft begins the copies that o asks for, as far as this can be told before the plan:
// nil where there is nothing to copy, no room, or something in the way, of which Execute
// will tell. Nothing is decided by it, and the source is only read.
func NewDraft(ctx context.Context, src *datadir.Source, o Options) *Draft {
	return newDraft(ctx, src, o, clone)
}

func newDraft(ctx context.Context, src *datadir.Source, o Options, clone cloner) *Draft {
	if src.File == nil || len(o.Outputs) == 0 {
		return nil
	}
	in, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return nil
	}
	d := &Draft{src: src, in: in, walked: make(chan struct{})}
	if err := d.begin(ctx, o, clone); err != nil {
		d.Abort()
		return nil
	}
	return d
}

var errNoDraft = errors.New("no draft")

// begin stages the copies and starts them.
func (d *Draft) begin(ctx context.Context, o Options, clone cloner) error {
	if err := checkTargets(keptClear(d.src, o), o.OutDir, o.Outputs); err != nil {
		return err
	}
	if err := d.stage(o); err != nil {
		return err
	}
	room, err := atomicfile.Room(d.dir.Path())
	if err != nil || room/int64(len(d.dbs)) < d.src.DBSize+segmentBytes {
		return errors.Join(err, errNoDraft)
	}
	if d.before, err = datadir.See(d.src.File); err != nil {
		return err
	}
	from, outs := d.share(clone)
	if len(outs) == 0 {
		close(d.walked) // the source is verified, and the sighting tells whether it is still what was cloned
		return nil
	}
	if d.copy, err = newCopier(from, d.src.FileSize, d.src.DBSize, d.in.PageSize(), outs); err != nil {
		return err
	}
	d.copy.hash = d.src.Trailer.Present
	if err := d.copy.start(); err != nil {
		d.copy.unmap()
		d.copy = nil
		return err
	}
	ctx, d.cancel = context.WithCancel(ctx)
	go d.walk(ctx)
	return nil
}

// A cloner makes to share all blocks of from; false if it cannot.
type cloner func(to, from *os.File) bool

// share clones the source where the file system can. What is left is to be copied from
// the file that it gives first: that is a clone, if there is one, so that the bytes which
// are hashed are those of a copy. If nothing is left, those of the source are hashed.
func (d *Draft) share(clone cloner) (from *os.File, outs []*os.File) {
	from, outs = d.src.File, d.dbs
	for len(outs) > 0 && clone(outs[0], from) {
		from, outs = d.dbs[0], outs[1:]
	}
	return from, outs
}

// stage makes the directory and an empty db for each member.
func (d *Draft) stage(o Options) (err error) {
	if o.OutDir == "" {
		d.dir, d.prefix, err = stageFor(o.Outputs[0].DataDir, o.Owner)
	} else {
		d.dir, err = stageAll(o.OutDir, o.Owner)
	}
	if err != nil {
		return err
	}
	for _, t := range o.Outputs {
		prefix := d.prefix
		if o.OutDir != "" {
			prefix = filepath.Join(filepath.Base(t.DataDir), "member")
		}
		f, err := d.dir.Create(dbPath(prefix))
		if err != nil {
			return err
		}
		d.dbs = append(d.dbs, f)
	}
	return nil
}

// walk finds out which pages a tree reaches, so that no others need be written. Where
// that is not clear all are. It is no proof: see complete.
func (d *Draft) walk(ctx context.Context) {
	defer close(d.walked)
	_ = d.in.Guard(func() error { // verify meets the same trouble, and tells of it
		s, ok, err := d.in.Reach(ctx, d.in.Live().Meta)
		if ok {
			d.copy.used.Store(s)
		}
		return err
	})
}

// file is the source's db, open; nil for no draft.
func (d *Draft) file() *bolt.File {
	if d == nil {
		return nil
	}
	return d.in
}

// windows are what the sha256 is taken from; nil for the source.
func (d *Draft) windows() datadir.Windows {
	if d == nil || d.copy == nil || !d.copy.hash {
		return nil
	}
	return d.copy
}

// settle has the copies completed, when the source has been verified. The draft can be
// used if the source has nothing that a copy must not carry over, has not changed
// meanwhile, and every page that its tree reaches was written as it was read.
func (d *Draft) settle(ctx context.Context, r *verify.Report) error {
	if d == nil {
		return nil
	}
	if !carriesOver(r) {
		d.Abort()
		return nil
	}
	if d.copy != nil {
		err := d.copy.wait(ctx)
		<-d.walked
		if err != nil {
			d.Abort() // Execute meets the same trouble, or gets along with less room
			return ctx.Err()
		}
	}
	d.report = r
	d.ready = still(d.before, d.src.File) == nil && d.complete(r.Survey)
	return nil
}

// carriesOver tells whether a source may be copied page by page: its tree is sound. What
// is wrong elsewhere is written anew in any case.
func carriesOver(r *verify.Report) bool {
	if r.Survey == nil || r.View == nil || r.Verdict >= verify.VerdictDamaged {
		return false
	}
	for _, c := range r.Codes {
		if c.Severity >= verify.Worn && c.Layer >= verify.LayerPages && c.Layer <= verify.LayerRevisions {
			return false
		}
	}
	return true
}

// complete tells whether the copies have every page of the tree that was verified, and
// reach up to the high water mark, for what changes comes behind it: that of a source
// whose end is missing may be anywhere.
func (d *Draft) complete(s *bolt.Survey) bool {
	pages := d.src.DBSize / int64(d.in.PageSize())
	if s.Meta.HighWater > bolt.Pgid(pages) {
		return false
	}
	pages = int64(s.Meta.HighWater)
	if d.copy == nil {
		return true // clones have what the source had
	}
	for id := range pages {
		if s.Reached(bolt.Pgid(id)) && !d.copy.wrote.has(id) {
			return false
		}
	}
	return true
}

// usable tells whether Execute can make members of the draft.
func (d *Draft) usable() bool { return d != nil && d.ready }

// Abort gives the draft up; what Execute has put in its place stays. It is safe to call
// twice, and on nil.
func (d *Draft) Abort() {
	if d == nil {
		return
	}
	d.ready = false
	if d.copy != nil {
		d.cancel()
		d.copy.end()
		<-d.walked
	}
	for _, f := range d.dbs {
		f.Close()
	}
	d.dbs = nil
	d.in.Close()
	if d.dir != nil {
		d.dir.Abort()
	}
}
