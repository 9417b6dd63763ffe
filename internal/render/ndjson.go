package render

import "bufio"

// renderNDJSON writes one JSON object a line for each result, complete in
// itself: schema_version and command come with every line. The exit code is that
// of the whole run, so it is not there.
func renderNDJSON(w *bufio.Writer, d Document, _ Options) error {
	for _, r := range d.Results {
		n := node{kind: objectNode}
		n.addField("schema_version", Int(SchemaVersion))
		n.addField("command", Text(d.Command))
		n.addField("source", Text(r.Source))
		n.addFields(r.Fields)
		writeJSON(w, n, -1)
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}
