package restore

import (
	"errors"
	"os"

	"boltvet/internal/datadir"
)

// errChanged says that the source may have been written to: then what was verified is not
// what was restored.
var errChanged = errors.New("the source's content, name, mode or owner changed while it was read: nothing was kept")

// still is errChanged if f does not look as it did.
func still(seen datadir.Sighting, f *os.File) error {
	err := seen.Still(f)
	if errors.Is(err, datadir.ErrChanged) {
		err = errChanged
	}
	return err
}
