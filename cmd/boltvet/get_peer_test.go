package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"boltvet/fixtures/peers"
)

// getQueries is how many random queries are compared with the real etcdctl.
const getQueries = 200

// A keyServer is a real etcd with a rich store and a program that asks it.
type keyServer struct {
	*peers.Server
	etcdctl string
	keys    []string
	latest  int64
}

// startKeyServer boots etcd 3.7 and writes keys of all sorts, in steps of one or
// several changes.
func startKeyServer(t *testing.T, seed uint64, steps int) *keyServer {
	t.Helper()
	ctx := t.Context()
	s, err := peers.Boot(ctx, peers.V37, filepath.Join(t.TempDir(), "data"), peers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	if s.Outcome().State != peers.Ready {
		t.Fatal(s.Outcome())
	}
	etcdctl, err := peers.Build(ctx, peers.V37, peers.Etcdctl)
	if err != nil {
		t.Fatal(err)
	}
	k := &keyServer{Server: s, etcdctl: etcdctl}
	k.keys = []string{"a", "a/1", "a/2", "b", "esc\x1b[2J", "new\nline", "bad\xff\xfe", "\xff", "\xff\xff", "pipe|", "ünï", "z", `quo"te`, " blank "}
	for i := range 25 {
		k.keys = append(k.keys, fmt.Sprintf("/registry/pods/ns%d/p%d", i%3, i))
	}
	const lease = 1<<62 + 12345
	if err := s.Grant(ctx, lease, 3600); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 3))
	for range steps {
		if k.latest, err = s.Txn(ctx, k.step(r, lease)...); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// step is a random transaction; no key is in it twice.
func (k *keyServer) step(r *rand.Rand, lease int64) (ops []peers.Op) {
	for _, i := range r.Perm(len(k.keys))[:1+r.IntN(3)*r.IntN(3)] {
		value := strings.Repeat("v", r.IntN(40)) + []string{"", "\x1b[31m", "\x00\xff", "line\n2"}[r.IntN(4)]
		switch r.IntN(5) {
		case 0:
			ops = append(ops, peers.DeleteOp(k.keys[i], ""))
		case 1:
			ops = append(ops, peers.PutOp(k.keys[i], value, lease))
		default:
			ops = append(ops, peers.PutOp(k.keys[i], value, 0))
		}
	}
	return ops
}

// ask runs etcdctl and gives what it prints; ok is false if it refuses.
func (k *keyServer) ask(t *testing.T, words ...string) (stdout string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), k.etcdctl, append([]string{"--endpoints", k.ClientURL}, words...)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	return out.String(), err == nil
}

// query makes a random line behind "get": key, range, flags.
func (k *keyServer) query(r *rand.Rand, compact int64) (keys, flags []string) {
	key := k.keys[r.IntN(len(k.keys))]
	switch r.IntN(6) {
	case 0:
		keys = []string{key}
	case 1:
		keys = []string{key, k.keys[r.IntN(len(k.keys))]}
	case 2:
		keys, flags = []string{key[:r.IntN(len(key)+1)]}, []string{"--prefix"}
	case 3:
		keys, flags = []string{key}, []string{"--from-key"}
	case 4:
		keys, flags = []string{"/registry/pods/"}, []string{"--prefix"}
	default:
		keys, flags = []string{""}, []string{"--prefix"}
	}
	maybe := func(n int, words ...string) {
		if r.IntN(n) == 0 {
			flags = append(flags, words...)
		}
	}
	rev := func() string { return strconv.FormatInt(max(1, compact-2)+r.Int64N(k.latest-max(1, compact-2)+3), 10) }
	maybe(2, "--rev", rev())
	maybe(3, "--limit", strconv.Itoa(r.IntN(8)))
	maybe(3, "--order", sortOrders()[r.IntN(2)])
	maybe(2, "--sort-by", sortTargets()[r.IntN(5)])
	maybe(4, "--keys-only")
	maybe(5, "--min-mod-rev", rev())
	maybe(5, "--max-mod-rev", rev())
	maybe(6, "--min-create-rev", rev())
	maybe(6, "--max-create-rev", rev())
	maybe(8, "--hex")
	return keys, flags
}

// TestGetAsEtcdctl asks a real etcd 3.7 random questions through its own etcdctl, and
// then the data dir that it leaves and a snapshot of it: stdout must be the same.
func TestGetAsEtcdctl(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a server")
	}
	k := startKeyServer(t, 1, 150)
	compact := k.latest / 3
	if err := k.Compact(t.Context(), compact, true); err != nil {
		t.Fatal(err)
	}
	type asked struct {
		words []string
		want  string
		ok    bool
	}
	var list []asked
	r := rand.New(rand.NewPCG(2, 4))
	for i := range getQueries {
		keys, flags := k.query(r, compact)
		formats := [][]string{{"-w", "json"}, {"-w", "simple"}}
		if i%7 == 0 {
			formats = append(formats, []string{"-w", "protobuf"})
		}
		for _, format := range formats {
			words := append(append(append([]string{}, format...), flags...), "--")
			words = append(words, keys...)
			if format[1] == "simple" && i%5 == 0 && !strings.Contains(strings.Join(flags, " "), "--keys-only") {
				words = append([]string{"--print-value-only"}, words...)
			}
			want, ok := k.ask(t, append([]string{"get"}, words...)...)
			list = append(list, asked{words, want, ok})
		}
	}
	snapshot := filepath.Join(t.TempDir(), "snapshot.db")
	if err := k.Snapshot(t.Context(), snapshot); err != nil {
		t.Fatal(err)
	}
	if err := k.Stop(); err != nil {
		t.Fatal(err)
	}
	before, answered := fingerprints(t, []string{snapshot, k.DataDir}), 0
	for _, a := range list {
		at := 0
		for a.words[at] != "--" {
			at++
		}
		for _, path := range []string{k.DataDir, snapshot} {
			words := append(append(append([]string{"get", "-q"}, a.words[:at+1]...), path), a.words[at+1:]...)
			got := runLine(context.Background(), nil, words...)
			want := a.want
			if path == snapshot {
				want = withoutMember(want)
				if a.words[1] == "protobuf" {
					continue // the header is another
				}
			}
			if a.ok != (got.code == 0) || a.ok && got.out != want {
				t.Errorf("%q: exit code %d, stderr %s\n%q, want\n%q (%t)", words, got.code, got.stderr, got.out, want, a.ok)
			}
			if a.ok && len(got.out) > 100 {
				answered++
			}
		}
	}
	if answered < getQueries {
		t.Errorf("only %d queries had an answer to compare", answered)
	}
	if fingerprints(t, []string{snapshot, k.DataDir}) != before {
		t.Error("an input changed")
	}
}

// withoutMember takes out of etcdctl's header what a snapshot does not know.
func withoutMember(s string) string {
	return regexp.MustCompile(`"cluster_id":\d+,"member_id":\d+,`).ReplaceAllString(s, "")
}

// TestGetCountAsEtcdctl compares the count, which etcdctl prints as fields only.
func TestGetCountAsEtcdctl(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a server")
	}
	k := startKeyServer(t, 5, 40)
	type asked struct{ words []string }
	var want []string
	var list []asked
	r := rand.New(rand.NewPCG(6, 4))
	for range 20 {
		keys, flags := k.query(r, 0)
		flags = append(flags, "--count-only")
		text, ok := k.ask(t, append(append([]string{"get", "-w", "fields"}, flags...), append([]string{"--"}, keys...)...)...)
		if !ok || strings.Contains(strings.Join(flags, " "), "--keys-only") {
			continue
		}
		_, count, _ := strings.Cut(text, `"Count" : `)
		want = append(want, count)
		list = append(list, asked{append(append(flags, "--", "PATH"), keys...)})
	}
	if err := k.Stop(); err != nil {
		t.Fatal(err)
	}
	for i, a := range list {
		for j := range a.words {
			if a.words[j] == "PATH" {
				a.words[j] = k.DataDir
			}
		}
		got := runLine(context.Background(), nil, append([]string{"get", "-q"}, a.words...)...)
		if got.code != 0 || got.out != want[i] {
			t.Errorf("%q: exit code %d, %q, want %q; %s", a.words, got.code, got.out, want[i], got.stderr)
		}
	}
	if len(list) < 5 {
		t.Errorf("only %d counts were compared", len(list))
	}
}
