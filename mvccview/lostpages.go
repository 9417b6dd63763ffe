package mvccview

import (
	"bytes"
	"math"
	"strconv"

	"boltvet/bolt"
)

// lostPages looks at the leaves that free pages still hold. Most are old copies of
// records, which never change: where such a copy differs from the live record, one of
// the two is damaged. And where a copy holds a revision above the compact revision
// that the tree lacks, the tree has lost it, for there it must be complete. bbolt
// cannot see either: etcd persists no freelist, so an orphan looks free.
type lostPages struct {
	f        *bolt.File
	root     bolt.Pgid // of bucket key
	hwm      bolt.Pgid
	compact  int64
	latest   int64
	report   func(Fault) bool
	lost     bool      // bucket key is missing, or ends below the compact revision
	live     bolt.Leaf // where the last key was looked for
	haveLive bool
}

// visit compares all pages that the walk did not reach, and counts the leaves with
// revisions among them. tick is told how far it is, and ends it by an error.
func (o *lostPages) visit(survey *bolt.Survey, tick func(bolt.Pgid) error) (loose int64, err error) {
	pages := bolt.Pgid(o.f.Size() / int64(o.f.PageSize()))
	for id := bolt.Pgid(2); id < min(o.hwm, pages); id++ {
		if id%4096 == 0 {
			if err := tick(id); err != nil {
				return loose, err
			}
		}
		if survey.Reached(id) {
			continue
		}
		l, ok, err := o.f.ReadLoose(id, o.hwm)
		if err != nil {
			return loose, err
		}
		if !ok || !holdsRevisions(l) {
			continue
		}
		loose++
		if err := o.compare(l); err != nil {
			return loose, err
		}
	}
	return loose, nil
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
func (o *lostPages) compare(l bolt.Leaf) error {
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
		if !o.report(first) {
			return ErrStopped
		}
	}
	for _, i := range differ {
		if i < agree && !o.conflict(l, i) {
			return ErrStopped
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

func (o *lostPages) conflict(l bolt.Leaf, i int) (goOn bool) {
	key, value, _ := l.At(i)
	rev, _ := ParseRevKey(key)
	f := o.fault(RecordConflict, l, i, rev)
	f.Got = "an old copy of " + count(len(value), "byte") + " that differs from the live record"
	f.Want = "the same bytes: records never change"
	return o.report(f)
}

func (o *lostPages) fault(kind FaultKind, l bolt.Leaf, i int, rev RevKey) Fault {
	return Fault{Kind: kind, Bucket: BucketKey, Rev: rev.Revision, Page: l.Page(), Elem: i, Off: l.Offset(i)}
}

// lookup finds a record of the live tree.
func (o *lostPages) lookup(key []byte) (value []byte, ok bool, err error) {
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
	if o.live, o.haveLive, err = o.f.Find(o.root, o.hwm, key); err != nil || !o.haveLive {
		return nil, false, err
	}
	value, ok = o.live.Search(key)
	return value, ok, nil
}

// hasMain tells whether the tree has any record of a transaction.
func (o *lostPages) hasMain(main int64) (bool, error) {
	if o.root == 0 {
		return !o.lost, nil // an inline bucket is too small to leave pages behind
	}
	above := AppendRevKey(nil, RevKey{Revision: Revision{Main: main, Sub: math.MaxInt64}})
	l, ok, err := o.f.Find(o.root, o.hwm, above)
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
