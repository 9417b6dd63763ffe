package mvccview

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"boltvet/bolt"
)

// busyRecords are the records of a busy, healthy store of so many keys.
func busyRecords(n, keys int) []Record {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]Record, n)
	last := make([]KeyValue, keys)
	for i := range out {
		k := r.IntN(keys)
		kv, main := &last[k], int64(i)+FirstMain
		alive := kv.Version > 0
		if !alive {
			*kv = KeyValue{Key: fmt.Appendf(nil, "/registry/pods/default/pod-%d", k), Create: main}
		}
		kv.Mod, kv.Version = main, kv.Version+1
		out[i] = Record{
			RevKey: RevKey{Revision: Revision{Main: main}}, KV: *kv, KeyLen: RevKeyLen, ValLen: 100,
			Page: bolt.Pgid(i / 10), Elem: i % 10, Off: int64(i) * 400,
		}
		if alive && r.IntN(10) == 0 {
			alone := KeyValue{Key: kv.Key}
			out[i].Tombstone, out[i].KV, out[i].KeyLen, out[i].ValLen = true, alone, TombstoneKeyLen, canonicalSize(&alone)
			kv.Version = 0
		}
	}
	return out
}

func busyPrelude() *Prelude {
	return &Prelude{Leases: new(Leases), MetaWhole: true, LeasesWhole: true}
}

// TestChainStepAllocatesNothing: once its keys are known, a healthy store costs
// no allocation, and an entry takes what is promised.
func TestChainStepAllocatesNothing(t *testing.T) {
	records := busyRecords(50_000, 1000)
	c := NewChain(ChainOptions{Prelude: busyPrelude()})
	i := 0
	for ; i < 20_000; i++ {
		c.Step(&records[i])
	}
	if n := testing.AllocsPerRun(20_000, func() { c.Step(&records[i]); i++ }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
	if r := c.Finish(); r.Faults() != 0 {
		t.Errorf("%+v", r)
	}
	if size := reflect.TypeFor[slot[chainEntry]]().Size(); size != 64 {
		t.Errorf("an entry takes %d bytes", size)
	}
}

func BenchmarkChainStep(b *testing.B) {
	for _, keys := range []int{1000, 20_000, 200_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			records := busyRecords(400_000, keys)
			b.ReportAllocs()
			b.ResetTimer()
			c := NewChain(ChainOptions{Prelude: busyPrelude()})
			for i := range b.N {
				if i%len(records) == 0 {
					c = NewChain(ChainOptions{Prelude: busyPrelude()})
				}
				c.Step(&records[i%len(records)])
			}
			if n := c.Finish(); n.Faults() != 0 {
				b.Errorf("%+v", n)
			}
		})
	}
}

// BenchmarkReadPrelude is what the first visit of the small buckets costs.
func BenchmarkReadPrelude(b *testing.B) {
	f := benchFile(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadPrelude(context.Background(), f, f.Live().Meta); err != nil {
			b.Fatal(err)
		}
	}
}
