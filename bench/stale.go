package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ownBoltvet is where make build puts the program of this source.
const ownBoltvet = "./boltvet"

// describeOwn says which boltvet is measured. That of this source must not be older than the
// source below root, or its figures would be told of what they are not.
func describeOwn(path, root string) (string, error) {
	if filepath.Clean(path) != filepath.Clean(ownBoltvet) {
		return path, nil
	}
	newer, err := newerSource(path, root)
	if err == nil && newer != "" {
		err = fmt.Errorf("%s is older than %s: make build", path, newer)
	}
	return "this source", err
}

// newerSource names a Go file below root, but no test, that was modified after path was; "" if
// there is none.
func newerSource(path, root string) (newer string, err error) {
	program, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || filepath.Ext(name) != ".go" && d.Name() != "go.mod" {
			return err
		}
		fi, err := d.Info()
		if err == nil && fi.ModTime().After(program.ModTime()) {
			newer = name
			return filepath.SkipAll
		}
		return err
	})
	return newer, err
}
