package inspect

import (
	"boltvet/bolt"
	"boltvet/mvccview"
)

// splitter counts the pages that etcd's defrag would write: it puts entries in key
// order, in transactions of 10,000, and at each commit bbolt splits the last node at
// fill percent 0.9. It is a record accumulator, because how well bbolt packs depends
// on which sizes follow each other.
// Source: etcd v3.7.3 server/storage/backend/backend.go (defragdb); bbolt v1.5.0 node.go.
type splitter struct {
	pageSize, threshold int64
	fork                bool          // puts nothing: open has the sizes of all its records
	open                []int64       // sizes in the last node
	batch               int           // entries of the open transaction
	pages, leaves       int64         // of nodes that no later transaction touches
	spare               []*splitter   // forks that were merged
	own                 *bolt.Packing // packs the same records as our bulk loader would; nil: nobody asks
}

// defragBatch is the number of entries of a transaction.
// Source: etcd v3.7.3 server/storage/backend/backend.go (defragLimit).
const defragBatch = 10000

// minKeys is the least number of entries on either side of a split.
// Source: bbolt v1.5.0 internal/common/page.go (MinKeysPerPage).
const minKeys = 2

func newSplitter(pageSize int) *splitter {
	return &splitter{pageSize: int64(pageSize), threshold: int64(pageSize * 9 / 10)}
}

// Step puts one record.
func (p *splitter) Step(r *mvccview.Record) { p.put(r.Size()) }

func (p *splitter) put(size int64) {
	p.open = append(p.open, size)
	if p.fork {
		return
	}
	if p.own != nil {
		p.own.Add(size)
	}
	if p.batch++; p.batch == defragBatch {
		p.commit()
	}
}

// Fork gives a splitter that keeps the sizes: where a transaction ends depends on all
// that is before.
func (p *splitter) Fork() mvccview.RecordAccumulator {
	if n := len(p.spare); n > 0 {
		f := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return f
	}
	f := newSplitter(int(p.pageSize))
	f.fork = true
	return f
}

// ForkEarly is Fork.
func (p *splitter) ForkEarly() mvccview.RecordAccumulator { return p.Fork() }

// Merge puts the records of the range that follows.
func (p *splitter) Merge(next mvccview.RecordAccumulator) {
	n := next.(*splitter)
	for _, size := range n.open {
		p.put(size)
	}
	n.open = n.open[:0]
	p.spare = append(p.spare, n)
}

// commit splits the last node and keeps what is last, for the next transaction adds
// to it.
func (p *splitter) commit() {
	rest := p.open
	for {
		n := p.split(rest)
		if n == len(rest) {
			break
		}
		p.close(rest[:n])
		rest = rest[n:]
	}
	p.open = append(p.open[:0], rest...)
	p.batch = 0
}

// flush commits and counts the last node as well.
func (p *splitter) flush() {
	p.commit()
	p.close(p.open)
	p.open = p.open[:0]
	if p.own != nil {
		p.own.End()
	}
}

// close counts a node.
func (p *splitter) close(node []int64) {
	if len(node) == 0 {
		return
	}
	p.pages += (bytesOf(node) + p.pageSize - 1) / p.pageSize
	p.leaves++
}

func bytesOf(node []int64) int64 {
	used := int64(bolt.PageHeaderSize)
	for _, size := range node {
		used += size
	}
	return used
}

// split tells how many entries the first node keeps: all, if it is not split.
func (p *splitter) split(node []int64) int {
	if len(node) <= 2*minKeys || p.fitsPage(node) {
		return len(node)
	}
	used, index := int64(bolt.PageHeaderSize), 0
	for i := 0; i < len(node)-minKeys; i++ {
		index = i
		if i >= minKeys && used+node[i] > p.threshold {
			break
		}
		used += node[i]
	}
	return index
}

func (p *splitter) fitsPage(node []int64) bool {
	used := int64(bolt.PageHeaderSize)
	for _, size := range node {
		if used += size; used >= p.pageSize {
			return false
		}
	}
	return true
}
