package inspect

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
)

// TestReleases names the releases that could have written each golden file. 3.5 leaves
// no mark that the next release does not leave too.
func TestReleases(t *testing.T) {
	want := map[string][2]string{"3.4": {"3.0", "3.4"}, "3.5": {"3.5", "3.6"}, "3.6": {"3.6", "3.7"}, "3.7": {"3.7", "3.7"}}
	// A restore by etcdutl 3.7 takes the cluster's version out of the file.
	special := map[string][2]string{}
	for _, x := range goldens(t, t.TempDir()) {
		w, ok := special[x.name]
		if !ok {
			w = want[x.name[:3]]
		}
		s, _ := look(t, x.path, Options{})
		if got := s.DB.Releases; got.Oldest != w[0] || got.Newest != w[1] || got.Why == "" {
			t.Errorf("%s: %s to %s (%s), want %s to %s", x.name, got.Oldest, got.Newest, got.Why, w[0], w[1])
		}
	}
}

// TestTrailerStates has one file for each state.
func TestTrailerStates(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		base, damage string
		noHash       bool
		want         datadir.TrailerState
		fault        string // "" if none
	}{
		{base: "snapshot", want: datadir.TrailerOK},
		{base: "snapshot", damage: "trailer flip 3", want: datadir.TrailerWrong, fault: "file.trailer-wrong"},
		{base: "snapshot", damage: "flip file +70000 bit 1", want: datadir.TrailerWrong, fault: "file.trailer-wrong"},
		{base: "snapshot", damage: "trailer zero", want: datadir.TrailerWrong, fault: "file.trailer-wrong"},
		{base: "snapshot", damage: "trailer strip", want: datadir.TrailerMissing, fault: "file.trailer-missing"},
		{base: "snapshot", damage: "trailer partial 20", want: datadir.TrailerDamaged, fault: "file.trailer-partial"},
		{base: "snapshot", damage: "trailer double", want: datadir.TrailerDamaged, fault: "file.trailer-doubled"},
		{base: "snapshot", damage: "append junk", want: datadir.TrailerDamaged, fault: "file.trailer-junk"},
		{base: "snapshot", damage: "trailer flip 3", noHash: true, want: datadir.TrailerNotChecked},
		{base: "member", want: datadir.TrailerNone},
	} {
		path := filepath.Join(dir, "x.db")
		b, err := fixtures.NamedBase(c.base)
		if err == nil {
			err = errors.Join(ignoreMissing(os.Remove(path)), b.Build(path))
		}
		if err == nil && c.damage != "" {
			err = fixtures.Damage(path, c.damage)
		}
		if err != nil {
			t.Fatal(err)
		}
		s, faults := look(t, path, Options{NoHash: c.noHash})
		if s.Trailer.State != c.want {
			t.Errorf("%s, %s: trailer %q, want %q", c.base, c.damage, s.Trailer.State, c.want)
		}
		found := slices.ContainsFunc(faults, func(x string) bool { return strings.Contains(x, "file.trailer-") })
		named := slices.ContainsFunc(faults, func(x string) bool { return strings.Contains(x, c.fault) })
		if found != (c.fault != "") || !named && c.fault != "" {
			t.Errorf("%s, %s: faults %q, want %q", c.base, c.damage, faults, c.fault)
		}
	}
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// member unpacks a golden data dir and returns its path.
func member(t *testing.T, name string) string {
	t.Helper()
	f, err := golden.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := f.Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestDBAndLog compares dbs and logs that belong together and such that do not.
func TestDBAndLog(t *testing.T) {
	equal := member(t, "3.7-member.tar.gz")
	s, _ := look(t, equal, Options{})
	if s.WAL == nil || !s.WAL.Known || s.WAL.Behind != 0 {
		t.Errorf("a clean stop: %+v, want a db that has all", s.WAL)
	}
	killed := member(t, "3.7-killed.tar.gz")
	s, _ = look(t, killed, Options{})
	behind := s.WAL.Behind
	if !s.WAL.Known || behind <= 0 || uint64(behind) != s.WAL.LastIndex-s.DB.View.Meta.ConsistentIndex.Value {
		t.Errorf("a kill: %+v, want a db behind its log", s.WAL)
	}
	// The killed member's db is newer than the log of the other one.
	s, _ = lookAt(t, resolve(t, filepath.Join(killed, "member", "snap", "db"), datadir.Options{WALDir: filepath.Join(equal, "member", "wal")}), Options{})
	if s.WAL == nil || !s.WAL.Known || s.WAL.Behind >= 0 {
		t.Errorf("a db with an older log: %+v, want it ahead", s.WAL)
	}
}

// TestSeparateLog moves the log out of the data dir, as etcd --wal-dir has it.
func TestSeparateLog(t *testing.T) {
	dir := member(t, "3.7-killed.tar.gz")
	want, _ := look(t, dir, Options{})
	moved := filepath.Join(t.TempDir(), "log")
	if err := os.Rename(filepath.Join(dir, "member", "wal"), moved); err != nil {
		t.Fatal(err)
	}
	s, faults := look(t, dir, Options{})
	if s.WAL != nil || !slices.ContainsFunc(faults, func(x string) bool { return strings.Contains(x, "dir.wal-missing") }) {
		t.Errorf("without its log: %+v, faults %q", s.WAL, faults)
	}
	s, faults = lookAt(t, resolve(t, dir, datadir.Options{WALDir: moved}), Options{})
	if s.WAL == nil || s.WAL.Behind != want.WAL.Behind || s.WAL.LastIndex != want.WAL.LastIndex || len(faults) != 0 {
		t.Errorf("with --wal-dir: %+v, want %+v; faults %q", s.WAL, want.WAL, faults)
	}
	s, _ = look(t, moved, Options{})
	if s.DB != nil || s.WAL == nil || s.WAL.Known || s.WAL.LastIndex != want.WAL.LastIndex {
		t.Errorf("the log alone: db %v, %+v", s.DB, s.WAL)
	}
}

// TestNotEtcd tells a sound bolt file of somebody else's from an etcd file.
func TestNotEtcd(t *testing.T) {
	for base, want := range map[string]bool{"plain-big-values": true, "plain-deletes": true, "plain-void": true, "plain-nested": true, "empty": false, "small": false, "v34": false} {
		b, err := fixtures.NamedBase(base)
		path := filepath.Join(t.TempDir(), "x.db")
		if err := errors.Join(err, b.Build(path)); err != nil {
			t.Fatal(err)
		}
		s, faults := look(t, path, Options{NoHash: true})
		if s.DB.NotEtcd != want {
			t.Errorf("%s: not etcd's: %t, want %t", base, s.DB.NotEtcd, want)
		}
		for _, x := range faults {
			if want && !strings.Contains(x, "bucket.") {
				t.Errorf("%s: a fault of meaning in a file without meaning: %s", base, x)
			}
		}
	}
}

// TestNoMeta: without a valid meta there is no status, but a fault that says so.
func TestNoMeta(t *testing.T) {
	b, err := fixtures.NamedBase("small")
	path := filepath.Join(t.TempDir(), "x.db")
	if err := errors.Join(err, b.Build(path), fixtures.Damage(path, "flip meta0.checksum bit 1\nflip meta1.checksum bit 1")); err != nil {
		t.Fatal(err)
	}
	s, err := Run(t.Context(), resolve(t, path, datadir.Options{}), Options{})
	var f bolt.Fault
	if s != nil || !errors.As(err, &f) || f.Kind != bolt.MetaNone {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestInputIsNotTouched runs over every kind of path and compares the bytes.
func TestInputIsNotTouched(t *testing.T) {
	for _, x := range goldens(t, t.TempDir()) {
		before, err := os.ReadFile(x.db)
		if err != nil {
			t.Fatal(err)
		}
		look(t, x.path, Options{})
		after, err := os.ReadFile(x.db)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: changed, %v", x.name, err)
		}
	}
}

// TestProgressEnds: the bar gets to its end and never beyond it, in both passes.
func TestProgressEnds(t *testing.T) {
	path := history(t, 50_000)
	if err := fixtures.Damage(path, "reseal"); err != nil { // a trailer, so that there is a sum to make
		t.Fatal(err)
	}
	type mark struct{ done, total int64 }
	pages, sum := make(chan mark, 1000), make(chan mark, 1000)
	look(t, path, Options{Progress: func(phase string, done, total int64) {
		if done > total || done < 0 {
			t.Errorf("%s: %d of %d", phase, done, total)
		}
		switch phase {
		case "pages":
			pages <- mark{done, total}
		case "sha256":
			sum <- mark{done, total}
		}
	}})
	close(pages)
	close(sum)
	for _, marks := range []chan mark{pages, sum} {
		last := mark{}
		for m := range marks {
			if m.done < last.done {
				t.Errorf("back from %d to %d", last.done, m.done)
			}
			last = m
		}
		if last.total == 0 {
			t.Error("no progress")
		}
	}
}
