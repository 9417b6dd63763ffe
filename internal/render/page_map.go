package render

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/inspect"
)

// mapRows is how many lines of cells a map has at most, so that it fits a screen.
const mapRows = 20

// PageMapCells is how many cells a page map has room for in a terminal of that width.
// pages is the number of the last page, which is the widest label.
func PageMapCells(width int, pages int64) int64 {
	return int64(mapColumns(width, pages)) * mapRows
}

// mapColumns is the number of cells in a line. A multiple of eight makes page numbers
// easy to find; a very narrow terminal has what there is.
func mapColumns(width int, pages int64) int {
	n := width - labelWidth(pages) - len(" ||")
	if n > 8 {
		n -= n % 8
	}
	return max(n, 1)
}

func labelWidth(pages int64) int { return len(strconv.FormatInt(max(pages, 0), 10)) }

// DrawPageMap draws cells: a glyph for how full a cell is, a colour for what it is, and
// letters of their own for what should not be there, so that the map says the same
// without colours.
func DrawPageMap(w io.Writer, p *inspect.Pages, cells []inspect.Cell, perCell int64, o Options) error {
	bw := bufio.NewWriter(w)
	bw.WriteString(sourceValue(Result{Source: p.Source.Path}).human(!o.UTF8) + "\n")
	fmt.Fprintf(bw, "%d %s of %s, %d a cell\n", p.Map.Pages(), plural(p.Map.Pages(), "page"), size(int64(p.File.PageSize())), perCell)
	last := int64(0)
	if len(cells) > 0 {
		last = int64(cells[len(cells)-1].First)
	}
	label, columns, edge := labelWidth(last), mapColumns(o.Width, last), "|"
	if o.UTF8 {
		edge = "│"
	}
	for at := 0; at < len(cells); at += columns {
		line := cells[at:min(at+columns, len(cells))]
		fmt.Fprintf(bw, "%*d %s", label, line[0].First, edge)
		drawCells(bw, line, o)
		bw.WriteString(strings.Repeat(" ", min(columns, len(cells))-len(line)) + edge + "\n")
	}
	drawLegend(bw, cells, o)
	return bw.Flush()
}

// glyphs are the shares of use from nothing to all.
func glyphs(o Options) []rune {
	if o.UTF8 {
		return []rune(" ░▒▓█")
	}
	return []rune(" .:*#")
}

// alarming are the glyphs of classes that must not be mistaken for a share of use.
func alarming(c bolt.PageClass) (rune, bool) {
	switch c {
	case bolt.ClassDamaged:
		return 'X', true
	case bolt.ClassMissing:
		return '?', true
	case bolt.ClassUnreachable:
		return '!', true
	}
	return 0, false
}

// drawCells draws cells side by side, with one colour for neighbours of a class.
func drawCells(w *bufio.Writer, line []inspect.Cell, o Options) {
	color := ""
	set := func(next string) {
		if !o.Color || next == color {
			return
		}
		if color != "" {
			w.WriteString("\x1b[0m")
		}
		if color = next; color != "" {
			w.WriteString("\x1b[" + color + "m")
		}
	}
	all := glyphs(o)
	for i := range line {
		class := line[i].Class()
		glyph, odd := alarming(class)
		if !odd {
			glyph = all[level(line[i].UsedRatio(), len(all)-1)]
		}
		set(classColor(class))
		w.WriteRune(glyph)
	}
	set("")
}

// level is 0 for nothing in use, and else one of 1 to most, each an equal share.
func level(ratio float64, most int) int {
	if ratio <= 0 {
		return 0
	}
	return min(1+int(ratio*float64(most)), most)
}

// classColor is the colour of a class in a terminal of 256 colours: near those of Okabe
// and Ito, which the colour-blind can tell apart, with red for damage alone.
func classColor(c bolt.PageClass) string {
	return [...]string{
		bolt.ClassMeta: "38;5;175", bolt.ClassFreelist: "38;5;175", bolt.ClassBranch: "38;5;36", bolt.ClassLeaf: "38;5;32",
		bolt.ClassOverflow: "38;5;74", bolt.ClassDamaged: "1;38;5;196", bolt.ClassFree: "38;5;250", bolt.ClassUnreachable: "38;5;214",
		bolt.ClassFreeOrLeaked: "38;5;250", bolt.ClassMissing: "1;38;5;203", bolt.ClassTail: "38;5;244",
	}[c]
}

// drawLegend tells what the glyphs mean, and how many pages of each class there are.
func drawLegend(w *bufio.Writer, cells []inspect.Cell, o Options) {
	all := glyphs(o)
	w.WriteString("in use: blank nothing")
	for i, text := range []string{"to 25 %", "to 50 %", "to 75 %", "to 100 %"} {
		fmt.Fprintf(w, ", %c %s", all[i+1], text)
	}
	w.WriteString("\n")
	var total inspect.PageCounts
	for i := range cells {
		for class, n := range cells[i].Pages {
			total[class] += n
		}
	}
	for _, class := range bolt.PageClasses() {
		if total[class] == 0 {
			continue
		}
		mark := string(all[len(all)-1])
		if glyph, odd := alarming(class); odd {
			mark = string(glyph)
		} else if !class.InUse() {
			mark = " "
		}
		if o.Color && mark != " " {
			mark = "\x1b[" + classColor(class) + "m" + mark + "\x1b[0m"
		}
		fmt.Fprintf(w, "  %s %-14s %d\n", mark, class, total[class])
	}
}
