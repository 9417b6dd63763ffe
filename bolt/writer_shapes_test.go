package bolt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
)

// revisions is a bucket of n records with keys as etcd's.
func revisions(n int, value func(i int) []byte) *bucketful {
	c := &bucketful{}
	for i := range n {
		key := make([]byte, 17)
		key[4], key[5], key[6], key[7], key[8] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i), '_'
		c.items = append(c.items, item{key: key, value: value(i)})
	}
	return c
}

func buckets(subs ...*bucketful) *bucketful {
	root := &bucketful{}
	for i, s := range subs {
		root.items = append(root.items, item{key: fmt.Appendf(nil, "bucket-%06d", i), sub: s})
	}
	return root
}

func filled(n int, r *rand.Rand) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(255) + 1)
	}
	return b
}

// clusterLike gives value sizes as a Kubernetes cluster has them: many leases of some
// 400 bytes, pods and nodes of kilobytes, a few objects of hundreds of kilobytes.
func clusterLike(n int) *bucketful {
	r := rand.New(rand.NewPCG(5, 1))
	noise := filled(600_000, r)
	return revisions(n, func(int) []byte {
		switch d := r.IntN(1000); {
		case d < 450:
			return noise[:380+r.IntN(150)]
		case d < 800:
			return noise[:900+r.IntN(2200)]
		case d < 970:
			return noise[:3000+r.IntN(9000)]
		case d < 998:
			return noise[:12_000+r.IntN(60_000)]
		}
		return noise[:200_000+r.IntN(400_000)]
	})
}

var writerShapes = map[string]func() *bucketful{
	"no bucket":       func() *bucketful { return &bucketful{} },
	"an empty bucket": func() *bucketful { return buckets(&bucketful{sequence: 7}) },
	"one key":         func() *bucketful { return buckets(revisions(1, func(int) []byte { return nil })) },
	"like a cluster":  func() *bucketful { return buckets(&bucketful{}, clusterLike(5000), revisions(3, fixedValue(30))) },
	"tiny":            func() *bucketful { return buckets(tiny(70_000)) },
	"depth 20":        func() *bucketful { return buckets(deep(20)) },
	"long keys":       func() *bucketful { return buckets(longKeys(40)) },
	"cut in hindsight": func() *bucketful {
		r := rand.New(rand.NewPCG(4, 4))
		return buckets(revisions(500, func(int) []byte { return filled(2500+r.IntN(1400), r) }))
	},
	"at the inline limit": func() *bucketful {
		var subs []*bucketful
		for n := 900; n < 1100; n++ {
			subs = append(subs, revisions(1, fixedValue(n-PageHeaderSize-ElementSize-17)))
		}
		return buckets(subs...)
	},
}

func fixedValue(n int) func(int) []byte {
	return func(int) []byte { return bytes.Repeat([]byte{'v'}, max(n, 0)) }
}

// tiny is a bucket of keys as short as can be.
func tiny(n int) *bucketful {
	c := &bucketful{}
	for i := range n {
		c.items = append(c.items, item{key: []byte{byte(i >> 16), byte(i >> 8), byte(i)}})
	}
	return c
}

// deep nests buckets between keys.
func deep(levels int) *bucketful {
	c := revisions(200, fixedValue(50))
	c.sequence = uint64(levels)
	if levels > 0 {
		c.items = append(c.items, item{key: []byte{0, 0, 0, 0, 1}, sub: deep(levels - 1)})
		c.items = append(c.items, item{key: []byte{1}, value: filled(9000, rand.New(rand.NewPCG(1, 1)))})
		c.items = append(c.items, item{key: []byte{1, 1}, sub: &bucketful{sequence: 3}})
		slices.SortFunc(c.items, func(a, b item) int { return bytes.Compare(a.key, b.key) })
	}
	return c
}

// longKeys has separators larger than a page.
func longKeys(n int) *bucketful {
	c := &bucketful{}
	for i := range n {
		c.items = append(c.items, item{key: append(bytes.Repeat([]byte{'k'}, MaxKeySize-2), byte(i>>8), byte(i)), value: []byte("v")})
	}
	return c
}
