package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// An event is one change as etcdctl watch and as history tell it.
type event struct {
	key                   string
	main, create, version int64
	lease                 string
	value                 string
	deleted               bool
}

// watchAll is every event of the server since revision 1, as its own etcdctl prints it.
func (k *keyServer) watchAll(t *testing.T) (events []event) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, k.etcdctl, "--endpoints", k.ClientURL, "watch", "", "--prefix", "--rev=1", "-w", "json")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cancel()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for last := int64(0); last < k.latest && lines.Scan(); {
		var answer struct {
			Events []struct {
				Type int `json:"type"`
				KV   struct {
					Key, Value      []byte
					Create_revision int64
					Mod_revision    int64
					Version, Lease  int64
				} `json:"kv"`
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		for _, e := range answer.Events {
			ev := event{key: string(e.KV.Key), main: e.KV.Mod_revision, create: e.KV.Create_revision, version: e.KV.Version,
				value: string(e.KV.Value), deleted: e.Type == 1}
			if e.KV.Lease != 0 {
				ev.lease = fmt.Sprintf("%x", e.KV.Lease)
			}
			events, last = append(events, ev), e.KV.Mod_revision
		}
	}
	return events
}

// historyEvents is the same as history tells it.
func historyEvents(t *testing.T, path string, words ...string) (events []event) {
	t.Helper()
	got := runLine(context.Background(), nil, append([]string{"history", path, "--values", "-w", "ndjson", "-q"}, words...)...)
	if got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	for line := range strings.Lines(got.out) {
		var c struct {
			Key, Type           string
			Key_b64             []byte
			Value               string
			Value_b64           []byte
			Revision            int64
			Create_revision     int64
			Version             int64
			Lease               string
			Generation          int64
			Transaction_changes int64
			Other_keys          []string
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		e := event{key: c.Key, main: c.Revision, create: c.Create_revision, version: c.Version, lease: c.Lease, value: c.Value, deleted: c.Type == "delete"}
		if c.Key_b64 != nil {
			e.key = string(c.Key_b64)
		}
		if c.Value_b64 != nil {
			e.value = string(c.Value_b64)
		}
		if int(c.Transaction_changes) != len(c.Other_keys)+1 {
			t.Errorf("%s at %d: %d changes, with %q", c.Key, c.Revision, c.Transaction_changes, c.Other_keys)
		}
		events = append(events, e)
	}
	return events
}

// TestHistoryAsWatch holds history against what a watch from revision 1 sees on a real
// etcd 3.7 that was never compacted: the same events, and of each key in the same order.
func TestHistoryAsWatch(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a server")
	}
	k := startKeyServer(t, 9, 200)
	watched := map[string][]event{}
	count := 0
	for _, e := range k.watchAll(t) {
		watched[e.key] = append(watched[e.key], e)
		count++
	}
	if err := k.Stop(); err != nil {
		t.Fatal(err)
	}
	all := historyEvents(t, k.DataDir, "", "--prefix")
	if len(all) != count || count < 200 {
		t.Errorf("%d changes, watched %d", len(all), count)
	}
	for _, e := range all {
		list := watched[e.key]
		if len(list) == 0 || list[0] != e {
			t.Fatalf("%+v, watched %+v", e, list)
		}
		watched[e.key] = list[1:]
	}
	for _, key := range k.keys[:3] {
		one := historyEvents(t, k.DataDir, key)
		if len(one) == 0 || one[0].key != key || one[len(one)-1].key != key {
			t.Errorf("%q alone: %+v", key, one)
		}
	}
}
