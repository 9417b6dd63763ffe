package datadir

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// locksDoubtful says why locks on the file's file system tell nothing, "" when they do. Network file
// systems may know of no other machine's locks, and asking may wait for a server.
func locksDoubtful(f *os.File) string {
	var st unix.Statfs_t
	conn, err := f.SyscallConn()
	if err != nil {
		return err.Error()
	}
	var statErr error
	err = conn.Control(func(fd uintptr) { statErr = unix.Fstatfs(int(fd), &st) })
	if err != nil || statErr != nil {
		return ""
	}
	const (
		cifsMagic = 0xff534d42
		smb2Magic = 0xfe534d42
	)
	switch uint32(st.Type) {
	case unix.NFS_SUPER_MAGIC:
		return "on NFS, locks of other machines cannot be seen"
	case cifsMagic, smb2Magic, unix.SMB_SUPER_MAGIC:
		return "on SMB, locks of other machines cannot be seen"
	case unix.V9FS_MAGIC:
		return "on 9p, locks of the host cannot be seen"
	}
	return ""
}

// walLocked asks for an open-file-description lock, which is what etcd takes on its segments.
//
// Source: etcd v3.7.3 client/pkg/fileutil/lock_linux.go.
func walLocked(f *os.File) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	lock := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart}
	var askErr error
	err = conn.Control(func(fd uintptr) { askErr = unix.FcntlFlock(fd, unix.F_OFD_GETLK, &lock) })
	return err == nil && askErr == nil && lock.Type != unix.F_UNLCK
}

// lockHolder finds a process that holds a lock on the file, such as "etcd (pid 1234)". It is a
// help for the user; "" when nothing is found, as for a process of another container.
func lockHolder(f *os.File) string {
	id, err := identityOf(f)
	if err != nil {
		return ""
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return ""
	}
	defer locks.Close()
	want := fmt.Sprintf("%02x:%02x:%d", unix.Major(id.Dev), unix.Minor(id.Dev), id.Ino)
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		// 1: FLOCK  ADVISORY  WRITE 1234 fd:00:2531452 0 EOF
		words := strings.Fields(lines.Text())
		if len(words) < 6 || words[5] != want || strings.HasPrefix(words[4], "-") || words[4] == "0" {
			continue
		}
		name, err := os.ReadFile("/proc/" + words[4] + "/comm")
		if err != nil {
			return "pid " + words[4]
		}
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), words[4])
	}
	return ""
}
