package restore

import (
	"fmt"
	"path/filepath"

	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// Options are what was asked for. The zero value of each switch is the safe one.
type Options struct {
	Cluster *Cluster
	Outputs []Target // which members to write; at least one
	OutDir  string   // with several outputs: the directory that holds them all; "" for one

	Bump          int64  // revisions to jump over; 0: none. The last one is marked as compacted.
	BumpWhy       string // why it is that much, for one that was computed
	TargetVersion string // "3.5", "3.6" or "3.7"; "": any
	MaxLearners   int    // learners that etcd will be told to allow; 0: one, which is etcd's default
	SkipHashCheck bool   // a missing or wrong sha256 is no obstacle
	Force         bool   // damage is no obstacle, as long as it can be read
	AcceptLoss    bool   // writes that only the log has may be lost
	KeepAlarms    bool   // NOSPACE alarms stay
	ClearCorrupt  bool   // CORRUPT alarms go
	DropLeases    bool
	DisableAuth   bool
	Owner         *atomicfile.Owner // who gets what is written; nil: for root, who has the directory around it
	LikeEtcdutl   bool              // decide as etcdutl: only the sha256 counts, nothing is scrubbed
}

// A Target names a member of the cluster and where its directories go.
type Target struct {
	Name    string
	DataDir string
	WALDir  string // separate from DataDir; "" inside it
}

// A Plan says everything that Execute will do. It is made of facts and options alone.
type Plan struct {
	Source   SourceSummary
	Cluster  *Cluster
	Outputs  []Output
	OutDir   string // "" for a single output
	Revision Revision
	Scrub    Scrub
	Beyond   Beyond
	Carries  bool // the source has damage that the result has, too, or hides
	Warnings []string
	// RoomBytes is about what the outputs take: the new db is no larger than the old
	// one as a rule, and a log segment has 64 MB for each member.
	RoomBytes     int64
	TargetVersion string // "" : any

	setsConfState bool
	tolerant      bool     // damage in the result is no obstacle
	source        []string // directories of the source's member, in which nothing is written
	owner         *atomicfile.Owner
	seen          datadir.Sighting // of the source's db when it was verified
}

// SourceSummary is what the plan was made from.
type SourceSummary struct {
	Path    string
	Kind    string
	DBBytes int64 // without the trailer
	Verdict string
	Why     string // what the verdict means for a restore
	SHA256  string // state of the trailer
	Storage string // storage version, "" before 3.6
}

// An Output is one member directory to be made.
type Output struct {
	Member  *Member
	DataDir string
	WALDir  string // "" inside DataDir
	Files   []OutputFile
	Command []string // how etcd is started on it, without client URLs and TLS
}

// An OutputFile is a file of a member directory to be made.
type OutputFile struct {
	Path  string
	Bytes int64 // of the db about: as many as the source has
}

// Revision is what becomes of the store's revision.
type Revision struct {
	Before int64 // at which etcd would come up with the source
	Bump   int64
	Why    string // why Bump was computed to be that; "" if it was given
	After  int64  // the last revision of the new store; compacted if Bump > 0
}

// Scrub is what is taken out of the content besides the members.
type Scrub struct {
	NoSpaceAlarms int64
	CorruptAlarms int64
	Leases        int64 // lease records
	LeasedKeys    int64 // live keys of these leases: they keep the lease id, and become permanent
	Auth          bool  // authentication was on and is turned off; users and roles stay
}

// NewPlan decides what a restore does. The error is a [RefusedError], a [DamageError]
// or a [ConfigError].
func NewPlan(f *Facts, o Options) (*Plan, error) {
	if err := refuse(f, o); err != nil {
		return nil, err
	}
	v := f.Report.View
	p := &Plan{
		Source: SourceSummary{Path: f.Source.Path, Kind: f.Source.Kind.String(), DBBytes: f.Source.DBSize,
			Verdict: f.Report.Verdict.String(), Why: f.Report.Why, SHA256: string(f.Report.Trailer.State)},
		Cluster: o.Cluster, OutDir: o.OutDir, Beyond: f.Beyond, Carries: f.carries(), TargetVersion: o.TargetVersion,
		tolerant: o.Force || o.LikeEtcdutl, owner: o.Owner, seen: f.seen,
		source: keptClear(f.Source, o),
	}
	if s := v.Meta.StorageVersion; s.Set {
		p.Source.Storage = s.Value.String()
	}
	before := v.Latest()
	p.Revision = Revision{Before: before, Bump: o.Bump, Why: o.BumpWhy, After: before + o.Bump}
	if !o.LikeEtcdutl {
		p.setsConfState = v.Meta.ConfState.Set
		p.Scrub = newScrub(f, o)
	}
	for _, t := range o.Outputs {
		out, err := newOutput(o, t, f.Source.DBSize)
		if err != nil {
			return nil, err
		}
		p.Outputs = append(p.Outputs, out)
	}
	p.RoomBytes = int64(len(p.Outputs)) * (f.Source.DBSize + segmentBytes)
	p.Warnings = warnings(f, o, p)
	return p, nil
}

func newScrub(f *Facts, o Options) Scrub {
	var s Scrub
	v := f.Report.View
	for _, a := range v.Alarms.List {
		switch {
		case a.Type == mvccview.AlarmTypeNoSpace && !o.KeepAlarms:
			s.NoSpaceAlarms++
		case a.Type == mvccview.AlarmTypeCorrupt && o.ClearCorrupt:
			s.CorruptAlarms++
		}
	}
	if o.DropLeases {
		s.Leases, s.LeasedKeys = v.Leases.Count, f.Leased
	}
	s.Auth = o.DisableAuth && v.Auth.Enabled.Value
	return s
}

func newOutput(o Options, t Target, dbBytes int64) (Output, error) {
	c := o.Cluster
	m := c.Find(t.Name)
	if m == nil {
		return Output{}, badConfig("couldn't find local name %q in the initial cluster configuration", t.Name)
	}
	wal := t.WALDir
	if wal == "" {
		wal = filepath.Join(t.DataDir, "member", "wal")
	}
	snap, err := encodeSnap(c)
	if err != nil {
		return Output{}, err
	}
	return Output{Member: m, DataDir: t.DataDir, WALDir: t.WALDir,
		Files: []OutputFile{
			{filepath.Join(t.DataDir, "member", "snap", "db"), dbBytes},
			{filepath.Join(t.DataDir, "member", "snap", snapName(len(c.Members))), int64(len(snap))},
			{filepath.Join(wal, firstSegment), segmentBytes},
		},
		Command: append(startCommand(c, m, t, dbBytes), o.learnerFlag()...),
	}, nil
}

// warnings are what the user should know although nothing is refused.
func warnings(f *Facts, o Options, p *Plan) []string {
	var out []string
	warn := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch f.Report.Trailer.State {
	case datadir.TrailerNone:
		warn("the source is a bare db without a sha256: that its structure and meaning are whole was checked in its place, but no check can tell a changed byte in a value")
	case datadir.TrailerMissing:
		warn("the snapshot has lost its sha256: no check can tell a changed byte in a value")
	case datadir.TrailerWrong, datadir.TrailerDamaged:
		warn("the sha256 is %s and was skipped: something in the file differs from what was saved", f.Report.Trailer.State)
	}
	if m := f.Source.Member; m != nil && !f.Beyond.Known {
		warn("no log was found beside the db: if etcd ran with --wal-dir, the last writes may be there only; let that member start and take a snapshot")
	}
	if f.Report.Verdict >= verify.VerdictDamaged {
		warn("the source is %s: %s", f.Report.Verdict, f.Report.Why)
	}
	if f.Beyond.Unread != "" {
		warn("the log beside the db is damaged: writes that could not be read there may be lost")
	}
	if f.Beyond.Committed+f.Beyond.Undecided > 0 {
		warn("%d committed entries of the log, and %d behind its last commit, are not in the db and will be lost", f.Beyond.Committed, f.Beyond.Undecided)
	}
	if f.Kubernetes && o.Bump == 0 {
		warn("the keys are those of Kubernetes and the revision goes back to %d without a bump: controllers that watched a later one may miss changes; consider --bump-revision with --mark-compacted, and restart the API servers and controllers", p.Revision.Before)
	}
	if n := len(p.Cluster.Learners()); len(o.learnerFlag()) > 0 && o.TargetVersion == "" {
		warn("%d learners: etcd 3.5 has no --max-learners and starts without; it admits no other before there is but one left", n)
	}
	if v := f.Report.View; v.Leases.Count > 0 && p.Scrub.Leases == 0 {
		warn("%d leases come with their full TTL of up to %d s: they begin anew when the cluster starts", v.Leases.Count, v.Leases.MaxTTL)
	}
	return out
}
