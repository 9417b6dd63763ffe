package main

import (
	"errors"
	"fmt"
	"slices"

	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/mvccview"
)

// A keyWriter writes the answer of get key by key, in one of the formats.
type keyWriter interface {
	begin(a *query.GetAnswer) error
	key(it *query.Item) error
	// end gives the document, if the writer makes one.
	end(a *query.GetAnswer) (render.Result, error)
	// streams tells that the answer goes to stdout as it comes.
	streams() bool
	// abort gives up what is not whole; it may be called after end.
	abort()
}

// A valueView makes of a value what is printed of it. Every value that get and history
// print passes through one.
type valueView func(kv *mvccview.KeyValue) ([]byte, error)

// asStored shows a value as it is.
func asStored(kv *mvccview.KeyValue) ([]byte, error) { return kv.Value, nil }

// keyWriter chooses the writer of the format.
func (c *call) keyWriter(r getRequest) (keyWriter, error) {
	format, show := c.set.format, valueView(asStored)
	if r.objects != nil {
		if w, err := c.objectWriter(r); w != nil || err != nil {
			return w, err
		}
		show = r.objects.asJSON
	}
	switch {
	case r.outDir != "":
		return newKeyFiles(c, r, "", show)
	case format == "protobuf" && c.out.terminal:
		return nil, &refusal{"raw bytes are not for a terminal", "redirect stdout, or -w table"}
	case format == "protobuf":
		return &protoKeys{c: c, show: show}, nil
	case format == "json":
		return &jsonKeys{c: c, show: show}, nil
	case format == "simple":
		return &simpleKeys{c: c, show: show, request: r}, nil
	case slices.Contains(render.StreamFormats(), format) && !r.query.CountOnly:
		return &rowKeys{c: c, show: show, keysOnly: r.query.KeysOnly}, nil
	}
	return &documentKeys{show: show, keysOnly: r.query.KeysOnly, held: rowBudget{limit: r.load.table}}, nil
}

// whole is what writers have in common that leave nothing half done.
type whole struct{}

func (whole) abort() {}

// stream is what writers have in common that write to stdout at once. An error of
// writing stays in c.out, whose last flush gives it.
type stream struct{ whole }

func (stream) streams() bool { return true }

// rowKeys writes a row for each key.
type rowKeys struct {
	stream
	c        *call
	show     valueView
	keysOnly bool
	rows     *render.RowWriter
}

func (w *rowKeys) begin(a *query.GetAnswer) error {
	w.rows = render.NewRowWriter(w.c.out, w.c.set.format, w.c.cmd.title(), a.Source.Path, w.c.renderOptions())
	return nil
}

func (w *rowKeys) key(it *query.Item) error {
	fields, err := keyFields(it, w.show, w.keysOnly)
	if err != nil {
		return err
	}
	return w.rows.Write(fields)
}

func (w *rowKeys) end(*query.GetAnswer) (render.Result, error) {
	head := render.KeyFields(&query.Item{}, nil)
	return render.Result{}, errors.Join(w.rows.Head(head), w.rows.Flush())
}

// keyFields is a key as a row.
func keyFields(it *query.Item, show valueView, keysOnly bool) ([]render.Field, error) {
	if keysOnly {
		return render.KeyFields(it, nil), nil
	}
	value, err := show(&it.KV)
	if err != nil {
		return nil, err
	}
	if value == nil {
		value = []byte{}
	}
	return render.KeyFields(it, value), nil
}

// maxListedKeys bounds what is listed in formats that hold the whole list at once.
const maxListedKeys = 200_000

// A rowBudget is what a list of rows takes that is held at once, against --max-memory.
type rowBudget struct{ limit, taken int64 } // bytes; limit 0: no bound

// rowCost is what a row takes at most until it is written, in bytes, and textCost what a
// byte of a key or value does.
const (
	rowCost  = 8 << 10
	textCost = 8
)

// add takes a row in, with so many bytes of keys and values.
func (l *rowBudget) add(text int) error {
	if l.taken += rowCost + textCost*int64(text); l.limit > 0 && l.taken > l.limit {
		return &refusal{"the list takes more than --max-memory in a format that holds it all at once", "-w ndjson or csv, a narrower range, or more memory"}
	}
	return nil
}

// documentKeys collects the keys for a format that needs them all.
type documentKeys struct {
	whole
	show     valueView
	keysOnly bool
	held     rowBudget
	list     []render.Value
}

func (w *documentKeys) streams() bool { return false }

func (w *documentKeys) begin(a *query.GetAnswer) error {
	if a.Len() > maxListedKeys {
		return &refusal{fmt.Sprintf("%d keys for a format that holds them all at once", a.Len()), "-w ndjson, csv or json, or --limit"}
	}
	return nil
}

func (w *documentKeys) key(it *query.Item) error {
	fields, err := keyFields(it, w.show, w.keysOnly)
	w.list = append(w.list, render.Object(fields...))
	return errors.Join(err, w.held.add(len(it.KV.Key)+len(it.KV.Value)))
}

func (w *documentKeys) end(a *query.GetAnswer) (render.Result, error) {
	return render.Get(a, w.list, w.keysOnly), nil
}
