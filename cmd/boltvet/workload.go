package main

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// A workload says how much of the machine a command may take to read one file.
type workload struct {
	jobs  int   // goroutines; 0: one for each core
	table int64 // bytes for what is kept of each key; 0: no bound
}

// maxJobs bounds --jobs: more workers than this only cost memory.
const maxJobs = 1024

// fixedMemory is what a command takes besides its table of keys: buffers, the page
// table of a file of some GB, and the program itself.
const fixedMemory = 24 << 20

// leastMemory is the least that --max-memory may be.
const leastMemory = 32 << 20

// workloadFlags are the flags of commands that read whole files.
func workloadFlags() []flag { return workloadFlagsFor(80) }

// workloadFlagsFor is workloadFlags of a command whose table takes so many bytes a key.
func workloadFlagsFor(perKey int) []flag {
	return []flag{
		{name: "jobs", short: "j", kind: intFlag, arg: "N", def: "one for each core", usage: "workers that read one file"},
		{name: "max-memory", kind: textFlag, arg: "SIZE", def: "no bound", usage: fmt.Sprintf("exit 5 instead of taking more memory; %d bytes for each key and 24 MiB are enough", perKey)},
	}
}

// workload reads the flags.
func (c *call) workload() (workload, error) {
	jobs := c.number("jobs")
	if jobs < 0 || jobs > maxJobs {
		return workload{}, c.usage("--jobs is a number from 0 (one for each core) to 1024", "")
	}
	w := workload{jobs: int(jobs)}
	text := c.text("max-memory")
	if text == "" {
		return w, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n < leastMemory || n > 1<<50 {
		return workload{}, c.usage("--max-memory is a size of 32MiB or more, such as 512MiB, not "+quoted(text), "")
	}
	w.table = int64(n) - fixedMemory
	return w, nil
}
