package datadir

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow bounds the memory of a zstd decoder; zstd's own command line needs --long for more.
const maxZstdWindow = 128 << 20

// unpack unpacks f to a spool file. fault is not nil when the compressed file is damaged but bytes
// came out of it: a cut backup is worth more than none.
func unpack(ctx context.Context, o Options, path string, f *os.File, size int64, compression string) (s *spool, fault *Fault, err error) {
	r, closer, err := openPacked(f, path, size, compression)
	if err != nil {
		return nil, nil, err
	}
	defer closer()
	head := make([]byte, 1024)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, nil, damagedArchive(path, compression, err)
	}
	head = head[:n]
	// What is no backup is refused before gigabytes of it are unpacked.
	if v, ok := sniffMagic(head); ok && n > 0 {
		if v.compression != "" {
			v = verdict{kind: KindCompressed, reason: "a " + v.compression + " file", try: tryUnpack}
		}
		v.reason = fmt.Sprintf("%s inside a %s file", v.reason, compression)
		return nil, nil, v.refuse(path)
	}
	s, err = fill(ctx, o, path, io.MultiReader(bytes.NewReader(head), r))
	var damaged readError
	if !errors.As(err, &damaged) {
		return s, nil, err
	}
	if s.size == 0 {
		s.file.Close()
		return nil, nil, damagedArchive(path, compression, damaged.err)
	}
	return s, &Fault{Kind: FileCompressed, File: filepath.Base(path), Off: s.size,
		Got: fmt.Sprintf("%s ends in an error after %d bytes: %v", compression, s.size, errors.Unwrap(damaged.err)), Want: "a whole file"}, nil
}

func damagedArchive(path, compression string, err error) error {
	return &RefusedError{Path: path, Kind: KindDamagedArchive,
		Reason: fmt.Sprintf("a damaged %s file: %v", compression, err), Try: "take another copy of it"}
}

// openPacked returns a reader of the unpacked bytes.
func openPacked(f *os.File, path string, size int64, compression string) (r io.Reader, closer func(), err error) {
	section := io.NewSectionReader(f, 0, size)
	switch compression {
	case "gzip":
		z, err := gzip.NewReader(section)
		if err != nil {
			return nil, nil, damagedArchive(path, compression, err)
		}
		return z, func() { z.Close() }, nil
	case "zstd":
		z, err := zstd.NewReader(section, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, nil, damagedArchive(path, compression, err)
		}
		return z, z.Close, nil
	}
	return openZip(section, path, size)
}

// openZip opens the only backup in a zip file. k3s and rke2 put a .metadata directory beside it.
func openZip(section *io.SectionReader, path string, size int64) (io.Reader, func(), error) {
	z, err := zip.NewReader(section, size)
	if err != nil {
		return nil, nil, damagedArchive(path, "zip", err)
	}
	var files, backups []*zip.File
	for _, f := range z.File {
		if f.Mode().IsRegular() {
			files = append(files, f)
		}
	}
	backups = files
	if len(files) > 1 {
		backups = nil
		for _, f := range files {
			if zipHoldsBolt(f) {
				backups = append(backups, f)
			}
		}
	}
	if len(backups) != 1 {
		names := []string{}
		for _, f := range files[:min(len(files), 5)] {
			names = append(names, fmt.Sprintf("%+q", f.Name))
		}
		return nil, nil, &RefusedError{Path: path, Kind: KindArchive, Try: tryOne,
			Reason: fmt.Sprintf("a zip file with %d backups among %d files (%s)", len(backups), len(files), strings.Join(names, ", "))}
	}
	r, err := backups[0].Open()
	if err != nil {
		return nil, nil, damagedArchive(path, "zip", err)
	}
	return r, func() { r.Close() }, nil
}

// zipHoldsBolt looks at the beginning of a file in the archive.
func zipHoldsBolt(f *zip.File) bool {
	r, err := f.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	head := make([]byte, sniffBytes)
	n, _ := io.ReadFull(r, head)
	return lookBolt(bytes.NewReader(head[:n]), int64(n)).bolt
}
