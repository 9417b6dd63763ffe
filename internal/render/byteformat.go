package render

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// ByteFormats names the ways in which keys and values of a page are shown; the first
// is the default. Source: bbolt v1.5.0, cmd/bbolt (--format).
func ByteFormats() []string { return []string{"auto", "ascii", "hex", "bytes", "redacted"} }

// byteValue is b in one of [ByteFormats]: auto is printable text as it is and all else
// in hex; ascii is a quoted string; bytes are the bytes, exact in every format;
// redacted is their number and their hash.
func byteValue(b []byte, format string) Value {
	switch format {
	case "ascii":
		return Text(strconv.QuoteToASCII(string(b)))
	case "hex":
		return Text(hex.EncodeToString(b))
	case "bytes":
		return Key(b)
	case "redacted":
		return Text(fmt.Sprintf("%d bytes, sha256 %x", len(b), sha256.Sum256(b)))
	}
	if len(b) > 0 && isPrintable(string(b), false) {
		return Key(b)
	}
	return Text("0x" + hex.EncodeToString(b))
}
