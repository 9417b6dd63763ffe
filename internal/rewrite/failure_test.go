package rewrite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// A failing sink refuses the n-th call, and every later one.
type failing struct {
	sink
	left int
	err  error
}

func (s *failing) step() error {
	if s.left--; s.left < 0 {
		return &bolt.WriteError{Err: s.err}
	}
	return nil
}

func (s *failing) Write(b []byte) (int, error) {
	if err := s.step(); err != nil {
		return 0, err
	}
	return s.sink.Write(b)
}

func (s *failing) WriteAt(b []byte, off int64) (int, error) {
	if err := s.step(); err != nil {
		return 0, err
	}
	return s.sink.WriteAt(b, off)
}

func (s *failing) Sum() ([]byte, bool, error) {
	if err := s.step(); err != nil {
		return nil, false, err
	}
	return s.sink.Sum()
}

func (s *failing) Close() error {
	err := s.sink.Close()
	if failed := s.step(); failed != nil {
		return failed
	}
	return err
}

// each are all ways to rewrite a file, with the options of a test.
func each(o Options) map[string]func(ctx context.Context, src *datadir.Source, out Output) (*Result, error) {
	sealed := o
	sealed.Seal = true
	return map[string]func(ctx context.Context, src *datadir.Source, out Output) (*Result, error){
		"defrag": func(ctx context.Context, src *datadir.Source, out Output) (*Result, error) {
			return Defrag(ctx, src, out, o)
		},
		"defrag seal": func(ctx context.Context, src *datadir.Source, out Output) (*Result, error) {
			return Defrag(ctx, src, out, sealed)
		},
		"compact": func(ctx context.Context, src *datadir.Source, out Output) (*Result, error) {
			return Compact(ctx, src, out, Target{}, o)
		},
		"seal": func(ctx context.Context, src *datadir.Source, out Output) (*Result, error) {
			return Seal(ctx, src, out, o)
		},
		"stamp": func(ctx context.Context, src *datadir.Source, out Output) (*Result, error) {
			return Stamp(ctx, src, out, "3.6.0", o)
		},
	}
}

// TestWriteErrors fails at every call to the sink, one after the other, until a run gets
// through: the error is that of the disk, and there is no result.
func TestWriteErrors(t *testing.T) {
	path := rich(t)
	unchanged(t, path)
	for _, cause := range []syscall.Errno{syscall.ENOSPC, syscall.EIO} {
		n := 0
		o := Options{newSink: func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
			s, err := bolt.NewFileSink(f, so)
			return &failing{sink: s, left: n, err: cause}, err
		}}
		for name, run := range each(o) {
			for n = 0; ; n++ {
				r, err := run(t.Context(), resolve(t, path), output(t))
				if err == nil {
					break
				}
				if !errors.Is(err, cause) || r != nil {
					t.Fatalf("%s, step %d: %+v, %v", name, n, r, err)
				}
				if n > 2000 {
					t.Fatal("it never gets through")
				}
			}
			if n < 2 {
				t.Errorf("%s: only %d steps", name, n)
			}
		}
	}
}

// TestSync has the disk fail at the last moment, when all is written: a run syncs once, at its
// end, and not without that is there a result.
func TestSync(t *testing.T) {
	path := rich(t)
	for _, cause := range []error{nil, syscall.EIO, syscall.ENOSPC} {
		syncs, size := 0, int64(0)
		for name, run := range each(Options{sync: func(f *os.File) error {
			info, err := f.Stat()
			syncs, size = syncs+1, info.Size()
			return errors.Join(err, cause)
		}}) {
			syncs = 0
			r, err := run(t.Context(), resolve(t, path), output(t))
			if !errors.Is(err, cause) || (r == nil) != (err != nil) || syncs != 1 || r != nil && r.After.FileBytes != size {
				t.Errorf("%s, %v: %d syncs, the last of %d bytes: %+v, %v", name, cause, syncs, size, r, err)
			}
		}
	}
}

// TestReadOnlyOutput has the file itself refuse.
func TestReadOnlyOutput(t *testing.T) {
	for name, run := range each(Options{}) {
		out := output(t)
		f, err := os.Open(out.File.Name())
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		out.File = f
		if r, err := run(t.Context(), resolve(t, rich(t)), out); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestLostBytes has a disk that forgets: the proof must see it.
func TestLostBytes(t *testing.T) {
	path := rich(t)
	for name, run := range each(Options{ReadBack: true, newSink: func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
		s, err := bolt.NewFileSink(f, so)
		return &forgetful{sink: s}, err
	}}) {
		r, err := run(t.Context(), resolve(t, path), output(t))
		var wrong *ProofError
		if !errors.As(err, &wrong) && (name != "seal" || !errors.Is(err, datadir.ErrChanged)) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// A forgetful sink writes zeros instead of the fifth page.
type forgetful struct {
	sink
	calls int
}

func (s *forgetful) Write(b []byte) (int, error) {
	if s.calls++; s.calls == 5 || len(b) > 100_000 {
		b = make([]byte, len(b))
	}
	return s.sink.Write(b)
}

// TestSourceChanges has somebody write to the source while it is read.
func TestSourceChanges(t *testing.T) {
	path := rich(t)
	for name, run := range each(Options{newSink: func(f *os.File, so bolt.FileSinkOptions) (sink, error) {
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		return bolt.NewFileSink(f, so)
	}}) {
		if err := os.Chtimes(path, time.Time{}, time.Now()); err != nil {
			t.Fatal(err)
		}
		if r, err := run(t.Context(), resolve(t, path), output(t)); !errors.Is(err, datadir.ErrChanged) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestRoom asks for the room of a directory that is not there.
func TestRoom(t *testing.T) {
	out := output(t)
	out.Dir = filepath.Join(out.Dir, "nothing")
	for name, run := range each(Options{}) {
		if r, err := run(t.Context(), resolve(t, rich(t)), out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestCanceled stops at every report of progress.
func TestCanceled(t *testing.T) {
	path := rich(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, run := range each(Options{}) {
		if r, err := run(ctx, resolve(t, path), output(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestWrongTrailer changes a byte of a snapshot that only its sha256 can tell of: one of the sum
// itself, and one behind a meta, which means nothing.
func TestWrongTrailer(t *testing.T) {
	whole, err := os.ReadFile(rich(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{len(whole) - 1, 500} {
		file := bytes.Clone(whole)
		file[at] ^= 4
		path := filepath.Join(t.TempDir(), "s.db")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, run := range each(Options{}) {
			if r, err := run(t.Context(), resolve(t, path), output(t)); !errors.As(err, new(*DamagedError)) || r != nil {
				t.Errorf("%s, byte %d: %+v, %v", name, at, r, err)
			}
		}
	}
}

// TestDamagedSourceIsRefused runs all recipes, one in six of them if the time is short: what verify calls damaged in the structure or
// in a record is refused, what is healthy or worn is rewritten, and nothing panics.
func TestDamagedSourceIsRefused(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	refused, written := 0, 0
	for i, r := range recipes {
		if i%6 != 0 && !full() {
			continue
		}
		path, err := r.Build(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
		if err != nil {
			continue // nothing that could be rewritten
		}
		report, err := verify.Run(t.Context(), src, verify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for name, run := range each(Options{}) {
			res, err := run(t.Context(), src, output(t))
			var damaged *DamagedError
			var revision *RevisionError
			var unfit *UnfitError
			switch {
			case errors.As(err, &damaged):
				refused++
				if report.Verdict < verify.VerdictDamaged || len(damaged.Codes) == 0 {
					t.Errorf("%s, %s: refused, but the verdict is %s: %v", r.Name, name, report.Verdict, err)
				}
			case errors.As(err, &revision), errors.As(err, &unfit), errors.Is(err, mvccview.ErrNotEtcd), errors.Is(err, ErrNoDB):
			case err != nil:
				t.Errorf("%s, %s: %v", r.Name, name, err)
			default:
				written++
				if report.Verdict >= verify.VerdictDamaged && name == "seal" {
					t.Errorf("%s: sealed, but the verdict is %s: %+v", r.Name, report.Verdict, res)
				}
			}
		}
		src.Close()
	}
	t.Logf("%d refused, %d written", refused, written)
	if refused < 20 || written < 8 {
		t.Errorf("%d refused, %d written", refused, written)
	}
}
