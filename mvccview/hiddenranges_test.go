package mvccview

import (
	"math/rand/v2"
	"testing"

	"boltvet/bolt"
)

// TestHiddenRangesModel compares with a plain set of points.
func TestHiddenRangesModel(t *testing.T) {
	const points = 60
	at := func(i int) Revision { return Revision{int64(i / 5), int64(i % 5)} }
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var h HiddenRanges
		var set [points]bool
		for range r.IntN(20) {
			lo, n := r.IntN(points), r.IntN(6)
			hi := min(lo+n, points-1)
			h.Add(at(lo), at(hi))
			for i := lo; i < hi; i++ {
				set[i] = true
			}
		}
		for i := 1; i < len(h.ranges); i++ {
			if h.ranges[i-1].hi.Compare(h.ranges[i].lo) >= 0 {
				t.Fatalf("seed %d: ranges %v", seed, h.ranges)
			}
		}
		for lo := range points {
			hi := lo + r.IntN(points-lo)
			overlap, free := false, map[int]bool{}
			for i := lo; i < hi; i++ {
				overlap = overlap || set[i]
				free[i] = !set[i]
			}
			if got := h.Overlaps(at(lo), at(hi)); got != overlap {
				t.Fatalf("seed %d: overlap of [%v, %v) is %t, want %t", seed, at(lo), at(hi), got, overlap)
			}
			h.rest(at(lo), at(hi), func(p revRange) {
				for i := lo; i < hi; i++ {
					if p.lo.Compare(at(i)) <= 0 && at(i).Compare(p.hi) < 0 {
						if !free[i] {
							t.Fatalf("seed %d: %v is hidden, but in the rest %v", seed, at(i), p)
						}
						delete(free, i)
					}
				}
			})
			for i, f := range free {
				if f {
					t.Fatalf("seed %d: %v is not hidden, but not in the rest", seed, at(i))
				}
			}
		}
	}
}

// TestHiddenRangesBounded: more holes than the bound hide more, not less.
func TestHiddenRangesBounded(t *testing.T) {
	var h HiddenRanges
	for i := range int64(maxHidden + 1000) {
		h.Add(Revision{Main: 10 * i}, Revision{Main: 10*i + 1})
	}
	h.Add(Revision{Main: -5}, Revision{Main: -4})
	if len(h.ranges) > maxHidden {
		t.Errorf("%d ranges", len(h.ranges))
	}
	for i := range int64(maxHidden + 1000) {
		if !h.Overlaps(Revision{Main: 10 * i}, Revision{Main: 10*i + 1}) {
			t.Fatalf("%d is not hidden", 10*i)
		}
	}
}

// TestHiddenRangesFaults: what the faults of files and records hide.
func TestHiddenRangesFaults(t *testing.T) {
	key := func(main, sub int64) []byte { return AppendRevKey(nil, RevKey{Revision: Revision{main, sub}}) }
	tomb := AppendRevKey(nil, RevKey{Revision: Revision{7, 1}, Tombstone: true})
	negative := AppendRevKey(nil, RevKey{Revision: Revision{7, 3}})
	negative[0] |= 0x80
	page := func(bucket string, r *bolt.KeyRange) func(*HiddenRanges) {
		return func(h *HiddenRanges) { h.Page(bolt.Fault{Bucket: bucket, Hidden: r}) }
	}
	record := func(kind FaultKind, rev Revision, key []byte) func(*HiddenRanges) {
		return func(h *HiddenRanges) { h.Record(Fault{Kind: kind, Rev: rev, Key: key}) }
	}
	tests := []struct {
		name   string
		add    func(*HiddenRanges)
		lo, hi Revision
	}{
		{"page", page(BucketKey, &bolt.KeyRange{Lo: key(5, 2), Hi: key(9, 0)}), Revision{5, 2}, Revision{9, 0}},
		{"from the start", page(BucketKey, &bolt.KeyRange{Hi: key(9, 0)}), Revision{}, Revision{9, 0}},
		{"to the end", page(BucketKey, &bolt.KeyRange{Lo: key(5, 0)}), Revision{5, 0}, endOfTime},
		{"from a tombstone on", page(BucketKey, &bolt.KeyRange{Lo: tomb, Hi: key(9, 0)}), Revision{7, 1}, Revision{9, 0}},
		{"behind a record", page(BucketKey, &bolt.KeyRange{Lo: append(key(7, 1), 0), Hi: key(9, 0)}), Revision{7, 2}, Revision{9, 0}},
		{"behind a tombstone", page(BucketKey, &bolt.KeyRange{Lo: append(tomb, 0), Hi: key(9, 0)}), Revision{7, 2}, Revision{9, 0}},
		{"all buckets", page(bucketDirectory, &bolt.KeyRange{}), Revision{}, endOfTime},
		{"another bucket", page(BucketMeta, &bolt.KeyRange{}), Revision{}, Revision{}},
		{"nothing", page(BucketKey, nil), Revision{}, Revision{}},
		{"value", record(ValueUnparseable, Revision{7, 3}, nil), Revision{7, 3}, Revision{7, 4}},
		{"separator", record(RevisionSeparator, Revision{}, key(7, 3)), Revision{7, 3}, Revision{7, 4}},
		{"sign", record(RevisionNegative, Revision{}, negative), Revision{7, 3}, Revision{7, 4}},
		{"length", record(RevisionLength, Revision{}, key(7, 3)[:12]), Revision{7, 0}, Revision{8, 0}},
		{"too short", record(RevisionLength, Revision{}, key(7, 3)[:7]), Revision{}, Revision{}},
		{"harmless", record(RevisionMark, Revision{7, 3}, nil), Revision{}, Revision{}},
	}
	for _, test := range tests {
		var h HiddenRanges
		test.add(&h)
		want := []revRange{{test.lo, test.hi}}
		if test.lo == test.hi {
			want = nil
		}
		if len(h.ranges) != len(want) || len(want) > 0 && h.ranges[0] != want[0] {
			t.Errorf("%s: %v, want %v", test.name, h.ranges, want)
		}
	}
}
