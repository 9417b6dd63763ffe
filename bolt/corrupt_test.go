package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// wanted is the fault that a damage must give. Empty Got and Hidden are compared too.
type wanted struct {
	page      int // -1: the file
	elem      int // -1: the page
	off       int
	got, want string
	hidden    string
}

// damage is one row: what is done to a healthy file, and what must be said about it.
type damage struct {
	name    string
	kind    FaultKind
	corrupt func(r *raw) wanted
	beside  []FaultKind // kinds that may be found beside it
}

// damages has at least one row for every kind of fault.
func damages() []damage {
	return slices.Concat(fileDamages(), metaDamages(), pointerDamages(), headerDamages(),
		elementDamages(), freelistDamages(), bucketDamages())
}

// middle is a leaf in the middle of bucket "tree", and the element that points to it.
func (r raw) middle() (parent, elem, leaf int) {
	parent = r.bucketRoot("tree")
	for r.isBranch(r.child(parent, 0)) {
		parent = r.child(parent, 0)
	}
	return parent, 1, r.child(parent, 1)
}

// hashed is how a fault shows a key.
func hashed[K string | []byte](key K) string { return ShowHashed([]byte(key)) }

// span is the key range that the middle leaf's parent gives it.
func (r raw) span() string {
	p, i, _ := r.middle()
	return fmt.Sprintf("[%s, %s)", hashed(r.key(p, i)), hashed(r.key(p, i+1)))
}

const whole = "[start, end)"

func fileDamages() []damage {
	// cut makes the middle leaf the last page of the file, and cuts it off.
	cut := func(r *raw) (leaf int) {
		p, i, _ := r.middle()
		leaf = r.hwm()
		r.b = r.b[:r.page(leaf)]
		r.set64(r.elem(p, i)+8, leaf)
		r.set64(r.metaField(r.live(), 40), leaf+1)
		r.seal()
		return leaf
	}
	tail := func(r *raw) { r.b = append(r.b[:r.page(r.hwm())], make([]byte, 300)...) }
	lost := []FaultKind{FileTruncated, PageMissing}
	return []damage{
		{"cut before a leaf, the file", FileTruncated, func(r *raw) wanted {
			leaf := cut(r)
			return wanted{-1, -1, len(r.b), fmt.Sprintf("%d bytes; page %d and 0 more are missing", len(r.b), leaf),
				fmt.Sprintf("%d bytes up to the high water mark", r.page(leaf+1)), ""}
		}, lost},
		{"cut before a leaf, the leaf", PageMissing, func(r *raw) wanted {
			span, leaf := r.span(), cut(r)
			return wanted{leaf, -1, len(r.b), fmt.Sprintf("the file ends at byte %d", len(r.b)), "a page", span}
		}, lost},
		{"free pages missing", FileShortTail, func(r *raw) wanted {
			hwm := r.hwm()
			r.b = r.b[:r.page(hwm)]
			r.set64(r.metaField(r.live(), 40), hwm+5)
			r.seal()
			return wanted{-1, -1, len(r.b), fmt.Sprintf("%d bytes; page %d and 4 more are missing", len(r.b), hwm),
				fmt.Sprintf("%d bytes up to the high water mark", r.page(hwm+5)), ""}
		}, nil},
		{"bytes behind the end", FileTail, func(r *raw) wanted {
			tail(r)
			r.b[len(r.b)-7] = 0xC0
			return wanted{-1, -1, len(r.b) - 7, "data behind the high water mark", "zeros up to the end of the file", ""}
		}, nil},
	}
}

func metaDamages() []damage {
	// older changes a 4- or 8-byte field of the meta that is not live.
	older := func(kind FaultKind, field, value int, seal bool, want string) damage {
		return damage{"older meta: " + kind.String(), kind, func(r *raw) wanted {
			slot := 1 - r.live()
			off := r.metaField(slot, field)
			if field < 16 {
				r.set32(off, value)
			} else {
				r.set64(off, value)
			}
			if seal {
				r.seal()
			}
			got := fmt.Sprint(uint64(value))
			if kind == MetaMagic {
				got = fmt.Sprintf("%#x", value)
			}
			if kind == MetaRoot || kind == MetaFreelist {
				want = fmt.Sprintf(want, r.u64(r.metaField(slot, 40)))
			}
			return wanted{slot, -1, off, got, want, ""}
		}, nil}
	}
	return []damage{
		older(MetaMagic, 0, 0x12345678, false, "0xed0cdaed"),
		older(MetaVersion, 4, 3, false, "2"),
		older(MetaPageSize, 8, 2048, true, "1024"),
		older(MetaRoot, 16, 1, true, "a page in [2, %d)"),
		older(MetaFreelist, 32, 1<<40, true, "a page in [2, %d), or none"),
		older(MetaHighWater, 40, 3, true, "4 or more, and a page that a file can have"),
		{"checksum", MetaChecksum, func(r *raw) wanted {
			slot := 1 - r.live()
			off := r.metaField(slot, 56)
			was := uint64(r.u64(off))
			r.set64(off, int(was^1))
			return wanted{slot, -1, off, fmt.Sprintf("%#x", was^1), fmt.Sprintf("%#x", was), ""}
		}, nil},
		{"both metas", MetaNone, func(r *raw) wanted {
			r.set32(r.metaField(0, 0), 1)
			r.set32(r.metaField(1, 4), 1)
			return wanted{0, -1, 16, "meta 0: meta.magic, meta 1: meta.version", "a valid meta", ""}
		}, nil},
		{"page id", MetaPageHeader, func(r *raw) wanted {
			r.set64(r.page(1), 9)
			return wanted{1, -1, r.page(1), "id 9", "id 1", ""}
		}, nil},
		{"page flags", MetaPageHeader, func(r *raw) wanted {
			r.set16(8, 2)
			return wanted{0, -1, 8, "flags leaf", "flags meta", ""}
		}, nil},
		{"txid", MetaTxid, func(r *raw) wanted {
			slot := r.live()
			off := r.metaField(slot, 48)
			r.set64(off, r.u64(off)+5)
			r.seal()
			return wanted{slot, -1, off, fmt.Sprintf("%d and %d", r.u64(r.metaField(0, 48)), r.u64(r.metaField(1, 48))),
				"two transactions that follow each other", ""}
		}, nil},
	}
}

func pointerDamages() []damage {
	// point turns the pointer to the middle leaf to somewhere else.
	point := func(name string, kind FaultKind, to func(r raw, parent int) int, got, want string) damage {
		return damage{name, kind, func(r *raw) wanted {
			p, i, _ := r.middle()
			w, id := wanted{page: p, elem: i, off: r.elem(p, i) + 8, want: want, hidden: r.span()}, to(*r, p)
			r.set64(w.off, id)
			w.got = fmt.Sprintf(got, uint64(id))
			if kind == PageOutOfRange {
				w.want = fmt.Sprintf(want, r.hwm())
			}
			return w
		}, map[FaultKind][]FaultKind{PageCrossLink: {PageCrossLink}}[kind]} // who had it first: TestRivals
	}
	const inFile = "a page in [2, %d)"
	return []damage{
		point("to a meta", PageOutOfRange, func(raw, int) int { return 1 }, "page %d", inFile),
		point("to the high water mark", PageOutOfRange, func(r raw, _ int) int { return r.hwm() }, "page %d", inFile),
		point("to nowhere", PageOutOfRange, func(raw, int) int { return -1 }, "page %d", inFile),
		point("to its parent", PageLoop, func(_ raw, p int) int { return p }, "page %d, its own ancestor", "a page below"),
		point("to its sibling", PageCrossLink, func(r raw, p int) int { return r.child(p, 0) }, "page %d, which is in use already", "a page of its own"),
		{"root of the directory", PageOutOfRange, func(r *raw) wanted {
			slot := r.live()
			off := r.metaField(slot, 16)
			r.set64(off, 0)
			r.seal()
			return wanted{slot, -1, off, "page 0", fmt.Sprintf(inFile, r.hwm()), whole}
		}, []FaultKind{MetaRoot}},
		{"root of the directory in a snapshot", PageOutOfRange, func(r *raw) wanted {
			// A snapshot has the newer meta first, whatever the parity of its txid.
			for i := range 2 {
				r.set64(r.metaField(i, 48), 101-i)
				r.set64(r.metaField(i, 16), 1)
			}
			r.seal()
			return wanted{0, -1, 32, "page 1", fmt.Sprintf(inFile, r.hwm()), whole}
		}, []FaultKind{MetaRoot}},
		{"root of a bucket", PageCrossLink, func(r *raw) wanted {
			i, v := r.bucket("tree")
			other := r.bucketRoot("other")
			r.set64(v, other)
			return wanted{r.root(), i, v, fmt.Sprintf("page %d, which is in use already", other), "a page of its own", whole}
		}, []FaultKind{PageCrossLink}},
	}
}

func headerDamages() []damage {
	// header changes the middle leaf's header.
	header := func(name string, kind FaultKind, change func(r raw, leaf int) wanted, beside ...FaultKind) damage {
		return damage{name, kind, func(r *raw) wanted {
			_, _, leaf := r.middle()
			w := change(*r, leaf)
			w.page, w.elem, w.off = leaf, -1, r.page(leaf)+w.off
			return w
		}, beside}
	}
	overflow := func(name string, pages int) damage {
		return damage{name, PageOverflow, func(r *raw) wanted {
			p := r.bucketRoot("large")
			r.set32(r.page(p)+12, pages)
			return wanted{p, -1, r.page(p) + 12, fmt.Sprint(pages), "2", ""}
		}, nil}
	}
	return []damage{
		header("zeros", PageZeroed, func(r raw, p int) wanted {
			w := wanted{got: "zeros", want: "a page header", hidden: r.span()}
			clear(r.b[r.page(p):r.page(p+1)])
			return w
		}),
		header("other id, own content", PageID, func(r raw, p int) wanted {
			r.set64(r.page(p), 999)
			return wanted{got: "999", want: fmt.Sprint(p)}
		}),
		header("another page", PageID, func(r raw, p int) wanted {
			w := wanted{want: fmt.Sprint(p), hidden: r.span()}
			parent, i, _ := r.middle()
			next := r.child(parent, i+1)
			copy(r.b[r.page(p):r.page(p+1)], r.b[r.page(next):])
			w.got = fmt.Sprint(next)
			return w
		}, PageSeparator, PageKeyBounds),
		header("flags", PageKind, func(r raw, p int) wanted {
			r.set16(r.page(p)+8, 0x10)
			return wanted{off: 8, got: "freelist", want: "branch or leaf", hidden: r.span()}
		}),
		header("one element fewer", PageCount, func(r raw, p int) wanted {
			n := r.count(p)
			parent, i, _ := r.middle()
			r.set16(r.page(p)+10, n-1)
			return wanted{off: 10, got: fmt.Sprint(n - 1), want: fmt.Sprintf("%d, the length of the element table", n),
				hidden: fmt.Sprintf("[%s, %s)", hashed(r.key(p, n-1)), hashed(r.key(parent, i+1)))}
		}),
		header("one element more", PageCount, func(r raw, p int) wanted {
			n := r.count(p)
			r.set16(r.page(p)+10, n+1)
			return wanted{off: 10, got: fmt.Sprint(n + 1), want: fmt.Sprintf("%d, the length of the element table", n)}
		}),
		header("no element", PageCount, func(r raw, p int) wanted {
			w := wanted{off: 10, got: "0", want: fmt.Sprintf("%d, the length of the element table", r.count(p)), hidden: r.span()}
			r.set16(r.page(p)+10, 0)
			return w
		}),
		header("more elements than room", PageCount, func(r raw, p int) wanted {
			r.set16(r.page(p)+10, 0xFFFF)
			r.set32(r.elem(p, 0)+4, 7) // nor does the first key tell
			return wanted{off: 10, got: "65535", want: "at most 63", hidden: r.span()}
		}),
		header("empty page", PageEmpty, func(r raw, p int) wanted {
			w := wanted{off: 10, got: "no elements", want: "one or more", hidden: r.span()}
			clear(r.b[r.page(p)+10 : r.page(p+1)])
			return w
		}),
		overflow("overflow too low", 0), overflow("overflow too high", 3), overflow("overflow absurd", 1<<32-1),
		header("overflow of a page of one", PageOverflow, func(r raw, p int) wanted {
			r.set32(r.page(p)+12, 1)
			return wanted{off: 12, got: "1", want: "0"}
		}),
		header("slack", PageSlack, func(r raw, p int) wanted {
			r.b[r.page(p+1)-1] = 0x80
			return wanted{off: r.ps - 1, got: "0x80", want: "zeros behind the last element"}
		}),
	}
}

func elementDamages() []damage {
	// element changes element 2 of the middle leaf.
	element := func(name string, kind FaultKind, change func(r raw, p, e int) wanted) damage {
		return damage{name, kind, func(r *raw) wanted {
			_, _, p := r.middle()
			w := change(*r, p, r.elem(p, 2))
			if w.page = p; w.elem == 0 {
				w.elem = 2 // the usual one
			}
			w.elem = max(w.elem, 0)
			return w
		}, nil}
	}
	// hole is what an unreadable element 2 hides.
	hole := func(r raw, p int) string {
		return fmt.Sprintf("[%s, %s)", hashed(r.key(p, 1)+"\x00"), hashed(r.key(p, 3)))
	}
	return []damage{
		element("position", PagePosition, func(r raw, p, e int) wanted {
			w := wanted{off: e, got: fmt.Sprintf("key at +%d", 48+1<<32-1), hidden: hole(r, p),
				want: fmt.Sprintf("within [+%d, +1024]", 16+16*r.count(p))}
			r.set32(e+4, 1<<32-1)
			return w
		}),
		element("value size", PageSize, func(r raw, p, e int) wanted {
			key, _ := r.keyAt(p, 2)
			w := wanted{off: e, got: fmt.Sprintf("ends at +%d", key-r.page(p)+r.u32(e+8)+1<<30), want: "+1024 or before", hidden: hole(r, p)}
			r.set32(e+12, 1<<30)
			return w
		}),
		element("key size", PageSize, func(r raw, p, e int) wanted {
			w := wanted{off: e, got: "key of 0 bytes", want: "1 to 32768", hidden: hole(r, p)}
			r.set32(e+8, 0)
			return w
		}),
		element("first key where a lone one would be", PagePosition, func(r raw, p, _ int) wanted {
			r.set32(r.elem(p, 0)+4, 16) // must not be taken for a table of one element
			parent, i, _ := r.middle()
			return wanted{elem: -2, off: r.elem(p, 0), got: "key at +32", want: fmt.Sprintf("within [+%d, +1024]", 16+16*r.count(p)),
				hidden: fmt.Sprintf("[%s, %s)", hashed(r.key(parent, i)), hashed(r.key(p, 1)))}
		}),
		element("last value over the next pages", PageSize, func(r raw, p, _ int) wanted {
			parent, i, _ := r.middle()
			n := r.count(p) - 1
			e := r.elem(p, n)
			key, _ := r.keyAt(p, n)
			w := wanted{elem: n, off: e, got: fmt.Sprintf("ends at +%d", key-r.page(p)+r.u32(e+8)+1500), want: "+1024 or before",
				hidden: fmt.Sprintf("[%s, %s)", hashed(r.key(p, n-1)+"\x00"), hashed(r.key(parent, i+1)))}
			r.set32(e+12, 1500) // the pages behind are others' and stay theirs
			return w
		}),
		element("flags", PageElementFlags, func(r raw, p, e int) wanted {
			r.set32(e, 2)
			return wanted{off: e, got: "0x2", want: "0 or 1"}
		}),
		element("packing", PagePacking, func(r raw, p, e int) wanted {
			next, _ := r.keyAt(p, 3)
			r.set32(e+12, r.u32(e+12)-1)
			rel := next - r.page(p)
			return wanted{elem: 3, off: next, got: fmt.Sprintf("key at +%d", rel), want: fmt.Sprintf("+%d", rel-1)}
		}),
		element("key order", PageKeyOrder, func(r raw, p, _ int) wanted {
			off, key := r.keyAt(p, 2)
			key[0] = 'a'
			return wanted{off: off, got: hashed(key), want: "greater than " + hashed(r.key(p, 1))}
		}),
		element("same key twice", PageKeyOrder, func(r raw, p, _ int) wanted {
			off, key := r.keyAt(p, 2)
			copy(key, r.key(p, 1))
			return wanted{off: off, got: hashed(key), want: "greater than " + hashed(key)}
		}),
		element("last key out of bounds", PageKeyBounds, func(r raw, p, _ int) wanted {
			parent, i, _ := r.middle()
			off, key := r.keyAt(p, r.count(p)-1)
			key[0] = 'z'
			return wanted{elem: r.count(p) - 1, off: off, got: hashed(key), want: "below " + hashed(r.key(parent, i+1))}
		}),
		{"separator", PageSeparator, func(r *raw) wanted {
			parent, i, p := r.middle()
			_, key := r.keyAt(parent, i)
			key[len(key)-1]-- // still above all keys of the page before
			off, first := r.keyAt(p, 0)
			return wanted{p, 0, off, hashed(first), fmt.Sprintf("%s, the key on page %d", ShowHashed(key), parent), ""}
		}, nil},
	}
}

func freelistDamages() []damage {
	// list changes the freelist page.
	list := func(name string, kind FaultKind, change func(r raw, p int) wanted, beside ...FaultKind) damage {
		return damage{name, kind, func(r *raw) wanted {
			p := r.freelist()
			w := change(*r, p)
			w.page, w.off = p, r.page(p)+w.off
			return w
		}, beside}
	}
	id := func(r raw, p, i int) int { return r.page(p) + 16 + 8*i }
	return []damage{
		list("flags", FreelistPage, func(r raw, p int) wanted {
			r.set16(r.page(p)+8, 2)
			return wanted{elem: -1, off: 8, got: "flags leaf", want: "flags freelist"}
		}),
		list("count", FreelistCount, func(r raw, p int) wanted {
			r.set16(r.page(p)+10, 60000)
			return wanted{elem: -1, off: 10, got: "60000 free pages", want: fmt.Sprintf("at most %d", min(126, r.hwm()))}
		}),
		list("absurd long count", FreelistCount, func(r raw, p int) wanted {
			r.set16(r.page(p)+10, 0xFFFF)
			r.set64(id(r, p, 0), -1)
			return wanted{elem: -1, off: 10, got: "18446744073709551615 free pages", want: fmt.Sprintf("at most %d", min(125, r.hwm()))}
		}),
		list("overflow", PageOverflow, func(r raw, p int) wanted {
			r.set32(r.page(p)+12, 3)
			return wanted{elem: -1, off: 12, got: "3", want: "0"}
		}, FreelistReachable),
		list("page id", PageID, func(r raw, p int) wanted {
			r.set64(r.page(p), p+1)
			return wanted{elem: -1, got: fmt.Sprint(p + 1), want: fmt.Sprint(p)}
		}),
		list("a meta as free", FreelistRange, func(r raw, p int) wanted {
			r.set64(id(r, p, 0), 1)
			return wanted{off: 16, got: "page 1", want: fmt.Sprintf("a page in [2, %d)", r.hwm())}
		}, FreelistLeak),
		list("order", FreelistOrder, func(r raw, p int) wanted {
			a, b := r.u64(id(r, p, 0)), r.u64(id(r, p, 1))
			r.set64(id(r, p, 0), b)
			r.set64(id(r, p, 1), a)
			return wanted{elem: 1, off: 24, got: fmt.Sprintf("page %d", a), want: fmt.Sprintf("greater than %d", b)}
		}),
		list("twice", FreelistDuplicate, func(r raw, p int) wanted {
			a := r.u64(id(r, p, 0))
			r.set64(id(r, p, 1), a)
			return wanted{elem: 1, off: 24, got: fmt.Sprintf("page %d a second time", a), want: "each page once"}
		}, FreelistLeak),
		list("in use", FreelistReachable, func(r raw, p int) wanted {
			_, _, leaf := r.middle()
			r.set64(id(r, p, 0), leaf)
			return wanted{off: 16, got: fmt.Sprintf("page %d, which is in use", leaf), want: "pages that nobody uses"}
		}, FreelistLeak, FreelistOrder),
		{"leak", FreelistLeak, func(r *raw) wanted {
			n := r.count(r.freelist())
			last := r.u64(id(*r, r.freelist(), n-1))
			r.set16(r.page(r.freelist())+10, n-1)
			return wanted{last, -1, r.page(last), fmt.Sprintf("page %d in use by nobody and not listed as free", last), "one or the other", ""}
		}, nil},
	}
}

func bucketDamages() []damage {
	// inline changes the image of the inline bucket.
	inline := func(name string, kind FaultKind, rel, value int, got, want, hidden string) damage {
		return damage{name, kind, func(r *raw) wanted {
			i, v := r.bucket("inline")
			r.set16(v+rel, value)
			return wanted{r.root(), i, v + rel, got, want, hidden}
		}, nil}
	}
	return []damage{
		{"inline bucket with a root page", BucketHeader, func(r *raw) wanted {
			i, v := r.bucket("inline")
			r.set64(v, 5)
			return wanted{r.root(), i, v, fmt.Sprintf("%d bytes with root page 5", r.u32(r.elem(r.root(), i)+12)), "16 bytes, or root page 0", whole}
		}, nil},
		{"root page 0", BucketHeader, func(r *raw) wanted {
			i, v := r.bucket("tree")
			r.set64(v, 0)
			return wanted{r.root(), i, v, "16 bytes", "an inline page, 32 bytes or more", whole}
		}, nil},
		inline("inline id", BucketInline, 16, 7, "id 7", "id 0", ""),
		inline("inline flags", BucketInline, 24, 1, "flags branch", "flags leaf", whole),
		inline("inline overflow", BucketInline, 28, 1, "overflow 1", "overflow 0", ""),
		{"plain value", BucketPlain, func(r *raw) wanted {
			i, _ := r.bucket("inline")
			r.set32(r.elem(r.root(), i), 0)
			return wanted{r.root(), i, r.elem(r.root(), i), "a plain value under a key of " + hashed("inline"), "a bucket", ""}
		}, nil},
	}
}

// facts is all that can be found out about an image: Open's error, the faults of
// both metas and of the walk, the content, and the survey (nil without a valid meta).
func facts(t testing.TB, b []byte) (faults []Fault, text string, s *Survey) {
	t.Helper()
	f, err := FromBytes(b)
	var none Fault
	if errors.As(err, &none) {
		return []Fault{none}, "", nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range f.Metas() {
		faults = append(faults, m.Faults...)
	}
	acc := newTranscript()
	s, err = f.Walk(context.Background(), f.Live().Meta, acc, WalkOptions{OnFault: func(x Fault) bool {
		faults = append(faults, x)
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Pages.Sum() != int64(len(b)) {
		t.Errorf("accounts for %d of %d bytes: %+v", s.Pages.Sum(), len(b), s.Pages)
	}
	if s.Pages.Damaged < 0 || s.Pages.Missing < 0 && int64(s.Meta.HighWater) > 0 || s.Pages.NotInUse() < 0 {
		t.Errorf("negative count: %+v", s.Pages)
	}
	return faults, string(acc.text), s
}

// TestEveryFault damages a healthy file in one place and wants the fault with all its
// coordinates, and nothing beside it that the row does not allow.
func TestEveryFault(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	if faults, _, _ := facts(t, healthy.b); len(faults) > 0 {
		t.Fatalf("healthy file: %v", faults)
	}
	covered := map[FaultKind]bool{}
	for _, d := range damages() {
		covered[d.kind] = true
		t.Run(d.kind.String()+"/"+d.name, func(t *testing.T) {
			r := healthy.clone()
			w := d.corrupt(&r)
			if bytes.Equal(r.b, healthy.b) {
				t.Fatal("the damage changes nothing")
			}
			faults, _, _ := facts(t, r.b)
			checkFaults(t, faults, d, w)
		})
	}
	for _, k := range FaultKinds() {
		if !covered[k] {
			t.Errorf("no row for %v", k)
		}
	}
}

func checkFaults(t *testing.T, faults []Fault, d damage, w wanted) {
	t.Helper()
	found := false
	for _, f := range faults {
		if f.Kind != d.kind && !slices.Contains(d.beside, f.Kind) {
			t.Errorf("beside it: %v", f)
		}
		if have := coordinates(f); f.Kind == d.kind && have == w {
			found = true
		} else if f.Kind == d.kind && !slices.Contains(d.beside, f.Kind) {
			t.Errorf("\n got %+v\nwant %+v", have, w)
		}
	}
	if !found {
		t.Errorf("not found: %v %+v\nin %v", d.kind, w, faults)
	}
}

func coordinates(f Fault) wanted {
	w := wanted{page: int(f.Page), elem: f.Elem, off: int(f.Off), got: f.Got, want: f.Want}
	if f.Hidden != nil {
		w.hidden = f.Hidden.String()
	}
	return w
}
