package query

import (
	"context"
	"math"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A SortTarget is what keys are sorted by.
type SortTarget uint8

// The targets, as etcd has them.
const (
	ByKey SortTarget = iota
	ByVersion
	ByCreate
	ByMod
	ByValue
)

// A SortOrder is the direction of a sort.
type SortOrder uint8

// The orders, as etcd has them. Unsorted is ascending by key, and ascending by any
// other target.
const (
	Unsorted SortOrder = iota
	Ascending
	Descending
)

// A GetQuery asks for keys and values as of a revision. Fields but Keys mean what they
// do in etcd's RangeRequest; 0 is no bound.
// Source: etcd 3.7 api/etcdserverpb/rpc.proto (RangeRequest).
type GetQuery struct {
	Keys                 KeyRange
	Rev                  int64 // main revision, inclusive; 0: the latest
	Limit                int64
	Target               SortTarget
	Order                SortOrder
	KeysOnly, CountOnly  bool
	MinMod, MaxMod       int64 // main revisions, inclusive
	MinCreate, MaxCreate int64
}

// A Header is what etcd says of itself in an answer.
type Header struct {
	ClusterID, MemberID uint64 // 0: the source does not tell; only a member's log does
	Revision            int64  // L, the current revision of the store
	RaftTerm            uint64 // of the log, or else of the last entry that the db has; 0: not told
}

// A GetAnswer holds the keys that a GetQuery asked for. It keeps the source's file
// mapped until Close; the source must stay open as long.
type GetAnswer struct {
	Source  *datadir.Source
	Trailer datadir.TrailerResult
	Header  Header
	Rev     int64 // R
	Compact int64 // C; -1: never compacted
	Count   int64 // keys in the range at R, whatever the bounds and the limit
	More    bool  // the limit has left keys out

	// Hidden are the revisions up to R that cannot be read, joined to at most
	// [MaxHidden] spans: keys changed there may be missing.
	Hidden []HiddenSpan
	// Astray tells that records are not where they belong, so that some may be missing.
	Astray bool
	// Lost counts keys that were alive at R but of which no record up to R is there;
	// LostKeys are the first of them, in order.
	Lost     int64
	LostKeys []string
	// Doubtful counts the answers, deleted keys included, that a Doubt is about;
	// DoubtfulKeys are the first of them, in order.
	Doubtful     int64
	DoubtfulKeys []string

	query GetQuery
	scan  *keyScan
	found []*match
}

// Get reads src and finds what q asks for. Damage goes to o.OnFault, and what can be
// read is answered. Errors are those of [HashContent], and a *RevisionError.
// Source: etcd 3.7 server/etcdserver/txn/range.go (executeRange).
func Get(ctx context.Context, src *datadir.Source, q GetQuery, o ReadOptions) (*GetAnswer, error) {
	rev := q.Rev
	if rev <= 0 {
		rev = math.MaxInt64
	}
	m := newMatcher(q.Keys, rev, o.answerTable())
	scan, err := scanKeys(ctx, src, o, m)
	if err != nil {
		return nil, err
	}
	a := &GetAnswer{Source: src, Trailer: scan.trailer, Compact: scan.compact, query: q, scan: scan}
	a.Header = Header{Revision: scan.latest, RaftTerm: scan.term}
	if a.Rev, err = scan.revision(q.Rev); err == nil {
		err = a.Header.fromLog(ctx, src.Member)
	}
	if err == nil {
		err = scan.content.db.Guard(func() error { return a.collect(m) })
	}
	if err != nil {
		scan.close()
		return nil, err
	}
	return a, nil
}

// fromLog fills in what the log beside a member's db knows.
func (h *Header) fromLog(ctx context.Context, m *datadir.MemberDir) error {
	if m == nil || m.WALDir == "" || len(m.Segments) == 0 {
		return nil
	}
	log, err := datadir.ReadWAL(ctx, m.WALDir, nil, func(datadir.Fault) bool { return true })
	if err != nil {
		return err
	}
	if log.HasMetadata {
		h.ClusterID, h.MemberID = log.Metadata.ClusterID, log.Metadata.NodeID
	}
	if log.HasState {
		h.RaftTerm = log.State.Term
	}
	return nil
}

// Close unmaps the file. The source stays open.
func (a *GetAnswer) Close() error { return a.scan.close() }

// Len is the number of keys that Each visits.
func (a *GetAnswer) Len() int { return len(a.found) }

// An Item is one key of an answer.
type Item struct {
	KV    mvccview.KeyValue // with KeysOnly it lacks what etcd leaves out
	Doubt Doubt
}

// Each reads the keys in their order, values and all, from the file. The Item aliases
// it and is valid during the call. An error of visit ends it and is returned.
func (a *GetAnswer) Each(ctx context.Context, visit func(*Item) error) error {
	return a.scan.content.db.Guard(func() error {
		var item Item
		for _, m := range a.found {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := a.scan.record(m.newest, &item.KV); err != nil {
				return err
			}
			item.Doubt = m.doubt
			a.clip(&item.KV)
			if err := visit(&item); err != nil {
				return err
			}
		}
		return nil
	})
}

// clip leaves out what etcd does not read for keys alone: values, and leases too,
// unless it needs the record for sorting.
// Source: etcd 3.7 server/storage/mvcc/kvstore_txn.go (FastKeysOnly).
func (a *GetAnswer) clip(kv *mvccview.KeyValue) {
	if !a.query.KeysOnly {
		return
	}
	kv.Value = nil
	if a.query.Target != ByValue {
		kv.Lease = 0
	}
}
