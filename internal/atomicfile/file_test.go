package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func mustWrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", filepath.Base(path), got, want)
	}
}

// wantNames checks that dir holds exactly the names.
func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("directory holds %q, want %q", got, want)
	}
}

func writeAll(target, content string, o Options, h hook) error {
	f, err := create(target, o, h)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write([]byte(content)); err != nil {
		return err
	}
	return f.Commit()
}

func TestCommitMakesTheFile(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "out.db")
	f, err := Create(target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("world"), 6); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("hello "), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(target); !os.IsNotExist(err) {
		t.Error("the target is visible before Commit")
	}
	if base := filepath.Base(f.Name()); !strings.HasPrefix(base, ".out.db.boltvet-") || !strings.HasSuffix(base, ".tmp") {
		t.Errorf("staging name %q is not recognisable", base)
	}
	var b [5]byte
	if _, err := f.ReadAt(b[:], 6); err != nil || string(b[:]) != "world" {
		t.Errorf("ReadAt: %q, %v", b, err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	wantContent(t, target, "hello world")
	wantNames(t, dir, "out.db")
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("second Commit: %v", err)
	}
}

func TestModeIsExact(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077} {
		old := syscall.Umask(umask)
		target := filepath.Join(t.TempDir(), "f")
		err := writeAll(target, "x", Options{}, nil)
		wide := target + "2"
		err2 := writeAll(wide, "x", Options{Mode: 0o664}, nil)
		syscall.Umask(old)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for path, want := range map[string]fs.FileMode{target: 0o600, wide: 0o664} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != want {
				t.Errorf("umask %04o: mode %v, want %v", umask, info.Mode().Perm(), want)
			}
		}
	}
}

func TestAFailureAtEachStepLeavesTheOldState(t *testing.T) {
	boom := errors.New("boom")
	all := []step{stepCreate, stepWrite, stepOwner, stepMode, stepSync, stepKeepOld, stepRename, stepSyncDir}
	for _, old := range []bool{false, true} {
		for _, s := range all {
			t.Run(fmt.Sprintf("old=%v/%s", old, s), func(t *testing.T) {
				dir := t.TempDir()
				target := filepath.Join(dir, "out")
				if old {
					mustWrite(t, target, "old")
				}
				reached := false
				err := writeAll(target, "new", Options{Overwrite: old}, func(at step) error {
					if at == s {
						reached = true
						return boom
					}
					return nil
				})
				if !old && s == stepKeepOld {
					if reached || err != nil {
						t.Fatalf("there is no old file to keep: %v", err)
					}
					return
				}
				if !reached || !errors.Is(err, boom) {
					t.Fatalf("reached %v, error %v", reached, err)
				}
				if !old {
					wantNames(t, dir)
					return
				}
				wantContent(t, target, "old")
				wantNames(t, dir, "out")
			})
		}
	}
}

func TestOverwriteReplacesTheInode(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "out")
	mustWrite(t, target, "old")
	before, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeAll(target, "new", Options{Overwrite: true}, nil); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(before, after) {
		t.Error("the old inode was written to")
	}
	wantContent(t, target, "new")
	wantNames(t, dir, "out")
}

func TestOverwriteFollowsASymlink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	real, link := filepath.Join(other, "real"), filepath.Join(dir, "link")
	mustWrite(t, real, "old")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(link, "new", Options{}, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("without Overwrite: %v", err)
	}
	if err := writeAll(link, "new", Options{Overwrite: true}, nil); err != nil {
		t.Fatal(err)
	}
	wantContent(t, real, "new")
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	wantNames(t, other, "real")
}

func TestRefusedTargets(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "file"), "x")
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	var kind *KindError
	var exists *ExistsError
	tests := []struct {
		target    string
		overwrite bool
		as        any
	}{
		{"file", false, &exists},
		{"fifo", false, &exists},
		{"fifo", true, &kind},
		{"dangling", false, &exists},
		{"dangling", true, nil},
		{".", true, &kind},
		{"..", true, &kind},
		{"new/", false, &kind},
		{"missing/new", false, nil},
		{"file/new", false, nil},
	}
	for _, tt := range tests {
		err := writeAll(dir+"/"+tt.target, "new", Options{Overwrite: tt.overwrite}, nil)
		if err == nil {
			t.Errorf("%q (overwrite %v) was accepted", tt.target, tt.overwrite)
		} else if tt.as != nil && !errors.As(err, tt.as) {
			t.Errorf("%q (overwrite %v): %v", tt.target, tt.overwrite, err)
		} else if checked := Check(dir+"/"+tt.target, Options{Overwrite: tt.overwrite}); checked == nil || checked.Error() != err.Error() {
			t.Errorf("%q (overwrite %v): %v, but a check says %v", tt.target, tt.overwrite, err, checked)
		}
	}
	if err := errors.Join(Check(dir+"/new", Options{}), Check(dir+"/file", Options{Overwrite: true})); err != nil {
		t.Error(err)
	}
	for _, target := range []string{"", "/", dir} {
		if err := writeAll(target, "new", Options{Overwrite: true}, nil); err == nil {
			t.Errorf("%q was accepted", target)
		}
	}
	wantNames(t, dir, "dangling", "fifo", "file")
}

func TestATargetMadeMeanwhileIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "out")
	err := writeAll(target, "ours", Options{}, func(s step) error {
		if s == stepRename {
			mustWrite(t, target, "theirs")
		}
		return nil
	})
	var exists *ExistsError
	if !errors.As(err, &exists) {
		t.Errorf("error %v", err)
	}
	wantContent(t, target, "theirs")
	wantNames(t, dir, "out")
}

func TestRenameByLinkDoesNotReplace(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	mustWrite(t, a, "a")
	mustWrite(t, b, "b")
	if err := renameByLink(a, b); !errors.Is(err, fs.ErrExist) {
		t.Errorf("file over file: %v", err)
	}
	wantContent(t, b, "b")
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	if err := renameByLink(a, b); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "b")
	d, e := filepath.Join(dir, "d"), filepath.Join(dir, "e")
	if err := errors.Join(os.Mkdir(d, 0o700), os.Mkdir(e, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := renameByLink(d, e); !errors.Is(err, fs.ErrExist) {
		t.Errorf("directory over directory: %v", err)
	}
	if err := errors.Join(os.Remove(e), renameByLink(d, e)); err != nil {
		t.Error(err)
	}
	wantNames(t, dir, "b", "e")
}

func TestDotsAfterASymlinkAreTheFilesystems(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(deep, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(dir+"/link/../out", "x", Options{}, nil); err != nil {
		t.Fatal(err)
	}
	wantContent(t, filepath.Join(dir, "a", "out"), "x")
}

func TestRelativeTarget(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := writeAll("out", "x", Options{}, nil); err != nil {
		t.Fatal(err)
	}
	wantNames(t, ".", "out")
}

func TestALongNameFits(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("n", 255)
	if err := writeAll(filepath.Join(dir, name), "x", Options{}, nil); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, name)
}

func TestOwnerForRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 23456); err != nil {
		t.Fatal(err)
	}
	owner := func(path string) string {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		return fmt.Sprint(st.Uid, ":", st.Gid)
	}
	target := filepath.Join(dir, "out")
	check := func(o Options, want string) {
		t.Helper()
		if err := writeAll(target, "x", o, nil); err != nil {
			t.Fatal(err)
		}
		if got := owner(target); got != want {
			t.Errorf("owner %s, want %s", got, want)
		}
	}
	check(Options{}, "12345:23456")
	if err := os.Chown(target, 333, 444); err != nil {
		t.Fatal(err)
	}
	check(Options{Overwrite: true}, "333:444")
	check(Options{Overwrite: true, Owner: &Owner{UID: 5, GID: 6}}, "5:6")
}

func TestWriterErrorIsReported(t *testing.T) {
	boom := errors.New("disk full")
	dir := t.TempDir()
	writes := 0
	f, err := create(filepath.Join(dir, "out"), Options{}, func(s step) error {
		if s == stepWrite {
			if writes++; writes == 3 {
				return boom
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	chunk := bytes.Repeat([]byte("x"), 100)
	for range 2 {
		if _, err := f.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteAt(chunk, 0); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	f.Abort()
	f.Abort()
	wantNames(t, dir)
}
