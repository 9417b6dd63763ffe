package bolt

import (
	"errors"
	"math"
	"sync"
	"sync/atomic"
)

// A crew is the goroutines that visit ranges ahead of their turn. The walk's own
// goroutine, which they help, plans the ranges and takes them back in key order; only
// it tells the sink, merges accumulators and visits what has to be visited in turn.
type crew struct {
	f       *File
	acc     Parallel
	size    int // goroutines
	run     int // children in a range
	planner planner
	bucket  *Bucket
	jobs    chan *workRange
	group   sync.WaitGroup
	free    []*workRange
	wait    int // children to visit in turn before the crew goes ahead again
	caution int // how many ranges that is, after the next trouble

	limit atomic.Int64 // ranges behind this one need not be visited

	mu    sync.Mutex
	moved *sync.Cond   // a range was visited, or has settled
	queue []*workRange // handed out and not taken back, in key order
	sure  int          // of queue, how many are sure to count
	odd   bool         // one of queue does not count
}

// rangeBytes is about how much of leaf pages a range has, without their overflow. Small
// ranges keep forks small and goroutines evenly busy; with half as much, handing them
// out costs 3 % more.
const rangeBytes = 512 << 10

// maxCaution bounds how many ranges are visited in turn after trouble.
const maxCaution = 256

// newCrew makes a crew for w; its goroutines start when there is work.
func newCrew(w *walker, acc Parallel, o WalkOptions) *crew {
	c := &crew{f: w.f, acc: acc, size: o.Workers, run: max(rangeBytes/w.f.pageSize, 1)}
	if o.CutEveryLeaf {
		c.run = 1
	}
	c.moved = sync.NewCond(&c.mu)
	c.planner.walker = w.earlyWalker()
	c.planner.run = c.run
	return c
}

// join has the crew help with bucket b, if its tree has branches.
func (c *crew) join(w *walker, b *Bucket) error {
	height, err := c.f.height(b.Root, w.hwm)
	if err != nil {
		return err
	}
	_ = b.String() // remembers it: from now on goroutines share b
	c.bucket, c.planner.depth = b, height-1
	c.wait, c.caution = 0, 1
	return nil
}

// leave ends the help.
func (c *crew) leave() { c.planner.depth = 0 }

// due tells whether the crew can go ahead from where the walk is.
func (c *crew) due(w *walker) bool {
	if c == nil || c.planner.depth < 1 || len(w.levels) > c.planner.depth {
		return false
	}
	if c.wait > 0 {
		c.wait--
		return false
	}
	return true
}

// goAhead visits what is left of the tree, as far as nothing is odd, and leaves w
// where it has to go on in turn.
func (c *crew) goAhead(w *walker) error {
	c.start(w)
	c.planner.begin(w)
	c.limit.Store(math.MaxInt64)
	defer c.recall(w)
	taken := 0
	for {
		c.handOut()
		r := c.oldest()
		if r == nil {
			break
		}
		if r.fatal != nil {
			return r.fatal
		}
		if r.err != nil {
			return c.backOff(w, r, taken)
		}
		w.landed(&r.way)
		w.landed(&r.found)
		c.acc.Merge(r.part)
		c.done()
		taken++
		if err := w.lookUp(); err != nil {
			return err
		}
	}
	w.landed(&c.planner.way)
	w.levels = append(w.levels[:0], c.planner.levels...)
	c.beCautious(taken)
	c.wait = c.caution // the page that the planner stopped before, if it did
	return nil
}

// beCautious has the crew go ahead less often where that often was in vain.
func (c *crew) beCautious(taken int) {
	if c.caution = min(2*c.caution, maxCaution); taken > 2*c.window() {
		c.caution = 1
	}
}

// backOff puts the walk before range r, which was odd. All that was done behind it was
// in vain.
func (c *crew) backOff(w *walker, r *workRange, taken int) error {
	var shrunk *ShrunkError
	if errors.As(r.err, &shrunk) {
		return r.err
	}
	c.beCautious(taken)
	c.wait = c.caution * (r.end - r.levels[len(r.levels)-1].next)
	w.landed(&r.way)
	w.levels = append(w.levels[:0], r.levels...)
	return w.ctx.Err()
}

// recall waits for all goroutines to be idle and undoes what does not count.
func (c *crew) recall(w *walker) {
	c.limit.Store(-1)
	c.mu.Lock()
	for i := 0; i < len(c.queue); {
		if r := c.queue[i]; r.visited && (r.settled || i >= c.sure) {
			i++
		} else {
			c.moved.Wait()
		}
	}
	queue := c.queue
	c.queue, c.sure, c.odd = c.queue[:0], 0, false
	c.mu.Unlock()
	for _, r := range queue {
		r.way.drop(w.table)
		r.found.drop(w.table)
		c.free = append(c.free, r)
	}
	c.planner.way.drop(w.table)
	for i := range w.levels {
		w.table.open(w.levels[i].pg.id)
	}
}

// window is how many ranges are handed out at most: enough that nobody waits, few
// enough that their forks take little memory.
func (c *crew) window() int { return 2*c.size + 2 }

// handOut plans ranges until there are enough.
func (c *crew) handOut() {
	for len(c.queue) < c.window() && !c.sawOdd() {
		r := &workRange{}
		if n := len(c.free); n > 0 {
			r, c.free = c.free[n-1], c.free[:n-1]
		}
		if !c.planner.plan(r) {
			c.free = append(c.free, r)
			return
		}
		r.part = c.acc.ForkEarly()
		c.mu.Lock()
		c.queue = append(c.queue, r)
		c.mu.Unlock()
		c.jobs <- r
	}
}

// sawOdd tells whether a range will not count, so that those behind it will not.
func (c *crew) sawOdd() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.odd
}

// oldest waits until it is known what became of the first range of the queue; nil if
// there is none.
func (c *crew) oldest() *workRange {
	if len(c.queue) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.queue[0]
	for !r.settled && (!r.visited || r.err == nil) {
		c.moved.Wait()
	}
	return r
}

// done takes the first range off the queue.
func (c *crew) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, c.queue[0])
	c.queue = append(c.queue[:0], c.queue[1:]...)
	c.sure--
}

// start starts the goroutines, if they do not run yet.
func (c *crew) start(w *walker) {
	if c.jobs != nil {
		return
	}
	c.jobs = make(chan *workRange, c.window())
	for range c.size {
		early := w.earlyWalker()
		c.group.Go(func() {
			for r := range c.jobs {
				c.finish(r, c.visit(&early, r))
			}
		})
	}
}

// dismiss ends the goroutines.
func (c *crew) dismiss() {
	if c.jobs != nil {
		close(c.jobs)
		c.group.Wait()
	}
}

// visit visits a range under a guard of its own.
func (c *crew) visit(w *walker, r *workRange) error {
	if r.seq > c.limit.Load() {
		return errStopped
	}
	return c.f.guard(func() error { return w.visitEarly(c.bucket, r) })
}

// finish notes what became of a range, and settles the ranges that are sure to count
// by that.
func (c *crew) finish(r *workRange, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.visited, r.err = true, err
	if err != nil {
		c.odd = true
		c.limit.Store(min(c.limit.Load(), r.seq))
	}
	for c.sure < len(c.queue) {
		r := c.queue[c.sure]
		if !r.visited || r.err != nil {
			break
		}
		c.sure++
		c.mu.Unlock()
		fatal := settle(r.part)
		c.mu.Lock()
		r.settled, r.fatal = true, fatal
		c.moved.Signal()
	}
	c.moved.Signal()
}

// settle has a fork do what it put off.
func settle(a Accumulator) error {
	if s, ok := a.(Settler); ok {
		return s.Settle()
	}
	return nil
}
