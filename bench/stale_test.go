package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestNewerSource: only a source file that is younger than the program is named.
func TestNewerSource(t *testing.T) {
	root := t.TempDir()
	built := time.Now().Add(-time.Hour)
	file := func(name string, at time.Time) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	program := file("program", built)
	file("a/old.go", built.Add(-time.Minute))
	file("a/new_test.go", built.Add(time.Minute))
	file("a/new.md", built.Add(time.Minute))
	if newer, err := newerSource(program, root); err != nil || newer != "" {
		t.Errorf("got %q, %v, want none", newer, err)
	}
	young := file("b/c/new.go", built.Add(time.Minute))
	if newer, err := newerSource(program, root); err != nil || newer != young {
		t.Errorf("got %q, %v, want %s", newer, err, young)
	}
	if _, err := newerSource(filepath.Join(root, "none"), root); err == nil {
		t.Error("a program that is not there has no error")
	}
}

// TestDescribeOwn: a program of another place is called by its path.
func TestDescribeOwn(t *testing.T) {
	if got, err := describeOwn("/opt/boltvet", "."); got != "/opt/boltvet" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
