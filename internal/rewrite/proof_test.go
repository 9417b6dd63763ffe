package rewrite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A forger is a loader that changes the value of one element on its way to another.
type forger struct {
	bolt.Loader
	puts, at int
}

func (l *forger) Put(key, value []byte) error {
	if l.puts++; l.puts == l.at {
		value = append([]byte("x"), value...)
	}
	return l.Loader.Put(key, value)
}

// TestProofFindsAnotherContent has an element change between the reading and the writing, where
// every page is sound and only the hash can tell.
func TestProofFindsAnotherContent(t *testing.T) {
	path := rich(t)
	for name, prepare := range map[string]func(*job){
		"defrag": func(*job) {},
		"stamp":  func(j *job) { j.stamp = &stamp{version: "3.6.0"} },
		"compact": func(j *job) {
			_, last := limitsOf(t, path)
			j.keep = &selection{rev: last, table: mvccview.NewKeyTable(last), below: newBelowTable(last)}
		},
	} {
		for _, at := range []int{0, 1, 50} { // 0: none, and so no error
			j, err := begin(resolve(t, path), output(t), Options{})
			if err != nil {
				t.Fatal(err)
			}
			err = forge(t.Context(), j, prepare, at)
			if wrong := (*ProofError)(nil); errors.As(err, &wrong) != (at > 0) || at == 0 && err != nil {
				t.Errorf("%s, element %d: %v", name, at, err)
			}
			j.close()
		}
	}
}

// forge runs a job whose writer gets another element.
func forge(ctx context.Context, j *job, prepare func(*job), at int) error {
	prepare(j)
	err := j.besideTrailer(ctx, func(ctx context.Context) error {
		feed := j.check
		if j.keep != nil {
			if _, err := j.plan(ctx, true); err != nil {
				return err
			}
			feed = j.feed
		}
		return j.write(ctx, nil, func(ctx context.Context, to bolt.Loader) error {
			return feed(ctx, &forger{Loader: to, at: at})
		})
	})
	if err == nil {
		_, err = j.finish(ctx)
	}
	return err
}

// A headless sink changes the two metas on their way to the disk, wherever they come in the
// order of things, and adds something behind the last byte.
type headless struct {
	sink
	change func(metas []byte)
	more   int
	begun  bool
}

func (s *headless) Write(b []byte) (int, error) {
	if !s.begun {
		b = bytes.Clone(b)
		s.change(b)
	}
	s.begun = true
	return s.sink.Write(b)
}

func (s *headless) WriteAt(b []byte, off int64) (int, error) {
	b = bytes.Clone(b)
	s.change(b)
	return s.sink.WriteAt(b, off)
}

func (s *headless) Close() error {
	if s.more > 0 {
		if _, err := s.sink.Write(make([]byte, s.more)); err != nil {
			return err
		}
		s.more = 0
	}
	return s.sink.Close()
}

// TestHeadAndSizeAreReadBack has the metas or the size of the new file go wrong, which the default
// proof must see without reading all of it.
func TestHeadAndSizeAreReadBack(t *testing.T) {
	path := rich(t)
	const page = bolt.DefaultPageSize
	zero := func(id int) func([]byte) { return func(b []byte) { clear(b[id*page : (id+1)*page]) } }
	other := func(b []byte) { // sound, but of another transaction
		for id := range 2 {
			m, _ := bolt.ParseMeta(b[id*page+bolt.PageHeaderSize:])
			m.Txid += 2
			m.Checksum = m.Sum()
			m.Append(b[id*page+bolt.PageHeaderSize : id*page+bolt.PageHeaderSize])
		}
	}
	for what, s := range map[string]headless{
		"meta 0": {change: zero(0)}, "meta 1": {change: zero(1)}, "other metas": {change: other},
		"a page more": {change: func([]byte) {}, more: page},
	} {
		for name, run := range each(Options{newSink: func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
			wrapped := s
			var err error
			wrapped.sink, err = bolt.NewFileSink(f, so)
			return &wrapped, err
		}}) {
			r, err := run(t.Context(), resolve(t, path), output(t))
			if wrong := (*ProofError)(nil); !errors.As(err, &wrong) && (name != "seal" || !errors.Is(err, datadir.ErrChanged)) || r != nil {
				t.Errorf("%s, %s: %+v, %v", what, name, r, err)
			}
		}
	}
}

// A scribbler changes one byte far behind the metas.
type scribbler struct {
	sink
	at, done int
}

func (s *scribbler) Write(b []byte) (int, error) {
	b = bytes.Clone(b)
	if i := s.at - s.done; i >= 0 && i < len(b) {
		b[i] ^= 1
	}
	s.done += len(b)
	return s.sink.Write(b)
}

// TestSealIsOfWhatWasVerified copies a snapshot with one byte changed on the way, in a page or behind
// all that counts: a seal of the copy would be right, but not that of what was verified.
func TestSealIsOfWhatWasVerified(t *testing.T) {
	path := rich(t)
	src := resolve(t, path)
	for _, at := range []int{3 * bolt.DefaultPageSize, int(src.DBSize) / 2, int(src.DBSize) - 1} {
		r, err := Seal(t.Context(), src, output(t), Options{newSink: func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
			s, err := bolt.NewFileSink(f, so)
			return &scribbler{sink: s, at: at}, err
		}})
		if !errors.Is(err, datadir.ErrChanged) || r != nil {
			t.Errorf("byte %d: %+v, %v", at, r, err)
		}
	}
}

// TestProofFindsAnotherSource changes a value in the source between the check and the visit that writes,
// and sets its time back: the hash still tells, for whatever leaves the content as it is.
func TestProofFindsAnotherSource(t *testing.T) {
	whole := output(t)
	if _, err := Defrag(t.Context(), resolve(t, rich(t)), whole, Options{}); err != nil {
		t.Fatal(err)
	}
	path := whole.File.Name()
	all := rows(t, path)[mvccview.BucketKey]
	value := all[len(all)-1].value
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := int64(bytes.Index(file, []byte(value)) + len(value) - 1)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
		file[at] ^= 1
		_, werr := whole.File.WriteAt(file[at:at+1], at)
		s, err := bolt.NewFileSink(f, so)
		return s, errors.Join(werr, os.Chtimes(path, info.ModTime(), info.ModTime()), err)
	}
	for name, run := range each(Options{newSink: flip}) {
		if name != "defrag seal" && name != "seal" {
			continue // one visit only, or other content
		}
		r, err := run(t.Context(), resolve(t, path), output(t))
		if wrong := (*ProofError)(nil); !errors.As(err, &wrong) || r != nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if r, err := Stamp(t.Context(), resolve(t, path), output(t), "3.6.0", Options{newSink: flip, Seal: true}); !errors.As(err, new(*ProofError)) {
		t.Errorf("stamp: %+v, %v", r, err)
	}
}

// TestReadBackFindsWhatTheHashDoesNot breaks the freelist page, which is no content.
func TestReadBackFindsWhatTheHashDoesNot(t *testing.T) {
	path := rich(t)
	for _, readBack := range []bool{false, true} {
		for name, run := range each(Options{ReadBack: readBack, newSink: func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
			s, err := bolt.NewFileSink(f, so)
			return &scribbler{sink: s, at: 2*bolt.DefaultPageSize + 8}, err
		}}) {
			if name == "seal" {
				continue // see TestSealIsOfWhatWasVerified
			}
			r, err := run(t.Context(), resolve(t, path), output(t))
			if errors.As(err, new(*ProofError)) != readBack || (r == nil) != readBack {
				t.Errorf("%s, read back %t: %+v, %v", name, readBack, r, err)
			}
		}
	}
}

// TestCompactionMeetsAllSurvivors adds to what the check has found a survivor that is not in the file, as
// if its record had been lost meanwhile: the visit that writes must miss it.
func TestCompactionMeetsAllSurvivors(t *testing.T) {
	path := rich(t)
	_, last := limitsOf(t, path)
	for _, jobs := range []int{1, 4} {
		for _, more := range []int64{0, 1} {
			j, err := begin(resolve(t, path), output(t), Options{Jobs: jobs})
			if err != nil {
				t.Fatal(err)
			}
			j.keep = &selection{rev: last, table: mvccview.NewKeyTable(last), below: newBelowTable(last)}
			err = j.besideTrailer(t.Context(), func(ctx context.Context) error {
				if _, err := j.plan(ctx, true); err != nil {
					return err
				}
				if lost := j.keep.list[len(j.keep.list)/2]; more > 0 {
					lost.Sub += 1000
					j.keep.list = slices.Insert(j.keep.list, len(j.keep.list)/2+1, lost)
				}
				return j.write(ctx, nil, j.feed)
			})
			if errors.Is(err, datadir.ErrChanged) != (more > 0) || more == 0 && err != nil {
				t.Errorf("%d jobs, %d more: %v", jobs, more, err)
			}
			j.close()
		}
	}
}
