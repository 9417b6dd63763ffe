package swap

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// atStep calls f once, at the given step.
func atStep(at step, f func() error) func(step) error {
	done := false
	return func(s step) error {
		if s != at || done {
			return nil
		}
		done = true
		return f()
	}
}

// unswapped adds that the files must not change places: what is seen before that is no reason to take a swap back, but
// not to make it.
func unswapped(t *testing.T, next func(step) error) func(step) error {
	return func(s step) error {
		if s == stepSyncDir {
			t.Error("the files changed places")
		}
		return next(s)
	}
}

// open opens path in the background, for the lease may hold it up; the file comes when it is open. Its wait in
// the kernel has begun, in all likelihood, when open returns.
func open(path string) <-chan *os.File {
	opened := make(chan *os.File, 1)
	go func() {
		f, _ := os.OpenFile(path, os.O_RDWR, 0)
		opened <- f
	}()
	time.Sleep(30 * time.Millisecond)
	return opened
}

// Someone opens the old file after the proof and before the exchange: he keeps it, and it keeps its name.
func TestOpenedBeforeTheExchange(t *testing.T) {
	for _, at := range []step{stepLink, stepExchange} {
		db := member(t)
		before := stat(t, db)
		var opened <-chan *os.File
		var s *Swap
		sm := seams{before: unswapped(t, atStep(at, func() error {
			opened = open(db)
			for range 1000 { // a busy machine may let him wait
				if !leaseWhole(s.old) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			return nil
		}))}
		var err error
		s, err = begin(db, Options{}, sm)
		check(t, err)
		f, err := s.Stage()
		check(t, err)
		_, err = f.Write(newText)
		check(t, err)
		var inUse *InUseError
		if err := s.Commit(); !errors.As(err, &inUse) {
			t.Errorf("%s: error %v", at, err)
		}
		untouched(t, db, before)
		he := <-opened
		if info, err := he.Stat(); err != nil || !os.SameFile(info, before) {
			t.Errorf("%s: he has another file: %v", at, err)
		}
		he.Close()
	}
}

// Someone who has looked the name up before the exchange opens the old file after it, by whatever name it has now.
func TestOpenedAfterTheExchange(t *testing.T) {
	for _, v := range possible(t, variants) {
		if v.proof == ProofWord || v.sm.noExchange {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			db := member(t)
			before := stat(t, db)
			var late <-chan *os.File
			var early *os.File // an etcd that waits for the lock on the new file
			sm := v.sm
			var s *Swap
			sm.before = atStep(stepLook, func() (err error) {
				if early, err = os.Open(db); err != nil {
					return err
				}
				if v.proof == ProofScan {
					holder(t, s.tmp(), false)
				} else {
					late = open(s.tmp())
				}
				return nil
			})
			s, err := begin(db, v.o, sm)
			check(t, err)
			f, err := s.Stage()
			check(t, err)
			_, err = f.Write(newText)
			check(t, err)
			var inUse *InUseError
			if err := s.Commit(); !errors.As(err, &inUse) {
				t.Fatalf("error %v", err)
			}
			if late != nil {
				f := <-late
				if info, err := f.Stat(); err != nil || !os.SameFile(info, before) {
					t.Errorf("he has another file: %v", err)
				}
				f.Close()
			}
			untouched(t, db, before)
			got, err := io.ReadAll(early)
			check(t, err)
			early.Close()
			if len(got) != len(newText) || !bytes.Equal(got[:spoilt], make([]byte, spoilt)) {
				t.Errorf("the new file that was taken back has %d bytes and is not spoilt", len(got))
			}
		})
	}
}

// Someone waits at the lease and turns away, as a signal makes a thread do that then looks the name up anew: nobody has
// the old file, and the swap goes on.
func TestTurnedAway(t *testing.T) {
	db := member(t)
	var s *Swap
	sm := seams{before: atStep(stepLook, func() error {
		c := exec.Command("sh", "-c", `exec 3<"$1"`, "sh", s.tmp())
		if err := c.Start(); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		c.Process.Kill()
		if err := c.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Errorf("it did not wait at the lease: %v", err)
		}
		if leaseWhole(s.old) {
			t.Error("the lease does not show that somebody came")
		}
		return nil
	})}
	s, err := begin(db, Options{}, sm)
	check(t, err)
	f, err := s.Stage()
	check(t, err)
	_, err = f.Write(newText)
	check(t, err)
	check(t, s.Commit())
	holds(t, db, newText)
	holds(t, db+".bak", oldText)
	listing(t, db, "db", "db.bak")
}

// An online defragmentation that the lock could not see puts its file in the place of the old one.
func TestAnotherFileTookTheName(t *testing.T) {
	for _, at := range []step{stepProve, stepLink, stepExchange} {
		db := member(t)
		sm := seams{before: atStep(at, func() error {
			if err := os.WriteFile(db+".x", []byte("a stranger"), 0o600); err != nil {
				return err
			}
			return os.Rename(db+".x", db)
		})}
		var inUse *InUseError
		if _, err := run(db, Options{EtcdIsStopped: true}, sm); !errors.As(err, &inUse) {
			t.Errorf("%s: error %v", at, err)
		}
		holds(t, db, []byte("a stranger"))
		holds(t, db+".bak", []byte(olderText))
	}
}

// Before the exchange the name is looked at as well: a plain rename could not bring the stranger back.
func TestAnotherFileTookTheNameBefore(t *testing.T) {
	for _, sm := range []seams{{}, {noExchange: true}} {
		db := member(t)
		sm.before = unswapped(t, atStep(stepProve, func() error {
			check(t, os.WriteFile(db+".x", []byte("a stranger"), 0o600))
			return os.Rename(db+".x", db)
		}))
		var inUse *InUseError
		if _, err := run(db, Options{}, sm); !errors.As(err, &inUse) {
			t.Errorf("error %v", err)
		}
		holds(t, db, []byte("a stranger"))
		holds(t, db+".bak", []byte(olderText))
	}
}

// Whatever the operator has said, a file that somebody writes to is in use.
func TestWrittenMeanwhile(t *testing.T) {
	for _, at := range []step{stepProve, stepLook} {
		db := member(t)
		f, err := os.OpenFile(db, os.O_RDWR, 0)
		check(t, err)
		sm := seams{noLease: true, noScan: true, before: atStep(at, func() error {
			_, err := f.WriteAt([]byte("OLD"), 0)
			return err
		})}
		if at == stepProve {
			sm.before = unswapped(t, sm.before)
		}
		var inUse *InUseError
		if _, err := run(db, Options{EtcdIsStopped: true}, sm); !errors.As(err, &inUse) {
			t.Errorf("%s: error %v", at, err)
		}
		f.Close()
		if info := stat(t, db); info.Size() != int64(len(oldText)) {
			t.Errorf("%s: the db has %d bytes", at, info.Size())
		}
		listing(t, db, "db", "db.bak")
	}
}

// Nor does it help to set the time of modification back.
func TestWrittenMeanwhileInSecret(t *testing.T) {
	db := member(t)
	f, err := os.OpenFile(db, os.O_RDWR, 0)
	check(t, err)
	defer f.Close()
	sm := seams{noLease: true, noScan: true}
	sm.before = unswapped(t, atStep(stepProve, func() error {
		time.Sleep(20 * time.Millisecond) // the clock of a file system is coarse
		was := stat(t, db).ModTime()
		_, err := f.WriteAt([]byte("OLD"), 0)
		check(t, err)
		return os.Chtimes(db, was, was)
	}))
	var inUse *InUseError
	if _, err := run(db, Options{EtcdIsStopped: true}, sm); !errors.As(err, &inUse) {
		t.Errorf("error %v", err)
	}
	listing(t, db, "db", "db.bak")
}
