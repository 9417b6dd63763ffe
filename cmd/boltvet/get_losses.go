package main

import (
	"fmt"

	"boltvet/internal/query"
)

// shownSpans is how many spans of hidden revisions a warning names.
const shownSpans = 5

// hiddenLoss says which revisions cannot be read, and whether others may be lost.
func hiddenLoss(spans []query.HiddenSpan, astray bool) (out []loss) {
	if astray {
		out = append(out, "records are not where they belong: some may have been overwritten, and any key may be missing or out of date")
	}
	if len(spans) == 0 {
		return out
	}
	text := "revisions that cannot be read, so that keys changed there may be missing or out of date:"
	for i, s := range spans {
		if i == shownSpans {
			text += fmt.Sprintf(" and %d more", len(spans)-shownSpans)
			break
		}
		text += " " + spanText(s)
	}
	return append(out, loss(text))
}

// spanText is a span as an inclusive range.
func spanText(s query.HiddenSpan) string {
	switch {
	case s.To == s.From.Next():
		return s.From.String()
	case s.To.Main-s.From.Main > 1<<40:
		return "from " + s.From.String() + " on"
	}
	return s.From.String() + " up to but not including " + s.To.String()
}

// answerLosses is what damage may have taken from the answer of get.
func answerLosses(a *query.GetAnswer) []loss {
	out := hiddenLoss(a.Hidden, a.Astray)
	if a.Lost > 0 {
		out = append(out, loss(fmt.Sprintf("not answered, although alive at revision %d: %d keys without a readable record: %s",
			a.Rev, a.Lost, printableKeys(a.LostKeys, a.Lost-int64(len(a.LostKeys))))))
	}
	if a.Doubtful > 0 {
		out = append(out, loss(fmt.Sprintf("%d keys may be answered with an older value than they had, or with a damaged one: %s",
			a.Doubtful, printableKeys(a.DoubtfulKeys, a.Doubtful-int64(len(a.DoubtfulKeys))))))
	}
	return out
}
