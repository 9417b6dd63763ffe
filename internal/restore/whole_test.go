package restore

import (
	"testing"

	"boltvet/verify"
)

func TestWhole(t *testing.T) {
	boot := func(outcomes ...verify.BootOutcome) (list []verify.BootVerdict) {
		for _, o := range outcomes {
			list = append(list, verify.BootVerdict{Outcome: o})
		}
		return list
	}
	for name, c := range map[string]struct {
		done Done
		want bool
	}{
		"healthy":             {Done{Boot: boot(verify.Boots, verify.Boots)}, true},
		"worn, and one dies":  {Done{Verdict: verify.VerdictWorn, Boot: boot(verify.Boots, verify.Dies)}, true},
		"an alarm was kept":   {Done{Boot: boot(verify.AcceptsNoWrites)}, true},
		"nobody can tell":     {Done{Boot: boot(verify.Dies, verify.BootUnknown)}, true},
		"learners only":       {Done{}, true},
		"every release dies":  {Done{Boot: boot(verify.Dies, verify.Dies)}, false},
		"damaged, and starts": {Done{Verdict: verify.VerdictDamaged, Boot: boot(verify.Boots)}, false},
	} {
		if got := c.done.Whole(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
