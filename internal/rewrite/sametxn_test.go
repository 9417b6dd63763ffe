package rewrite

import (
	"strings"
	"testing"

	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/lease"

	"boltvet/fixtures"
)

// TestCompactKeyChangedTwice compacts below, at and above a transaction that changes one key
// more than once: no client can ask for that, but etcd's store can do it, and a tombstone
// exactly at the revision ends what a compaction looks at.
func TestCompactKeyChangedTwice(t *testing.T) {
	for _, changes := range []string{"del put", "put del", "del put del", "put del put", "del put del put"} {
		t.Run(changes, func(t *testing.T) {
			path := base(t, withMember(fixtures.Base{Script: "put /a size=9\nput /k size=9\n"}))
			kv, closeKV := openStore(t, path)
			txn := kv.Write(traceutil.TODO())
			txn.Put([]byte("/b"), []byte("first"), lease.NoLease)
			for _, change := range strings.Fields(changes) {
				if change == "put" {
					txn.Put([]byte("/k"), []byte("again"), lease.NoLease)
				} else {
					txn.DeleteRange([]byte("/k"), nil)
				}
			}
			txn.End()
			kv.Put([]byte("/c"), []byte("last"), lease.NoLease)
			closeKV()
			first, last := limitsOf(t, path)
			for rev := first; rev <= last; rev++ {
				compareCompaction(t, path, rev)
			}
		})
	}
}
