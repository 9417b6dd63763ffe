//go:build !linux

package datadir

const openNoAtime = 0
