package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// A stopped is the data dir of a member that a real etcd has written and left.
type stopped struct {
	name string
	dir  string
	db   []byte // as etcd left it
}

func (s *stopped) path() string { return filepath.Join(s.dir, "member", "snap", "db") }

// again undoes what was done to it.
func (s *stopped) again(t *testing.T) {
	t.Helper()
	for _, path := range matches(t, s.path()+"*") {
		noError(t, os.Remove(path))
	}
	noError(t, os.WriteFile(s.path(), s.db, 0o600))
}

// stoppedMembers are the golden ones, and one of each release that ran just now.
func stoppedMembers(t *testing.T) []*stopped {
	t.Helper()
	var list []*stopped
	add := func(name, dir string) {
		s := &stopped{name: name, dir: dir}
		var err error
		s.db, err = os.ReadFile(s.path())
		noError(t, err)
		list = append(list, s)
	}
	for _, name := range []string{"3.4-member", "3.5-member", "3.6-member", "3.7-member", "3.7-killed", "3.7-bumped"} {
		f, err := golden.Find(name + ".tar.gz")
		noError(t, err)
		dir, err := f.Unpack(t.TempDir())
		noError(t, err)
		add(name, dir)
	}
	for _, r := range peers.Releases() {
		add(string(r)+" just now", ranJustNow(t, r))
	}
	for _, version := range []string{"3.6.0", "3.7.0"} {
		f, err := golden.Find("3.7-member.tar.gz")
		noError(t, err)
		dir, err := f.Unpack(t.TempDir())
		noError(t, err)
		logNewer(t, filepath.Join(dir, "member", "wal"), version)
		add("3.7 with a log of "+version, dir)
	}
	return list
}

// logNewer appends an entry that no release before a version can interpret.
func logNewer(t *testing.T, dir, version string) {
	t.Helper()
	snaps, err := wal.ValidSnapshotEntries(zap.NewNop(), dir)
	noError(t, err)
	w, err := wal.Open(zap.NewNop(), dir, snaps[len(snaps)-1])
	noError(t, err)
	_, state, entries, err := w.ReadAll()
	noError(t, err)
	data, err := proto.Marshal(&pb.InternalRaftRequest{DowngradeVersionTest: &pb.DowngradeVersionTestRequest{Ver: version}})
	noError(t, err)
	last := entries[len(entries)-1]
	entry := &raftpb.Entry{Term: last.Term, Index: proto.Uint64(last.GetIndex() + 1), Data: data}
	noError(t, w.Save(state, []*raftpb.Entry{entry}))
	noError(t, w.Close())
}

// ranJustNow is the data dir of a server that was killed after some writes.
func ranJustNow(t *testing.T, r peers.Release) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	s := bootReady(t, r, dir)
	for _, key := range []string{"a", "b", "a"} {
		_, err := s.Put(t.Context(), key, "v")
		noError(t, err)
	}
	_, err := s.Delete(t.Context(), "b", "")
	noError(t, err)
	time.Sleep(time.Second) // a commit
	s.Kill()
	return dir
}

// TestMigrateLikeEtcdutl holds the content of the db, the messages and the exit code against
// etcdutl's, for every version from which and to which there is a way or none.
func TestMigrateLikeEtcdutl(t *testing.T) {
	if testing.Short() {
		t.Skip("starts etcds")
	}
	for _, s := range stoppedMembers(t) {
		for _, target := range []string{"3.4", "3.5", "3.6", "3.7", "3.8", "4.0"} {
			for _, force := range []bool{false, true} {
				words := []string{"migrate", "--data-dir", s.dir, "--target-version", target}
				if force {
					words = append(words, "--force")
				}
				t.Run(s.name+" "+strings.Join(words[3:], " "), func(t *testing.T) { sameMigration(t, s, peers.V37, words) })
				if target == "3.5" || target == "3.6" && !strings.Contains(s.name, "7") {
					t.Run("etcdutl 3.6 "+s.name+" "+strings.Join(words[3:], " "), func(t *testing.T) { sameMigration(t, s, peers.V36, words) })
				}
			}
		}
	}
}

// sameMigration runs etcdutl and boltvet on the same directory, one after the other.
func sameMigration(t *testing.T, s *stopped, r peers.Release, words []string) {
	t.Helper()
	if r == peers.V36 && strings.Contains(s.name, "3.7") || r == peers.V36 && strings.Contains(s.name, "v37") {
		return // it does not know 3.7
	}
	s.again(t)
	code, stderr := etcdutlRun(t, r, words)
	want := content(t, s.path())
	s.again(t)
	got := runLine(context.Background(), nil, words...)
	if got.code != code || got.out != "" {
		t.Errorf("exit code %d, etcdutl's %d; stdout %q\n%s%s", got.code, code, got.out, got.stderr, stderr)
	}
	if ours, theirs := messages(got.stderr), messages(stderr); !slices.Equal(ours, theirs) {
		t.Errorf("messages\n%s\netcdutl's\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
	if !maps.Equal(content(t, s.path()), want) {
		t.Error("another content than etcdutl's")
	}
	after, err := os.ReadFile(s.path())
	noError(t, err)
	kept, err := os.ReadFile(s.path() + ".bak")
	switch changed := strings.Contains(got.stderr, "kept the old file"); {
	case !changed && (!bytes.Equal(after, s.db) || !errors.Is(err, os.ErrNotExist)):
		t.Errorf("nothing was to be done, and the file is another, or there is a backup: %v", err)
	case changed && (err != nil || !bytes.Equal(kept, s.db)):
		t.Errorf("db.bak is not the old file: %v", err)
	}
	if len(matches(t, filepath.Dir(s.path())+"/*.tmp*")) > 0 {
		t.Errorf("left: %q", matches(t, filepath.Dir(s.path())+"/*"))
	}
}

func etcdutlRun(t *testing.T, r peers.Release, words []string) (code int, stderr string) {
	t.Helper()
	program, err := peers.Build(t.Context(), r, peers.Etcdutl)
	noError(t, err)
	cmd := exec.Command(program, words...)
	var out bytes.Buffer
	cmd.Stderr = &out
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		noError(t, err)
	}
	return code, out.String()
}

var (
	logLine   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[^\t]+\t(info|warn|error)\t(?:bbolt\t)?([^\t]+)\t(.*)$`)
	errorLine = regexp.MustCompile(`^(?:Error|boltvet: migrate): (.*)$`)
)

// messages are the lines of a log without time and place, and the error; not those about the opening of
// the file, which we do not do, nor that about the backup, which etcdutl does not keep.
func messages(stderr string) []string {
	var out []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSuffix(line, "\n")
		if m := logLine.FindStringSubmatch(line); m != nil {
			if !strings.HasPrefix(m[3], "Opening ") && !strings.HasPrefix(m[3], "kept the old file") {
				out = append(out, m[1]+" "+m[3])
			}
		} else if m := errorLine.FindStringSubmatch(line); m != nil {
			out = append(out, m[1])
		}
	}
	return out
}

// content is every record of a db, by bucket and key.
func content(t *testing.T, path string) map[[2]string]string {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	noError(t, err)
	defer db.Close()
	out := map[[2]string]string{}
	noError(t, db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			out[[2]string{string(name), ""}] = "" // no key of etcd's is empty
			return b.ForEach(func(k, v []byte) error {
				out[[2]string{string(name), string(k)}] = string(v)
				return nil
			})
		})
	}))
	return out
}

// fitLog has a db be of the member that was, and as far as its log: a db of another member,
// or one that is ahead of its log, is refused.
func fitLog(t *testing.T, path string, was map[[2]string]string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	noError(t, err)
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"members", "members_removed", "cluster"} {
			if tx.Bucket([]byte(name)) != nil {
				noError(t, tx.DeleteBucket([]byte(name)))
			}
			_, err := tx.CreateBucket([]byte(name))
			noError(t, err)
		}
		for k, v := range was {
			b := tx.Bucket([]byte(k[0]))
			inMeta := k[0] == "meta" && slices.Contains([]string{"consistent_index", "term", "confState"}, k[1])
			if k[1] != "" && (inMeta || slices.Contains([]string{"members", "members_removed", "cluster"}, k[0])) {
				noError(t, b.Put([]byte(k[1]), []byte(v)))
			}
		}
		return nil
	})
	noError(t, errors.Join(err, db.Close()))
}
