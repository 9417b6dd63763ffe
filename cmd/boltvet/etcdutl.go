package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// snapshotFacts are what `etcdutl snapshot status` prints, in its order and under its
// JSON names.
// Source: etcd v3.7.3, etcdutl/snapshot/v3_snapshot.go, type Status.
type snapshotFacts struct {
	Hash      uint32 `json:"hash"`
	Revision  int64  `json:"revision"`
	TotalKey  int    `json:"totalKey"`
	TotalSize int64  `json:"totalSize"` // bytes of the db
	Version   string `json:"version"`   // storage version, "" before 3.6
}

// append prints the facts as etcdutl does in one of the formats that both have. The
// hash is hexadecimal and unpadded in simple and table, decimal in json and fields.
// Source: etcd v3.7.3, etcdutl/etcdutl/printer*.go.
func (s snapshotFacts) append(format string) ([]byte, error) {
	row := []string{
		fmt.Sprintf("%x", s.Hash), fmt.Sprint(s.Revision), fmt.Sprint(s.TotalKey),
		etcdutlSize(s.TotalSize), s.Version,
	}
	switch format {
	case "json":
		b, err := json.Marshal(s)
		return append(b, '\n'), err
	case "fields":
		return fmt.Appendf(nil, "\"Hash\" : %d\n\"Revision\" : %d\n\"Keys\" : %d\n\"Size\" : %d\n\"Version\" : %s\n",
			s.Hash, s.Revision, s.TotalKey, s.TotalSize, s.Version), nil
	case "table":
		return oneRowBox([]string{"HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION"}, row), nil
	}
	return []byte(strings.Join(row, ", ") + "\n"), nil
}

// etcdutlSize is a number of bytes in SI units, rounded as etcdutl rounds it: twice. The
// go-humanize that is linked here rounds once, and gives 705 kB for etcdutl's 704 kB.
// Source: github.com/dustin/go-humanize v1.0.1 bytes.go (Bytes), which etcd 3.6 and 3.7.3 are built with.
func etcdutlSize(bytes int64) string {
	n := float64(max(0, bytes))
	if n < 10 {
		return fmt.Sprintf("%.0f B", n)
	}
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	e := math.Floor(math.Log(n) / math.Log(1000))
	tenths := math.Floor(n/math.Pow(1000, e)*10 + 0.5)
	if tenths < 100 {
		return fmt.Sprintf("%.1f %s", tenths/10, units[int(e)])
	}
	return fmt.Sprintf("%.0f %s", tenths/10, units[int(e)])
}

// oneRowBox draws what tablewriter's defaults draw for etcdutl: a box in Unicode
// whatever the locale, the header centred and in capitals, the row to the right.
func oneRowBox(header, row []string) []byte {
	var b bytes.Buffer
	widths := make([]int, len(header))
	for i := range header {
		widths[i] = max(utf8.RuneCountInString(header[i]), utf8.RuneCountInString(row[i]))
	}
	rule := func(left, middle, right string) {
		for i, w := range widths {
			b.WriteString(left + strings.Repeat("─", w+2))
			left = middle
			if i == len(widths)-1 {
				b.WriteString(right + "\n")
			}
		}
	}
	cells := func(words []string, align func(word string, gap int) string) {
		for i, word := range words {
			b.WriteString("│ " + align(word, widths[i]-utf8.RuneCountInString(word)) + " ")
		}
		b.WriteString("│\n")
	}
	rule("┌", "┬", "┐")
	cells(header, func(word string, gap int) string {
		return strings.Repeat(" ", gap/2) + word + strings.Repeat(" ", gap-gap/2)
	})
	rule("├", "┼", "┤")
	cells(row, func(word string, gap int) string { return strings.Repeat(" ", gap) + word })
	rule("└", "┴", "┘")
	return b.Bytes()
}
