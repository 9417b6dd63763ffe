package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"boltvet/fixtures"
)

// TestLawOverRandomDamage holds the law over 3,000 damages made up at random; the ordinary run takes 120 of them.
func TestLawOverRandomDamage(t *testing.T) {
	files, step := 3000, 1
	if !fullRun() {
		step = 25
	}
	holdAll(t, population{name: "random damage", files: files / step, stride: 9, formed: 6, make: func(t *testing.T, n int) (specimen, bool) {
		return mutant(t, n*step), true
	}})
}

// mutant is the file of a seed: a base with the first damage of that seed that fits and changes it.
func mutant(t *testing.T, seed int) specimen {
	t.Helper()
	names := []string{"snapshot", "deep-snapshot", "small", "freelist-snapshot", "txns", "deep", "leases", "half-compacted", "freelist"}
	base, err := fixtures.NamedBase(names[seed%len(names)])
	noError(t, err)
	whole, err := builtBase(base)
	noError(t, err)
	r, dir := rand.New(rand.NewPCG(uint64(seed), 13)), t.TempDir()
	for range 200 {
		script := fixtures.RandomDamage(r)
		path := write(t, dir, "src.db", whole)
		if fixtures.Damage(path, script) != nil {
			continue
		}
		image, err := os.ReadFile(path)
		noError(t, err)
		if string(image) != string(whole) {
			return specimen{fmt.Sprintf("seed %d: %s: %s", seed, base.Name, strings.ReplaceAll(script, "\n", "; ")), image, whole}
		}
	}
	t.Fatalf("seed %d: no damage fits %s", seed, base.Name)
	return specimen{}
}
