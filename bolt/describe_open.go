package bolt

import (
	"errors"
	"os"
)

// OpenPages is Open for who wants to look at pages: a file without a valid meta is no
// error. Its page size is then what most page numbers speak for, and [File.Live] is
// not valid.
func OpenPages(f *os.File, size int64) (*File, error) {
	b, err := Open(f, size)
	var none Fault
	if err == nil || !errors.As(err, &none) || none.Kind != MetaNone {
		return b, err
	}
	b = &File{file: f, size: size}
	err = b.Guard(b.readMetas)
	if errors.As(err, &none) && none.Kind == MetaNone {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}
