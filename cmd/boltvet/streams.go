package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"boltvet/internal/datadir"
)

// An ownInputError says that a standard stream is one of the inputs: an answer, or a
// message, would be written into the evidence.
type ownInputError struct{ stream, path string }

func (e *ownInputError) Error() string {
	return e.stream + " is the input " + printable(e.path)
}

// reads lists the paths that the command reads: those that --record vouches for, and
// those that flags name.
func (c *call) reads() []string {
	var paths []string
	if c.cmd.inputs != nil {
		paths = c.cmd.inputs(c)
	}
	for _, f := range c.cmd.flags {
		if f.reads {
			paths = append(paths, flagWords(c.line, f)...)
		}
	}
	return paths
}

// spare is an *ownInputError if stdout or stderr is one of the inputs, under whatever
// name. Such a stream is printed to no more; messages then go to the one that is left,
// unless it is to hold a document, which has them anyway.
func (s *standard) spare(inputs []string, format string) error {
	files := s.inputFiles(inputs)
	var found error
	if path, ok := isOneOf(s.out, files); ok {
		found = &ownInputError{"standard output", path}
		s.out = io.Discard
	}
	if path, ok := isOneOf(s.err, files); ok {
		if found == nil {
			found = &ownInputError{"standard error", path}
		}
		s.err = s.out
		if errorsInDocument(format) {
			s.err = io.Discard
		}
	}
	return found
}

// isOneOf tells which of the files w is. Only what lies in a file can be written over.
func isOneOf(w io.Writer, files []inputFile) (path string, ok bool) {
	info := regular(w)
	if info == nil {
		return "", false
	}
	for _, f := range files {
		if os.SameFile(f.info, info) {
			return f.path, true
		}
	}
	return "", false
}

// regular is what a stream is if it is a regular file, else nil.
func regular(stream any) fs.FileInfo {
	f, ok := stream.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return info
}

// An inputFile is one regular file that is read.
type inputFile struct {
	path string
	info fs.FileInfo
}

// inputFiles finds the files behind paths. What cannot be looked at is left out: the
// command itself will complain.
func (s *standard) inputFiles(paths []string) []inputFile {
	var out []inputFile
	for _, path := range paths {
		if path == streamPath {
			if info := regular(s.in); info != nil {
				out = append(out, inputFile{path, info})
			}
			continue
		}
		for _, name := range filesBehind(path) {
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				out = append(out, inputFile{name, info})
			}
		}
	}
	return out
}

// filesBehind lists the files that are read for a PATH: itself, those of the directory
// that it is, and for a db those of the member that it may be of.
func filesBehind(path string) []string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil
	case info.IsDir():
		return memberFiles(path)
	case filepath.Base(path) == "db":
		return append([]string{path}, memberFiles(filepath.Join(filepath.Dir(path), ".."))...)
	}
	return []string{path}
}

// readsFile tells whether path is one of the files that src was made of: also one of its
// log, and the file that was standard input.
func readsFile(src *datadir.Source, path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if id, err := datadir.IdentityOf(info); err == nil && id.Dev == src.Dev && id.Ino == src.Ino {
		return true
	}
	for _, name := range filesBehind(src.Path) {
		if file, err := os.Stat(name); err == nil && os.SameFile(file, info) {
			return true
		}
	}
	return false
}
