package mvccview

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// TestChecksumJoin cuts random bytes in three and compares with hash/crc32.
func TestChecksumJoin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		b := make([]byte, r.IntN(5000))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		i := r.IntN(len(b) + 1)
		j := i + r.IntN(len(b)-i+1)
		var got, second, third checksum
		got.write(b[:i])
		second.write(b[i:j])
		third.write(b[j:])
		second.join(third)
		got.join(second)
		want := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
		if got.crc != want || got.n != int64(len(b)) {
			t.Fatalf("%d bytes cut at %d and %d: %08x over %d, want %08x", len(b), i, j, got.crc, got.n, want)
		}
	}
}

// TestXPowLong checks the exponents that no test can hash: x^(a+b) = x^a x^b.
func TestXPowLong(t *testing.T) {
	for _, n := range []uint64{1, 8, 1 << 35, 1<<43 - 8} {
		if got, want := xPow(2*n), mulMod(xPow(n), xPow(n)); got != want {
			t.Errorf("x^%d: %08x, want %08x", 2*n, got, want)
		}
	}
}
