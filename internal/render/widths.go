package render

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

const (
	cosyWidth  = 12 // text is narrowed to this before anything else suffers
	tightWidth = 7  // text is narrowed to this before a column is left out
	leastWidth = 4  // a column narrower than this says nothing
)

// textWidth is the number of terminal cells that s takes. It is tablewriter's
// own measure, with its guess about the locale switched off.
func textWidth(s string) int { return twwidth.WidthWithOptions(s, twwidth.Options{}) }

// naturalWidths is what each column would like to have: for its cells, and with
// headers for its header too.
func (g grid) naturalWidths(headers bool) []int {
	widths := make([]int, len(g.headers))
	for i, h := range g.headers {
		if headers {
			widths[i] = textWidth(h)
		}
	}
	for _, row := range g.rows {
		for i, c := range row {
			widths[i] = max(widths[i], textWidth(c.text))
		}
	}
	return widths
}

// fitWidths narrows columns until they sum to at most avail; false: they cannot.
// A number without its last digits is a wrong number, so text gives way first,
// then the headers of numbers (data is what the cells alone need), then text
// again. Only two last columns, which have nothing left to give, lose digits.
func fitWidths(widths, data []int, numbers []bool, avail int) bool {
	floors := func(text int, number func(i int) int) []int {
		f := make([]int, len(widths))
		for i := range f {
			f[i] = text
			if numbers[i] {
				f[i] = number(i)
			}
		}
		return f
	}
	cells := func(i int) int { return max(data[i], leastWidth) }
	narrow(widths, floors(cosyWidth, func(i int) int { return widths[i] }), avail)
	narrow(widths, floors(cosyWidth, cells), avail)
	narrow(widths, floors(tightWidth, cells), avail)
	if len(widths) <= 2 {
		narrow(widths, floors(leastWidth, func(int) int { return leastWidth }), avail)
	}
	return sum(widths) <= avail
}

// narrow takes from the widest column that is above its floor, one cell at a
// time, until all fit or nothing is left to take. Terminals have few cells; only
// a very long text is first cut at once.
func narrow(widths, floors []int, avail int) {
	for i, floor := range floors {
		widths[i] = min(widths[i], max(avail, floor))
	}
	for sum(widths) > avail {
		widest := -1
		for i, w := range widths {
			if w > floors[i] && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func sum(widths []int) int {
	total := 0
	for _, w := range widths {
		total += w
	}
	return total
}

// cutMark stands for what was cut off.
func cutMark(ascii bool) string {
	if ascii {
		return "..."
	}
	return "…"
}

// cutLeft shortens s to width cells and keeps its end: a path without the name of its
// file says nothing. A mark at the beginning says so.
func cutLeft(s string, width int, ascii bool) string {
	over := textWidth(s) - width
	if over <= 0 {
		return s
	}
	mark := cutMark(ascii)
	over += textWidth(mark)
	if textWidth(mark) > width {
		return strings.Repeat(".", max(width, 0))
	}
	for i, r := range s {
		if over <= 0 {
			return mark + s[i:]
		}
		over -= textWidth(string(r))
	}
	return mark
}

// cut shortens s to width cells; a mark at the end says so.
func cut(s string, width int, ascii bool) string {
	if textWidth(s) <= width {
		return s
	}
	mark := cutMark(ascii)
	room := width - textWidth(mark)
	if room < 0 {
		return strings.Repeat(".", max(width, 0))
	}
	used := 0
	for i, r := range s {
		w := textWidth(string(r))
		if used+w > room {
			return s[:i] + mark
		}
		used += w
	}
	return s
}
