package bolt

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUnmap: in parts or at once, no part of a mapping is left.
func TestUnmap(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for _, size := range []int{1, 2*unmapPart - 1, 2*unmapPart + 4097, 3 * unmapPart} {
		f, err := os.Create(filepath.Join(t.TempDir(), "sparse"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Truncate(int64(size)); err != nil {
			t.Fatal(err)
		}
		data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < size; i += 8 << 20 {
			if data[i] != 0 {
				t.Errorf("byte %d of a hole is %d", i, data[i])
			}
		}
		if err := unmap(data); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if maps, err := os.ReadFile("/proc/self/maps"); err == nil && strings.Contains(string(maps), f.Name()) {
			t.Errorf("%d bytes: still mapped", size)
		}
	}
}
