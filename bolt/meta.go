package bolt

import (
	"encoding/binary"
	"hash/fnv"
)

// Meta is a decoded meta structure; nothing in it has been judged.
type Meta struct {
	Magic, Version, PageSize, Flags uint32
	Root                            Pgid
	Sequence                        uint64
	Freelist, HighWater             Pgid
	Txid                            Txid
	Checksum                        uint64
}

// ParseMeta decodes the first 64 bytes of b; ok is false if there are fewer.
func ParseMeta(b []byte) (m Meta, ok bool) {
	if len(b) < MetaSize {
		return m, false
	}
	le := binary.LittleEndian
	return Meta{
		Magic: le.Uint32(b), Version: le.Uint32(b[4:]), PageSize: le.Uint32(b[8:]), Flags: le.Uint32(b[12:]),
		Root: Pgid(le.Uint64(b[16:])), Sequence: le.Uint64(b[24:]),
		Freelist: Pgid(le.Uint64(b[32:])), HighWater: Pgid(le.Uint64(b[40:])),
		Txid: Txid(le.Uint64(b[48:])), Checksum: le.Uint64(b[56:]),
	}, true
}

// Append encodes m behind b as it is, checksum included.
func (m Meta) Append(b []byte) []byte {
	le := binary.LittleEndian
	for _, w := range []uint32{m.Magic, m.Version, m.PageSize, m.Flags} {
		b = le.AppendUint32(b, w)
	}
	for _, w := range []uint64{uint64(m.Root), m.Sequence, uint64(m.Freelist), uint64(m.HighWater), uint64(m.Txid), m.Checksum} {
		b = le.AppendUint64(b, w)
	}
	return b
}

// Sum is the checksum that m's fields ask for: FNV-1a 64 over all but the last.
func (m Meta) Sum() uint64 {
	h := fnv.New64a()
	h.Write(m.Append(make([]byte, 0, MetaSize))[:MetaSize-8])
	return h.Sum64()
}

// FreelistPersisted tells whether the meta names a freelist page. etcd on Linux
// never persists one: then a free page cannot be told from a leaked one.
func (m Meta) FreelistPersisted() bool { return m.Freelist != NoPgid }

// MetaSlot is what was found in one of the two meta pages.
type MetaSlot struct {
	Meta   Meta
	Valid  bool    // magic, version and checksum are right: bbolt would accept it
	Faults []Fault // all that is wrong with it, also where bbolt does not look
	Off    int64   // byte offset of the meta structure in the file
}

// checkMeta reads and judges the meta page id of a file with the given page size.
func (f *File) checkMeta(id Pgid, pageSize int) (MetaSlot, error) {
	slot := MetaSlot{Off: int64(id)*int64(pageSize) + PageHeaderSize}
	b, err := f.bytesAt(int64(id)*int64(pageSize), PageHeaderSize+MetaSize)
	if err != nil {
		return slot, err
	}
	note := func(kind FaultKind, field int64, got, want string) {
		slot.Faults = append(slot.Faults, fault(kind, id, slot.Off+field, got, want))
	}
	if len(b) < PageHeaderSize+MetaSize {
		note(MetaMagic, 0, "end of file", hex(Magic))
		return slot, nil
	}
	m, _ := ParseMeta(b[PageHeaderSize:])
	slot.Meta = m
	switch sum := m.Sum(); {
	case m.Magic != Magic:
		note(MetaMagic, 0, hex(uint64(m.Magic)), hex(Magic))
	case m.Version != Version:
		note(MetaVersion, 4, dec(m.Version), dec(uint32(Version)))
	case m.Checksum != sum:
		note(MetaChecksum, 56, hex(m.Checksum), hex(sum))
	default:
		slot.Valid = true
	}
	if slot.Valid {
		checkMetaFields(m, note)
	}
	checkMetaHeader(b, id, note)
	return slot, nil
}

// checkMetaHeader judges the page header in front of a meta, which bbolt writes but
// never reads.
func checkMetaHeader(b []byte, id Pgid, note func(kind FaultKind, field int64, got, want string)) {
	switch h, _ := ParsePageHeader(b); {
	case h.ID != id:
		note(MetaPageHeader, -16, "id "+dec(h.ID), "id "+dec(id))
	case h.Flags != FlagMeta:
		note(MetaPageHeader, -8, "flags "+h.Flags.String(), "flags meta")
	case h.Count != 0:
		note(MetaPageHeader, -6, "count "+dec(h.Count), "count 0")
	case h.Overflow != 0:
		note(MetaPageHeader, -4, "overflow "+dec(h.Overflow), "overflow 0")
	}
}

// checkMetaFields judges the fields of a valid meta against each other. What they
// say of the file is judged by the walk.
func checkMetaFields(m Meta, note func(kind FaultKind, field int64, got, want string)) {
	if m.HighWater < 4 || m.HighWater > 1<<51 {
		note(MetaHighWater, 40, dec(m.HighWater), "4 or more, and a page that a file can have")
		return
	}
	if m.Root < 2 || m.Root >= m.HighWater {
		note(MetaRoot, 16, dec(m.Root), "a page in [2, "+dec(m.HighWater)+")")
	}
	if m.FreelistPersisted() && (m.Freelist < 2 || m.Freelist >= m.HighWater) {
		note(MetaFreelist, 32, dec(m.Freelist), "a page in [2, "+dec(m.HighWater)+"), or none")
	}
}

// choose picks the meta that bbolt would use and says why.
// Source: bbolt v1.5.0, db.go meta(): the higher txid if valid, else the other.
func (f *File) choose() error {
	a, b := &f.metas[0], &f.metas[1]
	switch {
	case !a.Valid && !b.Valid:
		none := fault(MetaNone, NoPgid, a.Off, "meta 0: "+a.Faults[0].Kind.String()+", meta 1: "+b.Faults[0].Kind.String(), "a valid meta")
		none.Page = 0
		return none
	case !a.Valid:
		f.live, f.choice = 1, "meta 0 is not valid"
	case !b.Valid:
		f.live, f.choice = 0, "meta 1 is not valid"
	case b.Meta.Txid > a.Meta.Txid:
		f.live, f.choice = 1, "meta 1 has the higher txid"
	case b.Meta.Txid == a.Meta.Txid:
		f.live, f.choice = 0, "both have the same txid, and meta 0 comes first"
	default:
		f.live, f.choice = 0, "meta 0 has the higher txid"
	}
	f.checkTxids()
	for i := range f.metas[1-f.live].Faults {
		f.metas[1-f.live].Faults[i].Fallback = true
	}
	return nil
}

// checkTxids looks at the distance of the two txids. One transaction apart is the
// rule; two apart is what the first commit after a restored snapshot of an odd
// txid leaves, because a snapshot puts the newer meta first whatever its parity.
func (f *File) checkTxids() {
	a, b := f.metas[0], f.metas[1]
	if !a.Valid || !b.Valid {
		return
	}
	hi, lo := max(a.Meta.Txid, b.Meta.Txid), min(a.Meta.Txid, b.Meta.Txid)
	if d := hi - lo; d == 0 || d > 2 {
		live := &f.metas[f.live]
		live.Faults = append(live.Faults, fault(MetaTxid, Pgid(f.live), live.Off+48,
			dec(a.Meta.Txid)+" and "+dec(b.Meta.Txid), "two transactions that follow each other"))
	}
}
