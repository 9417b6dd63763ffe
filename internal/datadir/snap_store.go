package datadir

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// A SnapStore is what the v2 store inside a .snap file says about the cluster.
type SnapStore struct {
	Members        []SnapMember // by id
	Removed        []uint64     // sorted
	ClusterVersion string       // "" when not set
	UserKeys       int          // keys of the v2 API; etcd 3.6 refuses to start with any
}

// A SnapMember is a member as the v2 store knows it.
type SnapMember struct {
	ID         uint64
	Name       string
	PeerURLs   []string
	ClientURLs []string
	Learner    bool
}

// maxStoreJSON bounds the JSON that is decoded: decoded, it takes some times its size.
const maxStoreJSON = 64 << 20

// A storeNode is a node of the v2 store. encoding/json limits the depth of nesting.
type storeNode struct {
	Path     string
	Value    string
	Children map[string]*storeNode
}

// child follows names down from n, nil when there is no such node.
func (n *storeNode) child(names ...string) *storeNode {
	for _, name := range names {
		if n == nil {
			return nil
		}
		n = n.Children[name]
	}
	return n
}

// parseStore parses the v2 store's JSON. It is tolerant: what it does not know it leaves out.
//
// Source: etcd v3.7.3 server/etcdserver/api/membership/storev2.go, api/v2store/store.go.
func parseStore(b []byte) (SnapStore, error) {
	var s SnapStore
	if len(b) == 0 {
		return s, nil // 3.8 and tests of raft write none
	}
	if len(b) > maxStoreJSON {
		return s, fmt.Errorf("%d bytes, more than %d are not decoded", len(b), maxStoreJSON)
	}
	var store struct{ Root *storeNode }
	if err := json.Unmarshal(b, &store); err != nil {
		return s, err
	}
	var firstErr error
	note := func(err error) {
		if err != nil && firstErr == nil {
			firstErr = err
		}
	}
	if members := store.Root.child("0", "members"); members != nil {
		for id, node := range members.Children {
			m, err := parseSnapMember(id, node)
			note(err)
			s.Members = append(s.Members, m)
		}
	}
	slices.SortFunc(s.Members, func(a, b SnapMember) int { return cmp.Compare(a.ID, b.ID) })
	if removed := store.Root.child("0", "removed_members"); removed != nil {
		for id := range removed.Children {
			v, err := strconv.ParseUint(id, 16, 64)
			note(err)
			s.Removed = append(s.Removed, v)
		}
	}
	slices.Sort(s.Removed)
	if version := store.Root.child("0", "version"); version != nil {
		s.ClusterVersion = version.Value
	}
	s.UserKeys = store.Root.child("1").leaves()
	return s, firstErr
}

func parseSnapMember(id string, node *storeNode) (SnapMember, error) {
	var m SnapMember
	v, err := strconv.ParseUint(id, 16, 64)
	if err != nil {
		return m, fmt.Errorf("member id: %w", err)
	}
	m.ID = v
	var raft struct {
		PeerURLs  []string `json:"peerURLs"`
		IsLearner bool     `json:"isLearner"`
	}
	var attributes struct {
		Name       string   `json:"name"`
		ClientURLs []string `json:"clientURLs"`
	}
	if n := node.child("raftAttributes"); n != nil {
		err = json.Unmarshal([]byte(n.Value), &raft)
	}
	if n := node.child("attributes"); n != nil && err == nil {
		err = json.Unmarshal([]byte(n.Value), &attributes)
	}
	m.PeerURLs, m.Learner = raft.PeerURLs, raft.IsLearner
	m.Name, m.ClientURLs = attributes.Name, attributes.ClientURLs
	return m, err
}

// leaves counts the nodes below n that hold a value and no children.
func (n *storeNode) leaves() int {
	count := 0
	for stack := []*storeNode{n}; len(stack) > 0; {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top == nil {
			continue
		}
		for _, c := range top.Children {
			if c != nil && len(c.Children) == 0 && c.Value != "" {
				count++
			}
			stack = append(stack, c)
		}
	}
	return count
}
