package bolt

import (
	"bytes"
	"testing"
)

// TestBoth wants each of two accumulators to see what it would see alone, and no fork
// ahead of its turn if one of the two cannot have one.
func TestBoth(t *testing.T) {
	f := openTest(t, bigFile(t, 1))
	want := outcomeOf(t, f, WalkOptions{}).text
	for _, o := range append(ways(), WalkOptions{}) {
		a, b := newTranscript(), newTranscript()
		walkTest(t, f, Both(a, b), o)
		if string(a.text) != want || !bytes.Equal(a.text, b.text) {
			t.Errorf("%+v: %d and %d bytes, want %d", o, len(a.text), len(b.text), len(want))
		}
	}
	if Both(newTranscript(), inTurnOnly{}).ForkEarly() != nil {
		t.Error("a fork ahead of its turn of what has none")
	}
}

type inTurnOnly struct{ nothing }

func (inTurnOnly) ForkEarly() Accumulator { return nil }
