package datadir

import (
	"bytes"
	"context"
	"testing"
)

// readBytes reads a log of one segment from memory.
func readBytes(b []byte, onFault func(Fault) bool) (*WALSummary, error) {
	r := &walReader{ctx: context.Background(), onFault: onFault,
		sum: &WALSummary{Dir: "wal", Segments: make([]SegmentSummary, 1)}, last: true}
	r.seg = &r.sum.Segments[0]
	r.seg.Segment = Segment{Name: seg0, Size: int64(len(b))}
	if err := r.startSegment(0); err != nil {
		return r.sum, err
	}
	if err := r.readFrames(&window{r: bytes.NewReader(b), name: seg0, size: int64(len(b))}); err != nil {
		return r.sum, err
	}
	if err := r.endSegment(); err != nil {
		return r.sum, err
	}
	return r.sum, r.finish()
}

// FuzzWAL demands an end, sums that fit the file, and that a strict read agrees with a tolerant one
// on whether there is a fault.
func FuzzWAL(f *testing.F) {
	for _, b := range threeSegments() {
		f.Add(b)
	}
	f.Add(new(testLog).begin().snap(0, 0).entry(1, 1).state(1, 1).snap(1, 1).entry(3, 2).entry(2, 2).buf)
	f.Fuzz(func(t *testing.T, b []byte) {
		faults := 0
		sum, err := readBytes(b, func(x Fault) bool {
			if x.Off > int64(len(b)) || x.Got == "" || x.Want == "" || x.File == "" {
				t.Errorf("fault %+v", x)
			}
			faults++
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		seg := sum.Segments[0]
		if seg.ValidEnd > int64(len(b)) || seg.Records != sum.Records+sum.Hidden.Records || seg.Records*frameHeader > int64(len(b)) {
			t.Errorf("summary %+v of %d bytes", sum, len(b))
		}
		if _, err := readBytes(b, nil); (err != nil) != (faults > 0) {
			t.Errorf("strict: %v, tolerant: %d faults", err, faults)
		}
	})
}

// FuzzSnap demands an answer, and no fault without got and want.
func FuzzSnap(f *testing.F) {
	_, b := writeSnap(f)
	f.Add(b)
	f.Add(b[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		r := snapReader{name: "0000000000000003-00000000000003e9.snap", onFault: func(x Fault) bool {
			if x.Got == "" || x.Want == "" || x.Kind == 0 {
				t.Errorf("fault %+v", x)
			}
			return true
		}}
		s, err := r.parse(b)
		if err != nil && err != errUnusable {
			t.Fatal(err)
		}
		if err == nil && s == nil {
			t.Error("neither a file nor a fault")
		}
	})
}

// FuzzResolve demands that every content is either accepted or refused with a reason, and that the
// pass over the trailer ends.
func FuzzResolve(f *testing.F) {
	db := boltBytes(f)[:4*4096]
	for _, b := range [][]byte{db, sealed(db), db[:30], gz([]byte("x")), threeSegments()[seg0], []byte("<html>"), []byte(`{"a":1}`), tarred(db)[:1024], make([]byte, 600)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := sniff(context.Background(), bytes.NewReader(b), int64(len(b)), "x.db")
		if err != nil {
			t.Fatal(err)
		}
		if !v.kind.Accepted() && v.reason == "" && v.compression == "" {
			t.Errorf("no reason: %+v", v)
		}
		if v.look.highWaterBytes() < 0 {
			t.Errorf("high water mark %+v", v.look)
		}
		c, err := checkTrailer(context.Background(), bytes.NewReader(b), int64(len(b)), v.look.highWaterBytes(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.OK && !c.Present {
			t.Errorf("right without being there: %+v", c)
		}
		for _, x := range c.Faults() {
			if x.Off < 0 || x.Off > int64(len(b)) {
				t.Errorf("fault %+v in %d bytes", x, len(b))
			}
		}
	})
}
