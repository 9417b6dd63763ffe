package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func fillDir(target string, o Options, h hook) error {
	d, err := createDir(target, o, h)
	if err != nil {
		return err
	}
	defer d.Abort()
	if err := os.MkdirAll(filepath.Join(d.Path(), "member", "snap"), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.Path(), "member", "snap", "db"), []byte("db"), 0o600); err != nil {
		return err
	}
	return d.Commit()
}

func TestDirAppearsWhole(t *testing.T) {
	parent := t.TempDir()
	target := filepath.Join(parent, "data")
	if err := fillDir(target+"/", Options{}, nil); err != nil {
		t.Fatal(err)
	}
	wantNames(t, parent, "data")
	wantContent(t, filepath.Join(target, "member", "snap", "db"), "db")
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDirTargets(t *testing.T) {
	parent := t.TempDir()
	full, empty, file := filepath.Join(parent, "full"), filepath.Join(parent, "empty"), filepath.Join(parent, "file")
	if err := errors.Join(os.MkdirAll(filepath.Join(full, "x"), 0o700), os.Mkdir(empty, 0o700)); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, file, "x")
	var exists *ExistsError
	var kind *KindError
	tests := []struct {
		target    string
		overwrite bool
		as        any
	}{
		{full, false, &exists}, {full, true, &exists}, {empty, false, &exists}, {file, false, &exists}, {file, true, &kind},
	}
	for _, tt := range tests {
		if err := fillDir(tt.target, Options{Overwrite: tt.overwrite}, nil); err == nil || !errors.As(err, tt.as) {
			t.Errorf("%s overwrite=%v: %v", filepath.Base(tt.target), tt.overwrite, err)
		}
	}
	if err := fillDir(empty, Options{Overwrite: true}, nil); err != nil {
		t.Fatal(err)
	}
	wantNames(t, parent, "empty", "file", "full")
	wantNames(t, empty, "member")
}

func TestADirFilledMeanwhileIsNotReplaced(t *testing.T) {
	for _, overwrite := range []bool{false, true} {
		parent := t.TempDir()
		target := filepath.Join(parent, "data")
		err := fillDir(target, Options{Overwrite: overwrite}, func(s step) error {
			if s == stepRename {
				return os.MkdirAll(filepath.Join(target, "theirs"), 0o700)
			}
			return nil
		})
		var exists *ExistsError
		if !errors.As(err, &exists) {
			t.Errorf("overwrite %v: %v", overwrite, err)
		}
		wantNames(t, parent, "data")
		wantNames(t, target, "theirs")
	}
}

func TestADirFailureAtEachStepLeavesTheOldState(t *testing.T) {
	boom := errors.New("boom")
	for _, old := range []bool{false, true} {
		for _, s := range []step{stepCreate, stepMode, stepSync, stepRename, stepSyncDir} {
			t.Run(fmt.Sprintf("old=%v/%s", old, s), func(t *testing.T) {
				parent := t.TempDir()
				target := filepath.Join(parent, "data")
				if old {
					if err := os.Mkdir(target, 0o750); err != nil {
						t.Fatal(err)
					}
				}
				err := fillDir(target, Options{Overwrite: old}, func(at step) error {
					if at == s {
						return boom
					}
					return nil
				})
				if !errors.Is(err, boom) {
					t.Fatal(err)
				}
				if !old {
					wantNames(t, parent)
					return
				}
				wantNames(t, parent, "data")
				wantNames(t, target)
			})
		}
	}
}

func TestDirOwnerForRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives directories away")
	}
	parent := t.TempDir()
	target := filepath.Join(parent, "data")
	if err := fillDir(target, Options{Owner: &Owner{UID: 12, GID: 34}}, nil); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(target, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if st := info.Sys().(*syscall.Stat_t); st.Uid != 12 || st.Gid != 34 {
			t.Errorf("%s belongs to %d:%d", path, st.Uid, st.Gid)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
