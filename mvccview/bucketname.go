package mvccview

// Names of etcd's buckets.
// Source: etcd 3.7 server/storage/schema/bucket.go.
const (
	BucketKey            = "key"
	BucketMeta           = "meta"
	BucketLease          = "lease"
	BucketAlarm          = "alarm"
	BucketCluster        = "cluster"
	BucketMembers        = "members"
	BucketMembersRemoved = "members_removed"
	BucketAuth           = "auth"
	BucketAuthUsers      = "authUsers"
	BucketAuthRoles      = "authRoles"
)

// BucketNames lists the buckets that etcd 3.4 to 3.7 create at boot, in byte
// order, which is their order in the file.
func BucketNames() []string {
	return []string{
		BucketAlarm, BucketAuth, BucketAuthRoles, BucketAuthUsers, BucketCluster,
		BucketKey, BucketLease, BucketMembers, BucketMembersRemoved, BucketMeta,
	}
}
