package rewrite

import (
	"context"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A stamp changes the storage version, and nothing else.
type stamp struct {
	version string // "": there is to be none
	read    uint32 // status hash of the source as the last run over it saw it
}

// rows is what is put into bucket "meta".
func (s *stamp) rows() []row {
	if s.version == "" {
		return nil
	}
	return []row{{[]byte(mvccview.MetaStorageVersion), []byte(s.version)}}
}

// drops tells whether a key of bucket "meta" is left out.
func (s *stamp) drops(key []byte) bool {
	return s.version == "" && string(key) == mvccview.MetaStorageVersion
}

// Stamp writes the content of src to out as [Defrag] does, but with another storage
// version: a value such as "3.6.0", or "" for none. Everything else is the same, and
// proven to be: what was read to be written has the status hash that the check of the
// source found, and what was written has that of what was handed on.
//
// Errors are those of [Defrag].
// Source: etcd 3.7 server/storage/schema/migration.go (unsafeExecute).
func Stamp(ctx context.Context, src *datadir.Source, out Output, version string, o Options) (*Result, error) {
	j, err := begin(src, out, o)
	if err != nil {
		return nil, err
	}
	defer j.close()
	j.stamp = &stamp{version: version}
	return j.run(ctx)
}
