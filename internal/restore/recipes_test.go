package restore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// TestRecipes restores every damaged file there is, strictly, by force, and as etcdutl
// would. Whatever is not restored leaves nothing; whatever is passes bbolt's own check,
// and a strict restore is never of a file that has lost keys.
func TestRecipes(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]Options{
		"strict": {},
		"force":  {Force: true, SkipHashCheck: true, AcceptLoss: true, ClearCorrupt: true},
		"like":   {LikeEtcdutl: true, SkipHashCheck: true, Bump: 7},
	}
	restored := map[string]int{}
	for i, r := range recipes {
		path, err := r.Build(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		before := string(readFile(t, path))
		for mode, o := range modes {
			if mode != "strict" && i%4 > 0 && !full() {
				continue
			}
			parent := t.TempDir()
			dir := filepath.Join(parent, "data")
			o.Cluster, o.Outputs = cluster(t, three), []Target{{Name: "m1", DataDir: dir}}
			report, err := tryRestore(t, path, o)
			if err != nil {
				checkRefusal(t, r.Name+"/"+mode, err)
				holdsOnly(t, parent)
				continue
			}
			restored[mode]++
			content(t, filepath.Join(dir, "member", "snap", "db"))
			if mode == "strict" && report.Restorable != verify.RestorableYes {
				t.Errorf("%s: %s, restorable %s (%s), and yet it was restored", r.Name, report.Verdict, report.Restorable, report.Why)
			}
			os.RemoveAll(dir)
		}
		if string(readFile(t, path)) != before {
			t.Errorf("%s: the source has changed", r.Name)
		}
	}
	t.Logf("of %d: %v", len(recipes), restored)
	if restored["strict"] == 0 || restored["strict"] == len(recipes) {
		t.Error("the sample shows nothing")
	}
}

// tryRestore is the whole way from a path to a directory.
func tryRestore(t *testing.T, path string, o Options) (*verify.Report, error) {
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	draft := NewDraft(t.Context(), src, o)
	defer draft.Abort()
	facts, err := Read(t.Context(), src, ReadOptions{Draft: draft})
	if err != nil {
		return nil, err
	}
	p, err := NewPlan(facts, o)
	if err != nil {
		return nil, err
	}
	_, err = Execute(t.Context(), p, src, ExecuteOptions{Draft: draft})
	return facts.Report, err
}

// checkRefusal fails if a damaged file is answered with something that tells the user
// nothing of it.
func checkRefusal(t *testing.T, what string, err error) {
	t.Helper()
	var (
		refused *RefusedError
		damage  *DamageError
		unknown *datadir.RefusedError
	)
	if !errors.As(err, &refused) && !errors.As(err, &damage) && !errors.As(err, &unknown) {
		t.Errorf("%s: %T %v", what, err, err)
	}
}
