package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"
)

// facts are what goals need to know of an input. They are bbolt's and etcd's
// own answers, kept beside the file.
type facts struct {
	Size      int64 // bytes of the file
	Pages     int64 // up to the high water mark
	UsedPages int64 // reachable, with the metas
	Payload   int64 // bytes of keys and values in all buckets
	Records   int64 // entries of bucket "key"
	Keys      int64 // distinct keys of those, with deleted ones
}

func factsPath(file string) string { return file + ".json" }

// usedPath names the list of used pages that the limit "touch" reads: runs of
// pages as pairs of little-endian uint32, first page and number, after one such
// pair with the page size and 0.
func usedPath(file string) string { return file + ".used" }

// writeFacts reads db and writes its facts for the file that it will become.
func writeFacts(db, file string) error {
	fi, err := os.Stat(db)
	if err != nil {
		return err
	}
	f := facts{Size: fi.Size()}
	// Without the preloaded free list bbolt cannot tell a free page.
	src, err := bbolt.Open(db, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		return err
	}
	used := appendPair(nil, uint32(src.Info().PageSize), 0)
	err = src.View(func(tx *bbolt.Tx) error {
		var err error
		if used, err = f.countPages(tx, used); err != nil {
			return err
		}
		return f.countRecords(tx)
	})
	if err := errors.Join(err, src.Close()); err != nil {
		return err
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(usedPath(file), used, 0o600), os.WriteFile(factsPath(file), text, 0o600))
}

// readFacts reads the facts that writeFacts wrote.
func readFacts(file string) (facts, error) {
	var f facts
	text, err := os.ReadFile(factsPath(file))
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(text, &f)
}

// countPages counts the pages and appends the runs of used ones.
func (f *facts) countPages(tx *bbolt.Tx, used []byte) ([]byte, error) {
	first, n := uint32(0), uint32(0)
	for id := 0; ; {
		p, err := tx.Page(id)
		if err != nil {
			return nil, err
		}
		if p == nil {
			f.Pages = int64(id)
			break
		}
		run := 1
		if p.Type != "free" {
			run += p.OverflowCount
			if n == 0 || first+n != uint32(id) {
				used = appendPair(used, first, n)
				first, n = uint32(id), 0
			}
			n += uint32(run)
			f.UsedPages += int64(run)
		}
		id += run
	}
	return appendPair(used, first, n), nil
}

// appendPair appends a run of pages, unless it is one of no pages in the middle
// of a list.
func appendPair(b []byte, first, n uint32) []byte {
	if n == 0 && len(b) > 0 {
		return b
	}
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, first), n)
}

// countRecords sums keys and values and counts the distinct keys. etcd's
// buckets hold no buckets.
func (f *facts) countRecords(tx *bbolt.Tx) error {
	keys := map[string]struct{}{}
	err := tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			f.Payload += int64(len(k) + len(v))
			if string(name) != "key" {
				return nil
			}
			f.Records++
			var kv mvccpb.KeyValue
			if err := proto.Unmarshal(v, &kv); err != nil {
				return err
			}
			keys[string(kv.Key)] = struct{}{}
			return nil
		})
	})
	f.Keys = int64(len(keys))
	return err
}
