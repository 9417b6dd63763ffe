package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// privateCopy makes a copy at to, with its folders, synced and read once: the
// program that gets it neither waits for our writes nor for the disk.
func privateCopy(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err == nil {
		err = dst.Sync()
	}
	if err := errors.Join(err, dst.Close()); err != nil {
		return err
	}
	return warm(to)
}

// warm reads a file, so that its pages are in the page cache: those of a reading in one go, as
// a private copy has them. Where pages came one by one, after something had dropped them, all
// that maps them is up to a fifth slower.
func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	forget(f)
	buf := make([]byte, 1<<20)
	for {
		switch _, err := f.Read(buf); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}
