package datadir

import (
	"encoding/binary"
	"hash/crc32"

	"google.golang.org/protobuf/encoding/protowire"
)

// resync looks for the next frame that etcd's encoder must have written: an 8-aligned, well-formed
// length, a record of a known type that fills it exactly, and a following record that continues its
// checksum. The last record of a segment has no follower; it must make sense by itself. The offset
// first is tried before all from offset `from` on; 0 means no such guess. It returns endOfSegment
// when there is none.
//
// The work is bounded: crafted bytes that look like frames everywhere must not cost more than a
// fixed number of passes over the segment.
func (r *walReader) resync(w *window, first, from int64) (int64, error) {
	p := r.probe
	if first > 0 {
		if word, ok, err := w.word(first); err != nil {
			return 0, err
		} else if ok && p.plausible(first, parseFrame(word), r.lastKnown()) {
			return first, nil
		}
	}
	for off := (from + 7) &^ 7; w.size-off >= frameHeader && p.budget > 0; {
		if err := r.ctx.Err(); err != nil {
			return 0, err
		}
		n := min(windowBytes, w.size-off) &^ 7
		b, err := w.bytes(off, n)
		if err != nil {
			return 0, err
		}
		p.budget -= n
		for i := int64(0); i < n && p.budget > 0; i += 8 {
			word := binary.LittleEndian.Uint64(b[i:])
			if word != 0 && p.plausible(off+i, parseFrame(word), r.lastKnown()) {
				return off + i, nil
			}
		}
		off += n
	}
	return endOfSegment, nil
}

// A prober judges candidates for a frame within a budget of bytes looked at. It has a buffer of its
// own, so that a far look ahead does not throw the scan's away.
type prober struct {
	window
	budget int64
}

func newProber(w *window) *prober {
	return &prober{window: window{r: w.r, name: w.name, size: w.size}, budget: 8*w.size + 64*windowBytes}
}

func (p *prober) look(off, n int64) ([]byte, bool) {
	if p.budget -= n; p.budget <= 0 {
		return nil, false
	}
	if off < p.base || off+n > p.base+int64(len(p.buf)) {
		p.budget -= max(n, windowBytes)
	}
	b, err := p.bytes(off, n)
	return b, err == nil
}

// envelope is a record taken apart without touching its data.
type envelope struct {
	typ         RecordType
	crc         uint32
	data, bytes int64 // file offset and length of the data
}

// plausible judges the frame at off.
func (p *prober) plausible(off int64, f frame, lastIndex uint64) bool {
	a, ok := p.envelope(off, f)
	if !ok {
		return false
	}
	next := off + f.size()
	if p.size-next >= frameHeader {
		b, ok := p.look(next, frameHeader)
		if !ok {
			return false
		}
		if word := binary.LittleEndian.Uint64(b); word != 0 {
			return p.continues(a, next, parseFrame(word))
		}
	}
	return p.sensible(a, lastIndex)
}

// envelope parses the head of a record: type, crc and the length of data, which fills the record.
func (p *prober) envelope(off int64, f frame) (envelope, bool) {
	if !f.wellFormed() || f.rec < 4 || f.rec > maxRecord || f.size() > p.size-off {
		return envelope{}, false
	}
	const longestHead = 32
	b, ok := p.look(off+frameHeader, min(f.rec, longestHead))
	if !ok {
		return envelope{}, false
	}
	return parseHead(b, off+frameHeader, f.rec)
}

// parseHead parses the fields of walpb.Record in the order that every encoder writes them.
func parseHead(b []byte, off, rec int64) (e envelope, ok bool) {
	at := int64(0)
	varint := func(tag byte) uint64 {
		if at >= int64(len(b)) || b[at] != tag {
			at = rec + 1
			return 0
		}
		v, n := protowire.ConsumeVarint(b[at+1:])
		if n < 0 {
			at = rec + 1
			return 0
		}
		at += 1 + int64(n)
		return v
	}
	e.typ = RecordType(varint(0x08))
	crc := varint(0x10)
	e.crc = uint32(crc)
	if at != rec {
		length := varint(0x1a)
		if length > uint64(rec) {
			return e, false
		}
		e.data, e.bytes = off+at, int64(length)
		at += int64(length)
	}
	return e, at == rec && e.typ.known() && crc>>32 == 0
}

// continues reports whether the frame at next is a record whose checksum follows from a's.
func (p *prober) continues(a envelope, next int64, f frame) bool {
	b, ok := p.envelope(next, f)
	if !ok {
		return false
	}
	if b.typ == RecordCRC {
		return a.crc == b.crc
	}
	data, ok := p.look(b.data, b.bytes)
	return ok && crc32.Update(a.crc, castagnoli, data) == b.crc
}

// sensible judges a record that nothing follows by its content. An entry must be near the last
// index that was read: random bytes seldom are.
func (p *prober) sensible(a envelope, lastIndex uint64) bool {
	const near = 1 << 20
	data, ok := p.look(a.data, a.bytes)
	if !ok {
		return false
	}
	rec := WALRecord{Type: a.typ, Data: data}
	if parsePayload(&rec) != nil {
		return false
	}
	switch a.typ {
	case RecordEntry:
		i := rec.Entry.Index
		return i > 0 && rec.Entry.Term > 0 && (lastIndex == 0 || i <= lastIndex+near && i+near >= lastIndex)
	case RecordState:
		return rec.State.Term > 0 && (lastIndex == 0 || rec.State.Commit <= lastIndex+near)
	case RecordMetadata:
		return rec.Metadata.NodeID != 0 && rec.Metadata.ClusterID != 0
	case RecordSnapshot:
		return rec.Snapshot.Index > 0 && rec.Snapshot.Term > 0
	}
	return false
}
