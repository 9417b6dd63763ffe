package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// coldFile is the input of the measurement without page cache.
const coldFile = "m"

// A coldResult compares "boltvet status" with reading the file, both from disk.
type coldResult struct {
	Note      string // why nothing was measured
	Ours, Cat []sample
}

// measureCold drops the page cache before each run of status and of cat.
func (b *bench) measureCold(ctx context.Context) (*coldResult, error) {
	cat, err := exec.LookPath("cat")
	if err != nil {
		return &coldResult{Note: "there is no cat to compare with"}, nil
	}
	if err := dropCaches(); err != nil {
		return &coldResult{Note: "the page cache could not be dropped, which takes root"}, nil
	}
	file, err := b.store.path(coldFile)
	if err != nil {
		return nil, err
	}
	b.note("status on %s, cold cache: %d rounds", coldFile, b.rounds)
	c := &coldResult{}
	for range b.rounds {
		for _, run := range []struct {
			argv []string
			into *[]sample
		}{{[]string{b.programs.boltvet, "status", file}, &c.Ours}, {[]string{cat, file}, &c.Cat}} {
			if err := dropCaches(); err != nil {
				return nil, err
			}
			s, err := runProgram(ctx, run.argv)
			if err != nil {
				return nil, err
			}
			*run.into = append(*run.into, s)
		}
	}
	return c, nil
}

// dropCaches empties the page cache of the kernel. A virtual disk may still be
// in the cache of its host.
func dropCaches() error {
	f, err := os.OpenFile("/proc/sys/vm/drop_caches", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	syscall.Sync() // dirty pages are not dropped
	_, err = f.WriteString("3\n")
	return err
}
