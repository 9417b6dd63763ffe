//go:build !linux

package main

// openDirect is 0 where there is no such flag.
const openDirect = 0
