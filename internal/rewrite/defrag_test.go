package rewrite

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/mvccview"
	"boltvet/verify"
)

// TestDefrag defragments every healthy fixture, sealed and not: the new file is sound for
// verify and for bbolt, and has the content of the old one, row by row.
func TestDefrag(t *testing.T) {
	for name, path := range healthy(t) {
		t.Run(name, func(t *testing.T) {
			for _, seal := range []bool{false, true} {
				testDefrag(t, path, seal)
			}
		})
	}
}

// healthy are the paths of all fixtures that etcd wrote.
func healthy(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{"rich": rich(t)}
	bases, err := fixtures.Bases()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bases {
		out[b.Name] = base(t, withMember(b))
	}
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if out[f.Name], err = f.Unpack(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// withMember adds to a store what every served one has.
func withMember(b fixtures.Base) fixtures.Base {
	if !strings.Contains(b.Script, "kind plain") && !strings.Contains(b.Script, "use ") && !strings.Contains(b.Script, "member ") {
		b.Script += "cindex 200 term 2\nmember 3c2bdafe2850b2c0 default http://127.0.0.1:2380\n"
	}
	return b
}

func testDefrag(t *testing.T, path string, seal bool) {
	t.Helper()
	src := resolve(t, path)
	unchanged(t, src.DBPath)
	plan, err := Defrag(t.Context(), src, Output{}, Options{Seal: seal, DryRun: true})
	if errors.Is(err, mvccview.ErrNotEtcd) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	out := output(t)
	r, err := Defrag(t.Context(), src, out, Options{Seal: seal, ReadBack: true})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(out.File.Name())
	if err != nil || info.Size() != r.After.FileBytes || plan.After != r.After {
		t.Errorf("%d bytes (%v), planned %+v, told %+v", info.Size(), err, plan.After, r.After)
	}
	if r.HashBefore != r.HashAfter || plan.HashBefore != r.HashBefore || r.Records != plan.Records || r.Records.Dropped != 0 {
		t.Errorf("planned %+v, was %+v", plan, r)
	}
	if seal {
		sealedRight(t, out.File.Name(), r)
	}
	same(t, rows(t, bare(t, src.DBPath)), rows(t, bare(t, out.File.Name())))
	bboltCheck(t, bare(t, out.File.Name()))
	if before := verified(t, path); len(before.Codes) == 0 {
		sound(t, out.File.Name())
	}
}

// TestSequences has buckets count: etcd never does, but what a bucket says stays, inline or not.
func TestSequences(t *testing.T) {
	for name, run := range each(Options{}) {
		path := base(t, withMember(fixtures.Base{Script: "use small"}))
		want := sequences(t, path, func(i uint64, b *bbolt.Bucket) error { return b.SetSequence(1<<40 + i) })
		out := output(t)
		if _, err := run(t.Context(), resolve(t, path), out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := sequences(t, bare(t, out.File.Name()), func(uint64, *bbolt.Bucket) error { return nil })
		if len(want) < 5 || want["key"] < 1<<40 || !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// sequences are those of all buckets, once change has seen them one by one.
func sequences(t *testing.T, path string, change func(i uint64, b *bbolt.Bucket) error) map[string]uint64 {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]uint64{}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
			b := tx.Bucket(name)
			err := change(uint64(len(out)), b)
			out[string(name)] = b.Sequence()
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func verified(t *testing.T, path string) *verify.Report {
	t.Helper()
	report, err := verify.Run(t.Context(), resolve(t, path), verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// same compares two files row by row.
func same(t testing.TB, want, got map[string][]pair) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d buckets, want %d", len(got), len(want))
	}
	for name, rows := range want {
		if !slices.Equal(rows, got[name]) {
			t.Errorf("bucket %s: %d rows, want %d: %q, want %q", name, len(got[name]), len(rows), clip(got[name]), clip(rows))
		}
	}
}

func clip(rows []pair) []pair { return rows[:min(len(rows), 20)] }
