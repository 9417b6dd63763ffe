package datadir

import (
	"strconv"
	"strings"
)

// A Segment is one file of the log, by its name.
type Segment struct {
	Name  string // base name
	Seq   uint64
	Index uint64 // first entry that can be in it
	Size  int64  // bytes, preallocated tail included
}

// ParseSegmentName takes a name such as 0000000000000002-00000000000003e9.wal apart.
//
// Source: etcd v3.7.3 storage/wal/util.go (parseWALName); stricter: exactly 16 lower-case hex
// digits each, which is all that etcd ever writes.
func ParseSegmentName(name string) (seq, index uint64, ok bool) {
	stem, ok := strings.CutSuffix(name, ".wal")
	if !ok {
		return 0, 0, false
	}
	return parseHexPair(stem)
}

// ParseSnapName takes a name such as 0000000000000002-00000000000003e9.snap apart.
func ParseSnapName(name string) (term, index uint64, ok bool) {
	stem, ok := strings.CutSuffix(name, ".snap")
	if !ok {
		return 0, 0, false
	}
	return parseHexPair(stem)
}

func parseHexPair(s string) (a, b uint64, ok bool) {
	if len(s) != 33 || s[16] != '-' {
		return 0, 0, false
	}
	a, okA := parseHex16(s[:16])
	b, okB := parseHex16(s[17:])
	return a, b, okA && okB
}

func parseHex16(s string) (uint64, bool) {
	if len(s) != 16 || strings.ToLower(s) != s || strings.ContainsAny(s, "+_") {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 16, 64)
	return v, err == nil
}
