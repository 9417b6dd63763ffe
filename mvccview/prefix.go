package mvccview

import "bytes"

// MaxPrefix is how many bytes of a key its prefix has at most.
const MaxPrefix = 256

// KeyPrefix is the part of a user's key that says where it belongs: up to and with the
// slash that ends its segment number depth, where a leading slash begins no segment. A
// key with fewer segments is cut at its last slash, for its own name is no prefix; of a
// key without a slash the prefix is empty. It aliases key and has at most MaxPrefix
// bytes.
func KeyPrefix(key []byte, depth int) []byte {
	end, segments := 0, 0
	for i := 0; i < len(key) && i < MaxPrefix && segments < depth; {
		n := bytes.IndexByte(key[i:], '/')
		if n < 0 {
			break
		}
		i += n + 1
		end = i
		if n > 0 {
			segments++
		}
	}
	return key[:min(end, MaxPrefix)]
}
