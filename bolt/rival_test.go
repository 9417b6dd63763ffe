package bolt

import (
	"fmt"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// crossed are the cross-links that a walk of an image tells, in its order.
func crossed(t *testing.T, b []byte) (list []Fault) {
	t.Helper()
	faults, _, _ := facts(t, b)
	for _, f := range faults {
		if f.Kind == PageCrossLink {
			list = append(list, f)
		}
	}
	return list
}

// TestRivals has one page for two pointers: of one bucket, of two buckets, of two levels,
// and as the overflow of a page. Each pointer is told, with all keys that it stands for.
func TestRivals(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	p, i, leaf := healthy.middle()
	slot, root := healthy.bucket("tree")
	otherSlot, otherRoot := healthy.bucket("other")
	for name, c := range map[string]struct {
		damage func(r raw)
		want   []string
	}{
		"nothing": {func(raw) {}, nil},
		"two places of one bucket": {func(r raw) { r.set64(r.elem(p, i)+8, r.child(p, 0)) }, []string{
			at(p, i, "tree", healthy.span()), at(p, 0, "tree", span(healthy, p, 0))}},
		"a leaf of a later bucket": {func(r raw) { r.set64(otherRoot, leaf) }, []string{
			at(p, i, "tree", healthy.span()), at(healthy.root(), otherSlot, "other", whole)}},
		"the roots of two buckets": {func(r raw) { r.set64(root, r.bucketRoot("other")) }, []string{
			at(healthy.root(), slot, "tree", whole), at(healthy.root(), otherSlot, "other", whole)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := healthy.clone()
			c.damage(r)
			var got []string
			for _, f := range crossed(t, r.b) {
				got = append(got, at(int(f.Page), f.Elem, f.Bucket, f.Hidden.String()))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
			sameOnImage(t, name, r.b)
		})
	}
}

func at(page, elem int, bucket, hidden string) string {
	return fmt.Sprintf("page %d element %d of %s hides %s", page, elem, bucket, hidden)
}

// span is the keys that element i of a branch stands for, another one behind it.
func span(r raw, branch, i int) string {
	key := func(i int) []byte {
		e := parseElement(r.b[r.page(branch):r.page(branch+1)], FlagBranch, i)
		return r.b[r.page(branch):][e.start:e.keyEnd]
	}
	return KeyRange{key(i), key(i + 1)}.String()
}

// TestRivalsStop: a sink that has had enough is asked no more by the second visit.
func TestRivalsStop(t *testing.T) {
	f := newForge(8)
	f.buckets(2, 3, 3, 4, 4)
	f.buckets(3, 0)
	f.buckets(4, 0)
	file, err := FromBytes(f.b)
	if err != nil {
		t.Fatal(err)
	}
	for most := 1; most <= 4; most++ {
		told, links := 0, 0
		_, err := file.Walk(t.Context(), file.Live().Meta, nil, WalkOptions{OnFault: func(x Fault) bool {
			told++
			if x.Kind == PageCrossLink {
				links++
			}
			return links < most
		}})
		if err != nil || links != most {
			t.Errorf("%d cross-links of %d faults, want %d; %v", links, told, most, err)
		}
	}
}
