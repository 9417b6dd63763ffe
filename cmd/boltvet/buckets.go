package main

import (
	"context"

	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/verify"
)

// bucketsCommand is `boltvet buckets PATH…`.
func bucketsCommand() *command {
	return &command{
		name: "buckets", args: "PATH…",
		short: "the buckets of a bbolt file: keys, pages, bytes, depth, fill",
		about: `Lists every bucket with bbolt's statistics, nested ones below the bucket that holds them.
The first row, (directory), is the tree that holds the top-level buckets. A bucket's
numbers are its own: nested buckets are counted by themselves, and the pages of an
inline bucket are 0, for it lies in a value of the bucket that holds it. Any bbolt file
will do, etcd's or not. Of a damaged file it counts what can be read: exit code 3.`,
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: (*call).args,
		examples: []example{
			{"boltvet buckets snapshot.db", "one line for each bucket"},
			{"boltvet buckets snapshot.db -w json", "with every number that bbolt's Stats has"},
		},
		run: func(c *call) (answer, error) {
			return answer{rows: c.eachSource(c.sourceOptions(), c.bucketsOf)}, nil
		},
	}
}

func (c *call) bucketsOf(ctx context.Context, src *datadir.Source) (r render.Result, code exitCode, err error) {
	code, err = c.readPages(ctx, src, pagesSettings{}, func(p *inspect.Pages, codes []verify.CodeCount) error {
		c.warnOfDamage(src.Path, codes)
		r = render.Buckets(p, codes)
		return nil
	})
	return r, code, err
}
