package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
)

// pasts is how many pairs of versions the mixed copies are made of.
const pasts = 24

// TestLawOverTornCopies holds the law over 3,000 copies that mix two versions of a file, half of them with
// the sha256 of the mixture behind it; the ordinary run takes 200. A copy whose content is that of neither
// version may not pass verify, save for the reasons of tornReason.
func TestLawOverTornCopies(t *testing.T) {
	files, step := 3000, 1
	if !fullRun() {
		step = 15
	}
	reasons := &tornReasons{count: map[string]int{}}
	holdAll(t, population{name: "torn copies", files: files / step, stride: 9, formed: 6,
		make:     func(t *testing.T, n int) (specimen, bool) { return torn(t, n*step), true },
		unharmed: func(t *testing.T, n int, s specimen, path string) { reasons.judge(t, n*step, s, path) },
	})
	for _, reason := range []string{"the older", "the newer"} {
		if reasons.count[reason] == 0 {
			t.Errorf("none of the copies that pass has the content of %s: the oracle is wrong", reason)
		}
	}
	t.Logf("copies that pass verify, by what they hold: %v", reasons.count)
}

// A pair is two versions of one file and what they hold.
type pair struct {
	pageSize     int
	older, newer []byte
	was, is      held
	ever         held // all that the store ever had: the newer without compactions
}

var pairs [pasts]func() (*pair, error)

func init() {
	for i := range pairs {
		pairs[i] = sync.OnceValues(func() (*pair, error) { return newPair(uint64(i)) })
	}
}

var compactLine = regexp.MustCompile(`(?m)^compact .*\n`)

// newPair lets a store have a past: pairs differ in the share of deletions and transactions, in whether
// they compact, in the size of pages and in how much came between.
func newPair(seed uint64) (*pair, error) {
	dir, err := os.MkdirTemp("", "boltvet-law-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary copy
	past, p := fixtures.NewPast(seed), &pair{pageSize: 4096}
	if seed%4 >= 2 {
		p.pageSize = 1024
	}
	between := []int{3, 15, 60, 150}[seed/6%4]
	first, next := past.First(p.pageSize, 20)+past.Next(120), past.Next(between)
	images, err := fixtures.Versions(first, next)
	if err != nil {
		return nil, err
	}
	uncompacted, err := fixtures.Versions(compactLine.ReplaceAllString(first+next, ""))
	if err != nil {
		return nil, err
	}
	p.older, p.newer = images[0], images[1]
	for _, v := range []struct {
		image []byte
		to    *held
	}{{p.older, &p.was}, {p.newer, &p.is}, {uncompacted[0], &p.ever}} {
		path := filepath.Join(dir, "version.db")
		if err = os.WriteFile(path, v.image, 0o600); err != nil {
			return nil, err
		}
		if *v.to, err = contentOf(path); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// torn is the mixed copy of a seed.
func torn(t *testing.T, seed int) specimen {
	t.Helper()
	p, err := pairs[seed%pasts]()
	noError(t, err)
	image, how := fixtures.Interleave(p.older, p.newer, p.pageSize, rand.New(rand.NewPCG(uint64(seed), 17)))
	if seed/pasts%2 == 1 {
		image, how = fixtures.Sealed(image), how+", sealed"
	}
	return specimen{fmt.Sprintf("seed %d: past %d: %s", seed, seed%pasts, how), image, p.newer}
}

// A held is what bbolt reads in a file: the rows of bucket key, and the compact revision.
type held struct {
	rows    map[string]string // a revision as it is stored to the record
	compact string            // in the same form; "" if the store was never compacted
}

// contentOf asks bbolt, which may panic on what it reads.
func contentOf(path string) (h held, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("bbolt panics: %v", p)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return held{}, err
	}
	defer db.Close() //nolint:errcheck // it was only read
	h.rows = map[string]string{}
	return h, db.View(func(tx *bbolt.Tx) error {
		if meta := tx.Bucket([]byte("meta")); meta != nil {
			h.compact = max(string(meta.Get([]byte("finishedCompactRev"))), string(meta.Get([]byte("scheduledCompactRev"))))
		}
		key := tx.Bucket([]byte("key"))
		if key == nil {
			return nil
		}
		return key.ForEach(func(k, v []byte) error { h.rows[string(k)] = string(v); return nil })
	})
}

// between are the rows above one revision and up to another. A main revision is the first 8 bytes of a row's key.
func (h held) between(above, upTo string) map[string]string {
	part := map[string]string{}
	for k, v := range h.rows {
		if main := k[:min(8, len(k))]; main > above[:min(8, len(above))] && main <= upTo[:min(8, len(upTo))] {
			part[k] = v
		}
	}
	return part
}

func (h held) last() (rev string) {
	for k := range h.rows {
		rev = max(rev, k)
	}
	return rev
}

// tornReason is the closed list of what a copy that passes verify may hold; "" if that is neither version
// and a reader could have told.
func tornReason(h held, p *pair) string {
	switch {
	case maps.Equal(h.rows, p.was.rows):
		return "the older"
	case maps.Equal(h.rows, p.is.rows):
		return "the newer"
	case maps.EqualFunc(h.rows, p.was.rows, sameLength), maps.EqualFunc(h.rows, p.is.rows, sameLength):
		// The page behind a large record came from the other version. No sum is over a value but the trailer, and
		// that was made of the mixture.
		return "other bytes in a value"
	}
	for rev, row := range h.rows {
		if p.ever.rows[rev] != row {
			return "" // the store never had this record
		}
	}
	for _, v := range []held{p.is, p.was} {
		if h.last() < h.compact || !maps.Equal(h.between(h.compact, h.last()), v.between(h.compact, h.last())) {
			continue
		}
		if h.last() == v.last() {
			// A compaction removes revisions and leaves no trace of which: what is missing from those at or below
			// it, or is there still, looks as if it had always been so.
			return "other rows at or below the compact revision"
		}
		// The root came from a page that had been one before. Pages with newer revisions that nobody points to lie in
		// whole files too: bbolt copies free pages as later transactions leave them. Only the log knows that the newer ones were acknowledged.
		return "a state that the store went through"
	}
	return ""
}

func sameLength(a, b string) bool { return len(a) == len(b) }

// tornReasons counts why copies passed.
type tornReasons struct {
	mu    sync.Mutex
	count map[string]int
}

// judge holds a copy that passes verify against both versions.
func (c *tornReasons) judge(t *testing.T, seed int, s specimen, path string) {
	t.Helper()
	p, err := pairs[seed%pasts]()
	noError(t, err)
	h, err := contentOf(path)
	reason := tornReason(h, p)
	if err != nil || reason == "" {
		verdict := runWithin(t, recipeLimit, "verify", "-q", path)
		t.Errorf("passes verify with what neither version has (%v): %s\n%.300s", err, s.name, verdict.out)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[reason]++
}
