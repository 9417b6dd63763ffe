package bolt

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// packed is how many elements each leaf has: those finished before the bucket ends, and
// those that its end makes.
func packed(p *Packing, sizes []int64) (finished, last []int) {
	for _, size := range sizes {
		finished = append(finished, p.Add(size)...)
	}
	return finished, slices.Clone(p.End())
}

func TestPackingCuts(t *testing.T) {
	for _, c := range []struct {
		name           string
		sizes          []int64
		finished, last []int
	}{
		{"nothing", nil, nil, nil},
		{"one", []int64{100}, nil, []int{1}},
		{"fills a page to the byte", []int64{80, 4000, 100}, []int{2}, []int{1}},
		{"2 % free is full", []int64{4000, 100}, []int{1}, []int{1}},
		{"fills the tail of an overflow run", []int64{20_000, 400, 3000}, []int{2}, []int{1}},
		{"grows until it is full", []int64{3000, 3000, 3000, 3000, 300}, []int{4}, []int{1}},
		{"fills up after it has grown", []int64{3000, 3000, 2100, 3000}, []int{3}, []int{1}},
		{"grew in vain: 4 %, 10 %, 11 %, 12 %", []int64{3900, 3500, 3500, 3500, 3500}, []int{1}, []int{4}},
		{"the best is in the middle", []int64{3500, 4400, 3300, 3300, 9000}, []int{2}, []int{3}},
		{"of equals the longest", []int64{3016, 3032, 3032, 3032, 9000}, []int{4}, []int{1}},
		{"one that is longer than four pages is alone in front", []int64{3900, 3500, 17_000}, []int{1, 1}, []int{1}},
		{"over 1 MiB takes nothing", []int64{maxOpenRun, 100}, []int{1}, []int{1}},
	} {
		p := NewPacking(4096)
		finished, last := packed(p, c.sizes)
		if !slices.Equal(finished, c.finished) || !slices.Equal(last, c.last) {
			t.Errorf("%s: %v: leaves of %v, then %v; want %v, then %v", c.name, c.sizes, finished, last, c.finished, c.last)
		}
	}
}

// plainCut is the rule with all sizes at hand: how many elements the first leaf has; 0:
// that is not certain yet.
func plainCut(sizes []int64, ps int64) int {
	used, best, least := int64(PageHeaderSize), 0, 2.0
	for i, size := range sizes {
		room := pagesOf(used, ps) * ps
		if i > 0 && (used+size > room || room > maxOpenRun) {
			waste := float64(room-used) / float64(room)
			if waste <= least {
				best, least = i, waste
			}
			if waste <= float64(wastePercent)/100 || used+size > maxRunPages*ps {
				return best
			}
		}
		used += size
	}
	return 0
}

// TestPackingFollowsTheRule holds leaves found on the way against those found with all
// sizes at hand.
func TestPackingFollowsTheRule(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, ps := range []int64{512, 4096, 65536} {
		for _, most := range []int64{ps / 20, ps, 3 * ps, 6 * ps} {
			sizes := make([]int64, 3000)
			for i := range sizes {
				sizes[i] = ElementSize + 1 + r.Int64N(most)
				if i%500 == 499 {
					sizes[i] = maxOpenRun + r.Int64N(3) - 1 - PageHeaderSize
				}
			}
			p := NewPacking(int(ps))
			finished, last := packed(p, sizes)
			rest, pages := sizes, int64(0)
			for i, n := range slices.Concat(finished, last) {
				if want := plainCut(rest, ps); i < len(finished) && n != want {
					t.Fatalf("page size %d, up to %d bytes: leaf %d has %d elements, want %d", ps, most, i, n, want)
				}
				used := int64(PageHeaderSize)
				for _, size := range rest[:n] {
					used += size
				}
				pages += pagesOf(used, ps)
				rest = rest[n:]
			}
			leaves := int64(len(finished) + len(last))
			if len(rest) > 0 || p.Leaves != leaves || p.Pages != pages {
				t.Errorf("page size %d, up to %d bytes: %d elements left, %d leaves of %d pages, want %d of %d",
					ps, most, len(rest), p.Leaves, p.Pages, leaves, pages)
			}
		}
	}
}
