//go:build !linux

package bolt

// diskWriter writes through the page cache.
type diskWriter struct{ f outFile }

func newDiskWriter(f outFile, _ bool) diskWriter { return diskWriter{f: f} }

func (d *diskWriter) restore() error { return nil }

func (d *diskWriter) write(b []byte, off int64) error {
	_, err := d.rewrite(b, off)
	return err
}

func (d *diskWriter) rewrite(b []byte, off int64) (int, error) {
	n, err := d.f.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = errShortWrite
	}
	return n, err
}

// reserve does nothing: a full disk shows at the write.
func reserve(outFile, int64) error { return nil }

// adviseHuge does nothing.
func adviseHuge([]byte) {}
