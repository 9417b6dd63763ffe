package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/dustin/go-humanize"

	"boltvet/internal/query"
	"boltvet/internal/render"
)

// A changeWriter writes the answer of history row by row, in one of the formats.
type changeWriter interface {
	begin(h *query.HistoryAnswer)
	change(ch *query.Change) error
	deletion(d *query.Deletion) error
	// end gives the document, if the writer makes one.
	end(h *query.HistoryAnswer) (render.Result, error)
	// streams tells that the answer goes to stdout as it comes.
	streams() bool
}

// A changeView says what is shown of values.
type changeView struct {
	show         valueView
	objects      *objectView // nil: values are compared as they are stored
	diff, values bool
}

// of is the change with what is shown of its value.
func (v changeView) of(ch *query.Change) (s render.ShownChange, err error) {
	s.Change = ch
	if ch.Tombstone || !v.diff && !v.values {
		return s, nil
	}
	value, err := v.show(&ch.KV)
	if err != nil {
		return s, err
	}
	if v.values {
		s.Value = append([]byte{}, value...)
	}
	switch {
	case !v.diff || ch.Prev == nil:
	case v.objects != nil:
		d := v.objects.diff(ch.Prev, &ch.KV)
		s.Diff = &d
	default:
		before, err := v.show(ch.Prev)
		if err != nil {
			return s, err
		}
		d := query.DiffValues(before, value)
		s.Diff = &d
	}
	return s, nil
}

// simpleChanges writes a line for each change below its key, fit for a terminal.
type simpleChanges struct {
	stream
	c    *call
	view changeView
	key  []byte
	any  bool
}

func (w *simpleChanges) begin(*query.HistoryAnswer) {}

func (w *simpleChanges) change(ch *query.Change) error {
	s, err := w.view.of(ch)
	if err != nil {
		return err
	}
	if !w.any || string(w.key) != string(ch.KV.Key) {
		w.any, w.key = true, append(w.key[:0], ch.KV.Key...)
		fmt.Fprintln(w.c.out, render.Printable(ch.KV.Key))
	}
	fmt.Fprintf(w.c.out, "  %s%s\n", changeText(ch), othersText(ch))
	if s.Value != nil {
		fmt.Fprintf(w.c.out, "      value: %s\n", render.Printable(s.Value))
	}
	if s.Diff != nil {
		for _, line := range render.DiffLines(s.Diff) {
			fmt.Fprintf(w.c.out, "      %s\n", line)
		}
	}
	return nil
}

// changeText is a change in words.
func changeText(ch *query.Change) string {
	text := fmt.Sprintf("%-10s generation %d", ch.Revision, ch.Generation)
	if ch.Tombstone {
		text += "  deleted"
	} else {
		text += fmt.Sprintf("  version %d  created %d  %s", ch.KV.Version, ch.KV.Create, humanize.IBytes(uint64(len(ch.KV.Value))))
	}
	if ch.KV.Lease != 0 {
		text += "  lease " + strconv.FormatUint(uint64(ch.KV.Lease), 16)
	}
	if ch.Doubt != query.Sure {
		text += "  (" + ch.Doubt.String() + ")"
	}
	return text
}

// othersText names what else the transaction changed.
func othersText(ch *query.Change) string {
	others := ch.InTxn - 1
	if others <= 0 {
		return ""
	}
	return fmt.Sprintf("  with %d more: %s", others, printableKeys(ch.Others, others-int64(len(ch.Others))))
}

func (w *simpleChanges) deletion(d *query.Deletion) error {
	last := "last value not in the file any more"
	if d.Last != nil {
		last = fmt.Sprintf("last value of %d, %s", d.Last.Mod, humanize.IBytes(uint64(len(d.Last.Value))))
	}
	fmt.Fprintf(w.c.out, "%s  deleted at %s, %s\n", render.Printable([]byte(d.Key)), d.At, last)
	return nil
}

func (w *simpleChanges) end(*query.HistoryAnswer) (render.Result, error) { return render.Result{}, nil }

// rowChanges writes a row for each change.
type rowChanges struct {
	stream
	c    *call
	view changeView
	head []render.Field // of a list without rows
	rows *render.RowWriter
}

func (w *rowChanges) begin(h *query.HistoryAnswer) {
	w.rows = render.NewRowWriter(w.c.out, w.c.set.format, w.c.cmd.title(), h.Source.Path, w.c.renderOptions())
}

func (w *rowChanges) change(ch *query.Change) error {
	s, err := w.view.of(ch)
	if err != nil {
		return err
	}
	return w.rows.Write(render.ChangeFields(s, w.c.set.format == "csv"))
}

func (w *rowChanges) deletion(d *query.Deletion) error { return w.rows.Write(render.DeletionFields(d)) }

func (w *rowChanges) end(*query.HistoryAnswer) (render.Result, error) {
	return render.Result{}, errors.Join(w.rows.Head(w.head), w.rows.Flush())
}

// documentChanges collects the rows for a format that needs them all.
type documentChanges struct {
	view    changeView
	flat    bool // for tables
	deleted bool
	held    rowBudget
	list    []render.Value
}

func (w *documentChanges) streams() bool              { return false }
func (w *documentChanges) begin(*query.HistoryAnswer) {}

func (w *documentChanges) change(ch *query.Change) error {
	s, err := w.view.of(ch)
	if err != nil {
		return err
	}
	w.list = append(w.list, render.Object(render.ChangeFields(s, w.flat)...))
	return w.held.add(len(ch.KV.Key) + len(s.Value) + diffBytes(s.Diff))
}

func (w *documentChanges) deletion(d *query.Deletion) error {
	w.list = append(w.list, render.Object(render.DeletionFields(d)...))
	return w.held.add(len(d.Key))
}

// diffBytes is the length of what a diff shows.
func diffBytes(d *query.ValueDiff) (n int) {
	if d != nil {
		for _, s := range d.Steps {
			n += len(s.At) + len(s.Old) + len(s.New) + rowCost/textCost/4
		}
	}
	return n
}

func (w *documentChanges) end(h *query.HistoryAnswer) (render.Result, error) {
	if w.deleted {
		return render.Deletions(h, w.list), nil
	}
	var more []string
	if w.view.values {
		more = append(more, "value")
	}
	if w.view.diff {
		more = append(more, "diff")
	}
	return render.History(h, w.list, more...), nil
}
