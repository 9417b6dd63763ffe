package main

import (
	"fmt"
	"slices"
	"time"
)

// A sample is what one run of a program took.
type sample struct {
	Wall, CPU time.Duration
	Heap      int64 // peak anonymous memory, bytes
	Output    int64 // bytes of the file that it made, 0: none
}

// then is what two runs took, one after the other.
func (s sample) then(next sample) sample {
	return sample{s.Wall + next.Wall, s.CPU + next.CPU, max(s.Heap, next.Heap), s.Output + next.Output}
}

// The figures of a sample, as numbers to calculate with.
func wall(s sample) float64   { return s.Wall.Seconds() }
func cpu(s sample) float64    { return s.CPU.Seconds() }
func anon(s sample) float64   { return float64(s.Heap) }
func output(s sample) float64 { return float64(s.Output) }

// A spread is the median of some figures with the least and the greatest.
type spread struct{ Median, Min, Max float64 }

// spreadOf returns the spread of v, which it leaves as it is; zero for none.
func spreadOf(v []float64) spread {
	if len(v) == 0 {
		return spread{}
	}
	v = slices.Sorted(slices.Values(v))
	mid := len(v) / 2
	median := v[mid]
	if len(v)%2 == 0 {
		median = (v[mid-1] + v[mid]) / 2
	}
	return spread{median, v[0], v[len(v)-1]}
}

// ratio writes the spread as that of a ratio.
func (s spread) ratio() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median, s.Min, s.Max) }

// ratios divides the figures of a and b round by round. Rounds in which b has
// none are left out: a ratio to nothing says nothing.
func ratios(a, b []sample, figure func(sample) float64) []float64 {
	var out []float64
	for i := range min(len(a), len(b)) {
		if d := figure(b[i]); d > 0 {
			out = append(out, figure(a[i])/d)
		}
	}
	return out
}

// over divides the figures of a by one number; none if it is zero.
func over(a []sample, figure func(sample) float64, by float64) []float64 {
	if by <= 0 {
		return nil
	}
	return figures(a, func(s sample) float64 { return figure(s) / by })
}

// figures are one figure of all samples.
func figures(a []sample, figure func(sample) float64) []float64 {
	out := make([]float64, len(a))
	for i, s := range a {
		out[i] = figure(s)
	}
	return out
}

// peakHeap is the greatest heap of all rounds: a bound holds always or not.
func peakHeap(a []sample) int64 {
	peak := int64(0)
	for _, s := range a {
		peak = max(peak, s.Heap)
	}
	return peak
}
