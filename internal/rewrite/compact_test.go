package rewrite

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"go.etcd.io/etcd/server/v3/storage/mvcc"

	"boltvet/fixtures"
	"boltvet/internal/query"
	"boltvet/mvccview"
)

// TestCompactLikeTheStore compacts the rich snapshot, and stores of every odd kind, at many
// revisions: bucket by bucket the new file has the rows of a copy that etcd's own store
// has compacted at the same revision, and it reports the same HashKV.
func TestCompactLikeTheStore(t *testing.T) {
	paths := map[string]string{"rich": rich(t)}
	for _, name := range []string{"small", "txns", "all-dead", "tombstone-at-compact", "half-compacted", "scheduled-only", "leases", "deep"} {
		b, err := fixtures.NamedBase(name)
		if err != nil {
			t.Fatal(err)
		}
		paths[name] = base(t, withMember(b))
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			unchanged(t, path)
			first, last := limitsOf(t, path)
			steps := int64(8)
			if name == "rich" {
				steps = 50
			}
			for i := range steps + 1 {
				if rev := first + (last-first)*i/steps; first <= rev && rev <= last {
					compareCompaction(t, path, rev)
				}
			}
		})
	}
}

// limitsOf are the first and last revision at which a file can be compacted.
func limitsOf(t testing.TB, path string) (first, last int64) {
	t.Helper()
	_, err := Compact(t.Context(), resolve(t, path), Output{}, Target{Revision: 1 << 40}, Options{DryRun: true})
	var limits *RevisionError
	if !errors.As(err, &limits) || limits.Compacted() {
		t.Fatal(err)
	}
	return max(limits.Compact+1, 1), limits.Latest
}

// compareCompaction holds one compaction against the store's.
func compareCompaction(t testing.TB, path string, rev int64) {
	t.Helper()
	want, err := compacted(t, path, rev)
	if err != nil {
		t.Fatalf("revision %d: etcd: %v", rev, err)
	}
	out := output(t)
	r, err := Compact(t.Context(), resolve(t, path), out, Target{Revision: rev}, Options{Seal: rev%2 == 0})
	if err != nil {
		t.Fatalf("revision %d: %v", rev, err)
	}
	if r.Sealed {
		sealedRight(t, out.File.Name(), r)
	}
	got := bare(t, out.File.Name())
	if report := sound(t, out.File.Name()); report.View.Hash() != r.HashAfter {
		t.Errorf("revision %d: hash %x, told %x", rev, report.View.Hash(), r.HashAfter)
	}
	same(t, rows(t, want), rows(t, got))
	sameHashKV(t, want, got, rev)
	plan, err := Compact(t.Context(), resolve(t, path), Output{}, Target{Revision: rev}, Options{DryRun: true, Seal: r.Sealed})
	if err != nil || plan.After != r.After || plan.Records != r.Records {
		t.Errorf("revision %d: planned %+v, %v; was %+v", rev, plan, err, r)
	}
	samePrefixes(t, rows(t, bare(t, path))["key"], rows(t, got)["key"], r)
}

// sameHashKV asks etcd's store for the hashes of both files, and ours for the new one's.
func sameHashKV(t testing.TB, want, got string, rev int64) {
	t.Helper()
	ours, err := query.OpenKV(t.Context(), resolve(t, got), -1, query.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	a, closeA := openStore(t, bare(t, want))
	defer closeA()
	b, closeB := openStore(t, bare(t, got))
	defer closeB()
	for _, at := range []int64{rev, (rev + ours.Latest) / 2, ours.Latest} {
		x, _, errX := a.HashStorage().HashByRev(at)
		y, _, errY := b.HashStorage().HashByRev(at)
		own, err := ours.Hash(t.Context(), at)
		if x != y || errX != nil || errY != nil || err != nil || own.Hash != x.Hash {
			t.Errorf("compacted at %d, HashKV at %d: %+v %v, %+v %v, %+v %v", rev, at, x, errX, y, errY, own, err)
		}
	}
}

// TestCompactionRefused asks for revisions that cannot be had; etcd's store refuses the same.
func TestCompactionRefused(t *testing.T) {
	for _, name := range []string{"small", "half-compacted", "scheduled-only", "txns"} {
		b, err := fixtures.NamedBase(name)
		if err != nil {
			t.Fatal(err)
		}
		path := base(t, withMember(b))
		first, last := limitsOf(t, path)
		for _, rev := range []int64{first - 1, first - 2, last + 1, last + 100} {
			if rev < 1 {
				continue
			}
			out := output(t)
			_, err := Compact(t.Context(), resolve(t, path), out, Target{Revision: rev}, Options{})
			var refused *RevisionError
			if !errors.As(err, &refused) || refused.Revision != rev || refused.Compacted() != (rev < first) {
				t.Errorf("%s at %d: %v", name, rev, err)
			}
			if _, etcd := compacted(t, path, rev); errors.Is(etcd, mvcc.ErrCompacted) != (rev < first) || errors.Is(etcd, mvcc.ErrFutureRev) != (rev > last) {
				t.Errorf("%s at %d: etcd says %v, we say %v", name, rev, etcd, err)
			}
			if info, err := os.Stat(out.File.Name()); err != nil || info.Size() != 0 {
				t.Errorf("%s at %d: %d bytes written, %v", name, rev, info.Size(), err)
			}
		}
		if _, err := Compact(t.Context(), resolve(t, path), Output{}, Target{Retain: last}, Options{DryRun: true}); !errors.As(err, new(*RevisionError)) {
			t.Errorf("%s: retain all: %v", name, err)
		}
	}
}

// TestRetain keeps some revisions below the latest.
func TestRetain(t *testing.T) {
	path := rich(t)
	_, last := limitsOf(t, path)
	for _, k := range []int64{0, 1, 7} {
		r, err := Compact(t.Context(), resolve(t, path), output(t), Target{Retain: k}, Options{})
		if err != nil || r.Compaction.Revision != last-k || r.Compaction.Latest != last {
			t.Errorf("retain %d: %+v, %v", k, r, err)
		}
	}
}

// TestPrefixes cuts keys where a person would.
func TestPrefixes(t *testing.T) {
	for key, want := range map[string]string{
		"": "", "a": "", "a/b": "a/", "/a": "/", "/a/b": "/a/", "/a/b/c": "/a/b/", "/registry/pods/ns/x": "/registry/pods/",
		"a/b/c/d": "a/b/", "//a/b/c": "//a/b/", "/a//b": "/a//",
	} {
		if got := string(mvccview.KeyPrefix([]byte(key), prefixDepth)); got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
	var table prefixTable
	for i := range maxPrefixes + 100 {
		table.add(fmt.Appendf(nil, "/a/%05d/x", i), 10)
	}
	list, others := table.top()
	var n int64
	for _, p := range list {
		n += p.Records
	}
	if !others || len(list) != topPrefixes+1 || n != maxPrefixes+100 {
		t.Errorf("%d prefixes, %d records, others %t", len(list), n, others)
	}
}

// TestMetaRows holds the names against those that the prelude reads.
func TestMetaRows(t *testing.T) {
	s := selection{rev: 258}
	for _, r := range s.metaRows() {
		if len(r.value) != mvccview.RevKeyLen {
			t.Errorf("%s: %d bytes", r.key, len(r.value))
		}
	}
}
