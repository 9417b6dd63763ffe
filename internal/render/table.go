package render

import (
	"bufio"
	"fmt"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// maxTableRows is what a person might still read, and what tablewriter lays out
// in a fraction of a second (it needs some 45 µs and 6 kB a row).
const maxTableRows = 5000

// maxTableCells bounds the characters of a table, which is padded: one long value makes
// each row as long. tablewriter has some 1.5 bytes for each in memory.
const maxTableCells = 256 << 20

// TooManyRowsError says that a table would be too long, or its rows too wide, to be of use.
type TooManyRowsError struct {
	Rows  int
	Width int // of a row, as a terminal counts; 0 if there are too many of any width
}

func (e *TooManyRowsError) Error() string {
	if e.Width > 0 {
		return fmt.Sprintf("rows of %d characters are too wide for a table of %d; use -w csv or -w ndjson", e.Width, e.Rows)
	}
	return fmt.Sprintf("%d rows are too many for a table (at most %d); use -w csv or -w ndjson", e.Rows, maxTableRows)
}

// renderTable writes boxes: Unicode's, or ASCII's without Options.UTF8.
//
// The layout is ours: tablewriter's own limits do not hold for long words, so
// the cells are cut before it sees them and it only draws. Columns that have no
// room at all are left out, from the right, and a last line says how many.
func renderTable(w *bufio.Writer, d Document, o Options) error {
	gs := grids(d, !o.UTF8)
	rows := 0
	for _, g := range gs {
		rows += len(g.rows)
	}
	if rows > maxTableRows {
		return &TooManyRowsError{Rows: rows}
	}
	widths, err := fitAll(gs, o)
	if err != nil {
		return err
	}
	for i, g := range gs {
		if err := drawGrid(w, g, widths[i], o); err != nil {
			return err
		}
	}
	return nil
}

// fitAll gives the widths of the columns of all grids, or refuses what is too large.
func fitAll(gs []grid, o Options) ([][]int, error) {
	widths, left := make([][]int, len(gs)), maxTableCells
	for i, g := range gs {
		widths[i] = g.fit(o)
		wide := frame(len(widths[i]))
		for _, n := range widths[i] {
			wide += n
		}
		if left -= wide * (len(g.rows) + headLines); left < 0 {
			return nil, &TooManyRowsError{Rows: len(g.rows), Width: wide}
		}
	}
	return widths, nil
}

// headLines are the lines of a table that are no rows: the header and three borders.
const headLines = 4

func drawGrid(w *bufio.Writer, g grid, widths []int, o Options) error {
	all := len(g.headers)
	shown := len(widths)
	t := tablewriter.NewTable(w, tableOptions(g.right[:shown], o)...)
	if !o.NoHeaders {
		t.Header(cutAll(g.headers[:shown], widths, o))
	}
	for _, row := range g.rows {
		line := make([]string, shown)
		for i, c := range row[:shown] {
			shorten := cut
			if i < g.paths {
				shorten = cutLeft
			}
			line[i] = colored(shorten(c.text, widths[i], !o.UTF8), c.style, o)
		}
		if err := t.Append(line); err != nil {
			return err
		}
	}
	if err := t.Render(); err != nil {
		return err
	}
	if shown == all {
		return nil
	}
	note := fmt.Sprintf("(+%d more columns; -w csv has all)", all-shown)
	_, err := fmt.Fprintln(w, cut(note, o.Width, !o.UTF8))
	return err
}

// fit gives the widths of the columns that are shown: all of them, or as many
// as the terminal has room for, at least one.
func (g grid) fit(o Options) []int {
	natural := g.naturalWidths(!o.NoHeaders)
	if o.Width <= 0 {
		return natural
	}
	data := g.naturalWidths(false)
	for n := len(natural); n > 1; n-- {
		widths := append([]int(nil), natural[:n]...)
		if fitWidths(widths, data[:n], g.right[:n], o.Width-frame(n)) {
			return widths
		}
	}
	return []int{max(0, min(natural[0], o.Width-frame(1)))}
}

// frame is what n columns take besides their text: a border on both sides of
// each, and a blank on both sides of each cell.
func frame(n int) int { return n + 1 + 2*n }

func cutAll(cells []string, widths []int, o Options) []string {
	short := make([]string, len(cells))
	for i, c := range cells {
		short[i] = cut(c, widths[i], !o.UTF8)
	}
	return short
}

// tableOptions switches off everything that tablewriter would do to a cell on
// its own: upper case, wrapping, trimming, hiding, guessing at the locale. The
// configuration comes first, because it resets what other options have set.
func tableOptions(right []bool, o Options) []tablewriter.Option {
	style := tw.StyleASCII
	if o.UTF8 {
		style = tw.StyleLight
	}
	align := make([]tw.Align, len(right))
	for i, r := range right {
		align[i] = tw.AlignLeft
		if r {
			align[i] = tw.AlignRight
		}
	}
	config := tablewriter.NewConfigBuilder().
		WithHeaderAutoWrap(tw.WrapNone).WithRowAutoWrap(tw.WrapNone).
		WithHeaderAutoFormat(tw.Off).WithRowAutoFormat(tw.Off).
		WithTrimSpace(tw.Off).WithTrimTab(tw.Off).WithAutoHide(tw.Off).
		Build()
	return []tablewriter.Option{
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(style)})),
		tablewriter.WithConfig(config),
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{Global: tw.AlignLeft, PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{Global: tw.AlignLeft, PerColumn: align}),
	}
}
