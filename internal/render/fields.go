package render

import (
	"bufio"
	"strings"
)

// renderFields writes `"name" : value` lines, as etcdctl's format of this name
// does: strings Go-quoted, numbers bare, every field, with its flattened name. A
// blank line stands between results.
func renderFields(w *bufio.Writer, d Document, o Options) error {
	for i, r := range d.Results {
		if i > 0 {
			w.WriteByte('\n')
		}
		writeFieldLine(w, "source", Text(r.Source), !o.UTF8)
		for _, l := range Flatten(r) {
			if isBroken(w) {
				break
			}
			writeFieldLine(w, l.Name, l.Value, !o.UTF8)
		}
	}
	return nil
}

func writeFieldLine(w *bufio.Writer, name string, v Value, ascii bool) {
	w.WriteString(strings.Join([]string{quote(name, ascii), fieldValue(v, ascii)}, " : "))
	w.WriteByte('\n')
}

func fieldValue(v Value, ascii bool) string {
	switch v.kind {
	case KindNull:
		return "null"
	case KindText, KindKey, KindTime, KindID:
		return quote(v.machine(), ascii)
	}
	return v.machine()
}
