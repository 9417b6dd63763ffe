package main

import "syscall"

// openDirect is the flag that makes writes go past the page cache.
const openDirect = syscall.O_DIRECT
