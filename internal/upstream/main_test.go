package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// The test binary is its own child. What it plays is the first word of its
// command line: a child's environment is empty.
const (
	playHonest  = "__upstream"
	playForever = "__forever" // prints without end on both streams
	playHog     = "__hog"     // takes memory without end
	playSleep   = "__sleep"   // with a grandchild that holds the pipes
	playLiar    = "__liar"    // ends well and says nothing of ours
	playWorld   = "__world"   // prints what the child sees of the world
)

func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case playHonest:
		if err := Serve(os.Args[2:], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case playForever:
		line := bytes.Repeat([]byte("for ever "), 1000)
		go func() {
			for {
				os.Stderr.Write(line)
			}
		}()
		for {
			os.Stdout.Write(line)
		}
	case playHog:
		var held [][]byte
		for {
			held = append(held, bytes.Repeat([]byte{1}, 4<<20))
			time.Sleep(time.Millisecond)
		}
	case playSleep:
		sleepWithGrandchild()
	case playLiar:
		fmt.Println("hello")
	case playWorld:
		showWorld(os.Args[len(os.Args)-1])
	default:
		os.Exit(m.Run())
	}
}

// sleepWithGrandchild starts a process that inherits stdout and stderr, and waits
// for it: for ever.
func sleepWithGrandchild() {
	if os.Args[2] == "inner" {
		time.Sleep(time.Hour)
	}
	exe, _ := os.Executable()
	c := exec.Command(exe, playSleep, "inner")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	_ = c.Run()
}

// showWorld prints a Reply whose messages are what the child sees.
func showWorld(copied string) {
	info, err := os.Stat(copied)
	dir, _ := os.Getwd()
	text := fmt.Sprintf("%v %v %q", os.Environ(), err, dir)
	if err == nil {
		text += fmt.Sprintf(" %v %d", info.Mode(), info.Size())
	}
	fmt.Printf("{\"messages\":[%q]}\n", text)
}

// asker returns an Asker whose children play the given role, and its TmpDir.
func asker(t *testing.T, play string) Asker {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	return Asker{Self: []string{exe, play}, TmpDir: t.TempDir(), Timeout: 20 * time.Second}
}

// mustBeEmpty demands that nothing is left in the Asker's TmpDir.
func mustBeEmpty(t *testing.T, a Asker) {
	t.Helper()
	left, err := os.ReadDir(a.TmpDir)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// asked asks, and demands that the file is unchanged and nothing is left.
func asked(t *testing.T, a Asker, path string, size int64, q Question) Answer {
	t.Helper()
	before := sum(t, path)
	answer, err := a.Ask(context.Background(), path, size, q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	if sum(t, path) != before {
		t.Errorf("%s changed the file", q)
	}
	mustBeEmpty(t, a)
	return answer
}

func sum(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return sha256.Sum256(b)
}

// snapshotOf returns a golden snapshot, the size of its bolt file, and what etcd
// said about it.
func snapshotOf(t *testing.T, name string) (path string, size int64, o golden.Oracle) {
	t.Helper()
	f, err := golden.Find(name)
	must(t, err)
	path, err = f.Unpack(t.TempDir())
	must(t, err)
	return path, dbSize(t, path), f.Oracle
}

// damaged makes the file of a base with a damage.
func damaged(t *testing.T, base, damage string) (path string, size int64) {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	must(t, err)
	path = filepath.Join(t.TempDir(), "damaged.db")
	must(t, b.Build(path))
	if damage != "" {
		must(t, fixtures.Damage(path, damage))
	}
	return path, dbSize(t, path)
}

// dbSize is the size of a file without its trailer, if it has one.
func dbSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size() - info.Size()%512
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tellNothing is a stdout that is broken.
type tellNothing struct{}

func (tellNothing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
