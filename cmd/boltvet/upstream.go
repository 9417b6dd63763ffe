package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"

	"boltvet/internal/upstream"
)

// upstreamProgram is the program in which bbolt's and etcd's own code runs.
const upstreamProgram = "boltvet-upstream"

// findUpstream returns the absolute path of upstreamProgram: beside this program,
// where the build and an installation put it, else as PATH has it.
func findUpstream() (string, error) {
	if self, err := os.Executable(); err == nil {
		if self, err = filepath.EvalSymlinks(self); err == nil {
			beside := filepath.Join(filepath.Dir(self), upstreamProgram)
			if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
				return beside, nil
			}
		}
	}
	found, err := exec.LookPath(upstreamProgram)
	if err != nil {
		return "", &noUpstreamError{}
	}
	return filepath.Abs(found)
}

// A noUpstreamError says that --upstream has nobody to ask.
type noUpstreamError struct{}

func (*noUpstreamError) Error() string {
	return upstreamProgram + ", which runs bbolt's and etcd's code for --upstream, is neither beside boltvet nor in PATH"
}

// secondOpinion is who answers --upstream.
func secondOpinion(c *call) (upstream.Asker, error) {
	program, err := findUpstream()
	if err != nil {
		return upstream.Asker{}, err
	}
	return upstream.Asker{Program: []string{program}, TmpDir: c.set.tmpDir}, nil
}

// upstreamModules are the modules that upstreamProgram was built from; nil if there is
// no such program, or if it does not tell.
func upstreamModules() []*debug.Module {
	program, err := findUpstream()
	if err != nil {
		return nil
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil
	}
	return info.Deps
}
