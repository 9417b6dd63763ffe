package mvccview

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"boltvet/fixtures"
)

// A storyteller writes random scripts, which fixtures plays through etcd's own
// store and lessor. It knows as much of the state as the language asks for.
type storyteller struct {
	r       *rand.Rand
	b       strings.Builder
	rev     int64
	compact int64
	keys    int
	live    map[string]int // key -> lease, 0 for none
	leases  []int
}

// story is a random history of so many steps, and how it ends.
func story(seed uint64, steps int, end string) string {
	s := &storyteller{r: rand.New(rand.NewPCG(seed, 9)), rev: 1, live: map[string]int{}}
	s.keys = 1 + s.r.IntN(12)
	s.say("pagesize %d", []int{1024, 4096}[s.r.IntN(2)])
	for i := range 1 + s.r.IntN(3) {
		s.leases = append(s.leases, i+1)
		s.say("lease %x 60", i+1)
	}
	for range steps {
		s.step()
	}
	switch end {
	case "compacted":
		s.compactTo(s.rev)
	case "half", "scheduled":
		rows := 0
		if end == "half" {
			rows = 1 + s.r.IntN(3)
		}
		if at := s.rev - s.r.Int64N(3); at > s.compact && at > 1 {
			s.say("compact-half %d %d", at, rows)
		}
	case "bumped":
		s.say("bump %d", 1+s.r.IntN(1_000_000))
	}
	return s.b.String()
}

func (s *storyteller) say(format string, args ...any) { fmt.Fprintf(&s.b, format+"\n", args...) }

func (s *storyteller) step() {
	switch n := s.r.IntN(40); {
	case n < 8:
		s.delete()
	case n < 14:
		s.transaction()
	case n == 14 && len(s.leases) > 1:
		s.revoke()
	case n == 15 && s.rev > s.compact+1:
		s.compactTo(s.compact + 1 + s.r.Int64N(s.rev-s.compact))
	case n == 16:
		s.say("commit")
	default:
		s.say("%s", s.put(s.key()))
		s.rev++
	}
}

func (s *storyteller) key() string { return fmt.Sprintf("key-%d", s.r.IntN(s.keys)) }

func (s *storyteller) put(key string) string {
	text := fmt.Sprintf("put %s size=%d", key, s.r.IntN(200))
	s.live[key] = 0
	if len(s.leases) > 0 && s.r.IntN(4) == 0 {
		s.live[key] = s.leases[s.r.IntN(len(s.leases))]
		text += fmt.Sprintf(" lease=%x", s.live[key])
	}
	return text
}

func (s *storyteller) delete() {
	keys := slices.Sorted(maps.Keys(s.live))
	switch {
	case len(keys) == 0:
		return
	case s.r.IntN(8) == 0:
		s.say("del key- key.")
		clear(s.live)
	default:
		key := keys[s.r.IntN(len(keys))]
		s.say("del %s", key)
		delete(s.live, key)
	}
	s.rev++
}

func (s *storyteller) transaction() {
	s.say("txn")
	for _, i := range s.r.Perm(s.keys)[:1+s.r.IntN(min(4, s.keys))] {
		key := fmt.Sprintf("key-%d", i)
		if _, alive := s.live[key]; alive && s.r.IntN(2) == 0 {
			s.say("del %s", key)
			delete(s.live, key)
			continue
		}
		s.say("%s", s.put(key))
	}
	s.say("end")
	s.rev++
}

func (s *storyteller) revoke() {
	id := s.leases[0]
	s.leases = s.leases[1:]
	s.say("revoke %x", id)
	before := len(s.live)
	maps.DeleteFunc(s.live, func(_ string, lease int) bool { return lease == id })
	if len(s.live) < before {
		s.rev++
	}
}

func (s *storyteller) compactTo(rev int64) {
	if rev > s.compact && rev > 1 {
		s.say("compact %d", rev)
		s.compact = rev
	}
}

var endings = []string{"", "compacted", "half", "scheduled", "bumped"}

// buildStory makes the file; a story that wants more rows removed than the
// compaction has ends without it.
func buildStory(t testing.TB, seed uint64, steps int, end string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	script := story(seed, steps, end)
	err := fixtures.Base{Name: "story", Script: script}.Build(path)
	if err != nil && end == "half" {
		os.Remove(path)
		script = story(seed, steps, "scheduled")
		err = fixtures.Base{Name: "story", Script: script}.Build(path)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, script)
	}
	return path
}

// TestChainHealthyHistories: what etcd's store leaves has no fault, wherever
// its compactions stand.
func TestChainHealthyHistories(t *testing.T) {
	for seed := range uint64(30) {
		end := endings[seed%uint64(len(endings))]
		t.Run(fmt.Sprintf("%d-%s", seed, end), func(t *testing.T) {
			wantHealthy(t, buildStory(t, seed, 5+int(seed)*5, end), false)
		})
	}
}

// collector keeps copies of all records.
type collector struct{ records []Record }

func (c *collector) Step(r *Record) {
	kept := *r
	kept.KV.Key, kept.KV.Value, kept.Raw = bytes.Clone(r.KV.Key), bytes.Clone(r.KV.Value), bytes.Clone(r.Raw)
	c.records = append(c.records, kept)
}
func (c *collector) Fork() RecordAccumulator { return new(collector) }
func (c *collector) Merge(next RecordAccumulator) {
	c.records = append(c.records, next.(*collector).records...)
}

// tale is a history in memory.
type tale struct {
	records []Record
	prelude *Prelude
}

func readTale(t testing.TB, path string) tale {
	t.Helper()
	var c collector
	v := NewView(ViewOptions{NoHash: true, Records: []RecordAccumulator{&c}})
	walk(t, path, v, false)
	v.Leases.sort()
	return tale{c.records, &Prelude{Meta: v.Meta, Leases: &v.Leases, MetaWhole: true, LeasesWhole: true}}
}

// told is a Chain that collects its faults, without the keys: these would be
// read from a file that the damage is not in.
func (l tale) told() (*Chain, *[]Fault) {
	var faults []Fault
	return NewChain(ChainOptions{
		Prelude: l.prelude,
		OnFault: func(f Fault) bool { f.Key = nil; faults = append(faults, f); return true },
	}), &faults
}

// whole judges all records in one go.
func (l tale) whole() (ChainResult, []Fault) {
	c, faults := l.told()
	for i := range l.records {
		c.Step(&l.records[i])
	}
	return c.Finish(), *faults
}

// cut judges the records in ranges of whole pages, which are visited ahead of their turn
// if they can be, as a crew does it. more tells whether a range goes on with the next page.
func (l tale) cut(more func() bool) (ChainResult, []Fault) {
	c, faults := l.told()
	for rest := l.records; len(rest) > 0; {
		n := 1
		for n < len(rest) && (rest[n].Page == rest[n-1].Page || more()) {
			n++
		}
		part := c.ForkEarly().(*chainBatch)
		for i := range rest[:n] {
			part.Step(&rest[i])
		}
		if part.Err() == nil {
			c.Merge(part)
		} else {
			for i := range rest[:n] {
				c.Step(&rest[i])
			}
		}
		rest = rest[n:]
	}
	return c.Finish(), *faults
}

// misplace copies the records of one page over those of another.
func (l *tale) misplace(r *rand.Rand) {
	if len(l.records) == 0 {
		return
	}
	page := func() (lo, hi int) {
		lo = r.IntN(len(l.records))
		hi = lo + 1
		for lo > 0 && l.records[lo-1].Page == l.records[lo].Page {
			lo--
		}
		for hi < len(l.records) && l.records[hi].Page == l.records[lo].Page {
			hi++
		}
		return lo, hi
	}
	from, behind := page()
	lo, hi := page()
	id := l.records[lo].Page
	stray := slices.Clone(l.records[from:behind])
	for i := range stray {
		stray[i].Page = id
	}
	l.records = slices.Replace(l.records, lo, hi, stray...)
}

// harm damages a few records at random. Records stay on their pages, in the
// order of their revisions.
func (l *tale) harm(r *rand.Rand) {
	for range 1 + r.IntN(5) {
		if len(l.records) < 2 {
			return
		}
		i := r.IntN(len(l.records))
		x := &l.records[i]
		switch r.IntN(9) {
		case 0, 1, 2:
			n := 1 + r.IntN(3)
			l.records = slices.Delete(l.records, i, min(i+n, len(l.records)))
		case 3:
			x.KV.Version += r.Int64N(5) - 2
		case 4:
			x.KV.Create += r.Int64N(5) - 2
		case 5:
			x.KV.Mod++
		case 6:
			x.Tombstone = !x.Tombstone
		case 7:
			y := &l.records[r.IntN(len(l.records))]
			x.KV, y.KV, x.ValLen, y.ValLen = y.KV, x.KV, y.ValLen, x.ValLen
		case 8:
			x.KV.Lease = 99
		}
	}
}

// TestChainCutsAreExact: however a damaged history is cut, the faults are the same, in
// the same order.
func TestChainCutsAreExact(t *testing.T) {
	found := int64(0)
	for seed := range uint64(12) {
		whole := readTale(t, buildStory(t, seed, 60+int(seed)*10, endings[seed%5]))
		for round := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, round))
			l := whole
			l.records = slices.Clone(whole.records)
			l.harm(r)
			for _, misplaced := range []bool{false, true} {
				if misplaced {
					l.misplace(r)
				}
				want, wantFaults := l.whole()
				found += want.Faults()
				for k := range 4 {
					got, gotFaults := l.cut(func() bool { return k > 0 && r.IntN(k+1) > 0 })
					if got != want || list(gotFaults) != list(wantFaults) {
						t.Fatalf("seed %d round %d: cut %+v\n%s\nwhole %+v\n%s", seed, round, got, list(gotFaults), want, list(wantFaults))
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("nothing was found at all")
	}
	t.Logf("%d faults", found)
}
