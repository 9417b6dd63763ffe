package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"boltvet/internal/datadir"
)

// evidence is the JSON of a record. The field names are a promise, as those of the
// commands' documents are.
type evidence struct {
	SchemaVersion int               `json:"schema_version"`
	Tool          evidenceTool      `json:"tool"`
	Libraries     map[string]string `json:"libraries"` // module path → version
	Command       string            `json:"command"`
	Argv          []string          `json:"argv"` // as typed, without the program's name
	Host          string            `json:"host"`
	Started       time.Time         `json:"started"` // UTC
	Ended         time.Time         `json:"ended"`   // UTC
	Inputs        []evidenceInput   `json:"inputs"`
	Outputs       []evidenceOutput  `json:"outputs"`
	Verdict       string            `json:"verdict,omitempty"`
	ExitCode      int               `json:"exit_code"`
}

type evidenceTool struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the source, if it was stamped
	Go       string `json:"go"`
}

// An evidenceInput is one file that a command read. A directory has one for its db and
// for each WAL segment and snap file.
type evidenceInput struct {
	Path         string    `json:"path"`
	Named        string    `json:"named"`                  // the PATH of the line that it belongs to
	DevInode     string    `json:"dev_inode,omitempty"`    // decimal "device:inode"
	SizeBytes    int64     `json:"size_bytes"`             //
	ModTime      time.Time `json:"mtime,omitzero"`         // UTC
	SHA256Before string    `json:"sha256_before,omitzero"` // hex
	SHA256After  string    `json:"sha256_after,omitzero"`  // hex
	Changed      bool      `json:"changed"`
	Note         string    `json:"note,omitempty"`
	Error        string    `json:"error,omitempty"` // why there is no sha256

	stream   bool   // no file: "-", a FIFO
	replaced bool   // the command has put a new file in its place
	movedTo  string // where the old file is then; "" if it was dropped
}

// An evidenceOutput is one file that a command made.
type evidenceOutput struct {
	Path      string `json:"path"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"` // hex
}

// A filePrint is the fingerprint of a file at one time.
type filePrint struct {
	devInode string
	size     int64
	modTime  time.Time
	sha256   string
}

// fingerprintPath lists the files behind a PATH with their fingerprints. What cannot
// be read has an entry with the error: the command itself will complain.
func fingerprintPath(ctx context.Context, path string, m *meter) ([]*evidenceInput, error) {
	info, err := os.Stat(path)
	switch {
	case path == "-" || err == nil && !info.IsDir() && !info.Mode().IsRegular():
		return []*evidenceInput{{Path: path, Named: path, stream: true,
			Note: "a stream: the sha256 is that of the copy that was read, unpacked if it was compressed"}}, nil
	case err != nil:
		return []*evidenceInput{{Path: path, Named: path, Error: err.Error()}}, nil
	}
	files := []string{path}
	if info.IsDir() {
		files = memberFiles(path)
	}
	var out []*evidenceInput
	for _, f := range files {
		in := &evidenceInput{Path: f, Named: path}
		seen, err := fingerprint(ctx, f, m)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			in.Error = err.Error()
		}
		in.DevInode, in.SizeBytes, in.ModTime, in.SHA256Before = seen.devInode, seen.size, seen.modTime, seen.sha256
		out = append(out, in)
	}
	return out, nil
}

// memberFiles lists the db, the WAL segments and the snap files of a data dir, of its
// member directory, or of a directory of segments, in the order of their names. Links are
// followed, as etcd follows them.
func memberFiles(dir string) []string {
	var out []string
	for _, sub := range []string{"", "snap", "wal", "member/snap", "member/wal"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			continue // not this kind of directory
		}
		for _, e := range entries {
			name := e.Name()
			wanted := name == "db" || strings.HasSuffix(name, ".wal") ||
				strings.HasSuffix(name, ".snap") || strings.HasSuffix(name, ".snap.db")
			path := filepath.Join(dir, sub, name)
			if info, err := os.Stat(path); wanted && err == nil && info.Mode().IsRegular() {
				out = append(out, path)
			}
		}
	}
	return out
}

// again looks at the input once more and says whether it changed.
func (in *evidenceInput) again(ctx context.Context, m *meter) error {
	if in.stream || in.Error != "" || in.replaced && in.movedTo == "" {
		return nil
	}
	path := in.Path
	if in.replaced {
		path = in.movedTo
	}
	seen, err := fingerprint(ctx, path, m)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("record: %w", err)
	}
	in.SHA256After = seen.sha256
	in.Changed = seen.sha256 != in.SHA256Before || seen.devInode != in.DevInode ||
		seen.size != in.SizeBytes || !seen.modTime.Equal(in.ModTime)
	return nil
}

// fingerprintCopy fills in a stream from the private copy that was made of it. The
// copy is nobody else's, so it is hashed once.
func (in *evidenceInput) fingerprintCopy(ctx context.Context, src *datadir.Source, m *meter) {
	sum, err := hashOf(ctx, io.NewSectionReader(src.File, 0, src.FileSize), src.FileSize, m)
	if err != nil {
		in.Error = err.Error()
		return
	}
	in.SizeBytes, in.SHA256Before, in.SHA256After = src.FileSize, sum, sum
}

// fingerprint reads a whole file.
func fingerprint(ctx context.Context, path string, m *meter) (filePrint, error) {
	f, err := openQuietly(path)
	if err != nil {
		return filePrint{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return filePrint{}, err
	}
	seen := filePrint{size: info.Size(), modTime: info.ModTime().UTC()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		seen.devInode = fmt.Sprintf("%d:%d", uint64(st.Dev), st.Ino)
	}
	seen.sha256, err = hashOf(ctx, f, seen.size, m)
	return seen, err
}

// hashOf returns the sha256 of a stream in hex, or the context's error as soon as it is
// cancelled: a file may be many gigabytes. total is its size, for the bar.
func hashOf(ctx context.Context, r io.Reader, total int64, m *meter) (string, error) {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for done := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		done += int64(n)
		m.follow("record", done, total)
		switch {
		case err == io.EOF:
			return hex.EncodeToString(h.Sum(nil)), nil
		case err != nil:
			return "", err
		}
	}
}
