package render

import (
	"fmt"

	"boltvet/verify"
)

// Findings shows what was found, code by code, with the sample of places.
func Findings(codes []verify.CodeCount) Field {
	list := make([]Value, 0, len(codes))
	for _, c := range codes {
		first := c.Sample[0]
		list = append(list, Object(
			f("severity", "", Text(c.Severity.String()).Styled(severityStyle(c.Severity))),
			f("code", "", Text(c.Code)),
			f("count", "", Int(c.Count)),
			f("layer", "", Text(c.Layer.String())),
			f("place", "first place", Text(first.Place.String())),
			f("got", "", textOrNull(first.Got)),
			f("want", "", textOrNull(first.Want)),
			f("hidden", "hides", textOrNull(first.Hidden)),
			f("meaning", "", textOrNull(first.Meaning)),
			f("next", "next step", textOrNull(first.Next)),
			f("sample", "", places(c.Sample)),
		))
	}
	return f("findings", "", List(list...))
}

// places lists the sampled findings of one code by their coordinates.
func places(sample []verify.Finding) Value {
	list := make([]Value, len(sample))
	for i, x := range sample {
		p := x.Place
		list[i] = Object(
			f("file", "", textOrNull(p.File)),
			f("page", "", intIf(p.Page >= 0, p.Page)),
			f("element", "", intIf(p.Element >= 0, p.Element)),
			f("offset_bytes", "", intIf(p.Offset >= 0, p.Offset)),
			f("parent_page", "", intIf(p.Parent >= 0, p.Parent)),
			f("bucket", "", textOrNull(p.Bucket)),
			f("revision", "", textOrNull(p.Revision)),
			f("key", "", keyOrNull(p.Key)),
			f("raft_index", "", uintIf(p.Index > 0, p.Index)),
			f("severity", "", Text(x.Severity.String())),
			f("got", "", textOrNull(x.Got)),
			f("want", "", textOrNull(x.Want)),
			f("hidden", "", textOrNull(x.Hidden)),
		)
	}
	return List(list...)
}

func keyOrNull(k []byte) Value {
	if k == nil {
		return Null()
	}
	return Key(k)
}

func severityStyle(s verify.Severity) Style {
	switch s {
	case verify.Damaged, verify.Unreadable:
		return Bad
	case verify.Worn:
		return Warn
	}
	return Plain
}

// condition is the short judgement of what was found, one of a few words: scripts
// compare it.
func condition(codes []verify.CodeCount) Value {
	worst, _ := worstOf(codes)
	if worst == verify.Note {
		return Text("no damage found").Styled(Good)
	}
	return Text(worst.String()).Styled(severityStyle(worst))
}

// worstOf is the worst severity, and how many findings are more than notes.
func worstOf(codes []verify.CodeCount) (worst verify.Severity, count int64) {
	for _, c := range codes {
		worst = max(worst, c.Severity)
		if c.Severity > verify.Note {
			count += c.Count
		}
	}
	return worst, count
}

// conditionLine is condition for a person, who also wants to know what the word means.
func conditionLine(codes []verify.CodeCount) Value {
	worst, count := worstOf(codes)
	meaning := ""
	switch worst {
	case verify.Worn:
		meaning = ", nothing is lost: "
	case verify.Damaged, verify.Unreadable:
		meaning = ": "
	default:
		return condition(codes)
	}
	return Text(worst.String() + meaning + counted(count, "finding", "findings")).Styled(severityStyle(worst))
}

// counted is a number with its noun.
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
