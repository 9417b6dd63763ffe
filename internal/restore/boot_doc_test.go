package restore

import (
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures/peers"
)

// TestBootTable holds the table of docs/RESTORE.md against servers. TestBoot starts what the table says starts; here is
// what it says does not, and that etcdutl's restore of the same does not either.
func TestBootTable(t *testing.T) {
	table := bootTable(t)
	for _, f := range goldenSnapshots(t) {
		for _, r := range peers.Releases() {
			cell := table[f.Release[:3]][r]
			if (cell == "yes") != bootable(f, r) {
				t.Errorf("snapshot of %s on %s: the table says %q", f.Release, r, cell)
			}
			why, no := strings.CutPrefix(cell, "no: ")
			if !no || testing.Short() {
				continue
			}
			dir, options := t.TempDir(), members(t, 1)[0]
			initial := options.InitialCluster
			restoreTo(t, unpack(t, f.Name), Options{Cluster: cluster(t, initial), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(dir, "ours")}}})
			etcdutl(t, unpack(t, f.Name), filepath.Join(dir, "theirs"), initial, "m1", 0)
			for _, name := range []string{"ours", "theirs"} {
				s, err := peers.Boot(t.Context(), r, filepath.Join(dir, name), options)
				if err != nil {
					t.Fatal(err)
				}
				s.Kill()
				if o := s.Outcome(); o.State != peers.Died || !strings.Contains(strings.ReplaceAll(string(s.Log()), `\"`, `"`), why) {
					t.Errorf("%s, %s on %s: %v, want %q", name, f.Release, r, o, why)
				}
			}
		}
	}
}

// bootTable reads the table: by release of the snapshot, and that of the server.
func bootTable(t *testing.T) map[string]map[peers.Release]string {
	t.Helper()
	_, text, _ := strings.Cut(string(readFile(t, filepath.Join("..", "..", "docs", "RESTORE.md"))), "| Snapshot of | etcd 3.5 | etcd 3.6 | etcd 3.7 |\n")
	out := map[string]map[peers.Release]string{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			break
		}
		row := map[peers.Release]string{}
		for i, r := range peers.Releases() {
			row[r] = strings.TrimSpace(cells[i+1])
		}
		out[strings.TrimSpace(cells[0])] = row
	}
	if len(out) != 5 { // with the line below the head
		t.Fatalf("%d rows", len(out))
	}
	return out
}
