package migrate

import (
	"fmt"
	"strconv"
	"strings"

	"boltvet/mvccview"
)

// A TargetError says that the text of a target version is not one. Its message is etcdutl's.
type TargetError struct{ Message string }

func (e *TargetError) Error() string { return e.Message }

func badTarget(format string, args ...any) error {
	return &TargetError{fmt.Sprintf(format, args...)}
}

// oldest is the first release that a db can be migrated to.
var oldest = mvccview.Version{Major: 3, Minor: 5}

// first is the first release that has a storage version.
var first = mvccview.Version{Major: 3, Minor: 6}

// ParseTarget reads a version such as "3.6". The error is a [TargetError].
//
// Source: etcd v3.7.3 etcdutl/etcdutl/migrate_command.go (Config).
func ParseTarget(text string) (mvccview.Version, error) {
	if strings.Count(text, ".") != 1 {
		return mvccview.Version{}, badTarget(`wrong target version format, expected "X.Y", got %q`, text)
	}
	bare, _, _ := strings.Cut(text, "+")
	bare, _, _ = strings.Cut(bare, "-")
	if bare != text { // what etcdutl appends to it then belongs to the suffix
		return mvccview.Version{}, badTarget("failed to parse target version: %s is not in dotted-tri format", bare)
	}
	major, minor, _ := strings.Cut(text, ".")
	var v mvccview.Version
	for _, part := range []struct {
		text string
		to   *int64
	}{{major, &v.Major}, {minor, &v.Minor}} {
		var err error
		if *part.to, err = strconv.ParseInt(part.text, 10, 64); err != nil {
			return mvccview.Version{}, badTarget("failed to parse target version: %v", err)
		}
	}
	if v.Less(oldest) {
		return mvccview.Version{}, badTarget(`target version %q not supported. Minimal "3.5"`, Short(v))
	}
	return v, nil
}

// Short is a version without its patch level: "3.6".
func Short(v mvccview.Version) string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// minor is v without patch level and suffixes.
func minor(v mvccview.Version) mvccview.Version {
	return mvccview.Version{Major: v.Major, Minor: v.Minor}
}

// less orders versions. Suffixes, which no etcd writes, do not count.
func less(a, b mvccview.Version) bool {
	return a.Less(b) || !b.Less(a) && a.Patch < b.Patch
}
