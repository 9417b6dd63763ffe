package bolt

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// promptSlice is the shortest turn that Linux grants (EEVDF, from 6.12 on).
const promptSlice = 100 * time.Microsecond

// prompt makes the calling goroutine one that works when its disk has answered, and not when
// others have had their turn, which on busy cores is milliseconds later, with the disk idle.
// It asks for shorter turns, not for more of them; an older kernel does not listen, and a
// policy that the user has chosen stays. The goroutine keeps its thread and takes it along
// when it ends.
func prompt() {
	runtime.LockOSThread()
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil || attr.Policy != unix.SCHED_NORMAL {
		return
	}
	attr.Runtime = uint64(promptSlice)
	_ = unix.SchedSetAttr(0, attr, 0)
}
