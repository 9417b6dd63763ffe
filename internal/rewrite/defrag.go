package rewrite

import (
	"context"

	"boltvet/internal/datadir"
)

// Defrag writes the content of src to out without its free pages, packed. The status
// hash of the output is proven to be that of the source. After an error out is of no
// use; without one it is complete and on the disk, and only its name is missing.
//
// Errors: *[DamagedError], [ErrNoDB], mvccview.ErrNotEtcd, *[RoomError], *[ProofError], a
// [bolt.WriteError], the context's, or trouble with reading. src stays the caller's.
func Defrag(ctx context.Context, src *datadir.Source, out Output, o Options) (*Result, error) {
	j, err := begin(src, out, o)
	if err != nil {
		return nil, err
	}
	defer j.close()
	return j.run(ctx)
}
