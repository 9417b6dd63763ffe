package bolt

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// onThread runs do on a thread of its own, which is gone afterwards.
func onThread(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		do()
	}()
	<-done
}

// ownAttr is what the scheduler knows of this thread; nothing where it cannot be asked.
func ownAttr() unix.SchedAttr {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return unix.SchedAttr{}
	}
	return *attr
}

// TestPromptTurns: the thread has short turns where the kernel has them, and no other
// thread has.
func TestPromptTurns(t *testing.T) {
	var before, prompted, after unix.SchedAttr
	onThread(func() {
		before = ownAttr()
		onThread(func() {
			prompt()
			prompted = ownAttr()
		})
		after = ownAttr()
	})
	if before.Policy != unix.SCHED_NORMAL || before.Runtime == 0 {
		t.Skip("turns cannot be chosen here")
	}
	want := before
	want.Runtime = uint64(promptSlice)
	if prompted != want {
		t.Errorf("got %+v, want %+v", prompted, want)
	}
	if after != before {
		t.Errorf("another thread has %+v now, want %+v", after, before)
	}
}

// TestPromptKeeps: what the user has chosen stays.
func TestPromptKeeps(t *testing.T) {
	for name, want := range map[string]unix.SchedAttr{
		"nice":  {Policy: unix.SCHED_NORMAL, Nice: 7},
		"batch": {Policy: unix.SCHED_BATCH, Nice: 3},
	} {
		t.Run(name, func(t *testing.T) {
			var got unix.SchedAttr
			var err error
			onThread(func() {
				attr := ownAttr()
				attr.Policy, attr.Nice = want.Policy, want.Nice
				if err = unix.SchedSetAttr(0, &attr, 0); err == nil {
					prompt()
					got = ownAttr()
				}
			})
			if err != nil {
				t.Skip("the tests run with a policy of their own:", err)
			}
			if got.Policy != want.Policy || got.Nice != want.Nice {
				t.Errorf("policy %d and nice %d, want %d and %d", got.Policy, got.Nice, want.Policy, want.Nice)
			}
		})
	}
}
