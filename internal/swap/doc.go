// Package swap replaces the db file of a stopped etcd member by a verified new one, without ever
// losing a write that etcd has acknowledged.
//
//	s, err := swap.Begin("member/snap/db", swap.Options{})
//	if err != nil { … }
//	defer s.Abort()              // does nothing after a Commit
//	f, err := s.Stage()          // member/snap/db.tmp.PID.RANDOM
//	… write the new db to f, verify it, close every reader of the old db …
//	err = s.Commit()             // db is the new file, db.bak the old one
//
// The package knows nothing of what the files hold. It is for a file that another program may open
// at any moment by its name; outputs that nobody waits for are internal/atomicfile's.
//
// # The danger
//
// bbolt opens the file first and then polls for the flock, every 50 ms, for as long as it takes. An
// etcd that is started while we hold the lock has the old inode open already. A plain rename would
// leave it there: as soon as our lock goes, it locks the old inode, which is now called db.bak, and
// acknowledges writes into a file that the next start does not read. The lock alone proves nothing.
//
// Source: bbolt v1.5.0 db.go (Open), bolt_unix.go (flock); etcd v3.7.3 server/storage/backend.go (OpenBackend).
//
// # Proof that nobody has the old file open
//
//  1. A write lease (fcntl F_SETLEASE F_WRLCK). The kernel grants it only if our descriptor is the
//     only one that is open on the inode, in any process, container or mapping, ours included. While
//     it is held, every open of the inode waits in the kernel until we let go, and we can ask
//     whether someone does. It needs the file's owner or CAP_LEASE.
//  2. Where there are no leases, a look at every descriptor of every process (/proc/PID/fd). It
//     counts only if all processes can be seen: in the first PID namespace, with the right to look
//     into each of them.
//  3. Otherwise [Options.EtcdIsStopped]: the operator's word. Without it the answer is [UnprovenError].
//
// The first two count on file systems of this machine only; over NFS, 9p or FUSE, other kernels may have
// the file open. Whoever is seen is a reason to refuse, whatever the operator says. Two cheap signs are
// looked at besides: size and mtime of the old file must not have moved since [Begin], and no segment of
// the log beside it may be locked (an etcd that runs holds these locks all the time, even in the moment
// of its own online defragmentation, when it has given its db up).
//
// # Order of a commit, and why
//
//	 1  sync the new file           what takes the name must be on the disk before it does
//	 2  prove, keep the lease       from here on nobody enters the old inode unnoticed
//	 3  link db → db.bak.X          the old file keeps a name that etcd does not remove (it removes db.tmp*)
//	 4  is the lease untouched?     an etcd that came since 2 waits in its open: leave it the old file
//	 5  exchange db.tmp.X ↔ db      one step: at no moment is there no db, and nothing is destroyed
//	 6  is what came out the old?   an online defragmentation may have renamed a file of its own to db
//	 7  sync the directory
//	 8  look again, for 200 ms      see "Who comes late"
//	 9  remove db.tmp.X             by now only the old file's second name
//	10  rename db.bak.X → db.bak    replaces an older backup, now that the swap has succeeded;
//	                                without a backup, remove db.bak.X
//	11  sync the directory
//	12  let lease and locks go
//
// An exclusive flock on the old file is held from Begin to the end, one on the new file from its
// creation to the end. So an etcd that opens db after 5 has the new file and waits; it goes on after
// 12, with everything proven. Nobody reads or writes the new file before. Where links are not to be had,
// 3 is left out and 10 renames db.tmp.X; where exchange is not, 5 is a plain rename over db, which
// needs 3, and 6 is left out. Without both, the swap is refused.
//
// # Taking it back
//
// After a failure in 6 to 10, or if someone came, the files change places again: db is the old file. An
// etcd that opened db in between waits for the lock on the new file and would go on in it, nameless as it
// is. Therefore the new file, which nobody has ever used, is spoilt before its lock goes: its first 128
// KiB become zeros, both meta pages among them, and such an etcd ends at once with "invalid database".
// The size stays, for bbolt would make a new database of an empty file. The directory is synced first, so
// that a power loss cannot bring the spoilt file back under the name db. If even the way back fails, the
// error is [StrandedError], and the new file stays whole.
//
// # Who comes late
//
// An open is two steps in the kernel: it looks the name up, then it opens the inode it found. One that has
// looked before the exchange and opens after it gets the old inode, and step 4 cannot see it. Between the
// two steps is no system call and no wait for a disk, but a busy machine may stop a thread there. Hence
// step 8: the lease stays, and we ask several times. If someone waits at the lease, it is let in and taken
// again, with both flocks still held: a refusal means that someone has the old file open for good, and all is
// taken back; otherwise it has left again (a signal makes the kernel look the name up anew), and nothing is lost.
//
// What remains: a thread that is stopped between the two steps for longer than 200 ms; and our own death by
// SIGKILL in just the moment in which such a late etcd is in there. Neither can be closed from outside the
// kernel. Stopping etcd's unit, so that nothing starts it, closes both.
//
// # What a dead run leaves
//
// At most db.tmp.PID.RANDOM (the new file, or a second name of the old one) and db.bak.PID.RANDOM (the old
// file). The locks on them died with the process. db is the old or the new file, complete, at every moment.
// The next Begin, which holds the lock on db, removes the former, and the latter too if it is db itself; if
// it is not, the swap had been made and it becomes db.bak. etcd removes db.tmp* itself at its start.
//
// Source: etcd v3.7.3 server/etcdserver/api/snap/snapshotter.go (cleanupSnapdir).
package swap
