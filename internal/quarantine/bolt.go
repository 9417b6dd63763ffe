package quarantine

import (
	"errors"

	"go.etcd.io/bbolt"

	"boltvet/internal/upstream"
)

// maxName is where the name of a bucket is cut, in bytes.
const maxName = 64

// openBolt opens a file as bbolt's own commands do.
// Source: bbolt 1.5.0, cmd/bbolt/command/command_check.go.
func openBolt(path string) (*bbolt.DB, error) {
	return bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
}

// boltCheck collects what Tx.Check says. All of it is read: the channel's
// sender would wait for ever, and the number is part of the answer.
func boltCheck(path string, reply *upstream.Reply) error {
	db, err := openBolt(path)
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		for e := range tx.Check() {
			reply.MessageCount++
			if len(reply.Messages) < upstream.MaxMessages {
				reply.Messages = append(reply.Messages, upstream.Line(e.Error(), upstream.MaxText))
			}
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

// boltStats collects the numbers of `bbolt stats` and `bbolt pages`.
func boltStats(path string, reply *upstream.Reply) error {
	db, err := openBolt(path)
	if err != nil {
		return err
	}
	stats := &upstream.Stats{Buckets: []upstream.BucketStats{}}
	err = db.View(func(tx *bbolt.Tx) error {
		err := tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			stats.BucketCount++
			if len(stats.Buckets) < upstream.MaxBuckets {
				stats.Buckets = append(stats.Buckets, bucketStats(name, b))
			}
			return nil
		})
		if err != nil {
			return err
		}
		stats.Pages, err = pageStats(tx)
		return err
	})
	reply.Stats = stats
	return errors.Join(err, db.Close())
}

func bucketStats(name []byte, b *bbolt.Bucket) upstream.BucketStats {
	s := b.Stats()
	return upstream.BucketStats{
		Name:           upstream.Line(string(name), maxName),
		Keys:           s.KeyN,
		Depth:          s.Depth,
		BranchPages:    s.BranchPageN,
		BranchOverflow: s.BranchOverflowN,
		LeafPages:      s.LeafPageN,
		LeafOverflow:   s.LeafOverflowN,
		BranchUsed:     s.BranchInuse,
		LeafUsed:       s.LeafInuse,
		Buckets:        s.BucketN,
		InlineBuckets:  s.InlineBucketN,
	}
}

// pageStats walks the file page by page, over the overflow pages of those in use.
// Source: bbolt 1.5.0, cmd/bbolt/command/command_pages.go.
func pageStats(tx *bbolt.Tx) (upstream.PageStats, error) {
	var s upstream.PageStats
	for id := 0; ; {
		p, err := tx.Page(id)
		if err != nil {
			return s, err
		}
		if p == nil { // the high water mark
			s.Total = int64(id)
			return s, nil
		}
		n := 1 + max(p.OverflowCount, 0)
		if p.Type == "free" {
			n = 1 // the header of a free page is stale
		}
		*counter(&s, p.Type) += int64(n)
		id += n
	}
}

// counter returns the counter for bbolt's name of a page type.
func counter(s *upstream.PageStats, name string) *int64 {
	switch name {
	case "meta":
		return &s.Meta
	case "branch":
		return &s.Branch
	case "leaf":
		return &s.Leaf
	case "freelist":
		return &s.Freelist
	case "free":
		return &s.Free
	}
	return &s.Unknown
}
