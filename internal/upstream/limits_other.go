//go:build !linux

package upstream

import "syscall"

// ownGroup gives a child a process group of its own. It survives when we are killed.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// setLimits can do nothing from outside the child here.
func setLimits(int, limits) {}

// memoryOf cannot tell here; GOMEMLIMIT is all there is.
func memoryOf(int) int64 { return 0 }
