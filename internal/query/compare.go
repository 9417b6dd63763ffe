package query

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Verdict is the outcome of holding a hash against another one.
type Verdict uint8

// The verdicts. NotCompared is the zero value.
const (
	NotCompared      Verdict = iota
	Reference                // the others are compared with this one
	Equal                    // the same keys, values and history behind C, up to R
	Different                // not the same
	NoCommonRevision         // the files have no revision that all of them can answer for
	NoVerdict                // the two numbers cannot be compared
)

// verdictWords are the stable words.
var verdictWords = [...]string{"", "reference", "equal", "different", "no common revision", "no verdict"}

// String is the stable word of the verdict; "" for NotCompared.
func (v Verdict) String() string {
	if int(v) < len(verdictWords) {
		return verdictWords[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// Judge compares the hashes of two files at one Point, both by HashAt.
func Judge(a, b HashKV) Verdict {
	switch {
	case a.Point != b.Point:
		return NoVerdict
	case a.Hash == b.Hash:
		return Equal
	}
	return Different
}

// CommonPoint is where several files can be compared: R is the lowest of their latest
// revisions and C the highest of their compact ones. ok is false if R < C: then there
// is no revision that all of them can answer for.
func CommonPoint(files []*KVFile) (p Point, ok bool) {
	for i, k := range files {
		if i == 0 || k.Latest < p.Rev {
			p.Rev = k.Latest
		}
		if i == 0 || k.Compact > p.Compact {
			p.Compact = k.Compact
		}
	}
	return p, len(files) > 0 && p.Rev >= p.Compact
}

// A Known is a HashKV that somebody else computed: a live member, as a rule.
type Known struct {
	Point
	Hash uint32
}

// errKnown says what ParseKnown takes.
var errKnown = errors.New("want HASH:REV:COMPACT_REV, such as 1277364195:234:134 or 0x4c22f1a3:234:-1")

// ParseKnown parses HASH:REV:COMPACT_REV: the hash decimal as etcdctl prints it, or
// hexadecimal behind 0x; a revision of 1 or more; a compact revision of -1 (never
// compacted) or more, not above the revision.
func ParseKnown(s string) (Known, error) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return Known{}, errKnown
	}
	hash, err := parseHash(parts[0])
	if err != nil {
		return Known{}, errKnown
	}
	rev, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || rev < 1 {
		return Known{}, errKnown
	}
	compact, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || compact < -1 || compact > rev {
		return Known{}, errKnown
	}
	return Known{Point: Point{rev, compact}, Hash: hash}, nil
}

// parseHash parses 32 bits without sign; no octal, no underscores.
func parseHash(s string) (uint32, error) {
	base := 10
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		s, base = rest, 16
	}
	n, err := strconv.ParseUint(s, base, 32)
	return uint32(n), err
}

// Judge holds a file's hash at the same revision against the number. The reason is for
// NoVerdict: what keeps the two from being compared.
func (n Known) Judge(h HashKV) (v Verdict, reason string) {
	switch {
	case h.Rev != n.Rev:
		return NoVerdict, fmt.Sprintf("the number is of revision %d, the file's of %d", n.Rev, h.Rev)
	case h.Compact != n.Compact:
		return NoVerdict, compactReason(h.Compact, n.Compact)
	case h.Hash == n.Hash:
		return Equal, ""
	case h.AllDead && h.Compact > 0:
		return NoVerdict, "no key is alive at this revision, and then a member's number depends on how far its compaction had got"
	}
	return Different, ""
}

// compactReason explains why hashes with different compact revisions say nothing about
// each other.
// Source: etcd 3.7 server/storage/mvcc/hash.go (HashByRev): hashes that a compaction
// stored are answered first, with the compact revision of before.
func compactReason(file, known int64) string {
	reason := fmt.Sprintf("compact revisions differ: the number presumes %d, the file has %d", known, file)
	if known < file {
		return reason + "; a member also answers from a cache of its last compaction hashes, which cannot be recomputed from the compacted file"
	}
	return reason + fmt.Sprintf("; --compact-rev %d hashes the file as if it were compacted there", known)
}
