package upstream

import (
	"fmt"
	"runtime/debug"
	"strconv"
)

// A Kind names what upstream code is asked. Its String is the word on the
// child's command line.
type Kind uint8

// The questions, with the command of the upstream project that answers the same.
const (
	// BoltCheck is `bbolt check`: is the file's structure consistent?
	BoltCheck Kind = iota + 1
	// BoltStats is `bbolt stats` and `bbolt pages`: what is in the buckets, and
	// of which type is each page?
	BoltStats
	// SnapshotStatus is `etcdutl snapshot status`: hash, revision, keys.
	SnapshotStatus
	// HashKV is `etcdutl hashkv --rev`: the hash that members compare.
	HashKV
)

// Kinds returns every kind of question, in the order in which a report asks.
func Kinds() []Kind { return []Kind{BoltCheck, BoltStats, SnapshotStatus, HashKV} }

// String returns the stable name of the question.
func (k Kind) String() string {
	switch k {
	case BoltCheck:
		return "bolt-check"
	case BoltStats:
		return "bolt-stats"
	case SnapshotStatus:
		return "snapshot-status"
	case HashKV:
		return "hashkv"
	}
	return fmt.Sprintf("question-%d", uint8(k))
}

// Tool returns the upstream project and its version ("bbolt 1.5.0") whose code
// answers, according to the modules of the program that runs it; without the
// version where they do not tell.
func (k Kind) Tool(deps []*debug.Module) string {
	name, module := "etcdutl", "go.etcd.io/etcd/etcdutl/v3"
	switch k {
	case BoltCheck, BoltStats:
		name, module = "bbolt", "go.etcd.io/bbolt"
	case HashKV:
		name, module = "etcd", "go.etcd.io/etcd/server/v3"
	}
	for _, dep := range deps {
		if dep.Path == module && len(dep.Version) > 1 {
			return name + " " + dep.Version[1:] // without the "v"
		}
	}
	return name
}

// wholeFile tells whether the tool is handed the file with its sha256 trailer.
// The others get the bolt file alone: bbolt ignores what follows, but a store
// that opens the file for writing would overwrite it.
func (k Kind) wholeFile() bool { return k == SnapshotStatus }

// A Question is what to ask about a file.
type Question struct {
	Kind Kind
	// Revision is, for HashKV, the last revision hashed, inclusive; 0: the latest
	// in the file. The other questions ignore it.
	Revision int64
}

// String returns the question as it stands on the child's command line.
func (q Question) String() string {
	if q.Kind == HashKV && q.Revision != 0 {
		return q.Kind.String() + " " + strconv.FormatInt(q.Revision, 10)
	}
	return q.Kind.String()
}

// args are the words for the child's command line.
func (q Question) args(path string) []string {
	args := []string{q.Kind.String(), path}
	if q.Kind == HashKV {
		args = append(args, strconv.FormatInt(q.Revision, 10))
	}
	return args
}

// ParseQuestion reads the words of a child's command line, QUESTION PATH [REVISION].
func ParseQuestion(args []string) (q Question, path string, err error) {
	if len(args) < 2 || len(args) > 3 {
		return q, "", fmt.Errorf("upstream: want QUESTION PATH [REVISION], got %d words", len(args))
	}
	for _, k := range Kinds() {
		if k.String() == args[0] {
			q.Kind = k
		}
	}
	if q.Kind == 0 {
		return q, "", fmt.Errorf("upstream: unknown question %q", args[0])
	}
	if len(args) == 3 {
		if q.Revision, err = strconv.ParseInt(args[2], 10, 64); err != nil {
			return q, "", fmt.Errorf("upstream: revision: %w", err)
		}
	}
	return q, args[1], nil
}
