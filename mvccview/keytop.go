package mvccview

import (
	"cmp"
	"io"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// A KeySpace is what one key takes. The key itself is read from the file, see ReadKey.
type KeySpace struct {
	GroupCounts
	off    int64 // of the newest record's key in the file
	keyLen int64
	valLen int64
}

// Top gives the n keys with the most bytes, largest first; of equal ones, those whose
// newest record comes first in the file. It takes room for 2 × n of them.
func (t *KeySpaces) Top(n int) []KeySpace {
	t.flush()
	list := make([]keySpace, 0, min(2*n, 1024))
	t.table.each(func(s *keySpace) {
		if list = append(list, *s); len(list) >= 2*n+64 {
			list = largest(list, n)
		}
	})
	list = largest(list, n)
	top := make([]KeySpace, len(list))
	for i := range list {
		s := &list[i]
		top[i] = KeySpace{GroupCounts: s.counts(), off: s.off, keyLen: RevKeyLen + int64(s.val&1), valLen: int64(s.val >> 1)}
	}
	return top
}

func largest(list []keySpace, n int) []keySpace {
	slices.SortFunc(list, func(a, b keySpace) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.off, b.off))
	})
	return list[:min(len(list), max(n, 0))]
}

// maxKeyRead bounds what is read of a record for its key. etcd takes requests of 1.5 MiB
// unless told otherwise, and has the key in front.
const maxKeyRead = 16 << 20

// ReadKey reads the user's key from src, the file that was walked; ok is false if it
// cannot be read any more.
func (s *KeySpace) ReadKey(src io.ReaderAt) (key []byte, ok bool) {
	b := make([]byte, min(s.valLen, maxKeyRead))
	n, err := src.ReadAt(b, s.off+s.keyLen)
	if n < len(b) && err != nil {
		return nil, false
	}
	if s.valLen <= maxKeyRead {
		var kv KeyValue
		err := ParseKeyValue(b, &kv)
		return slices.Clone(kv.Key), err == nil
	}
	num, _, n := protowire.ConsumeTag(b)
	if n < 0 || num != kvKey {
		return nil, false
	}
	key, n = protowire.ConsumeBytes(b[n:])
	return slices.Clone(key), n >= 0
}
