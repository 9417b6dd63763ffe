package rewrite

import (
	"os"
	"runtime"

	"boltvet/bolt"
)

// Options change how a file is rewritten; the zero value is a sound choice.
type Options struct {
	Seal        bool                                  // append the sha256 trailer of a snapshot
	Force       bool                                  // hand on what can be read of a damaged source; the Result says so. Not for Compact
	ReadBack    bool                                  // verify the whole output from the disk before it counts
	DryRun      bool                                  // plan only; the Output is not touched
	Jobs        int                                   // goroutines that check the source of a compaction; 0: one for each core
	MaxTable    int64                                 // bytes that Compact's table of keys may take, else a *mvccview.MemoryError; 0: no bound
	MaxFindings int                                   // sample of each code in findings; 0: ten
	Progress    func(phase string, done, total int64) // bytes; from several goroutines at once; may be nil

	newSink func(*os.File, bolt.FileSinkOptions) (sink, error) // for tests; nil: bolt.NewFileSink
	sync    func(*os.File) error                               // for tests; nil: File.Sync
}

// Output is where a new file goes.
type Output struct {
	// File is empty, open for reading and writing, and stays the caller's. nil for a
	// dry run.
	File *os.File
	// Dir is a directory on the filesystem that the output will be on; its free space
	// is looked at. "" leaves that out.
	Dir string
}

// sink is a [bolt.FileSink], or one of a test that fails.
type sink interface {
	bolt.Sink
	Sum() (sum []byte, ok bool, err error)
	Size() int64
	Close() error
}

func (o *Options) sink(f *os.File, so bolt.FileSinkOptions) (sink, error) {
	if o.newSink != nil {
		return o.newSink(f, so)
	}
	return bolt.NewFileSink(f, so)
}

func (o *Options) toDisk(f *os.File) error {
	if o.sync != nil {
		return o.sync(f)
	}
	return f.Sync()
}

func (o *Options) progress(phase string, done, total int64) {
	if o.Progress != nil {
		o.Progress(phase, min(done, total), total)
	}
}

// workers is how many goroutines check the source.
func (o *Options) workers() int {
	if o.Jobs > 0 {
		return o.Jobs
	}
	return runtime.NumCPU()
}
