package datadir

import (
	"cmp"
	"fmt"
	"slices"
)

// listSegments lists the segments of dir by sequence number.
func listSegments(dir string) ([]Segment, error) {
	entries, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	return segmentsOf(entries), nil
}

func segmentsOf(entries []nameEntry) []Segment {
	var segments []Segment
	for _, e := range entries {
		if seq, index, ok := ParseSegmentName(e.name); ok && e.regular {
			segments = append(segments, Segment{Name: e.name, Seq: seq, Index: index, Size: e.size})
		}
	}
	slices.SortFunc(segments, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Index, b.Index))
	})
	return segments
}

func (r *walReader) readSegment(path string) error {
	f, err := openRead(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("size of %s: %w", path, err)
	}
	r.seg.Size = info.Size()
	return r.readFrames(&window{r: f, name: path, size: info.Size(), zeros: zerosFrom(f, info.Size())})
}

// readFrames follows the chain of frames, and finds its way back into it behind damage.
func (r *walReader) readFrames(w *window) error {
	r.probe = newProber(w)
	for off := int64(0); off >= 0; {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		next, err := r.readFrame(w, off)
		if err != nil {
			return err
		}
		off = next
	}
	return nil
}

// endOfSegment as an offset says that no frame follows.
const endOfSegment = -1

// readFrame reads the frame at off and returns where the next one is.
func (r *walReader) readFrame(w *window, off int64) (next int64, err error) {
	word, ok, err := w.word(off)
	if err != nil {
		return 0, err
	}
	rest := w.size - off
	switch {
	case rest == 0:
		return endOfSegment, nil
	case !ok:
		return endOfSegment, r.cutFrame(off, fmt.Sprintf("%d bytes", rest))
	case word == 0:
		return r.zeroLength(w, off)
	}
	f := parseFrame(word)
	if f.rec == 0 || f.rec > maxRecord || f.rec > rest-frameHeader {
		return r.badLength(w, off, f)
	}
	// The padding of the last record may be cut off with the file; the record itself is whole.
	n := min(frameHeader+f.rec+alignedPad(f.rec), rest)
	body, err := w.bytes(off, n)
	if err != nil {
		return 0, err
	}
	return r.readBody(w, off, f, body[frameHeader:])
}

// readBody takes in the record of a frame whose length can be true. body holds the padding, too.
func (r *walReader) readBody(w *window, off int64, f frame, body []byte) (next int64, err error) {
	rec := WALRecord{File: r.seg.Name, Off: off, Size: frameHeader + int64(len(body))}
	zeroSector := hasZeroSector(body, off+frameHeader)
	cut := int64(len(body)) < f.rec+alignedPad(f.rec)
	parseErr := parseEnvelope(body[:f.rec], &rec)
	if parseErr != nil || !rec.Type.known() && !f.wellFormed() {
		return r.badRecord(w, off, f, zeroSector, WALParse, fmt.Sprint(parseErr))
	}
	if rec.Type == RecordCRC {
		if err := r.crcRecord(&rec); err != nil {
			return 0, err
		}
	} else {
		saved := r.chain
		ok, want := r.chain.check(&rec)
		if !ok {
			if !f.wellFormed() || zeroSector || !rec.Type.known() {
				r.chain = saved
				return r.badRecord(w, off, f, zeroSector, WALCRC, fmt.Sprintf("checksum %08x", want))
			}
			return r.badChecksum(w, f, &rec, want)
		}
		rec.CRCOK = true
	}
	if cut {
		return endOfSegment, r.cutFrame(off, "a record whose padding is cut")
	}
	if err := r.take(&rec); err != nil {
		return 0, err
	}
	return off + rec.Size, r.padding(&rec, f, body[f.rec:])
}

// padding checks what only etcd's own arithmetic depends on. A reader that believes pad bits which
// do not align the next frame loses the chain there, so the rest is hidden from etcd.
func (r *walReader) padding(rec *WALRecord, f frame, pad []byte) error {
	if !f.wellFormed() {
		err := r.faultAt(WALPadding, rec.Off, 0, f.String(), fmt.Sprintf("%d pad bytes", alignedPad(f.rec)))
		if f.pad != alignedPad(f.rec) {
			r.hide(rec.Off + rec.Size)
		}
		return err
	}
	if !allZero(pad) {
		return r.faultAt(WALPadding, rec.Off+rec.Size-int64(len(pad)), 0, fmt.Sprintf("%x", pad), "zeros")
	}
	return nil
}

// crcRecord continues the chain across the start of a segment.
func (r *walReader) crcRecord(rec *WALRecord) error {
	want, known := r.chain.sum, r.chain.known
	rec.CRCOK = !known || rec.CRC == want || r.chain.hasAlt && rec.CRC == r.chain.alt
	if r.gap != nil {
		continues := known && rec.CRCOK
		r.chain = crcChain{known: true, sum: rec.CRC}
		err := r.resolveGap(continues)
		r.chain = crcChain{known: true, sum: rec.CRC}
		return err
	}
	r.chain = crcChain{known: true, sum: rec.CRC}
	if rec.CRCOK {
		return nil
	}
	r.chain.alt, r.chain.hasAlt = want, true
	if want != 0 { // etcd does not compare with 0: a fresh decoder has that value
		r.hide(rec.Off)
	}
	return r.faultAt(WALCRCRecord, rec.Off, r.log.last, fmt.Sprintf("checksum %08x", rec.CRC),
		fmt.Sprintf("%08x, the value at the end of the segment before", want))
}

// badChecksum reports a record whose data does not fit its checksum, and goes on behind it.
func (r *walReader) badChecksum(w *window, f frame, rec *WALRecord, want uint32) (next int64, err error) {
	index := uint64(0)
	if parsePayload(rec) == nil && rec.Type == RecordEntry {
		index = rec.Entry.Index
	}
	r.hide(rec.Off)
	if err := r.faultAt(WALCRC, rec.Off, index, fmt.Sprintf("%s record with checksum %08x", rec.Type, rec.CRC),
		fmt.Sprintf("%08x", want)); err != nil {
		return 0, err
	}
	if err := r.show(rec); err != nil {
		return 0, err
	}
	next = min(rec.Off+f.size(), w.size) // the padding may be cut off
	word, more, err := w.word(next)
	if err != nil || !more || word == 0 || r.probe.plausible(next, parseFrame(word), r.lastKnown()) {
		return next, err
	}
	found, err := r.resync(w, 0, rec.Off+frameHeader)
	if found != next {
		r.chain = crcChain{}
	}
	return found, err
}
