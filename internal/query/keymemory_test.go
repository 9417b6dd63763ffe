package query

import (
	"errors"
	"fmt"
	"runtime"
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
			o := ReadOptions{Jobs: jobs, MaxTable: 64 << 10}
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

// TestLongKeyMemory reads many revisions of a few long keys: what is kept are keys, not
// as many copies of them as there are revisions.
func TestLongKeyMemory(t *testing.T) {
	var script strings.Builder
	long := strings.Repeat("k", 100_000)
	for i := range 300 {
		fmt.Fprintf(&script, "txn\n put %s%d v\n put %s v\n end\n", long, i%2, long)
	}
	path := t.TempDir() + "/db"
	if err := (fixtures.Base{Script: script.String()}).Build(path); err != nil {
		t.Fatal(err)
	}
	src := resolve(t, path)
	for _, jobs := range []int{1, 4} {
		o := ReadOptions{Jobs: jobs, MaxTable: 1 << 20}
		checkAllocated(t, fmt.Sprintf("get with %d jobs", jobs), func() error {
			a, err := Get(t.Context(), src, GetQuery{Keys: Prefix(nil)}, o)
			if err == nil {
				err = a.Close()
			}
			return err
		})
		checkAllocated(t, fmt.Sprintf("history with %d jobs", jobs), func() error {
			h, err := History(t.Context(), src, Prefix(nil), o)
			if err == nil {
				err = h.Close()
			}
			return err
		})
	}
}

// checkAllocated wants no more than 24 MiB to be allocated.
func checkAllocated(t *testing.T, what string, ask func() error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := ask()
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; err != nil || took > 24<<20 {
		t.Errorf("%s: %v, %d bytes were allocated", what, err, took)
	}
}

// TestHistoryAfterTrouble has damaged pages here and there, so that ranges are visited
// twice: what is thrown away is not counted.
func TestHistoryAfterTrouble(t *testing.T) {
	var script strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&script, "put key-%05d v\n", i)
	}
	path := t.TempDir() + "/db"
	if err := (fixtures.Base{Script: script.String()}).Build(path); err != nil {
		t.Fatal(err)
	}
	for i := 40; i < 400; i += 40 {
		if err := fixtures.Damage(path, fmt.Sprintf("zero page key.leaf[%d]", i)); err != nil {
			t.Fatal(err)
		}
	}
	src := resolve(t, path)
	h, err := History(t.Context(), src, Prefix(nil), ReadOptions{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	enough := h.Changes * (entryCost + keyCost + int64(len("key-00000")))
	h.Close()
	for range 5 {
		h, err := History(t.Context(), src, Prefix(nil), ReadOptions{Jobs: 4, MaxTable: enough})
		if err != nil {
			t.Fatal(err)
		}
		h.Close()
	}
}
