package rewrite

import (
	"math"
	"path/filepath"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/inspect"
)

// TestForecastOfStatus holds what status foretells, from sizes alone, against the files
// that come of it: within 1 % and a few pages.
func TestForecastOfStatus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 32 << 20, Seed: 9}); err != nil {
		t.Fatal(err)
	}
	status, err := inspect.Run(t.Context(), resolve(t, path), inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defragged, err := Defrag(t.Context(), resolve(t, path), output(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	compacted, err := Compact(t.Context(), resolve(t, path), output(t), Target{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]int64{
		"defrag":  {status.DB.Forecast.OwnDefrag, defragged.After.DBBytes},
		"compact": {status.DB.Forecast.OwnDefragCompact, compacted.After.DBBytes},
	} {
		off := math.Abs(float64(pair[0] - pair[1]))
		t.Logf("%s: foretold %d, came to %d", name, pair[0], pair[1])
		if off > 0.01*float64(pair[1])+4*4096 {
			t.Errorf("%s: foretold %d bytes, came to %d", name, pair[0], pair[1])
		}
	}
	if k := status.DB.Survivors.Records; k != compacted.Records.Kept {
		t.Errorf("status says that %d records survive, %d did", k, compacted.Records.Kept)
	}
}
