package query

import (
	"testing"

	"boltvet/fixtures/golden"
)

// TestGoldenHashes holds both hashes against what real servers and etcdutl said of
// their files.
func TestGoldenHashes(t *testing.T) {
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	servers := 0
	for _, f := range files {
		t.Run(f.Name, func(t *testing.T) {
			path, err := f.Unpack(dir)
			if err != nil {
				t.Fatal(err)
			}
			h, err := HashContent(t.Context(), resolve(t, path), ReadOptions{})
			if err != nil || h.Hash != f.Oracle.Status.Hash {
				t.Errorf("status hash %d, %v, want %d", h.Hash, err, f.Oracle.Status.Hash)
			}
			k := openKV(t, path, 0)
			got, err := k.Hash(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			want := f.Oracle.FileHash
			if got.Unsettled || got.Hash != want.Hash || got.Rev != want.Revision || got.Compact != want.CompactRevision {
				t.Errorf("%+v, want etcdutl's %+v", got, want)
			}
			// A server that was started on a data dir may have replayed more of the log.
			server := f.Oracle.ServerHash
			if f.Kind == golden.DataDir && server.Revision != got.Rev {
				return
			}
			servers++
			known := Known{Point{server.Revision, server.CompactRevision}, server.Hash}
			if v, reason := known.Judge(got); v != Equal {
				t.Errorf("%+v against the server's %+v: %v %s", got, server, v, reason)
			}
		})
	}
	if servers < 8 {
		t.Errorf("only %d files were held against a server", servers)
	}
}

// TestGoldenMembersAgree compares the files of 3.4 to 3.7 that went through the same
// workload.
func TestGoldenMembersAgree(t *testing.T) {
	dir := t.TempDir()
	var list []*KVFile
	for _, name := range []string{"3.4-snapshot.db.gz", "3.5-snapshot.db.gz", "3.6-snapshot.db.gz", "3.7-snapshot.db.gz"} {
		f, err := golden.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		path, err := f.Unpack(dir)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, openKV(t, path, -1))
	}
	p, ok := CommonPoint(list)
	if !ok {
		t.Fatal("no common revision")
	}
	first, err := list[0].HashAt(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list[1:] {
		if h, err := k.HashAt(t.Context(), p); err != nil || Judge(first, h) != Equal {
			t.Errorf("%s: %+v, %v, want %+v", k.Source.Path, h, err, first)
		}
	}
}
