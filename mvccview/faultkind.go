package mvccview

// A FaultKind names what kind of fact a [Fault] states. Its String is the
// stable code that users and rules see. M1 to M21 are the rules that a healthy
// store keeps; the comments name the rule a kind belongs to.
type FaultKind uint8

// The kinds, in the order of the layers that find them. New kinds go to the
// end of their group: nothing depends on the numbers.
const (
	// Revision keys.

	RevisionLength    FaultKind = iota + 1 // M2: the key is not 17 or 18 bytes
	RevisionSeparator                      // M2: byte 8 is not '_'
	RevisionNegative                       // M2: main or sub is negative
	RevisionMark                           // M2: the 18th byte is not 't'; etcd takes the record for a put
	RevisionZero                           // M3: main is below 2
	RevisionOrder                          // M2: revisions do not ascend
	RevisionSubGap                         // M6: above C the subs of a main are not 0 to n-1
	RevisionBack                           // the transaction before had newer revisions than the live tree has
	RevisionGap                            // M7: above C a main is missing before L

	// Values of bucket "key".

	ValueUnparseable // M4: the value is not a mvccpb.KeyValue
	ValueEmpty       // M4: the value is empty and is not the marker of --bump-revision
	ValueKeyEmpty    // M5: the user's key is empty

	// Records, each and in the chain of their key.

	RecordTombstoneValue  // M8: a tombstone has more than field 1
	RecordTombstonePut    // M8: a put whose key has the mark of a tombstone
	RecordTombstoneOrphan // M9: above C, a tombstone of a key that is not alive
	RecordBelowCompact    // M10, M16: F = S, and a record at or below it is not in the keep set
	RecordModRevision     // M11: mod_revision is not main
	RecordCreateRevision  // M12, M14, M15: create_revision is out of range or breaks the chain
	RecordVersion         // M13, M14, M15: version is out of range or breaks the chain
	RecordLeaseMissing    // M17: the lease of a live key's current record does not exist
	RecordConflict        // two copies of one revision differ
	RecordOrphan          // a page that nobody points to holds a revision that the tree must have and lacks

	// Compact revisions.

	CompactValue         // the value is not a revision key
	CompactOrder         // M20: finished is above scheduled
	CompactUnfinished    // a compaction is under way: normal, etcd resumes it
	CompactBeyondLatest  // F or S is above the last record: legal only for a bump or a compaction of trailing tombstones
	CompactMissingRecord // M21: F = S and no record has main = F: legal if written by older releases

	// Rest of bucket "meta".

	IndexMissing     // consistent_index is absent, or zero though there are records
	IndexValue       // consistent_index is not 8 bytes
	TermMissing      // term is absent: written by etcd 3.4 or older
	TermValue        // term is not 8 bytes
	SchemaVersion    // storageVersion is not a version: etcd ignores it
	SchemaUnknownKey // meta holds a key that no release writes
	SchemaTooNew     // storageVersion is above what is known here

	// Buckets.

	BucketMissing  // etcd creates this bucket at boot, but it is absent
	BucketUnknown  // no release has a bucket of this name
	BucketSequence // the bucket's sequence is not zero; etcd never uses it
	BucketNested   // M1: a bucket inside a bucket of etcd

	// Leases.

	LeaseKey   // M18: the key is not 8 bytes
	LeaseValue // the value is not a leasepb.Lease
	LeaseID    // M18: the ID within is not the key
	LeaseTTL   // the TTL is zero or negative

	// Alarms.

	AlarmKey     // the key is not an AlarmMember
	AlarmNoSpace // a NOSPACE alarm is active: writes are refused, after a restore too
	AlarmCorrupt // a CORRUPT alarm is active: writes are refused, after a restore too
	AlarmUnknown // an alarm of another type
	AlarmValue   // the value is not empty

	// Auth.

	AuthValue      // a value of auth, authUsers or authRoles does not parse
	AuthName       // the name within a user or role is not its key
	AuthReference  // a user names a role that does not exist
	AuthRoot       // auth is enabled without a user root that has the role root
	AuthPassword   // a user without a password who is not marked so
	AuthUnknownKey // bucket auth holds a key that no release writes

	// Membership and versions of the cluster.

	MemberKey         // the key is not a member ID in hexadecimal digits
	MemberValue       // the value is not the JSON of a member
	MemberID          // the ID within is not the key
	MemberRemoved     // a member is also among the removed ones
	MemberNone        // there is no member at all
	MemberConfState   // confState does not name the members: normal after a restore
	ConfStateValue    // confState is not the JSON of a raftpb.ConfState
	ClusterVersion    // clusterVersion is not a version: etcd 3.6 and later die at boot
	ClusterDowngrade  // downgrade is not the JSON of a DowngradeInfo
	ClusterUnknownKey // bucket cluster holds a key that no release writes

	numFaultKinds
)

// faultCodes are the stable codes, in the order of the kinds.
var faultCodes = [numFaultKinds]string{
	RevisionLength:        "revision.length",
	RevisionSeparator:     "revision.separator",
	RevisionNegative:      "revision.negative",
	RevisionMark:          "revision.mark",
	RevisionZero:          "revision.zero",
	RevisionOrder:         "revision.order",
	RevisionSubGap:        "revision.sub-gap",
	RevisionBack:          "revision.back",
	RevisionGap:           "revision.gap",
	ValueUnparseable:      "value.unparseable",
	ValueEmpty:            "value.empty",
	ValueKeyEmpty:         "value.key-empty",
	RecordTombstoneValue:  "record.tombstone-value",
	RecordTombstonePut:    "record.tombstone-put",
	RecordTombstoneOrphan: "record.tombstone-orphan",
	RecordBelowCompact:    "record.below-compact",
	RecordModRevision:     "record.mod-revision",
	RecordCreateRevision:  "record.create-revision",
	RecordVersion:         "record.version",
	RecordLeaseMissing:    "record.lease-missing",
	RecordConflict:        "record.conflict",
	RecordOrphan:          "record.orphan",
	CompactValue:          "compact.value",
	CompactOrder:          "compact.order",
	CompactUnfinished:     "compact.unfinished",
	CompactBeyondLatest:   "compact.beyond-latest",
	CompactMissingRecord:  "compact.missing-record",
	IndexMissing:          "index.missing",
	IndexValue:            "index.value",
	TermMissing:           "term.missing",
	TermValue:             "term.value",
	SchemaVersion:         "schema.version",
	SchemaUnknownKey:      "schema.unknown-key",
	SchemaTooNew:          "schema.too-new",
	BucketMissing:         "bucket.missing",
	BucketUnknown:         "bucket.unknown",
	BucketSequence:        "bucket.sequence",
	BucketNested:          "bucket.nested",
	LeaseKey:              "lease.key",
	LeaseValue:            "lease.value",
	LeaseID:               "lease.id",
	LeaseTTL:              "lease.ttl",
	AlarmKey:              "alarm.key",
	AlarmNoSpace:          "alarm.nospace",
	AlarmCorrupt:          "alarm.corrupt",
	AlarmUnknown:          "alarm.unknown",
	AlarmValue:            "alarm.value",
	AuthValue:             "auth.value",
	AuthName:              "auth.name",
	AuthReference:         "auth.reference",
	AuthRoot:              "auth.root",
	AuthPassword:          "auth.password",
	AuthUnknownKey:        "auth.unknown-key",
	MemberKey:             "member.key",
	MemberValue:           "member.value",
	MemberID:              "member.id",
	MemberRemoved:         "member.removed",
	MemberNone:            "member.none",
	MemberConfState:       "member.conf-state",
	ConfStateValue:        "conf-state.value",
	ClusterVersion:        "cluster.version",
	ClusterDowngrade:      "cluster.downgrade",
	ClusterUnknownKey:     "cluster.unknown-key",
}

// String is the stable code, e.g. "revision.gap".
func (k FaultKind) String() string {
	if k == 0 || k >= numFaultKinds {
		return "fault.unknown"
	}
	return faultCodes[k]
}

// FaultKinds lists every kind, in the order of the layers.
func FaultKinds() []FaultKind {
	var kinds []FaultKind
	for k := RevisionLength; k < numFaultKinds; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}
