package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A report is everything that one run of the bench says.
type report struct {
	Date     time.Time
	Rounds   int
	Machine  machine
	Programs []string
	Results  []result
	Cold     *coldResult // nil: not asked for
}

// failed tells whether a program failed.
func (r *report) failed() bool {
	for i := range r.Results {
		if r.Results[i].Failed != "" {
			return true
		}
	}
	return false
}

// markdown writes the report. Its tables are padded, so that it reads well on a
// terminal, too.
func (r *report) markdown() string {
	var b strings.Builder
	b.WriteString("# boltvet against its peers and the machine's limits\n\n")
	fmt.Fprintf(&b, "Made by `make bench` on %s: %d interleaved rounds of each measurement, ratios taken within the round,\n", r.Date.Format(time.DateOnly), r.Rounds)
	b.WriteString("median (least–greatest). Warm page cache. How it is measured: bench/doc.go; what: bench/table.go.\n\n")
	for _, line := range append(r.Machine.lines(), r.Programs...) {
		b.WriteString("- " + line + "\n")
	}
	b.WriteString("\n## Goals\n\n")
	b.WriteString(markdownTable([]string{"measurement", "goal", "wall, or as named", "CPU", "met"}, r.goalRows()))
	b.WriteString("\n## Figures\n\n")
	b.WriteString(markdownTable([]string{"measurement", "program", "wall s", "CPU s", "heap MB", "output MB"}, r.figureRows()))
	b.WriteString("\n" + limitsNote)
	r.writeCold(&b)
	r.writeSkipped(&b)
	return b.String()
}

const limitsNote = `Limits: crc32c = CRC32C of the file on all cores; touch = one byte of every used page, on all cores;
sha256 = of the file, one stream; direct = dd oflag=direct of as many bytes as the peer's output. Where a row has two, the slower one counts.
Heap is the peak of anonymous memory of a run; a goal for it binds the greatest of all rounds.
`

// goalRows has a row for each goal; a measurement's name stands in its first.
func (r *report) goalRows() [][]string {
	var rows [][]string
	for i := range r.Results {
		title := r.Results[i].Title
		for _, o := range r.Results[i].Outcomes {
			met := "no"
			if o.Met {
				met = "yes"
			}
			rows = append(rows, []string{title, o.Goal, o.Got, orDash(o.CPU), met})
			title = ""
		}
	}
	return rows
}

// figureRows has a row for each program of each measurement.
func (r *report) figureRows() [][]string {
	var rows [][]string
	for i := range r.Results {
		m := &r.Results[i]
		title := m.Title
		for _, p := range []struct {
			name    string
			samples []sample
		}{{m.PeerName, m.Peer}, {"boltvet", m.Ours}, {m.LimitName, m.Limit}} {
			if len(p.samples) > 0 {
				rows = append(rows, figureRow(title, p.name, p.samples))
				title = ""
			}
		}
	}
	return rows
}

func figureRow(title, program string, all []sample) []string {
	seconds := func(s spread) string { return fmt.Sprintf("%.3f (%.3f–%.3f)", s.Median, s.Min, s.Max) }
	heaps, made := spreadOf(figures(all, anon)), "–"
	if out := spreadOf(figures(all, output)); out.Median > 0 {
		made = fmt.Sprintf("%.1f", out.Median/MB)
	}
	return []string{title, program, seconds(spreadOf(figures(all, wall))), seconds(spreadOf(figures(all, cpu))),
		fmt.Sprintf("%.1f (%.1f–%.1f)", heaps.Median/MB, heaps.Min/MB, heaps.Max/MB), made}
}

func (r *report) writeCold(b *strings.Builder) {
	if r.Cold == nil {
		return
	}
	b.WriteString("\n## Cold cache\n\n")
	if r.Cold.Note != "" {
		b.WriteString("Not measured: " + r.Cold.Note + ".\n")
		return
	}
	fmt.Fprintf(b, "`boltvet status` of %s against `cat` of it, caches dropped before each run (a virtual disk may still be in its host's cache):\n", coldFile)
	fmt.Fprintf(b, "%s × the time of cat; %.3f s against %.3f s.\n", spreadOf(ratios(r.Cold.Ours, r.Cold.Cat, wall)).ratio(),
		spreadOf(figures(r.Cold.Ours, wall)).Median, spreadOf(figures(r.Cold.Cat, wall)).Median)
}

// writeSkipped names what was not measured, so that nothing is silently missing.
func (r *report) writeSkipped(b *strings.Builder) {
	var rows [][]string
	for i := range r.Results {
		switch m := &r.Results[i]; {
		case m.Skipped != "":
			rows = append(rows, []string{m.Title, m.Skipped})
		case m.Failed != "":
			rows = append(rows, []string{m.Title, "FAILED: " + strings.ReplaceAll(m.Failed, "|", "/")})
		}
	}
	if len(rows) > 0 {
		b.WriteString("\n## Not measured\n\n" + markdownTable([]string{"measurement", "why"}, rows))
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// markdownTable pads each column to its widest cell.
func markdownTable(header []string, rows [][]string) string {
	width := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	write := func(row []string, pad string) {
		for i, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(pad, width[i]-utf8.RuneCountInString(cell)) + " ")
		}
		b.WriteString("|\n")
	}
	write(header, " ")
	rule := make([]string, len(header))
	for i := range rule {
		rule[i] = "---"
		width[i] = max(width[i], len(rule[i]))
	}
	write(rule, "-")
	for _, row := range rows {
		write(row, " ")
	}
	return b.String()
}
