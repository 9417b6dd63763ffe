package main

import (
	"flag"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the expected report")

func TestReport(t *testing.T) {
	measured := result{Title: "status on m", PeerName: "etcdutl snapshot status", LimitName: "crc32c", Facts: facts{Keys: 30_000},
		Peer: seconds(1, 1.1, 0.9), Ours: seconds(0.2, 0.25, 0.2), Limit: seconds(0.15, 0.2, 0.25)}
	measured.Ours[1].Heap, measured.Peer[0].Output = 27*MB, 12_345_678
	for _, g := range []goal{faster(4.5), within(1.25), tableHeap} {
		if o, ok := g.judge(&measured); ok {
			measured.Outcomes = append(measured.Outcomes, o)
		}
	}
	r := report{
		Date: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), Rounds: 3,
		Machine:  machine{CPU: "Some CPU", Cores: 2, Memory: 24 << 30, Kernel: "linux/amd64 6.1", Filesystem: "ext4", Go: "go1.26", Load: "0.10"},
		Programs: []string{"boltvet: this source, built with go1.26", "etcdutl: v3.7.3, built with go1.26"},
		Results: []result{measured, {Title: "hashkv on m", Skipped: "not built yet"},
			{Title: "verify on m", Failed: "boltvet verify m.db: exit status 3: a | b"}},
		Cold: &coldResult{Ours: seconds(0.5, 0.6), Cat: seconds(0.5, 0.5)},
	}
	if !r.failed() {
		t.Error("a program failed, the report does not say so")
	}
	const golden = "testdata/report.md"
	got := r.markdown()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report is\n%s\nwant\n%s", got, want)
	}
}

func TestReportWithoutColdCache(t *testing.T) {
	r := report{Results: []result{{Title: "x", Skipped: "y"}}}
	if r.failed() {
		t.Error("a skipped row is no failure")
	}
	r.Cold = &coldResult{Note: "no root"}
	if text := r.markdown(); len(text) == 0 {
		t.Error("no report")
	}
}
