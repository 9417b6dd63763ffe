package lint

import (
	"slices"
	"strings"
)

// Servers are modules that no package linked into boltvet may be of. Imports of
// our own are held by [CheckFloors]; a module of others may bring them along.
var Servers = []string{
	"google.golang.org/grpc",
	"go.etcd.io/etcd/server/v3",
	"go.etcd.io/etcd/client/v3",
	"go.etcd.io/etcd/etcdutl/v3",
	"go.etcd.io/etcd/api/v3/etcdserverpb", // its services link gRPC
	"go.etcd.io/bbolt",
	"k8s.io/client-go",
	"k8s.io/api",
}

// CheckLinked wants none of [Servers] among packages, the import paths of all
// that a program is linked from.
func CheckLinked(program string, packages []string) []Complaint {
	var out []Complaint
	for _, p := range packages {
		if slices.ContainsFunc(Servers, func(s string) bool { return p == s || strings.HasPrefix(p, s+"/") }) {
			out = append(out, Complaint{Path: program, Text: "links " + p + ": a program that reads files needs no server; find out by which import (go mod why), and do without"})
		}
	}
	return out
}
