package swap

import "time"

// A step names what is about to happen to the file system.
type step string

const (
	stepStage    step = "stage"
	stepOwner    step = "owner"
	stepSync     step = "sync"
	stepProve    step = "prove"
	stepLink     step = "link"
	stepExchange step = "exchange"
	stepSyncDir  step = "sync-dir"
	stepLook     step = "look"
	stepDrop     step = "drop-stage"
	stepKeep     step = "keep-old"
	stepSyncEnd  step = "sync-end"
)

// seams is where tests come in. The zero value changes nothing.
type seams struct {
	before     func(step) error    // nil lets everything happen
	pause      func(time.Duration) // nil is time.Sleep
	noLease    bool                // as on a file system without leases
	noScan     bool                // as in a container
	noLink     bool                // as on a file system without hard links
	noExchange bool                // as on a kernel without it
}

func (s seams) wait(d time.Duration) {
	if s.pause != nil {
		s.pause(d)
		return
	}
	time.Sleep(d)
}

func (s seams) at(st step) error {
	if s.before == nil {
		return nil
	}
	return s.before(st)
}
