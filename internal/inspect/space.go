package inspect

import (
	"cmp"
	"context"
	"runtime"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// SpaceOptions say how a file's space is told apart.
type SpaceOptions struct {
	By       Grouping
	Depth    int                                   // segments of a prefix, 1 or more
	Top      int                                   // groups that are listed, 1 or more; the others are one row
	Window   int64                                 // revisions in a window of Churn; 0: none are made
	NoHash   bool                                  // leave the sha256 trailer unchecked
	Jobs     int                                   // goroutines that read the file; 0: one for each core. Results do not depend on it
	MaxTable int64                                 // bytes that the table of keys may take, else a *mvccview.MemoryError; 0: no bound
	OnFault  func(fault error) bool                // gets every fault; nil: dropped
	Progress func(phase string, done, total int64) // bytes; may be nil

	cutEveryLeaf bool // for tests: every leaf is a range of its own
}

// Space is where the bytes of a file are, and whose.
type Space struct {
	Source   *datadir.Source
	Trailer  datadir.TrailerResult
	By       Grouping
	Depth    int
	Parts    []Part   // their bytes add up to the size of the file
	Overhead Overhead // what part PageOverhead consists of
	Survey   *bolt.Survey
	View     *mvccview.View
	Total    SpaceRow   // all records that could be read
	Rows     []SpaceRow // the largest groups, largest first
	Others   SpaceRow   // the other groups; none if it has no records
	Groups   int64      // groups there are; of By key, distinct keys
	Crowded  bool       // there are more than Groups, and Others has those that came last
	Churn    *mvccview.Churn
	NotEtcd  bool // a bolt file of another program
	Whole    bool // nothing of any tree is hidden
}

// A SpaceRow is what some keys take.
type SpaceRow struct {
	Kind RowKind
	Name []byte // of RowGroup: a prefix, resource, namespace or key
	mvccview.GroupCounts
	Values *mvccview.ValueHist // lengths of the users' values of all puts; nil: not known
}

// A RowKind says what the keys of a row have in common.
type RowKind uint8

// The kinds of rows.
const (
	RowGroup         RowKind = iota // Name
	RowNoSlash                      // of By prefix: keys without a slash
	RowNotKubernetes                // of By resource and namespace: keys that are not laid out as Kubernetes does
	RowClusterScoped                // of By namespace: objects outside of all namespaces
	RowUnread                       // of By key: a key that could not be read again
	RowOthers                       // all that is not listed
	RowTotal
)

// String is the stable word of the kind.
func (k RowKind) String() string {
	return [...]string{"group", "no_slash", "not_kubernetes", "cluster_scoped", "unread", "others", "total"}[k]
}

// Latest is L, the revision up to which a compaction is forecast.
func (s *Space) Latest() int64 { return s.View.Latest() }

// ReadSpace reads the db of src once. Faults go to o.OnFault and do not end it; the
// error is a [bolt.Fault] if no meta is valid, a *[mvccview.MemoryError], or trouble
// with reading. src must have a db, and stays the caller's.
func ReadSpace(ctx context.Context, src *datadir.Source, o SpaceOptions) (*Space, error) {
	if o.OnFault == nil {
		o.OnFault = func(error) bool { return true }
	}
	for _, f := range src.Faults {
		o.OnFault(f)
	}
	f, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := &Space{Source: src, By: o.By, Depth: o.Depth, Whole: true}
	s.Trailer, err = besideTrailer(ctx, src, f, o.NoHash, o.progress, func(ctx context.Context) error { return s.walk(ctx, f, o) })
	if err != nil {
		return nil, err
	}
	for _, x := range s.Trailer.Faults {
		o.OnFault(x)
	}
	return s, nil
}

func (s *Space) walk(ctx context.Context, f *bolt.File, o SpaceOptions) error {
	for _, slot := range f.Metas() {
		for _, x := range slot.Faults {
			o.OnFault(x)
		}
	}
	owners := newOwners(o)
	audit, err := newAudit(ctx, s.Source, f, o.Jobs, o.OnFault, o.progress)
	if err != nil {
		return err
	}
	records := []mvccview.RecordAccumulator{audit.Records(), owners}
	if o.Window > 0 {
		s.Churn = mvccview.NewChurn(o.Window)
		records = append(records, s.Churn)
	}
	s.View = mvccview.NewView(mvccview.ViewOptions{Records: records, NoHash: true,
		OnFault: func(x mvccview.Fault) bool {
			audit.Meaning(x)
			return o.OnFault(x)
		}})
	leaves := &leafWalk{View: s.View, pageSize: int64(f.PageSize())}
	var done int64
	s.Survey, err = f.Walk(ctx, f.Live().Meta, leaves, bolt.WalkOptions{
		OnFault: func(x bolt.Fault) bool {
			s.View.Hides(x)
			audit.Page(x)
			s.Whole = s.Whole && x.Hidden == nil
			return o.OnFault(x)
		},
		Workers:      cmp.Or(o.Jobs, runtime.NumCPU()),
		CutEveryLeaf: o.cutEveryLeaf,
		Progress: func(pages int64) {
			done += pages * int64(f.PageSize())
			o.progress("pages", done, f.Size())
		},
	})
	if err != nil {
		return err
	}
	if s.NotEtcd = s.View.Foreign(s.Survey.Faults); s.NotEtcd {
		return nil
	}
	s.View.Check()
	owners.rows(s, max(o.Top, 1))
	s.account(f, &leaves.leafCounts)
	return audit.Finish(ctx, s.Survey, s.View)
}

func (o *SpaceOptions) progress(phase string, done, total int64) {
	if o.Progress != nil {
		o.Progress(phase, min(done, total), total)
	}
}
