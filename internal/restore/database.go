package restore

import (
	"cmp"
	"context"
	"os"

	"boltvet/bolt"
	"boltvet/internal/datadir"
)

// writeDatabase writes the content of src with the plan's edits to f, a new file. Each
// page is proven before it is written, and the content that the proof sees is compared
// with the content that was read.
func writeDatabase(ctx context.Context, p *Plan, src *datadir.Source, f *os.File) (written bolt.Written, err error) {
	in, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return written, err
	}
	defer in.Close()
	edits, err := p.edits()
	if err != nil {
		return written, err
	}
	sink, err := bolt.NewFileSink(f, bolt.FileSinkOptions{})
	if err != nil {
		return written, err
	}
	defer func() { err = cmp.Or(err, sink.Close()) }()
	seen := bucketSums{}
	w, err := bolt.NewWriter(sink, bolt.WriterOptions{PageSize: in.PageSize(), OnLeaf: seen.leaf})
	if err != nil {
		return written, err
	}
	return newEditor(w, edits).fill(ctx, in, w, seen)
}
