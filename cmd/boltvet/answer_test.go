package main

import (
	"bytes"
	"context"
	"errors"
	"syscall"
	"testing"

	"boltvet/internal/render"
)

// A signalledPipe is a stdout at whose first byte the signal arrives.
type signalledPipe struct {
	signal func()
	bytes  int
}

func (p *signalledPipe) Write(b []byte) (int, error) {
	p.signal()
	p.bytes += len(b)
	return len(b), nil
}

// TestSignalEndsALongDocument: rendering goes over a document that is in memory, and
// nothing else of the program runs meanwhile that would look at the signal.
func TestSignalEndsALongDocument(t *testing.T) {
	list := make([]render.Value, 100_000)
	for i := range list {
		list[i] = render.Object(render.Field{Name: "key", Value: render.Text("/registry/pods/default/pod")}, render.Field{Name: "n", Value: render.Int(int64(i))})
	}
	rows := render.List(list...)
	long := answer{rows: []row{{result: render.Result{Source: "a.db", Fields: []render.Field{{Name: "rows", Value: rows}},
		Table: render.ListTable("rows", rows, render.Column{Name: "key"}, render.Column{Name: "n"})}}}}
	for _, format := range []string{"json", "ndjson", "yaml", "csv", "markdown", "fields"} {
		ctx, cancel := context.WithCancelCause(context.Background())
		out := &signalledPipe{signal: func() { cancel(interrupted{syscall.SIGTERM}) }}
		var stderr bytes.Buffer
		env := func(string) string { return "" }
		c := &call{ctx: ctx, cmd: newRoot().sub("history"), out: newOutlet(out, env), errOut: &stderr, env: env, set: settings{format: format}}
		err := c.print(long)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v behind %d bytes", format, err, out.bytes)
		}
		if out.bytes == 0 || out.bytes > 200_000 {
			t.Errorf("%s: %d bytes were written", format, out.bytes)
		}
		if code := c.complainOutput(err); code != exitTerminated || !bytes.Contains(stderr.Bytes(), []byte("stopped by signal")) {
			t.Errorf("%s: exit code %d, %q", format, code, stderr.String())
		}
		out.bytes = 0
		if err := c.print(answer{rows: []row{{result: errorResult("", failure{message: "stopped"})}}}); err != nil || out.bytes == 0 {
			t.Errorf("%s: what is said of the signal: %v, %d bytes", format, err, out.bytes)
		}
	}
}
