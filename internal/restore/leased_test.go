package restore

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"boltvet/mvccview"
)

// TestLeaseholderIsFlat has long keys take no more than short ones, at most 80 bytes each.
func TestLeaseholderIsFlat(t *testing.T) {
	const keys = 100_000
	for _, length := range []int{10, 1000} {
		l := newLeaseholder()
		if err := l.Begin([]byte(mvccview.BucketKey), 0); err != nil {
			t.Fatal(err)
		}
		before, tail := heapInUse(), strings.Repeat("x", length)
		for i := range keys {
			kv := mvccview.KeyValue{Key: fmt.Appendf(nil, "%d-%s", i, tail), Lease: 7, Create: int64(i + 2), Mod: int64(i + 2), Version: 1}
			rev := mvccview.AppendRevKey(nil, mvccview.RevKey{Revision: mvccview.Revision{Main: int64(i + 2)}})
			if err := l.Put(rev, mvccview.AppendKeyValue(nil, &kv)); err != nil {
				t.Fatal(err)
			}
		}
		if each := (heapInUse() - before) / keys; each > 80 || len(l.held) != keys {
			t.Errorf("keys of %d bytes: %d of %d, %d bytes each", length, len(l.held), keys, each)
		}
		runtime.KeepAlive(l)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
