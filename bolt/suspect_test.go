package bolt

import (
	"strings"
	"testing"
)

// TestShowSuspect: numbers are shown, and of every other key its length and hash alone.
func TestShowSuspect(t *testing.T) {
	number := func(n byte) string { return strings.Repeat("\x00", 7) + string([]byte{n}) }
	whole := number(5) + "_" + number(0)
	for key, want := range map[string]string{
		whole:                        "0x00000000000000055f0000000000000000",
		whole + "t":                  "0x00000000000000055f000000000000000074",
		whole + "\x00":               "0x00000000000000055f000000000000000000",
		whole + "t\x00":              "0x00000000000000055f00000000000000007400",
		whole + "tt":                 "19 bytes (sha256 f76c91e6f6c0)",
		whole + "\n":                 "18 bytes (sha256 8c8d727fb8eb)",
		number(5) + "-" + number(0):  "17 bytes (sha256 69d1a3254dd5)",
		"12345678_" + number(0):      "17 bytes (sha256 69f287f7f510)",
		number(5) + "_" + "12345678": "17 bytes (sha256 768a70a15005)",
		"":                           "0 bytes (sha256 e3b0c44298fc)",
		"abc":                        "3 bytes (sha256 ba7816bf8f01)",
		strings.Repeat("x", 200):     "200 bytes (sha256 aa20c23e3201)",
	} {
		if got := ShowSuspect([]byte(key)); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
}
