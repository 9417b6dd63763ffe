package atomicfile

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// victimEnv makes the test binary a run that stages an output and is then killed.
const victimEnv = "ATOMICFILE_TEST_VICTIM"

func TestMain(m *testing.M) {
	if target := os.Getenv(victimEnv); target != "" {
		stageAndHang(target)
		return
	}
	os.Exit(m.Run())
}

func stageAndHang(target string) {
	f, err := Create(target, Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	d, err := CreateDir(target+".d", Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	os.WriteFile(filepath.Join(d.Path(), "inside"), nil, 0o600)
	fmt.Fprintln(f, "half")
	fmt.Println("staged")
	bufio.NewReader(os.Stdin).ReadByte() // until the parent goes
}

func TestAKilledRunIsCleanedUpByTheNext(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "out")
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), victimEnv+"="+target)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe() // held open until the victim is killed
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "staged\n" {
		t.Fatalf("victim said %q, %v", line, err)
	}

	count := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	if err := Clean(target); err != nil {
		t.Fatal(err)
	}
	if err := Clean(target + ".d"); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 2 {
		t.Fatalf("%d entries while the other run lives, want its file and its directory", n)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if n := count(); n != 2 {
		t.Fatalf("%d entries after the kill, want 2", n)
	}
	if err := writeAll(target, "whole", Options{}, nil); err != nil {
		t.Fatal(err)
	}
	d, err := CreateDir(target+".d", Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.Abort()
	wantNames(t, dir, "out")
	wantContent(t, target, "whole")
}

func TestCleanTouchesNothingElse(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "out")
	const random = "0123456789abcdef"
	keep := []string{".out.boltvet-x", ".out.tmp", ".out2.boltvet-00.tmp", "out", "out.boltvet-0.tmp",
		".out.boltvet-dead.tmp", ".out.boltvet-notes.tmp", ".out.boltvet-0123456789ABCDEF.tmp", ".out.boltvet-0123456789abcdeg.tmp",
		".out.boltvet-" + random + "-new.tmp", ".out.boltvet-" + random + "0.tmp", ".out.boltvet-" + random + ".tmp.tmp", ".out.boltvet-" + random}
	for _, name := range keep {
		mustWrite(t, filepath.Join(dir, name), "x")
	}
	outside := filepath.Join(t.TempDir(), "outside")
	mustWrite(t, outside, "x")
	if err := os.Symlink(outside, filepath.Join(dir, ".out.boltvet-"+random+".tmp")); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, ".out.boltvet-fedcba9876543210.tmp"), "x")
	mustWrite(t, filepath.Join(dir, ".out.boltvet-fedcba9876543210-old.tmp"), "x")
	if err := Clean(target); err != nil {
		t.Fatal(err)
	}
	keep = append(keep, ".out.boltvet-"+random+".tmp") // a link
	slices.Sort(keep)
	wantNames(t, dir, keep...)
	wantContent(t, outside, "x")
	if err := Clean(filepath.Join(dir, "missing", "out")); err != nil {
		t.Errorf("missing parent: %v", err)
	}
}

func TestTwoRunsAtOnceDoNotDisturbEachOther(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "out")
	a, err := Create(target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Abort()
	b, err := Create(target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Abort()
	fmt.Fprint(a, "first")
	fmt.Fprint(b, "second")
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err == nil {
		t.Error("the second run replaced the first one's file")
	}
	wantContent(t, target, "first")
	wantNames(t, dir, "out")
}

func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	mustWrite(t, "a", "x")
	mustWrite(t, "other", "x")
	if err := os.Link("a", "hard"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", "soft"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", "dangling"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		b    string
		want bool
	}{
		{"a", true}, {"./a", true}, {filepath.Join(dir, "a"), true}, {"hard", true}, {"soft", true},
		{"other", false}, {"missing", false}, {"dangling", false}, {".", false},
	}
	for _, tt := range tests {
		if got, err := SameFile("a", tt.b); err != nil || got != tt.want {
			t.Errorf("SameFile(a, %s) = %v, %v", tt.b, got, err)
		}
		if got, err := SameFile(tt.b, "a"); err != nil || got != tt.want {
			t.Errorf("SameFile(%s, a) = %v, %v", tt.b, got, err)
		}
	}
	if _, err := SameFile("a", "a/b"); err == nil {
		t.Error("a path through a file has no error")
	}
}
