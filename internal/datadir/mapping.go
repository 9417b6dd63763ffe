package datadir

import (
	"context"
	"os"

	"boltvet/bolt"
)

// A mapping is a file whose db is mapped, for a reader from its beginning to its end: nothing
// is copied, and what a walk beside it touches is in the page table already. It is to be used
// under the guard of the db.
type mapping struct {
	*os.File // for what is behind the db
	db       *bolt.File
	told     int64 // where the kernel was last told to read ahead
}

// readAhead is how far the disk is kept busy ahead of the reader. The page faults of a walk
// beside it would have the kernel take the reads for random ones, and read a page at a time.
// A kernel reads no more than about a MiB for one word.
const (
	readAhead     = 8 << 20
	readAheadStep = 1 << 20
)

// Window gives mapped bytes, or a few behind them.
func (m *mapping) Window(ctx context.Context, lo, hi int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	hi = min(hi, lo+hashBytes)
	if lo >= m.db.Size() {
		b := make([]byte, hi-lo)
		n, err := m.ReadAt(b, lo)
		if n == 0 {
			return nil, shortRead(err)
		}
		return b[:n], nil
	}
	for ; m.told < lo+readAhead; m.told += readAheadStep {
		m.db.ReadAhead(m.told, readAheadStep)
	}
	b, ok, err := m.db.Bytes(lo, min(hi, m.db.Size())-lo)
	if !ok {
		return nil, shortRead(err)
	}
	return b, nil
}
