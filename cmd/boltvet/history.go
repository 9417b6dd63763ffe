package main

import (
	"context"
	"fmt"
	"slices"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/internal/render"
)

// historyCommand is `boltvet history PATH KEY`.
func historyCommand() *command {
	return &command{
		name: "history", args: "PATH KEY",
		short: "every revision of a key that is still in the file",
		about: `Lists every put and deletion of KEY, or with --prefix of the keys under it, oldest first:
revision and place in its transaction, generation (a key's life from a put to its
deletion; 1 is the oldest in the file), version, create revision, lease, size, and which
other keys the transaction changed (the first 8 of them, and how many changes it has).
What "etcdctl watch --rev" would have shown of the revisions above the compact one is all
there; of those below, what compaction has left.

--diff shows what each put changed in the value: JSON by paths, text by lines, others by
bytes. --values shows the values. Neither is shown without. --deleted lists the keys whose
last revision is a deletion, with the size of the last value if that is still there.

Of a cluster of Kubernetes --resource, -n and --name select keys as with get, and --decode
compares or shows the objects as kubectl shows them, Secrets redacted unless --show-secrets:
--diff tells that a secret changed, and not what it was. Without --decode nothing is redacted.

ndjson and csv write one row a change as they come. No such key is exit code 0 and
nothing listed. A damaged file is answered as far as it can be read, with exit code 3.`,
		flags: append(append([]flag{
			{name: "prefix", usage: "all keys that begin with KEY; every key if it is empty"},
			{name: "deleted", usage: "the keys whose last revision is a deletion"},
			{name: "diff", usage: "what each put changed in the value"},
			{name: "values", usage: "show values"},
		}, keyFlags()...), slices.Concat(resourceFlags(), decodeFlags(), keyWorkload("600 bytes for each change"))...),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: 2,
		inputs: firstArg,
		examples: []example{
			{"boltvet history snapshot.db /registry/pods/default/web --diff", "who changed what, and when"},
			{"boltvet history snapshot.db --resource deploy --name web --decode --diff", "which fields changed?"},
			{"boltvet history snapshot.db /registry/ --prefix --deleted", "what was deleted"},
			{"boltvet history snapshot.db '' --prefix -w csv", "everything, for a spreadsheet"},
		},
		run: runHistory,
	}
}

// A historyRequest is what the flags of history ask for.
type historyRequest struct {
	keys                  query.KeyRange
	deleted, diff, values bool
	objects               *objectView // nil: values as they are stored
	load                  workload
}

func readHistoryRequest(c *call) (r historyRequest, err error) {
	r = historyRequest{deleted: c.isSet("deleted"), diff: c.isSet("diff"), values: c.isSet("values")}
	if r.deleted && (r.diff || r.values) {
		return r, c.usage("--deleted goes neither with --diff nor with --values", "")
	}
	if r.load, err = c.workload(); err != nil {
		return r, err
	}
	if r.objects, err = c.objectView(); err != nil {
		return r, err
	}
	if r.objects != nil && !r.diff && !r.values {
		return r, c.usage("--decode goes with --diff or --values", "")
	}
	r.keys, err = c.keyRange()
	return r, err
}

// runHistory reads the flags, asks the file and writes what it says.
func runHistory(c *call) (answer, error) {
	r, err := readHistoryRequest(c)
	if err != nil {
		return answer{}, err
	}
	out := c.changeWriter(r)
	path, begun := c.args()[0], false
	one, err := c.oneSource(path, c.sourceOptions(), steadily(func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		return c.history(ctx, src, r, out, &begun)
	}))
	if err != nil {
		one = c.failedKeys(path, err, one.code, begun && out.streams())
	}
	return answer{rows: []row{one}, printed: out.streams()}, nil
}

// failedKeys is the row of an error. found is the code of damage that was found before;
// there is no document behind half an answer.
func (c *call) failedKeys(path string, err error, found exitCode, half bool) row {
	r := c.failedRow(path, err)
	r.code, r.failed = worse(r.code, found), !half
	return r
}

// history answers for one source.
func (c *call) history(ctx context.Context, src *datadir.Source, r historyRequest, out changeWriter, begun *bool) (render.Result, exitCode, error) {
	damage := newKeyDamage(src)
	h, err := query.History(ctx, src, r.keys, c.readOptions(r.load, damage.add))
	if err != nil {
		return render.Result{}, c.tellDamage(src, damage, nil), c.noKeys(src, err)
	}
	defer h.Close()
	code := c.tellDamage(src, damage, historyLosses(h))
	c.meter.stop() // the answer may go to the terminal that the bar is on
	c.noteNoObjects(src, h.Keys)
	if n := max(h.Changes, 0); !out.streams() && n > maxListedKeys {
		return render.Result{}, code, &refusal{fmt.Sprintf("%d changes for a format that holds them all at once", n), "-w ndjson, csv or simple, or a narrower KEY"}
	}
	*begun = true
	out.begin(h)
	if r.deleted {
		err = h.EachDeleted(ctx, func(d *query.Deletion) error { return c.tried(out.deletion(d)) })
	} else {
		err = h.Each(ctx, func(ch *query.Change) error { return c.tried(out.change(ch)) })
	}
	if c.unwritten() != nil {
		return render.Result{}, code, nil // the last flush tells it
	}
	if err != nil {
		return render.Result{}, code, err
	}
	result, err := out.end(h)
	return result, worse(code, c.tellObjects(src, r.objects)), err
}

// tried is err, or else what stdout has met.
func (c *call) tried(err error) error {
	if err != nil {
		return err
	}
	return c.unwritten()
}

// historyLosses is what damage may have taken from the answer.
func historyLosses(h *query.HistoryAnswer) []loss {
	out := hiddenLoss(h.Hidden, h.Astray)
	if h.Misfits > 0 {
		out = append(out, loss(fmt.Sprintf("%d changes do not fit the one before: one between is lost, or one is damaged", h.Misfits)))
	}
	return out
}

// changeWriter chooses the writer of the format.
func (c *call) changeWriter(r historyRequest) changeWriter {
	view := changeView{show: asStored, diff: r.diff, values: r.values}
	if r.objects != nil {
		view.show, view.objects = r.objects.asJSON, r.objects
	}
	switch {
	case c.set.format == "simple":
		return &simpleChanges{c: c, view: view}
	case slices.Contains(render.StreamFormats(), c.set.format):
		head := render.ChangeFields(render.ShownChange{Change: &query.Change{}}, true)
		if r.deleted {
			head = render.DeletionFields(&query.Deletion{})
		}
		return &rowChanges{c: c, view: view, head: head}
	}
	return &documentChanges{view: view, deleted: r.deleted, held: rowBudget{limit: r.load.table}, flat: c.set.format == "table" || c.set.format == "markdown"}
}
