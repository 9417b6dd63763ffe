package restore

import (
	"math"
	"testing"
)

func TestAutoBump(t *testing.T) {
	for _, c := range []struct {
		before    int64
		survivors []Survivor
		want      int64 // -1: none
	}{
		{100, nil, BumpMargin},
		{100, []Survivor{{"a", 90, 5}}, BumpMargin},
		{100, []Survivor{{"a", 90, 5}, {"b", 150, 7}, {"c", 151, 0}}, 57 + BumpMargin},
		{100, []Survivor{{"a", math.MaxInt64 - 3, 5}}, -1},
	} {
		got, why, err := AutoBump(c.before, c.survivors)
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("%+v: %d (%s, %v)", c, got, why, err)
		}
	}
}

// TestSurvivor counts what a killed member's log has beyond its db.
func TestSurvivor(t *testing.T) {
	src := open(t, unpack(t, "3.7-killed.tar.gz"))
	facts, err := Read(t.Context(), src, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSurvivor(facts)
	if err != nil {
		t.Fatal(err)
	}
	if s.Entries == 0 || s.Highest() <= facts.Report.View.Latest() {
		t.Errorf("%+v", s)
	}
}
