package main

import (
	"errors"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/mvccview"
	"boltvet/verify"
)

// keyDamage grades what is wrong with a file for a command that answers about keys:
// what lies elsewhere takes nothing from the answer.
type keyDamage struct {
	grade     verify.Context
	tally     *verify.Tally
	elsewhere *verify.Tally
}

func newKeyDamage(src *datadir.Source) *keyDamage {
	g := verify.ContextOf(src)
	return &keyDamage{grade: g, tally: verify.NewTally(g, 1), elsewhere: verify.NewTally(g, 1)}
}

// add is a sink for faults.
func (d *keyDamage) add(fault error) bool {
	if verify.Grade(fault, d.grade).TouchesKeys() {
		return d.tally.Add(fault)
	}
	return d.elsewhere.Add(fault)
}

// A loss is what damage may have taken from an answer, in words.
type loss string

// tellDamage warns of damage, of what cannot be answered because of it, and gives the
// exit code.
func (c *call) tellDamage(src *datadir.Source, d *keyDamage, losses []loss) exitCode {
	c.warnOfDamage(src.Path, d.tally.Codes())
	for _, l := range losses {
		c.warn("%s: %s", printable(src.Path), l)
	}
	if d.elsewhere.Worst() >= verify.Damaged {
		c.warn("%s: the answer is whole, but the file is damaged elsewhere: boltvet verify tells all", printable(src.Path))
	}
	if src.Member != nil {
		c.note("%s: the db alone is asked; entries of the log that it has not applied are not there", printable(src.Path))
	}
	if len(losses) > 0 || max(d.tally.Worst(), d.elsewhere.Worst()) >= verify.Damaged {
		return exitDamage
	}
	return exitOK
}

// readOptions are the flags that concern the reading of a source.
func (c *call) readOptions(load workload, sink func(error) bool) query.ReadOptions {
	return query.ReadOptions{Jobs: load.jobs, MaxTable: load.table, Deep: true, SkipTrailer: c.isSet("skip-hash-check"), OnFault: sink, Progress: c.meter.progress()}
}

// noKeys is err in the words of a refusal.
func (c *call) noKeys(src *datadir.Source, err error) error {
	var rev *query.RevisionError
	switch {
	case errors.Is(err, query.ErrNoDB):
		return &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: err.Error(), Try: "name a snapshot, a db or a data dir"}
	case errors.Is(err, mvccview.ErrNotEtcd):
		return notEtcd(src)
	case errors.As(err, &rev):
		return err
	}
	return unreadable(src, err)
}

// printableKeys joins keys for a message; more is how many are not among them.
func printableKeys(keys []string, more int64) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = printable(clipped(k))
	}
	if more > 0 {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// clipped bounds what a message shows of a key.
func clipped(key string) string {
	const most = 200
	if len(key) > most {
		return key[:most] + "…"
	}
	return key
}
