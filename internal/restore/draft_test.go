package restore

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// generated is a db of a few megabytes, a third of them free.
func generated(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 24 << 20, Seed: 7}); err != nil {
		t.Fatal(err)
	}
	return path
}

func allOf(t testing.TB, dir string) Options {
	o := Options{Cluster: cluster(t, three), OutDir: dir}
	for _, m := range o.Cluster.Members {
		o.Outputs = append(o.Outputs, Target{Name: m.Name, DataDir: filepath.Join(dir, m.Name)})
	}
	return o
}

// TestDraftCopies restores by the short way: the pages of the source stand where they
// stood, those that nobody uses are left out, bbolt reads the same as from a restore by
// the long way, and a full verification of each member finds nothing.
func TestDraftCopies(t *testing.T) {
	path := generated(t)
	for name, bump := range map[string]int64{"plain": 0, "bumped": 1000} {
		t.Run(name, func(t *testing.T) { copiesAs(t, path, bump) })
	}
}

func copiesAs(t *testing.T, path string, bump int64) {
	dir := filepath.Join(t.TempDir(), "all")
	o := allOf(t, dir)
	o.Bump = bump
	p, src, draft, err := draftFor(t, path, o)
	if err != nil || !draft.usable() {
		t.Fatalf("%v, usable %v", err, draft.usable())
	}
	survey := draft.report.Survey
	done, err := Execute(t.Context(), p, src, ExecuteOptions{Draft: draft})
	if err != nil || done.Verdict != verify.VerdictHealthy {
		t.Fatalf("%v, %+v", err, done)
	}
	long := filepath.Join(t.TempDir(), "long")
	o = allOf(t, long)
	o.Bump = bump
	p, src, err = planFor(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); err != nil {
		t.Fatal(err)
	}
	want, before := content(t, filepath.Join(long, "m1", "member", "snap", "db")), readFile(t, path)
	for _, m := range p.Cluster.Members {
		db := filepath.Join(dir, m.Name, "member", "snap", "db")
		sameContent(t, content(t, db), want)
		after := readFile(t, db)
		if int64(len(after)) != done.Written.Bytes {
			t.Errorf("%s: %d bytes, said %d", m.Name, len(after), done.Written.Bytes)
		}
		samePages(t, survey, before, after)
		verifyMember(t, filepath.Join(dir, m.Name))
	}
}

func sameContent(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d records and buckets, want %d", len(got), len(want))
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			t.Errorf("%q: %q (%v), want %q", k, g, ok, v)
		}
	}
}

// samePages compares what is in use, and counts on some of the rest being zero.
func samePages(t *testing.T, s *bolt.Survey, before, after []byte) {
	t.Helper()
	zero, ps := 0, int(s.Meta.PageSize)
	for id := 2; id < int(s.Meta.HighWater); id++ {
		a, b := before[id*ps:(id+1)*ps], after[id*ps:(id+1)*ps]
		switch {
		case bytes.Equal(a, b):
		case s.Reached(bolt.Pgid(id)):
			t.Fatalf("page %d differs", id)
		case bytes.Count(b, []byte{0}) != ps:
			t.Fatalf("page %d, which is free, is neither what it was nor zero", id)
		default:
			zero++
		}
	}
	t.Logf("%d free pages were left out", zero)
}

func verifyMember(t *testing.T, dir string) {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), dir, datadir.Options{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := verify.Run(t.Context(), src, verify.Options{})
	if err != nil || r.Verdict != verify.VerdictHealthy {
		t.Errorf("%s: %v, %+v", dir, err, r)
	}
}

// TestDraftClones has a file system that shares blocks; here it only seems to. Some
// have shared the first file, some the others, some all.
func TestDraftClones(t *testing.T) {
	path := unpack(t, "3.7-snapshot.db.gz")
	for name, may := range map[string]int{"one": 1, "two": 2, "all": 3} {
		t.Run(name, func(t *testing.T) {
			dir, left := filepath.Join(t.TempDir(), "all"), may
			src, o := open(t, path), allOf(t, dir)
			draft := newDraft(t.Context(), src, o, func(to, from *os.File) bool {
				if left--; left < 0 {
					return false
				}
				_, err := io.Copy(to, io.NewSectionReader(from, 0, src.FileSize))
				return err == nil
			})
			defer draft.Abort()
			facts, err := Read(t.Context(), src, ReadOptions{Draft: draft})
			if err != nil || !draft.usable() {
				t.Fatalf("%v, usable %v", err, draft.usable())
			}
			p, err := NewPlan(facts, o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Execute(t.Context(), p, src, ExecuteOptions{Draft: draft}); err != nil {
				t.Fatal(err)
			}
			first := readFile(t, filepath.Join(dir, "m1", "member", "snap", "db"))
			for _, m := range p.Cluster.Members {
				db := filepath.Join(dir, m.Name, "member", "snap", "db")
				content(t, db)
				if len(readFile(t, db)) != len(first) {
					t.Errorf("%s has another length than m1", m.Name)
				}
				verifyMember(t, filepath.Join(dir, m.Name))
			}
		})
	}
}

// TestDraftOfChangedSource changes the source between its reading and the plan: then
// the copies prove nothing.
func TestDraftOfChangedSource(t *testing.T) {
	path := unpack(t, "3.7-snapshot.db.gz")
	src := open(t, path)
	draft := NewDraft(t.Context(), src, allOf(t, filepath.Join(t.TempDir(), "all")))
	defer draft.Abort()
	report, err := verify.Run(t.Context(), src, verify.Options{Bytes: draft.windows()})
	if err != nil {
		t.Fatal(err)
	}
	b := readFile(t, path)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := draft.settle(t.Context(), report); err != nil || draft.usable() {
		t.Errorf("%v, usable %v", err, draft.usable())
	}
}

// TestDraftDropsLeases has the restored keys judged without the leases that they name, as
// verify judges the finished directory.
func TestDraftDropsLeases(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	o := Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: dir}}, DropLeases: true}
	src := open(t, unpack(t, "3.7-snapshot.db.gz"))
	draft := NewDraft(t.Context(), src, o)
	defer draft.Abort()
	facts, err := Read(t.Context(), src, ReadOptions{Draft: draft, Leased: true})
	if err != nil || !draft.usable() || facts.Leased == 0 {
		t.Fatalf("%v, usable %v, %d keys have leases", err, draft.usable(), facts.Leased)
	}
	p, err := NewPlan(facts, o)
	if err != nil {
		t.Fatal(err)
	}
	done, err := Execute(t.Context(), p, src, ExecuteOptions{Draft: draft})
	if err != nil {
		t.Fatal(err)
	}
	r, err := verify.Run(t.Context(), open(t, dir), verify.Options{})
	if err != nil || r.Verdict != done.Verdict || r.Verdict != verify.VerdictWorn {
		t.Errorf("%v: %s, said %s", err, r.Verdict, done.Verdict)
	}
}

// TestDraftOfHighWater has a source that ends before its high water mark, of free pages
// by what it says: what changes is not put terabytes behind its end.
func TestDraftOfHighWater(t *testing.T) {
	b := readFile(t, bare(t, unpack(t, "3.7-snapshot.db.gz")))
	for _, more := range []bolt.Pgid{1, 1 << 30} {
		file := open(t, write(t, b)).File
		in, err := bolt.Open(file, int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		far := slices.Clone(b)
		for i, slot := range in.Metas() {
			slot.Meta.HighWater += more
			slot.Meta.Checksum = slot.Meta.Sum()
			slot.Meta.Append(far[i*in.PageSize()+bolt.PageHeaderSize:][:0])
		}
		in.Close()
		dir := filepath.Join(t.TempDir(), "data")
		done := restoreTo(t, write(t, far), Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: dir}}})
		if done.Written.Bytes > int64(len(b)) || done.Verdict != verify.VerdictHealthy {
			t.Errorf("%d pages are missing: %d bytes of %d, %s", more, done.Written.Bytes, len(b), done.Verdict)
		}
	}
}

func write(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "written.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDraftRefusesSilently has what stands in the way of a draft: nothing is written, and
// that is no error, for Execute tells of it.
func TestDraftRefusesSilently(t *testing.T) {
	path, parent := unpack(t, "3.7-snapshot.db.gz"), t.TempDir()
	taken := filepath.Join(parent, "taken")
	mkdir(t, taken)
	mkdir(t, filepath.Join(taken, "member"))
	for name, o := range map[string]Options{
		"a target that is taken": {Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: taken}}},
		"no parent":              {Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(parent, "no", "dir")}}},
		"nothing to write":       {Cluster: cluster(t, three)},
	} {
		before := tree(t, parent)
		if d := NewDraft(t.Context(), open(t, path), o); d != nil {
			d.Abort()
			t.Errorf("%s: a draft", name)
		}
		if after := tree(t, parent); after != before {
			t.Errorf("%s: left %s", name, after)
		}
	}
}

// TestDraftAborts gives a draft up at all times; nothing is left.
func TestDraftAborts(t *testing.T) {
	path, parent := generated(t), t.TempDir()
	o := Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(parent, "data")}}}
	NewDraft(t.Context(), open(t, path), o).Abort()
	holdsOnly(t, parent)
	_, _, draft, err := draftFor(t, path, o)
	if err != nil || !draft.usable() {
		t.Fatalf("%v, usable %v", err, draft.usable())
	}
	draft.Abort()
	draft.Abort()
	holdsOnly(t, parent)
}
