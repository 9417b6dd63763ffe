package restore

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// A RefusedError is a safety stop: nothing was written, and the user can say otherwise
// or make it right.
type RefusedError struct{ Reason, Try string }

func (e *RefusedError) Error() string { return e.Reason }

// A DamageError says that the source is damaged.
type DamageError struct {
	Reason  string
	Finding string // the first of the findings
	Try     string
}

func (e *DamageError) Error() string {
	if e.Finding == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Finding
}

// Versions are the releases that --target-version knows.
func Versions() []string { return []string{"3.5", "3.6", "3.7"} }

// refuse says why there is no plan, nil if there is one.
func refuse(f *Facts, o Options) error {
	switch {
	case f.Source.File == nil:
		return &RefusedError{"there is no db in " + f.Source.Path, "name a snapshot, a db or a data dir"}
	case f.Report.View == nil: // the verdict may be that of a log, which is not needed
		return &DamageError{Reason: "nothing in it can be read", Finding: firstFinding(f.Report, damaging), Try: "boltvet verify tells all; take another backup"}
	case len(o.Outputs) == 0 || o.Cluster == nil:
		return badConfig("no member to restore")
	case o.Bump < 0 || o.Bump > math.MaxInt64-f.Report.View.Latest():
		return badConfig("a bump by %d from revision %d passes the greatest revision", o.Bump, f.Report.View.Latest())
	case f.Report.View.Totals.Records == 0 && !f.Report.View.Has(mvccview.BucketKey):
		return &DamageError{Reason: "no record in it can be reached", Finding: firstFinding(f.Report, damaging), Try: "boltvet verify tells all; take another backup"}
	}
	if o.LikeEtcdutl {
		return refuseLikeEtcdutl(f, o)
	}
	for _, check := range []func(*Facts, Options) error{refuseTrailer, refuseDamage, refuseCorrupt, refuseLoss, refuseVersion, refuseLearners} {
		if err := check(f, o); err != nil {
			return err
		}
	}
	return nil
}

// refuseLikeEtcdutl stops where etcdutl does, and says it in its words.
//
// Source: etcd v3.7.3 etcdutl/snapshot/v3_snapshot.go (copyAndVerifyDB).
func refuseLikeEtcdutl(f *Facts, o Options) error {
	c := f.Report.Trailer.Check
	switch {
	case o.SkipHashCheck:
		return nil
	case !f.Source.Trailer.Present:
		return &RefusedError{"snapshot missing hash but --skip-hash-check=false", ""}
	case !c.OK:
		return &RefusedError{fmt.Sprintf("expected sha256 %v, got %v", c.Stored[:], c.Computed[:]), ""}
	}
	return nil
}

// refuseTrailer stops at a sha256 that is wrong or cut. One that is missing is no
// obstacle: the clean verify that refuseDamage asks for takes its place.
func refuseTrailer(f *Facts, o Options) error {
	state := f.Report.Trailer.State
	if o.SkipHashCheck || state != datadir.TrailerWrong && state != datadir.TrailerDamaged {
		return nil
	}
	return &DamageError{Reason: "the sha256 of the snapshot is " + string(state), Finding: firstFinding(f.Report, isTrailer),
		Try: "take another backup; with --skip-hash-check it is restored if everything else is whole"}
}

// refuseDamage stops at damage in the db that the restore would carry over. What it
// writes anew cannot be damaged: the freelist, the members.
func refuseDamage(f *Facts, o Options) error {
	if o.Force {
		return nil
	}
	if what := firstFinding(f.Report, damaging); what != "" {
		return &DamageError{Reason: "the source is damaged", Finding: what,
			Try: "boltvet verify tells all; --force restores what can be read, if the structure is whole"}
	}
	return nil
}

// refuseCorrupt stops at a CORRUPT alarm: it says that the source's data was found to
// differ from the other members'.
func refuseCorrupt(f *Facts, o Options) error {
	if !f.Report.View.Alarms.Active(mvccview.AlarmTypeCorrupt) || o.ClearCorrupt {
		return nil
	}
	return &RefusedError{"a CORRUPT alarm is in the source: etcd found that its data differs from the other members'",
		"prefer a backup of another member (boltvet hashkv compares them); --clear-corrupt-alarm restores this one"}
}

// refuseLoss stops if a log beside the db has writes that the db has not.
func refuseLoss(f *Facts, o Options) error {
	if !f.Beyond.Lost() || o.AcceptLoss {
		return nil
	}
	b := f.Beyond
	if b.Unread != "" {
		return &RefusedError{fmt.Sprintf("the log beside the db is damaged and may hold writes that the db has not; %d committed entries, and %d behind the last commit that the log notes, could be read: %s",
			b.Committed, b.Undecided, b.Unread), "take a snapshot of another member, or --accept-loss"}
	}
	return &RefusedError{fmt.Sprintf("the log beside the db goes to index %d, the db only to %d: %d committed entries, and %d behind the last commit that the log notes, would be lost",
		b.LastIndex, b.DBIndex, b.Committed, b.Undecided),
		"start that member and take a snapshot (etcdctl snapshot save), or --accept-loss"}
}

// refuseVersion stops if the release that will run cannot read the db.
//
// Source: etcd v3.6.16 server/storage/schema/schema.go (Validate): a storage version
// that is newer than the binary is "not supported". 3.5 does not look at it.
func refuseVersion(f *Facts, o Options) error {
	if o.TargetVersion == "" {
		return nil
	}
	if !slices.Contains(Versions(), o.TargetVersion) {
		return badConfig("target version %q is not one of %v", o.TargetVersion, Versions())
	}
	target, err := mvccview.ParseVersion(o.TargetVersion + ".0")
	if err != nil {
		return badConfig("target version %q: %v", o.TargetVersion, err)
	}
	v := f.Report.View
	for _, has := range []mvccview.Maybe[mvccview.Version]{v.Meta.StorageVersion, v.Cluster.Version} {
		if has.Set && o.TargetVersion != "3.5" && has.Value.Minor > target.Minor {
			return &RefusedError{fmt.Sprintf("etcd %s does not start from a db of %s", o.TargetVersion, has.Value),
				fmt.Sprintf("run etcd %d.%d or newer", has.Value.Major, has.Value.Minor)}
		}
	}
	return nil
}

// refuseLearners stops if the release that will run does not start with so many learners.
//
// Source: etcd v3.7.3 server/etcdserver/bootstrap.go and api/membership/cluster.go
// (ValidateMaxLearnerConfig), the same in 3.6: "too many learner members in cluster". 3.5
// counts them when one is added, and not at its start.
func refuseLearners(_ *Facts, o Options) error {
	n := len(o.Cluster.Learners())
	if n <= max(1, o.MaxLearners) || o.TargetVersion == "3.5" {
		return nil
	}
	return &RefusedError{fmt.Sprintf("%d learners: etcd 3.6 and 3.7 do not start with more than their --max-learners, which is 1 by default", n),
		fmt.Sprintf("--max-learners %d, which the command line of each member then has, too; --target-version 3.5 starts without", n)}
}

// learnerFlag is what etcd must be started with for its learners.
func (o *Options) learnerFlag() []string {
	if n := len(o.Cluster.Learners()); n < 2 || o.TargetVersion == "3.5" {
		return nil
	}
	return []string{"--max-learners=" + strconv.Itoa(o.MaxLearners)}
}

// damaging are findings that a restore would carry over.
func damaging(c verify.CodeCount) bool { return c.Carried() }

// carries tells whether the source has damage that a restore cannot mend: its result has it
// too, or hides it. A sha256 that was skipped is part of it.
func (f *Facts) carries() bool {
	return firstFinding(f.Report, func(c verify.CodeCount) bool {
		return damaging(c) || isTrailer(c) && c.Severity >= verify.Damaged
	}) != ""
}

func isTrailer(c verify.CodeCount) bool {
	return slices.Contains([]string{datadir.FileTrailerWrong.String(), datadir.FileTrailerPartial.String(),
		datadir.FileTrailerDoubled.String(), datadir.FileTrailerJunk.String(), datadir.FileTrailerMissing.String()}, c.Code)
}

// firstFinding is the first finding of a kind, "" if there is none.
func firstFinding(r *verify.Report, is func(verify.CodeCount) bool) string {
	for _, c := range r.Codes {
		if is(c) && len(c.Sample) > 0 {
			return c.Sample[0].String()
		}
	}
	return ""
}
