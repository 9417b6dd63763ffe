package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// maxOutput is how many bytes of each of the child's streams are kept.
const maxOutput = 64 << 10

// What stopped a child; the causes of its context.
var (
	errTime   = errors.New("killed after the time limit")
	errMemory = errors.New("killed at the memory limit")
)

// An ending is how a child ended.
type ending struct {
	outcome Outcome
	death   string
	stdout  []byte // at most maxOutput
	elapsed time.Duration
	peak    int64
}

// runChild runs argv with the given descriptors from 3 on, and waits for it. A
// child that is stopped takes its process group with it. The error is that of
// ctx, or tells that the program could not be started.
func runChild(ctx context.Context, argv []string, files []*os.File, l limits) (ending, error) {
	// The kernel kills the child when the thread that started it ends, so the
	// thread must be ours until the child has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stdout, stderr := head{limit: maxOutput}, head{limit: maxOutput}
	cmd := exec.CommandContext(limited, argv[0], argv[1:]...)
	cmd.Env = []string{"GOTRACEBACK=single", "GOMEMLIMIT=" + strconv.FormatInt(l.memory/8*7, 10)}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.ExtraFiles = files
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	cmd.WaitDelay = 2 * time.Second // for a pipe that somebody outside the group holds open
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return ending{}, context.Cause(ctx)
		}
		return ending{}, fmt.Errorf("start the child: %w", err)
	}
	w := watch(cmd.Process.Pid, l, cancel)
	err := cmd.Wait()
	peak := w.end()
	if ctx.Err() != nil && err != nil {
		return ending{}, context.Cause(ctx)
	}
	end := ending{outcome: Answered, stdout: stdout.bytes(), elapsed: time.Since(begin), peak: peak}
	if err != nil {
		end.outcome, end.death = autopsy(context.Cause(limited), &stderr, cmd.ProcessState)
	}
	return end, nil
}

// autopsy says why a child ended without an answer; cause is what we stopped it
// for, nil if we did not.
func autopsy(cause error, stderr *head, state *os.ProcessState) (Outcome, string) {
	switch {
	case errors.Is(cause, errTime):
		return TimedOut, cause.Error()
	case errors.Is(cause, errMemory):
		return OutOfMemory, cause.Error()
	}
	death := deathOf(stderr.bytes(), state)
	return outcomeOf(death), death
}

// watchEvery is how often the memory of a child is looked at: a Go program
// gets hold of some hundred MB in that time.
const watchEvery = 20 * time.Millisecond

// A watcher looks at a running child.
type watcher struct {
	stop chan struct{}
	done sync.WaitGroup
	peak int64 // to be read after done
}

// watch sets the kernel's limits on a child and begins to look after the others.
func watch(pid int, l limits, cancel context.CancelCauseFunc) *watcher {
	setLimits(pid, l)
	w := &watcher{stop: make(chan struct{})}
	w.done.Go(func() {
		ticker, deadline := time.NewTicker(watchEvery), time.NewTimer(l.wall)
		defer ticker.Stop()
		defer deadline.Stop()
		for {
			used := memoryOf(pid)
			w.peak = max(w.peak, used)
			if used > l.memory {
				cancel(fmt.Errorf("%w of %d MiB", errMemory, l.memory>>20))
				return
			}
			select {
			case <-ticker.C:
			case <-deadline.C:
				cancel(fmt.Errorf("%w of %v", errTime, l.wall.Round(time.Millisecond)))
				return
			case <-w.stop:
				return
			}
		}
	})
	return w
}

// end ends the watch and returns the most memory that was seen.
func (w *watcher) end() int64 {
	close(w.stop)
	w.done.Wait()
	return w.peak
}

// killGroup kills a running child and the process group that it leads.
func killGroup(p *os.Process) error {
	if err := p.Signal(syscall.Signal(0)); err != nil {
		return err // ended and waited for: the number may be somebody else's by now
	}
	return syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// A head keeps the first limit bytes that are written to it and drops the rest:
// a child that prints for ever must not fill our memory, nor wait for us.
type head struct {
	limit int
	mu    sync.Mutex // Wait can return, after WaitDelay, before the last Write
	kept  bytes.Buffer
}

// Write keeps what fits and claims to have written all of p.
func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept.Write(p[:min(len(p), h.limit-h.kept.Len())])
	return len(p), nil
}

func (h *head) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.kept.Bytes())
}
