package verify

import (
	"fmt"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/upstream"
	"boltvet/mvccview"
)

// Level chooses how much is checked.
type Level uint8

// The levels. Each includes the one before.
const (
	Full  Level = iota // everything
	Tree               // file, meta, freelist, pages, order, buckets
	Quick              // file, meta, freelist: no tree is walked
)

// String is the word for the level.
func (l Level) String() string {
	switch l {
	case Quick:
		return "quick"
	case Tree:
		return "tree"
	}
	return "full"
}

// ParseLevel is the reverse of String.
func ParseLevel(s string) (Level, bool) {
	for _, l := range []Level{Full, Tree, Quick} {
		if s == l.String() {
			return l, true
		}
	}
	return Full, false
}

// Status is how the check of a layer ended.
type Status uint8

// The ends of a layer's check.
const (
	OK Status = iota
	Faults
	Skipped
)

// String is the word for the status.
func (s Status) String() string {
	switch s {
	case Faults:
		return "faults"
	case Skipped:
		return "skipped"
	}
	return "ok"
}

// LayerResult is the outcome of one layer.
type LayerResult struct {
	Layer    Layer
	Status   Status
	Reason   string // why it was skipped
	Findings int64  // worn and worse
	Notes    int64
}

// Verdict is the judgement of the whole.
type Verdict uint8

// The verdicts, from good to bad.
const (
	VerdictHealthy    Verdict = iota
	VerdictWorn               // odd but restorable
	VerdictDamaged            // part is readable, what is lost is listed
	VerdictUnreadable         // nothing is readable
)

// String is the stable word for the verdict.
func (v Verdict) String() string {
	return [...]string{"healthy", "worn", "damaged", "unreadable"}[v]
}

// Restorable says what a restore would bring back.
type Restorable uint8

// The answers.
const (
	RestorableYes Restorable = iota
	RestorableWithLosses
	RestorableNo
	RestorableUnknown // not enough was looked at
)

// String is the stable wording of the answer.
func (r Restorable) String() string {
	return [...]string{"yes", "with losses", "no", "unknown"}[r]
}

// Report is what verify says of one source.
type Report struct {
	Source     *datadir.Source
	Level      Level
	Trailer    datadir.TrailerResult
	Layers     []LayerResult
	Codes      []CodeCount
	Verdict    Verdict
	Restorable Restorable
	Why        string             // of Restorable
	View       *mvccview.View     // nil unless the buckets were read
	Survey     *bolt.Survey       // the account of the live tree; nil unless all of it was read
	LiveKeys   int64              // keys alive, as etcdutl counts them; of a damaged file, those that can be read
	Opinions   []upstream.Opinion // of upstream code, if it was asked
	LoosePages int64              // leaves with revisions that nobody points to, old copies most often
	Boot       []BootVerdict      // member directories only
	LogBeyond  bool               // the log has, or may have, entries that the db has not applied
	Stopped    bool               // --exit-on-first: what was not checked is not judged
}

// conclude derives verdict and restorability from the findings.
func (r *Report) conclude(t *Tally) {
	r.Codes = t.Codes()
	worst := t.Worst()
	r.Verdict = Verdict(worst) // one verdict a severity, in the same order
	counts := map[Layer]*LayerResult{}
	for i := range r.Layers {
		counts[r.Layers[i].Layer] = &r.Layers[i]
	}
	for _, c := range r.Codes {
		l := counts[c.Layer]
		if l == nil {
			continue
		}
		if c.Severity == Note {
			l.Notes += c.Count
			continue
		}
		l.Findings += c.Count
		l.Status, l.Reason = Faults, ""
	}
	r.unseen()
	r.Restorable, r.Why = r.restorable(worst)
}

// unseen takes "ok" back from the layers that nothing was seen of.
func (r *Report) unseen() {
	for i := range r.Layers {
		l := &r.Layers[i]
		if l.Status != OK {
			continue
		}
		switch {
		case r.Stopped:
			l.Status, l.Reason = Skipped, "stopped at the first finding"
		case r.View == nil || l.Layer < LayerOrder:
		case r.View.Buckets == 0 && l.Layer <= LayerMeanings:
			l.Status, l.Reason = Skipped, "the bucket directory cannot be read"
		case r.View.Totals.Records == 0 && r.View.Conceals(mvccview.BucketKey) && l.Layer == LayerRevisions:
			l.Status, l.Reason = Skipped, "the key bucket cannot be read"
		}
	}
}

// restorable says what a restore would bring back. Findings in the freelist and in
// the small buckets leave the users' keys whole: only the former are rebuilt by a
// rewrite, and the latter by a restore or by hand.
func (r *Report) restorable(worst Severity) (Restorable, string) {
	switch {
	case r.Source.File == nil:
		return RestorableNo, "there is no db in it"
	case worst == Unreadable:
		return RestorableNo, "nothing in it can be found"
	case r.Stopped:
		return RestorableUnknown, "the check stopped at the first finding"
	case worst < Damaged && r.Level == Quick:
		return RestorableUnknown, "the trees were not looked at"
	case worst == Worn:
		return RestorableYes, "nothing is lost; see the findings"
	case worst < Damaged:
		return RestorableYes, "all that was checked is whole"
	case r.View != nil && r.View.Totals.Records == 0 && r.lostKeys():
		return RestorableNo, fmt.Sprintf("no record can be reached; %d pages with records still lie in the file", r.LoosePages)
	case r.onlyTrailerDamage():
		return RestorableWithLosses, "the place is unknown: the structure is whole, but some byte differs from what was saved"
	case r.lostKeys():
		return RestorableWithLosses, "what the findings hide is lost; the rest can be read"
	case r.LogBeyond && r.damagedLog():
		return RestorableWithLosses, "the db is whole, but the damaged log has, or may have, writes that it lacks"
	}
	return RestorableYes, "the users' keys are whole; what is damaged lies beside them"
}

func (r *Report) damagedLog() bool {
	for _, c := range r.Codes {
		if c.Layer == LayerWAL && c.Severity >= Damaged {
			return true
		}
	}
	return false
}

// lostKeys tells whether a damaged finding concerns the users' keys.
func (r *Report) lostKeys() bool {
	for _, c := range r.Codes {
		if c.Severity < Damaged || c.worst().effect&mended != 0 {
			continue
		}
		switch c.Layer {
		case LayerFreelist, LayerMeanings, LayerWAL, LayerMember:
		default:
			return true
		}
	}
	return false
}

func (r *Report) onlyTrailerDamage() bool {
	for _, c := range r.Codes {
		if c.Severity >= Damaged && c.Code != datadir.FileTrailerWrong.String() {
			return false
		}
	}
	return true
}
