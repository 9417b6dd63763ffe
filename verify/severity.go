package verify

import "fmt"

// Severity says how bad a fault is.
type Severity uint8

// The severities, from harmless to hopeless.
const (
	Note       Severity = iota // worth knowing, and normal
	Worn                       // odd, but nothing is lost: the file can be restored
	Damaged                    // something is lost or wrong; the rest can be read
	Unreadable                 // nothing can be read
)

var severityNames = [...]string{"note", "worn", "damaged", "unreadable"}

// String is the stable word for the severity.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity-%d", uint8(s))
}

// Layer is a floor of a backup that is checked as one.
type Layer uint8

// The layers, in the order in which they are checked.
const (
	LayerFile Layer = iota
	LayerMeta
	LayerFreelist
	LayerPages
	LayerOrder
	LayerBuckets
	LayerRevisions
	LayerMeanings
	LayerWAL
	LayerMember
	layerEnd
)

var layerNames = [...]string{"file", "meta", "freelist", "pages", "order", "buckets", "revisions", "meanings", "wal", "member"}

// String is the stable name of the layer.
func (l Layer) String() string {
	if l < layerEnd {
		return layerNames[l]
	}
	return fmt.Sprintf("layer-%d", uint8(l))
}

// Structure tells whether the layer is one of the bolt file's own, which bbolt checks
// as well.
func (l Layer) Structure() bool { return l >= LayerMeta && l <= LayerBuckets }
