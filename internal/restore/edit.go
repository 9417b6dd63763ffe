package restore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A record is a key of a bucket with its value.
type record struct{ key, value []byte }

// A bucketEdit says what becomes of one top-level bucket. The zero value changes nothing.
type bucketEdit struct {
	clear bool                      // what the source has is left out
	drop  func(key []byte) bool     // leaves a record out; nil: none
	put   []record                  // put in, in place of records of the same key; sorted by key
	last  func(last []byte) *record // appended behind the last key; nil: nothing
}

// An editor hands a source on to a writer with a few small buckets changed. It is a
// [bolt.Loader]. Values that it hands on are those of the source.
type editor struct {
	to    bolt.Loader
	graft *bolt.Writer // takes over what does not change; nil: all is handed on
	kept  bolt.PageSum // of the leaves of bucket key that were taken over
	edits map[string]*bucketEdit
	names []string // of the buckets that must exist, sorted; those that have come are cut off

	path    [][]byte // of the bucket that is open
	open    []*bucketSum
	edit    *bucketEdit // of the top-level bucket that is open; nil: none
	pending []record    // of edit.put, not yet handed on
	key     []byte      // the last key handed on
	sums    bucketSums
}

// newEditor makes an editor in front of to. As in etcdutl's restores there is always a
// bucket cluster and one of removed members.
//
// Source: etcd v3.7.3 server/storage/schema/membership.go (MustCreateBackendBuckets).
func newEditor(to bolt.Loader, edits map[string]*bucketEdit) *editor {
	e := &editor{to: to, edits: edits, sums: bucketSums{}, names: []string{mvccview.BucketCluster, mvccview.BucketMembersRemoved}}
	for name, edit := range edits {
		if len(edit.put) > 0 || edit.last != nil {
			e.names = append(e.names, name)
		}
	}
	slices.Sort(e.names)
	return e
}

// Begin opens a bucket, after those that the source lacks and that must stand before it.
func (e *editor) Begin(name []byte, sequence uint64) error {
	if len(e.open) == 0 {
		if err := e.missing(name); err != nil {
			return err
		}
	}
	return e.begin(name, sequence)
}

func (e *editor) begin(name []byte, sequence uint64) error {
	if len(e.open) == 0 {
		e.edit, e.pending, e.key = e.edits[string(name)], nil, e.key[:0]
		if e.edit != nil {
			e.pending = e.edit.put
		}
	}
	e.path = append(e.path, bytes.Clone(name))
	e.open = append(e.open, e.sums.of(e.path))
	return e.to.Begin(name, sequence)
}

// Keep has a bucket without edits taken over as it stands, if there is a way.
func (e *editor) Keep(name, value []byte) (bool, error) {
	if e.graft == nil || e.edits[string(name)] != nil {
		return false, nil
	}
	if err := e.missing(name); err != nil {
		return false, err
	}
	return true, e.graft.Keep(name, value)
}

// KeepLeaf has a leaf taken over as it stands, in a bucket that only gets something at its
// end.
func (e *editor) KeepLeaf(l bolt.Leaf) (bool, error) {
	if e.graft == nil || len(e.open) != 1 || e.edit == nil || e.edit.clear || e.edit.drop != nil || len(e.edit.put) > 0 {
		return false, nil
	}
	last, _, _ := l.At(l.Len() - 1)
	e.key = append(e.key[:0], last...)
	e.kept.Add(l.Page())
	return true, e.graft.KeepLeaf(l)
}

// missing makes the buckets that must exist and sort before name, which has come; nil: all
// that are left.
func (e *editor) missing(name []byte) error {
	for len(e.names) > 0 && (name == nil || e.names[0] <= string(name)) {
		next := e.names[0]
		e.names = e.names[1:]
		if next == string(name) {
			return nil
		}
		if err := e.begin([]byte(next), 0); err != nil {
			return err
		}
		if err := e.End(); err != nil {
			return err
		}
	}
	return nil
}

// Put hands a record on, unless the edit has something else in mind for it.
func (e *editor) Put(key, value []byte) error {
	if len(e.open) != 1 || e.edit == nil {
		return e.put(key, value)
	}
	if err := e.before(key); err != nil {
		return err
	}
	replaced := len(e.pending) > 0 && bytes.Equal(e.pending[0].key, key)
	if replaced || e.edit.clear || e.edit.drop != nil && e.edit.drop(key) {
		return nil // the one in its place comes with the next key, or the end
	}
	return e.put(key, value)
}

// before hands on what is to be put in before key; nil: all of it.
func (e *editor) before(key []byte) error {
	for len(e.pending) > 0 && (key == nil || bytes.Compare(e.pending[0].key, key) < 0) {
		r := e.pending[0]
		e.pending = e.pending[1:]
		if err := e.put(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

func (e *editor) put(key, value []byte) error {
	if len(e.open) == 1 {
		e.key = append(e.key[:0], key...)
	}
	e.open[len(e.open)-1].add(key, value)
	return e.to.Put(key, value)
}

// End closes a bucket, with what the edit puts behind its last key.
func (e *editor) End() error {
	if len(e.open) == 1 && e.edit != nil {
		if err := e.before(nil); err != nil {
			return err
		}
		if e.edit.last != nil {
			if r := e.edit.last(e.key); r != nil {
				if err := e.put(r.key, r.value); err != nil {
					return err
				}
			}
		}
	}
	e.path, e.open = e.path[:len(e.path)-1], e.open[:len(e.open)-1]
	return e.to.End()
}

// fill has all of in edited into w, the writer behind e, which shows its leaves to seen:
// there must be what was handed on.
func (e *editor) fill(ctx context.Context, in *bolt.File, w *bolt.Writer, seen bucketSums) (bolt.Written, error) {
	if err := in.Guard(func() error { return in.Feed(ctx, in.Live().Meta, e) }); err != nil {
		return bolt.Written{}, err
	}
	if err := e.missing(nil); err != nil {
		return bolt.Written{}, err
	}
	written, err := w.Finish()
	if err != nil {
		return bolt.Written{}, err
	}
	if name := e.sums.differs(seen); name != "" {
		return bolt.Written{}, &MismatchError{name}
	}
	return written, nil
}

// edits are the changes that a plan makes to the buckets.
func (p *Plan) edits() (map[string]*bucketEdit, error) {
	members := &bucketEdit{clear: true}
	for _, m := range p.Cluster.Members {
		value, err := m.json()
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", m.Name, err)
		}
		members.put = append(members.put, record{m.key(), value})
	}
	slices.SortFunc(members.put, func(a, b record) int { return bytes.Compare(a.key, b.key) })
	meta, err := p.metaEdit()
	if err != nil {
		return nil, err
	}
	edits := map[string]*bucketEdit{
		mvccview.BucketMembers:        members,
		mvccview.BucketMembersRemoved: {clear: true},
		mvccview.BucketMeta:           meta,
	}
	if p.Revision.Bump > 0 {
		edits[mvccview.BucketKey] = &bucketEdit{last: func([]byte) *record { return &record{revisionKey(p.Revision.After), nil} }}
	}
	if p.Scrub.NoSpaceAlarms > 0 || p.Scrub.CorruptAlarms > 0 {
		edits[mvccview.BucketAlarm] = &bucketEdit{drop: p.dropsAlarm}
	}
	if p.Scrub.Leases > 0 {
		edits[mvccview.BucketLease] = &bucketEdit{clear: true}
	}
	if p.Scrub.Auth {
		edits[mvccview.BucketAuth] = &bucketEdit{put: []record{{[]byte("authEnabled"), []byte{0}}}}
	}
	return edits, nil
}

// dropsAlarm tells whether the plan clears an alarm.
func (p *Plan) dropsAlarm(key []byte) bool {
	a, err := mvccview.ParseAlarm(key)
	switch {
	case err != nil:
		return false
	case a.Type == mvccview.AlarmTypeNoSpace:
		return p.Scrub.NoSpaceAlarms > 0
	case a.Type == mvccview.AlarmTypeCorrupt:
		return p.Scrub.CorruptAlarms > 0
	}
	return false
}

// metaEdit sets the raft index and term that the new log ends with.
//
// Source: etcd v3.7.3 etcdutl/snapshot/v3_snapshot.go (updateCIndex, modifyLatestRevision).
func (p *Plan) metaEdit() (*bucketEdit, error) {
	edit := &bucketEdit{put: []record{
		{[]byte("consistent_index"), binary.BigEndian.AppendUint64(nil, uint64(len(p.Cluster.Members)))},
		{[]byte("term"), binary.BigEndian.AppendUint64(nil, firstTerm)},
	}}
	if p.Revision.Bump > 0 {
		edit.put = append(edit.put, record{[]byte("scheduledCompactRev"), revisionKey(p.Revision.After)})
	}
	if p.setsConfState {
		value, err := json.Marshal(struct {
			Voters    []uint64 `json:"voters"`
			Learners  []uint64 `json:"learners,omitempty"`
			AutoLeave bool     `json:"auto_leave"`
		}{p.Cluster.Voters(), p.Cluster.Learners(), false})
		if err != nil {
			return nil, fmt.Errorf("encode conf state: %w", err)
		}
		edit.put = append(edit.put, record{[]byte("confState"), value})
	}
	slices.SortFunc(edit.put, func(a, b record) int { return strings.Compare(string(a.key), string(b.key)) })
	return edit, nil
}

// revisionKey is the key of revision main, sub 0, in bucket key.
func revisionKey(main int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(main))
	b = append(b, '_')
	return binary.BigEndian.AppendUint64(b, 0)
}
