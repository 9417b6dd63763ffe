package main

import (
	"runtime"
	"testing"
)

// TestForLine gives an assembly line more processors than there are, unless the user has
// said how many.
func TestForLine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for set, want := range map[string]int{"": lineStages, "1": 1} {
		runtime.GOMAXPROCS(1)
		c := &call{env: func(name string) string {
			if name == "GOMAXPROCS" {
				return set
			}
			return ""
		}}
		if c.forLine(); runtime.GOMAXPROCS(0) != want {
			t.Errorf("GOMAXPROCS=%q: %d, want %d", set, runtime.GOMAXPROCS(0), want)
		}
	}
	runtime.GOMAXPROCS(lineStages + 1)
	(&call{env: func(string) string { return "" }}).forLine()
	if n := runtime.GOMAXPROCS(0); n != lineStages+1 {
		t.Errorf("%d processors of %d", n, lineStages+1)
	}
}
