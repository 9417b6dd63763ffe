package mvccview

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// judged is everything that a verification would learn about one file.
type judged struct {
	chain  ChainResult
	faults []Fault      // of the chain
	view   []Fault      // of the view
	bolt   []bolt.Fault // of the walk
	hidden *HiddenRanges
}

// judge walks a file as a verification does.
func judge(t testing.TB, path string, cut bool) judged {
	t.Helper()
	src, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := bolt.Open(src, info.Size()-info.Size()%512) // without a trailer
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	prelude, err := ReadPrelude(context.Background(), f, f.Live().Meta)
	if err != nil {
		t.Fatal(err)
	}
	j := judged{hidden: new(HiddenRanges)}
	chain := NewChain(ChainOptions{
		Prelude: prelude, Hidden: j.hidden, Source: src,
		OnFault: func(f Fault) bool { j.faults = append(j.faults, f); return true },
	})
	v := NewView(ViewOptions{
		NoHash: true, Records: []RecordAccumulator{chain},
		OnFault: func(f Fault) bool { j.hidden.Record(f); j.view = append(j.view, f); return true },
	})
	err = f.Guard(func() error {
		_, err := f.Walk(context.Background(), f.Live().Meta, v, bolt.WalkOptions{
			CutEveryLeaf: cut,
			OnFault:      func(f bolt.Fault) bool { j.hidden.Page(f); j.bolt = append(j.bolt, f); return true },
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	j.chain = chain.Finish()
	sortFaults(j.faults)
	return j
}

// judgeBoth holds the cut walk to the same answer as the whole one.
func judgeBoth(t testing.TB, path string) judged {
	t.Helper()
	whole, cut := judge(t, path, false), judge(t, path, true)
	if whole.chain != cut.chain {
		t.Errorf("cut at every leaf: %+v, whole: %+v", cut.chain, whole.chain)
	}
	if !reflect.DeepEqual(whole.faults, cut.faults) {
		t.Errorf("cut at every leaf:\n%s\nwhole:\n%s", list(cut.faults), list(whole.faults))
	}
	if n := int64(len(whole.faults)); n != whole.chain.Faults() {
		t.Errorf("%d faults told, %d counted", n, whole.chain.Faults())
	}
	return whole
}

func list(faults []Fault) string {
	var b strings.Builder
	for _, f := range faults {
		b.WriteString("\t" + f.Error() + "\n")
	}
	return b.String()
}

// wantHealthy allows what releases before 3.4.34 and 3.5.16 leave.
func wantHealthy(t testing.TB, path string, old bool) {
	t.Helper()
	j := judgeBoth(t, path)
	for _, f := range j.faults {
		if !old || f.Kind != CompactMissingRecord {
			t.Error(f)
		}
	}
}

func TestChainHealthyBases(t *testing.T) {
	bases, err := fixtures.Bases()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bases {
		t.Run(b.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			if err := b.Build(path); err != nil {
				t.Fatal(err)
			}
			wantHealthy(t, path, b.Name == "v34")
		})
	}
	t.Run("rich", func(t *testing.T) {
		path, err := fixtures.Rich(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		wantHealthy(t, path, false)
	})
}

func TestChainHealthyGolden(t *testing.T) {
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(f.Name, func(t *testing.T) {
			path, err := f.Unpack(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind == golden.DataDir {
				path = filepath.Join(path, "member", "snap", "db")
			}
			wantHealthy(t, path, strings.HasPrefix(f.Release, "3.4."))
		})
	}
}

// faultText is what of a fault the tables below state.
func faultText(f Fault) string {
	return f.Kind.String() + " " + f.Rev.String() + " " + string(f.Key)
}

func faultTexts(faults []Fault) []string {
	out := []string{}
	for _, f := range faults {
		out = append(out, faultText(f))
	}
	slices.Sort(out)
	return out
}

// sortFaults sorts by kind, then revision, then key: an order that does not depend on how
// many workers found them.
func sortFaults(faults []Fault) {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Rev.Compare(b.Rev), slices.Compare(a.Key, b.Key))
	})
}
