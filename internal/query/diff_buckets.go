package query

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A BucketDifference is what was found in one bucket other than "key" and "meta".
type BucketDifference struct {
	Bucket                       string
	Same, Added, Removed, Change int64
	// Judged tells that a difference counts: the files are of one moment of the log, so
	// that members of one cluster have the same there. If not, Reason says why.
	Judged  bool
	Reason  string
	Entries []EntryChange // the first of them, in the order of keys

	odd bool // a file has a fault there: its keys are shown by length and hash
}

// Differs tells whether anything differs.
func (b *BucketDifference) Differs() bool { return b.Added+b.Removed+b.Change > 0 }

// An EntryChange is one element that differs.
type EntryChange struct {
	ID   string // of a lease or member, as etcd prints it; else empty
	Key  []byte // a copy, cut at 256 bytes
	Kind ChangeKind
}

// maxEntries bounds the elements of a bucket that are named, and maxEntryKey the bytes of
// their keys.
const (
	maxEntries  = 20
	maxEntryKey = 256
)

// diffedBuckets are the buckets whose content is the same on all members that have
// applied the same entries. "meta" is each member's own.
func diffedBuckets() []string {
	return []string{mvccview.BucketLease, mvccview.BucketMembers, mvccview.BucketMembersRemoved, mvccview.BucketAuth,
		mvccview.BucketAuthUsers, mvccview.BucketAuthRoles, mvccview.BucketAlarm, mvccview.BucketCluster}
}

// diffBuckets compares the small buckets.
func diffBuckets(ctx context.Context, d *Difference, files [2]*DiffFile) error {
	apart := momentsApart(files)
	for _, name := range diffedBuckets() {
		b := BucketDifference{Bucket: name, Judged: apart == "", Reason: apart}
		if files[0].hides(name) || files[1].hides(name) {
			b.Judged, b.Reason = false, "damage hides a part of it"
		}
		if err := b.compare(ctx, files); err != nil {
			return err
		}
		d.Buckets = append(d.Buckets, b)
	}
	return nil
}

// momentsApart says why files may differ outside of their keys; "" if they may not.
func momentsApart(files [2]*DiffFile) string {
	a, b := files[0].View.Meta.ConsistentIndex, files[1].View.Meta.ConsistentIndex
	switch {
	case !a.Set || !b.Set:
		return "a file does not say how far it had applied the log"
	case a.Value != b.Value:
		return fmt.Sprintf("the files are of different moments of the log: consistent index %d and %d", a.Value, b.Value)
	}
	return ""
}

// compare goes through a bucket of both files side by side.
func (b *BucketDifference) compare(ctx context.Context, files [2]*DiffFile) error {
	var s [2]*elements
	for i, f := range files {
		r, err := f.content.db.ReadLeaves(ctx, f.content.db.Live().Meta, b.Bucket, nil)
		if err != nil {
			return err
		}
		s[i] = &elements{file: f, r: r, at: -1}
		if err := s[i].next(); err != nil {
			return err
		}
	}
	b.odd = files[0].odd[b.Bucket] || files[1].odd[b.Bucket]
	for s[0].ok || s[1].ok {
		order := bytes.Compare(s[0].key, s[1].key)
		var step []*elements
		switch {
		case !s[1].ok || s[0].ok && order < 0:
			b.note(s[0].key, KeyRemoved)
			step = s[:1]
		case !s[0].ok || order > 0:
			b.note(s[1].key, KeyAdded)
			step = s[1:]
		default:
			if b.same(s[0].value, s[1].value) {
				b.Same++
			} else {
				b.note(s[0].key, KeyChanged)
			}
			step = s[:]
		}
		for _, e := range step {
			if err := e.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

// note counts an element that differs, and keeps it if it is one of the first.
func (b *BucketDifference) note(key []byte, kind ChangeKind) {
	switch kind {
	case KeyAdded:
		b.Added++
	case KeyRemoved:
		b.Removed++
	default:
		b.Change++
	}
	if len(b.Entries) >= maxEntries {
		return
	}
	e := EntryChange{Kind: kind, Key: append([]byte{}, key[:min(len(key), maxEntryKey)]...)}
	if b.odd {
		e.Key = []byte(bolt.ShowHashed(key))
	}
	switch b.Bucket {
	case mvccview.BucketLease:
		if len(key) == 8 {
			e.ID = fmt.Sprintf("%x", binary.BigEndian.Uint64(key))
		}
	case mvccview.BucketMembers, mvccview.BucketMembersRemoved:
		if id, err := mvccview.ParseMemberID(key); err == nil {
			e.ID = fmt.Sprintf("%x", id)
		}
	}
	b.Entries = append(b.Entries, e)
}

// same tells whether two values of the bucket mean the same: releases encode leases and
// members in different ways, and what is left of a lease at its last checkpoint depends
// on who wrote it.
func (b *BucketDifference) same(x, y []byte) bool {
	if bytes.Equal(x, y) {
		return true
	}
	switch b.Bucket {
	case mvccview.BucketLease:
		p, errP := mvccview.ParseLease(x)
		q, errQ := mvccview.ParseLease(y)
		return errP == nil && errQ == nil && p.ID == q.ID && p.TTL == q.TTL
	case mvccview.BucketMembers:
		p, errP := mvccview.ParseMember(x)
		q, errQ := mvccview.ParseMember(y)
		return errP == nil && errQ == nil && p.ID == q.ID && p.Name == q.Name && p.IsLearner == q.IsLearner &&
			slices.Equal(p.PeerURLs, q.PeerURLs) && slices.Equal(p.ClientURLs, q.ClientURLs)
	}
	return false
}

// judgedBuckets tells whether a bucket differs where that counts.
func (d *Difference) judgedBuckets() bool {
	return slices.ContainsFunc(d.Buckets, func(b BucketDifference) bool { return b.Judged && b.Differs() })
}

// elements gives the elements of a bucket in order; key and value alias the file.
type elements struct {
	file       *DiffFile
	r          *bolt.LeafReader
	part       bolt.LeafPart
	at         int
	ok         bool
	key, value []byte
}

// next goes to the next element that can be read. One that is out of order is left out:
// a bucket with such a fault is not judged.
func (e *elements) next() error {
	last := e.key
	for {
		for e.at++; e.at < e.part.Len(); e.at++ {
			key, value, ok := e.part.At(e.at)
			if ok && !e.part.IsBucket(e.at) && (last == nil || bytes.Compare(key, last) > 0) {
				e.key, e.value, e.ok = key, value, true
				return nil
			}
		}
		part, ok, err := e.r.Next()
		if err != nil || !ok {
			e.ok, e.part, e.at = false, bolt.LeafPart{}, -1
			return e.file.named(err)
		}
		e.part, e.at = part, -1
	}
}
