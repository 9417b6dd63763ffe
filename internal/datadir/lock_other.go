//go:build !linux

package datadir

import "os"

// locksDoubtful has nothing to say: other systems report an error when they cannot lock.
func locksDoubtful(*os.File) string { return "" }

// walLocked cannot be asked: etcd takes flock locks here, and only the db's is looked at.
func walLocked(*os.File) bool { return false }

// lockHolder cannot be found out.
func lockHolder(*os.File) string { return "" }
