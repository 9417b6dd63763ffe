package inspect

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// spaceOf is ReadSpace on a source, with the faults as they come; nil if it has no answer.
func spaceOf(t testing.TB, src *datadir.Source, o SpaceOptions) (*Space, []string) {
	t.Helper()
	var mu sync.Mutex
	var faults []string
	o.OnFault = func(x error) bool {
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, x.Error())
		return true
	}
	o.Depth, o.Top = max(o.Depth, 2), max(o.Top, 20)
	s, err := ReadSpace(t.Context(), src, o)
	var none bolt.Fault
	if err != nil && !errors.As(err, &none) {
		t.Fatal(err)
	}
	return s, faults
}

// checkSums: the parts are the file, and the rows are the records.
func checkSums(t testing.TB, s *Space) {
	t.Helper()
	sum := int64(0)
	for _, p := range s.Parts {
		sum += p.Bytes
		if p.Bytes < 0 && p.Kind != PartTwice {
			t.Errorf("%s: %d bytes", p.Kind, p.Bytes)
		}
	}
	if sum != s.Source.FileSize {
		t.Errorf("parts of %d bytes in a file of %d: %+v", sum, s.Source.FileSize, s.Parts)
	}
	rows := s.Others
	rows.Values = nil
	for i := range s.Rows {
		rows.GroupCounts.Add(&s.Rows[i].GroupCounts)
	}
	a, b := rows.GroupCounts, s.Total.GroupCounts
	if latest := s.Latest(); fmt.Sprint(exported(a, latest)) != fmt.Sprint(exported(b, latest)) {
		t.Errorf("rows add up to %+v, not %+v", a, b)
	}
	if a := s.View.Totals; a.Records != s.Total.Records || a.KeyBytes+a.ValueBytes != s.Total.Bytes {
		t.Errorf("rows have %d records of %d bytes, the file %d of %d", s.Total.Records, s.Total.Bytes, a.Records, a.KeyBytes+a.ValueBytes)
	}
}

// exported are the counts that a user sees.
func exported(c mvccview.GroupCounts, latest int64) []int64 {
	records, bytes := c.Dropped(latest)
	return []int64{c.Keys, c.Records, c.Bytes, c.Live, c.LiveBytes, c.Deleted, c.DeletedBytes, records, bytes}
}

type naiveGroup struct {
	counts  []int64
	lengths []int64
}

type naiveKey struct {
	group     string
	size      int64
	main      int64
	tombstone bool
}

// countNaively says the same by another way: bbolt, a map of all keys, and sorting.
func countNaively(t testing.TB, path string, latest int64, group func(key []byte) string) map[string]*naiveGroup {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	groups, newest := map[string]*naiveGroup{}, map[string]naiveKey{}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("key")).ForEach(func(k, v []byte) error {
			rev, err := mvccview.ParseRevKey(k)
			var kv mvccview.KeyValue
			if err = errors.Join(err, mvccview.ParseKeyValue(v, &kv)); err != nil {
				return err
			}
			name := group(kv.Key)
			g := groups[name]
			if g == nil {
				g = &naiveGroup{counts: make([]int64, 9)}
				groups[name] = g
			}
			size := int64(len(k) + len(v))
			g.counts[1]++
			g.counts[2] += size
			if !rev.Tombstone {
				g.lengths = append(g.lengths, int64(len(kv.Value)))
			}
			newest[string(kv.Key)] = naiveKey{name, size, rev.Main, rev.Tombstone}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		g.counts[7], g.counts[8] = g.counts[1], g.counts[2]
	}
	for _, k := range newest {
		c := groups[k.group].counts
		c[0]++
		at := 3
		if k.tombstone {
			at = 5
		}
		c[at]++
		c[at+1] += k.size
		if !k.tombstone || k.main == latest {
			c[7]--
			c[8] -= k.size
		}
	}
	return groups
}

// TestSpaceEqualsANaiveCount holds every row of every grouping against a count by
// bbolt, and the parts against the size of the file and the account of its pages.
func TestSpaceEqualsANaiveCount(t *testing.T) {
	for _, x := range specimens(t) {
		t.Run(x.name, func(t *testing.T) {
			src := resolve(t, x.path, datadir.Options{})
			for by := ByPrefix; by <= ByKey; by++ {
				for depth := 1; depth <= 4; depth += 3 {
					o := SpaceOptions{By: by, Depth: depth, Top: 1 << 20}
					s, faults := spaceOf(t, src, o)
					if len(faults) > 0 && x.name != "rich" {
						t.Logf("faults %q", faults)
					}
					checkSums(t, s)
					compareRows(t, x.db, s)
					o.Top = 3
					s, _ = spaceOf(t, src, o)
					checkSums(t, s)
				}
			}
			s, _ := spaceOf(t, src, SpaceOptions{})
			compareStatus(t, x.path, s)
			compareBbolt(t, x.db, s)
		})
	}
}

func compareRows(t *testing.T, path string, s *Space) {
	t.Helper()
	group := func(key []byte) string { return string(key) }
	if s.By != ByKey {
		of := groupFunc(s.By, s.Depth)
		group = func(key []byte) string { return string(of(nil, key)) }
	}
	want := countNaively(t, path, s.Latest(), group)
	if len(want) != len(s.Rows) || s.Others.Records != 0 || s.Groups != int64(len(want)) {
		t.Fatalf("by %s: %d rows of %d groups, %d others, want %d", s.By, len(s.Rows), s.Groups, s.Others.Records, len(want))
	}
	for i := range s.Rows {
		row := &s.Rows[i]
		name := string(row.Name)
		if s.By != ByKey {
			name = string(append([]byte{byte(row.Kind)}, row.Name...))
		}
		w := want[name]
		if w == nil {
			t.Fatalf("by %s: no group %q", s.By, name)
		}
		if got := exported(row.GroupCounts, s.Latest()); !slices.Equal(got, w.counts) {
			t.Errorf("by %s: %q: %d, want %d", s.By, name, got, w.counts)
		}
		if row.Values != nil {
			compareLengths(t, row.Values, w.lengths)
		}
	}
}

// compareLengths wants percentiles that are at most 3 % too large.
func compareLengths(t *testing.T, got *mvccview.ValueHist, want []int64) {
	t.Helper()
	slices.Sort(want)
	if got.Count() != int64(len(want)) {
		t.Fatalf("%d lengths, want %d", got.Count(), len(want))
	}
	if len(want) == 0 {
		return
	}
	for _, p := range []int64{0, 1, 50, 90, 99, 100} {
		exact := want[max((int64(len(want))*p+99)/100-1, 0)]
		if x := got.Percentile(p); x < exact || float64(x) > float64(exact)*1.03125 {
			t.Errorf("percentile %d of %d lengths: %d, want %d", p, len(want), x, exact)
		}
	}
	if got.Max() != want[len(want)-1] {
		t.Errorf("longest %d, want %d", got.Max(), want[len(want)-1])
	}
}

// compareStatus wants the figures of status, which bbolt's Stats bear out.
func compareStatus(t *testing.T, path string, s *Space) {
	t.Helper()
	status, _ := look(t, path, Options{})
	k, p := status.DB.Keys, status.DB.Survey.Pages
	want := map[PartKind]int64{
		PartLive: k.LiveBytes, PartHistory: k.SupersededBytes, PartTombstones: k.DeletedBytes,
		PartFree: (p.Free + p.FreeOrLeaked) * p.PageSize, PartMetas: p.Meta * p.PageSize, PartFreelist: p.Freelist * p.PageSize,
		PartTail: p.TailBytes, PartTrailer: status.Source.Trailer.Bytes, PartUnreadable: 0, PartTwice: 0, PartUnreachable: p.Unreachable * p.PageSize,
	}
	for kind, n := range want {
		if got := s.Parts[kind].Bytes; got != n {
			t.Errorf("%s: %d bytes, want %d", kind, got, n)
		}
	}
	if d, w := status.DB.Survivors, s.Total; d.Records != w.Records-first(w.Dropped(s.Latest())) {
		t.Errorf("a compaction leaves %d records, of %d it drops %d", d.Records, w.Records, first(w.Dropped(s.Latest())))
	}
	for i := range s.Survey.Buckets {
		b := &s.Survey.Buckets[i]
		if b.Bucket.String() != mvccview.BucketKey || b.Bucket.Inline {
			continue
		}
		records := s.Total.Bytes
		if b.LeafInUse != records+s.Overhead.Headers+s.Overhead.Elements {
			t.Errorf("bucket key: %d bytes of leaves in use, not %d + %+v", b.LeafInUse, records, s.Overhead)
		}
		pages := (b.LeafPages + b.LeafOverflow + b.BranchPages + b.BranchOverflow) * p.PageSize
		if all := records + s.Overhead.sum() + s.Parts[PartOverflow].Bytes; all != pages {
			t.Errorf("bucket key: %d bytes of pages, not %d", pages, all)
		}
	}
}

// compareBbolt holds the pages against bbolt's own Stats.
func compareBbolt(t *testing.T, path string, s *Space) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ps := s.Survey.Pages.PageSize
	free := int64(db.Stats().FreePageN+db.Stats().PendingPageN) * ps
	if got := s.Parts[PartFree].Bytes + s.Parts[PartUnreachable].Bytes; got != free {
		t.Errorf("%d bytes of free pages, bbolt says %d", got, free)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		st := tx.Bucket([]byte("key")).Stats()
		if st.InlineBucketN > 0 {
			return nil // in a page of the directory
		}
		all := int64(st.LeafAlloc + st.BranchAlloc)
		if got := s.Total.Bytes + s.Overhead.sum() + s.Parts[PartOverflow].Bytes; got != all {
			t.Errorf("bucket key: %d bytes, bbolt says %d", got, all)
		}
		slack := int64(st.LeafAlloc - st.LeafInuse)
		if got := s.Overhead.Slack + s.Parts[PartOverflow].Bytes; got != slack {
			t.Errorf("bucket key: %d bytes of unused room, bbolt says %d", got, slack)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func first(n, _ int64) int64 { return n }

// TestSpaceDoesNotDependOnJobs reads the catalogue of damages: the parts add up, and
// nothing depends on the number of workers or on where the tree is cut.
func TestSpaceDoesNotDependOnJobs(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, r := range recipes {
		path, err := r.Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(r.Name, func(t *testing.T) { sameSpace(t, path, i%5 == 0) })
	}
	for _, x := range specimens(t) {
		t.Run(x.name, func(t *testing.T) { sameSpace(t, x.path, true) })
	}
}

func sameSpace(t *testing.T, path string, thorough bool) {
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	var refused *datadir.RefusedError
	if errors.As(err, &refused) || err == nil && src.File == nil {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for by := ByPrefix; by <= ByKey; by++ {
		o := SpaceOptions{By: by, Jobs: 1, Top: 3, Window: 7}
		one, faults := spaceOf(t, src, o)
		if one == nil || one.NotEtcd {
			return
		}
		checkSums(t, one)
		for _, jobs := range []int{2, 5} {
			for _, cut := range []bool{false, true} {
				o.Jobs, o.cutEveryLeaf = jobs, cut
				many, also := spaceOf(t, src, o)
				if !slices.Equal(faults, also) {
					t.Errorf("%d jobs, cut %v: faults %q, want %q", jobs, cut, also, faults)
				}
				a, b := spaceFacts(one), spaceFacts(many)
				for _, name := range slices.Sorted(maps.Keys(a)) {
					if !reflect.DeepEqual(a[name], b[name]) {
						t.Errorf("by %s, %d jobs, cut %v: %s: %+v, want %+v", by, jobs, cut, name, b[name], a[name])
					}
				}
			}
		}
		if !thorough {
			return
		}
	}
}

// spaceFacts are all that is shown.
func spaceFacts(s *Space) map[string]any {
	facts := map[string]any{"parts": s.Parts, "overhead": s.Overhead, "rows": s.Rows, "others": s.Others, "total": s.Total,
		"groups": s.Groups, "crowded": s.Crowded, "whole": s.Whole}
	if s.Churn != nil {
		facts["windows"], facts["width"] = s.Churn.Windows(), s.Churn.Width()
	}
	return facts
}
