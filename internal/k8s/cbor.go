package k8s

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// cborMark is the self-described tag 55799, with which Kubernetes begins what
// it stores in CBOR. Source: k8s.io/apimachinery 0.37
// pkg/runtime/serializer/cbor.
var cborMark = []byte{0xd9, 0xd9, 0xf7}

func isCBOR(b []byte) bool { return bytes.HasPrefix(b, cborMark) }

// parseCBOR reads one CBOR value with nothing after it, in the subset that
// Kubernetes writes: text may be a byte string, bytes carry the tag of their
// text form, lengths are definite.
func parseCBOR(b []byte) (any, error) {
	r := cborReader{b: b}
	v, ok := r.value(0)
	if !ok || r.at != len(b) {
		return nil, &DamageError{Off: r.at, In: "CBOR", Reason: "it is not well-formed, or of a kind that Kubernetes does not write"}
	}
	return v, nil
}

type cborReader struct {
	b     []byte
	at    int
	parts int
}

// Major types of CBOR. Source: RFC 8949, section 3.1.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

// head reads the first bytes of an item: its type, the five bits of
// additional information and the argument.
func (r *cborReader) head() (major, info byte, arg uint64, ok bool) {
	if r.at >= len(r.b) {
		return 0, 0, 0, false
	}
	major, info = r.b[r.at]>>5, r.b[r.at]&31
	r.at++
	if info < 24 {
		return major, info, uint64(info), true
	}
	size := 1 << (info - 24)
	if info > 27 || len(r.b)-r.at < size {
		return 0, 0, 0, false
	}
	var wide [8]byte
	copy(wide[8-size:], r.b[r.at:r.at+size])
	r.at += size
	return major, info, binary.BigEndian.Uint64(wide[:]), true
}

func (r *cborReader) value(depth int) (any, bool) {
	major, info, arg, ok := r.head()
	if r.parts++; !ok || depth > maxDepth || r.parts > maxParts {
		return nil, false
	}
	switch major {
	case cborUint:
		return json.Number(strconv.FormatUint(arg, 10)), true
	case cborNegative:
		return json.Number(strconv.FormatInt(-1-int64(arg), 10)), arg <= math.MaxInt64
	case cborBytes, cborText:
		text, ok := r.bytes(arg)
		return string(text), ok && utf8.Valid(text)
	case cborArray:
		return r.list(arg, depth)
	case cborMap:
		return r.object(arg, depth)
	case cborTag:
		return r.tagged(arg, depth)
	}
	return simple(info, arg)
}

func (r *cborReader) bytes(n uint64) ([]byte, bool) {
	if n > uint64(len(r.b)-r.at) {
		return nil, false
	}
	out := r.b[r.at : r.at+int(n)]
	r.at += int(n)
	return out, true
}

func (r *cborReader) list(n uint64, depth int) (any, bool) {
	out := List{}
	for range n {
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

func (r *cborReader) object(n uint64, depth int) (any, bool) {
	out := Object{}
	for range n {
		k, ok := r.value(depth + 1)
		name, isText := k.(string)
		if !ok || !isText {
			return nil, false
		}
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, Member{Name: name, Value: v})
	}
	out.sort()
	for i := 1; i < len(out); i++ {
		if out[i].Name == out[i-1].Name {
			return nil, false
		}
	}
	return out, true
}

// tagged reads what a tag is about. Source: RFC 8949, section 3.4.5.2.
func (r *cborReader) tagged(tag uint64, depth int) (any, bool) {
	if tag == 55799 && depth == 0 {
		return r.value(depth + 1)
	}
	major, _, arg, ok := r.head()
	if !ok || major != cborBytes {
		return nil, false
	}
	raw, ok := r.bytes(arg)
	switch tag {
	case 21:
		return base64.RawURLEncoding.EncodeToString(raw), ok
	case 22:
		return base64.StdEncoding.EncodeToString(raw), ok
	case 23:
		return hex.EncodeToString(raw), ok
	}
	return nil, false
}

// simple returns a float, a bool or null.
func simple(info byte, arg uint64) (any, bool) {
	switch info {
	case 20, 21:
		return info == 21, true
	case 22:
		return nil, true
	case 25:
		return number(half(uint16(arg)))
	case 26:
		return number(float64(math.Float32frombits(uint32(arg))))
	case 27:
		return number(math.Float64frombits(arg))
	}
	return nil, false
}

// half is the value of a float of 16 bits.
// Source: RFC 8949, appendix D.
func half(bits uint16) float64 {
	exponent, mantissa := int(bits>>10&31), float64(bits&1023)
	v := math.Inf(1)
	switch {
	case exponent == 0:
		v = math.Ldexp(mantissa, -24)
	case exponent != 31:
		v = math.Ldexp(mantissa+1024, exponent-25)
	case mantissa != 0:
		v = math.NaN()
	}
	if bits>>15 != 0 {
		return -v
	}
	return v
}

func number(v float64) (any, bool) {
	text, err := json.Marshal(v)
	return json.Number(text), err == nil
}
