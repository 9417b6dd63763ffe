package swap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// takeLease asks for a write lease: errOpenElsewhere if another descriptor is open on the file, another error if there
// are no leases to be had. The kernel tells of an opener by SIGIO, which Go programs ignore.
func takeLease(f *os.File) error {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK)
	if errors.Is(err, unix.EAGAIN) {
		return errOpenElsewhere
	}
	if err != nil {
		return fmt.Errorf("no lease: %w", err)
	}
	return nil
}

// leaseWhole reports whether nobody has tried to open the file since takeLease. A lease that is being broken, or was
// for want of an answer, is shown as the one that the opener needs.
func leaseWhole(f *os.File) bool {
	kind, err := unix.FcntlInt(f.Fd(), unix.F_GETLEASE, 0)
	return err == nil && kind == unix.F_WRLCK
}

func dropLease(f *os.File) {
	_, _ = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK) // there may be none
}

// localFS are the file systems that no other kernel has its hands in.
var localFS = map[uint32]bool{
	unix.EXT4_SUPER_MAGIC: true, // ext2 and ext3, too
	unix.XFS_SUPER_MAGIC:  true, unix.BTRFS_SUPER_MAGIC: true, unix.F2FS_SUPER_MAGIC: true,
	unix.BCACHEFS_SUPER_MAGIC: true, 0x2fc12fc1 /* ZFS */ : true, 0x3153464a /* JFS */ : true,
	unix.REISERFS_SUPER_MAGIC: true, unix.NILFS_SUPER_MAGIC: true, unix.TMPFS_MAGIC: true, unix.RAMFS_MAGIC: true,
	unix.MSDOS_SUPER_MAGIC: true, unix.EXFAT_SUPER_MAGIC: true, unix.OVERLAYFS_SUPER_MAGIC: true,
}

// foreignFS says why this kernel cannot know all users of the file, "" if it can.
func foreignFS(f *os.File) string {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return "which file system it is on is unknown: " + err.Error()
	}
	if localFS[uint32(st.Type)] {
		return ""
	}
	return fmt.Sprintf("another machine may have it open: its file system (type 0x%x) is not known to be this machine's alone", uint32(st.Type))
}

// firstPIDs is the first PID namespace, from which every process is seen.
// Source: Linux include/uapi/linux/nsfs.h, PID_NS_INIT_INO (0xEFFFFFFC).
const firstPIDs = "pid:[4026531836]"

// openers names a process other than ours that has the file of f open, or ours if it has so by another descriptor than f;
// "" if there is none. A nil error says that every process was looked at.
func openers(f *os.File) (holder string, err error) {
	var want unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &want); err != nil {
		return "", err
	}
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return "", err
	}
	var unseen error
	if in, err := os.Readlink("/proc/self/ns/pid"); err != nil || in != firstPIDs {
		unseen = errors.New("not all processes can be seen from this container")
	}
	own := strconv.Itoa(os.Getpid())
	for _, p := range processes {
		pid := p.Name()
		if pid[0] < '0' || pid[0] > '9' {
			continue
		}
		n, err := descriptors(pid, &want)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH): // it has ended
		case err != nil && unseen == nil:
			unseen = fmt.Errorf("the files of process %s cannot be seen: %w", pid, err)
		case pid == own && n > 1:
			return "this process itself", nil
		case pid != own && n > 0:
			return processName(pid), nil
		}
	}
	return "", unseen
}

// descriptors counts the descriptors of a process that are open on the file.
func descriptors(pid string, want *unix.Stat_t) (n int, err error) {
	dir := "/proc/" + pid + "/fd"
	list, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, d := range list {
		var st unix.Stat_t
		if unix.Stat(dir+"/"+d.Name(), &st) == nil && st.Dev == want.Dev && st.Ino == want.Ino {
			n++
		}
	}
	return n, nil
}

func processName(pid string) string {
	name, err := os.ReadFile("/proc/" + pid + "/comm")
	if err != nil {
		return "pid " + pid
	}
	return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
}

// logLocked asks for the open-file-description lock that etcd has on the segments it writes. It takes none.
//
// Source: etcd v3.7.3 client/pkg/fileutil/lock_linux.go.
func logLocked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart}
	err = unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &lock)
	return err == nil && lock.Type != unix.F_UNLCK
}

// exchange swaps two names in one step.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
