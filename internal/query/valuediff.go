package query

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A DiffKind says as what two values were compared.
type DiffKind uint8

// The kinds. Same is for equal bytes.
const (
	DiffSame DiffKind = iota
	DiffJSON
	DiffText
	DiffBytes
)

var diffWords = [...]string{"same", "json", "text", "bytes"}

// String is the stable word of the kind.
func (k DiffKind) String() string {
	if int(k) < len(diffWords) {
		return diffWords[k]
	}
	return "unknown"
}

// A DiffStep is one difference. Old and New are nil where there is nothing.
type DiffStep struct {
	At       string // JSON: the path; text: "line N", of the old value or, if added, of the new one; bytes: "byte N"
	Old, New []byte
}

// A ValueDiff is what makes a value another.
type ValueDiff struct {
	Kind  DiffKind
	Steps []DiffStep
	More  bool // there are more than [MaxDiffSteps]
}

// MaxDiffSteps bounds the steps that are kept of one diff.
const MaxDiffSteps = 500

// maxDiffed bounds values that are looked into, in bytes; larger ones are compared as bytes.
const maxDiffed = 4 << 20

// DiffValues compares two values: JSON by paths, text by lines, others by bytes.
func DiffValues(before, after []byte) ValueDiff {
	if bytes.Equal(before, after) {
		return ValueDiff{}
	}
	d := ValueDiff{Kind: DiffBytes}
	if len(before) <= maxDiffed && len(after) <= maxDiffed {
		if d.json(before, after) {
			return d
		}
		if isText(before) && isText(after) {
			d.Kind = DiffText
			d.lines(splitLines(before), splitLines(after))
			return d
		}
	}
	n := commonPrefix(before, after)
	d.add(DiffStep{At: fmt.Sprintf("byte %d", n), Old: before[n:min(n+sampleBytes, len(before))], New: after[n:min(n+sampleBytes, len(after))]})
	return d
}

// sampleBytes is how much is shown of values that are neither JSON nor text.
const sampleBytes = 16

func commonPrefix(a, b []byte) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// add keeps a step, up to the bound.
func (d *ValueDiff) add(s DiffStep) {
	if len(d.Steps) >= MaxDiffSteps {
		d.More = true
		return
	}
	d.Steps = append(d.Steps, s)
}

// isText tells whether a value is made of lines.
func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// splitLines gives the lines without their ends; none for an empty value.
func splitLines(b []byte) [][]byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
}

// maxCells bounds the table of a comparison of lines; beyond it, all lines between the
// first and the last difference are shown as replaced.
const maxCells = 1 << 22

// lines compares lists of lines by their longest common subsequence.
func (d *ValueDiff) lines(a, b [][]byte) {
	skip := 0
	for skip < min(len(a), len(b)) && bytes.Equal(a[skip], b[skip]) {
		skip++
	}
	endA, endB := len(a), len(b)
	for endA > skip && endB > skip && bytes.Equal(a[endA-1], b[endB-1]) {
		endA, endB = endA-1, endB-1
	}
	a, b = a[skip:endA], b[skip:endB]
	common := commonLines(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case common != nil && i < len(a) && j < len(b) && bytes.Equal(a[i], b[j]):
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common == nil || common[i+1][j] >= common[i][j+1]):
			d.add(DiffStep{At: fmt.Sprintf("line %d", skip+i+1), Old: a[i]})
			i++
		default:
			d.add(DiffStep{At: fmt.Sprintf("line %d", skip+j+1), New: b[j]})
			j++
		}
	}
	if len(d.Steps) == 0 { // the lines are the same, but not the end of the last one
		d.add(DiffStep{At: "end of the last line"})
	}
}

// commonLines is the table of how many lines the rests of a and b, from i and j on, have
// in common; nil if it would be too large.
func commonLines(a, b [][]byte) [][]int32 {
	if len(a) == 0 || len(b) == 0 || (len(a)+1)*(len(b)+1) > maxCells {
		return nil
	}
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if bytes.Equal(a[i], b[j]) {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
