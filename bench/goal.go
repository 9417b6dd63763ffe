package main

import "fmt"

// A goalKind says which figure a goal bounds.
type goalKind uint8

// The kinds of goals.
const (
	goalFaster  goalKind = iota // wall of the peer / wall of boltvet, at least
	goalWithin                  // wall of boltvet / wall of the limit, at most
	goalHeap                    // peak heap of boltvet in bytes, at most
	goalPeer                    // output of boltvet / output of the peer, at most
	goalPayload                 // output of boltvet / bytes of keys and values in the input, at most
)

// A goal is a bound on one figure of a measurement.
type goal struct {
	kind   goalKind
	bound  float64
	perKey float64 // added to bound for each distinct key of the input
	shared bool    // it holds where files can share their blocks only
}

func faster(x float64) goal              { return goal{kind: goalFaster, bound: x} }
func within(x float64) goal              { return goal{kind: goalWithin, bound: x} }
func heap(bytes float64) goal            { return goal{kind: goalHeap, bound: bytes} }
func heapPerKey(per, bytes float64) goal { return goal{kind: goalHeap, bound: bytes, perKey: per} }
func ofPeer(x float64) goal              { return goal{kind: goalPeer, bound: x} }
func ofPayload(x float64) goal           { return goal{kind: goalPayload, bound: x} }

// whereShared is g for a file system that lets files share their blocks.
func (g goal) whereShared() goal { g.shared = true; return g }

// An outcome is a goal held against what was measured.
type outcome struct {
	Goal string
	Got  string
	CPU  string // the same ratio of CPU seconds, "" where there is none
	Met  bool
}

// judge holds g against the series of one measurement; ok is false if nothing
// was measured that g bounds.
func (g goal) judge(r *result) (o outcome, ok bool) {
	if g.shared && !r.Shared {
		return outcome{}, false
	}
	switch g.kind {
	case goalFaster:
		return g.judgeRatio(fmt.Sprintf("≥ %.3g × as fast as %s", g.bound, r.PeerName), ratios(r.Peer, r.Ours, wall), ratios(r.Peer, r.Ours, cpu))
	case goalWithin:
		return g.judgeRatio(fmt.Sprintf("≤ %.3g × the time of %s", g.bound, r.LimitName), ratios(r.Ours, r.Limit, wall), ratios(r.Ours, r.Limit, cpu))
	case goalHeap:
		bound, peak := g.bound+g.perKey*float64(r.Facts.Keys), float64(peakHeap(r.Ours))
		text := fmt.Sprintf("heap ≤ %.3g MB", bound/MB)
		return outcome{Goal: text, Got: fmt.Sprintf("%.1f MB", peak/MB), Met: peak <= bound}, len(r.Ours) > 0
	case goalPeer:
		return g.judgeRatio(fmt.Sprintf("output ≤ %.2f × %s's", g.bound, r.PeerName), ratios(r.Ours, r.Peer, output), nil)
	case goalPayload:
		return g.judgeRatio(fmt.Sprintf("output ≤ %.2f × keys and values", g.bound), over(r.Ours, output, float64(r.Facts.Payload)), nil)
	}
	return outcome{}, false
}

// judgeRatio judges the median of v: at least the bound for goalFaster, else at
// most.
func (g goal) judgeRatio(text string, v, cpus []float64) (outcome, bool) {
	if len(v) == 0 {
		return outcome{}, false
	}
	s := spreadOf(v)
	o := outcome{Goal: text, Got: s.ratio(), Met: s.Median <= g.bound}
	if g.kind == goalFaster {
		o.Met = s.Median >= g.bound
	}
	if len(cpus) > 0 {
		o.CPU = spreadOf(cpus).ratio()
	}
	return o, true
}
