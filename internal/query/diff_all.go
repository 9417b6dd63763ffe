package query

import (
	"context"
	"math"

	"boltvet/mvccview"
)

// A Comparison is what was found when several files were compared at one Point: each
// with the reference, which is the first of the majority, or the first of all if there
// is no majority.
type Comparison struct {
	Point
	Files     []*DiffFile
	Reference int           // of Files
	Diffs     []*Difference // the reference is side 0; nil for the reference itself
	// Majority tells that three or more files were compared and that more than half of
	// them agree where the first of the others parts from them; Odd are those others.
	Majority bool
	Odd      []bool
}

// CompareAll compares files at p. Of three or more it finds the odd one out: the
// majority is formed at the first revision at which any of them parts.
func CompareAll(ctx context.Context, files []*DiffFile, p Point, o DiffOptions) (*Comparison, error) {
	c := &Comparison{Point: p, Files: files, Odd: make([]bool, len(files))}
	if err := c.against(ctx, 0, o); err != nil || len(files) < 3 {
		return c, err
	}
	first := c.firstParting()
	if first == together {
		return c, nil
	}
	group := c.agreeing(first)
	if 2*len(group) <= len(files) {
		var err error
		if group, err = c.amongOthers(ctx, first, group, o); err != nil || group == nil {
			return c, err
		}
		if err := c.against(ctx, group[0], o); err != nil {
			return c, err
		}
	}
	c.Majority = true
	for i, d := range c.Diffs {
		c.Odd[i] = d != nil && partingOf(d) <= first
	}
	return c, nil
}

// against compares all files with one.
func (c *Comparison) against(ctx context.Context, reference int, o DiffOptions) error {
	c.Reference, c.Diffs = reference, make([]*Difference, len(c.Files))
	for i, f := range c.Files {
		if i == reference {
			continue
		}
		d, err := Compare(ctx, c.Files[reference], f, c.Point, o)
		if err != nil {
			return err
		}
		c.Diffs[i] = d
	}
	return nil
}

// Where two files part, if not at a revision.
const (
	inBuckets = math.MaxInt64 - 1 // their keys do not, other buckets do
	together  = math.MaxInt64     // they do not, as far as can be read
)

// partingOf is the main revision at which two files part.
func partingOf(d *Difference) int64 {
	switch {
	case d.First != nil:
		return d.First.Rev
	case d.Verdict == Different:
		return inBuckets
	}
	return together
}

// firstParting is where the first file parts from the reference.
func (c *Comparison) firstParting() int64 {
	first := int64(together)
	for _, d := range c.Diffs {
		if d != nil {
			first = min(first, partingOf(d))
		}
	}
	return first
}

// agreeing are the files that are still with the reference at that place.
func (c *Comparison) agreeing(at int64) []int {
	group := []int{c.Reference}
	for i, d := range c.Diffs {
		if d != nil && c.agree(i, d, at) {
			group = append(group, i)
		}
	}
	return group
}

// agree tells whether a file shows at a place what the one shows that it was compared
// with: damage must not hide what it has there.
func (c *Comparison) agree(i int, d *Difference, at int64) bool {
	return partingOf(d) > at && !c.Files[i].Hidden.Overlaps(mvccview.Revision{Main: at}, mvccview.Revision{Main: at + 1})
}

// amongOthers looks for a majority among the files that are not in group; nil if there
// is none.
func (c *Comparison) amongOthers(ctx context.Context, at int64, group []int, o DiffOptions) ([]int, error) {
	grouped := make([]bool, len(c.Files))
	for _, i := range group {
		grouped[i] = true
	}
	o.MaxKeys, o.Depth = 0, 0
	for i := range c.Files {
		if grouped[i] {
			continue
		}
		own := []int{i}
		for j := i + 1; j < len(c.Files); j++ {
			if grouped[j] {
				continue
			}
			d, err := Compare(ctx, c.Files[i], c.Files[j], c.Point, o)
			if err != nil {
				return nil, err
			}
			if c.agree(j, d, at) {
				own, grouped[j] = append(own, j), true
			}
		}
		if 2*len(own) > len(c.Files) {
			return own, nil
		}
	}
	return nil, nil
}

// MostLatest is the highest latest revision of the files.
func (c *Comparison) MostLatest() (latest int64) {
	for _, f := range c.Files {
		latest = max(latest, f.Latest)
	}
	return latest
}
