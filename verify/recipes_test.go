package verify

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
)

// shortcomings are findings of recipes that an expert would not make: code by recipe.
// The test demands that they are there, so that an entry goes when verify gets better.
func shortcomings() map[string]string {
	return map[string]string{
		// The key of the record became a piece of a value, so the revision that it had
		// cannot be read from it; the next record of the same user key is blamed.
		"leaf-pos-overlap": "record.version",
		// A value on overflow pages that the cut took is also said to be too long.
		"trunc-lastpage": "page.size",
	}
}

// TestRecipes builds every recipe and demands exactly what it states: each finding with
// its place and number, no other that is worn or worse, the verdict, and what a restore
// would bring back; and that the file is the same afterwards.
func TestRecipes(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	bases := newBaseShelf(t)
	for _, r := range recipes {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			healthy, path := bases.build(t, r)
			before := readFile(t, path)
			src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
			var refused *datadir.RefusedError
			if errors.As(err, &refused) || r.Expect.Refused != "" {
				if refused == nil || refused.Kind.String() != r.Expect.Refused {
					t.Fatalf("refused: %v, want %q", err, r.Expect.Refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			for _, level := range []Level{Full, Tree} {
				report, err := Run(t.Context(), src, Options{Level: level, MaxFindings: 1000})
				if err != nil {
					t.Fatal(err)
				}
				checkFindings(t, r, healthy, level, report)
			}
			if !bytes.Equal(before, readFile(t, path)) {
				t.Error("the file was changed")
			}
		})
	}
}

// baseShelf builds each base once.
type baseShelf struct {
	mu    sync.Mutex
	dir   string
	built map[string]func() ([]byte, error)
}

func newBaseShelf(t *testing.T) *baseShelf {
	return &baseShelf{dir: t.TempDir(), built: map[string]func() ([]byte, error){}}
}

// build makes the recipe's file, and returns the healthy bytes that it was made from.
func (s *baseShelf) build(t *testing.T, r fixtures.Recipe) (healthy []byte, path string) {
	t.Helper()
	s.mu.Lock()
	once := s.built[r.Base.Script]
	if once == nil {
		file := filepath.Join(s.dir, fmt.Sprintf("base-%d.db", len(s.built)))
		once = sync.OnceValues(func() ([]byte, error) {
			if err := r.Base.Build(file); err != nil {
				return nil, err
			}
			return os.ReadFile(file)
		})
		s.built[r.Base.Script] = once
	}
	s.mu.Unlock()
	healthy, err := once()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), r.Name+".db")
	if err := os.WriteFile(path, healthy, 0o600); err != nil {
		t.Fatal(err)
	}
	if r.Damage != "" {
		if err := fixtures.Damage(path, r.Damage); err != nil {
			t.Fatal(err)
		}
	}
	return healthy, path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// structural tells whether a code is found without the rules of meaning.
func structural(code string) bool {
	for _, k := range bolt.FaultKinds() {
		if k.String() == code {
			return true
		}
	}
	for _, k := range datadir.FaultKinds() {
		if k.String() == code {
			return true
		}
	}
	return false
}

func checkFindings(t *testing.T, r fixtures.Recipe, healthy []byte, level Level, report *Report) {
	t.Helper()
	wanted := map[string][]fixtures.Wanted{}
	for _, w := range r.Expect.Codes {
		if level == Full || structural(w.Code) {
			wanted[w.Code] = append(wanted[w.Code], w)
		}
	}
	for _, c := range report.Codes {
		w, ok := wanted[c.Code]
		delete(wanted, c.Code)
		switch {
		case ok:
			checkPlaces(t, healthy, level, c, w)
		case c.Code == shortcomings()[r.Name]:
		case c.Severity > Note:
			t.Errorf("%s: not expected: %d of %v", level, c.Count, c.Sample[0])
		}
		if slices.Contains(r.Expect.Absent, c.Code) {
			t.Errorf("%s: %s must not be there: %v", level, c.Code, c.Sample[0])
		}
	}
	for code := range wanted {
		t.Errorf("%s: %s was not found", level, code)
	}
	if level != Full {
		return
	}
	if want, ok := shortcomings()[r.Name]; ok && !hasCode(report, want) {
		t.Errorf("%s is no longer found: take the entry out", want)
	}
	if got := report.Verdict.String(); got != r.Expect.Verdict {
		t.Errorf("verdict %s, want %s", got, r.Expect.Verdict)
	}
	if got := report.Restorable.String(); r.Expect.Restorable != "" && got != r.Expect.Restorable {
		t.Errorf("restorable: %s (%s), want %s", got, report.Why, r.Expect.Restorable)
	}
}

func hasCode(report *Report, code string) bool {
	return slices.ContainsFunc(report.Codes, func(c CodeCount) bool { return c.Code == code })
}

// checkPlaces gives each finding to the wanted one that it fits; those that say more
// of the place choose first.
func checkPlaces(t *testing.T, healthy []byte, level Level, c CodeCount, wanted []fixtures.Wanted) {
	t.Helper()
	sum := int64(0)
	free := slices.Clone(c.Sample)
	wanted = slices.Clone(wanted)
	slices.SortStableFunc(wanted, func(a, b fixtures.Wanted) int { return told(b) - told(a) })
	for _, w := range wanted {
		sum += w.Count
		page := int64(-1)
		if w.Page != "" {
			var err error
			if page, err = fixtures.ResolvePage(healthy, w.Page); err != nil {
				t.Fatal(err)
			}
		}
		for range w.Count {
			i := slices.IndexFunc(free, func(f Finding) bool { return fits(f.Place, w, page) })
			if i < 0 {
				t.Errorf("%s: no finding fits %+v (page %d); there are %v", level, w, page, c.Sample)
				return
			}
			free = slices.Delete(free, i, i+1)
		}
	}
	if c.Count != sum {
		t.Errorf("%s: %s %d times, want %d: %v", level, c.Code, c.Count, sum, c.Sample)
	}
}

// told is how much of the place is stated.
func told(w fixtures.Wanted) (n int) {
	for _, stated := range []bool{w.Page != "", w.Elem >= 0, w.Revision != "", w.Bucket != ""} {
		if stated {
			n++
		}
	}
	return n
}

func fits(p Place, w fixtures.Wanted, page int64) bool {
	return (page < 0 || p.Page == page) && (w.Elem < 0 || p.Element == w.Elem) &&
		(w.Revision == "" || p.Revision == w.Revision) && (w.Bucket == "" || p.Bucket == w.Bucket)
}

// TestRecipesNameRealCodes finds misspelt codes, which would otherwise be demanded or
// forbidden in vain.
func TestRecipesNameRealCodes(t *testing.T) {
	real := map[string]bool{}
	for _, k := range kinds() {
		real[k.String()] = true
	}
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recipes {
		for _, w := range r.Expect.Codes {
			if !real[w.Code] {
				t.Errorf("%s expects %s, which no kind of fault has", r.Name, w.Code)
			}
		}
		for _, code := range r.Expect.Absent {
			if !real[code] {
				t.Errorf("%s forbids %s, which no kind of fault has", r.Name, code)
			}
		}
	}
}
