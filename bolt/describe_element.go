package bolt

// maxInlineDepth is how many inline buckets within each other are taken apart. bbolt
// makes one level: a bucket with a bucket in it is never inline.
const maxInlineDepth = 3

// elements describes the element table and the keys and values of a branch or leaf
// image, which is size bytes from at on. Data that lies outside of the image, or over
// that of an element before, is not described, but its element says so.
func (d *describer) elements(prefix string, at, size int, h PageHeader, depth int) {
	image := d.data[at : at+size]
	n := min(int(h.Count), max(size-PageHeaderSize, 0)/ElementSize)
	table := uint64(PageHeaderSize + n*ElementSize)
	shown := make([]bool, n)
	end := table
	for i := range n {
		e := parseElement(image, h.Flags, i)
		note := ""
		switch {
		case !e.within(table, uint64(size)):
			note = "key and value are not within the page"
		case e.start < end:
			note = "key and value lie over those of another element"
		default:
			shown[i], end = true, e.end
		}
		d.element(prefix+"element "+dec(i)+" ", at+PageHeaderSize+i*ElementSize, e, h.Flags, note)
	}
	for i := range n {
		if !shown[i] {
			continue
		}
		e := parseElement(image, h.Flags, i)
		d.emit(RegionKey, at+int(e.start), int(e.keySize), prefix+"key "+dec(i), "", "")
		if e.flags&elementBucket != 0 {
			d.bucket(prefix+"value "+dec(i), at+int(e.keyEnd), int(e.valueSize), depth)
		} else {
			d.emit(RegionValue, at+int(e.keyEnd), int(e.valueSize), prefix+"value "+dec(i), "", "")
		}
	}
}

// element describes one entry of the table.
func (d *describer) element(prefix string, at int, e element, kind PageFlags, note string) {
	pos := dec(int64(e.start)) + " from the start of the image"
	if kind == FlagBranch {
		d.field(at, 4, prefix+"pos", pos, note)
		d.field(at+4, 4, prefix+"key size", dec(e.keySize), "")
		d.field(at+8, 8, prefix+"child page", dec(e.child), "")
		return
	}
	flags := hex(uint64(e.flags))
	if e.flags == elementBucket {
		flags += " bucket"
	}
	d.field(at, 4, prefix+"flags", flags, "")
	d.field(at+4, 4, prefix+"pos", pos, note)
	d.field(at+8, 4, prefix+"key size", dec(e.keySize), "")
	d.field(at+12, 4, prefix+"value size", dec(e.valueSize), "")
}

// bucket describes the value of a bucket element: its header, and the page image of
// an inline bucket.
func (d *describer) bucket(name string, at, size, depth int) {
	root, sequence, ok := parseBucketHeader(d.data[at : at+size])
	if !ok {
		d.emit(RegionValue, at, size, name, "", "too short for the header of a bucket")
		return
	}
	place := dec(root)
	if root == 0 {
		place = "0 (inline)"
	}
	d.field(at, 8, name+" bucket root", place, "")
	d.field(at+8, 8, name+" bucket sequence", dec(sequence), "")
	at, size = at+BucketHeaderSize, size-BucketHeaderSize
	h, whole := ParsePageHeader(d.data[at : at+size])
	if root == 0 && whole && depth < maxInlineDepth {
		d.header(name+" inline ", at, h, "")
		if h.Flags == FlagLeaf {
			d.elements(name+" inline ", at, size, h, depth+1)
		}
	}
	d.fill(at + size)
}
