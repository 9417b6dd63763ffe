package mvccview

import (
	"errors"
	"slices"
	"strconv"

	"boltvet/bolt"
)

// ErrNotEtcd says that a sound bolt file belongs to another program: see [View.Foreign].
var ErrNotEtcd = errors.New("a bolt file, but not etcd's: none of its buckets is there")

// ErrStopped ends a walk whose fault sink has said that it wants no more.
var ErrStopped = errors.New("stopped at a fault")

// ViewOptions says what a View does besides reading the small buckets and
// counting records.
type ViewOptions struct {
	// Records get every record of bucket "key", in this order.
	Records []RecordAccumulator
	// OnFault gets every fault and returns false to end the walk. It is called
	// from the goroutines that walk, so it must be safe for concurrent use if
	// there are several; the order of faults depends on them.
	// nil: faults are dropped.
	OnFault func(Fault) bool
	// NoHash leaves the status hash out, which saves reading the pages' bytes.
	NoHash bool
}

// A View reads a whole database once and knows afterwards what etcd would make
// of it. It is a bolt.Accumulator.
type View struct {
	Totals  Totals // records of bucket "key"
	Meta    Meta
	Cluster Cluster
	Members Members
	Alarms  Alarms
	Leases  Leases
	Auth    Auth

	Buckets        int   // buckets of the top level
	UnknownBuckets int   // of these, the ones that etcd does not have
	Elements       int64 // elements of all these buckets; etcdutl 3.4 and 3.5 print it as total keys
	Unparsed       int64 // records of bucket "key" that do not parse, and are not in Totals

	options ViewOptions
	hash    checksum
	seen    seenBuckets
	markers markerList
	hidden  seenBuckets  // buckets that a fault of the file hides, in whole or in part
	bucket  *bolt.Bucket // the bucket of the last leaf
	step    func(l bolt.Leaf) error
	parse   func(*entry) // of the small bucket
	name    string       // of the bucket, if it is known
	record  Record       // reused
	entry   entry        // reused
	stopped bool
	limits  []limited
	early   bool    // a fork that may not report; see ForkEarly
	spare   []*View // early forks that were merged
}

// NewView makes a View for one walk.
func NewView(o ViewOptions) *View {
	v := &View{options: o}
	v.entry.report = v.report
	v.findLimits()
	return v
}

// Hash is the hash that `etcdutl snapshot status` prints: CRC-32C over the name
// of each bucket, then its keys and values, in the order of the file. It tells
// whether two files have the same content; members of a cluster differ in it.
// Source: etcd 3.7 etcdutl/snapshot/v3_snapshot.go (Status).
func (v *View) Hash() uint32 { return v.hash.crc }

// Records are the accumulators of the options, with what they collected.
func (v *View) Records() []RecordAccumulator { return v.options.Records }

// Has tells whether the file has this bucket of etcd's.
func (v *View) Has(bucket string) bool { return v.seen.has(bucket) }

// Adopt takes over what another View has seen of bucket "key", which v was not shown
// because the two files have the same; what v has seen of it comes behind that. v has no
// hash then. It is called before Check.
func (v *View) Adopt(of *View) {
	last, markers := v.Totals, v.markers
	v.Totals, v.markers = of.Totals, slices.Clone(of.markers)
	v.Totals.add(&last)
	v.mergeMarkers(&View{markers: markers})
	v.Unparsed += of.Unparsed
	v.Elements += of.Totals.Records + of.Unparsed
	if !v.seen.has(BucketKey) {
		v.Buckets++
		v.seen.add(BucketKey)
	}
}

// Latest is L, the revision at which etcd would come up.
func (v *View) Latest() int64 { return v.Meta.Latest(v.Totals.Last.Main) }

// report hands a fault to the sink.
func (v *View) report(f Fault) {
	if v.early {
		v.stopped = true // which has the range visited in its turn
		return
	}
	if v.options.OnFault != nil && !v.options.OnFault(f) {
		v.stopped = true
	}
}

// Bucket is told that a bucket begins. Only the names of top-level buckets are
// part of the hash, as etcdutl does not descend.
func (v *View) Bucket(b *bolt.Bucket) {
	switch len(b.Path) {
	case 0:
		return
	case 1:
	default:
		f := newFault(BucketNested, "a bucket inside "+quoteClipped(b.Path[0]), "records only")
		v.reportBucket(f, b)
		return
	}
	v.Buckets++
	if b.Sequence != 0 {
		v.reportBucket(newFault(BucketSequence, "sequence "+strconv.FormatUint(b.Sequence, 10), "0"), b)
	}
	if !v.options.NoHash {
		v.hash.write(b.Name())
	}
	if !v.seen.add(string(b.Name())) {
		v.UnknownBuckets++
		v.reportBucket(newFault(BucketUnknown, "bucket "+bolt.ShowName(b.Name()), "a bucket of etcd"), b)
	}
}

func (v *View) reportBucket(f Fault, b *bolt.Bucket) {
	f.Bucket, f.Key = string(clipKey(b.Path[0])), clipKey(b.Name())
	f.Page, f.Elem, f.Off = b.Page, b.Elem, b.Off
	v.report(f)
}

// Leaf takes one leaf in.
func (v *View) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if b != v.bucket {
		v.enter(b)
	}
	if len(b.Path) == 1 {
		v.Elements += int64(l.Len())
		if !v.options.NoHash {
			hashLeaf(&v.hash, l)
		}
	}
	if v.step != nil {
		if err := v.step(l); err != nil {
			return err
		}
	}
	if v.stopped {
		return ErrStopped
	}
	return v.Err()
}

// enter chooses what to do with the leaves of b. It does not rely on Bucket:
// a range may begin in the middle of a bucket.
func (v *View) enter(b *bolt.Bucket) {
	v.bucket, v.step, v.parse = b, nil, nil
	if len(b.Path) != 1 {
		return
	}
	v.name = string(b.Name())
	if v.name == BucketKey {
		v.step = v.stepRecords
	} else if v.parse = v.parser(v.name); v.parse != nil {
		v.step = v.stepSmall
	}
}

// parser is the parser of a small bucket, nil if it is not one of etcd's.
func (v *View) parser(name string) func(*entry) {
	switch name {
	case BucketMeta:
		return v.Meta.parse
	case BucketLease:
		return v.Leases.parse
	case BucketAlarm:
		return v.Alarms.parse
	case BucketCluster:
		return v.Cluster.parse
	case BucketMembers:
		return v.Members.parse
	case BucketMembersRemoved:
		return v.Members.parseRemoved
	case BucketAuth:
		return v.Auth.parse
	case BucketAuthUsers:
		return v.Auth.parseUser
	case BucketAuthRoles:
		return v.Auth.parseRole
	}
	return nil
}

// hashLeaf adds the keys and values of a leaf. A bucket among them counts with
// its name only, as bbolt's ForEach gives it no value.
func hashLeaf(h *checksum, l bolt.Leaf) {
	if payload, ok := l.Packed(); ok {
		h.write(payload)
		return
	}
	for i := range l.Len() {
		key, value, ok := l.At(i)
		if !ok {
			continue
		}
		h.write(key)
		if !l.IsBucket(i) {
			h.write(value)
		}
	}
}

// stepSmall hands the elements of a small bucket to its parser.
func (v *View) stepSmall(l bolt.Leaf) error {
	for i := range l.Len() {
		key, value, off, ok := l.Plain(i)
		if !ok {
			continue
		}
		e := &v.entry
		e.bucket, e.key, e.value = v.name, key, value
		e.page, e.elem, e.off = l.Page(), i, off
		v.parse(e)
		if v.stopped {
			return ErrStopped
		}
	}
	return nil
}
