package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	boltvet, limits string // programs
	size            string // m or l
	rounds          int
	quick, cold     bool
	only            *regexp.Regexp
	out             string // report file, "": none
}

func main() {
	o, err := parseFlags(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(64)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, o, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.boltvet, "boltvet", ownBoltvet, "the boltvet to measure")
	fs.StringVar(&o.limits, "limits", "bin/limits", "the program that does the least work (go build ./bench/limits)")
	fs.StringVar(&o.size, "size", "m", "m: the 0.5 GB file; l: the 3 GB file as well")
	fs.IntVar(&o.rounds, "rounds", 7, "rounds of each measurement")
	fs.BoolVar(&o.quick, "quick", false, "core commands on the 0.5 GB file only")
	fs.BoolVar(&o.cold, "cold", true, "also measure with dropped caches, where the machine lets us")
	fs.StringVar(&o.out, "out", "", "write the report to this file, too")
	only := fs.String("run", "", "measure only what matches: a regexp over \"NAME on FILE\"")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	pattern, err := regexp.Compile(*only)
	if err == nil && (fs.NArg() > 0 || o.rounds < 1 || o.size != "m" && o.size != "l") {
		err = fmt.Errorf("want no arguments, rounds from 1, and size m or l")
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	o.only = pattern
	return o, err
}

// run measures what o selects and writes the report. ok is false if a program
// failed; a missed goal is a result, not a failure.
func run(ctx context.Context, o options, stdout, stderr io.Writer) (ok bool, err error) {
	note := func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) }
	store, err := openStore(note)
	if err != nil {
		return false, err
	}
	defer store.close()
	progs, err := findPrograms(ctx, o.boltvet, o.limits)
	if err != nil {
		return false, err
	}
	r := report{Date: time.Now().UTC(), Rounds: o.rounds, Machine: describeMachine(store.dir), Programs: progs.versions()}
	b := bench{programs: progs, store: store, shared: r.Machine.sharesBlocks(), rounds: o.rounds, note: note}
	for _, m := range selected(measurements, o) {
		res, err := b.measure(ctx, m)
		if err != nil {
			return false, err
		}
		r.Results = append(r.Results, res)
	}
	if o.cold && !o.quick {
		if r.Cold, err = b.measureCold(ctx); err != nil {
			return false, err
		}
	}
	text := r.markdown()
	if _, err := io.WriteString(stdout, text); err != nil {
		return false, err
	}
	if o.out != "" {
		err = os.WriteFile(o.out, []byte(text), 0o644)
	}
	return !r.failed(), err
}

// selected are the rows of the table that the flags leave.
func selected(table []measurement, o options) []measurement {
	var out []measurement
	for _, m := range table {
		switch {
		case o.quick && !m.quick, o.size == "m" && inputs[m.file].large, !o.only.MatchString(m.title()):
		default:
			out = append(out, m)
		}
	}
	return out
}
