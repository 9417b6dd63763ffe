package render

import (
	"fmt"

	"boltvet/internal/inspect"
	"boltvet/mvccview"
)

// meaningFields say what etcd makes of the buckets.
func meaningFields(db *inspect.DB) []Field {
	v := db.View
	t := v.Totals
	return []Field{
		f("status_hash", "status hash (as etcdutl)", hashText(db)),
		f("status_hash_number", "the same, decimal", uintIf(db.Whole, uint64(v.Hash()))),
		f("revisions", "", Object(
			f("revision", "last (as etcdutl)", Int(db.Revision())),
			f("current", "current, as a server has it", Int(v.Latest())),
			f("first", "first record", revisionValue(t.Records, t.First)),
			f("last", "last record", revisionValue(t.Records, t.Last)),
			f("scheduled_compact", "", intIf(v.Meta.Scheduled.Set, v.Meta.Scheduled.Value)),
			f("finished_compact", "", intIf(v.Meta.Finished.Set, v.Meta.Finished.Value)),
			f("compaction", "", Text(compaction(&v.Meta))),
		)),
		f("keys", "", Object(
			f("total_keys", "alive (as etcdutl 3.6)", Int(db.Keys.Live)),
			f("live_bytes", "bytes of their newest records", Bytes(db.Keys.LiveBytes)),
			f("deleted", "deleted, still with records", Int(db.Keys.Deleted)),
			f("distinct", "", Int(db.Keys.Keys)),
		)),
		f("records", "", Object(
			f("revisions", "all", Int(t.Records)), f("puts", "", Int(t.Puts)), f("tombstones", "", Int(t.Tombstones)),
			f("superseded", "superseded by newer ones", Int(db.Keys.Superseded)),
			f("superseded_bytes", "", Bytes(db.Keys.SupersededBytes)),
			f("tombstone_bytes", "bytes of newest tombstones", Bytes(db.Keys.DeletedBytes)),
			f("key_bytes", "bytes of revision keys", Bytes(t.KeyBytes)), f("value_bytes", "bytes of encoded records", Bytes(t.ValueBytes)),
			f("user_key_bytes", "bytes of users' keys", Bytes(t.UserKeyBytes)), f("user_value_bytes", "bytes of users' values", Bytes(t.UserValueBytes)),
			f("unparsed", "not readable", Int(v.Unparsed)),
			f("after_compaction", "left by a compaction to current", Int(db.Survivors.Records)),
			f("after_compaction_bytes", "their bytes", Bytes(db.Survivors.Bytes)),
		)),
		f("raft", "", Object(
			f("consistent_index", "", uintIf(v.Meta.ConsistentIndex.Set, v.Meta.ConsistentIndex.Value)),
			f("term", "", uintIf(v.Meta.Term.Set, v.Meta.Term.Value)),
			f("conf_state", "", confState(v.Meta.ConfState)),
		)),
		f("members", "", seen(v, mvccview.BucketMembers, membersValue(&v.Members))),
		f("removed_members", "", seen(v, mvccview.BucketMembersRemoved, idList(v.Members.Removed))),
		f("alarms", "", seen(v, mvccview.BucketAlarm, alarmsValue(&v.Alarms))),
		f("leases", "", Object(f("granted", "", seen(v, mvccview.BucketLease, Int(v.Leases.Count))),
			f("min_ttl_seconds", "shortest TTL, s", intIf(v.Leases.Count > 0, v.Leases.MinTTL)),
			f("max_ttl_seconds", "longest TTL, s", intIf(v.Leases.Count > 0, v.Leases.MaxTTL)))),
		f("auth", "", Object(f("enabled", "", seen(v, mvccview.BucketAuth, Bool(v.Auth.Enabled.Value))),
			f("users", "", seen(v, mvccview.BucketAuthUsers, Int(v.Auth.Users))), f("roles", "", seen(v, mvccview.BucketAuthRoles, Int(v.Auth.Roles))), f("revision", "", uintIf(v.Auth.Revision.Set, v.Auth.Revision.Value)))),
		f("buckets", "", bucketsValue(db)),
	}
}

// seen is what was read of a bucket, or Null where damage hides it: what was not seen
// must not look like nothing.
func seen(v *mvccview.View, bucket string, of Value) Value {
	if v.Conceals(bucket) {
		return Null()
	}
	return of
}

// hashText is Null where part of the file could not be hashed: a number would be
// compared with others.
func hashText(db *inspect.DB) Value {
	if !db.Whole {
		return Null()
	}
	return Text(fmt.Sprintf("%x", db.View.Hash()))
}

func revisionValue(records int64, r mvccview.Revision) Value {
	if records == 0 {
		return Null()
	}
	return Text(r.String())
}

// compaction puts the two compact revisions in words.
func compaction(m *mvccview.Meta) string {
	switch {
	case m.Unfinished():
		return fmt.Sprintf("unfinished: %d was begun, etcd goes on with it when it starts", m.Scheduled.Value)
	case m.Finished.Set:
		return "finished"
	}
	return "never"
}

func confState(c mvccview.Maybe[mvccview.ConfState]) Value {
	if !c.Set {
		return Null()
	}
	return Object(f("voters", "", idList(c.Value.Voters)), f("learners", "", idList(c.Value.Learners)))
}

func idList(ids []uint64) Value {
	list := make([]Value, len(ids))
	for i, id := range ids {
		list[i] = ID(id)
	}
	return List(list...)
}

func membersValue(m *mvccview.Members) Value {
	list := make([]Value, len(m.List))
	for i, x := range m.List {
		list[i] = Object(f("id", "", ID(x.ID)), f("name", "", Key([]byte(x.Name))), f("learner", "", Bool(x.IsLearner)),
			f("peer_urls", "", urls(x.PeerURLs)), f("client_urls", "", urls(x.ClientURLs)))
	}
	return List(list...)
}

func urls(list []string) Value {
	v := make([]Value, len(list))
	for i, u := range list {
		v[i] = Text(u)
	}
	return List(v...)
}

func alarmsValue(a *mvccview.Alarms) Value {
	list := make([]Value, len(a.List))
	for i, x := range a.List {
		style := Warn
		if x.Type == mvccview.AlarmTypeCorrupt {
			style = Bad
		}
		list[i] = Object(f("alarm", "", Text(x.Type.String()).Styled(style)), f("member", "", ID(x.Member)), f("means", "", Text(alarmMeans(x.Type))))
	}
	return List(list...)
}

// maxBuckets bounds the list of buckets. etcd has ten; another bolt file may have any
// number, which tree.buckets tells.
const maxBuckets = 100

func bucketsValue(db *inspect.DB) Value {
	list := make([]Value, min(len(db.Survey.Buckets), maxBuckets))
	for i := range list {
		b := &db.Survey.Buckets[i]
		pages := b.BranchPages + b.BranchOverflow + b.LeafPages + b.LeafOverflow
		list[i] = Object(f("bucket", "", Text(b.Bucket.String())), f("elements", "", Int(b.Keys)),
			f("inline", "", Bool(b.Bucket.Inline)), f("pages", "", Int(pages)), f("depth", "", Int(int64(b.Depth))),
			f("in_use_bytes", "in use", Bytes(b.LeafInUse+b.BranchInUse)), f("sequence", "", Uint(b.Bucket.Sequence)))
	}
	return List(list...)
}
