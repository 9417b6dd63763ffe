package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// A machine is what a reader must know of where the figures come from. It names
// no host and no folder.
type machine struct {
	CPU        string
	Cores      int
	Memory     int64 // bytes, 0: unknown
	Kernel     string
	Filesystem string // of the generated files
	Go         string
	Load       string // load average when the run began
}

// describeMachine asks /proc and the runtime; what cannot be had is "unknown".
func describeMachine(dir string) machine {
	read := func(path string) []byte {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil // shown as unknown
		}
		return text
	}
	load, _, _ := strings.Cut(string(read("/proc/loadavg")), " ")
	return machine{
		CPU:        orUnknown(procField(read("/proc/cpuinfo"), "model name")),
		Cores:      runtime.GOMAXPROCS(0),
		Memory:     parseKB(procField(read("/proc/meminfo"), "MemTotal")),
		Kernel:     orUnknown(runtime.GOOS + "/" + runtime.GOARCH + " " + strings.TrimSpace(string(read("/proc/sys/kernel/osrelease")))),
		Filesystem: orUnknown(filesystemOf(read("/proc/self/mountinfo"), dir)),
		Go:         runtime.Version(),
		Load:       orUnknown(load),
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// procField returns the value of the first "name : value" line.
func procField(text []byte, name string) string {
	for line := range bytes.Lines(text) {
		k, v, ok := strings.Cut(string(line), ":")
		if ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// parseKB reads "123 kB" as bytes; 0 if it is something else.
func parseKB(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(s, " kB"), 10, 54)
	if err != nil || n < 0 {
		return 0
	}
	return n << 10
}

// sharesBlocks tells whether files can share their blocks: as these file systems are made
// unless somebody asks for another way.
func (m machine) sharesBlocks() bool { return m.Filesystem == "xfs" || m.Filesystem == "btrfs" }

// filesystemOf returns the type of the filesystem that holds dir: that of the
// longest mount point above it, the last one mounted if there are several.
// Source: proc_pid_mountinfo(5): the mount point is field 5, the type follows "-".
func filesystemOf(mountinfo []byte, dir string) string {
	best, kind := -1, ""
	for line := range bytes.Lines(mountinfo) {
		left, right, ok := strings.Cut(string(line), " - ")
		f, g := strings.Fields(left), strings.Fields(right)
		if !ok || len(f) < 5 || len(g) < 1 || len(f[4]) < best {
			continue
		}
		if point := strings.TrimSuffix(f[4], "/"); dir == point || strings.HasPrefix(dir, point+"/") {
			best, kind = len(f[4]), g[0]
		}
	}
	return kind
}

// lines describes the machine for the report.
func (m machine) lines() []string {
	memory := "unknown"
	if m.Memory > 0 {
		memory = fmt.Sprintf("%.1f GiB", float64(m.Memory)/(1<<30))
	}
	return []string{
		fmt.Sprintf("CPU: %s, %d cores; memory: %s", m.CPU, m.Cores, memory),
		fmt.Sprintf("kernel: %s; filesystem: %s; Go: %s", m.Kernel, m.Filesystem, m.Go),
		"load average when the run began: " + m.Load,
	}
}
