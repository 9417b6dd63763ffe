package quarantine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/upstream"
)

// child is the first word of the command line of the test binary when it plays
// boltvet-upstream: a child's environment is empty.
const child = "__child"

func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != child {
		os.Exit(m.Run())
	}
	if err := Serve(os.Args[2:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// asker returns an Asker whose children are this test binary.
func asker(t *testing.T) upstream.Asker {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	return upstream.Asker{Program: []string{exe, child}, TmpDir: t.TempDir(), Timeout: 20 * time.Second}
}

// ask asks about the file at path.
func ask(ctx context.Context, a upstream.Asker, path string, size int64, q upstream.Question) (upstream.Answer, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO does not make it wait
	if err != nil {
		return upstream.Answer{}, err
	}
	defer f.Close()
	return a.AskFile(ctx, f, size, q)
}

// asked asks, and demands that the file is unchanged and nothing is left.
func asked(t *testing.T, a upstream.Asker, path string, size int64, q upstream.Question) upstream.Answer {
	t.Helper()
	before := sum(t, path)
	answer, err := ask(t.Context(), a, path, size, q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	if sum(t, path) != before {
		t.Errorf("%s changed the file", q)
	}
	left, err := os.ReadDir(a.TmpDir)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
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
