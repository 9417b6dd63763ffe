package bolt

import (
	"fmt"
	"strconv"
	"strings"
)

// FaultKind says what is wrong. Its String is the stable code of the fault.
type FaultKind uint8

// The kinds of faults that this package can find.
const (
	// FileTruncated: pages below the high water mark that are in use lie beyond the end of the file.
	FileTruncated FaultKind = iota + 1
	// FileShortTail: the file ends below the high water mark, but only free pages are missing.
	FileShortTail
	// FileTail: there are bytes other than zero behind the high water mark.
	FileTail
	// MetaNone: neither meta page is valid.
	MetaNone
	// MetaMagic: the magic number is not bbolt's.
	MetaMagic
	// MetaVersion: the format version is not 2.
	MetaVersion
	// MetaChecksum: the meta's checksum does not fit its fields.
	MetaChecksum
	// MetaPageSize: the page size is impossible or contradicted by the pages.
	MetaPageSize
	// MetaPageHeader: the header of a meta page has a wrong field. bbolt does not look at it.
	MetaPageHeader
	// MetaRoot: the root page is outside the file's pages.
	MetaRoot
	// MetaFreelist: the freelist page is outside the file's pages.
	MetaFreelist
	// MetaHighWater: the high water mark is too low to be true.
	MetaHighWater
	// MetaTxid: the transaction numbers of the two metas do not follow each other.
	MetaTxid
	// PageOutOfRange: something points to a page below 2 or at or above the high water mark.
	PageOutOfRange
	// PageMissing: a page in use lies, wholly or in part, beyond the end of the file.
	PageMissing
	// PageLoop: a branch points back to one of its own ancestors.
	PageLoop
	// PageCrossLink: a page is reached twice; each of the pointers has a fault of its own.
	PageCrossLink
	// PageZeroed: a page in use is all zero where its header should be.
	PageZeroed
	// PageID: the header carries another page's number.
	PageID
	// PageKind: the flags are not those of a page that belongs here.
	PageKind
	// PageCount: the number of elements does not fit the page or its packing.
	PageCount
	// PageOverflow: the overflow is not what the content needs.
	PageOverflow
	// PageEmpty: a page without elements that is not the root of an empty bucket.
	PageEmpty
	// PagePosition: an element's key starts outside the page's data.
	PagePosition
	// PageSize: an element's key or value ends outside the page, or its key size is impossible.
	PageSize
	// PageElementFlags: a leaf element has flags that bbolt never sets.
	PageElementFlags
	// PagePacking: an element does not start where the one before it ends.
	PagePacking
	// PageSlack: bytes behind the last element are not zero.
	PageSlack
	// PageKeyOrder: a key is not greater than the one before it.
	PageKeyOrder
	// PageKeyBounds: a key lies outside the range that its parent gives the page.
	PageKeyBounds
	// PageSeparator: the parent's key is not the first key of the page.
	PageSeparator
	// FreelistPage: the freelist page is missing or is not one.
	FreelistPage
	// FreelistCount: the number of free pages does not fit the freelist page or the file.
	FreelistCount
	// FreelistRange: a free page number is below 2 or at or above the high water mark.
	FreelistRange
	// FreelistOrder: the free page numbers do not ascend.
	FreelistOrder
	// FreelistDuplicate: a page is listed as free twice.
	FreelistDuplicate
	// FreelistReachable: a page in use is listed as free; the next commit may overwrite it.
	FreelistReachable
	// FreelistLeak: a page is neither in use nor listed as free.
	FreelistLeak
	// BucketHeader: a bucket's value is too short or too long for what it says it is.
	BucketHeader
	// BucketInline: the header of an inline page has fields that bbolt never sets.
	BucketInline
	// BucketPlain: an element of the bucket directory is not a bucket.
	BucketPlain
	faultKindEnd
)

var faultCodes = [...]string{
	FileTruncated: "file.truncated", FileShortTail: "file.short-tail", FileTail: "file.tail",
	MetaNone: "meta.none", MetaMagic: "meta.magic", MetaVersion: "meta.version", MetaChecksum: "meta.checksum",
	MetaPageSize: "meta.page-size", MetaPageHeader: "meta.page-header", MetaRoot: "meta.root",
	MetaFreelist: "meta.freelist", MetaHighWater: "meta.high-water", MetaTxid: "meta.txid",
	PageOutOfRange: "page.out-of-range", PageMissing: "page.missing", PageLoop: "page.loop",
	PageCrossLink: "page.cross-link", PageZeroed: "page.zeroed", PageID: "page.id", PageKind: "page.flags",
	PageCount: "page.count", PageOverflow: "page.overflow", PageEmpty: "page.empty",
	PagePosition: "page.position", PageSize: "page.size", PageElementFlags: "page.element-flags",
	PagePacking: "page.packing", PageSlack: "page.slack", PageKeyOrder: "page.key-order",
	PageKeyBounds: "page.key-bounds", PageSeparator: "page.separator",
	FreelistPage: "freelist.page", FreelistCount: "freelist.count", FreelistRange: "freelist.range",
	FreelistOrder: "freelist.order", FreelistDuplicate: "freelist.duplicate",
	FreelistReachable: "freelist.reachable", FreelistLeak: "freelist.leak",
	BucketHeader: "bucket.header", BucketInline: "bucket.inline", BucketPlain: "bucket.plain",
}

// String is the stable code of the kind, such as "page.key-order".
func (k FaultKind) String() string {
	if k > 0 && k < faultKindEnd {
		return faultCodes[k]
	}
	return "bolt.unknown"
}

// FaultKinds lists every kind in the order of declaration.
func FaultKinds() []FaultKind {
	kinds := make([]FaultKind, 0, faultKindEnd)
	for k := FaultKind(1); k < faultKindEnd; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// KeyRange is a half-open range of keys; nil Lo is the start, nil Hi the end.
// The slices are copies.
type KeyRange struct{ Lo, Hi []byte }

// String shows the range. Its keys are neighbours of what is damaged, and so suspect.
func (r KeyRange) String() string {
	lo, hi := "start", "end"
	if r.Lo != nil {
		lo = ShowSuspect(r.Lo)
	}
	if r.Hi != nil {
		hi = ShowSuspect(r.Hi)
	}
	return "[" + lo + ", " + hi + ")"
}

// Fault is one fact about bytes that should not be so. It carries no judgement
// of how bad that is.
type Fault struct {
	Kind      FaultKind
	Page      Pgid      // NoPgid: the file as a whole
	Elem      int       // element of that page; -1: the page as a whole
	Off       int64     // byte offset in the file; -1: unknown
	Got, Want string    // short and printable
	Bucket    string    // printable path of the bucket; "" outside any
	Parent    Pgid      // the page that points here; NoPgid: none
	Fallback  bool      // found in the meta that is not live, or in its tree
	Hidden    *KeyRange // keys of Bucket that cannot be read because of it; nil: none
}

// Error shows the fault on one line.
func (f Fault) Error() string {
	var b strings.Builder
	if f.Page != NoPgid {
		fmt.Fprintf(&b, "page %d", f.Page)
		if f.Elem >= 0 {
			fmt.Fprintf(&b, " element %d", f.Elem)
		}
		b.WriteByte(' ')
	}
	if f.Off >= 0 {
		fmt.Fprintf(&b, "(+0x%x)", f.Off)
	}
	fmt.Fprintf(&b, ": %s: got %s", f.Kind, f.Got)
	if f.Want != "" {
		fmt.Fprintf(&b, ", want %s", f.Want)
	}
	if f.Bucket != "" {
		fmt.Fprintf(&b, " [bucket %s]", f.Bucket)
	}
	return strings.TrimPrefix(b.String(), ": ")
}

// fault starts a Fault about page id as a whole, outside any bucket.
func fault(kind FaultKind, id Pgid, off int64, got, want string) Fault {
	return Fault{Kind: kind, Page: id, Elem: -1, Off: off, Got: got, Want: want, Parent: NoPgid}
}

// shownKey bounds how much of a key a message repeats.
const shownKey = 48

// ShowKey gives a short printable form of a key: quoted text, or hex when it is
// not printable ASCII; long keys are cut and say so.
func ShowKey(k []byte) string {
	cut := ""
	if len(k) > shownKey {
		cut = fmt.Sprintf("… (%d bytes)", len(k))
		k = k[:shownKey]
	}
	for _, c := range k {
		if c < 0x20 || c > 0x7e {
			return fmt.Sprintf("0x%x%s", k, cut)
		}
	}
	return strconv.Quote(string(k)) + cut
}

// ShowName is ShowKey without quotes where the name of a bucket needs none. A name that is
// too long for one may be bytes of a value, and is shown as such.
func ShowName(name []byte) string {
	if len(name) > shownKey {
		return ShowHashed(name)
	}
	shown := ShowKey(name)
	if plain := strings.Trim(shown, `"`); plain == string(name) {
		return plain
	}
	return shown
}

func dec[T ~int | ~int64 | ~uint16 | ~uint32 | ~uint64](n T) string {
	if n < 0 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatUint(uint64(n), 10)
}

func hex(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }
