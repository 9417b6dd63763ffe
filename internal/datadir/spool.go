package datadir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A spool is a private copy of an input that cannot be read at will: 0600, without a name, so that
// nothing of it stays whatever ends the process.
type spool struct {
	file *os.File // read-only, at offset 0; the caller closes it
	path string   // where it was made
	size int64
}

// fill copies r to a new spool file. The error is a *SpoolLimitError when it grows too large, and a
// readError when r, not the copy, failed; what had been copied by then is returned with it.
func fill(ctx context.Context, o Options, path string, r io.Reader) (*spool, error) {
	w, err := os.CreateTemp(o.TmpDir, "boltvet-spool-*")
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", path, err)
	}
	defer w.Close()
	// The name goes before the first byte is written; two open files are all that is left of it.
	f, err := os.Open(w.Name())
	if removeErr := os.Remove(w.Name()); err == nil && removeErr != nil {
		f.Close()
		err = removeErr
	}
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", path, err)
	}
	n, err := copySpool(ctx, o, path, w, r)
	s := &spool{file: f, path: w.Name(), size: n}
	if err == nil {
		return s, nil
	}
	var damaged readError
	if errors.As(err, &damaged) {
		return s, err
	}
	f.Close()
	return nil, err
}

// A readError is a failure of the input while it was copied.
type readError struct{ err error }

func (e readError) Error() string { return e.err.Error() }
func (e readError) Unwrap() error { return e.err }

func copySpool(ctx context.Context, o Options, path string, w io.Writer, r io.Reader) (int64, error) {
	limit := o.maxSpool()
	buf := make([]byte, windowBytes)
	total := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, readErr := r.Read(buf)
		if int64(n) > limit-total {
			return total, &SpoolLimitError{Path: path, Limit: limit}
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return total, fmt.Errorf("write spool file of %s: %w", path, err)
		}
		total += int64(n)
		if readErr == io.EOF {
			return total, nil
		}
		if readErr != nil {
			if ctx.Err() != nil {
				return total, ctx.Err()
			}
			return total, readError{fmt.Errorf("read %s: %w", path, readErr)}
		}
	}
}

// A pollReader reads a pipe or a terminal and gives up when the context ends: a blocked read could
// not be interrupted.
type pollReader struct {
	ctx context.Context
	f   *os.File
}

const pollMillis = 200

func (p pollReader) Read(b []byte) (int, error) {
	for {
		if err := p.wait(); err != nil {
			return 0, err
		}
		n, err := p.f.Read(b)
		if !errors.Is(err, unix.EAGAIN) {
			return n, err
		}
	}
}

// wait returns when there is something to read, or no writer is left.
func (p pollReader) wait() error {
	conn, err := p.f.SyscallConn()
	if err != nil {
		return err
	}
	for {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		ready := false
		var pollErr error
		err := conn.Control(func(fd uintptr) {
			fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			_, pollErr = unix.Poll(fds, pollMillis)
			ready = fds[0].Revents != 0
		})
		switch {
		case err != nil:
			return err
		case pollErr != nil && pollErr != unix.EINTR:
			return pollErr
		case ready:
			return nil
		}
	}
}
