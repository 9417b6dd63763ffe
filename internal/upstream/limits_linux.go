package upstream

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup gives a child a process group of its own, so that an interrupt from
// the terminal does not look like a crash, and a death when ours comes.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// setLimits has the kernel enforce what it can. The address space is not
// limited: Go reserves and etcd maps far more of it than they use. Failures
// mean that the child has ended already or that limits may not be set here; the
// watch goes on in either case.
func setLimits(pid int, l limits) {
	cpu := uint64(l.wall.Seconds()+1) * uint64(runtime.NumCPU())
	for _, r := range []struct {
		resource  int
		soft, max uint64
	}{
		{unix.RLIMIT_CORE, 0, 0}, // a core file holds the store's values
		{unix.RLIMIT_CPU, cpu, cpu + 5},
		{unix.RLIMIT_FSIZE, uint64(l.file), uint64(l.file)},
	} {
		_ = unix.Prlimit(pid, r.resource, &unix.Rlimit{Cur: r.soft, Max: r.max}, nil)
	}
}

// memoryOf returns the bytes of memory that a process uses for itself: resident
// pages without those of mapped files, which the kernel can drop. It is 0 when
// the process has ended.
func memoryOf(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text) // size resident shared …, in pages
	if len(fields) < 3 {
		return 0
	}
	resident, err1 := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, err2 := strconv.ParseInt(string(fields[2]), 10, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return max(resident-shared, 0) * int64(os.Getpagesize())
}
