package k8s

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxNotes bounds what is said about one value.
const maxNotes = 8

// notes gathers what is odd about a value that is decoded all the same, each
// thing once.
type notes struct {
	all []string
}

func (n *notes) add(text string) {
	if len(n.all) < maxNotes && !slices.Contains(n.all, text) {
		n.all = append(n.all, text)
	}
}

// unknown notes a field that no known release has.
func (n *notes) unknown(m *message, number protowire.Number) {
	if len(n.all) < maxNotes {
		n.add(fmt.Sprintf("%s has a field %d that is not known here; it is not shown", m.name, number))
	}
}
