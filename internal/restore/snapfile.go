package restore

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"
)

// snapName is the name of the .snap file of a new cluster of n members.
func snapName(n int) string { return fmt.Sprintf("%016x-%016x.snap", firstTerm, n) }

// encodeSnap is the .snap file: raft's snapshot metadata and the membership as a v2
// store. etcd 3.5 and 3.6 take the members of raft from it; 3.7 does not read it.
//
// Source: etcd v3.7.3 server/etcdserver/api/snap/snapshotter.go (save).
func encodeSnap(c *Cluster) ([]byte, error) {
	store, err := encodeStore(c)
	if err != nil {
		return nil, err
	}
	meta := appendBytes(nil, 1, appendConfState(nil, c))
	meta = appendUint(meta, 2, uint64(len(c.Members)))
	meta = appendUint(meta, 3, firstTerm)
	snapshot := appendBytes(nil, 1, store)
	snapshot = appendBytes(snapshot, 2, meta)
	file := appendUint(nil, 1, uint64(crc32.Checksum(snapshot, castagnoli)))
	return appendBytes(file, 2, snapshot), nil
}

// A storeNode is a node of etcd's v2 store.
//
// Source: etcd v3.7.3 server/etcdserver/api/v2store/node.go.
type storeNode struct {
	Path          string
	CreatedIndex  uint64
	ModifiedIndex uint64
	ExpireTime    time.Time // the zero time: never
	Value         string
	Children      map[string]*storeNode // nil: a value
}

func newStoreDir(path string, index uint64) *storeNode {
	return &storeNode{Path: path, CreatedIndex: index, ModifiedIndex: index, Children: map[string]*storeNode{}}
}

// dir adds a directory below n.
func (n *storeNode) dir(name string, index uint64) *storeNode {
	d := newStoreDir(n.child(name), index)
	n.Children[name] = d
	return d
}

// child is the path of a node below n.
func (n *storeNode) child(name string) string {
	if n.Path == "/" {
		return "/" + name
	}
	return n.Path + "/" + name
}

// encodeStore is the membership as a v2 store. The history of events that etcdutl
// writes along, a thousand empty places, is left out: a store that is read has its own.
//
// Source: etcd v3.7.3 server/etcdserver/api/membership/storev2.go, api/v2store/store.go.
func encodeStore(c *Cluster) ([]byte, error) {
	root := newStoreDir("/", 0)
	root.dir("1", 0)
	members := root.dir("0", 0).dir("members", 1)
	for i, m := range c.Members {
		index := uint64(i + 1)
		value, err := json.Marshal(struct {
			PeerURLs []string `json:"peerURLs"`
			Learner  bool     `json:"isLearner,omitempty"`
		}{m.PeerURLs, m.Learner})
		if err != nil {
			return nil, fmt.Errorf("encode member %s: %w", m.Name, err)
		}
		dir := members.dir(string(m.key()), index)
		const name = "raftAttributes"
		dir.Children[name] = &storeNode{Path: dir.child(name), CreatedIndex: index, ModifiedIndex: index, Value: string(value)}
	}
	b, err := json.Marshal(struct {
		Root           *storeNode
		CurrentIndex   int
		CurrentVersion int
	}{root, len(c.Members), 2})
	if err != nil {
		return nil, fmt.Errorf("encode members: %w", err)
	}
	return b, nil
}
