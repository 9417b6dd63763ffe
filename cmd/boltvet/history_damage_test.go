package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A toldChange is what a row of history -w ndjson says of a record.
type toldChange struct {
	Key, Type       string
	Revision        int64
	Sub_revision    int64
	Version         int64
	Create_revision int64
	Lease, Value    string
}

// tellAll asks a file for every change, by key and revision; doubtful ones are told apart.
func tellAll(t *testing.T, path string) (sure, doubtful map[string]toldChange, run ran) {
	t.Helper()
	run = runLine(context.Background(), nil, "history", path, "", "--prefix", "--values", "-w", "ndjson")
	sure, doubtful = map[string]toldChange{}, map[string]toldChange{}
	for line := range strings.Lines(run.out) {
		if strings.Contains(line, `"error":`) {
			continue
		}
		var c struct {
			toldChange
			Doubt string
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v in %q", path, err, line)
		}
		into := sure
		if c.Doubt != "" {
			into = doubtful
		}
		into[fmt.Sprintf("%s %d/%d %s", c.Key, c.Revision, c.Sub_revision, c.Type)] = c.toldChange
	}
	return sure, doubtful, run
}

// silentChanges are damages of which no row of history tells by itself: see silent.
func silentChanges() map[string]bool {
	list := silent()
	list["leaf-key-bitflip"] = true     // a sub below the compact revision, where they have gaps by right
	list["mvcc-below-compact"] = true   // a made-up record where history has gaps by right
	list["mvcc-tombstone-below"] = true // the same
	list["mvcc-missing-tail"] = true    // the file ends earlier, and looks as it did then
	return list
}

// TestHistoryTellsNoUntruth compares every change that is told of a damaged file with
// the undamaged one: what is told without a doubt was so, and with exit code 0 nothing
// is missing.
func TestHistoryTellsNoUntruth(t *testing.T) {
	wholes := &wholeFiles{t.TempDir(), map[string]string{}}
	told, used := 0, map[string]bool{}
	for _, h := range harmedFiles(t) {
		path := wholes.harm(t, h)
		got, doubtful, run := tellAll(t, path)
		if told += len(got); h.sound && run.code != 0 {
			t.Errorf("%s: exit code %d: %s", h.name, run.code, run.stderr)
		}
		if len(got) == 0 && run.code != 0 {
			continue
		}
		want, _, _ := tellAll(t, wholes.path(t, h.base))
		_, name, _ := strings.Cut(h.name, " ")
		for _, lie := range untoldOrUntrue(want, got, doubtful, run) {
			if used[name] = true; !silentChanges()[name] {
				t.Errorf("%s, exit code %d: %.300s", h.name, run.code, lie)
			}
		}
	}
	for name := range silentChanges() {
		if !used[name] {
			t.Errorf("%s is no exception any more", name)
		}
	}
	t.Log(told, "changes were compared")
	if told < 10000 {
		t.Errorf("only %d changes were compared", told)
	}
}

// untoldOrUntrue are the changes that were not so, and those that are missing without a word.
func untoldOrUntrue(want, got, doubtful map[string]toldChange, run ran) (out []string) {
	for _, at := range slices.Sorted(maps.Keys(got)) {
		if was, ok := want[at]; !ok || was != got[at] {
			out = append(out, fmt.Sprintf("%s is %+v, was %+v", at, got[at], was))
		}
	}
	if run.code != 0 {
		return out
	}
	for _, at := range slices.Sorted(maps.Keys(want)) {
		if _, there := got[at]; !there && doubtful[at] == (toldChange{}) {
			out = append(out, at+" is missing without a word")
		}
	}
	return out
}
