package upstream

import "testing"

func TestCompare(t *testing.T) {
	status := &Status{Hash: 0xab, Revision: 9, TotalKeys: 3, Size: 1}
	hash := &Hash{Hash: 0xcd, Revision: 9, CompactRevision: 4}
	for _, c := range []struct {
		name   string
		ours   Ours
		answer Answer
		want   string // "yes", "no" or "none" for Agrees
		text   string
	}{
		{"check, both find none", Ours{}, Answer{Question: Question{Kind: BoltCheck}, Outcome: Answered}, "yes", "finds no fault"},
		{"check finds none", Ours{Damaged: true}, Answer{Question: Question{Kind: BoltCheck}, Outcome: Answered}, "no", "finds no fault"},
		{"both find faults", Ours{Damaged: true}, refusal("page 1: x", "page 2: y"), "yes", "page 1: x (and 1 more)"},
		{"check alone finds one", Ours{}, refusal("page 1: x"), "no", "page 1: x"},
		{"crash on a damaged file", Ours{Damaged: true}, Answer{Outcome: Crashed, Death: "panic: x"}, "none", "panic: x"},
		{"crash on a good file", Ours{}, Answer{Outcome: Crashed, Death: "panic: x"}, "no", "panic: x"},
		{"stopped", Ours{}, Answer{Outcome: TimedOut, Death: "killed"}, "none", "killed"},
		{"equal status", Ours{Damaged: true, Status: &Status{Hash: 0xab, Revision: 9, TotalKeys: 3}},
			Answer{Outcome: Answered, Reply: Reply{Status: status}}, "yes", "hash 000000ab, revision 9, total keys 3"},
		{"other status", Ours{Status: &Status{Hash: 0xac, Revision: 9, TotalKeys: 4}},
			Answer{Outcome: Answered, Reply: Reply{Status: status}}, "no", "hash 000000ab, ours 000000ac; total keys 3, ours 4"},
		{"no status of ours", Ours{Damaged: true}, Answer{Outcome: Answered, Reply: Reply{Status: status}}, "no", "finds no fault"},
		{"status refused", Ours{Damaged: true, Status: status}, Answer{Outcome: Answered, Reply: Reply{Error: "e"}}, "yes", "e"},
		{"equal hash", Ours{HashKV: hash}, Answer{Outcome: Answered, Reply: Reply{HashKV: hash}}, "yes", "hash 000000cd, revision 9, compact revision 4"},
		{"no hash of ours", Ours{}, Answer{Outcome: Answered, Reply: Reply{HashKV: hash}}, "none", "hash 000000cd, revision 9; nothing of ours to compare"},
	} {
		got := Compare(c.ours, []Answer{c.answer})[0]
		agrees := "none"
		if got.Agrees != nil {
			agrees = map[bool]string{true: "yes", false: "no"}[*got.Agrees]
		}
		if agrees != c.want || got.Text != c.text || got.Outcome != c.answer.Outcome.String() {
			t.Errorf("%s: %s %+v, want %s %q", c.name, agrees, got, c.want, c.text)
		}
	}
}

func refusal(messages ...string) Answer {
	return Answer{Question: Question{Kind: BoltCheck}, Outcome: Answered, Reply: Reply{Messages: messages, MessageCount: int64(len(messages))}}
}
