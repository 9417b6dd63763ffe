package main

import (
	"slices"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want spread
	}{
		{nil, spread{}},
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{9, 1, 5}, spread{5, 1, 9}},
		{[]float64{4, 1, 2, 100}, spread{3, 1, 100}},
	} {
		before := slices.Clone(c.in)
		if got := spreadOf(c.in); got != c.want {
			t.Errorf("%v: %v, want %v", c.in, got, c.want)
		}
		if !slices.Equal(before, c.in) {
			t.Errorf("spreadOf changed its argument to %v", c.in)
		}
	}
}

func seconds(all ...float64) []sample {
	out := make([]sample, len(all))
	for i, s := range all {
		out[i] = sample{Wall: time.Duration(s * 1e9), CPU: time.Duration(2 * s * 1e9)}
	}
	return out
}

// TestRatiosArePaired: the median of the ratios is not the ratio of the medians.
func TestRatiosArePaired(t *testing.T) {
	slow, fast := seconds(10, 40, 9), seconds(1, 8, 3)
	if got := spreadOf(ratios(slow, fast, wall)); got != (spread{5, 3, 10}) {
		t.Errorf("%v, want 5 (3–10)", got)
	}
	if got := ratios(slow, seconds(1, 0, 3), cpu); !slices.Equal(got, []float64{10, 3}) {
		t.Errorf("a round without time: %v, want it left out", got)
	}
	if got := ratios(slow, nil, wall); got != nil {
		t.Errorf("no second series: %v", got)
	}
	if got := over([]sample{{Output: 30}}, output, 0); got != nil {
		t.Errorf("over nothing: %v", got)
	}
}

func TestJudge(t *testing.T) {
	r := &result{PeerName: "etcdutl hashkv", LimitName: "crc32c", Facts: facts{Keys: 100_000, Payload: 1000},
		Peer: seconds(8, 9, 10), Ours: seconds(1, 1, 2), Limit: seconds(1, 1, 1)}
	for i := range r.Ours {
		r.Ours[i].Heap, r.Ours[i].Output, r.Peer[i].Output = int64(30+i)*MB, 1100, 1200
	}
	for _, c := range []struct {
		goal goal
		want outcome
	}{
		{faster(8), outcome{"≥ 8 × as fast as etcdutl hashkv", "8.00 (5.00–9.00)", "8.00 (5.00–9.00)", true}},
		{faster(8.1), outcome{"≥ 8.1 × as fast as etcdutl hashkv", "8.00 (5.00–9.00)", "8.00 (5.00–9.00)", false}},
		{within(1), outcome{"≤ 1 × the time of crc32c", "1.00 (1.00–2.00)", "1.00 (1.00–2.00)", true}},
		{within(0.9), outcome{"≤ 0.9 × the time of crc32c", "1.00 (1.00–2.00)", "1.00 (1.00–2.00)", false}},
		{heap(32 * MB), outcome{"heap ≤ 32 MB", "32.0 MB", "", true}},
		{heap(31 * MB), outcome{"heap ≤ 31 MB", "32.0 MB", "", false}},
		{heapPerKey(80, 24*MB), outcome{"heap ≤ 32 MB", "32.0 MB", "", true}},
		{ofPeer(0.9), outcome{"output ≤ 0.90 × etcdutl hashkv's", "0.92 (0.92–0.92)", "", false}},
		{ofPayload(1.1), outcome{"output ≤ 1.10 × keys and values", "1.10 (1.10–1.10)", "", true}},
	} {
		got, ok := c.goal.judge(r)
		if !ok || got != c.want {
			t.Errorf("%+v: %+v, %v, want %+v", c.goal, got, ok, c.want)
		}
	}
	if _, ok := faster(1).judge(&result{Ours: seconds(1)}); ok {
		t.Error("a goal against a peer was judged without one")
	}
	for _, shared := range []bool{true, false} {
		r := &result{PeerName: "p", Ours: seconds(1), Peer: seconds(6), Shared: shared}
		if o, ok := faster(5).whereShared().judge(r); ok != shared || o.Met != shared {
			t.Errorf("blocks shared %v: goal judged %v, met %v", shared, ok, o.Met)
		}
	}
	if _, ok := heap(1).judge(&result{}); ok {
		t.Error("a goal was judged without any sample")
	}
}
