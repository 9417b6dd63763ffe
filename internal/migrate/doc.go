// Package migrate decides how the storage version of a stopped member's db is changed, as
// `etcdutl migrate` of etcd 3.7 decides it.
//
//	target, err := migrate.ParseTarget("3.6")
//	plan, err := migrate.Read(ctx, src, target, migrate.Options{})
//	… if plan.Changes(): rewrite.Stamp writes the db with plan.Value
//
// What a release of etcd keeps in its buckets is its schema, and the value of storageVersion in
// bucket meta names it. It is the only thing that has changed between the releases so far:
//
//	3.5    there is no storageVersion; it is told from 3.4 by the term beside the raft index
//	3.6    storageVersion is there
//	3.7    nothing new
//
// An upgrade is always possible. A downgrade is not if the log has an entry, behind its last
// snapshot, that the older release cannot interpret: the messages say of themselves since which
// release they exist.
//
// It reads and decides; it writes nothing.
//
// Source: etcd v3.7.3 etcdutl/etcdutl/migrate_command.go, server/storage/schema/schema.go and
// migration.go, server/storage/wal/version.go.
package migrate
