package inspect

import (
	"boltvet/bolt"
	"boltvet/mvccview"
)

// Forecast is what the db would come to, in bytes (high water mark × page size,
// without a trailer), under four kinds of rewriting.
type Forecast struct {
	EtcdDefrag        int64 // as `etcdutl defrag` writes it: fill percent 0.9, large values alone
	OwnDefrag         int64 // packed by a bulk loader
	EtcdDefragCompact int64 // the same two after a compaction to the latest revision
	OwnDefragCompact  int64
}

// fixedPages is what every rewritten file has: two metas, a freelist page (etcd's
// writer leaves a free one in its place) and the bucket directory.
const fixedPages = 4

// forecaster packs the records that a size histogram stands for, in a shuffled order.
type forecaster struct {
	pageSize int
	others   int64 // bytes in use of the buckets that are not "key" and not inline
}

func (f forecaster) forecast(all, survivors *mvccview.SizeHist) Forecast {
	a, s := sampleOf(all), sampleOf(survivors)
	return Forecast{
		EtcdDefrag: f.etcd(a), OwnDefrag: f.own(a),
		EtcdDefragCompact: f.etcd(s), OwnDefragCompact: f.own(s),
	}
}

// own packs by the rule of bolt's bulk loader.
func (f forecaster) own(s sample) int64 {
	p := bolt.NewPacking(f.pageSize)
	for _, size := range s.sizes {
		p.Add(int64(size))
	}
	return f.total(s, p.Pages, p.Leaves, f.pageSize-bolt.PageHeaderSize)
}

// etcd packs as bbolt splits nodes when etcd puts entries in order, in transactions
// of 10,000 with fill percent 0.9.
// Source: etcd v3.7.3 server/storage/backend/backend.go (defragdb); bbolt v1.5.0 node.go.
func (f forecaster) etcd(s sample) int64 {
	threshold := f.threshold()
	p := splitter{pageSize: int64(f.pageSize), threshold: int64(threshold)}
	const batch = 10000
	for i, size := range s.sizes {
		p.open = append(p.open, int64(size))
		if i%batch == batch-1 {
			p.commit()
		}
	}
	p.flush()
	return f.total(s, p.pages, p.leaves, threshold-bolt.PageHeaderSize)
}

// threshold is how far etcd's defrag fills a page.
func (f forecaster) threshold() int { return f.pageSize * 9 / 10 }

// total adds the branch levels above the leaves, the other buckets and the fixed
// pages, and scales a sample up to the records that it stands for.
func (f forecaster) total(s sample, pages, leaves int64, branchBytes int) int64 {
	const separator = bolt.ElementSize + mvccview.RevKeyLen
	scale := func(n int64) int64 { return int64(float64(n)*s.scale + 0.5) }
	sum := fixedPages + scale(pages)
	for n := scale(leaves); n > 1; {
		fan := max(int64(branchBytes/separator), 2)
		n = (n + fan - 1) / fan
		sum += n
	}
	room := int64(f.threshold())
	sum += (f.others + room - 1) / room
	return sum * int64(f.pageSize)
}

// splitter counts the pages that bbolt's nodes are split into.
type splitter struct {
	pageSize, threshold int64
	open                []int64 // sizes in the last node
	pages, leaves       int64   // of nodes that no later transaction touches
}

// minKeys is the least number of entries on either side of a split.
// Source: bbolt v1.5.0 internal/common/page.go (MinKeysPerPage).
const minKeys = 2

// commit splits the last node and leaves what is last, for the next transaction adds
// to it.
func (p *splitter) commit() {
	for {
		n := p.split()
		if n == len(p.open) {
			return
		}
		p.close(n)
	}
}

// flush commits and counts the last node as well.
func (p *splitter) flush() {
	p.commit()
	p.close(len(p.open))
}

// close counts a node of the first n entries.
func (p *splitter) close(n int) {
	if n == 0 {
		return
	}
	used := int64(bolt.PageHeaderSize)
	for _, size := range p.open[:n] {
		used += size
	}
	p.pages += (used + p.pageSize - 1) / p.pageSize
	p.leaves++
	p.open = p.open[n:]
}

// split tells how many entries the first node keeps: all, if it is not split.
func (p *splitter) split() int {
	if len(p.open) <= 2*minKeys || p.fitsPage() {
		return len(p.open)
	}
	used, index := int64(bolt.PageHeaderSize), 0
	for i := 0; i < len(p.open)-minKeys; i++ {
		index = i
		if i >= minKeys && used+p.open[i] > p.threshold {
			break
		}
		used += p.open[i]
	}
	return index
}

func (p *splitter) fitsPage() bool {
	used := int64(bolt.PageHeaderSize)
	for _, size := range p.open {
		if used += size; used >= p.pageSize {
			return false
		}
	}
	return true
}
