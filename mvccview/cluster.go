package mvccview

import "strconv"

// Keys of bucket "cluster".
const (
	clusterVersionKey   = "clusterVersion"
	clusterDowngradeKey = "downgrade"
)

// A Downgrade is the state of a downgrade of the cluster.
// Source: etcd 3.7 server/etcdserver/version/downgrade.go.
type Downgrade struct {
	Target  string `json:"target-version"` // "" if none
	Enabled bool   `json:"enabled"`
}

// Cluster is what bucket "cluster" says.
type Cluster struct {
	Version     Maybe[Version]
	Downgrade   Maybe[Downgrade]
	UnknownKeys int // keys that no release writes
}

// parse takes one element of the bucket in.
func (c *Cluster) parse(e *entry) {
	switch string(e.key) {
	case clusterVersionKey:
		v, err := ParseVersion(clipText(e.value))
		if err != nil {
			e.fault(ClusterVersion, quoteClipped(e.value), "a version like 3.6.0")
			return
		}
		c.Version = some(v)
	case clusterDowngradeKey:
		c.parseDowngrade(e)
	default:
		c.UnknownKeys++
		e.fault(ClusterUnknownKey, strconv.Itoa(len(e.value))+" bytes", "a key that etcd writes to cluster")
	}
}

// parseDowngrade wants a target that is a version if a downgrade is under way,
// as etcd does at boot.
func (c *Cluster) parseDowngrade(e *entry) {
	var d Downgrade
	if err := parseJSON(e.value, &d); err != nil {
		e.fault(ClusterDowngrade, jsonTrouble(e.value, err), "the JSON of a DowngradeInfo")
		return
	}
	if _, err := ParseVersion(d.Target); err != nil && d.Enabled {
		e.fault(ClusterDowngrade, "target "+quoteClipped([]byte(d.Target)), "a version like 3.6.0")
		return
	}
	c.Downgrade = some(d)
}

func (c *Cluster) merge(o *Cluster) {
	c.Version.absorb(o.Version)
	c.Downgrade.absorb(o.Downgrade)
	c.UnknownKeys += o.UnknownKeys
}
