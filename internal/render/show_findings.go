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

// condition is the short judgement of what was found.
func condition(codes []verify.CodeCount) Value {
	worst, count := verify.Note, int64(0)
	for _, c := range codes {
		worst = max(worst, c.Severity)
		if c.Severity > verify.Note {
			count += c.Count
		}
	}
	if worst == verify.Note {
		return Text("no damage found").Styled(Good)
	}
	noun := "findings"
	if count == 1 {
		noun = "finding"
	}
	return Text(fmt.Sprintf("%s (%d %s)", worst, count, noun)).Styled(severityStyle(worst))
}
