package datadir

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"

	"boltvet/bolt"
)

const trailerBytes = sha256.Size

// hashBytes is how much is read at a time to be hashed: it stays in the cache until it is.
const hashBytes = 256 << 10

// A TrailerCheck says whether the sha256 trailer of a file is right, and what else the end of the
// file looks like. All of it comes from one pass over the bytes.
type TrailerCheck struct {
	Present  bool     // size % 512 == 32
	OK       bool     // Present, and Stored == Computed
	Stored   [32]byte // zero when not Present
	Computed [32]byte // over the bytes before the trailer, or over the file when not Present
	FileSum  [32]byte // over all bytes: what sha256sum prints; zero, as Computed is, if not all was read

	Partial   int   // the last n bytes (1 to 31) are the beginning of the trailer that belongs there; 0: no
	Doubled   bool  // the right trailer stands at the end twice
	JunkBytes int64 // bytes behind a right trailer that stands at the high water mark; 0: none
	Unread    int64 // bytes behind the high water mark that are too many to be a snapshot's, and were left alone; 0: all was read
	Bytes     int64 // bytes of the file
}

// trailerName is the file that trailer faults name; the caller knows its path.
const trailerName = "trailer"

// Faults lists what is wrong, nothing for a right or a missing trailer: whether one should be there
// is not for this package to say.
func (c TrailerCheck) Faults() []Fault {
	at := func(kind FaultKind, off int64, got, want string) []Fault {
		return []Fault{{Kind: kind, File: trailerName, Off: off, Got: got, Want: want}}
	}
	switch {
	case c.Doubled:
		return at(FileTrailerDoubled, c.Bytes-trailerBytes, "the trailer twice", "once")
	case c.Partial > 0:
		return at(FileTrailerPartial, c.Bytes-int64(c.Partial), fmt.Sprintf("%d bytes of the trailer", c.Partial), "32")
	case c.JunkBytes > 0:
		return at(FileTrailerJunk, c.Bytes-c.JunkBytes, fmt.Sprintf("%d bytes behind the trailer", c.JunkBytes), "none")
	case c.Present && c.Unread > 0:
		return at(FileTrailerWrong, c.Bytes-c.Unread, fmt.Sprintf("%d more bytes", c.Unread), "the sha256 of what is before, the last 32 bytes of the file")
	case c.Present && !c.OK:
		return at(FileTrailerWrong, c.Bytes-trailerBytes, fmt.Sprintf("sha256 %x", c.Stored), fmt.Sprintf("%x", c.Computed))
	}
	return nil
}

// checkTrailer reads the whole file once, in pieces, and compares the trailer. The bytes to hash
// come from r, s.File or [Windows] of it. progress may
// be nil; it is called with the bytes done after each piece. A file that shrinks meanwhile is an
// I/O error. Of a file that goes on far behind its high water mark, as a sparse one of terabytes can,
// only what is before is read: the trailer that a snapshot has there is right, or there is none.
//
// Source: etcdutl v3.7.3 snapshot/v3_snapshot.go (copyAndVerifyDB).
func (s *Source) checkTrailer(ctx context.Context, r io.ReaderAt, progress func(done int64)) (TrailerCheck, error) {
	if s.File == nil {
		return TrailerCheck{}, fmt.Errorf("%s: no db to check", s.Path)
	}
	c, err := checkTrailer(ctx, r, s.FileSize, lookBolt(s.File, s.FileSize).highWaterBytes(), progress)
	if err != nil {
		return c, fmt.Errorf("read %s: %w", s.DBPath, err)
	}
	return c, nil
}

// checkTrailer is that of a Source over any reader. highWater is where a whole snapshot's trailer
// begins, 0 when that is not known.
func checkTrailer(ctx context.Context, r io.ReaderAt, size, highWater int64, progress func(int64)) (TrailerCheck, error) {
	c := TrailerCheck{Present: size%512 == trailerBytes, Bytes: size}
	if behind := size - highWater; highWater > 0 && behind > highWater+farBehind {
		return c, c.checkNear(ctx, r, highWater, progress)
	}
	rest := size % 512
	cuts := []int64{size}
	candidate := func(off int64) int64 {
		if off > 0 && off < size && !slices.Contains(cuts, off) {
			cuts = append(cuts, off)
		}
		return off
	}
	switch {
	case c.Present:
		candidate(size - trailerBytes)
	case rest < trailerBytes || rest == 2*trailerBytes:
		candidate(size - rest)
	}
	candidate(highWater)
	slices.Sort(cuts)

	sums, tails, err := sumAt(ctx, r, cuts, size, progress)
	if err != nil {
		return c, err
	}
	c.FileSum = sums[size]
	c.Computed = c.FileSum
	if c.Present && size >= trailerBytes {
		copy(c.Stored[:], tails[size-trailerBytes])
		c.Computed = sums[size-trailerBytes]
		c.OK = c.Stored == c.Computed
	}
	if sum, tail := sums[size-rest], tails[size-rest]; !c.Present && rest > 0 && size > rest {
		if rest < trailerBytes && bytes.Equal(tail, sum[:rest]) {
			c.Partial = int(rest)
		}
		c.Doubled = rest == 2*trailerBytes && bytes.Equal(tail[:trailerBytes], sum[:]) && bytes.Equal(tail[trailerBytes:], sum[:])
	}
	if sum, ok := sums[highWater]; ok && !c.OK && !c.Doubled && size-highWater > trailerBytes {
		if bytes.Equal(tails[highWater][:trailerBytes], sum[:]) {
			c.JunkBytes = size - highWater - trailerBytes
		}
	}
	return c, nil
}

// farBehind is how many bytes more than the pages before it may lie behind the high water mark, for
// a file to be read to its end: bbolt grows a db in steps of 16 MiB, and cp may have padded a copy.
const farBehind = 1 << 30

// checkNear looks for the trailer right behind the high water mark only.
func (c *TrailerCheck) checkNear(ctx context.Context, r io.ReaderAt, highWater int64, progress func(int64)) error {
	sums, tails, err := sumAt(ctx, r, []int64{highWater}, c.Bytes, progress)
	if err != nil {
		return err
	}
	c.Unread = c.Bytes - highWater
	if sum := sums[highWater]; bytes.Equal(tails[highWater][:trailerBytes], sum[:]) {
		c.JunkBytes = c.Unread - trailerBytes
	}
	return nil
}

// sumAt returns the sha256 of the bytes before each cut, and up to 64 bytes behind it. Cuts are
// ascending; nothing behind the last is read.
func sumAt(ctx context.Context, r io.ReaderAt, cuts []int64, size int64, progress func(int64)) (map[int64][32]byte, map[int64][]byte, error) {
	sums := make(map[int64][32]byte, len(cuts))
	tails := make(map[int64][]byte, len(cuts))
	h := sha256.New()
	off := int64(0)
	for _, cut := range cuts {
		if err := hashRange(ctx, h, r, off, cut, progress); err != nil {
			return nil, nil, err
		}
		off = cut
		sums[cut] = [32]byte(h.Sum(nil))
		tail := make([]byte, min(2*trailerBytes, size-cut))
		if n, err := r.ReadAt(tail, cut); n < len(tail) {
			return nil, nil, shortRead(err)
		}
		tails[cut] = tail
	}
	return sums, tails, nil
}

// Windows is a file that somebody reads from its beginning to its end for more than one
// purpose; the sha256 is one of them.
type Windows interface {
	io.ReaderAt
	// Window waits for the bytes at lo and gives them, up to hi or fewer, at least one.
	// They are valid until the next call, which is for what follows.
	Window(ctx context.Context, lo, hi int64) ([]byte, error)
}

// hashWindows feeds the bytes from lo to hi to h as somebody else has read them.
func hashWindows(ctx context.Context, h hash.Hash, r Windows, lo, hi int64, progress func(int64)) error {
	for lo < hi {
		b, err := r.Window(ctx, lo, hi)
		if err != nil {
			return err
		}
		bolt.HashBytes(h, b)
		lo += int64(len(b))
		if progress != nil {
			progress(lo)
		}
	}
	return nil
}

// hashRange feeds the bytes from lo to hi to h by positioned reads, unless r has windows.
func hashRange(ctx context.Context, h hash.Hash, r io.ReaderAt, lo, hi int64, progress func(int64)) error {
	if w, ok := r.(Windows); ok {
		return hashWindows(ctx, h, w, lo, hi, progress)
	}
	buf := make([]byte, min(hashBytes, hi-lo))
	for lo < hi {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.ReadAt(buf[:min(hashBytes, hi-lo)], lo)
		h.Write(buf[:n])
		lo += int64(n)
		if progress != nil {
			progress(lo)
		}
		if n == 0 {
			return shortRead(err)
		}
	}
	return nil
}

// shortRead is the error of a read that brought less than the size of the file promised.
func shortRead(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
