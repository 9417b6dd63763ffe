package datadir

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"strings"
)

// A verdict is what a file's content looks like.
type verdict struct {
	kind        Kind
	compression string // "gzip", "zstd" or "zip": unpack and look again
	reason, try string // for kinds that are refused
	look        boltLook
}

const sniffBytes = 64 << 10

const (
	tryOther  = "check that this is the path of the backup"
	tryUnpack = "unpack it and name the file inside"
	tryOne    = "unpack it and name one of the files inside"
)

// magics are files that are told by their first bytes.
var magics = []struct {
	magic, compression string
	kind               Kind
	reason, try        string
}{
	{magic: "\x1f\x8b\x08", compression: "gzip"},
	{magic: "\x28\xb5\x2f\xfd", compression: "zstd"},
	{magic: "PK\x03\x04", compression: "zip"},
	{"PK\x05\x06", "", KindArchive, "an empty zip file", tryOther},
	{"\xfd7zXZ\x00", "", KindCompressed, "an xz file", tryUnpack},
	{"BZh", "", KindCompressed, "a bzip2 file", tryUnpack},
	{"\x04\x22\x4d\x18", "", KindCompressed, "an lz4 file", tryUnpack},
	{"7z\xbc\xaf\x27\x1c", "", KindCompressed, "a 7z archive", tryUnpack},
	{"age-encryption.org/v1", "", KindEncrypted, "encrypted with age", "decrypt it with age --decrypt"},
	{"-----BEGIN AGE ENCRYPTED FILE-----", "", KindEncrypted, "encrypted with age", "decrypt it with age --decrypt"},
	{"-----BEGIN PGP MESSAGE-----", "", KindEncrypted, "encrypted with gpg", "decrypt it with gpg --decrypt"},
	{"\x8c\x0d\x04", "", KindEncrypted, "encrypted with gpg", "decrypt it with gpg --decrypt"},
	{"\xc3\x0d\x04", "", KindEncrypted, "encrypted with gpg", "decrypt it with gpg --decrypt"},
	{"Salted__", "", KindEncrypted, "encrypted with openssl enc", "decrypt it with openssl enc -d"},
	{"$ANSIBLE_VAULT;", "", KindEncrypted, "encrypted with ansible-vault", "decrypt it with ansible-vault decrypt"},
	{"LUKS\xba\xbe", "", KindEncrypted, "an encrypted LUKS volume", tryOther},
	{"\x7fELF", "", KindExecutable, "an ELF program", tryOther},
	{"\xcf\xfa\xed\xfe", "", KindExecutable, "a Mach-O program", tryOther},
	{"SQLite format 3\x00", "", KindSQLite, "an SQLite database", "kine's data is not in etcd's format"},
}

// sniff says what the content of r is. name is used for nothing but to tell a damaged log segment
// or .snap file from garbage.
func sniff(ctx context.Context, r io.ReaderAt, size int64, name string) (verdict, error) {
	if size == 0 {
		return verdict{kind: KindEmpty, reason: "empty file (0 bytes)", try: "take the backup again"}, nil
	}
	look := lookBolt(r, size)
	if look.certain {
		return boltVerdict(look, size), nil
	}
	head := make([]byte, min(size, sniffBytes))
	n, err := r.ReadAt(head, 0)
	if n < len(head) && err != nil && err != io.EOF {
		return verdict{}, err
	}
	head = head[:n]
	if v, ok := sniffMagic(head); ok {
		return v, nil
	}
	if look.bolt {
		return boltVerdict(look, size), nil
	}
	if look.bigEndian {
		return verdict{kind: KindBigEndian, reason: "a bolt file written on a big-endian machine",
			try: "only etcd on a machine of that byte order, such as s390x, can read it"}, nil
	}
	if v, ok := sniffEtcd(r, head, size, name); ok {
		return v, nil
	}
	if v, ok := sniffText(head, size); ok {
		return v, nil
	}
	return sniffZeros(ctx, r, head, size)
}

// boltVerdict tells a snapshot from a bare db by the only mark there is.
//
// Source: etcdutl v3.7.3 snapshot/v3_snapshot.go (hasChecksum).
func boltVerdict(look boltLook, size int64) verdict {
	if size%512 == trailerBytes {
		return verdict{kind: KindSnapshot, look: look}
	}
	return verdict{kind: KindDB, look: look}
}

func sniffMagic(head []byte) (verdict, bool) {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return verdict{kind: m.kind, compression: m.compression, reason: m.reason, try: m.try}, true
		}
	}
	// A gpg packet for a public key: tag 1, two length bytes, version 3.
	if len(head) > 4 && head[0] == 0x85 && head[3] == 3 {
		return verdict{kind: KindEncrypted, reason: "encrypted with gpg", try: "decrypt it with gpg --decrypt"}, true
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return verdict{kind: KindTar, reason: "a tar archive", try: tryUnpack}, true
	}
	return verdict{}, false
}

// sniffEtcd recognises the other files of a member directory.
func sniffEtcd(r io.ReaderAt, head []byte, size int64, name string) (verdict, bool) {
	segment := verdict{kind: KindWALSegment, reason: "one segment of etcd's log (.wal), which is no database",
		try: "name the member directory, or the directory of all segments"}
	snap := verdict{kind: KindSnapFile, reason: "a raft snapshot file (.snap), which holds no keys",
		try: "name the db beside it, or the member directory"}
	if looksLikeSegment(head) {
		return segment, true
	}
	if size <= maxSnapFile {
		b := head
		if size > int64(len(head)) && size <= 16<<20 && head[0] == 0x08 {
			b = make([]byte, size)
			if n, _ := r.ReadAt(b, 0); int64(n) < size {
				b = b[:n]
			}
		}
		if crc, data, err := parseSnapFrame(b); err == nil && len(data) > 0 && crc32.Checksum(data, castagnoli) == crc {
			return snap, true
		}
	}
	if _, _, ok := ParseSegmentName(name); ok && !allZero(head) {
		segment.reason = "named like a segment of etcd's log (.wal)"
		return segment, true
	}
	if _, _, ok := ParseSnapName(name); ok && !allZero(head) {
		snap.reason = "named like a raft snapshot file (.snap)"
		return snap, true
	}
	return verdict{}, false
}

// looksLikeSegment reports whether head begins with a crc record in a frame.
func looksLikeSegment(head []byte) bool {
	w := window{r: bytes.NewReader(head), size: int64(len(head))}
	word, ok, err := w.word(0)
	if err != nil || !ok {
		return false
	}
	f := parseFrame(word)
	if !f.wellFormed() || f.rec > 32 || f.rec > w.size-frameHeader {
		return false
	}
	b, err := w.bytes(frameHeader, f.rec)
	if err != nil {
		return false
	}
	e, ok := parseHead(b, frameHeader, f.rec)
	return ok && e.typ == RecordCRC && e.bytes == 0
}

// sniffZeros tells a file of zeros from an unknown one. Holes are skipped where the file system
// knows them, so that a sparse file of terabytes costs nothing; of the rest it reads a part.
func sniffZeros(ctx context.Context, r io.ReaderAt, head []byte, size int64) (verdict, error) {
	unknown := verdict{kind: KindUnknown, reason: "neither a bolt file nor anything else that is known", try: tryOther}
	if !allZero(head) {
		return unknown, nil
	}
	zeros := verdict{kind: KindZero, reason: "a file of zeros only", try: "take the backup again; the disk or the copy lost its content"}
	const readLimit = 1 << 30
	buf := make([]byte, windowBytes)
	read := 0
	for off := int64(0); off < size && read < readLimit; {
		if err := ctx.Err(); err != nil {
			return verdict{}, err
		}
		data := nextData(r, off, size)
		if data >= size {
			return zeros, nil
		}
		n, err := r.ReadAt(buf[:min(windowBytes, size-data)], data)
		if !allZero(buf[:n]) {
			unknown.reason = "zeros at the beginning, and no bolt file behind them"
			return unknown, nil
		}
		if n == 0 && err != nil {
			return verdict{}, err
		}
		read += n
		off = data + int64(n)
	}
	return zeros, nil
}

// refuse turns a verdict that is not accepted into an error.
func (v verdict) refuse(path string) error {
	return &RefusedError{Path: path, Kind: v.kind, Reason: strings.TrimSpace(v.reason), Try: v.try}
}
