package upstream

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

// DefaultTimeout is how long a child may take for a small file.
const DefaultTimeout = 60 * time.Second

// bytesPerSecond is how fast upstream code is expected to work at the least.
const bytesPerSecond = 16 << 20

// An Asker asks upstream code about files. It is a plain value and may be used
// by several goroutines at once.
type Asker struct {
	// Program is the start of the command line of the program that answers: the
	// absolute path of boltvet-upstream. It must not be empty.
	Program []string
	// TmpDir is where private copies are made; "" is the system's folder.
	TmpDir string
	// Timeout is the time that a child may take, without the copying; 0 is
	// DefaultTimeout. A second is added for each 16 MiB of the file.
	Timeout time.Duration
	// MaxMemory is how many bytes of memory a child may use, mapped files not
	// counted; 0 is 1 GiB and the size of the file. It is enforced on Linux only.
	MaxMemory int64
}

// AskFile asks one question about f, whose bolt file ends at size bytes; what
// follows, a sha256 trailer, only SnapshotStatus gets to see. f, which may be a file
// that has no name any more, is copied from offset 0 without moving its offset, and
// not closed; nothing is left in TmpDir.
//
// Whatever happens to the upstream code is in the Answer. An error means that
// the question could not be put: the file could not be read, the copy not be
// made, the program not be started, or ctx was done.
func (a Asker) AskFile(ctx context.Context, f *os.File, size int64, q Question) (Answer, error) {
	if len(a.Program) == 0 {
		return Answer{}, errors.New("upstream: no command line for the child (Asker.Program)")
	}
	info, err := f.Stat()
	if err != nil {
		return Answer{}, fmt.Errorf("upstream: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Answer{}, fmt.Errorf("upstream: %s: not a regular file", f.Name())
	}
	size = min(size, info.Size())
	if q.Kind.wholeFile() {
		size = info.Size()
	}
	c, err := copyPrivately(ctx, f, size, a.TmpDir)
	if err != nil {
		return Answer{}, fmt.Errorf("upstream: private copy of %s: %w", f.Name(), err)
	}
	answer, err := a.put(ctx, q, c)
	if err2 := c.remove(); err == nil && err2 != nil {
		err = fmt.Errorf("upstream: private copy of %s: %w", f.Name(), err2)
	}
	return answer, err
}

// put puts the question to a child about the copy.
func (a Asker) put(ctx context.Context, q Question, c *privateCopy) (Answer, error) {
	l := a.limits(c.size)
	argv := append(append([]string{}, a.Program...), q.args(c.childPath)...)
	end, err := runChild(ctx, argv, c.handedOn(), l)
	if err != nil {
		return Answer{}, fmt.Errorf("upstream: %s: %w", q, err)
	}
	answer := Answer{Question: q, Tool: q.Kind.Tool(modules(argv[0])), Outcome: end.outcome, Death: end.death, Elapsed: end.elapsed, PeakMemory: end.peak}
	if answer.Outcome != Answered {
		return answer, nil
	}
	if err := json.Unmarshal(end.stdout, &answer.Reply); err != nil {
		return Answer{}, fmt.Errorf("upstream: %s: the child ended well, but its answer is not ours: %w", q, err)
	}
	answer.Error = strings.ReplaceAll(answer.Error, c.childPath, "the copy") // a path that means nothing to the user
	return answer, nil
}

// modules are those that a program was built from, nil where it does not tell.
func modules(program string) []*debug.Module {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil
	}
	return info.Deps
}

// limits are what a child may use.
type limits struct {
	wall   time.Duration
	memory int64 // bytes, mapped files not counted
	file   int64 // bytes, the size to which it may grow any file
}

// limits returns the limits for a copy of size bytes.
func (a Asker) limits(size int64) limits {
	l := limits{wall: a.Timeout, memory: a.MaxMemory, file: 2*size + 256<<20}
	if l.wall == 0 {
		l.wall = DefaultTimeout
	}
	l.wall += time.Duration(size/bytesPerSecond) * time.Second
	if l.memory == 0 {
		l.memory = 1<<30 + size
	}
	return l
}
