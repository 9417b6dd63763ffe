package render

import (
	"math"
	"time"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds. Null is the zero value: not known, not applicable.
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindUint
	KindBytes
	KindRatio
	KindNumber
	KindDuration
	KindTime
	KindText
	KindKey
	KindID
	KindList
	KindObject
	KindBar
)

// Style says how good a value is. It is a colour for people and never reaches a
// machine format.
type Style uint8

// The styles; Plain is the zero value.
const (
	Plain Style = iota
	Good
	Warn
	Bad
)

// Value is an immutable typed value. The zero Value is Null.
type Value struct {
	kind   Kind
	style  Style
	bits   uint64 // bool, integers, the bits of a ratio or number, nanoseconds, cells of a bar
	text   string // text, key, time
	list   []Value
	fields []Field
}

// Null is an unknown or inapplicable value: null in json, empty in csv, "-" for people.
func Null() Value { return Value{} }

// Bool is true or false; yes or no for people.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.bits = 1
	}
	return v
}

// Int is a signed count or number.
func Int(n int64) Value { return Value{kind: KindInt, bits: uint64(n)} }

// Uint is an unsigned count or number.
func Uint(n uint64) Value { return Value{kind: KindUint, bits: n} }

// Bytes is a size in bytes: an integer for machines, IEC units for people.
func Bytes(n int64) Value { return Value{kind: KindBytes, bits: uint64(n)} }

// Ratio is a share, 1 being all: 0.362 for machines, "36.2 %" for people. What
// is not finite (0 of 0) is Null.
func Ratio(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Null()
	}
	return Value{kind: KindRatio, bits: math.Float64bits(f)}
}

// Number is a quantity that is no share and has a fraction, such as a mean: exact for
// machines, one decimal for people. What is not finite is Null.
func Number(f float64) Value {
	v := Ratio(f)
	if v.kind == KindRatio {
		v.kind = KindNumber
	}
	return v
}

// Duration is a span of time: seconds for machines, so name the field *_seconds.
func Duration(d time.Duration) Value { return Value{kind: KindDuration, bits: uint64(d)} }

// Time is a moment, RFC 3339 in UTC everywhere. The zero time is Null.
func Time(t time.Time) Value {
	if t.IsZero() {
		return Null()
	}
	return Value{kind: KindTime, text: t.UTC().Format(time.RFC3339Nano)}
}

// Text is our own words, or a path.
func Text(s string) Value { return Value{kind: KindText, text: s} }

// Key is bytes of a key, a value or a name in the file. It copies b.
func Key(b []byte) Value { return Value{kind: KindKey, text: string(b)} }

// ID is a member, cluster or lease id: lower-case hex everywhere, as etcd prints
// member ids, and a string in json, since such ids pass 2^53.
func ID(id uint64) Value { return Value{kind: KindID, bits: id} }

// List is an ordered list. It keeps items.
func List(items ...Value) Value { return Value{kind: KindList, list: items} }

// Object is an ordered set of named values. It keeps fields; names are distinct.
func Object(fields ...Field) Value { return Value{kind: KindObject, fields: fields} }

// Styled is v with a style.
func (v Value) Styled(s Style) Value {
	v.style = s
	return v
}

// Kind is the type of v.
func (v Value) Kind() Kind { return v.kind }

// IsNull tells whether v is Null.
func (v Value) IsNull() bool { return v.kind == KindNull }

func (v Value) ratio() float64 { return math.Float64frombits(v.bits) }

func (v Value) duration() time.Duration { return time.Duration(v.bits) }

// numeric tells whether v is a number that can be compared and right-aligned.
func (v Value) numeric() bool { return v.kind >= KindInt && v.kind <= KindDuration }

func (v Value) compound() bool { return v.kind == KindList || v.kind == KindObject }
