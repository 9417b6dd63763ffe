package upstream

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallFile makes a file that children of the test's own making are asked about.
func smallFile(t *testing.T, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	must(t, os.WriteFile(path, slices.Repeat([]byte{7}, size), 0o644))
	return path
}

// What a child prints without end is read and dropped.
func TestPrintsForEver(t *testing.T) {
	a := asker(t, playForever)
	a.Timeout = time.Second
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := asked(t, a, smallFile(t, 100), 100, Question{Kind: BoltCheck})
	runtime.ReadMemStats(&after)
	if got.Outcome != TimedOut || !strings.Contains(got.Death, "1s") {
		t.Errorf("%+v", got)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("the parent allocated %d bytes", grown)
	}
}

func TestTakesMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how much memory a child uses")
	}
	a := asker(t, playHog)
	a.MaxMemory = 128 << 20
	got := asked(t, a, smallFile(t, 100), 100, Question{Kind: BoltCheck})
	if got.Outcome != OutOfMemory || got.PeakMemory <= a.MaxMemory || got.PeakMemory > 8*a.MaxMemory {
		t.Errorf("%+v", got)
	}
}

// The whole process group goes, and the pipes that it holds do not delay us.
func TestKillsGroup(t *testing.T) {
	a := asker(t, playSleep)
	a.Timeout = 500 * time.Millisecond
	begin := time.Now()
	got := asked(t, a, smallFile(t, 100), 100, Question{Kind: BoltCheck})
	if took := time.Since(begin); got.Outcome != TimedOut || took > 2*time.Second {
		t.Errorf("%v: %+v", took, got)
	}
}

func TestLiar(t *testing.T) {
	a := asker(t, playLiar)
	_, err := ask(t.Context(), a, smallFile(t, 100), 100, Question{Kind: BoltCheck})
	if err == nil || !strings.Contains(err.Error(), "not ours") {
		t.Error(err)
	}
	mustBeEmpty(t, a)
}

// A child sees its copy and nothing else; only etcdutl sees the trailer.
func TestWorld(t *testing.T) {
	path := smallFile(t, 5000)
	for kind, size := range map[Kind]string{BoltCheck: "4096", SnapshotStatus: "5000"} {
		a := asker(t, playWorld)
		a.MaxMemory = 800 << 20
		got := asked(t, a, path, 4096, Question{Kind: kind})
		want := "[GOTRACEBACK=single GOMEMLIMIT=734003200] <nil> \"/\" -rw------- " + size
		if len(got.Messages) != 1 || got.Messages[0] != want {
			t.Errorf("%s: %q, want %q", kind, got.Messages, want)
		}
	}
}

func TestCancel(t *testing.T) {
	a := asker(t, playSleep)
	path := smallFile(t, 100)
	cause := errors.New("enough")
	for _, after := range []time.Duration{0, 300 * time.Millisecond} {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := time.AfterFunc(after, func() { cancel(cause) })
		if after == 0 {
			cancel(cause)
		}
		begin := time.Now()
		_, err := ask(ctx, a, path, 100, Question{Kind: BoltCheck})
		stop.Stop()
		if !errors.Is(err, cause) || time.Since(begin) > 3*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		mustBeEmpty(t, a)
	}
}

func TestCannotAsk(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	must(t, syscall.Mkfifo(fifo, 0o600))
	file := smallFile(t, 100)
	good := asker(t, playWorld)
	noChild, noTmp, noProgram := good, good, good
	noChild.Program = nil
	noTmp.TmpDir = filepath.Join(dir, "none")
	noProgram.Program = []string{filepath.Join(dir, "none")}
	for _, c := range []struct {
		name, path string
		a          Asker
		want       error
	}{
		{"no file", filepath.Join(dir, "none"), good, os.ErrNotExist},
		{"folder", dir, good, nil},
		{"fifo", fifo, good, nil},
		{"no child", file, noChild, nil},
		{"no tmp dir", file, noTmp, os.ErrNotExist},
		{"no program", file, noProgram, os.ErrNotExist},
	} {
		_, err := ask(t.Context(), c.a, c.path, 100, Question{Kind: BoltCheck})
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	mustBeEmpty(t, good)
}

// A copy that keeps its name, as on other systems than Linux.
func TestNamedCopy(t *testing.T) {
	f, err := os.Open(smallFile(t, 5000))
	must(t, err)
	defer f.Close()
	a := asker(t, playWorld)
	dir, err := os.MkdirTemp(a.TmpDir, "")
	must(t, err)
	named := &privateCopy{size: 5000, dir: dir, childPath: filepath.Join(dir, "db")}
	named.file, err = os.OpenFile(named.childPath, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	must(t, err)
	must(t, named.fill(t.Context(), f))
	got, err := a.put(t.Context(), Question{Kind: BoltCheck}, named)
	must(t, err)
	must(t, named.remove())
	if len(got.Messages) != 1 || !strings.HasSuffix(got.Messages[0], " -rw------- 5000") {
		t.Errorf("%+v", got)
	}
	mustBeEmpty(t, a)
}

// A file that shrinks while it is copied is an error, and leaves nothing.
func TestShrinks(t *testing.T) {
	f, err := os.Open(smallFile(t, 100))
	must(t, err)
	defer f.Close()
	tmp := t.TempDir()
	if c, err := copyPrivately(t.Context(), f, 200, tmp); err == nil {
		t.Error("copied 200 bytes of 100")
		_ = c.remove()
	}
	mustBeEmpty(t, Asker{TmpDir: tmp})
}

func TestLimits(t *testing.T) {
	l := Asker{}.limits(160 << 20)
	if l.wall != 70*time.Second || l.memory != 1<<30+160<<20 || l.file != 576<<20 {
		t.Errorf("%+v", l)
	}
}
