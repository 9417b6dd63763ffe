package upstream

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const killedDir = "BOLTVET_UPSTREAM_KILLED_DIR"

// SIGKILL for the parent ends the child and leaves no copy: it has no name.
func TestParentIsKilled(t *testing.T) {
	if dir := os.Getenv(killedDir); dir != "" {
		exe, _ := os.Executable()
		a := Asker{Program: []string{exe, playSleep}, TmpDir: dir}
		_, _ = ask(t.Context(), a, filepath.Join(dir, "secret"), 100, Question{Kind: BoltCheck})
		return
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "secret"), make([]byte, 100), 0o600))
	parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestParentIsKilled$")
	parent.Env = append(os.Environ(), killedDir+"="+dir)
	must(t, parent.Start())
	child := childOf(t, parent.Process.Pid)
	must(t, parent.Process.Kill())
	_ = parent.Wait()
	for range 100 {
		if syscall.Kill(child, 0) == syscall.ESRCH || zombie(child) {
			left, err := os.ReadDir(dir)
			must(t, err)
			if len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the child outlived its parent")
}

// childOf waits until a process has a child that sleeps with its grandchild,
// and returns the child.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	for range 200 {
		if child := firstChild(pid); child != 0 && firstChild(child) != 0 {
			t.Cleanup(func() { _ = syscall.Kill(-child, syscall.SIGKILL) }) // the grandchild
			return child
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("no child")
	return 0
}

// firstChild finds a process by the parent that /proc tells; 0 if there is none.
func firstChild(pid int) int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		if child, _, parent := readStat(stat); parent == pid {
			return child
		}
	}
	return 0
}

func zombie(pid int) bool {
	_, state, _ := readStat("/proc/" + strconv.Itoa(pid) + "/stat")
	return state == "Z"
}

// readStat reads the first fields of a stat file of /proc.
func readStat(path string) (pid int, state string, parent int) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", 0
	}
	defer f.Close()
	var name string
	_, _ = fmt.Fscan(bufio.NewReader(f), &pid, &name, &state, &parent)
	return pid, state, parent
}
