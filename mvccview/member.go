package mvccview

import (
	"slices"
	"strconv"

	"boltvet/bolt"
)

// A Member is one member of the cluster, as bucket "members" has it.
// Source: etcd 3.7 server/etcdserver/api/membership/member.go.
type Member struct {
	ID         uint64   `json:"id"`
	PeerURLs   []string `json:"peerURLs"`
	IsLearner  bool     `json:"isLearner"`
	Name       string   `json:"name"`
	ClientURLs []string `json:"clientURLs"`
}

// ParseMember parses a value of bucket "members". The error is a [Fault] of
// kind MemberValue.
func ParseMember(b []byte) (Member, error) {
	var m Member
	if err := parseJSON(b, &m); err != nil {
		return Member{}, newFault(MemberValue, jsonTrouble(b, err), "the JSON of a member")
	}
	return m, nil
}

// ParseMemberID parses a key of "members" or "members_removed", hexadecimal
// digits; the error is a [Fault] of kind MemberKey.
func ParseMemberID(key []byte) (uint64, error) {
	id, err := strconv.ParseUint(clipText(key), 16, 64)
	if err != nil {
		return 0, newFault(MemberKey, bolt.ShowHashed(key), "up to 16 hexadecimal digits")
	}
	return id, nil
}

// maxMembers bounds the members that are kept. etcd clusters have fewer than
// ten; a bucket with more than this is reported by its count.
const maxMembers = 1024

// Members is what buckets "members" and "members_removed" say.
type Members struct {
	Count        int64    // members that parse
	List         []Member // the first 1024 of them, in key order; ID is the key's
	RemovedCount int64    // removed members that parse
	Removed      []uint64 // the first 1024 of their IDs, in key order

	unread int64 // members that do not parse
}

// parse takes one element of bucket "members" in.
func (m *Members) parse(e *entry) {
	id, err := ParseMemberID(e.key)
	if f, ok := err.(Fault); ok {
		m.unread++
		e.fault(f.Kind, f.Got, f.Want)
		return
	}
	member, err := ParseMember(e.value)
	if f, ok := err.(Fault); ok {
		m.unread++
		e.fault(f.Kind, f.Got, f.Want)
		return
	}
	if member.ID != id {
		e.fault(MemberID, strconv.FormatUint(member.ID, 16), "the key, "+strconv.FormatUint(id, 16))
	}
	member.ID = id
	m.Count++
	if len(m.List) < maxMembers {
		m.List = append(m.List, member)
	}
}

// parseRemoved takes one element of bucket "members_removed" in. Its value is
// not looked at: etcd does not.
func (m *Members) parseRemoved(e *entry) {
	id, err := ParseMemberID(e.key)
	if f, ok := err.(Fault); ok {
		e.fault(f.Kind, f.Got, f.Want)
		return
	}
	m.RemovedCount++
	if len(m.Removed) < maxMembers {
		m.Removed = append(m.Removed, id)
	}
}

func (m *Members) merge(o *Members) {
	m.Count += o.Count
	m.unread += o.unread
	m.RemovedCount += o.RemovedCount
	m.List = append(m.List, o.List[:min(len(o.List), maxMembers-len(m.List))]...)
	m.Removed = append(m.Removed, o.Removed[:min(len(o.Removed), maxMembers-len(m.Removed))]...)
}

// ids are the sorted IDs of the members that pick chooses.
func (m *Members) ids(pick func(Member) bool) []uint64 {
	var ids []uint64
	for _, member := range m.List {
		if pick(member) {
			ids = append(ids, member.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// sameIDs tells whether a, in any order, holds the sorted ids.
func sameIDs(a, sorted []uint64) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), sorted)
}

// matches tells whether the configuration names exactly these members, voters
// as voters and learners as learners.
func (c *ConfState) matches(m *Members) bool {
	voters := m.ids(func(m Member) bool { return !m.IsLearner })
	learners := m.ids(func(m Member) bool { return m.IsLearner })
	return len(c.VotersOutgoing) == 0 && len(c.LearnersNext) == 0 &&
		sameIDs(c.Voters, voters) && sameIDs(c.Learners, learners)
}
