package bolt

import (
	"bufio"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// TestCheckOracle damages single fields at random and wants a fault from us wherever
// bbolt's own check reports one, panics, crashes or does not end.
func TestCheckOracle(t *testing.T) {
	n := 300
	if full() {
		n = 5000
	}
	dir, r := t.TempDir(), rand.New(rand.NewPCG(5, 5))
	said, what := map[string]string{}, map[string]string{}
	var paths []string
	for kind, o := range []bbolt.Options{{PageSize: 4096}, {PageSize: 4096, NoFreelistSync: true}} {
		healthy := smallFile(t, o)
		fields := healthy.structural()
		offsets := slices.Sorted(maps.Keys(fields))
		for i := range n / 2 {
			c, off := healthy.clone(), offsets[r.IntN(len(offsets))]
			c.spoil(r, fields[off], off)
			path := filepath.Join(dir, fmt.Sprintf("%d-%d", kind, i))
			if err := os.WriteFile(path, c.b, 0o600); err != nil {
				t.Fatal(err)
			}
			paths, what[path] = append(paths, path), fmt.Sprintf("%s at +0x%x", fields[off], off)
		}
	}
	for todo := paths; len(todo) > 0; {
		todo = todo[checkInChild(t, todo[:min(200, len(todo))], said):]
	}
	tally := map[string]int{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		faults, _, _ := facts(t, b)
		verdict, _, _ := strings.Cut(said[path], ":")
		tally[fmt.Sprintf("bbolt %s, ours faults: %v", verdict, len(faults) > 0)]++
		if verdict != "ok" && len(faults) == 0 {
			t.Errorf("%s: bbolt says %s, we say nothing", what[path], said[path])
		}
	}
	t.Log(tally)
}

// spoil changes one field: page numbers to others, all else by a byte.
func (r raw) spoil(rnd *rand.Rand, field string, off int) {
	switch field {
	case "branch child", "bucket root", "free page numbers":
		if rnd.IntN(2) == 0 {
			r.b[off] = byte(rnd.IntN(r.hwm() + 2))
			return
		}
	}
	r.b[off] ^= byte(1 + rnd.IntN(255))
	if strings.HasSuffix(field, "meta") && rnd.IntN(2) == 0 {
		r.seal()
	}
}

const childFiles = "BOLTVET_CHECK_FILES"

// checkInChild has a child process check files one by one until one kills it or takes
// too long, and gives how many are done. bbolt panics in goroutines of its own, reads
// behind the end of its mapping, and runs in circles: no recover can hold that.
func checkInChild(t *testing.T, paths []string, said map[string]string) int {
	cmd := exec.Command(os.Args[0], "-test.run=^TestCheckChild$", "-test.v")
	cmd.Env = append(os.Environ(), childFiles+"="+strings.Join(paths, "\n"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const limit = 3 * time.Second
	hung := false
	timer := time.AfterFunc(limit, func() { hung = true; cmd.Process.Kill() })
	done := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if verdict, ok := strings.CutPrefix(lines.Text(), "verdict "); ok {
			said[paths[done]] = verdict
			done++
			timer.Reset(limit)
		}
	}
	err = cmd.Wait()
	timer.Stop()
	switch {
	case done == len(paths):
		return done
	case hung:
		said[paths[done]] = "hang"
	case done > 0: // or it was a goroutine that bbolt left behind in a file before
		done += checkInChild(t, paths[done:done+1], said) - 1
	default:
		said[paths[done]] = fmt.Sprint("crash: ", err)
	}
	return done + 1
}

// TestCheckChild is the child's part; without the variable it has nothing to do.
func TestCheckChild(t *testing.T) {
	files := os.Getenv(childFiles)
	if files == "" {
		t.Skip("only run by TestCheckOracle")
	}
	debug.SetMaxStack(64 << 20)
	for path := range strings.SplitSeq(files, "\n") {
		verdict := "ok"
		if err := bboltCheck(path, time.Second); err != nil {
			verdict = "fault: " + strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Printf("verdict %s\n", verdict)
	}
}
