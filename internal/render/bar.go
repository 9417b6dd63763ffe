package render

import "strings"

// Bar draws a share, 1 being all, in a number of cells; it is for eyes only. A share
// above nothing is never drawn as nothing, and one below all never as all.
func Bar(share float64, cells int) Value {
	eighths := min(max(int(share*float64(8*cells)+0.5), 0), 8*cells)
	if share > 0 {
		eighths = max(eighths, 1)
	}
	if share < 1 {
		eighths = min(eighths, 8*cells-1)
	}
	return Value{kind: KindBar, bits: uint64(eighths)<<32 | uint64(cells)}
}

// drawBar draws a bar in eighths of a cell, or without UTF-8 in halves.
func (v Value) drawBar(ascii bool) string {
	eighths, cells := int(v.bits>>32), int(uint32(v.bits))
	full, rest := eighths/8, eighths%8
	block, part := "█", []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}[rest]
	if ascii {
		block, part = "#", []string{"", "-", "-", "-", "-", "-", "-", "-"}[rest]
		if full > 0 && rest < 4 {
			part = ""
		}
	}
	line := strings.Repeat(block, full) + part
	return line + strings.Repeat(" ", max(cells-textWidth(line), 0))
}
