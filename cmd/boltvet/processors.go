package main

import "runtime"

// lineStages is how many goroutines of an assembly line may be busy at a time: one reads and
// checks, one packs, one writes, and up to two take a sha256.
const lineStages = 4

// forLine lets the stages of an assembly line share few cores. The runtime lets a goroutine
// work for 10 ms before another one has its turn, which a stage that waits to hand its block
// on cannot afford; the kernel, which then has to share the cores out, wakes it at once. It is
// the wrong thing for a walk by several workers, which wait for nobody. Whoever has set
// GOMAXPROCS knows how much the rest of the machine needs, and keeps that.
func (c *call) forLine() {
	if c.env("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < lineStages {
		runtime.GOMAXPROCS(lineStages)
	}
}
