package bolt

import (
	"bytes"
	"strings"
	"testing"
)

// TestFaultCodes: codes are an interface. They are unique, and of the form layer.what.
func TestFaultCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range FaultKinds() {
		code := k.String()
		layer, what, ok := strings.Cut(code, ".")
		if !ok || layer == "" || what == "" || code != strings.ToLower(code) || seen[code] {
			t.Errorf("code %q", code)
		}
		seen[code] = true
	}
	if FaultKind(0).String() != "bolt.unknown" || faultKindEnd.String() != "bolt.unknown" {
		t.Error("other kinds have no code")
	}
}

func TestFaultText(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		want  string
	}{
		{Fault{Kind: FileTail, Page: NoPgid, Elem: -1, Off: 4096, Got: "data", Want: "zeros", Parent: NoPgid},
			"(+0x1000): file.tail: got data, want zeros"},
		{Fault{Kind: PageKeyOrder, Page: 7, Elem: 2, Off: 28, Got: `"a"`, Want: `greater than "b"`, Bucket: "key"},
			`page 7 element 2 (+0x1c): page.key-order: got "a", want greater than "b" [bucket key]`},
		{Fault{Kind: PageID, Page: NoPgid, Elem: -1, Off: -1, Got: "1"}, "page.id: got 1"},
	} {
		if got := c.fault.Error(); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

// TestShowKey: what is shown is short, and never a control character.
func TestShowKey(t *testing.T) {
	for key, want := range map[string]string{
		"":                       `""`,
		"plain":                  `"plain"`,
		`quo"te`:                 `"quo\"te"`,
		"\x1b[31m":               "0x1b5b33316d",
		"é":                      "0xc3a9",
		strings.Repeat("x", 100): `"` + strings.Repeat("x", 48) + `"… (100 bytes)`,
	} {
		if got := ShowKey([]byte(key)); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
	if got := (KeyRange{Hi: []byte("b")}).String(); got != "[start, 1 bytes (sha256 3e23e8160039))" {
		t.Errorf("got %s", got)
	}
	if got := (&Bucket{Path: [][]byte{[]byte("a"), {0, 1}}}).String(); got != "a/0x0001" {
		t.Errorf("got %s", got)
	}
}

func TestFirstNonZero(t *testing.T) {
	b := make([]byte, 2*len(zeros)+5)
	if got := firstNonZero(b); got != -1 {
		t.Errorf("zeros: got %d", got)
	}
	for _, at := range []int{0, 1, len(zeros) - 1, len(zeros), len(b) - 1} {
		c := bytes.Clone(b)
		c[at] = 0x80
		if got := firstNonZero(c); got != at {
			t.Errorf("got %d, want %d", got, at)
		}
	}
}
