package datadir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// fromDir decides which of etcd's directories the path is.
func (s *Source) fromDir(ctx context.Context, o Options) error {
	dir := s.Path
	switch {
	case isDir(filepath.Join(dir, "member")):
		return s.fromMember(ctx, o, KindDataDir, filepath.Join(dir, "member"))
	case isDir(filepath.Join(dir, "snap")), isDir(filepath.Join(dir, "wal")):
		return s.fromMember(ctx, o, KindMemberDir, dir)
	case isFile(filepath.Join(dir, "db")) && filepath.Base(dir) == "snap":
		s.Notes = append(s.Notes, "the path is the snap directory; the member directory around it is used")
		return s.fromMember(ctx, o, KindMemberDir, filepath.Dir(filepath.Clean(dir)))
	}
	segments, err := listSegments(dir)
	if err != nil {
		return err
	}
	if len(segments) == 0 {
		return &RefusedError{Path: dir, Kind: KindOtherDir, Reason: "a directory without member/, snap/ or log segments in it",
			Try: "name a backup file, or etcd's --data-dir"}
	}
	s.Kind = KindWALDir
	if s.Member, err = ReadMemberDir("", dir); err != nil {
		return err
	}
	s.DBPath = ""
	return s.lock(o)
}

// fromMember opens the db of a member directory. Whatever stands in its place is opened, so that
// the other files can still be judged; only a wrong byte order is refused.
func (s *Source) fromMember(ctx context.Context, o Options, kind Kind, dir string) error {
	s.Kind = kind
	m, err := ReadMemberDir(dir, o.WALDir)
	if err != nil {
		return err
	}
	s.Member, s.DBPath = m, m.DBPath
	if !m.HasDB {
		return s.lock(o)
	}
	f, err := openRead(m.DBPath)
	if err != nil {
		return err
	}
	info, err := s.open(f)
	if err != nil {
		return fmt.Errorf("size of %s: %w", m.DBPath, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: changed while it was opened", m.DBPath)
	}
	s.FileSize, s.DBSize = info.Size(), info.Size()
	if err := s.lock(o); err != nil {
		return err
	}
	v, err := sniff(ctx, f, info.Size(), "db")
	if err != nil {
		return fmt.Errorf("read %s: %w", m.DBPath, err)
	}
	switch {
	case v.kind == KindBigEndian:
		return v.refuse(m.DBPath)
	case !v.kind.Accepted():
		s.Notes = append(s.Notes, fmt.Sprintf("%s is no bolt file: %s", m.DBPath, v.reason))
	}
	return nil
}

// findMember finds the directories around a db that was named by itself.
func (s *Source) findMember(o Options) error {
	dir := ""
	if s.SpoolPath == "" && filepath.Base(s.Path) == "db" {
		dir = memberAround(s.Path)
	}
	if dir == "" && o.WALDir == "" {
		return nil
	}
	m, err := ReadMemberDir(dir, o.WALDir)
	if err != nil {
		return err
	}
	s.Member = m
	if dir != "" && s.Kind == KindSnapshot {
		// A member's db has no trailer, whatever its size.
		s.Kind, s.DBSize, s.Trailer = KindDB, s.FileSize, Trailer{}
	}
	return nil
}

// memberAround returns the member directory of .../member/snap/db, "" when it is not there.
func memberAround(db string) string {
	abs, err := filepath.Abs(db)
	if err != nil {
		return ""
	}
	snap := filepath.Dir(abs)
	member := filepath.Dir(snap)
	if filepath.Base(snap) != "snap" || filepath.Base(member) != "member" && !isDir(filepath.Join(member, "wal")) {
		return ""
	}
	// The name may be a link to elsewhere; then the directory is not the db's.
	named, err := os.Stat(filepath.Join(snap, "db"))
	if err != nil || !named.Mode().IsRegular() {
		return ""
	}
	return member
}
