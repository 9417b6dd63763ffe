package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
)

// A recorder keeps the evidence record of one run (--record FILE): who looked at which
// bytes, when, with what, and that the bytes were the same afterwards. A nil recorder
// does nothing, so that callers need not ask.
type recorder struct {
	target string
	doc    evidence
	inputs []*evidenceInput
	meter  *meter
}

// startRecord checks the target and takes the inputs' fingerprints, before anything
// else touches them. It returns nil without --record.
func startRecord(c *call) (*recorder, error) {
	if c.set.record == "" {
		return nil, nil
	}
	r := &recorder{target: c.set.record, meter: c.meter}
	var paths []string
	if c.cmd.inputs != nil {
		paths = c.cmd.inputs(c)
	}
	if err := checkRecordTarget(r.target, c.reads()); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	b := readBuild()
	r.doc = evidence{
		SchemaVersion: 1, Command: c.cmd.title(), Argv: c.argv, Host: host, Started: time.Now().UTC(),
		Tool:      evidenceTool{Name: "boltvet", Version: b.version, Revision: b.revision, Go: b.goVersion},
		Libraries: map[string]string{},
	}
	for _, l := range b.libraries {
		r.doc.Libraries[l.path] = l.version
	}
	for _, p := range paths {
		found, err := fingerprintPath(c.ctx, p, c.meter)
		if err != nil {
			return nil, err
		}
		r.inputs = append(r.inputs, found...)
	}
	return r, nil
}

// checkRecordTarget refuses a record that exists, is one of the inputs, or would lie
// inside an input directory: writing there would change the evidence.
func checkRecordTarget(target string, inputs []string) error {
	const try = "name a new file outside of the inputs"
	for _, in := range inputs {
		if in == "" || in == streamPath {
			continue
		}
		same, err := atomicfile.SameFile(target, in)
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		if same {
			return &refusal{"--record names an input: " + printable(target), try}
		}
		if inside(target, in) {
			return &refusal{"--record lies inside of the input " + printable(in) + ": " + printable(target), try}
		}
	}
	if _, err := os.Lstat(target); err == nil {
		return &refusal{"--record exists already: " + printable(target), try}
	}
	if _, err := os.Stat(filepath.Dir(target)); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// inside tells whether target's folder is dir or lies below it, by inode.
func inside(target, dir string) bool {
	want, err := os.Stat(dir)
	if err != nil || !want.IsDir() {
		return false
	}
	at, err := filepath.Abs(filepath.Dir(target))
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(at); err == nil {
		at = real
	}
	for {
		if have, err := os.Stat(at); err == nil && os.SameFile(have, want) {
			return true
		}
		up := filepath.Dir(at)
		if up == at {
			return false
		}
		at = up
	}
}

// opened completes the entry of a stream: there is no file to look at again, but the
// copy that was made of it is what the command reads.
func (r *recorder) opened(ctx context.Context, path string, src *datadir.Source) {
	if r == nil || src.File == nil {
		return
	}
	for _, in := range r.inputs {
		if in.Path == path && in.stream {
			in.fingerprintCopy(ctx, src, r.meter)
		}
	}
}

// replaced notes that the file at path is a new one now. What is looked at again is the
// old file, at the place that it has been moved to; "" says that it was dropped.
func (r *recorder) replaced(path, old string) {
	if r == nil {
		return
	}
	for _, in := range r.inputs {
		if filepath.Clean(in.Path) != filepath.Clean(path) {
			continue
		}
		in.replaced, in.movedTo, in.Note = true, old, "replaced; the old file was dropped"
		if old != "" {
			in.Note = "replaced; sha256_after is that of the old file, which is " + old
		}
	}
	r.wrote(path)
}

// wrote adds an output. Its hash is taken when the run ends.
func (r *recorder) wrote(path string) {
	if r != nil {
		r.doc.Outputs = append(r.doc.Outputs, evidenceOutput{Path: path})
	}
}

// close takes the fingerprints again. An input that is not what it was is a
// *changedError. A run that was told to stop has no record, hence nothing to compare.
func (r *recorder) close(ctx context.Context) error {
	if r == nil || ctx.Err() != nil {
		return nil
	}
	var changed []string
	for _, in := range r.inputs {
		if err := in.again(ctx, r.meter); err != nil {
			return err
		}
		if in.Changed {
			changed = append(changed, in.Path)
		}
	}
	for i := range r.doc.Outputs {
		o := &r.doc.Outputs[i]
		seen, err := fingerprint(ctx, o.Path, r.meter)
		if err != nil {
			return fmt.Errorf("record: output: %w", err)
		}
		o.SizeBytes, o.SHA256 = seen.size, seen.sha256
	}
	if len(changed) > 0 {
		return &changedError{changed}
	}
	return nil
}

// write puts the record where --record says, whole or not at all. An interrupted run
// leaves nothing behind, no record either.
func (r *recorder) write(verdict string, code exitCode) error {
	if r == nil || code.bySignal() {
		return nil
	}
	r.doc.Ended = time.Now().UTC()
	r.doc.Verdict = verdict
	r.doc.ExitCode = int(code)
	r.doc.Inputs = []evidenceInput{}
	for _, in := range r.inputs {
		r.doc.Inputs = append(r.doc.Inputs, *in)
	}
	if r.doc.Outputs == nil {
		r.doc.Outputs = []evidenceOutput{}
	}
	text, err := json.MarshalIndent(r.doc, "", "  ")
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	f, err := atomicfile.Create(r.target, atomicfile.Options{})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	defer f.Abort()
	if _, err := f.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}
