package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// raw places damage by an offset table of its own. If it used the parser, a mistake
// of the parser would hide itself.
type raw struct {
	b  []byte
	ps int
}

func (r raw) u16(off int) int        { return int(binary.LittleEndian.Uint16(r.b[off:])) }
func (r raw) u32(off int) int        { return int(binary.LittleEndian.Uint32(r.b[off:])) }
func (r raw) u64(off int) int        { return int(binary.LittleEndian.Uint64(r.b[off:])) }
func (r raw) set16(off int, v int)   { binary.LittleEndian.PutUint16(r.b[off:], uint16(v)) }
func (r raw) set32(off int, v int)   { binary.LittleEndian.PutUint32(r.b[off:], uint32(v)) }
func (r raw) set64(off int, v int)   { binary.LittleEndian.PutUint64(r.b[off:], uint64(v)) }
func (r raw) clone() raw             { return raw{slices.Clone(r.b), r.ps} }
func (r raw) page(id int) int        { return id * r.ps }
func (r raw) count(id int) int       { return r.u16(r.page(id) + 10) }
func (r raw) elem(id, i int) int     { return r.page(id) + 16 + 16*i }
func (r raw) isBranch(id int) bool   { return r.u16(r.page(id)+8) == 1 }
func (r raw) child(id, i int) int    { return r.u64(r.elem(id, i) + 8) }
func (r raw) metaField(i, f int) int { return r.page(i) + 16 + f }

// live is the slot of the meta with the higher txid; both are sound.
func (r raw) live() int {
	if r.u64(r.metaField(1, 48)) > r.u64(r.metaField(0, 48)) {
		return 1
	}
	return 0
}

func (r raw) hwm() int      { return r.u64(r.metaField(r.live(), 40)) }
func (r raw) root() int     { return r.u64(r.metaField(r.live(), 16)) }
func (r raw) freelist() int { return r.u64(r.metaField(r.live(), 32)) }

// seal makes the checksums of both metas right.
func (r raw) seal() {
	for i := range 2 {
		h := fnv.New64a()
		h.Write(r.b[r.metaField(i, 0):r.metaField(i, 56)])
		r.set64(r.metaField(i, 56), int(h.Sum64()))
	}
}

// keyAt gives offset and bytes of a key.
func (r raw) keyAt(id, i int) (int, []byte) {
	e := r.elem(id, i)
	pos, size := r.u32(e+4), r.u32(e+8)
	if r.isBranch(id) {
		pos, size = r.u32(e), r.u32(e+4)
	}
	return e + pos, r.b[e+pos : e+pos+size]
}

func (r raw) key(id, i int) string { _, k := r.keyAt(id, i); return string(k) }

// bucket finds a top-level bucket in a bucket directory of one leaf.
func (r raw) bucket(name string) (elem, value int) {
	for i := range r.count(r.root()) {
		if off, k := r.keyAt(r.root(), i); string(k) == name {
			return i, off + len(k)
		}
	}
	panic("no bucket " + name)
}

func (r raw) bucketRoot(name string) int { _, v := r.bucket(name); return r.u64(v) }

// smallFile has a tree of three levels, inline and empty buckets, a bucket with one
// value of several pages, a nested bucket and a persisted freelist.
func smallFile(t testing.TB, o bbolt.Options) raw {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small")
	o.NoSync = true
	db, err := bbolt.Open(path, 0o600, &o)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(name string, n, size int) {
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(name))
			for i := 0; i < n && err == nil; i++ {
				err = b.Put(fmt.Appendf(nil, "key-%04d0", i), []byte(strings.Repeat("v", size)))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fill("inline", 3, 5)
	fill("empty", 0, 0)
	fill("tree", 4*o.PageSize/64, 48)
	fill("large", 1, 5*o.PageSize/2)
	fill("other", o.PageSize/64, 100)
	err = db.Update(func(tx *bbolt.Tx) error {
		sub, err := tx.Bucket([]byte("other")).CreateBucket([]byte("nested"))
		if err == nil {
			err = sub.Put([]byte("k"), []byte("v"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fill("tree", 8, 47)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw{b, o.PageSize}
}

// transcript writes down everything that a walk hands over, in order. What a bucket
// element holds is not content: the walk hands that over as a bucket.
type transcript struct{ text []byte }

func newTranscript() *transcript { return &transcript{} }

func (c *transcript) put(b []byte) {
	c.text = append(binary.AppendUvarint(c.text, uint64(len(b))), b...)
}

func (c *transcript) Bucket(b *Bucket) { c.put([]byte("bucket " + b.String())) }
func (c *transcript) Leaf(b *Bucket, l Leaf) error {
	for i := range l.Len() {
		k, v, ok := l.At(i)
		c.put([]byte(b.String()))
		c.put(k)
		if l.IsBucket(i) {
			v = []byte("a bucket")
		}
		c.put(v)
		if !ok {
			c.text = append(c.text, "unreadable"...)
		}
	}
	return nil
}
func (c *transcript) Fork() Accumulator      { return newTranscript() }
func (c *transcript) Merge(next Accumulator) { c.text = append(c.text, next.(*transcript).text...) }
