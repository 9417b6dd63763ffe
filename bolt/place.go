package bolt

import "bytes"

// place is where a page was pointed to from, and what its parent promises of it.
type place struct {
	bucket     *Bucket
	parent     Pgid  // a meta page for the root of the bucket directory
	parentElem int   // -1 if parent is a meta
	pointerOff int64 // file offset of the pointer itself
	lo, hi     []byte
	from       []byte // no key is below; lo, but that of a first child says no more than its parent's
	exact      bool   // lo is the separator: it must equal the first key
	root       bool   // the root page of its bucket: it may be an empty leaf
}

// fault states a fact about the page id itself.
func (p *place) fault(kind FaultKind, id Pgid, elem int, off int64, got, want string) Fault {
	return Fault{Kind: kind, Page: id, Elem: elem, Off: off, Got: got, Want: want, Bucket: p.bucket.String(), Parent: p.parent}
}

// pointerFault states a fact about the pointer to the page: the fault lies with
// the parent, and all that the page would have held is hidden.
func (p *place) pointerFault(kind FaultKind, got, want string) Fault {
	f := p.fault(kind, p.parent, p.parentElem, p.pointerOff, got, want)
	f.Hidden = p.hidden()
	return f
}

// hidden copies the key range that the parent gives the page.
func (p *place) hidden() *KeyRange {
	return &KeyRange{Lo: bytes.Clone(p.lo), Hi: bytes.Clone(p.hi)}
}
