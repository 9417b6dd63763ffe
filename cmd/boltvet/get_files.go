package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"boltvet/internal/atomicfile"
	"boltvet/internal/query"
	"boltvet/internal/render"
)

// keyFiles writes each value to a file of its own in a new directory, which is there
// whole or not at all, and lists the files.
type keyFiles struct {
	c     *call
	show  valueView
	ext   string // of every file
	dir   *atomicfile.Dir
	held  rowBudget
	list  []render.Value
	names []string
}

func newKeyFiles(c *call, r getRequest, ext string, show valueView) (*keyFiles, error) {
	dir, err := atomicfile.CreateDir(r.outDir, atomicfile.Options{})
	if err != nil {
		return nil, err
	}
	return &keyFiles{c: c, show: show, ext: ext, dir: dir, held: rowBudget{limit: r.load.table}}, nil
}

func (w *keyFiles) streams() bool { return false }
func (w *keyFiles) abort()        { w.dir.Abort() }

func (w *keyFiles) begin(a *query.GetAnswer) error {
	if a.Len() > maxListedKeys {
		return &refusal{fmt.Sprintf("%d keys are %d files", a.Len(), a.Len()), "--limit, or a narrower range"}
	}
	return nil
}

func (w *keyFiles) key(it *query.Item) error {
	value, err := w.show(&it.KV)
	if err != nil {
		return err
	}
	name := fileName(it.KV.Key) + w.ext
	f, err := w.dir.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(value)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	w.names = append(w.names, name)
	w.list = append(w.list, render.Object(render.KeyFile(it, name, len(value))...))
	return w.held.add(len(it.KV.Key))
}

func (w *keyFiles) end(a *query.GetAnswer) (render.Result, error) {
	if err := w.dir.Commit(); err != nil {
		return render.Result{}, err
	}
	w.c.made()
	for _, name := range w.names {
		w.c.record.wrote(filepath.Join(w.dir.Target(), name))
	}
	return render.GetFiles(a, w.dir.Target(), w.list), nil
}

// longestName bounds a name, as most filesystems do at 255 bytes; of longer keys the
// beginning is kept, and the sha256 tells them apart.
const longestName = 200

// fileName makes of a key a name that is one on every filesystem: letters, digits and
// "._-" stand for themselves, but not a dot in front; all else is %XX, as in a URL.
// Different keys have different names, and url.PathUnescape gives the key.
func fileName(key []byte) string {
	var b strings.Builder
	for i, ch := range key {
		switch {
		case ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch >= '0' && ch <= '9', ch == '_', ch == '-', ch == '.' && i > 0:
			b.WriteByte(ch)
		default:
			fmt.Fprintf(&b, "%%%02X", ch)
		}
		if b.Len() > longestName {
			return fmt.Sprintf("%s~%x", b.String()[:longestName-66], sha256.Sum256(key))
		}
	}
	return b.String()
}
