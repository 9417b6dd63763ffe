package mvccview

import (
	"bytes"
	"math"
	"strconv"
	"sync"

	"boltvet/bolt"
)

// lostPages looks at the leaves that free pages still hold. Most are old copies of
// records, which never change: where such a copy differs from the live record, one of
// the two is damaged. And where a copy holds a revision above the compact revision
// that the tree lacks, the tree has lost it, for there it must be complete. bbolt
// cannot see either: etcd persists no freelist, so an orphan looks free.
type lostPages struct {
	f       *bolt.File
	survey  *bolt.Survey // of the live tree
	root    bolt.Pgid    // of bucket key
	compact int64
	latest  int64
	lost    bool // bucket key is missing, or ends below the compact revision
}

// A looseRun is a run of pages that one goroutine looks at.
type looseRun struct {
	*lostPages
	from, end bolt.Pgid

	live     bolt.Leaf // where the last key was looked for
	haveLive bool
	pages    int64 // leaves with revisions among them
	found    []Fault
	err      error
}

// runPages is how many pages a run has: some milliseconds of work.
const runPages = 1024

// visit compares all pages that the walk did not reach, and counts the leaves with
// revisions among them. Some goroutines look ahead; what they find is reported in the
// order of the pages. tick is told how far it is, and ends it by an error, as report does
// by false.
func (o *lostPages) visit(workers int, report func(Fault) bool, tick func(bolt.Pgid) error) (loose int64, err error) {
	end := min(o.survey.Meta.HighWater, bolt.Pgid(o.f.Size()/int64(o.f.PageSize())))
	runs := make([]looseRun, workers)
	for next := bolt.Pgid(2); next < end; {
		if err := tick(next); err != nil {
			return loose, err
		}
		var group sync.WaitGroup
		n := 0
		for ; n < workers && next < end; n++ {
			r := &runs[n]
			*r = looseRun{lostPages: o, from: next, end: min(next+runPages, end), found: r.found[:0]}
			next = r.end
			group.Go(func() { r.err = o.f.Guard(r.look) })
		}
		group.Wait()
		for i := range runs[:n] {
			loose += runs[i].pages
			for _, f := range runs[i].found {
				if !report(f) {
					return loose, nil
				}
			}
			if runs[i].err != nil {
				return loose, runs[i].err
			}
		}
	}
	return loose, nil
}

// look compares the pages of the run.
func (o *looseRun) look() error {
	for id := o.from; id < o.end; id++ {
		if o.survey.Reached(id) {
			continue
		}
		l, ok, err := o.f.ReadLoose(id, o.survey.Meta.HighWater)
		if err != nil {
			return err
		}
		if !ok || !holdsRevisions(l) {
			continue
		}
		o.pages++
		if err := o.compare(l); err != nil {
			return err
		}
	}
	return nil
}

// holdsRevisions tells a leaf of bucket key from the others.
func holdsRevisions(l bolt.Leaf) bool {
	first, _, ok := l.At(0)
	if !ok || l.IsBucket(0) {
		return false
	}
	_, err := ParseRevKey(first)
	return err == nil
}

// compare holds one old leaf against the tree.
//
// A copy may be of another history: a member that was restored writes the same
// revision numbers anew, and a free page may still hold the old ones. From the
// revision where the histories part, nothing agrees any more; so a difference counts
// only if a later record on the same page agrees, and a missing revision only if
// nothing at all of its transaction is there.
func (o *looseRun) compare(l bolt.Leaf) error {
	var differ []int
	agree, lost := -1, 0
	var first Fault
	for i := range l.Len() {
		key, value, ok := l.At(i)
		rev, err := ParseRevKey(key)
		if !ok || err != nil {
			return nil
		}
		live, found, err := o.lookup(key)
		switch {
		case err != nil:
			return err
		case found && bytes.Equal(live, value):
			agree = i
		case found:
			differ = append(differ, i)
		case o.demanded(rev.Main):
			there, err := o.hasMain(rev.Main)
			if err != nil {
				return err
			}
			if !there {
				if lost++; lost == 1 {
					first = o.fault(RecordOrphan, l, i, rev)
				}
			}
		}
	}
	if lost > 0 {
		first.Got = "a page that nobody points to, with " + count(lost, "revision") + " that the tree lacks"
		first.Want = "every revision above " + Revision{Main: o.compact}.String() + " in the tree"
		o.found = append(o.found, first)
	}
	for _, i := range differ {
		if i < agree {
			o.conflict(l, i)
		}
	}
	return nil
}

// demanded tells whether the tree must have the revisions of this main: it must have
// all above the compact revision. Behind the latest one, a page may be of a transaction
// that never became valid, unless the tree has lost its end.
func (o *lostPages) demanded(main int64) bool {
	return main > o.compact && (main <= o.latest || o.lost)
}

func (o *looseRun) conflict(l bolt.Leaf, i int) {
	key, value, _ := l.At(i)
	rev, _ := ParseRevKey(key)
	f := o.fault(RecordConflict, l, i, rev)
	f.Got = "an old copy of " + count(len(value), "byte") + " that differs from the live record"
	f.Want = "the same bytes: records never change"
	o.found = append(o.found, f)
}

func (o *looseRun) fault(kind FaultKind, l bolt.Leaf, i int, rev RevKey) Fault {
	return Fault{Kind: kind, Bucket: BucketKey, Rev: rev.Revision, Page: l.Page(), Elem: i, Off: l.Offset(i)}
}

// lookup finds a record of the live tree.
func (o *looseRun) lookup(key []byte) (value []byte, ok bool, err error) {
	if o.root == 0 {
		return nil, false, nil // an inline bucket is too small to leave pages behind
	}
	if o.haveLive {
		first, _, _ := o.live.At(0)
		last, _, _ := o.live.At(o.live.Len() - 1)
		if bytes.Compare(key, first) >= 0 && bytes.Compare(key, last) <= 0 {
			value, ok = o.live.Search(key)
			return value, ok, nil
		}
	}
	if o.live, o.haveLive, err = o.f.Find(o.root, o.survey.Meta.HighWater, key); err != nil || !o.haveLive {
		return nil, false, err
	}
	value, ok = o.live.Search(key)
	return value, ok, nil
}

// hasMain tells whether the tree has any record of a transaction.
func (o *looseRun) hasMain(main int64) (bool, error) {
	if o.root == 0 {
		return !o.lost, nil // an inline bucket is too small to leave pages behind
	}
	above := AppendRevKey(nil, RevKey{Revision: Revision{Main: main, Sub: math.MaxInt64}})
	l, ok, err := o.f.Find(o.root, o.survey.Meta.HighWater, above)
	if err != nil || !ok {
		return true, err // where the tree cannot be read, the page's own finding says so
	}
	key, ok := l.Floor(above)
	if !ok {
		return false, nil
	}
	rev, err := ParseRevKey(key)
	return err == nil && rev.Main == main, nil
}

// count puts a number and its noun together.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
