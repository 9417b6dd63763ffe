package swap

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var (
	oldText = bytes.Repeat([]byte("old "), 50_000)
	newText = bytes.Repeat([]byte("new "), 40_000)
)

const olderText = "the backup before"

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// member makes member/snap with a db of mode 0640 and an older backup, and returns the path of the db.
func member(t testing.TB) string {
	t.Helper()
	snap := filepath.Join(t.TempDir(), "member", "snap")
	check(t, os.MkdirAll(snap, 0o700))
	db := filepath.Join(snap, "db")
	check(t, os.WriteFile(db, oldText, 0o600))
	check(t, os.Chmod(db, 0o640))
	check(t, os.WriteFile(db+".bak", []byte(olderText), 0o600))
	return db
}

// hurried leaves the waits out.
func hurried(sm seams) seams {
	sm.pause = func(time.Duration) {}
	return sm
}

// run is one whole swap.
func run(db string, o Options, sm seams) (*Swap, error) {
	s, err := begin(db, o, sm)
	if err != nil {
		return nil, err
	}
	defer s.Abort()
	f, err := s.Stage()
	if err != nil {
		return s, err
	}
	if _, err := f.Write(newText); err != nil {
		return s, err
	}
	return s, s.Commit()
}

func holds(t testing.TB, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	check(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s holds %.8q… of %d bytes, want %.8q… of %d", filepath.Base(path), got, len(got), want, len(want))
	}
}

// listing checks the names beside the db.
func listing(t testing.TB, db string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(filepath.Dir(db))
	check(t, err)
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// untouched checks that the db is the old file, inode included, and nothing else has changed.
func untouched(t testing.TB, db string, before fs.FileInfo) {
	t.Helper()
	holds(t, db, oldText)
	holds(t, db+".bak", []byte(olderText))
	listing(t, db, "db", "db.bak")
	now, err := os.Stat(db)
	check(t, err)
	if !os.SameFile(before, now) || now.Mode() != before.Mode() || links(now) != 1 {
		t.Errorf("the db is another file than before, or has mode %v, %d links", now.Mode(), links(now))
	}
}

func stat(t testing.TB, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	check(t, err)
	return info
}

// A variant is a way in which a swap can go.
type variant struct {
	name  string
	o     Options
	sm    seams
	proof Proof
}

// variants are all of them, the three proofs first.
var variants = []variant{
	{"lease", Options{}, seams{}, ProofLease},
	{"scan", Options{}, seams{noLease: true}, ProofScan},
	{"word", Options{EtcdIsStopped: true}, seams{noLease: true, noScan: true}, ProofWord},
	{"no-backup", Options{NoBackup: true}, seams{}, ProofLease},
	{"no-link", Options{}, seams{noLink: true}, ProofLease},
	{"no-link-no-backup", Options{NoBackup: true}, seams{noLink: true}, ProofLease},
	{"no-exchange", Options{}, seams{noExchange: true}, ProofLease},
	{"no-exchange-no-backup", Options{NoBackup: true}, seams{noExchange: true}, ProofLease},
}

// possible leaves out what cannot be done here: a scan proves nothing in a container, or without root's rights.
func possible(t testing.TB, all []variant) []variant {
	t.Helper()
	self, err := os.Open(os.Args[0])
	check(t, err)
	defer self.Close()
	_, err = openers(self)
	if err == nil {
		return all
	}
	t.Logf("without the scan of all processes: %v", err)
	return slices.DeleteFunc(slices.Clone(all), func(v variant) bool { return v.proof == ProofScan })
}

func TestSwap(t *testing.T) {
	for _, v := range possible(t, variants) {
		t.Run(v.name, func(t *testing.T) {
			db := member(t)
			before := stat(t, db)
			s, err := run(db, v.o, v.sm)
			check(t, err)
			if s.Proof() != v.proof {
				t.Errorf("proof %q, want %q", s.Proof(), v.proof)
			}
			holds(t, db, newText)
			listing(t, db, "db", "db.bak")
			if info := stat(t, db); info.Mode() != before.Mode() || links(info) != 1 {
				t.Errorf("mode %v, %d links", info.Mode(), links(info))
			}
			if v.o.NoBackup {
				holds(t, db+".bak", []byte(olderText))
			} else if holds(t, db+".bak", oldText); !os.SameFile(before, stat(t, db+".bak")) {
				t.Error("the backup is a copy")
			}
			if err := s.Commit(); !errors.Is(err, fs.ErrClosed) {
				t.Errorf("second commit: %v", err)
			}
		})
	}
}

func TestOwnerIsKept(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	db := member(t)
	check(t, os.Chown(db, 1234, 4321))
	_, err := run(db, Options{}, seams{})
	check(t, err)
	var st unix.Stat_t
	check(t, unix.Stat(db, &st))
	if st.Uid != 1234 || st.Gid != 4321 || st.Mode&0o777 != 0o640 {
		t.Errorf("owner %d:%d mode %o", st.Uid, st.Gid, st.Mode)
	}
}

func TestAbort(t *testing.T) {
	db := member(t)
	before := stat(t, db)
	for _, stage := range []bool{false, true} {
		s, err := Begin(db, Options{})
		check(t, err)
		if stage {
			_, err := s.Stage()
			check(t, err)
		}
		s.Abort()
		s.Abort()
		untouched(t, db, before)
		if err := s.Commit(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("commit after abort: %v", err)
		}
	}
}

// Whatever fails, the db is the old file, the older backup is still there, and nothing is left; after the last step
// before the end it is the new one, complete.
func TestFailureAtEachStep(t *testing.T) {
	for _, v := range possible(t, variants) {
		for _, at := range []step{stepStage, stepOwner, stepSync, stepProve, stepLink, stepExchange, stepSyncDir, stepLook, stepDrop, stepKeep, stepSyncEnd} {
			if at == stepDrop && v.sm.noLink {
				continue // there is no second name to drop
			}
			t.Run(v.name+"/"+string(at), func(t *testing.T) {
				db := member(t)
				before, failure := stat(t, db), errors.New("made up")
				sm := hurried(v.sm)
				sm.before = func(s step) error {
					if s == at {
						return failure
					}
					return nil
				}
				if _, err := run(db, v.o, sm); !errors.Is(err, failure) {
					t.Fatalf("error %v", err)
				}
				if at == stepSyncEnd {
					holds(t, db, newText)
					listing(t, db, "db", "db.bak")
					return
				}
				untouched(t, db, before)
				_, err := run(db, v.o, hurried(v.sm))
				check(t, err)
				holds(t, db, newText)
			})
		}
	}
}

// Without links and exchange there would be a moment without a db.
func TestNoWayToSwap(t *testing.T) {
	db := member(t)
	before := stat(t, db)
	if _, err := run(db, Options{}, seams{noLink: true, noExchange: true}); !errors.Is(err, unix.ENOSYS) {
		t.Errorf("error %v", err)
	}
	untouched(t, db, before)
}

// holder starts a process that has the file open, locked if asked; it ends with the test.
func holder(t testing.TB, path string, locked bool) *exec.Cmd {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	if locked {
		check(t, flock(f))
	}
	c := exec.Command("sleep", "60")
	c.Stdin = f
	check(t, c.Start())
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return c
}

func TestInUseFromTheBeginning(t *testing.T) {
	for _, v := range possible(t, variants[:3]) {
		for _, locked := range []bool{true, false} {
			if v.proof == ProofWord && !locked {
				continue // that is what the operator has given his word for
			}
			db := member(t)
			before := stat(t, db)
			holder(t, db, locked)
			_, err := begin(db, v.o, v.sm)
			var inUse *InUseError
			if !errors.As(err, &inUse) || !strings.HasPrefix(inUse.Holder, "sleep (pid ") {
				t.Errorf("%s, locked %v: %v", v.name, locked, err)
			}
			untouched(t, db, before)
		}
	}
}

func TestInUseByUs(t *testing.T) {
	for _, v := range possible(t, variants[:2]) {
		db := member(t)
		sm := v.sm
		sm.before = func(s step) error {
			if s == stepStage {
				f, err := os.Open(db)
				t.Cleanup(func() { f.Close() })
				return err
			}
			return nil
		}
		before := stat(t, db)
		var inUse *InUseError
		if _, err := run(db, v.o, sm); !errors.As(err, &inUse) || inUse.Holder != "this process itself" {
			t.Errorf("%s: a reader was forgotten: %v", v.name, err)
		}
		untouched(t, db, before)
	}
}

func TestUnproven(t *testing.T) {
	db := member(t)
	before := stat(t, db)
	_, err := run(db, Options{}, seams{noLease: true, noScan: true})
	var unproven *UnprovenError
	if !errors.As(err, &unproven) {
		t.Errorf("error %v", err)
	}
	untouched(t, db, before)
}

func TestKinds(t *testing.T) {
	db := member(t)
	var kind *KindError
	if _, err := Begin(filepath.Dir(db), Options{}); !errors.As(err, &kind) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Begin(db+"x", Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	check(t, os.Link(db, db+".second"))
	if _, err := Begin(db, Options{}); !errors.As(err, &kind) || !strings.Contains(err.Error(), "2 hard links") {
		t.Errorf("a hard link: %v", err)
	}
	check(t, os.Remove(db+".second"))
	check(t, os.Remove(db+".bak"))
	check(t, os.Mkdir(db+".bak", 0o700))
	if _, err := Begin(db, Options{}); !errors.As(err, &kind) {
		t.Errorf("a backup that is a directory: %v", err)
	}
	_, err := run(db, Options{NoBackup: true}, seams{})
	check(t, err)
	holds(t, db, newText)
}

// A symlink stays; the file that it names is replaced, beside itself.
func TestSymlink(t *testing.T) {
	db := member(t)
	link := filepath.Join(t.TempDir(), "link")
	check(t, os.Symlink(db, link))
	s, err := run(link, Options{}, seams{})
	check(t, err)
	if s.DB() != db || s.Backup() != db+".bak" {
		t.Errorf("db %q, backup %q", s.DB(), s.Backup())
	}
	holds(t, db, newText)
	holds(t, db+".bak", oldText)
	if to, err := os.Readlink(link); err != nil || to != db {
		t.Errorf("the link is %q, %v", to, err)
	}
}

// A log segment that an etcd holds is a sign of its own: it has no db open while it renames its defragmented one.
func TestLogInUse(t *testing.T) {
	db := member(t)
	wal := filepath.Join(filepath.Dir(filepath.Dir(db)), "wal")
	check(t, os.Mkdir(wal, 0o700))
	segment := filepath.Join(wal, "0000000000000000-0000000000000000.wal")
	f, err := os.Create(segment)
	check(t, err)
	defer f.Close()
	check(t, unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}))
	var inUse *InUseError
	if _, err := Begin(db, Options{EtcdIsStopped: true}); !errors.As(err, &inUse) || !strings.Contains(err.Error(), "log segment") {
		t.Errorf("error %v", err)
	}
	if _, err := Begin(db, Options{WALDir: t.TempDir()}); err != nil {
		t.Errorf("a log elsewhere: %v", err)
	}
}

func TestLeftovers(t *testing.T) {
	db := member(t)
	write := func(name string) string {
		path := filepath.Join(filepath.Dir(db), name)
		check(t, os.WriteFile(path, []byte(name), 0o600))
		return path
	}
	write("db.tmp.1.00000000000000aa")
	write("db.tmp.123456789")          // etcd's
	write("db.tmp.1.00000000000000AA") // like a name of ours, and none
	write("db.tmp.01.00000000000000aa")
	live := write("db.tmp.2.00000000000000bb")
	holder(t, live, true)
	s, err := Begin(db, Options{})
	check(t, err)
	s.Abort()
	listing(t, db, "db", "db.bak", "db.tmp.01.00000000000000aa", "db.tmp.1.00000000000000AA", "db.tmp.123456789", "db.tmp.2.00000000000000bb")

	kept := write("db.bak.3.00000000000000cc")
	s, err = Begin(db, Options{})
	check(t, err)
	s.Abort()
	holds(t, db+".bak", []byte("db.bak.3.00000000000000cc"))

	write(filepath.Base(kept))
	holder(t, kept, true)
	var inUse *InUseError
	if _, err := Begin(db, Options{EtcdIsStopped: true}); !errors.As(err, &inUse) || inUse.Path != kept {
		t.Errorf("an etcd goes on in the old file of a dead run: %v", err)
	}
}
