package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"boltvet/fixtures"
)

// The law of conservation: no command turns a file that verify calls damaged into one that it calls
// healthy, none but those that lawLines names ends with exit code 0 on it, and none destroys bytes of an
// input. Held over every recipe, every fault of the catalogue in three files, random damages, and copies
// that mix two versions of one file. The ordinary run takes a sample; BOLTVET_FULL=1 takes all.

// lawShards is how many files are before a court at the same time.
const lawShards = 4

// A population is many files of one kind, numbered from 0.
type population struct {
	name  string
	files int
	// The ordinary run gives each file every stride-th line, which of them by its name; and a file whose pages
	// are well formed, on which many a command has nothing to stumble over, every formed-th.
	stride, formed int
	make           func(t *testing.T, n int) (s specimen, ok bool)    // ok is false if there is no file of that number
	unharmed       func(t *testing.T, n int, s specimen, path string) // judges a file that verify lets pass; may be nil
}

// holdAll makes the files and holds each against the law.
func holdAll(t *testing.T, p population) {
	t.Helper()
	l := &ledger{}
	if fullRun() {
		p.stride, p.formed = 1, 1
	}
	t.Run("files", func(t *testing.T) {
		for shard := range lawShards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				c := newCourt(t, l, &p)
				for n := shard; n < p.files; n += lawShards {
					if s, ok := p.make(t, n); ok {
						c.hold(n, s)
					}
				}
			})
		}
	})
	l.report(t, p.name)
	if l.damaged == 0 {
		t.Error("none of the files is damaged: nothing was tried")
	}
}

func fullRun() bool { return os.Getenv("BOLTVET_FULL") == "1" }

// TestLawOverRecipes holds the law over every recipe.
func TestLawOverRecipes(t *testing.T) {
	recipes, err := fixtures.Recipes()
	noError(t, err)
	holdAll(t, population{name: "recipes", files: len(recipes), stride: 6, formed: 1, make: func(t *testing.T, n int) (specimen, bool) {
		r := recipes[n]
		return wounded(t, r.Name, r.Base, r.Damage)
	}})
}

// TestLawOverFaults holds the law over every fault of the catalogue, in three files each; the ordinary
// run takes one of the two that are no recipe.
func TestLawOverFaults(t *testing.T) {
	faults, err := fixtures.Faults()
	noError(t, err)
	seeds := []int{1, 2}
	if fullRun() {
		seeds = []int{0, 1, 2}
	}
	holdAll(t, population{name: "faults", files: len(faults) * len(seeds), stride: 8, formed: 3, make: func(t *testing.T, i int) (specimen, bool) {
		n, seed := i/len(seeds), seeds[i%len(seeds)]
		if !fullRun() && n%2 != seed%2 {
			return specimen{}, false
		}
		f, err := faults[n].Variant(seed)
		noError(t, err)
		s, ok := wounded(t, f.Name, f.Base, f.Damage)
		if seed == 2 {
			s.image = fixtures.Bare(s.image)
		}
		return s, ok
	}})
}

// wounded builds a base and damages it. A damage that finds no place in this base makes no file.
func wounded(t *testing.T, name string, base fixtures.Base, damage string) (specimen, bool) {
	t.Helper()
	whole, err := builtBase(base)
	noError(t, err)
	s := specimen{name: name, whole: whole}
	path := write(t, t.TempDir(), "src.db", whole)
	if damage != "" {
		if err := fixtures.Damage(path, damage); err != nil {
			t.Logf("%s: not in this file: %v", name, err)
			return s, false
		}
	}
	s.image, err = os.ReadFile(path)
	noError(t, err)
	return s, true
}

var builtBases sync.Map // script to func() ([]byte, error)

// builtBase is the file of a base, made once for all that damage it.
func builtBase(base fixtures.Base) ([]byte, error) {
	build, _ := builtBases.LoadOrStore(base.Script, sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "boltvet-law-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary copy
		path := filepath.Join(dir, "db")
		if err := base.Build(path); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	}))
	return build.(func() ([]byte, error))()
}

// TestLawConvicts keeps the court from letting everything pass: commands that may end with exit code 0 on
// damage are given rows that do not allow it.
func TestLawConvicts(t *testing.T) {
	base, err := fixtures.NamedBase("snapshot")
	noError(t, err)
	s, ok := wounded(t, "a changed mod revision", base, "kv-set 150 mod=149")
	if !ok {
		t.Fatal("there is no damaged file")
	}
	l := &ledger{}
	c := newCourt(t, l, &population{stride: 1, formed: 1})
	c.lines = []lawLine{
		{"pages", "pages -w json SRC", lawAnswers, ""},
		{"pages", "pages -w json SRC", lawSummary, ""},
		{"snapshot restore", "snapshot restore SRC --data-dir DST", lawWrites, "DST/member/snap/db"},
		{"snapshot restore", "snapshot restore SRC --data-dir DST", lawForcesRestore, "DST/member/snap/db"},
		{"completion", "completion bash", lawWrites, "-"},
		{"snapshot status", "snapshot status SRC", lawHashOne, ""},
	}
	c.hold(0, s)
	if l.damaged != 1 || len(l.breaches) != len(c.lines) {
		t.Errorf("%d of %d rows are broken: %+v", len(l.breaches), len(c.lines), l.breaches)
	}
}
