package query

import (
	"testing"

	"boltvet/fixtures"
	"boltvet/mvccview"
)

// TestDamagedFiles asks for both hashes of every file of the damage catalogue. Nothing
// may crash or hang; and where no fault is reported, the second look must not trip.
func TestDamagedFiles(t *testing.T) {
	faults, err := fixtures.Faults()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	hashed := 0
	for i, f := range faults {
		if !full() && i%4 != 0 {
			continue
		}
		path, err := f.Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		src, err := resolveAny(t, path)
		if err != nil {
			continue // not taken for a bolt file any more
		}
		seen := 0
		o := ReadOptions{OnFault: func(error) bool { seen++; return true }}
		if _, err := HashContent(t.Context(), src, o); err != nil && seen == 0 && f.Grade == "ok" {
			t.Errorf("%s: status hash: %v", f.Name, err)
		}
		k, err := OpenKV(t.Context(), src, 0, o)
		if err != nil {
			continue
		}
		_, err = k.Hash(t.Context(), 0)
		_, at := k.HashAt(t.Context(), Point{0, k.Compact})
		if seen == 0 && (err != nil || at != nil) {
			t.Errorf("%s: no fault, but %v, %v", f.Name, err, at)
		}
		if err == nil {
			hashed++
		}
		k.Close()
	}
	if hashed == 0 {
		t.Error("nothing was hashed")
	}
}

// TestStopAtFault lets the sink end the reading at the first fault.
func TestStopAtFault(t *testing.T) {
	base, err := fixtures.NamedBase("deep")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/db"
	if err := base.Build(path); err != nil {
		t.Fatal(err)
	}
	if err := fixtures.Damage(path, "zero page key.leaf[1]"); err != nil {
		t.Fatal(err)
	}
	src := resolve(t, path)
	seen := 0
	stop := ReadOptions{OnFault: func(error) bool { seen++; return false }}
	if k, err := OpenKV(t.Context(), src, 0, stop); err == nil {
		k.Close()
		t.Error("the reading went on")
	}
	if seen != 1 {
		t.Errorf("%d faults after the first was refused", seen)
	}
}

// TestNothingToHash has sources without a db and without etcd's buckets.
func TestNothingToHash(t *testing.T) {
	base, err := fixtures.NamedBase("plain-nested")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/db"
	if err := base.Build(path); err != nil {
		t.Fatal(err)
	}
	src := resolve(t, path)
	if _, err := HashContent(t.Context(), src, ReadOptions{}); err != mvccview.ErrNotEtcd {
		t.Errorf("%v, want ErrNotEtcd", err)
	}
	if _, err := OpenKV(t.Context(), src, 0, ReadOptions{}); err != mvccview.ErrNotEtcd {
		t.Errorf("%v, want ErrNotEtcd", err)
	}
	src.File.Close()
	src.File = nil
	if _, err := HashContent(t.Context(), src, ReadOptions{}); err != ErrNoDB {
		t.Errorf("%v, want ErrNoDB", err)
	}
}
