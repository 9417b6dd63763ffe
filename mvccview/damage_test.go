package mvccview

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"boltvet/bolt"
)

// TestViewDamage reads thousands of damaged copies of a store and of a
// database with all buckets: nothing may panic or hang, and what is counted
// must add up. Bytes are overwritten near the start of pages, where headers,
// elements and keys are, as often as anywhere.
func TestViewDamage(t *testing.T) {
	for _, path := range []string{history{seed: 3, ops: 150, keys: 15}.make(t), healthy(t).write(t)} {
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sound = sound[:min(len(sound), 40*os.Getpagesize())]
		r := rand.New(rand.NewPCG(11, 12))
		for range 1500 {
			b := append([]byte{}, sound...)
			for range 1 + r.IntN(4) {
				at := 2*os.Getpagesize() + r.IntN(len(b)-2*os.Getpagesize())
				if r.IntN(2) == 0 {
					at = at&^(os.Getpagesize()-1) + r.IntN(200)
				}
				b[at] ^= byte(1 + r.IntN(255))
			}
			readDamaged(t, b)
		}
	}
}

func readDamaged(t *testing.T, b []byte) {
	t.Helper()
	f, err := bolt.FromBytes(b)
	if err != nil {
		return
	}
	defer f.Close()
	faults := 0
	keys := NewKeyTable(math.MaxInt64)
	v := NewView(ViewOptions{
		Records: []RecordAccumulator{keys},
		OnFault: func(f Fault) bool { faults++; _ = f.Error(); return true },
	})
	walk := func(acc bolt.Accumulator) {
		if _, err := f.Walk(t.Context(), f.Live().Meta, acc, bolt.WalkOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	walk(v)
	v.Check()
	if s := keys.Stats(); s.Keys+s.Superseded != v.Totals.Records || v.Totals.Puts+v.Totals.Tombstones != v.Totals.Records {
		t.Fatalf("%+v of %+v", s, v.Totals)
	}
	if v.Unparsed > int64(faults) {
		t.Fatalf("%d records do not parse, but %d faults", v.Unparsed, faults)
	}
	h := NewHashKV(v.Latest(), v.Meta.Compact(), keys)
	walk(h)
	// Above C nothing is parsed, so the hash may count fewer than the View.
	if h.Unparsed() > v.Unparsed {
		t.Fatalf("hash: %d records do not parse, view: %d", h.Unparsed(), v.Unparsed)
	}
}
