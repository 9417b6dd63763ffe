package restore

import (
	"fmt"
	"math"
)

// BumpMargin is added to a computed bump, in revisions: members that nobody asked, the
// lost ones first of all, may have served later revisions than those that are left.
const BumpMargin = 1_000_000

// A Survivor is what one member's directory says of the revisions that it may have served.
type Survivor struct {
	Path    string
	Latest  int64 // revision of its db
	Entries int64 // entries of its log that the db does not have; each raises the revision by one at most
}

// Highest is the greatest revision that the member can have served.
func (s Survivor) Highest() int64 {
	if s.Entries > math.MaxInt64-s.Latest {
		return math.MaxInt64
	}
	return s.Latest + s.Entries
}

// NewSurvivor reads a survivor out of the facts of its directory.
func NewSurvivor(f *Facts) (Survivor, error) {
	if f.Report.View == nil || f.Report.View.Buckets == 0 {
		return Survivor{}, &DamageError{Reason: "the revision of " + f.Source.Path + " cannot be read", Finding: firstFinding(f.Report, damaging),
			Try: "leave it out of --from, and name a bump yourself"}
	}
	return Survivor{Path: f.Source.Path, Latest: f.Report.View.Latest(), Entries: f.Beyond.Committed + f.Beyond.Undecided}, nil
}

// AutoBump is the bump by which a store at revision before passes everything that the
// survivors can have served, and why it is that much.
func AutoBump(before int64, survivors []Survivor) (int64, string, error) {
	highest, from := before, ""
	for _, s := range survivors {
		if s.Highest() > highest {
			highest, from = s.Highest(), s.Path
		}
	}
	if highest > math.MaxInt64-BumpMargin {
		return 0, "", badConfig("no revision is left above %d, which %s can have served", highest, from)
	}
	bump := highest - before + BumpMargin
	if from == "" {
		return bump, fmt.Sprintf("none of the survivors is ahead of revision %d; %d more, for what others may have served", before, BumpMargin), nil
	}
	return bump, fmt.Sprintf("%s can have served revision %d, %d more than the snapshot's %d; %d on top, for what others may have served",
		from, highest, highest-before, before, BumpMargin), nil
}
