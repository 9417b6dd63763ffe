package bolt

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawBucket draws a bucket with buckets in it, down to depth.
func drawBucket(t *rapid.T, depth int, top bool) *bucketful {
	c := &bucketful{sequence: rapid.Uint64().Draw(t, "sequence")}
	keys := map[string]bool{}
	runs := rapid.IntRange(0, 3).Draw(t, "runs")
	for range runs { // keys come in runs that share a prefix, as real ones do
		prefix := rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "prefix")
		if rapid.IntRange(0, 30).Draw(t, "long") == 0 {
			prefix = append(prefix, bytes.Repeat([]byte{'x'}, rapid.SampledFrom([]int{300, 5000, MaxKeySize - 10}).Draw(t, "key"))...)
		}
		for i := range rapid.IntRange(0, 1<<rapid.IntRange(0, 9).Draw(t, "magnitude")).Draw(t, "keys") {
			keys[string(fmt.Appendf(slices.Clone(prefix), "%03d", i))] = true
		}
	}
	size := rapid.SampledFrom([]int{0, 1, 100, 1000, 5000, 60_000}).Draw(t, "size")
	for n, key := range slices.Sorted(maps.Keys(keys)) {
		it := item{key: []byte(key)}
		if top || depth > 0 && n%97 == 3 {
			it.sub = &bucketful{}
			if depth > 0 && n < 400 {
				it.sub = drawBucket(t, depth-1, false)
			}
		} else {
			it.value = bytes.Repeat([]byte{byte(n)}, (n*7919)%(size+1))
		}
		c.items = append(c.items, it)
	}
	if depth > 0 && rapid.Bool().Draw(t, "nest") {
		key := []byte("\xff\xff\xff")
		c.items = append(c.items, item{key: key, sub: drawBucket(t, depth-1, false)})
		c.items = slices.CompactFunc(slices.SortedFunc(slices.Values(c.items), func(a, b item) int { return bytes.Compare(a.key, b.key) }),
			func(a, b item) bool { return bytes.Equal(a.key, b.key) })
	}
	return c
}

// TestWriterRoundTripsAnyTree is the property: whatever sorted tree of buckets goes
// in, bbolt and our walk find the file sound and read the same out of it.
func TestWriterRoundTripsAnyTree(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		root := &bucketful{}
		for i := range rapid.IntRange(0, 4).Draw(r, "buckets") {
			root.items = append(root.items, item{key: []byte{'b', byte(i)}, sub: drawBucket(r, rapid.IntRange(0, 4).Draw(r, "depth"), false)})
		}
		ps := rapid.SampledFrom([]int{1024, 2048, 4096, 16384, 65536}).Draw(r, "page size")
		file, written := write(t, root, WriterOptions{PageSize: ps})
		accept(t, file, root, written)
		f, err := FromBytes(file)
		if err != nil {
			r.Fatal(err)
		}
		if again, _, err := rebuild(f, WriterOptions{PageSize: ps}); err != nil || !bytes.Equal(again, file) {
			r.Fatalf("fed from itself the file is another: %v", err)
		}
		if t.Failed() {
			r.Fatal("see above")
		}
	})
}
