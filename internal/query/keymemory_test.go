package query

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/mvccview"
)

// TestKeyMemory bounds what get and history keep, by matches and not by the file.
func TestKeyMemory(t *testing.T) {
	var script strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&script, "put key-%04d v\n", i)
	}
	path := t.TempDir() + "/db"
	if err := (fixtures.Base{Script: script.String()}).Build(path); err != nil {
		t.Fatal(err)
	}
	src := resolve(t, path)
	for _, jobs := range []int{1, 4} {
		for keys, fits := range map[string]bool{"": false, "key-0": false, "key-01": true, "none": true} {
			o := HashOptions{Jobs: jobs, MaxTable: 64 << 10}
			a, err := Get(t.Context(), src, GetQuery{Keys: Prefix([]byte(keys))}, o)
			checkMemory(t, "get "+keys, err, fits)
			if err == nil {
				a.Close()
			}
			h, err := History(t.Context(), src, Prefix([]byte(keys)), o)
			checkMemory(t, "history "+keys, err, fits)
			if err == nil {
				h.Close()
			}
		}
	}
}

func checkMemory(t *testing.T, what string, err error, fits bool) {
	t.Helper()
	var memory *mvccview.MemoryError
	if errors.As(err, &memory) == fits || fits && err != nil {
		t.Errorf("%s: %v", what, err)
	}
}
