package render

import (
	"fmt"

	"boltvet/verify"
)

// Verify shows a report of verify.
func Verify(r *verify.Report) Result {
	out := Result{Source: r.Source.Path}
	out.Fields = []Field{
		f("verdict", "", verdictValue(r.Verdict)),
		f("restorable", "", Text(r.Restorable.String()).Styled(restorableStyle(r.Restorable))),
		f("because", "", Text(r.Why)),
		f("kind", "", Text(r.Source.Kind.String())),
		f("level", "", Text(r.Level.String())),
		f("stopped_early", "stopped at the first finding", Bool(r.Stopped)),
		f("trailer", "sha256 trailer", trailerValue(r.Trailer)),
		f("layers", "", layersValue(r.Layers)),
	}
	out.Fields = append(out.Fields, readableField(r))
	out.Fields = append(out.Fields, f("boot", "would etcd start from it", bootValue(r.Boot)))
	out.Fields = append(out.Fields, Findings(r.Codes))
	out.Brief = verifyBrief(r)
	out.Table = &Table{Summary: true, Columns: []Column{
		{"verdict", "verdict"}, {"restorable", "restorable"}, {"kind", "kind"}, {"trailer.state", "sha256"},
		{"readable.first_revision", "from"}, {"readable.last_revision", "to"}, {"readable.records", "records"}, {"findings.count", "codes"},
	}}
	return out
}

func verdictValue(v verify.Verdict) Value {
	style := Bad
	switch v {
	case verify.VerdictHealthy:
		style = Good
	case verify.VerdictWorn:
		style = Warn
	}
	return Text(v.String()).Styled(style)
}

func restorableStyle(r verify.Restorable) Style {
	switch r {
	case verify.RestorableYes:
		return Good
	case verify.RestorableWithLosses:
		return Warn
	}
	return Bad
}

func layersValue(layers []verify.LayerResult) Value {
	list := make([]Value, len(layers))
	for i, l := range layers {
		list[i] = Object(f("layer", "", Text(l.Layer.String())), f("status", "", Text(l.Status.String())),
			f("findings", "", Int(l.Findings)), f("notes", "", Int(l.Notes)), f("reason", "", textOrNull(l.Reason)))
	}
	return List(list...)
}

// readableField says what can be read, whatever else is damaged.
func readableField(r *verify.Report) Field {
	if r.View == nil {
		return f("readable", "", Null())
	}
	t := r.View.Totals
	return f("readable", "", Object(
		f("records", "", Int(t.Records)),
		f("first_revision", "", revisionValue(t.Records, t.First)),
		f("last_revision", "", revisionValue(t.Records, t.Last)),
		f("unparsed", "not readable", Int(r.View.Unparsed)),
	))
}

func bootValue(boot []verify.BootVerdict) Value {
	list := make([]Value, len(boot))
	for i, b := range boot {
		list[i] = Object(f("release", "", Text(b.Release)), f("outcome", "", Text(b.Outcome.String()).Styled(bootStyle(b.Outcome))),
			f("message", "", textOrNull(b.Message)), f("because", "", textOrNull(b.Why)))
	}
	return List(list...)
}

func bootStyle(o verify.BootOutcome) Style {
	if o == verify.Boots {
		return Good
	}
	return Bad
}

// verifyBrief is the report for a person at 3 a.m.: the verdict, what it means, what
// was looked at, and then each finding with what to do.
func verifyBrief(r *verify.Report) []Field {
	b := brief{}
	b.add("verdict", verdictValue(r.Verdict))
	b.add("restorable", Text(r.Restorable.String()+": "+r.Why).Styled(restorableStyle(r.Restorable)))
	b.text("kind", "%s", r.Source.Kind)
	if r.Trailer.State != "" {
		b.add("sha256", trailerLine(r.Trailer))
	}
	if r.View != nil {
		t := r.View.Totals
		b.text("readable", "%d records, revisions %d to %d", t.Records, t.First.Main, t.Last.Main)
	}
	b.add("layers", layersBrief(r.Layers))
	for _, v := range r.Boot {
		line := v.Outcome.String()
		if v.Message != "" {
			line += ": " + v.Message
		}
		if v.Why != "" {
			line += " (" + v.Why + ")"
		}
		b.add("etcd "+v.Release, Text(line).Styled(bootStyle(v.Outcome)))
	}
	b.findings(r.Codes)
	if r.Stopped {
		b.text("note", "stopped at the first finding; what lies behind it was not looked at")
	}
	return b.fields
}

// layersBrief is one line for each end that a layer can have.
func layersBrief(layers []verify.LayerResult) Value {
	var list []Field
	for _, l := range layers {
		text := l.Status.String()
		style := Good
		switch l.Status {
		case verify.Faults:
			text, style = fmt.Sprintf("%d %s", l.Findings, plural(l.Findings, "finding")), Bad
		case verify.Skipped:
			text, style = "skipped: "+l.Reason, Plain
		}
		list = append(list, f(l.Layer.String(), l.Layer.String(), Text(text).Styled(style)))
	}
	return Object(list...)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
