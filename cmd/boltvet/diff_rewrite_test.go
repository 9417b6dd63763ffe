package main

import (
	"context"
	"path/filepath"
	"testing"

	"boltvet/fixtures/golden"
)

// TestDiffOfRewritten compares each healthy base with itself, its defragmented copy, its
// compacted ones and both with each other: all are equal, from the compact revision on.
func TestDiffOfRewritten(t *testing.T) {
	for _, name := range []string{"small", "deep", "half-compacted", "pages-64k", "v35", "v36", "auth-alarms", "snapshot", "freelist"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := buildBase(t, dir, name, "")
			defragged, compacted := filepath.Join(dir, "defragged"), filepath.Join(dir, "compacted")
			for _, words := range [][]string{{"defrag", path, defragged}, {"compact", path, compacted, "--revision", "latest"}} {
				if got := runLine(context.Background(), nil, words...); got.code != 0 {
					t.Fatalf("%q: exit code %d, %s", words, got.code, got.stderr)
				}
			}
			for _, paths := range [][]string{{path, path}, {path, defragged}, {path, compacted}, {compacted, path, defragged}, {defragged, compacted, path}} {
				code, files := runDiffJSON(t, paths...)
				if code != 0 {
					t.Errorf("%q: exit code %d, %+v", paths, code, files)
				}
				for _, x := range files {
					if x.Comparison != "equal" && x.Comparison != "reference" || x.First.Revision != nil || x.Odd != nil {
						t.Errorf("%q: %+v", paths, x)
					}
				}
			}
		})
	}
}

// TestDiffOfReleases compares what etcd 3.4 to 3.7 made of one workload: the same keys
// and history, in clusters of their own.
func TestDiffOfReleases(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"3.4-snapshot.db.gz", "3.5-snapshot.db.gz", "3.6-snapshot.db.gz", "3.7-snapshot.db.gz"} {
		f, err := golden.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		path, err := f.Unpack(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	code, files := runDiffJSON(t, paths...)
	for _, x := range files {
		if x.First.Revision != nil || len(x.Changes) > 0 || x.Keys.Added+x.Keys.Removed+x.Keys.Changed != 0 {
			t.Errorf("%+v", x)
		}
	}
	if code != int(exitNo) { // the cluster versions
		t.Errorf("exit code %d", code)
	}
}

// TestDiffOfOtherBuckets edits a bucket other than the keys': that is a difference,
// unless the files are of different moments of the log.
func TestDiffOfOtherBuckets(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		bucket, edit            string
		added, removed, changed int64
		damages                 bool // a root user is missing: 3, whatever the comparison says
	}{
		{"lease", "bucket-put lease u64:0x99 lease:99,60", 1, 0, 0, false},
		{"auth", "bucket-put auth authRevision u64:99", 0, 0, 1, false},
		{"authUsers", "bucket-remove authUsers root", 0, 1, 0, true},
		{"alarm", "bucket-put alarm hex:08011001 empty", 1, 0, 0, false},
		{"members_removed", "bucket-put members_removed 91bc3c398fb3c146 removed", 1, 0, 0, false},
		{"cluster", "bucket-put cluster clusterVersion 3.1.0", 0, 0, 1, false},
	} {
		base := buildBase(t, dir, "auth-alarms", "")
		for _, later := range []bool{false, true} {
			edit, want := c.edit, 1
			if later {
				edit, want = c.edit+"\nbucket-put meta consistent_index u64:9999", 0
			}
			path := buildBase(t, dir, "auth-alarms", edit)
			if c.damages {
				want = 3
			}
			code, files := runDiffJSON(t, base, path)
			if code != want || files[1].First.Revision != nil {
				t.Errorf("%s: exit code %d, want %d: %+v", edit, code, want, files[1])
			}
			for _, b := range files[1].Buckets {
				differs := b.Added+b.Removed+b.Changed > 0
				if b.Bucket == c.bucket && (b.Added != c.added || b.Removed != c.removed || b.Changed != c.changed) || b.Bucket != c.bucket && differs || b.Judged == later {
					t.Errorf("%s: %+v", edit, b)
				}
			}
		}
		if code, files := runDiffJSON(t, base, base, buildBase(t, dir, "auth-alarms", c.edit)); code != 1 && !c.damages || files[2].Odd == nil || !*files[2].Odd {
			t.Errorf("%s: the odd one out: exit code %d, %+v", c.edit, code, files)
		}
	}
}
