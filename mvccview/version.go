package mvccview

import (
	"errors"
	"strconv"
	"strings"
)

// A Version is a semantic version as etcd stores it: clusterVersion in bucket
// cluster, storageVersion in meta.
type Version struct {
	Major, Minor, Patch int64
	PreRelease          string // after '-', "" if none
	Metadata            string // after '+', "" if none
}

// MetaStorageVersion is the key of bucket "meta" that names the release of the schema, since 3.6.
const MetaStorageVersion = metaStorage

// errVersion is the answer to text that is not a version.
var errVersion = errors.New("not a version like 3.6.0")

// ParseVersion accepts what etcd's semver library accepts.
// Source: coreos/go-semver v0.3.1 semver/semver.go (Set).
func ParseVersion(s string) (Version, error) {
	s, metadata, _ := strings.Cut(s, "+")
	s, pre, _ := strings.Cut(s, "-")
	parts := strings.SplitN(s, ".", 3)
	if len(parts) != 3 || !isIdentifier(pre) || !isIdentifier(metadata) {
		return Version{}, errVersion
	}
	v := Version{PreRelease: pre, Metadata: metadata}
	for i, n := range [...]*int64{&v.Major, &v.Minor, &v.Patch} {
		var err error
		if *n, err = strconv.ParseInt(parts[i], 10, 64); err != nil {
			return Version{}, errVersion
		}
	}
	return v, nil
}

// isIdentifier tells whether s is empty or made of parts of letters, digits and
// '-', separated by dots.
func isIdentifier(s string) bool {
	if s == "" {
		return true
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || strings.ContainsFunc(part, notIdentifier) {
			return false
		}
	}
	return true
}

func notIdentifier(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-')
}

// String is the version as etcd prints it, e.g. "3.6.0".
func (v Version) String() string {
	b := strconv.AppendInt(nil, v.Major, 10)
	b = strconv.AppendInt(append(b, '.'), v.Minor, 10)
	b = strconv.AppendInt(append(b, '.'), v.Patch, 10)
	if v.PreRelease != "" {
		b = append(append(b, '-'), v.PreRelease...)
	}
	if v.Metadata != "" {
		b = append(append(b, '+'), v.Metadata...)
	}
	return string(b)
}

// Less tells whether v is of an older minor release than o.
func (v Version) Less(o Version) bool {
	return v.Major < o.Major || v.Major == o.Major && v.Minor < o.Minor
}

// A Maybe is a value that may be absent from the file.
type Maybe[T any] struct {
	Value T
	Set   bool // false: absent, or present and unparseable; Value is zero
}

func some[T any](v T) Maybe[T] { return Maybe[T]{Value: v, Set: true} }

// absorb takes over o if it is set; for the merge of ranges.
func (m *Maybe[T]) absorb(o Maybe[T]) {
	if o.Set {
		*m = o
	}
}
