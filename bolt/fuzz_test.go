package bolt

import (
	"context"
	"testing"

	"go.etcd.io/bbolt"
)

// fuzzWalk walks an image and demands what must hold for any bytes at all.
func fuzzWalk(t *testing.T, b []byte) {
	f, err := FromBytes(b)
	if err != nil {
		return
	}
	for _, slot := range f.Metas() {
		if !slot.Valid {
			continue
		}
		var faults int64
		acc := newTranscript()
		s, err := f.Walk(context.Background(), slot.Meta, acc, WalkOptions{OnFault: func(x Fault) bool {
			faults++
			if x.Error() == "" || x.Kind.String() == "bolt.unknown" || x.Got == "" {
				t.Errorf("a fault that says nothing: %#v", x)
			}
			return true
		}})
		if err != nil {
			t.Fatal(err)
		}
		if s.Pages.Sum() != int64(len(b)) || s.Faults != faults {
			t.Errorf("accounts for %d of %d bytes, %d of %d faults", s.Pages.Sum(), len(b), s.Faults, faults)
		}
		if c := s.Pages; c.Damaged < 0 || c.Missing < -int64(len(b)) || c.Branch < 0 || c.Leaf < 0 {
			t.Errorf("negative counts: %+v", c)
		}
		if len(acc.text) > 64*len(b)+4096 {
			t.Errorf("%d bytes of content from %d bytes of file: something is visited twice", len(acc.text), len(b))
		}
	}
}

func FuzzMeta(f *testing.F) {
	small := smallFile(f, bbolt.Options{PageSize: 1024})
	f.Add(small.b[16:80], small.b[1024+16:1024+80], false)
	f.Add(small.b[1024+16:1024+80], make([]byte, 64), true)
	f.Fuzz(func(t *testing.T, first, second []byte, seal bool) {
		r := small.clone()
		copy(r.b[16:80], first)
		copy(r.b[1024+16:1024+80], second)
		if seal {
			r.seal()
		}
		fuzzWalk(t, r.b)
		if m, ok := ParseMeta(first); ok && string(m.Append(nil)) != string(first[:MetaSize]) {
			t.Errorf("%+v does not append to what it was parsed from", m)
		}
	})
}

// FuzzPage puts any image in place of one page of a sound file.
func FuzzPage(f *testing.F) {
	small := smallFile(f, bbolt.Options{PageSize: 1024})
	_, _, leaf := small.middle()
	for _, id := range []int{small.root(), small.bucketRoot("tree"), small.bucketRoot("large"), leaf} {
		f.Add(uint8(id), small.b[small.page(id):small.page(id+1)])
	}
	f.Fuzz(func(t *testing.T, id uint8, image []byte) {
		r := small.clone()
		if off := r.page(int(id)); id > 1 && off < len(r.b) {
			copy(r.b[off:], image[:min(len(image), 4*r.ps)])
		}
		fuzzWalk(t, r.b)
	})
}

func FuzzFreelist(f *testing.F) {
	small := smallFile(f, bbolt.Options{PageSize: 1024})
	p := small.page(small.freelist())
	f.Add(small.b[p : p+1024])
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, image []byte) {
		r := small.clone()
		copy(r.b[p:p+1024], image)
		fuzzWalk(t, r.b)
	})
}

// FuzzOpen takes any bytes as a whole file; both checksums are made right if asked.
func FuzzOpen(f *testing.F) {
	small := smallFile(f, bbolt.Options{PageSize: 1024})
	f.Add(small.b[:12*1024], false)
	f.Add(small.b, true)
	f.Add([]byte("<html>"), false)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if r := (raw{append([]byte{}, b...), 1024}); seal && len(b) >= 2048 {
			r.seal()
			b = r.b
		}
		fuzzWalk(t, b)
	})
}
