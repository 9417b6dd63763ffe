package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// human is v for people, on one line and safe to print.
func (v Value) human(ascii bool) string {
	switch v.kind {
	case KindNull:
		return "-"
	case KindBool:
		if v.bits != 0 {
			return "yes"
		}
		return "no"
	case KindBytes:
		return size(int64(v.bits))
	case KindRatio:
		return percent(v.ratio())
	case KindNumber:
		return strconv.FormatFloat(v.ratio(), 'f', 1, 64)
	case KindDuration:
		return span(v.duration())
	case KindBar:
		return v.drawBar(ascii)
	case KindText:
		return plain(v.text, ascii)
	case KindKey:
		return printable(v.text, ascii)
	case KindList:
		return joinItems(v.list, ascii)
	case KindObject:
		return joinFields(v.fields, ascii)
	}
	return v.machine()
}

// humanExact is human with the exact number next to a rounded size.
func (v Value) humanExact(ascii bool) string {
	n := int64(v.bits)
	if v.kind != KindBytes || n < 1024 && n > -1024 {
		return v.human(ascii)
	}
	return fmt.Sprintf("%s (%d bytes)", size(n), n)
}

// machine is a scalar as programs read it: no units, no rounding, no quoting.
func (v Value) machine() string {
	switch v.kind {
	case KindBool:
		return strconv.FormatBool(v.bits != 0)
	case KindInt, KindBytes:
		return strconv.FormatInt(int64(v.bits), 10)
	case KindUint:
		return strconv.FormatUint(v.bits, 10)
	case KindRatio:
		return float(v.ratio())
	case KindNumber:
		if s := float(v.ratio()); strings.ContainsAny(s, ".e") {
			return s
		}
		return float(v.ratio()) + ".0" // never an integer for a strict reader
	case KindDuration:
		return float(v.duration().Seconds())
	case KindID:
		return strconv.FormatUint(v.bits, 16)
	}
	return v.text
}

// float is a finite number in the shortest form that reads back the same, in
// digits unless they would be very many. JSON and YAML read it alike.
func float(f float64) string {
	format := byte('f')
	if abs := max(f, -f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(f, format, -1, 64)
}

// size is n bytes in IEC units with one decimal: "1.4 MiB", "512 B".
func size(n int64) string {
	if n < 1024 && n > -1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, unit := float64(n)/1024, 0
	// 1023.95 and more would round to 1024.0 of the smaller unit.
	for max(f, -f) >= 1023.95 && unit < len(iecUnits)-1 {
		f, unit = f/1024, unit+1
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + iecUnits[unit]
}

var iecUnits = [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// percent is a share with one decimal. Rounding never makes something of
// nothing or all: 0.0 % and 100.0 % are exact.
func percent(f float64) string {
	switch p := f * 100; {
	case p > 0 && p < 0.1:
		return "<0.1 %"
	case p > 99.9 && p < 100:
		return ">99.9 %"
	default:
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	}
}

func span(d time.Duration) string {
	if d >= time.Second || d <= -time.Second {
		d = d.Round(time.Millisecond)
	}
	return d.String()
}

func joinItems(items []Value, ascii bool) string {
	if len(items) == 0 {
		return "none"
	}
	parts := make([]string, len(items))
	for i, v := range items {
		parts[i] = v.human(ascii)
	}
	return strings.Join(parts, ", ")
}

func joinFields(fields []Field, ascii bool) string {
	if len(fields) == 0 {
		return "none"
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = plain(f.label(), ascii) + "=" + f.Value.human(ascii)
	}
	return strings.Join(parts, " ")
}
