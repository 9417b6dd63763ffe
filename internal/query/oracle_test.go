package query

import (
	"errors"
	"fmt"
	"testing"

	"go.etcd.io/etcd/server/v3/storage/mvcc"
)

// seeds are the random histories that the oracles are asked about.
func seeds() uint64 {
	if full() {
		return 60
	}
	return 9
}

// TestHashAgreesWithStore compares Hash with etcd's own HashByRev at every revision, on
// files whose compaction has ended, has begun, or has never been.
func TestHashAgreesWithStore(t *testing.T) {
	for seed := range seeds() {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			h := randomHistory(seed, 12+int(seed)*3, 1+int(seed)%5)
			for name, path := range h.variants(t, h.latest()*2/3) {
				compareWithStore(t, name, path)
			}
			// A compaction at the latest revision, often that of a tombstone.
			compareWithStore(t, "at latest", h.build(t, compaction{at: h.latest(), to: h.latest()}))
		})
	}
}

func compareWithStore(t *testing.T, name, path string) {
	t.Helper()
	kv, closeKV := openStore(t, copied(t, path))
	defer closeKV()
	k := openKV(t, path, 0)
	for rev := max(0, k.Compact-2); rev <= k.Latest+1; rev++ {
		want, _, err := kv.HashStorage().HashByRev(rev)
		got, own := k.Hash(t.Context(), rev)
		var without *NoAnswerError
		if errors.As(own, &without) != (err != nil) || own != nil && without == nil {
			t.Fatalf("%s, revision %d: %v, want %v", name, rev, own, err)
		}
		if err != nil {
			if errors.Is(err, mvcc.ErrFutureRev) != (rev > without.Latest) {
				t.Errorf("%s, revision %d: %v, want %v", name, rev, own, err)
			}
			continue
		}
		if got.Unsettled {
			continue // the store's answer depends on how far it has got
		}
		if (mvcc.KeyValueHash{Hash: got.Hash, Revision: got.Rev, CompactRevision: got.Compact}) != want {
			t.Errorf("%s, revision %d: %+v, want %+v", name, rev, got, want)
		}
		// What was kept of the first look must not matter.
		if again, err := openKV(t, path, max(rev, 1)).Hash(t.Context(), rev); err != nil || rev > 0 && again != got {
			t.Errorf("%s, revision %d: %+v, %v when asked at once, %+v later", name, rev, again, err, got)
		}
	}
}

// TestSameHistoryCompactedDifferently proves what the comparison of several files
// rests on: HashAt is the same for one history wherever the compactions have got to,
// and it is what etcd reports when they have all ended.
func TestSameHistoryCompactedDifferently(t *testing.T) {
	dead := 0
	for seed := range seeds() {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			h := randomHistory(seed+100, 10+int(seed)*3, 1+int(seed)%5)
			upTo := h.latest() * 2 / 3
			if seed%2 == 0 {
				upTo = h.latest() - int64(seed%4)
			}
			files := map[string]*KVFile{}
			for name, path := range h.variants(t, upTo) {
				files[name] = openKV(t, path, -1)
			}
			plain := files["never"].Source.Path
			for _, compact := range []int64{upTo, (upTo + h.latest()) / 2, h.latest()} {
				if compact < files["at the end"].Compact {
					continue
				}
				kv, closeKV := openStore(t, compactedCopy(t, plain, compact))
				for rev := compact; rev <= h.latest(); rev++ {
					want, _, err := kv.HashStorage().HashByRev(rev)
					if err != nil || want.CompactRevision != compact {
						t.Fatalf("revision %d: %+v, %v", rev, want, err)
					}
					for name, k := range files {
						got, err := k.HashAt(t.Context(), Point{rev, compact})
						if err != nil || got.Hash != want.Hash || got.Point != (Point{rev, compact}) {
							t.Errorf("%s (C = %d) at %d, compacted at %d: %+v, %v, want %+v", name, k.Compact, rev, compact, got, err, want)
						}
						if got.AllDead {
							dead++
						}
					}
				}
				closeKV()
			}
		})
	}
	if dead == 0 {
		t.Error("no history had all keys dead")
	}
}

// TestOtherHistoryDiffers changes one revision of a history: every comparison at or
// above it must see it, unless the compaction has removed what was changed.
func TestOtherHistoryDiffers(t *testing.T) {
	h := randomHistory(5, 30, 4)
	other := history{lines: append([]string(nil), h.lines...)}
	last := len(h.lines) - 1
	other.lines[last] = "put k0 another\n"
	a, b := openKV(t, h.build(t), -1), openKV(t, other.build(t, compaction{at: 20, to: 15}), -1)
	p, ok := CommonPoint([]*KVFile{a, b})
	if !ok || p != (Point{h.latest(), 15}) {
		t.Fatalf("common point %+v, %t", p, ok)
	}
	for rev := p.Compact; rev <= p.Rev; rev++ {
		x, errA := a.HashAt(t.Context(), Point{rev, p.Compact})
		y, errB := b.HashAt(t.Context(), Point{rev, p.Compact})
		want := Equal
		if rev == p.Rev {
			want = Different
		}
		if errA != nil || errB != nil || Judge(x, y) != want {
			t.Errorf("revision %d: %+v, %v and %+v, %v, want %v", rev, x, errA, y, errB, want)
		}
	}
}
