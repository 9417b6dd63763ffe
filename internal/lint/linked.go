package lint

import (
	"slices"
	"strings"
)

// Unlinked are modules, or parts of them, that no package linked into boltvet may
// be of. Imports of our own are held by [CheckFloors]; a module of others may bring
// them along. Servers are of no use to a program that reads files; generated
// messages bring the runtime of protobuf.
var Unlinked = []string{
	"google.golang.org/grpc",
	"google.golang.org/protobuf",
	"github.com/golang/protobuf",
	"github.com/gogo/protobuf",
	"go.etcd.io/etcd",
	"go.etcd.io/raft",
	"go.etcd.io/bbolt",
	"k8s.io/client-go",
	"k8s.io/api",
	"k8s.io/apimachinery",
}

// Linked are the packages of [Unlinked] that may be there all the same: protowire,
// and what it is made of. All others of its module build tables at every start.
var Linked = []string{
	"google.golang.org/protobuf/encoding/protowire",
	"google.golang.org/protobuf/internal/errors",
	"google.golang.org/protobuf/internal/detrand",
}

// CheckLinked wants none of [Unlinked] among packages, the import paths of all
// that a program is linked from, but those of [Linked].
func CheckLinked(program string, packages []string) []Complaint {
	var out []Complaint
	for _, p := range packages {
		banned := slices.ContainsFunc(Unlinked, func(s string) bool { return p == s || strings.HasPrefix(p, s+"/") })
		if banned && !slices.Contains(Linked, p) {
			out = append(out, Complaint{Path: program, Text: "links " + p + ": it makes each start slower, and a program that reads files needs neither servers nor generated messages; find out by which import (go mod why), and do without"})
		}
	}
	return out
}
