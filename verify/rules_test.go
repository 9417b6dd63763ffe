package verify

import (
	"fmt"
	"testing"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// kinds gathers every fault kind of the floors below.
func kinds() []fmt.Stringer {
	var all []fmt.Stringer
	for _, k := range bolt.FaultKinds() {
		all = append(all, k)
	}
	for _, k := range mvccview.FaultKinds() {
		all = append(all, k)
	}
	for _, k := range datadir.FaultKinds() {
		all = append(all, k)
	}
	for _, k := range MemberFaultKinds() {
		all = append(all, k)
	}
	return all
}

// TestEveryKindHasARule demands a judgement for whatever can be found, and that no
// two kinds share a code.
func TestEveryKindHasARule(t *testing.T) {
	codes := map[string]bool{}
	for _, k := range kinds() {
		r, ok := rules[any(k)]
		if !ok {
			t.Errorf("%s has no rule", k)
			continue
		}
		if r.meaning == "" {
			t.Errorf("%s has no meaning", k)
		}
		if r.severity >= Damaged && r.next == "" {
			t.Errorf("%s is %s, but nothing is said of what to do", k, r.severity)
		}
		if codes[k.String()] {
			t.Errorf("two kinds have the code %s", k)
		}
		codes[k.String()] = true
	}
	if len(rules) != len(codes) {
		t.Errorf("%d rules for %d kinds", len(rules), len(codes))
	}
}
