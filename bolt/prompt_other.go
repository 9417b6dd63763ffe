//go:build !linux

package bolt

// prompt does nothing.
func prompt() {}
