package verify

import "fmt"

// A BootOutcome is what etcd would do with a member directory.
type BootOutcome uint8

// The outcomes.
const (
	BootUnknown     BootOutcome = iota // the files alone do not tell; Why says what it depends on
	Boots                              // it starts and serves; one of several members, when a majority of them is up
	AcceptsNoWrites                    // it lives, but writes are refused, or lost, or it never gets ready
	Dies                               // it ends by itself
)

var bootWords = [...]string{"unknown", "boots", "accepts no writes", "dies"}

// String is the outcome in words.
func (o BootOutcome) String() string {
	if int(o) < len(bootWords) {
		return bootWords[o]
	}
	return fmt.Sprintf("outcome-%d", uint8(o))
}

// A BootVerdict says what one release of etcd would do if it were started on a member directory as
// it is, with the flags that the member was started with before.
type BootVerdict struct {
	Release string // "3.5"
	Outcome BootOutcome
	Message string // Dies: the stable part of etcd's first fatal message; AcceptsNoWrites: of its refusal, if it gives one
	Why     string // one sentence; "" when there is nothing to say
}

// A bootRelease is in what releases differ.
type bootRelease struct {
	name  string
	minor int64
	// snapFiles: the start is the newest usable .snap file, and the members of raft are those in it.
	// Otherwise it is the log's newest snapshot record, and the members are those of the db.
	snapFiles bool
	// memberBucket: the cluster's members and version are those of the db, not of the v2 store.
	memberBucket bool
}

var bootReleases = []bootRelease{
	{name: "3.5", minor: 5, snapFiles: true},
	{name: "3.6", minor: 6, snapFiles: true, memberBucket: true},
	{name: "3.7", minor: 7, memberBucket: true},
}

// bootVerdicts judges for each release, by going through the steps of its start in order. Whatever
// of the db etcd does not look at when it starts does not count: see the findings for that.
func bootVerdicts(m *memberFacts) []BootVerdict {
	verdicts := make([]BootVerdict, 0, len(bootReleases))
	for _, r := range bootReleases {
		verdicts = append(verdicts, boot(m, r))
	}
	return verdicts
}

// A bootRun is one start. Its steps return nil when etcd gets beyond them.
type bootRun struct {
	*memberFacts
	bootRelease
	log *replay
}

func boot(m *memberFacts, r bootRelease) BootVerdict {
	b := &bootRun{memberFacts: m, bootRelease: r, log: &m.byLog}
	if r.snapFiles {
		b.log = &m.bySnap
	}
	for _, step := range [...]func() *BootVerdict{
		b.openDB, b.findLog, b.surveyLog, b.loadSnap, b.placeDB, b.checkSchema, b.readLog,
		b.recoverCluster, b.startRaft, b.recoverStores, b.joinRaft, b.publish, b.obeyAlarms, b.apply,
	} {
		if v := step(); v != nil {
			v.Release = r.name
			return *v
		}
	}
	return BootVerdict{Release: r.name, Outcome: Boots, Why: b.remark()}
}

func dies(message, why string) *BootVerdict {
	return &BootVerdict{Outcome: Dies, Message: message, Why: why}
}

func idles(message, why string) *BootVerdict {
	return &BootVerdict{Outcome: AcceptsNoWrites, Message: message, Why: why}
}

func unclear(why string) *BootVerdict { return &BootVerdict{Outcome: BootUnknown, Why: why} }

// whenMajority is the condition that one member's files cannot tell of.
const whenMajority = "a majority of them is up"

// remark says what is worth knowing of a start that succeeds.
func (b *bootRun) remark() string {
	voters := len(b.voters())
	switch {
	case len(b.dir.Segments) == 0:
		return "as a new and empty cluster: there is neither a db nor a log"
	case !b.dir.HasDB:
		return "it makes a new db from the whole log"
	case b.view != nil && b.index() > b.log.last && voters > 1:
		return fmt.Sprintf("if the other members, of %d voters, still have the entries up to %d, which its own log lacks", voters, b.index())
	case voters > 1:
		return fmt.Sprintf("as one of %d voters: it serves when "+whenMajority, voters)
	case b.log.stop != logRead:
		return "it cuts the log off at " + b.log.place + ", as after a torn write"
	}
	return ""
}
