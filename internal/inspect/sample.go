package inspect

import (
	"math/rand/v2"

	"boltvet/mvccview"
)

// maxSample bounds how many sizes a forecast packs: 2 MiB of memory.
const maxSample = 1 << 19

// sample is a shuffled choice of record sizes; each stands for scale records.
type sample struct {
	sizes []uint32
	scale float64
}

// sampleOf draws from every class of the histogram in proportion, the same ones each
// time. The order in the file is not known and hardly matters: packing cares about
// which sizes follow each other only on average.
func sampleOf(h *mvccview.SizeHist) sample {
	n := h.Count()
	if n == 0 {
		return sample{scale: 1}
	}
	part := min(1, float64(maxSample)/float64(n))
	s := sample{sizes: make([]uint32, 0, int(float64(n)*part)+1)}
	var due float64
	var bytes int64
	h.Each(func(c mvccview.SizeClass) {
		size := c.Bytes / c.Count
		for due += float64(c.Count) * part; due >= 0.5; due-- {
			s.sizes = append(s.sizes, uint32(size))
			bytes += size
		}
	})
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(s.sizes), func(i, j int) { s.sizes[i], s.sizes[j] = s.sizes[j], s.sizes[i] })
	s.scale = float64(h.Bytes()) / float64(max(bytes, 1))
	return s
}
