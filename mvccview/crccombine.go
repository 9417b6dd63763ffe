package mvccview

import "hash/crc32"

// castagnoliPoly is the polynomial of CRC-32C with the bits reversed, as in
// hash/crc32: bit 31 is the coefficient of x^0.
const castagnoliPoly = crc32.Castagnoli

// castagnoli is the table of hash/crc32; it is never written to, and the
// standard library picks the processor's instruction by its identity.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A checksum is a CRC-32C together with the number of bytes it covers, so
// that checksums of neighbouring ranges can be joined. The zero value covers
// nothing.
type checksum struct {
	crc uint32
	n   int64
}

// write adds b.
func (c *checksum) write(b []byte) {
	c.crc = crc32.Update(c.crc, castagnoli, b)
	c.n += int64(len(b))
}

// join adds the bytes that next covers behind those that c covers, without
// seeing any of them: the CRC of a followed by b is that of a, moved up by
// the length of b, plus that of b. Moving up by a bit is multiplying with x
// in the field of polynomials over GF(2) modulo the CRC's.
func (c *checksum) join(next checksum) {
	c.crc = mulMod(c.crc, xPow(8*uint64(next.n))) ^ next.crc
	c.n += next.n
}

// mulMod multiplies two polynomials modulo castagnoliPoly.
func mulMod(a, b uint32) uint32 {
	var p uint32
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			p ^= b
		}
		b = timesX(b)
	}
	return p
}

// timesX multiplies a polynomial with x, which in reversed order is a shift
// to the right.
func timesX(a uint32) uint32 {
	if a&1 != 0 {
		return a>>1 ^ castagnoliPoly
	}
	return a >> 1
}

// xPow is x to the power n modulo castagnoliPoly, by repeated squaring.
func xPow(n uint64) uint32 {
	p, square := uint32(1)<<31, uint32(1)<<30 // x^0 and x^1
	for ; n != 0; n >>= 1 {
		if n&1 != 0 {
			p = mulMod(p, square)
		}
		square = mulMod(square, square)
	}
	return p
}
