package restore

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"boltvet/fixtures"
)

// TestHeap restores three members of a db of 500 MB by both ways, in a process of its
// own: its anonymous memory stays below 64 MB, and it never maps much more than the file,
// where etcd's backend maps 10 GiB.
func TestHeap(t *testing.T) {
	if path := os.Getenv("BOLTVET_TEST_RESTORE"); path != "" {
		restoreMeasured(t, path, os.Getenv("BOLTVET_TEST_WAY"))
		return
	}
	if !full() {
		t.Skip("BOLTVET_FULL=1 restores 500 MB")
	}
	const size = 500e6
	path := filepath.Join(t.TempDir(), "db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: size, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"short", "long"} {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestHeap$")
		cmd.Env = append(os.Environ(), "BOLTVET_TEST_RESTORE="+path, "BOLTVET_TEST_WAY="+way)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", way, err, out)
		}
		var anon, virtual int64
		at := bytes.Index(out, []byte("peak "))
		if at < 0 {
			t.Fatalf("%s: %s", way, out)
		}
		if _, err := fmt.Sscanf(string(out[at:]), "peak %d %d", &anon, &virtual); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d MB of memory, %d MB of addresses", way, anon/1e6, virtual/1e6)
		if anon > 64e6 {
			t.Errorf("%s: %d bytes of memory", way, anon)
		}
		if virtual > 4*size+3e9 { // Go reserves addresses for itself
			t.Errorf("%s: %d bytes mapped", way, virtual)
		}
	}
}

// restoreMeasured restores and prints the greatest memory, anonymous and mapped.
func restoreMeasured(t *testing.T, path, way string) {
	done, peak := make(chan struct{}), make(chan [2]int64)
	go watchMemory(done, peak)
	o := allOf(t, filepath.Join(t.TempDir(), "all"))
	if way == "short" {
		restoreTo(t, path, o)
	} else {
		p, src, err := planFor(t, path, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	most := <-peak
	fmt.Printf("peak %d %d\n", most[0], most[1])
}

// watchMemory looks at this process until done is closed.
func watchMemory(done chan struct{}, peak chan [2]int64) {
	var most [2]int64
	for {
		if b, err := os.ReadFile("/proc/self/status"); err == nil {
			most[0], most[1] = max(most[0], statusBytes(b, "RssAnon:")), max(most[1], statusBytes(b, "VmSize:"))
		}
		select {
		case <-done:
			peak <- most
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// statusBytes is one line of a process status, which is in kB.
func statusBytes(status []byte, name string) int64 {
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) > 1 && string(fields[0]) == name {
			n, err := strconv.ParseInt(string(fields[1]), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}
