package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
)

// An input is a generated file.
type input struct {
	about    string // for the report
	size     int64  // bytes of pages
	free     float64
	snapshot string // key of the bare db that this is the snapshot of
	large    bool   // only with SIZE=l
}

// inputs are the files that measurements name.
var inputs = map[string]input{
	"m":          {about: "bare db, 0.5 GB, a third free", size: 500e6},
	"l":          {about: "bare db, 3 GB, a third free", size: 3e9, large: true},
	"hollow":     {about: "bare db, 3 GB, 85 % free", size: 3e9, free: 0.85},
	"m.snapshot": {about: "m as etcdctl saves it, with sha256", snapshot: "m"},
	"l.snapshot": {about: "l as etcdctl saves it, with sha256", snapshot: "l", large: true},
}

// seed makes everybody's files equal.
const seed = 1

// A store is the folder of generated files.
type store struct {
	dir     string             // kept
	scratch string             // of this run, removed by close
	version map[float64]string // of the generator, by share of free pages
	note    func(format string, args ...any)
}

// openStore makes the folder, and a scratch folder inside: outputs must be on
// the filesystem of the inputs.
func openStore(note func(string, ...any)) (*store, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	s := &store{dir: filepath.Join(cache, "boltvet-bench"), version: map[float64]string{}, note: note}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	s.removeLeftovers()
	s.scratch, err = os.MkdirTemp(s.dir, "run-")
	return s, err
}

// close removes what the run left in the scratch folder.
func (s *store) close() { _ = os.RemoveAll(s.scratch) } // a leftover costs space only

// removeLeftovers removes the scratch folders of runs that were killed: those
// that are older than any run lasts.
func (s *store) removeLeftovers() {
	dirs, _ := filepath.Glob(filepath.Join(s.dir, "run-*")) // the pattern is good
	for _, dir := range dirs {
		if fi, err := os.Stat(dir); err == nil && time.Since(fi.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(dir) // it costs space only
		}
	}
}

// versionOf is a fingerprint of what the generator makes of a share of free
// pages: a small file stands for a large one, so that no number has to be raised
// by hand when the generator, or bbolt below it, changes.
func (s *store) versionOf(free float64) (string, error) {
	if v, ok := s.version[free]; ok {
		return v, nil
	}
	path := filepath.Join(s.scratch, "version.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 8 << 20, Seed: seed, Free: free}); err != nil {
		return "", err
	}
	image, err := os.ReadFile(path)
	if err := errors.Join(err, os.Remove(path)); err != nil {
		return "", err
	}
	sum := sha256.Sum256(image)
	s.version[free] = fmt.Sprintf("%x", sum[:6])
	return s.version[free], nil
}

// path returns the file of a key, and makes it if the folder does not hold it:
// its facts first, so that a file that is there is complete.
func (s *store) path(key string) (string, error) {
	in, ok := inputs[key]
	if !ok {
		return "", fmt.Errorf("no input %q", key)
	}
	base := key
	if in.snapshot != "" {
		base = in.snapshot
	}
	version, err := s.versionOf(inputs[base].free)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, fmt.Sprintf("%s-%d-%d-%s.db", key, inputs[base].size, seed, version))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	part := filepath.Join(s.scratch, key+".part")
	s.note("making %s: %s", key, in.about)
	if err := s.generate(part, in); err != nil {
		return "", err
	}
	if err := writeFacts(part, path); err != nil {
		return "", err
	}
	return path, os.Rename(part, path)
}

func (s *store) generate(path string, in input) error {
	if in.snapshot == "" {
		return fixtures.Generate(path, fixtures.GenOptions{Size: in.size, Seed: seed, Free: in.free})
	}
	db, err := s.path(in.snapshot)
	if err != nil {
		return err
	}
	return saveSnapshot(db, path)
}

// saveSnapshot writes what "etcdctl snapshot save" saves of a db: bbolt's copy
// of it, and the sha256 of that.
func saveSnapshot(db, path string) error {
	src, err := bbolt.Open(db, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer src.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	err = src.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(io.MultiWriter(out, sum))
		return err
	})
	if err == nil {
		_, err = out.Write(sum.Sum(nil))
	}
	return errors.Join(err, out.Close())
}
