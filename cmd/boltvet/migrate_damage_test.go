package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// A hurtMember is the data dir of a stopped member that a case damages.
type hurtMember struct {
	t   *testing.T
	dir string
}

func hurt(t *testing.T, name string) *hurtMember {
	t.Helper()
	f, err := golden.Find(name)
	noError(t, err)
	dir, err := f.Unpack(t.TempDir())
	noError(t, err)
	for _, path := range matches(t, filepath.Join(dir, "member", "wal", "*.wal")) {
		noError(t, os.Truncate(path, 1<<20)) // room for what is to come, which is none
	}
	return &hurtMember{t, dir}
}

func (m *hurtMember) db() string { return filepath.Join(m.dir, "member", "snap", "db") }

// edit changes the db by what it means.
func (m *hurtMember) edit(edit func(tx *bbolt.Tx) error) {
	m.t.Helper()
	db, err := bbolt.Open(m.db(), 0o600, &bbolt.Options{NoFreelistSync: true})
	noError(m.t, err)
	noError(m.t, db.Update(edit))
	noError(m.t, db.Close())
}

// index moves the consistent index.
func (m *hurtMember) index(to func(uint64) uint64) {
	m.edit(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("meta"))
		now := binary.BigEndian.Uint64(b.Get([]byte("consistent_index")))
		return b.Put([]byte("consistent_index"), binary.BigEndian.AppendUint64(nil, to(now)))
	})
}

// log gives a case the bytes of the last segment and the places of its records.
func (m *hurtMember) log(edit func(b []byte, frames []int) []byte) {
	m.t.Helper()
	segments := matches(m.t, filepath.Join(m.dir, "member", "wal", "*.wal"))
	path := segments[len(segments)-1]
	b, err := os.ReadFile(path)
	noError(m.t, err)
	var frames []int
	for off := 0; off+8 <= len(b); {
		word := binary.LittleEndian.Uint64(b[off:])
		if word == 0 {
			break
		}
		frames = append(frames, off)
		off += 8 + int(word&(1<<56-1))
		if word>>63 == 1 {
			off += int(word >> 56 & 7)
		}
	}
	noError(m.t, os.WriteFile(path, edit(b, frames), 0o600))
}

// A memberHurt is a damage of a member, and what is said of it.
type memberHurt struct {
	name   string
	member string // golden; "" is 3.6-member
	do     func(m *hurtMember)
	finds  string // a code that verify gives
	code   int    // of migrate: 1 where etcdutl fails, too
}

func memberHurts() []memberHurt {
	own := func(tx *bbolt.Tx) []byte {
		k, _ := tx.Bucket([]byte("members")).Cursor().First()
		return append([]byte(nil), k...)
	}
	word := func(value uint64) func(*hurtMember) {
		return func(m *hurtMember) {
			m.log(func(b []byte, frames []int) []byte {
				binary.LittleEndian.PutUint64(b[frames[len(frames)/2]:], value)
				return b
			})
		}
	}
	return []memberHurt{
		{"foreign log", "", func(m *hurtMember) {
			m.edit(func(tx *bbolt.Tx) error {
				b, k := tx.Bucket([]byte("members")), own(tx)
				id, err := strconv.ParseUint(string(k), 16, 64)
				noError(m.t, err)
				other := fmt.Sprintf("%x", id+1)
				v := strings.ReplaceAll(string(b.Get(k)), strconv.FormatUint(id, 10), strconv.FormatUint(id+1, 10))
				return errors.Join(b.Put([]byte(other), []byte(v)), b.Delete(k))
			})
		}, "member.foreign-log", 3},
		{"removed", "", func(m *hurtMember) {
			m.edit(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("members_removed")).Put(own(tx), []byte("removed"))
			})
		}, "member.removed", 3},
		{"ahead", "", func(m *hurtMember) { m.index(func(i uint64) uint64 { return i + 1000 }) }, "member.ahead-of-log", 3},
		{"index of zero", "3.7-bumped.tar.gz", func(m *hurtMember) { m.index(func(uint64) uint64 { return 0 }) }, "index.missing", 3},
		{"torn before its end", "", word(1 << 40), "wal.frame", 3},
		{"ends before its end", "", word(0), "wal.hidden-records", 3},
		{"cut", "", func(m *hurtMember) {
			m.log(func(b []byte, frames []int) []byte { return b[:frames[len(frames)/2]] })
		}, "member.ahead-of-log", 3},
		{"wrong byte", "", func(m *hurtMember) {
			m.log(func(b []byte, frames []int) []byte { b[frames[len(frames)/2]+20] ^= 1; return b })
		}, "wal.", 1},
		{"no log", "", func(m *hurtMember) { noError(m.t, os.RemoveAll(filepath.Join(m.dir, "member", "wal"))) }, "dir.wal-missing", 1},
		{"revision missing", "", func(m *hurtMember) {
			m.edit(func(tx *bbolt.Tx) error {
				b := tx.Bucket([]byte("key"))
				c := b.Cursor()
				k, _ := c.Last()
				k, _ = c.Prev()
				return b.Delete(append([]byte(nil), k...))
			})
		}, "record.orphan", 3},
		{"page zeroed", "", func(m *hurtMember) { noError(m.t, fixtures.Damage(m.db(), "zero page key.leaf[1]")) }, "page.zeroed", 3},
		{"a lease", "", func(m *hurtMember) {
			m.edit(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("lease")).Put([]byte("12345678"), []byte("\xff")) })
		}, "lease.value", 3},
	}
}

// TestMigrateDamaged has every kind of damage of a member refused, named, and left as it is.
func TestMigrateDamaged(t *testing.T) {
	for _, h := range memberHurts() {
		t.Run(h.name, func(t *testing.T) {
			name := h.member
			if name == "" {
				name = "3.6-member.tar.gz"
			}
			m := hurt(t, name)
			h.do(m)
			said := runLine(t.Context(), nil, "verify", m.dir)
			if said.code != int(exitDamage) || !strings.Contains(said.out, h.finds) {
				t.Fatalf("verify: exit code %d, want %s:\n%s", said.code, h.finds, said.out)
			}
			before := tree(t, m.dir)
			for _, words := range [][]string{{"3.7"}, {"3.5", "--no-backup"}, {"3.5", "--force"}} {
				if name == "3.7-bumped.tar.gz" && words[0] == "3.7" {
					continue // it is there
				}
				got := runLine(t.Context(), nil, append([]string{"migrate", "--data-dir", m.dir, "--target-version"}, words...)...)
				if got.code != h.code {
					t.Errorf("%q: exit code %d, want %d: %s", words, got.code, h.code, got.stderr)
				}
				if h.code == int(exitDamage) && (!strings.Contains(got.stderr, h.finds) || strings.Contains(got.stderr, "memory and disk")) {
					t.Errorf("%q does not name %s: %s", words, h.finds, got.stderr)
				}
				if after := tree(t, m.dir); after != before {
					t.Fatalf("%q changed the directory:\n%s\nwas\n%s", words, after, before)
				}
			}
		})
	}
}

// tree is every path of a directory with the sum of its bytes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	noError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			fmt.Fprintln(&out, path)
			return err
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %x\n", path, sha256.Sum256(b))
		return err
	}))
	return out.String()
}
