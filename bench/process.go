package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// sampleEvery is the time between two looks at a program's memory.
const sampleEvery = 5 * time.Millisecond

// runProgram runs argv to its end and measures it. An exit code other than 0 is
// an error: the time of a program that failed says nothing.
func runProgram(ctx context.Context, argv []string) (sample, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	peak := watchHeap(cmd.Process.Pid)
	err := cmd.Wait()
	s := sample{Wall: time.Since(start), Heap: peak()}
	if err != nil {
		return s, errors.Join(ctx.Err(), fmt.Errorf("%s: %w: %s", shown(argv), err, lastLine(stderr.String())))
	}
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return s, nil
}

// watchHeap looks at the anonymous memory of a process until the function that
// it returns is called, which returns the most that was seen. Where there is no
// /proc that is 0.
//
// The status file is opened once: the descriptor stays with this process, even
// if its id is given to another.
func watchHeap(pid int) (peak func() int64) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return func() int64 { return 0 }
	}
	stop, most := make(chan struct{}), make(chan int64)
	go func() {
		defer f.Close()
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		buf, seen := make([]byte, 8<<10), int64(0)
		for {
			n, _ := f.ReadAt(buf, 0) // io.EOF is usual, anything else has n = 0
			seen = max(seen, parseAnon(buf[:n]))
			select {
			case <-stop:
				most <- seen
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 { close(stop); return <-most }
}

// parseAnon returns the bytes of the RssAnon line of a /proc/PID/status, 0 if
// there is none: the process has ended, or the kernel is older than 4.5.
func parseAnon(status []byte) int64 {
	for line := range bytes.Lines(status) {
		rest, ok := bytes.CutPrefix(line, []byte("RssAnon:"))
		if !ok {
			continue
		}
		kb, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
		if err != nil || kb < 0 {
			return 0
		}
		return kb << 10
	}
	return 0
}

// shown is argv without the folders of its paths: reports name no machine.
func shown(argv []string) string {
	out := make([]string, len(argv))
	for i, a := range argv {
		out[i] = a[strings.LastIndexByte(a, '/')+1:]
	}
	return strings.Join(out, " ")
}

// lastLine is the last line of a program's stderr, where errors stand.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
