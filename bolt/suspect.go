package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// ShowHashed shows bytes by their length and the beginning of their sha256: enough to
// tell two of them apart, and none of them is shown.
func ShowHashed(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%d bytes (sha256 %x)", len(b), sum[:6])
}

// ShowSuspect shows a key of an element that may be damaged. A wrong position or length
// makes a key out of the bytes of a value, which may be a secret. So only a key that
// consists of numbers is shown as [ShowKey] shows it, any other as [ShowHashed] does.
func ShowSuspect(k []byte) string {
	if Numbered(k) {
		return ShowKey(k)
	}
	return ShowHashed(k)
}

// Lengths of a numbered key: two numbers of 8 bytes with a byte between them.
const (
	numberLen   = 8
	numberedLen = 2*numberLen + 1
	saneNumber  = 1 << 40 // what text or a message has in place of a number is above it
)

// Numbered tells whether a key is two small numbers with '_' between them, perhaps with
// the mark 't' behind them, and perhaps with the zero byte of a bound behind a key. Such
// a key cannot be the bytes of a text or of a message.
func Numbered(k []byte) bool {
	if len(k) < numberedLen || k[numberLen] != '_' {
		return false
	}
	behind := bytes.TrimPrefix(k[numberedLen:], []byte("t"))
	return len(bytes.TrimPrefix(behind, []byte{0})) == 0 &&
		binary.BigEndian.Uint64(k) < saneNumber && binary.BigEndian.Uint64(k[numberLen+1:]) < saneNumber
}
