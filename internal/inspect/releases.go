package inspect

import (
	"fmt"

	"boltvet/mvccview"
)

// Releases is the range of etcd releases that could have written a db last.
type Releases struct {
	Oldest, Newest string // such as "3.6"; "" if nothing tells
	Why            string
}

// newestMinor is the newest 3.x release that this code knows.
const newestMinor = 7

// releasesOf reads the marks that releases leave: 3.6 and newer a storage version
// (which follows the cluster's version, so that the next release may run on it), 3.5
// and newer a term.
// Source: etcd v3.7.3 server/storage/schema/schema.go (DetectSchemaVersion).
func releasesOf(v *mvccview.View) Releases {
	cluster := v.Cluster.Version
	upTo := func(minor int64) string {
		if cluster.Set && cluster.Value.Major == 3 {
			minor = max(min(minor, cluster.Value.Minor+1), cluster.Value.Minor)
		}
		return fmt.Sprintf("3.%d", minor)
	}
	switch storage := v.Meta.StorageVersion; {
	case storage.Set && storage.Value.Major == 3:
		minor := storage.Value.Minor
		return Releases{fmt.Sprintf("3.%d", minor), fmt.Sprintf("3.%d", max(min(minor+1, newestMinor), minor)),
			"storage version " + storage.Value.String()}
	case v.Meta.Term.Set && v.Meta.Term.Value != 0:
		return Releases{"3.5", upTo(newestMinor), "a term and no storage version"}
	case v.Meta.ConsistentIndex.Set:
		return Releases{"3.0", upTo(4), "no term: 3.5 and newer write one"}
	}
	return Releases{Why: "no consistent index, term or storage version"}
}
