//go:build !linux

package restore

import "os"

// allocate makes f as long as size.
func allocate(f *os.File, size int64) error { return f.Truncate(size) }
