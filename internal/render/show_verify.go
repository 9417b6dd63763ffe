package render

import (
	"fmt"
	"strings"

	"boltvet/internal/upstream"
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
	out.Fields = append(out.Fields, f("second_opinions", "", opinionsValue(r.Opinions)))
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
	case verify.RestorableUnknown:
		return Plain
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

func opinionsValue(opinions []upstream.Opinion) Value {
	list := make([]Value, len(opinions))
	for i, o := range opinions {
		agrees := Null()
		if o.Agrees != nil {
			agrees = Bool(*o.Agrees)
		}
		list[i] = Object(f("tool", "", Text(o.Tool)), f("question", "", Text(o.Question)), f("outcome", "", Text(o.Outcome)),
			f("agrees", "", agrees), f("text", "", textOrNull(o.Text)))
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
		b.add("sha256", cutTrailerLine(r.Trailer, r.Codes))
	}
	if r.View != nil {
		t := r.View.Totals
		if t.Records == 0 {
			b.text("readable", "no records")
		} else {
			b.text("readable", "%s, revisions %d to %d", counted(t.Records, "record", "records"), t.First.Main, t.Last.Main)
		}
	}
	b.layers(r.Layers)
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
	for _, o := range r.Opinions {
		b.add(o.Question, opinionLine(o))
	}
	b.findings(r.Codes)
	if r.Stopped {
		b.text("note", "stopped at the first finding; what lies behind it was not looked at")
	}
	return b.fields
}

func opinionLine(o upstream.Opinion) Value {
	v := Text(o.Tool + " " + o.Outcome + ": " + o.Text)
	switch {
	case o.Agrees == nil:
		return v
	case *o.Agrees:
		return Text("agrees (" + o.Tool + "): " + o.Text).Styled(Good)
	}
	return Text("DISAGREES (" + o.Tool + "): " + o.Text).Styled(Warn)
}

// layers is one line for each way in which the check of a layer can end.
func (b *brief) layers(layers []verify.LayerResult) {
	var whole, faulty []string
	for _, l := range layers {
		switch l.Status {
		case verify.OK:
			whole = append(whole, l.Layer.String())
		case verify.Faults:
			faulty = append(faulty, fmt.Sprintf("%s (%d)", l.Layer, l.Findings))
		}
	}
	if len(whole) > 0 {
		b.add("whole", Text(strings.Join(whole, ", ")).Styled(Good))
	}
	if len(faulty) > 0 {
		b.add("with findings", Text(strings.Join(faulty, ", ")).Styled(Bad))
	}
	if skipped := skippedLine(layers); skipped != "" {
		b.add("not checked", Text(skipped))
	}
}

// skippedLine names the layers that were not checked, those with one reason together.
func skippedLine(layers []verify.LayerResult) string {
	line, reason := "", ""
	for _, l := range layers {
		switch {
		case l.Status != verify.Skipped:
			continue
		case line != "" && l.Reason == reason:
			line += ", "
		case line != "":
			line += ": " + reason + "; "
		}
		line += l.Layer.String()
		reason = l.Reason
	}
	if line == "" {
		return ""
	}
	return line + ": " + reason
}

func plural(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
