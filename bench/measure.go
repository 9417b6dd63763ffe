package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A bench runs measurements.
type bench struct {
	programs programs
	store    *store
	shared   bool // files of the store can share their blocks
	rounds   int
	note     func(format string, args ...any)
}

// A result is what one measurement gave. Ours, Peer and Limit have one sample a
// round; Peer or Limit is empty if there is none.
type result struct {
	Title               string
	Skipped             string // why nothing was measured
	Failed              string // the error of a program
	PeerName, LimitName string
	Facts               facts
	Shared              bool // files can share their blocks where the measurement was made
	Ours, Peer, Limit   []sample
	Outcomes            []outcome
}

// measure runs one row of the table. The error is the bench's own trouble; that
// of a program is in the result.
func (b *bench) measure(ctx context.Context, m measurement) (result, error) {
	r := result{Title: m.title(), LimitName: joinLimits(m.limits), Shared: b.shared}
	if m.peer != nil {
		r.PeerName = peerName(m.peer)
	}
	if !b.programs.knows(ctx, m.needs) {
		r.Skipped = fmt.Sprintf("not built yet: boltvet help does not know %q", strings.Join(m.needs, " "))
		b.note("%s: %s", r.Title, r.Skipped)
		return r, ctx.Err()
	}
	file, err := b.store.path(m.file)
	if err != nil {
		return r, err
	}
	if r.Facts, err = readFacts(file); err != nil {
		return r, err
	}
	if err := warm(file); err != nil {
		return r, err
	}
	b.note("%s: %d rounds", r.Title, b.rounds)
	err = b.allRounds(ctx, m, file, &r)
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if err != nil {
		b.note("%s: %v", r.Title, err)
		return result{Title: r.Title, Failed: err.Error()}, nil
	}
	for _, g := range m.goals {
		if o, ok := g.judge(&r); ok {
			r.Outcomes = append(r.Outcomes, o)
		}
	}
	return r, nil
}

// allRounds fills the series of r. A program that changed the input that all
// share has falsified everything after it, so that is an error, too.
func (b *bench) allRounds(ctx context.Context, m measurement, file string, r *result) error {
	before, err := os.Stat(file)
	if err != nil {
		return err
	}
	for i := range b.rounds {
		if err := b.round(ctx, m, file, i, r); err != nil {
			return err
		}
	}
	after, err := os.Stat(file)
	if err == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
		err = errors.Join(errors.New("a program changed its input; the file is thrown away"), os.Remove(file))
	}
	return err
}

// round runs each program once. Peer and boltvet change places from round to
// round, so that neither always runs in the wake of the other; the limit comes
// last because it may depend on the size of the peer's output.
func (b *bench) round(ctx context.Context, m measurement, file string, i int, r *result) error {
	ours := func() error { return b.runOurs(ctx, m, file, r) }
	theirs := func() error { return b.runPeer(ctx, m, file, r) }
	order := []func() error{theirs, ours}
	if i%2 == 1 {
		order = []func() error{ours, theirs}
	}
	for _, step := range append(order, func() error { return b.runLimits(ctx, m, file, r) }) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) runOurs(ctx context.Context, m measurement, file string, r *result) error {
	s, err := b.runIn(ctx, b.programs.boltvet, m.ours, file)
	r.Ours = append(r.Ours, s)
	return err
}

func (b *bench) runPeer(ctx context.Context, m measurement, file string, r *result) error {
	if m.peer == nil {
		return nil
	}
	var sum sample
	for run := range max(m.peer.runs, 1) {
		args := make([]string, len(m.peer.args))
		for i, a := range m.peer.args {
			args[i] = strings.ReplaceAll(a, "{run}", strconv.Itoa(run+1))
		}
		s, err := b.runIn(ctx, b.programs.peers[m.peer.tool], args, file)
		if err != nil {
			return err
		}
		sum = sum.then(s)
	}
	r.Peer = append(r.Peer, sum)
	return nil
}

// runLimits measures the limits and keeps the slowest.
func (b *bench) runLimits(ctx context.Context, m measurement, file string, r *result) error {
	var slowest sample
	for _, l := range m.limits {
		args := []string{string(l), file}
		switch l {
		case limitTouch:
			args = append(args, usedPath(file))
		case limitDirect:
			args = []string{string(l), "{out}", strconv.FormatInt(r.Peer[len(r.Peer)-1].Output, 10)}
		}
		s, err := b.runIn(ctx, b.programs.limits, args, file)
		if err != nil {
			return err
		}
		if s.Wall > slowest.Wall {
			slowest = s
		}
	}
	if len(m.limits) > 0 {
		r.Limit = append(r.Limit, slowest)
	}
	return nil
}

// runIn runs a program with its placeholders filled in, in a scratch folder that
// is gone afterwards. What it wrote is counted.
func (b *bench) runIn(ctx context.Context, program string, args []string, file string) (s sample, err error) {
	dir, err := os.MkdirTemp(b.store.scratch, "round-")
	if err != nil {
		return s, err
	}
	copied := false
	defer func() {
		err = errors.Join(err, os.RemoveAll(dir))
		if copied || s.Output > 0 {
			err = errors.Join(err, calm(ctx))
		}
	}()
	member := filepath.Join(dir, "default.etcd")
	private := filepath.Join(member, "member", "snap", "db")
	out := filepath.Join(dir, "out")
	fill := strings.NewReplacer("{file}", file, "{out}", out, "{copy}", private, "{dir}", member)
	argv := []string{program}
	for _, a := range args {
		argv = append(argv, fill.Replace(a))
	}
	rewrites := slices.Contains(args, "{dir}") // the copy is the output, too
	if rewrites || slices.Contains(args, "{copy}") {
		copied = true
		if err := privateCopy(file, private); err != nil {
			return s, err
		}
	}
	if s, err = runProgram(ctx, argv); err != nil {
		return s, err
	}
	if rewrites {
		out = private
	}
	s.Output, err = sizeOf(out)
	return s, err
}

// calm waits until the disk has done with files that are gone: the journal and the trimming of
// gigabytes would be the next program's to wait for.
func calm(ctx context.Context) error {
	syscall.Sync()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(calmTime):
		return nil
	}
}

// calmTime is for what a file system trims after its journal is written, unasked.
const calmTime = 300 * time.Millisecond

// sizeOf sums the files at and below path; 0 if there is nothing.
func sizeOf(path string) (int64, error) {
	sum := int64(0)
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err == nil {
			sum += fi.Size()
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return sum, err
}

// peerName is the command of a peer as people know it: its words before the
// first flag or placeholder.
func peerName(p *peer) string {
	name := string(p.tool)
	if p.runs > 1 {
		name = fmt.Sprintf("%d × %s", p.runs, name)
	}
	for _, a := range p.args {
		if strings.HasPrefix(a, "-") || strings.HasPrefix(a, "{") {
			break
		}
		name += " " + a
	}
	return name
}

// joinLimits names the limits: the slower one counts.
func joinLimits(all []limit) string {
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = string(l)
	}
	return strings.Join(names, " or ")
}
