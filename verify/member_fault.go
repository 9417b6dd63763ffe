package verify

import (
	"fmt"
	"strings"
)

// A MemberFault is a fact about the files of one member that should not be so: each of them may be
// whole, but they contradict each other. It implements error.
type MemberFault struct {
	Kind  MemberFaultKind
	File  string // base name of the file that is out of line
	Index uint64 // raft index, 0 when none is meant
	Got   string // short and printable
	Want  string // short and printable
}

// Error is the text form: place, code, got and want.
func (f MemberFault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Index > 0 {
		fmt.Fprintf(&b, " index %d", f.Index)
	}
	fmt.Fprintf(&b, ": %s: got %s, want %s", f.Kind, f.Got, f.Want)
	return b.String()
}

// A MemberFaultKind names a kind of contradiction. Its String is the stable code.
type MemberFaultKind uint8

// The kinds. The comment behind each is what the fact is, not how bad it is.
const (
	_                    MemberFaultKind = iota
	MemberAheadOfLog                     // the db has applied entries that the log does not have
	MemberBehindSnapshot                 // the db lacks entries that a snapshot record says it has, and no received db brings them
	MemberTerm                           // the db's term is not that of the entry it names
	MemberForeignLog                     // the log is of a member that the db does not know
	MemberRemovedSelf                    // the log is of a member that the db says was removed
	MemberVoters                         // the db's members are not those of the raft log
	MemberSnapMissing                    // the log begins behind a snapshot that no .snap file has; 3.5 and 3.6 need it
	MemberSnapMembers                    // a .snap file's members are not those of its raft configuration
	MemberSnapUserKeys                   // the .snap file that etcd 3.6 would load has keys of the v2 API
	memberFaultEnd
)

var memberCodes = [memberFaultEnd]string{
	MemberAheadOfLog:     "member.ahead-of-log",
	MemberBehindSnapshot: "member.behind-snapshot",
	MemberTerm:           "member.term",
	MemberForeignLog:     "member.foreign-log",
	MemberRemovedSelf:    "member.removed-self",
	MemberVoters:         "member.voters",
	MemberSnapMissing:    "member.snap-missing",
	MemberSnapMembers:    "member.snap-members",
	MemberSnapUserKeys:   "member.snap-user-keys",
}

// String returns the stable code, such as "member.ahead-of-log".
func (k MemberFaultKind) String() string {
	if k == 0 || k >= memberFaultEnd {
		return fmt.Sprintf("member.fault-%d", uint8(k))
	}
	return memberCodes[k]
}

// MemberFaultKinds lists every kind, in the order of the constants.
func MemberFaultKinds() []MemberFaultKind {
	kinds := make([]MemberFaultKind, 0, memberFaultEnd-1)
	for k := MemberFaultKind(1); k < memberFaultEnd; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}
