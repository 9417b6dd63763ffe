package render

import "bufio"

// renderNDJSON writes one JSON object a line for each result, complete in
// itself: schema_version and command come with every line. The exit code is that
// of the whole run, so it is not there.
func renderNDJSON(w *bufio.Writer, d Document, _ Options) error {
	for _, r := range d.Results {
		n := lineNode(d.Command, r.Source)
		n.addFields(r.Fields)
		if err := writeLine(w, n); err != nil {
			return err
		}
	}
	return nil
}

// lineNode is the beginning of a line.
func lineNode(command, source string) node {
	n := node{kind: objectNode}
	n.addField("schema_version", Int(SchemaVersion))
	n.addField("command", Text(command))
	n.addField("source", Text(source))
	return n
}

func writeLine(w *bufio.Writer, n node) error {
	writeJSON(w, n, -1)
	return w.WriteByte('\n')
}
