package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"
)

func TestParseOwner(t *testing.T) {
	me, err := user.LookupId("0")
	if err != nil {
		t.Skipf("nobody has the id 0 here: %v", err)
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		t.Skipf("the group of id 0 has no name here: %v", err)
	}
	for text, want := range map[string]string{
		me.Username: "0:" + me.Gid, "0": "0:" + me.Gid, me.Username + ":" + group.Name: "0:" + me.Gid,
		"12345:23456": "12345:23456", "0:7777": "0:7777", "12345:" + group.Name: "12345:" + me.Gid,
		"4294967294:4294967294": "4294967294:4294967294",
		"":                      "", ":": "", ":0": "", "0:": "", "-1:0": "", "0:-1": "", "4294967295:0": "", "1:4294967295": "", "4294967296:0": "",
		"nobody-of-that-name": "", "nobody-of-that-name:0": "", "0:no-group-of-that-name": "", "1:2:3": "", "3999999999": "",
	} {
		got, err := ParseOwner(text)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q: %v", text, got)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("%q: %v, %v; want %s", text, got, err, want)
		}
	}
}

// TestOwnerOfADirectory gives a directory with all that is in it to who was asked for.
func TestOwnerOfADirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	target := filepath.Join(t.TempDir(), "out")
	d, err := CreateDir(target, Options{Owner: &Owner{UID: 5, GID: 6}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	f, err := d.Create("a/b")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), d.Commit()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{target, target + "/a", target + "/a/b"} {
		if got := ownerOf(t, path); got != "5:6" {
			t.Errorf("%s: owner %s", path, got)
		}
	}
}

// TestOwnerForOthers is who runs us where that is not root: nothing can be given away,
// and that shows before anything is written.
func TestOwnerForOthers(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = 65534, 0
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Seteuid(uid); err != nil {
			t.Skipf("root cannot be somebody else here: %v", err)
		}
		defer func() {
			if err := syscall.Seteuid(0); err != nil {
				t.Error(err)
			}
		}()
	}
	var wrong *OwnerError
	if _, err := Create("out", Options{Owner: &Owner{UID: uid + 1, GID: gid}}); !errors.As(err, &wrong) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file for somebody else: %v", err)
	}
	if _, err := CreateDir("out", Options{Owner: &Owner{UID: uid + 1, GID: gid}}); !errors.As(err, &wrong) {
		t.Errorf("a directory for somebody else: %v", err)
	}
	wantNames(t, ".")
	for name, o := range map[string]Options{"default": {}, "asked": {Owner: &Owner{UID: uid, GID: gid}}} {
		if err := writeAll(name, "x", o, nil); err != nil {
			t.Fatal(err)
		}
		if got, want := ownerOf(t, name), fmt.Sprint(uid, ":", gid); got != want {
			t.Errorf("%s: owner %s, want %s", name, got, want)
		}
	}
}

func ownerOf(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	return fmt.Sprint(st.Uid, ":", st.Gid)
}
