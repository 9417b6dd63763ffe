package datadir

import "golang.org/x/sys/unix"

const openNoAtime = unix.O_NOATIME
