package verify

import (
	"fmt"
	"slices"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// The steps of etcd's start that depend on the db.

// openDB opens the db and reads the consistent index. bbolt walks the whole tree when it opens a
// file without a freelist, so most damage kills etcd here, but not all.
func (b *bootRun) openDB() *BootVerdict {
	switch {
	case b.dir.HasDB && b.view == nil:
		return dies("failed to open database", "the db has no valid meta page")
	case b.damaged && b.faults.page != nil:
		return unclear("the db is damaged (" + b.faults.page.Error() + "): etcd dies of it, or serves a part of the data and makes it worse")
	case b.damaged:
		return unclear("the db is damaged: etcd dies of it, or serves a part of the data and makes it worse")
	case b.view == nil:
		return nil
	}
	for _, k := range [...]mvccview.FaultKind{mvccview.IndexValue, mvccview.TermValue} {
		if f, found := b.faults.meaning[k]; found {
			return b.shortNumber(f)
		}
	}
	return nil
}

// shortNumber is a number of 8 bytes that has more or less. etcd reads the first 8.
func (b *bootRun) shortNumber(f mvccview.Fault) *BootVerdict {
	var n int
	if _, err := fmt.Sscanf(f.Got, "%d bytes", &n); err == nil && n < 8 {
		return dies("index out of range", string(f.Key)+" has "+f.Got)
	}
	return unclear(string(f.Key) + " has " + f.Got)
}

// checkSchema compares the storage version with the release's.
//
// Source: etcd v3.7.3 server/storage/schema/schema.go (unsafeValidate), migration.go (newPlan).
func (b *bootRun) checkSchema() *BootVerdict {
	if b.minor < 6 || b.view == nil {
		return nil
	}
	meta := &b.view.Meta
	v := meta.StorageVersion.Value
	switch {
	case !meta.StorageVersion.Set:
		return nil // older, or not known: etcd goes on
	case v.Major != 3:
		return dies("changing major storage version is not supported", "the storage version is "+v.String())
	case v.Minor > b.minor:
		return dies(fmt.Sprintf("version \"3.%d.0\" is not supported", v.Minor), "the storage version is newer")
	case v.Minor < 5:
		return dies(fmt.Sprintf("version \"3.%d.0\" is not supported", v.Minor+1), "the storage version is too old")
	}
	return nil
}

// recoverCluster loads members and versions of the cluster.
//
// Source: etcd server/etcdserver/api/membership/cluster.go (Recover), version/downgrade.go
// (MustDetectDowngrade), server/storage/schema/membership.go.
func (b *bootRun) recoverCluster() *BootVerdict {
	if b.has(mvccview.MemberKey) {
		return dies("failed to parse member id from key", "a member's key is not an id")
	}
	if b.memberBucket {
		switch {
		case b.has(mvccview.MemberValue):
			return dies("couldn't read members from backend", "a member cannot be read")
		case b.has(mvccview.ClusterVersion):
			return dies("is not in dotted-tri format", "the cluster version is not a version")
		}
	}
	if b.has(mvccview.ClusterDowngrade) {
		return unclear("the downgrade setting cannot be read")
	}
	return b.checkDowngrade()
}

// checkDowngrade compares the cluster version with the release's.
func (b *bootRun) checkDowngrade() *BootVerdict {
	if len(b.dir.Segments) == 0 {
		return nil
	}
	cluster := b.clusterVersion()
	if b.view != nil && !b.memberBucket {
		if d := b.view.Cluster.Downgrade.Value; d.Enabled {
			target, err := mvccview.ParseVersion(d.Target)
			switch {
			case err != nil:
			case target.Major == 3 && target.Minor == b.minor:
				return nil
			default:
				return dies("invalid downgrade; server version is not allowed to join when downgrade is enabled",
					"the cluster is being downgraded to "+d.Target)
			}
		}
	}
	if (mvccview.Version{Major: 3, Minor: b.minor}).Less(cluster) {
		return dies("invalid downgrade; server version is lower than determined cluster version",
			"the cluster version is "+cluster.String())
	}
	return nil
}

// clusterVersion is the newest that the release gets to see: 3.5 in the v2 store and the log, later
// ones in the db and the log.
func (b *bootRun) clusterVersion() mvccview.Version {
	var newest mvccview.Version
	if b.view != nil && b.memberBucket {
		newest = b.view.Cluster.Version.Value
	}
	texts := []string{b.log.version}
	if !b.memberBucket && b.chosen != nil {
		texts = append(texts, b.chosen.file.Store.ClusterVersion)
	}
	for _, text := range texts {
		if v, err := mvccview.ParseVersion(text); err == nil && newest.Less(v) {
			newest = v
		}
	}
	return newest
}

// recoverStores loads leases, keys, users and alarms.
func (b *bootRun) recoverStores() *BootVerdict {
	switch {
	case b.has(mvccview.LeaseValue):
		return dies("failed to Unmarshal lease proto item", "a lease cannot be read")
	case b.has(mvccview.CompactValue) && b.minor >= 6:
		return dies("invalid", "a compact revision is not one")
	case b.has(mvccview.RevisionLength) && b.minor >= 6:
		return dies("invalid revision length", "a revision key has an impossible length")
	case b.has(mvccview.RevisionSeparator) && b.minor >= 6:
		return dies("invalid separator in bucket key", "a revision key has a wrong separator")
	case b.has(mvccview.RevisionLength), b.has(mvccview.RevisionSeparator), b.has(mvccview.RevisionNegative),
		b.has(mvccview.RevisionOrder), b.has(mvccview.CompactValue):
		return unclear("there are revisions that etcd misreads: it dies of them now or later, or does not load what follows")
	case b.has(mvccview.ValueUnparseable):
		return dies("failed to unmarshal mvccpb.KeyValue", "a record cannot be read")
	}
	return b.recoverAuth()
}

// recoverAuth loads users and alarms.
func (b *bootRun) recoverAuth() *BootVerdict {
	if _, bad := b.faults.auth[mvccview.BucketAuthUsers]; bad {
		return dies("failed to unmarshal 'authpb.User'", "a user cannot be read")
	}
	if _, bad := b.faults.auth[mvccview.BucketAuthRoles]; bad {
		return unclear("a role cannot be read: etcd dies of it if a user has that role")
	}
	if f, bad := b.faults.auth["authRevision"]; bad {
		return b.shortNumber(f)
	}
	if b.has(mvccview.AlarmKey) {
		return dies("proto:", "an alarm cannot be read")
	}
	return nil
}

// joinRaft finds a member that is none by its own configuration: it never stands for election.
func (b *bootRun) joinRaft() *BootVerdict {
	if len(b.dir.Segments) == 0 {
		return nil
	}
	voters := b.voters()
	if slices.Contains(voters, b.log.meta.NodeID) {
		if b.has(mvccview.MemberID) && !b.snapFiles {
			return unclear("a member is stored under another id")
		}
		return nil
	}
	return idles("", fmt.Sprintf("the log is of member %s, which is no voter of its own cluster (%s)", memberText(b.log.meta.NodeID), memberList(voters)))
}

// publish is the member's first entry: it tells its name and addresses. etcd since 3.6 dies if the
// db has no such member.
func (b *bootRun) publish() *BootVerdict {
	if len(b.dir.Segments) == 0 || !b.memberBucket || len(b.voters()) > 1 {
		return nil
	}
	db, id := b.log.members(b.dbConf(), b.index(), b.log.state.Commit), b.log.meta.NodeID
	if slices.Contains(db.Voters, id) || slices.Contains(db.Learners, id) ||
		b.view != nil && slices.Contains(b.view.Members.Removed, id) {
		return nil
	}
	return dies("failed to update; member unknown", "the db does not know the log's member "+memberText(id))
}

// obeyAlarms is why a server that runs refuses writes.
func (b *bootRun) obeyAlarms() *BootVerdict {
	switch {
	case b.view == nil:
	case b.view.Alarms.Active(mvccview.AlarmTypeCorrupt):
		return idles("etcdserver: corrupt cluster", "a CORRUPT alarm is active")
	case b.view.Alarms.Active(mvccview.AlarmTypeNoSpace):
		return idles("etcdserver: mvcc: database space exceeded", "a NOSPACE alarm is active")
	}
	return nil
}

// apply finds the db that is ahead of the log: entries are skipped up to its index. The first is the
// leader's own, which is empty, so one that is missing does no harm. Of several voters the others
// have the entries and send them.
func (b *bootRun) apply() *BootVerdict {
	if len(b.dir.Segments) == 0 || b.index() <= b.log.last+1 || len(b.voters()) > 1 {
		return nil
	}
	return idles("", fmt.Sprintf("the db is at index %d, the log ends at %d: the next %d entries are dropped without a word, "+
		"and requests time out until then", b.index(), b.log.last, b.index()-b.log.last))
}

// snapConf is the raft configuration of the .snap file, empty when none is used.
func (b *bootRun) snapConf() datadir.ConfState {
	if b.chosen == nil {
		return datadir.ConfState{}
	}
	return b.chosen.file.ConfState
}
