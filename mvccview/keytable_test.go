package mvccview

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// model is the same as a KeyTable, in the plainest way.
type model map[string]*Record

func (m model) step(r Record) {
	if old := m[string(r.KV.Key)]; old == nil || old.Compare(r.Revision) < 0 {
		m[string(r.KV.Key)] = &r
	}
}

// TestKeyTableModel feeds records in any order from several forks at once and
// compares with a map.
func TestKeyTableModel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n = 40000
	records := make([]Record, n)
	want := model{}
	for i := range records {
		records[i] = Record{
			RevKey: RevKey{Revision{int64(i/3 + 2), int64(i % 3)}, r.IntN(4) == 0},
			KV:     KeyValue{Key: fmt.Appendf(nil, "/registry/pods/%d", r.IntN(n/2))},
			KeyLen: RevKeyLen, ValLen: r.IntN(1000),
		}
		if records[i].Tombstone {
			records[i].KeyLen = TombstoneKeyLen
		}
		want.step(records[i])
	}
	var total int64
	for i := range records {
		total += int64(records[i].KeyLen + records[i].ValLen)
	}
	r.Shuffle(n, func(i, j int) { records[i], records[j] = records[j], records[i] })

	table := NewKeyTable(math.MaxInt64)
	forks := []RecordAccumulator{table.Fork(), table.Fork(), table.Fork()}
	var wg sync.WaitGroup
	for i, f := range forks {
		wg.Go(func() {
			for j := i; j < n; j += len(forks) {
				f.Step(&records[j])
			}
		})
	}
	wg.Wait()
	for _, f := range forks {
		table.Merge(f)
	}
	var stats KeyStats
	for _, rec := range want {
		stats.Keys++
		payload := int64(rec.KeyLen + rec.ValLen)
		if rec.Tombstone {
			stats.Deleted++
			stats.DeletedBytes += payload
		} else {
			stats.Live++
			stats.LiveBytes += payload
		}
	}
	stats.Superseded = n - stats.Keys
	stats.SupersededBytes = total - stats.LiveBytes - stats.DeletedBytes
	if got := table.Stats(); got != stats {
		t.Errorf("got %+v, want %+v", got, stats)
	}
	for _, rec := range want {
		if table.keeps(rec) == rec.Tombstone {
			t.Fatalf("%q at %v: kept %t", rec.KV.Key, rec.RevKey, !rec.Tombstone)
		}
	}
}

// TestKeyTableMemory holds the table to its promise of 80 bytes a key, all
// garbage of growing included.
func TestKeyTableMemory(t *testing.T) {
	const most = 1_000_000
	table := NewKeyTable(math.MaxInt64)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rec := Record{RevKey: RevKey{Revision: Revision{Main: 2}}, KeyLen: 17, ValLen: 100}
	key := make([]byte, 0, 64)
	worst := 0.0
	for i := range most {
		key = strconv.AppendInt(append(key[:0], "/registry/pods/default/pod-"...), int64(i), 10)
		rec.KV.Key = key
		table.Step(&rec)
		if n := i + 1; n >= 100_000 && n%20_000 == 0 {
			runtime.ReadMemStats(&after)
			worst = max(worst, float64(after.TotalAlloc-before.TotalAlloc)/float64(n))
		}
	}
	t.Logf("at most %.1f bytes a key", worst)
	if worst > 80 {
		t.Errorf("up to %.1f bytes a key, want 80 at most", worst)
	}
}

// TestSizeHist checks classes against exact sums.
func TestSizeHist(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	h := NewSizeHist(16384)
	sizes := map[int64]int64{}
	var bytes int64
	for range 20000 {
		size := int64(33 + r.IntN(1<<(6+r.IntN(24))))
		sizes[size]++
		bytes += size
		h.Add(size)
	}
	var count, sum, last int64
	h.Each(func(c SizeClass) {
		count += c.Count
		sum += c.Bytes
		if c.Min <= last || c.Max < c.Min || c.Bytes < c.Count*c.Min || c.Bytes > c.Count*c.Max {
			t.Errorf("class %+v after %d", c, last)
		}
		if c.Max < h.Limit() && (c.Min != c.Max || c.Count != sizes[c.Min]) {
			t.Errorf("class %+v, want %d records", c, sizes[c.Min])
		}
		if c.Min >= h.Limit() && c.Max-c.Min > c.Min/31 {
			t.Errorf("class %+v is too wide", c)
		}
		last = c.Max
	})
	if count != 20000 || sum != bytes || h.Count() != count || h.Bytes() != bytes {
		t.Errorf("%d records of %d bytes, want 20000 of %d", count, sum, bytes)
	}
}

func BenchmarkKeyTable(b *testing.B) {
	table := NewKeyTable(math.MaxInt64)
	keys := make([][]byte, 200_000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "/registry/pods/default/pod-%d", i)
	}
	rec := Record{KeyLen: 17, ValLen: 100}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		rec.Main, rec.KV.Key = int64(i+2), keys[i*7919%len(keys)]
		table.Step(&rec)
	}
}

// TestKeyTableSettles: early forks leave the table alone until they settle, and may do
// so all at once; a fork that is thrown away leaves no trace.
func TestKeyTableSettles(t *testing.T) {
	const n, forks = 30_000, 6
	whole, table := NewKeyTable(math.MaxInt64), NewKeyTable(math.MaxInt64)
	rec := Record{KeyLen: RevKeyLen, ValLen: 100}
	step := func(a RecordAccumulator, i int) {
		rec.Main, rec.KV.Key = int64(i+FirstMain), fmt.Appendf(nil, "key-%d", i*7919%9001)
		a.Step(&rec)
	}
	for range 2 { // forks are used again
		var early []RecordAccumulator
		for i := range forks {
			early = append(early, table.ForkEarly())
			for j := i * n / forks; j < (i+1)*n/forks; j++ {
				step(early[i], j)
			}
		}
		lost := table.ForkEarly()
		rec.KV.Key = []byte("lost")
		lost.Step(&rec)
		var wg sync.WaitGroup
		for _, f := range early {
			wg.Go(func() {
				if err := f.(*KeyTable).Settle(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, f := range early {
			table.Merge(f)
		}
		for j := range n {
			step(whole, j)
		}
	}
	if got, want := table.Stats(), whole.Stats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestKeyTableLimit wants the error before the table takes much more than it may, and
// not while it takes less.
func TestKeyTableLimit(t *testing.T) {
	const limit = 4 << 20
	table := NewKeyTable(math.MaxInt64)
	table.Limit(limit)
	rec := Record{RevKey: RevKey{Revision: Revision{Main: 2}}, KeyLen: RevKeyLen}
	keys := 0
	for table.Err() == nil && keys < 1_000_000 {
		rec.KV.Key = strconv.AppendInt(rec.KV.Key[:0], int64(keys), 10)
		table.Step(&rec)
		keys++
	}
	if least, most := limit/80, limit/32; keys < least || keys > most {
		t.Errorf("the error came after %d keys, want %d to %d", keys, least, most)
	}
}
