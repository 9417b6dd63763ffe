package inspect

import (
	"boltvet/bolt"
	"boltvet/mvccview"
)

// Forecast is what the db would come to, in bytes (high water mark × page size,
// without a trailer), under four kinds of rewriting. Pages keep their size: etcd's
// defrag takes the page size of its machine, and that machine is taken to be one like
// the machine that wrote the file.
type Forecast struct {
	EtcdDefrag        int64 // as `etcdutl defrag` writes it: fill percent 0.9, large values alone
	OwnDefrag         int64 // packed by a bulk loader
	EtcdDefragCompact int64 // the same two after a compaction to the latest revision
	OwnDefragCompact  int64
}

// fixedPages is what every rewritten file has: two metas, a freelist page (etcd's
// writer leaves a free one in its place) and the bucket directory.
const fixedPages = 4

// etcdLeftover is the page of the empty directory that bbolt makes a new file with: the
// first transaction replaces it, and nothing comes to reuse it.
const etcdLeftover = 1

// forecaster turns what was packed into bytes. The records that a size histogram stands
// for are packed in a shuffled order.
type forecaster struct {
	pageSize int
	others   int64 // bytes in use of the buckets that are not "key" and not inline
}

// forecast takes the splitter that saw all records in order, and the sizes of those that
// a compaction leaves, whose order is not known: packing cares little for it, etcd's
// splitting a little more.
func (f forecaster) forecast(inOrder *splitter, survivors *mvccview.SizeHist) Forecast {
	s, whole := sampleOf(survivors), sample{scale: 1}
	inOrder.flush()
	return Forecast{
		EtcdDefrag: f.etcdTotal(whole, inOrder), OwnDefrag: f.ownTotal(whole, inOrder.own),
		EtcdDefragCompact: f.etcd(s), OwnDefragCompact: f.own(s),
	}
}

// own packs by the rule of bolt's bulk loader.
func (f forecaster) own(s sample) int64 {
	p := bolt.NewPacking(f.pageSize)
	for _, size := range s.sizes {
		p.Add(int64(size))
	}
	p.End()
	return f.ownTotal(s, p)
}

func (f forecaster) ownTotal(s sample, p *bolt.Packing) int64 {
	return f.total(s, p.Pages, p.Leaves, f.pageSize-bolt.PageHeaderSize)
}

// etcd packs as etcd's defrag does.
func (f forecaster) etcd(s sample) int64 {
	p := newSplitter(f.pageSize)
	for _, size := range s.sizes {
		p.put(int64(size))
	}
	p.flush()
	return f.etcdTotal(s, p)
}

func (f forecaster) etcdTotal(s sample, p *splitter) int64 {
	leftover := int64(etcdLeftover * f.pageSize)
	return leftover + f.total(s, p.pages, p.leaves, f.threshold()-bolt.PageHeaderSize)
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
