package query

import (
	"bytes"
	"context"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A HistoryAnswer holds every record of a key range that is still in the file. It keeps
// the source's file mapped until Close; the source must stay open as long.
type HistoryAnswer struct {
	Source  *datadir.Source
	Trailer datadir.TrailerResult
	Latest  int64 // L
	Compact int64 // C; history at or below it is not complete; -1: never compacted
	Keys    int64 // keys with a record
	Deleted int64 // of these, the ones whose last record is a tombstone
	Changes int64 // records
	Misfits int64 // changes that do not fit the one before, so that damage must have been between

	Hidden []HiddenSpan // revisions that cannot be read, joined to at most [MaxHidden] spans
	Astray bool         // records are not where they belong, so that some may be missing

	scan *keyScan
	all  *changes
}

// A Change is one record of a key. It aliases the file and is valid during the call that
// hands it over.
type Change struct {
	mvccview.RevKey
	KV         mvccview.KeyValue
	Prev       *mvccview.KeyValue // what the key held before, of the same generation; nil: nothing, or it is not in the file any more
	Generation int64              // life of the key, from 1 for the oldest that is in the file
	Others     []string           // the first [MaxOthers] other keys that the transaction changed, as they lie in it
	InTxn      int64              // changes of the transaction that are in the file, this one too
	Doubt      Doubt              // Sure, Astray or Misfit
}

// A Deletion is a key whose last record is a tombstone.
type Deletion struct {
	Key         string
	At          mvccview.Revision
	Last        *mvccview.KeyValue // what it held; nil: not in the file any more
	Generations int64              // lives of the key that are in the file
}

// History reads src and finds all records of keys. Damage goes to o.OnFault, and what
// can be read is answered. Errors are those of [HashContent].
func History(ctx context.Context, src *datadir.Source, keys KeyRange, o ReadOptions) (*HistoryAnswer, error) {
	all := newChanges(keys, o.answerTable())
	scan, err := scanKeys(ctx, src, o, all)
	if err != nil {
		return nil, err
	}
	if err := all.Err(); err != nil {
		scan.close()
		return nil, err
	}
	all.finish()
	h := &HistoryAnswer{Source: src, Trailer: scan.trailer, Latest: scan.latest, Compact: scan.compact,
		Keys: int64(len(all.names)), Changes: int64(len(all.entries)),
		Hidden: scan.hiddenUpTo(scan.latest), Astray: scan.astray.Load(), scan: scan, all: all}
	for i, e := range all.entries {
		if h.last(i) && e.at.Tombstone {
			h.Deleted++
		}
		if h.misfit(i) {
			h.Misfits++
		}
	}
	return h, nil
}

// Close unmaps the file. The source stays open.
func (h *HistoryAnswer) Close() error { return h.scan.close() }

// first and last tell whether an entry is that of its key.
func (h *HistoryAnswer) first(i int) bool {
	return i == 0 || h.all.entries[i-1].key != h.all.entries[i].key
}

func (h *HistoryAnswer) last(i int) bool {
	return i == len(h.all.entries)-1 || h.all.entries[i+1].key != h.all.entries[i].key
}

// neighbour is an entry as the rules of a key's history see it.
func (h *HistoryAnswer) neighbour(i int) neighbour {
	e := &h.all.entries[i]
	return neighbour{e.at.RevKey, e.version, true}
}

// misfit tells whether an entry cannot follow the one before it.
func (h *HistoryAnswer) misfit(i int) bool {
	n, before := h.neighbour(i), neighbour{}
	if !h.first(i) {
		before = h.neighbour(i - 1)
		if before.Revision == n.Revision {
			return true
		}
	}
	if !coherent(n) {
		return true
	}
	return h.scan.complete(n.RevKey) && !follows(before, n)
}

// doubt judges an entry.
func (h *HistoryAnswer) doubt(i int) Doubt {
	switch {
	case h.misfit(i):
		return Misfit
	case h.Astray:
		return Astray
	}
	return Sure
}

// Each visits all changes, key by key in order, the changes of a key in the order of
// their revisions. An error of visit ends it and is returned.
func (h *HistoryAnswer) Each(ctx context.Context, visit func(*Change) error) error {
	return h.scan.content.db.Guard(func() error {
		var c Change
		var values [2]mvccview.KeyValue // of this change and the one before
		for i := range h.all.entries {
			if err := ctx.Err(); err != nil { // what is done for one change may take its time
				return err
			}
			e, kv := &h.all.entries[i], &values[i%2]
			if err := h.scan.record(e.at, kv); err != nil {
				return err
			}
			c.Prev = nil
			switch {
			case h.first(i):
				c.Generation = 1
			case h.all.entries[i-1].at.Tombstone:
				c.Generation++
			default:
				c.Prev = &values[1-i%2]
			}
			c.RevKey, c.KV, c.Doubt = e.at.RevKey, *kv, h.doubt(i)
			if err := h.fillTxn(&c); err != nil {
				return err
			}
			if err := visit(&c); err != nil {
				return err
			}
		}
		return nil
	})
}

// fillTxn tells what else the transaction changed.
func (h *HistoryAnswer) fillTxn(c *Change) error {
	c.Others, c.InTxn = c.Others[:0], 1
	t := h.all.txn(c.Main)
	if t == nil {
		return nil
	}
	c.InTxn = t.changes
	var kv mvccview.KeyValue
	for _, at := range t.first {
		if err := h.scan.record(at, &kv); err != nil {
			return err
		}
		if !bytes.Equal(kv.Key, c.KV.Key) && len(c.Others) < MaxOthers {
			c.Others = append(c.Others, string(kv.Key))
		}
	}
	return nil
}

// EachDeleted visits the keys whose last record is a tombstone, in order.
func (h *HistoryAnswer) EachDeleted(ctx context.Context, visit func(*Deletion) error) error {
	return h.scan.content.db.Guard(func() error {
		var d Deletion
		var kv mvccview.KeyValue
		for i := range h.all.entries {
			if err := ctx.Err(); err != nil { // what is done for one change may take its time
				return err
			}
			e := &h.all.entries[i]
			if h.first(i) {
				d = Deletion{Key: h.all.names[e.key], Generations: 1}
			} else if h.all.entries[i-1].at.Tombstone {
				d.Generations++
			}
			if !h.last(i) || !e.at.Tombstone {
				continue
			}
			if d.At = e.at.Revision; !h.first(i) && !h.all.entries[i-1].at.Tombstone {
				if err := h.scan.record(h.all.entries[i-1].at, &kv); err != nil {
					return err
				}
				d.Last = &kv
			}
			if err := visit(&d); err != nil {
				return err
			}
		}
		return nil
	})
}
