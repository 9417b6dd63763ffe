package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The test binary is its own child. What it plays is the first word of its
// command line: a child's environment is empty.
const (
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
	return Asker{Program: []string{exe, play}, TmpDir: t.TempDir(), Timeout: 20 * time.Second}
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

// ask asks about the file at path.
func ask(ctx context.Context, a Asker, path string, size int64, q Question) (Answer, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO does not make it wait
	if err != nil {
		return Answer{}, err
	}
	defer f.Close()
	return a.AskFile(ctx, f, size, q)
}

// asked asks, and demands that the file is unchanged and nothing is left.
func asked(t *testing.T, a Asker, path string, size int64, q Question) Answer {
	t.Helper()
	before := sum(t, path)
	answer, err := ask(context.Background(), a, path, size, q)
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
