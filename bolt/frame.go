package bolt

import (
	"context"
	"errors"
	"math"
)

// CheckFrame checks what can be told without any tree: the persisted freelist by
// itself, and whether the file reaches to the high water mark. A file that does not is
// called truncated, for which of its pages are in use is not known. The caller holds
// the [File.Guard].
func (f *File) CheckFrame(ctx context.Context, m Meta, onFault func(Fault) bool) error {
	hwm := min(m.HighWater, Pgid(math.MaxInt64/f.pageSize))
	pages := min(hwm, f.filePages())
	if pages > maxPages {
		return &TooLargeError{Pages: int64(pages)}
	}
	s := &Survey{Meta: m, table: newPageTable(pages)}
	w := &walker{ctx: ctx, f: f, meta: m, hwm: hwm, table: s.table, out: onFault, stats: &s.Directory, missing: true}
	s.table.claim(0, ownerMeta)
	s.table.claim(1, ownerMeta)
	err := w.freelist(s)
	if err == nil {
		w.account(s)
		err = w.end(s)
	}
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}
