package main

import (
	"boltvet/internal/query"
	"boltvet/internal/render"
)

// objectWriter chooses the writer of decoded objects; nil: the format shows an object as
// the value of its key.
func (c *call) objectWriter(r getRequest) (keyWriter, error) {
	switch format := c.set.format; {
	case r.outDir != "":
		return newKeyFiles(c, r, ".yaml", r.objects.asYAML)
	case format == "simple", format == "yaml":
		return &manifests{c: c, view: r.objects, keys: format == "simple" && !r.valueOnly}, nil
	case format == "json":
		return &objectList{c: c, view: r.objects, single: c.text("name") != "" || r.query.Keys.End == nil}, nil
	case format == "ndjson":
		return &objectLines{c: c, view: r.objects}, nil
	}
	return nil, nil
}

// manifests writes a document of YAML for each object.
type manifests struct {
	stream
	c    *call
	view *objectView
	keys bool // a comment with the key above each
	any  bool
}

func (w *manifests) begin(*query.GetAnswer) error { return nil }

func (w *manifests) key(it *query.Item) error {
	out := w.view.look(&it.KV)
	if out.Object != nil && w.any {
		w.c.out.WriteString("---\n")
	}
	if out.Object != nil && w.keys {
		w.c.out.WriteString("# " + render.Printable(it.KV.Key) + "\n")
	}
	w.c.out.Write(w.view.comments(it.KV.Key, out))
	if out.Object != nil {
		w.any = true
		w.c.out.Write(render.ManifestYAML(out.Object))
	}
	return nil
}

func (w *manifests) end(*query.GetAnswer) (render.Result, error) { return render.Result{}, nil }

// objectLines writes each object as a line of JSON.
type objectLines struct {
	stream
	c    *call
	view *objectView
}

func (w *objectLines) begin(*query.GetAnswer) error { return nil }

func (w *objectLines) key(it *query.Item) error {
	if out := w.view.look(&it.KV); out.Object != nil {
		w.c.out.Write(append(render.ManifestJSON(out.Object, -1), '\n'))
	}
	return nil
}

func (w *objectLines) end(*query.GetAnswer) (render.Result, error) { return render.Result{}, nil }

// objectList writes what "kubectl get -o json" writes: the one object that was asked for
// by name, or else a List.
type objectList struct {
	stream
	c      *call
	view   *objectView
	single bool
	any    bool
}

func (w *objectList) begin(a *query.GetAnswer) error {
	w.single = w.single && a.Len() == 1
	if !w.single {
		w.c.out.WriteString("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"metadata\": {},\n  \"items\": [")
	}
	return nil
}

func (w *objectList) key(it *query.Item) error {
	out := w.view.look(&it.KV)
	switch {
	case out.Object == nil && w.single:
		w.c.out.WriteString("null\n")
	case out.Object == nil:
	case w.single:
		w.c.out.Write(append(render.ManifestJSON(out.Object, 0), '\n'))
	default:
		if w.any {
			w.c.out.WriteByte(',')
		}
		w.any = true
		w.c.out.WriteString("\n    ")
		w.c.out.Write(render.ManifestJSON(out.Object, 2))
	}
	return nil
}

func (w *objectList) end(*query.GetAnswer) (render.Result, error) {
	switch {
	case w.single:
	case w.any:
		w.c.out.WriteString("\n  ]\n}\n")
	default:
		w.c.out.WriteString("]\n}\n")
	}
	return render.Result{}, nil
}
