package restore

import (
	"os"
	"path/filepath"

	"boltvet/internal/datadir"
)

// keptClear lists the directories of the source's own member: a restore is often the last thing
// that is tried, and must not write into what is left. None for etcdutl's spelling, which writes
// wherever it is told to.
func keptClear(src *datadir.Source, o Options) []string {
	m := src.Member
	if m == nil || o.LikeEtcdutl {
		return nil
	}
	var dirs []string
	if m.Dir != "" {
		dirs = append(dirs, m.Dir, m.SnapDir)
		if abs, err := filepath.Abs(m.Dir); err == nil && filepath.Base(abs) == "member" {
			dirs = append(dirs, filepath.Dir(abs))
		}
	}
	if m.WALDir != "" {
		dirs = append(dirs, m.WALDir)
	}
	return dirs
}

// checkInside refuses a target, or a directory for its log, that lies inside one of the source's
// directories, whatever name or link leads there.
func checkInside(source []string, outDir string, targets []Target) error {
	paths := [][2]string{{"out", outDir}}
	if outDir == "" {
		paths = nil
		for _, t := range targets {
			paths = append(paths, [2]string{"data-dir", t.DataDir}, [2]string{"wal-dir", t.WALDir})
		}
	}
	for _, p := range paths {
		if dir := holder(p[1], source); p[1] != "" && dir != "" {
			return &RefusedError{p[0] + " " + p[1] + " lies inside the source's own directory " + dir, "name a directory outside of it"}
		}
	}
	return nil
}

// holder is the first of dirs that is path or holds it, "" if none does. What exists of path counts
// where it really is, and a directory by its inode.
func holder(path string, dirs []string) string {
	at, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	for {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			at = real
			break
		}
		if above := filepath.Dir(at); above != at {
			at = above
			continue
		}
		return ""
	}
	for ; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		for _, dir := range dirs {
			if of, errOf := os.Stat(dir); err == nil && errOf == nil && os.SameFile(info, of) {
				return dir
			}
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}
