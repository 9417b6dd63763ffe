package bolt

import (
	"crypto/sha256"
	"testing"
)

// TestHashBytes: the sum is that of the bytes, at every length around the pieces.
func TestHashBytes(t *testing.T) {
	b := make([]byte, 3*hashPiece)
	for i := range b {
		b[i] = byte(i * 7)
	}
	for _, n := range []int{0, 1, cacheLine - 1, cacheLine, hashPiece - 1, hashPiece, hashPiece + 1, 2*hashPiece + cacheLine + 1, len(b)} {
		h := sha256.New()
		HashBytes(h, b[:n])
		if got, want := [32]byte(h.Sum(nil)), sha256.Sum256(b[:n]); got != want {
			t.Errorf("%d bytes: sha256 %x, want %x", n, got, want)
		}
	}
}
