package mvccview

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// errLongJSON is the answer to JSON that etcd would never write.
var errLongJSON = errors.New("longer than 64 KiB")

// maxText is how much of a short text value (a version, a flag) is looked at
// or shown.
const maxText = 64

// clipText is b as text, cut at maxText bytes plus one, so that a text that is
// too long does not turn into one that parses.
func clipText(b []byte) string {
	if len(b) > maxText {
		return string(b[:maxText]) + "\x00"
	}
	return string(b)
}

// quoteClipped shows a value that is no secret, cut at maxText bytes.
func quoteClipped(b []byte) string {
	if len(b) > maxText {
		return strconv.QuoteToASCII(string(b[:maxText])) + "… (" + strconv.Itoa(len(b)) + " bytes)"
	}
	return strconv.QuoteToASCII(string(b))
}

// jsonTrouble says why b did not decode, without showing its bytes.
func jsonTrouble(b []byte, err error) string {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("%d bytes: not JSON at byte %d", len(b), syntax.Offset)
	case errors.As(err, &typ):
		return fmt.Sprintf("%d bytes: wrong type at byte %d", len(b), typ.Offset)
	}
	return fmt.Sprintf("%d bytes: %v", len(b), err)
}
