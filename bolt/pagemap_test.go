package bolt

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// checkMap holds the map of a file against its walk: the same survey, the same faults
// in the same order, and each page once under the kind that it is counted as.
func checkMap(t *testing.T, f *File, m Meta) *PageMap {
	t.Helper()
	var walked, mapped []string
	s, err := f.Walk(context.Background(), m, nil, WalkOptions{OnFault: func(x Fault) bool { walked = append(walked, x.Error()); return true }})
	p, merr := f.MapPages(context.Background(), m, WalkOptions{OnFault: func(x Fault) bool { mapped = append(mapped, x.Error()); return true }})
	if err != nil || merr != nil {
		t.Fatal(err, merr)
	}
	if s.Pages != p.Survey.Pages || s.Faults != p.Survey.Faults || !slices.Equal(walked, mapped) {
		t.Fatalf("walk: %+v %d %q\nmap: %+v %d %q", s.Pages, s.Faults, walked, p.Survey.Pages, p.Survey.Faults, mapped)
	}
	if !reflect.DeepEqual(s.Total(), p.Survey.Total()) || len(s.Buckets) != len(p.Survey.Buckets) {
		t.Fatalf("walk: %+v\nmap: %+v", s.Total(), p.Survey.Total())
	}
	for i := range s.Buckets {
		a, b := s.Buckets[i], p.Survey.Buckets[i]
		if a.Bucket.String() != b.Bucket.String() || a.Keys != b.Keys || a.LeafInUse != b.LeafInUse || a.Fill != b.Fill {
			t.Errorf("bucket %d: walk %+v, map %+v", i, a, b)
		}
	}
	checkKinds(t, p)
	return p
}

func checkKinds(t *testing.T, p *PageMap) {
	t.Helper()
	count := map[PageClass]int64{}
	var used int64
	next := Pgid(0)
	for i, err := range p.All(0) {
		if err != nil {
			t.Fatal(err)
		}
		if i.ID != next {
			t.Fatalf("page %d follows page %d", i.ID, next-1)
		}
		next++
		count[i.Class] += i.Pages
		if i.Used < 0 || i.Used > int64(p.f.pageSize) || !i.Class.InUse() && i.Used != 0 {
			t.Errorf("page %d: %d bytes of a %s in use", i.ID, i.Used, i.Class)
		}
		tree := i.Class == ClassBranch || i.Class == ClassLeaf || i.Class == ClassOverflow || i.Class == ClassDamaged
		if tree != (i.Bucket != nil) && i.Class != ClassMissing || tree && i.Parent == NoPgid {
			t.Errorf("page %d, a %s: bucket %v, parent %d", i.ID, i.Class, i.Bucket, i.Parent)
		}
		if i.Class == ClassBranch || i.Class == ClassLeaf || i.Class == ClassOverflow {
			used += i.Used
		}
	}
	a := p.Survey.Pages
	want := map[PageClass]int64{ClassMeta: a.Meta, ClassFreelist: a.Freelist, ClassBranch: a.Branch, ClassLeaf: a.Leaf, ClassOverflow: a.Overflow,
		ClassDamaged: a.Damaged, ClassFree: a.Free, ClassUnreachable: a.Unreachable, ClassFreeOrLeaked: a.FreeOrLeaked, ClassMissing: max(a.Missing, 0)}
	for kind, n := range want {
		if count[kind] != n {
			t.Errorf("%d pages of kind %s, want %d", count[kind], kind, n)
		}
	}
	total := p.Survey.Total()
	for i := range p.Survey.Buckets {
		if b := &p.Survey.Buckets[i]; b.Bucket.Inline {
			total.LeafInUse -= b.LeafInUse
		}
	}
	if want := total.LeafInUse + total.BranchInUse; p.Survey.Faults == 0 && used != want {
		t.Errorf("%d bytes in use, want %d", used, want)
	}
}

// TestMapPagesAsWalk maps a healthy file after every damage that the faults are tested
// with, from either meta.
func TestMapPagesAsWalk(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	rows := append(damages(), damage{name: "healthy", corrupt: func(*raw) wanted { return wanted{} }})
	for _, d := range rows {
		r := healthy.clone()
		d.corrupt(&r)
		if d.kind == MetaNone {
			continue
		}
		t.Run(d.kind.String()+"/"+d.name, func(t *testing.T) {
			f, err := FromBytes(r.b)
			if err != nil {
				t.Fatal(err)
			}
			for _, slot := range f.Metas() {
				if slot.Valid {
					checkMap(t, f, slot.Meta)
				}
			}
		})
	}
}
