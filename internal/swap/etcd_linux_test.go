package swap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures/peers"
)

// A real etcd, a real rewrite by bbolt, and the question of this package: in which file is an acknowledged write?

// boot starts an etcd 3.7 that ends with the test.
func boot(t testing.TB, dir string) *peers.Server {
	t.Helper()
	s, err := peers.Boot(t.Context(), peers.V37, dir, peers.Options{Limit: 2 * time.Minute})
	check(t, err)
	t.Cleanup(s.Kill)
	return s
}

// ready boots and insists.
func ready(t testing.TB, dir string) *peers.Server {
	t.Helper()
	s := boot(t, dir)
	if s.Outcome().State != peers.Ready {
		t.Fatalf("%v\n%s", s.Outcome(), s.Log())
	}
	return s
}

// dataDir makes a data dir that an etcd has written to, stopped.
func dataDir(t testing.TB) (dir, db string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	s := ready(t, dir)
	for i := range 20 {
		_, err := s.Put(t.Context(), fmt.Sprintf("before-%02d", i), strings.Repeat("v", 2000))
		check(t, err)
	}
	check(t, s.Stop())
	return dir, filepath.Join(dir, "member", "snap", "db")
}

// rewrite is a whole defragmentation in place, by bbolt's own compaction of a copy.
func rewrite(db string, o Options, sm seams) error {
	s, err := begin(db, o, sm)
	if err != nil {
		return err
	}
	defer s.Abort()
	f, err := s.Stage()
	if err != nil {
		return err
	}
	if err := compactInto(f, db); err != nil {
		return err
	}
	return s.Commit()
}

// compactInto writes what bbolt makes of a copy of db to f.
func compactInto(f *os.File, db string) error {
	dir, err := os.MkdirTemp("", "swap")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	content, err := os.ReadFile(db)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "src"), content, 0o600); err != nil {
		return err
	}
	src, err := bbolt.Open(filepath.Join(dir, "src"), 0o600, nil)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := bbolt.Open(filepath.Join(dir, "dst"), 0o600, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(bbolt.Compact(dst, src, 0), dst.Close()); err != nil {
		return err
	}
	out, err := os.Open(filepath.Join(dir, "dst"))
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = io.Copy(f, out)
	return err
}

// contains reports whether a value stands in the bolt file, read as it is.
func contains(t testing.TB, path, value string) bool {
	t.Helper()
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	check(t, err)
	defer db.Close()
	found := false
	check(t, db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("key")).ForEach(func(_, v []byte) error {
			found = found || strings.Contains(string(v), value)
			return nil
		})
	}))
	return found
}

// acknowledged writes through the etcd, stops it, and looks for the write in db, and not in the backup.
func acknowledged(t testing.TB, s *peers.Server, db, value string) {
	t.Helper()
	_, err := s.Put(t.Context(), "during", value)
	check(t, err)
	check(t, s.Stop())
	if !strings.Contains(string(s.Log()), "received signal") {
		// It serves before it minds signals: SIGTERM in between is like SIGKILL, and the write stands in its log
		// alone. The next start has to bring it into db.
		s = ready(t, filepath.Dir(filepath.Dir(filepath.Dir(db))))
		kv, found, err := s.Get(t.Context(), "during")
		check(t, errors.Join(err, s.Stop()))
		if !found || string(kv.Value) != value {
			t.Errorf("after a second start: %q", kv.Value)
		}
	}
	if !contains(t, db, value) {
		t.Errorf("the acknowledged write %q is not in db\n%s", value, s.Log())
	}
	if _, err := os.Stat(db + ".bak"); err == nil && contains(t, db+".bak", value) {
		t.Errorf("the acknowledged write %q went to db.bak", value)
	}
	for i := range 20 {
		if !contains(t, db, fmt.Sprintf("before-%02d", i)) {
			t.Errorf("before-%02d is not in db", i)
		}
	}
}

// later boots in the background and returns a function that waits for the server.
func later(t testing.TB, dir string) (wait func() *peers.Server) {
	got := make(chan *peers.Server, 1)
	go func() {
		s, err := peers.Boot(context.WithoutCancel(t.Context()), peers.V37, dir, peers.Options{Limit: 2 * time.Minute})
		if err != nil {
			t.Error(err)
		}
		got <- s
	}()
	var once sync.Once
	var s *peers.Server
	wait = func() *peers.Server {
		once.Do(func() { s = <-got })
		if s == nil {
			t.FailNow()
		}
		return s
	}
	t.Cleanup(func() { wait().Kill() })
	return wait
}

// An etcd that runs is seen at once, in whatever way we look.
func TestEtcdRuns(t *testing.T) {
	dir, db := dataDir(t)
	s := ready(t, dir)
	for _, v := range possible(t, variants[:3]) {
		start := time.Now()
		_, err := begin(db, v.o, v.sm)
		var inUse *InUseError
		if !errors.As(err, &inUse) || !strings.HasPrefix(inUse.Holder, "etcd (pid ") || time.Since(start) > 2*time.Second {
			t.Errorf("%s: %v after %v", v.name, err, time.Since(start))
		}
	}
	acknowledged(t, s, db, "in-a-running-etcd")
}

// An etcd that is started while the new file is written has the old one open and waits for the lock: it keeps it.
func TestEtcdStartsDuringTheRewrite(t *testing.T) {
	for _, v := range possible(t, variants[:2]) {
		t.Run(v.name, func(t *testing.T) {
			dir, db := dataDir(t)
			before := stat(t, db)
			var wait func() *peers.Server
			sm := v.sm
			sm.before = atStep(stepSync, func() error {
				wait = later(t, dir)
				return opened(db)
			})
			var inUse *InUseError
			if err := rewrite(db, v.o, sm); !errors.As(err, &inUse) || !strings.HasPrefix(inUse.Holder, "etcd (pid ") {
				t.Errorf("error %v", err)
			}
			if !os.SameFile(before, stat(t, db)) {
				t.Error("the db was replaced")
			}
			if s := wait(); s.Outcome().State != peers.Ready {
				t.Fatalf("%v\n%s", s.Outcome(), s.Log())
			}
			acknowledged(t, wait(), db, "came-during-the-rewrite")
			listing(t, db, "db")
		})
	}
}

// opened waits until another process has the file open.
func opened(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		processes, err := filepath.Glob("/proc/[0-9]*/comm")
		if err != nil {
			return err
		}
		for _, p := range processes {
			if name, _ := os.ReadFile(p); string(name) == "etcd\n" && holdsOpen(p, f) {
				return nil
			}
		}
	}
	return errors.New("no etcd has come to open the db")
}

func holdsOpen(comm string, f *os.File) bool {
	want, err := f.Stat()
	if err != nil {
		return false
	}
	list, _ := filepath.Glob(filepath.Join(filepath.Dir(comm), "fd", "*"))
	for _, fd := range list {
		if info, err := os.Stat(fd); err == nil && os.SameFile(info, want) {
			return true
		}
	}
	return false
}

// An etcd that is started at any step of the commit: whichever file it gets, its write is in db afterwards.
func TestEtcdStartsAtEachStep(t *testing.T) {
	for _, at := range []step{stepProve, stepLink, stepExchange, stepSyncDir, stepLook, stepDrop, stepKeep} {
		t.Run(string(at), func(t *testing.T) {
			dir, db := dataDir(t)
			var wait func() *peers.Server
			sm := seams{before: atStep(at, func() error {
				wait = later(t, dir)
				time.Sleep(time.Second) // it stands at the lock, or at the lease
				return nil
			})}
			err := rewrite(db, Options{}, sm)
			var inUse *InUseError
			if came := at == stepProve || at == stepLink || at == stepExchange; came != errors.As(err, &inUse) || !came && err != nil {
				t.Errorf("error %v", err)
			}
			if s := wait(); s.Outcome().State != peers.Ready {
				t.Fatalf("%v\n%s", s.Outcome(), s.Log())
			}
			acknowledged(t, wait(), db, "came-at-"+string(at))
		})
	}
}

// Etcds and swaps in tight loops, with no order between them.
func TestEtcdStartsAnytime(t *testing.T) {
	rounds := 12
	if os.Getenv("BOLTVET_FULL") == "1" {
		rounds = 200
	}
	dir, db := dataDir(t)
	swapped, refused := 0, 0
	for i := range rounds {
		// The etcd opens its db some 50 ms after its start, and the exchange comes some 50 ms after the beginning.
		lead := time.Duration(rand.IntN(300)-100) * time.Millisecond
		started := make(chan func() *peers.Server, 1)
		go func() {
			time.Sleep(max(0, lead))
			started <- later(t, dir)
		}()
		time.Sleep(max(0, -lead))
		err := rewrite(db, Options{}, seams{})
		var inUse *InUseError
		switch {
		case err == nil:
			swapped++
		case errors.As(err, &inUse):
			refused++
		default:
			t.Errorf("round %d: %v", i, err)
		}
		s := (<-started)()
		if s.Outcome().State != peers.Ready {
			t.Fatalf("round %d, after %v: %v\n%s", i, err, s.Outcome(), s.Log())
		}
		acknowledged(t, s, db, fmt.Sprintf("round-%03d", i))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d swapped, %d refused", swapped, refused)
}
