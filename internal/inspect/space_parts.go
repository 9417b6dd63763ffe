package inspect

import (
	"boltvet/bolt"
	"boltvet/mvccview"
)

// A Part is one of the things that a file's bytes are.
type Part struct {
	Kind  PartKind
	Bytes int64 // never negative, but of PartTwice
	Pages int64 // that are this and nothing else; -1 for what lies among other things by its nature
}

// A PartKind says what the bytes of a part are.
type PartKind uint8

// The kinds of parts, in the order in which they are listed.
const (
	PartLive         PartKind = iota // newest records of keys that are alive: keys and values in the bucket
	PartHistory                      // records that newer ones supersede
	PartTombstones                   // newest records of keys that are deleted
	PartPageOverhead                 // of bucket "key": see Overhead
	PartOverflow                     // of bucket "key": unused room at the end of values that span pages
	PartOtherBuckets                 // all other buckets with all that is theirs, and the bucket directory
	PartFreelist                     // the stored freelist
	PartMetas                        // the two meta pages
	PartFree                         // pages that nobody uses
	PartUnreachable                  // pages that nobody uses and the stored freelist does not list: leaked
	PartUnreadable                   // in use, but cannot be read
	PartTail                         // behind the high water mark, and less than a page at the end of a cut file
	PartTrailer                      // sha256 that etcd appends to a snapshot
	PartTwice                        // damaged records that share bytes are counted each: minus what they share
	partEnd
)

// String is the stable word of the part.
func (k PartKind) String() string {
	return [...]string{"live", "history", "tombstones", "page_overhead", "overflow_waste", "other_buckets", "freelist", "metas",
		"free", "unreachable", "unreadable", "tail", "trailer", "counted_twice"}[k]
}

// Overhead is what the pages of bucket "key" take besides records, in bytes.
type Overhead struct {
	Headers  int64 // of leaves
	Elements int64 // of leaves: 16 bytes for each record
	Branches int64 // whole branch pages
	Slack    int64 // unused room in leaves of one page
}

func (o Overhead) sum() int64 { return o.Headers + o.Elements + o.Branches + o.Slack }

// account divides the file. What is unreadable follows from what all else adds up to:
// so the parts are the size of the file, however damaged it is.
func (s *Space) account(f *bolt.File, c *leafCounts) {
	p, total := s.Survey.Pages, s.Survey.Total()
	var keyBranches int64
	for i := range s.Survey.Buckets {
		if b := &s.Survey.Buckets[i]; len(b.Bucket.Path) == 1 && string(b.Bucket.Name()) == mvccview.BucketKey {
			keyBranches += (b.BranchPages + b.BranchOverflow) * p.PageSize
		}
	}
	directory := (s.Survey.Directory.LeafPages + s.Survey.Directory.LeafOverflow) * p.PageSize
	otherBranches := (total.BranchPages+total.BranchOverflow)*p.PageSize - keyBranches
	trees, tail := (p.Branch+p.Leaf+p.Overflow+p.Damaged)*p.PageSize, p.TailBytes
	if s.Survey.Reached(bolt.Pgid(f.Size() / p.PageSize)) {
		trees += p.PartialBytes
	} else {
		tail += p.PartialBytes
	}
	unseen := trees - c.keyLeaves - c.otherLeaves - keyBranches - otherBranches - directory
	for _, cut := range []*int64{&keyBranches, &otherBranches, &directory} {
		// The page that the end of the file cuts is no whole one.
		if less := min(max(-unseen, 0), *cut); less > 0 {
			*cut -= less
			unseen += less
		}
	}
	s.Overhead = Overhead{Headers: c.headers, Elements: c.elements, Branches: keyBranches, Slack: c.slack}
	live, dead := s.Total.LiveBytes, s.Total.DeletedBytes
	_, history := s.Total.Superseded()
	others := otherBranches + c.otherLeaves + directory - c.inlineKey + c.nested
	twice := c.twice - min(unseen, 0) - min(others, 0)
	var bytes [partEnd]int64
	bytes[PartLive], bytes[PartHistory], bytes[PartTombstones] = live, history, dead
	bytes[PartPageOverhead], bytes[PartOverflow] = s.Overhead.sum(), c.waste
	bytes[PartOtherBuckets] = max(others, 0)
	bytes[PartFreelist], bytes[PartMetas] = p.Freelist*p.PageSize, p.Meta*p.PageSize
	bytes[PartFree], bytes[PartUnreachable] = (p.Free+p.FreeOrLeaked)*p.PageSize, p.Unreachable*p.PageSize
	bytes[PartUnreadable] = c.unreadable + max(unseen, 0)
	bytes[PartTail], bytes[PartTrailer], bytes[PartTwice] = tail, s.Source.FileSize-s.Source.DBSize, -twice
	s.Parts = make([]Part, partEnd)
	for k := range partEnd {
		s.Parts[k] = Part{Kind: k, Bytes: bytes[k], Pages: -1}
	}
	s.Parts[PartPageOverhead].Pages = s.Overhead.Branches / p.PageSize
	s.Parts[PartOtherBuckets].Pages = (otherBranches + c.otherLeaves) / p.PageSize
	if c.inlineKey == 0 {
		s.Parts[PartOtherBuckets].Pages += directory / p.PageSize
	}
	s.Parts[PartFreelist].Pages, s.Parts[PartMetas].Pages = p.Freelist, p.Meta
	s.Parts[PartFree].Pages, s.Parts[PartUnreachable].Pages = p.Free+p.FreeOrLeaked, p.Unreachable
	s.Parts[PartUnreadable].Pages = (max(unseen, 0) + p.PageSize - 1) / p.PageSize
}
