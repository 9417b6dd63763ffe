package inspect

import (
	"reflect"
	"testing"
)

// TestStatusDoesNotDependOnCuts has every leaf in a range of its own, which is what
// several workers come to at worst.
func TestStatusDoesNotDependOnCuts(t *testing.T) {
	for _, x := range specimens(t) {
		t.Run(x.name, func(t *testing.T) {
			whole, wholeFaults := look(t, x.path, Options{})
			parts, partFaults := look(t, x.path, Options{cutEveryLeaf: true})
			if !reflect.DeepEqual(wholeFaults, partFaults) {
				t.Errorf("faults: %q whole, %q cut", wholeFaults, partFaults)
			}
			a, b := facts(whole), facts(parts)
			for name := range a {
				if !reflect.DeepEqual(a[name], b[name]) {
					t.Errorf("%s: %+v whole, %+v cut", name, a[name], b[name])
				}
			}
		})
	}
}

// facts takes a status apart, without the buffers of the walk.
func facts(s *Status) map[string]any {
	d, v := s.DB, s.DB.View
	return map[string]any{
		"file": d.File, "survey": d.Survey, "keys": d.Keys, "forecast": d.Forecast, "releases": d.Releases,
		"survivors": d.Survivors, "not etcd": d.NotEtcd, "trailer": s.Trailer, "wal": s.WAL,
		"totals": v.Totals, "meta": v.Meta, "cluster": v.Cluster, "members": v.Members, "alarms": v.Alarms,
		"leases": v.Leases, "auth": v.Auth, "hash": v.Hash(), "markers": v.BumpMarkers(),
		"counts": [4]int64{int64(v.Buckets), int64(v.UnknownBuckets), v.Elements, v.Unparsed},
	}
}
