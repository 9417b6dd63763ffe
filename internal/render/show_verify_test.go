package render

import (
	"testing"

	"boltvet/verify"
)

// TestSkippedLine keeps each reason beside the layers that it is the reason of.
func TestSkippedLine(t *testing.T) {
	skipped := func(reason string, layers ...verify.Layer) (out []verify.LayerResult) {
		for _, l := range layers {
			out = append(out, verify.LayerResult{Layer: l, Status: verify.Skipped, Reason: reason})
		}
		return out
	}
	level := skipped("--level tree", verify.LayerRevisions, verify.LayerMeanings)
	member := skipped("no member directory", verify.LayerWAL, verify.LayerMember)
	file := verify.LayerResult{Layer: verify.LayerFile}
	for want, layers := range map[string][]verify.LayerResult{
		"":                                 {file},
		"wal, member: no member directory": append([]verify.LayerResult{file}, member...),
		"revisions, meanings: --level tree; wal, member: no member directory": append(level, member...),
	} {
		if got := skippedLine(layers); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
