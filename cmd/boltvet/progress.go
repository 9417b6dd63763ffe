package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
)

// The modes of --progress.
const (
	progressAuto  = "auto"
	progressPlain = "plain"
	progressNone  = "none"
)

func progressModes() []string { return []string{progressAuto, progressPlain, progressNone} }

// Times of the bar: short commands show none, and what is shown does not flicker.
const (
	barDelay   = 500 * time.Millisecond
	barEvery   = 100 * time.Millisecond
	plainEvery = 10 * time.Second
)

// A meter shows on stderr how far a command is. Its methods may be called from any
// goroutine; a nil meter, and one that shows nothing, takes them all the same.
type meter struct {
	w     io.Writer
	bar   bool // redraw one line; else write a line now and then
	delay time.Duration
	every time.Duration

	mu     sync.Mutex
	phases []meterState // in the order of their beginning
	drawn  int          // columns of the bar that are on the terminal
	began  time.Time
	last   time.Time
	ended  chan struct{}
	stopIt sync.Once
}

// A meterState is how far one phase of the work is.
type meterState struct {
	phase       string
	done, total int64 // bytes; total 0: not known
	since       time.Time
}

// startMeter starts the display that --progress asks for: for auto a bar if stderr is
// a terminal, else nothing.
func startMeter(c *call) *meter {
	switch {
	case c.set.quiet || c.set.progress == progressNone:
		return nil
	case c.set.progress == progressPlain:
		return newMeter(c.errOut, false, plainEvery, plainEvery)
	case isTerminal(c.errOut) && c.env("TERM") != "dumb":
		return newMeter(c.errOut, true, barDelay, barEvery)
	}
	return nil
}

// newMeter shows on w after delay and then at most once in every.
func newMeter(w io.Writer, bar bool, delay, every time.Duration) *meter {
	m := &meter{w: w, bar: bar, delay: delay, every: every, began: time.Now(), ended: make(chan struct{})}
	go m.loop()
	return m
}

// loop draws until the meter stops.
func (m *meter) loop() {
	tick := time.NewTicker(m.every)
	defer tick.Stop()
	for {
		select {
		case <-m.ended:
			return
		case now := <-tick.C:
			m.mu.Lock()
			m.draw(now)
			m.mu.Unlock()
		}
	}
}

// follow says that done of total bytes of a phase are through; total 0 means that it is
// not known. Phases ("read", "hash") may run side by side. One that falls back begins
// anew: it is that of the next PATH.
func (m *meter) follow(phase string, done, total int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.phases {
		s := &m.phases[i]
		if s.phase != phase {
			continue
		}
		if done < s.done {
			s.since = time.Now()
		}
		s.done, s.total = done, total
		return
	}
	m.phases = append(m.phases, meterState{phase, done, total, time.Now()})
}

// busiest is the phase with most bytes left, for that is what the user waits for.
func (m *meter) busiest() (meterState, bool) {
	if len(m.phases) == 0 {
		return meterState{}, false
	}
	best := m.phases[0]
	for _, s := range m.phases[1:] {
		if s.total-s.done >= best.total-best.done {
			best = s
		}
	}
	return best, true
}

// draw shows the busiest phase; the caller holds the lock.
func (m *meter) draw(now time.Time) {
	state, ok := m.busiest()
	if !ok || now.Sub(m.began) < m.delay || now.Sub(m.last) < m.every/2 {
		return
	}
	select {
	case <-m.ended:
		return // a tick that came with the end
	default:
	}
	m.last = now
	text := state.text(now)
	if !m.bar {
		fmt.Fprintf(m.w, "boltvet: %s\n", text)
		return
	}
	pad := strings.Repeat(" ", max(0, m.drawn-len(text)))
	m.drawn = len(text)
	fmt.Fprintf(m.w, "\r%s%s", text, pad)
}

// text is the line: phase, percent, rate, time left.
func (s meterState) text(now time.Time) string {
	line := s.phase
	spent := now.Sub(s.since).Seconds()
	if s.total > 0 {
		part := min(1, float64(s.done)/float64(s.total))
		const cells = 20
		full := int(part * cells)
		line += fmt.Sprintf(" [%s%s] %3.0f%%", strings.Repeat("#", full), strings.Repeat(".", cells-full), part*100)
	}
	if spent <= 0 || s.done <= 0 {
		return line
	}
	rate := float64(s.done) / spent
	line += " " + humanize.IBytes(uint64(rate)) + "/s"
	if s.total > s.done {
		left := time.Duration(float64(s.total-s.done) / rate * float64(time.Second))
		line += " " + left.Round(time.Second).String() + " left"
	}
	return line
}

// clear takes the bar off the terminal, before something else is written there.
func (m *meter) clear() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drawn > 0 {
		fmt.Fprintf(m.w, "\r%s\r", strings.Repeat(" ", m.drawn))
		m.drawn = 0
	}
}

// stop ends the display and erases the bar. It may be called twice.
func (m *meter) stop() {
	if m == nil {
		return
	}
	m.stopIt.Do(func() { close(m.ended) })
	m.clear()
}
