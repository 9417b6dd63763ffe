package quarantine

import (
	"os"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/internal/upstream"
)

// Every damage of the catalogue (a sample of them, unless BOLTVET_FULL=1): each
// question gets an answer that is fit to print, whatever upstream code does.
func TestCatalogue(t *testing.T) {
	faults, err := fixtures.Faults()
	must(t, err)
	step := 23
	if os.Getenv("BOLTVET_FULL") == "1" {
		step = 1
	}
	a := asker(t)
	a.Timeout = 3 * time.Second
	tally := map[upstream.Kind]map[upstream.Outcome]int{}
	for i := 0; i < len(faults); i += step {
		path, err := faults[i].Build(t.TempDir())
		must(t, err)
		for _, kind := range upstream.Kinds() {
			got := asked(t, a, path, dbSize(t, path), upstream.Question{Kind: kind})
			said := append([]string{got.Error, got.Death}, got.Messages...)
			if (got.Death == "") != (got.Outcome == upstream.Answered) || strings.ContainsAny(strings.Join(said, ""), "\n\x1b") {
				t.Errorf("%s: %s: %+v", faults[i].Name, kind, got)
			}
			if tally[kind] == nil {
				tally[kind] = map[upstream.Outcome]int{}
			}
			tally[kind][got.Outcome]++
			t.Logf("%s %s: %s %.60s %s", faults[i].Name, kind, got.Outcome, got.Error+got.Death, got.Elapsed.Round(time.Millisecond))
		}
	}
	t.Logf("%d damages: %v", (len(faults)+step-1)/step, tally)
}
