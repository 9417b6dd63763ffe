package datadir

import "fmt"

// Where the chain of frames breaks: the end of the log, a write cut short by a power loss, or damage
// with intact records behind it. etcd cannot tell the last two apart and cuts the log off at both.

// cutFrame reports a frame that the end of the file cuts.
func (r *walReader) cutFrame(off int64, got string) error {
	r.hide(off)
	if !r.last {
		return r.faultAt(WALFrame, off, r.lastKnown(), got+" before the end of the segment", "a whole record")
	}
	return r.torn(off, got+" before the end of the file")
}

func (r *walReader) torn(off int64, got string) error {
	r.sum.Torn = true
	return r.faultAt(WALTornTail, off, r.lastKnown(), got, "a whole record")
}

// zeroLength is the regular end of a segment, unless something follows.
func (r *walReader) zeroLength(w *window, off int64) (next int64, err error) {
	noise, err := r.firstNonZero(w, off)
	if err != nil || noise < 0 {
		return endOfSegment, err
	}
	found, err := r.resync(w, 0, noise&^7)
	if err != nil {
		return 0, err
	}
	if found >= 0 {
		r.hide(off)
		r.chain = crcChain{}
		return found, r.hiddenRecords(found, off, "a length of zero")
	}
	return endOfSegment, r.faultAt(WALTailNoise, noise, 0, "bytes that are no record",
		fmt.Sprintf("zeros from %+#x on", off))
}

// badLength handles a length that cannot be true.
func (r *walReader) badLength(w *window, off int64, f frame) (next int64, err error) {
	found, err := r.resync(w, 0, off+frameHeader)
	if err != nil {
		return 0, err
	}
	r.hide(off)
	if found >= 0 {
		r.chain = crcChain{}
		if err := r.faultAt(WALFrame, off, r.lastKnown(), f.String(), "the length of a record"); err != nil {
			return 0, err
		}
		return found, r.hiddenRecords(found, off, "an impossible length")
	}
	if r.last && f.rec > 0 {
		return endOfSegment, r.torn(off, fmt.Sprintf("a record of %d bytes with %d left", f.rec, w.size-off-frameHeader))
	}
	r.chain = crcChain{}
	return endOfSegment, r.faultAt(WALFrame, off, r.lastKnown(), f.String(), "the length of a record")
}

// badRecord handles a record that does not parse, or fails in a way that a torn write explains.
func (r *walReader) badRecord(w *window, off int64, f frame, zeroSector bool, kind FaultKind, got string) (next int64, err error) {
	found, err := r.resync(w, off+f.size(), off+frameHeader)
	if err != nil {
		return 0, err
	}
	r.hide(off)
	if found < 0 {
		if r.last && zeroSector {
			return endOfSegment, r.torn(off, "a record with a sector of zeros")
		}
		r.chain = crcChain{}
		return endOfSegment, r.faultAt(kind, off, r.lastKnown(), got, "a record that fits its checksum")
	}
	r.chain = crcChain{}
	if err := r.faultAt(kind, off, r.lastKnown(), got, "a record that fits its checksum"); err != nil {
		return 0, err
	}
	if !zeroSector {
		return found, nil
	}
	return found, r.hiddenRecords(found, off, "a sector of zeros")
}

func (r *walReader) hiddenRecords(found, stop int64, why string) error {
	return r.faultAt(WALHiddenRecords, found, r.lastKnown(),
		fmt.Sprintf("valid records behind %s at %+#x", why, stop), "the end of the log")
}

// firstNonZero returns the offset of the first byte from off on that is not zero, -1 when all are.
func (r *walReader) firstNonZero(w *window, off int64) (int64, error) {
	end := w.size
	if w.zeros > 0 { // a segment is made with room for all that is to come
		end = min(end, w.zeros)
	}
	for off < end {
		if err := r.ctx.Err(); err != nil {
			return 0, err
		}
		n := min(windowBytes, end-off)
		b, err := w.bytes(off, n)
		if err != nil {
			return 0, err
		}
		if !allZero(b) {
			for i, c := range b {
				if c != 0 {
					return off + int64(i), nil
				}
			}
		}
		off += n
	}
	return -1, nil
}
