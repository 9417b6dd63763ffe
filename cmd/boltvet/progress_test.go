package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// A lockedBuffer is a terminal that two goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// screen plays what was written on a terminal of one line.
func screen(written string) string {
	var line []rune
	at := 0
	for _, r := range written {
		if r == '\r' {
			at = 0
			continue
		}
		if at == len(line) {
			line = append(line, r)
		} else {
			line[at] = r
		}
		at++
	}
	return strings.TrimRight(string(line), " ")
}

func TestMeterState(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		state meterState
		want  string
	}{
		{meterState{phase: "meta", since: now}, "meta"},
		{meterState{phase: "hash", done: 1 << 20, total: 4 << 20, since: now.Add(-time.Second)},
			"hash [#####...............]  25% 1.0 MiB/s 3s left"},
		{meterState{phase: "hash", done: 5, total: 4, since: now.Add(-time.Second)},
			"hash [####################] 100% 5 B/s"},
		{meterState{phase: "read", done: 2048, since: now.Add(-2 * time.Second)}, "read 1.0 KiB/s"},
	} {
		if got := c.state.text(now); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// drawAt draws as the loop would at that time.
func (m *meter) drawAt(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.draw(now)
}

func TestBarIsErased(t *testing.T) {
	var w lockedBuffer
	m := newMeter(&w, true, 0, time.Hour)
	m.follow("a long name of a phase", 50, 100)
	m.drawAt(time.Now())
	if got := screen(w.String()); !strings.HasPrefix(got, "a long name of a phase [##########") {
		t.Fatalf("the bar shows %q", got)
	}
	m.follow("a long name of a phase", 100, 100)
	m.follow("short", 0, 7)
	m.drawAt(time.Now().Add(2 * time.Hour))
	if got := screen(w.String()); got != "short [....................]   0%" {
		t.Errorf("the bar shows %q after a longer one", got)
	}
	m.stop()
	m.stop()
	if got := screen(w.String()); got != "" {
		t.Errorf("the bar left %q", got)
	}
}

func TestBarFollowsTheBusiest(t *testing.T) {
	var w lockedBuffer
	m := newMeter(&w, true, 0, time.Hour)
	defer m.stop()
	if _, ok := m.busiest(); ok {
		t.Error("a phase before any began")
	}
	for _, c := range []struct {
		phase       string
		done, total int64
		want        string
	}{
		{"read", 0, 100, "read"}, {"hash", 0, 50, "read"}, {"read", 60, 100, "hash"},
		{"hash", 50, 50, "read"}, {"read", 100, 100, "hash"},
	} {
		m.follow(c.phase, c.done, c.total)
		if got, _ := m.busiest(); got.phase != c.want {
			t.Errorf("after %s %d of %d the bar shows %s, want %s", c.phase, c.done, c.total, got.phase, c.want)
		}
	}
}

func TestBarWaits(t *testing.T) {
	var w lockedBuffer
	m := newMeter(&w, true, barDelay, time.Hour)
	defer m.stop()
	m.follow("read", 0, 100)
	m.drawAt(m.began.Add(barDelay - time.Millisecond))
	if w.String() != "" {
		t.Errorf("a command that takes less than %v shows %q", barDelay, w.String())
	}
	m.drawAt(m.began.Add(barDelay))
	if w.String() == "" {
		t.Errorf("no bar after %v", barDelay)
	}
}

func TestNilMeter(t *testing.T) {
	var m *meter
	m.follow("x", 0, 1)
	m.clear()
	m.stop()
}
