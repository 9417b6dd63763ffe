package restore

import (
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"boltvet/verify"
)

func TestNewCluster(t *testing.T) {
	for _, c := range []struct {
		initial  string
		learners []string
		want     string // in the error; "" for none
	}{
		{"m1=http://127.0.0.1:2380", nil, ""},
		{three, []string{"m2"}, ""},
		{"m1=http://a:1,m1=http://b:1", nil, ""},
		{"", nil, "empty"},
		{"m1=", nil, "scheme"},
		{"m1=http://a", nil, "host:port"},
		{"m1=http://a:1/x", nil, "path"},
		{"m1=ftp://a:1", nil, "scheme"},
		{"m1=http://a:1,m2=http://a:1", nil, "duplicate url"},
		{"m1=http://a:1", []string{"m1"}, "voter"},
		{three, []string{"m4"}, "not in the initial cluster"},
	} {
		_, err := NewCluster(c.initial, "t", c.learners)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %v: %v, want %q", c.initial, c.learners, err, c.want)
		}
	}
	c := cluster(t, three)
	if err := c.CheckLocal("m1", []string{"http://127.0.0.1:12380"}); err != nil {
		t.Error(err)
	}
	for name, url := range map[string]string{"m1": "http://127.0.0.1:1", "m9": "http://127.0.0.1:12380"} {
		if err := c.CheckLocal(name, []string{url}); err == nil {
			t.Errorf("%s at %s is none of the cluster", name, url)
		}
	}
}

// change edits a bare copy of a golden snapshot with bbolt.
func change(t *testing.T, name string, edit func(tx *bbolt.Tx) error) string {
	t.Helper()
	path := unpack(t, name)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-32); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(edit); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// dirty has alarms, leases and authentication.
func dirty(t *testing.T, alarms ...byte) string {
	return change(t, "3.7-snapshot.db.gz", func(tx *bbolt.Tx) error {
		var errs []error
		for _, a := range alarms {
			errs = append(errs, tx.Bucket([]byte("alarm")).Put([]byte{0x08, 0x07, 0x10, a}, nil))
		}
		lease := append([]byte{0x08}, binary.AppendUvarint(nil, 77)...)
		errs = append(errs,
			tx.Bucket([]byte("lease")).Put(binary.BigEndian.AppendUint64(nil, 77), append(lease, 0x10, 60)),
			tx.Bucket([]byte("members_removed")).Put([]byte("abc"), []byte("removed")))
		return errors.Join(errs...)
	})
}

func one(t *testing.T) (Options, string) {
	dir := filepath.Join(t.TempDir(), "data")
	return Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: dir}}}, dir
}

func TestScrub(t *testing.T) {
	const noSpace, corrupt = 1, 2
	for name, c := range map[string]struct {
		set            func(*Options)
		alarms, leases int
		refused        string
	}{
		"default":      {func(*Options) {}, 0, 0, "CORRUPT"},
		"clear":        {func(o *Options) { o.ClearCorrupt = true }, 0, 1, ""},
		"keep":         {func(o *Options) { o.ClearCorrupt, o.KeepAlarms = true, true }, 1, 1, ""},
		"leases":       {func(o *Options) { o.ClearCorrupt, o.DropLeases = true, true }, 0, 0, ""},
		"like etcdutl": {func(o *Options) { o.LikeEtcdutl, o.SkipHashCheck = true, true }, 2, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := dirty(t, noSpace, corrupt)
			o, dir := one(t)
			c.set(&o)
			if c.refused != "" {
				var refused *RefusedError
				if _, _, err := planFor(t, path, o); !errors.As(err, &refused) || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("not refused: %v", err)
				}
				return
			}
			restoreTo(t, path, o)
			got, want := content(t, filepath.Join(dir, "member", "snap", "db")), content(t, path)
			count := func(bucket string) int {
				return len(slices.Collect(func(yield func(string) bool) {
					for k := range maps.Keys(got) {
						if strings.HasPrefix(k, bucket+"\x00") && !yield(k) {
							return
						}
					}
				}))
			}
			if count("alarm") != c.alarms || count("members") != 3 || count("members_removed") != 0 {
				t.Errorf("%d alarms, %d members, %d removed", count("alarm"), count("members"), count("members_removed"))
			}
			if _, has := got["lease\x00\x00\x00\x00\x00\x00\x00\x00\x4d"]; has != (c.leases > 0) {
				t.Errorf("the lease is there: %v", has)
			}
			for k, v := range want {
				if strings.HasPrefix(k, "key\x00") && got[k] != v {
					t.Errorf("%q: %q, want %q", k, got[k], v)
				}
			}
		})
	}
}

// TestManyLeases keeps 50,000 leases, and drops them.
func TestManyLeases(t *testing.T) {
	const many = 50_000
	path := manyLeases(t, many)
	for _, drop := range []bool{false, true} {
		o, dir := one(t)
		o.DropLeases = drop
		restoreTo(t, path, o)
		n := 0
		for k := range content(t, filepath.Join(dir, "member", "snap", "db")) {
			if strings.HasPrefix(k, "lease\x00") {
				n++
			}
		}
		if drop && n > 0 || !drop && n < many {
			t.Errorf("drop %v: %d leases", drop, n)
		}
	}
}

func TestDisableAuth(t *testing.T) {
	path := change(t, "3.7-snapshot.db.gz", func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("auth")).Put([]byte("authEnabled"), []byte{1})
	})
	o, dir := one(t)
	o.DisableAuth, o.Force = true, true // user root is not there, which verify calls damage
	p, _, err := planFor(t, path, o)
	if err != nil || !p.Scrub.Auth {
		t.Fatalf("%+v %v", p, err)
	}
	restoreTo(t, path, o)
	if got := content(t, filepath.Join(dir, "member", "snap", "db"))["auth\x00authEnabled"]; got != "\x00" {
		t.Errorf("authEnabled is %q", got)
	}
}

// TestTrailer has every state of the sha256.
func TestTrailer(t *testing.T) {
	wrong := unpack(t, "3.7-snapshot.db.gz")
	b := readFile(t, wrong)
	b[len(b)-1] ^= 1
	if err := os.WriteFile(wrong, b, 0o600); err != nil {
		t.Fatal(err)
	}
	bare := change(t, "3.7-snapshot.db.gz", func(*bbolt.Tx) error { return nil })
	o, _ := one(t)
	var damage *DamageError
	if _, _, err := planFor(t, wrong, o); !errors.As(err, &damage) {
		t.Errorf("wrong sha256: %v", err)
	}
	p, _, err := planFor(t, bare, o)
	if err != nil || !strings.Contains(strings.Join(p.Warnings, "\n"), "without a sha256") {
		t.Errorf("bare db: %v %v", p, err)
	}
	o.SkipHashCheck = true
	if p, _, err = planFor(t, wrong, o); err != nil || !strings.Contains(strings.Join(p.Warnings, "\n"), "skipped") {
		t.Errorf("wrong sha256, skipped: %v %v", p, err)
	}
	o = Options{Cluster: o.Cluster, Outputs: o.Outputs, LikeEtcdutl: true}
	if _, _, err = planFor(t, bare, o); err == nil || err.Error() != "snapshot missing hash but --skip-hash-check=false" {
		t.Errorf("like etcdutl: %v", err)
	}
	if _, _, err = planFor(t, wrong, o); err == nil || !strings.HasPrefix(err.Error(), "expected sha256 [") {
		t.Errorf("like etcdutl: %v", err)
	}
}

// TestBeyond restores from a member that was killed: its log has more than its db.
func TestBeyond(t *testing.T) {
	dir := unpack(t, "3.7-killed.tar.gz")
	o, _ := one(t)
	var refused *RefusedError
	if _, _, err := planFor(t, dir, o); !errors.As(err, &refused) || !strings.Contains(err.Error(), "committed entries") {
		t.Fatalf("%v", err)
	}
	o.AcceptLoss = true
	p, _, err := planFor(t, dir, o)
	if err != nil || p.Beyond.Committed == 0 {
		t.Fatalf("%+v %v", p, err)
	}
	o, _ = one(t)
	if _, _, err := planFor(t, unpack(t, "3.7-member.tar.gz"), o); err != nil {
		t.Errorf("a member that was stopped: %v", err)
	}
}

func TestTargetVersion(t *testing.T) {
	for release, files := range map[string]map[string]bool{
		"3.5": {"3.5-snapshot.db.gz": true, "3.6-snapshot.db.gz": true, "3.7-snapshot.db.gz": true},
		"3.6": {"3.5-snapshot.db.gz": true, "3.6-snapshot.db.gz": true, "3.7-snapshot.db.gz": false},
		"3.7": {"3.5-snapshot.db.gz": true, "3.6-snapshot.db.gz": true, "3.7-snapshot.db.gz": true},
	} {
		for file, want := range files {
			o, _ := one(t)
			o.TargetVersion = release
			p, src, err := planFor(t, unpack(t, file), o)
			if (err == nil) != want {
				t.Errorf("%s for %s: %v", file, release, err)
			}
			if err != nil {
				continue
			}
			done, err := Execute(t.Context(), p, src, ExecuteOptions{})
			if err != nil {
				t.Errorf("%s for %s: %v", file, release, err)
				continue
			}
			for _, b := range done.Boot {
				if b.Release == release && b.Outcome != verify.Boots {
					t.Errorf("%s for %s: %+v", file, release, b)
				}
			}
		}
	}
}

func TestTargets(t *testing.T) {
	path := unpack(t, "3.7-snapshot.db.gz")
	for name, prepare := range map[string]func(dir string, o *Options){
		"not empty": func(dir string, o *Options) { mkdir(t, dir); mkdir(t, filepath.Join(dir, "member")) },
		"a file": func(dir string, o *Options) {
			if err := os.WriteFile(dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"wal exists": func(dir string, o *Options) { o.Outputs[0].WALDir = dir + "-wal"; mkdir(t, dir+"-wal") },
		"wal within": func(dir string, o *Options) { o.Outputs[0].WALDir = filepath.Join(dir, "member", "log") },
	} {
		o, dir := one(t)
		prepare(dir, &o)
		before := tree(t, filepath.Dir(dir))
		p, src, err := planFor(t, path, o)
		if err == nil {
			_, err = Execute(t.Context(), p, src, ExecuteOptions{})
		}
		if err == nil {
			t.Errorf("%s: not refused", name)
		}
		if got := tree(t, filepath.Dir(dir)); got != before {
			t.Errorf("%s: left %s", name, got)
		}
	}
}

func TestLine(t *testing.T) {
	if got, want := Line([]string{"etcd", "--name=it's", ""}), `etcd '--name=it'\''s' ''`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := listenURLs([]string{"http://10.0.0.1:1", "https://host:2", "http://localhost:3"}); strings.Join(got, " ") != "http://10.0.0.1:1 https://0.0.0.0:2 http://localhost:3" {
		t.Errorf("%q", got)
	}
	if quota(gib) != 0 || quota(2*gib) != 4*gib {
		t.Errorf("quota %d %d", quota(gib), quota(2*gib))
	}
}
