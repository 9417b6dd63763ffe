package datadir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Resolve finds out what path is and opens the db in it, read-only. "-" is standard input. The
// caller closes the Source.
//
// Errors: *RefusedError for what is not understood, *InUseError when a running process uses it,
// *SpoolLimitError, ctx.Err(), or a wrapped I/O error (a missing file, too).
//
// A damaged or cut bolt file is accepted: package bolt says what is wrong with it.
func Resolve(ctx context.Context, path string, o Options) (*Source, error) {
	s := &Source{Path: path, DBPath: path}
	if err := s.resolve(ctx, o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) resolve(ctx context.Context, o Options) error {
	if s.Path == "-" {
		stdin := o.Stdin
		if stdin == nil {
			stdin = os.Stdin
		}
		return s.fromStream(ctx, o, stdin)
	}
	if o.WALDir != "" {
		if _, err := os.Stat(o.WALDir); err != nil {
			return fmt.Errorf("the log: %w", err) // a slip of the pen is no lost log
		}
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return err // names the operation and the path
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		if s.Identity, err = IdentityOf(info); err != nil {
			return err
		}
		return s.fromDir(ctx, o)
	case mode.IsRegular(), mode&os.ModeNamedPipe != 0:
	default:
		return &RefusedError{Path: s.Path, Kind: KindDevice, Reason: "a device or a socket, not a file",
			Try: "copy it to a file, or pipe it to the path -"}
	}
	f, err := openRead(s.Path)
	if err != nil {
		return err
	}
	// The name may be another file's by now; what is open decides.
	if info, err = f.Stat(); err != nil {
		f.Close()
		return fmt.Errorf("size of %s: %w", s.Path, err)
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return s.fromFile(ctx, o, f)
	case mode&os.ModeNamedPipe != 0:
		defer f.Close()
		return s.fromStream(ctx, o, f)
	}
	f.Close()
	return fmt.Errorf("%s: changed while it was opened", s.Path)
}

// fromStream spools standard input or a FIFO.
func (s *Source) fromStream(ctx context.Context, o Options, f *os.File) error {
	if info, err := f.Stat(); err == nil {
		s.Identity, _ = IdentityOf(info)
	}
	copied, err := fill(ctx, o, s.Path, pollReader{ctx, f})
	if err != nil {
		if copied != nil {
			copied.file.Close()
		}
		return err
	}
	s.SpoolPath, s.DBPath = copied.path, s.Path
	return s.fromContent(ctx, o, copied.file, copied.size)
}

// fromFile takes over f, an open regular file.
func (s *Source) fromFile(ctx context.Context, o Options, f *os.File) error {
	info, err := s.open(f)
	if err != nil {
		return fmt.Errorf("size of %s: %w", s.Path, err)
	}
	if s.Identity, err = IdentityOf(info); err != nil {
		return err
	}
	if err := s.fromContent(ctx, o, f, info.Size()); err != nil {
		return err
	}
	if err := s.findMember(o); err != nil {
		return err
	}
	return s.lock(o)
}

// fromContent takes over f, unpacks it if it is compressed, and judges what is in it.
func (s *Source) fromContent(ctx context.Context, o Options, f *os.File, size int64) error {
	s.File = f
	v, err := sniff(ctx, f, size, filepath.Base(s.Path))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.Path, err)
	}
	if v.compression != "" {
		copied, fault, err := unpack(ctx, o, s.Path, f, size, v.compression)
		if err != nil {
			return err
		}
		if s.opened != nil { // else it is a private copy already
			if err := s.opened.Still(f); err != nil {
				return fmt.Errorf("%s: %w", s.Path, err)
			}
			s.opened = nil
		}
		f.Close()
		s.File, s.SpoolPath, s.Compression = copied.file, copied.path, v.compression
		size = copied.size
		if fault != nil {
			s.Faults = append(s.Faults, *fault)
		}
		if v, err = sniff(ctx, s.File, size, ""); err != nil {
			return fmt.Errorf("read %s: %w", s.Path, err)
		}
		if !v.kind.Accepted() {
			v.reason = fmt.Sprintf("%s inside a %s file", v.reason, s.Compression)
		}
	}
	if err := s.partDownload(v, size); err != nil {
		return err
	}
	if !v.kind.Accepted() {
		return v.refuse(s.Path)
	}
	return s.accept(v.kind, size)
}

// accept fills in what is known of an accepted db.
func (s *Source) accept(kind Kind, size int64) error {
	s.Kind, s.FileSize, s.DBSize = kind, size, size
	if kind != KindSnapshot {
		return nil
	}
	s.Trailer = Trailer{Present: true, Bytes: trailerBytes}
	s.DBSize = size - trailerBytes
	if n, err := s.File.ReadAt(s.Trailer.Stored[:], s.DBSize); n < trailerBytes {
		return fmt.Errorf("read %s: %w", s.Path, shortRead(err))
	}
	return nil
}

// partDownload judges a file that etcdctl names so while it downloads. The name alone proves
// nothing: a whole one is accepted with a note.
//
// Source: etcd v3.7.3 client/v3/snapshot/v3_snapshot.go (SaveWithVersion).
func (s *Source) partDownload(v verdict, size int64) error {
	if !strings.HasSuffix(s.Path, ".part") {
		return nil
	}
	need := v.look.highWaterBytes()
	if v.kind == KindSnapshot && need > 0 && size >= need+trailerBytes {
		s.Notes = append(s.Notes, "the name ends in .part: an interrupted download, but its content is whole")
		return nil
	}
	reason := "an interrupted download (.part)"
	if need > 0 {
		reason += fmt.Sprintf(" with %d of %d bytes", size, need+trailerBytes)
	}
	return &RefusedError{Path: s.Path, Kind: KindPartDownload, Reason: reason,
		Try: "take the snapshot again; to look at what is there, copy it to another name"}
}

func identityOf(f *os.File) (Identity, error) {
	info, err := f.Stat()
	if err != nil {
		return Identity{}, err
	}
	return IdentityOf(info)
}

// IdentityOf tells which file info is of.
func IdentityOf(info os.FileInfo) (Identity, error) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Identity{}, fmt.Errorf("%s: no inode number", info.Name())
	}
	return Identity{Dev: uint64(st.Dev), Ino: st.Ino, Size: info.Size(), ModTime: info.ModTime()}, nil
}
