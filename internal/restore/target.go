package restore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"boltvet/internal/atomicfile"
)

// A targetState says what stands where a data directory is to be.
type targetState uint8

const (
	targetAbsent targetState = iota
	targetEmpty              // a directory with nothing of anybody's in it
)

// CheckTargets refuses targets that something stands in the way of; it writes nothing.
func (p *Plan) CheckTargets() error {
	targets := make([]Target, len(p.Outputs))
	for i, o := range p.Outputs {
		targets[i] = Target{Name: o.Member.Name, DataDir: o.DataDir, WALDir: o.WALDir}
	}
	return checkTargets(p.source, p.OutDir, targets)
}

func checkTargets(source []string, outDir string, targets []Target) error {
	if err := checkInside(source, outDir, targets); err != nil {
		return err
	}
	if outDir != "" {
		state, err := lookAt(outDir)
		if err == nil && state == targetEmpty && mountPoint(outDir) {
			return &RefusedError{outDir + " is a mount point: several members appear in one rename, which it does not allow", "name a new directory inside of it"}
		}
		return err
	}
	for _, o := range targets {
		if _, err := lookAt(o.DataDir); err != nil {
			return err
		}
		if o.WALDir == "" {
			continue
		}
		if err := checkWALDir(o); err != nil {
			return err
		}
	}
	return nil
}

// lookAt tells an absent directory from an empty one and refuses everything else. What
// a file system keeps at its root, and what a dead run of ours left, is nothing.
func lookAt(dir string) (targetState, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return targetAbsent, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at the target: %w", err)
	}
	if !info.IsDir() {
		return 0, &RefusedError{"data-dir " + dir + " is not a directory", "name a new directory"}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("look at the target: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "lost+found" || atomicfile.IsStaging("member", e.Name()) { // what a run that was killed left
			continue
		}
		return 0, &RefusedError{fmt.Sprintf("data-dir %q not empty or could not be read: it has %q", dir, e.Name()),
			"name a new directory, or move the old one away"}
	}
	return targetEmpty, nil
}

// mountPoint tells whether a directory is on another device than its parent.
func mountPoint(dir string) bool {
	own, err := deviceOf(dir)
	if err != nil {
		return false
	}
	above, err := deviceOf(filepath.Join(dir, ".."))
	return err == nil && own != above
}

// checkWALDir refuses a directory for the log that exists, or lies within the data
// directory's way. One with our marker in it was left by a run that was killed before
// its data directory appeared; it holds nothing.
func checkWALDir(o Target) error {
	info, err := os.Lstat(o.WALDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("look at the wal-dir: %w", err)
	case !info.IsDir() || !abandoned(o.WALDir):
		return &RefusedError{fmt.Sprintf("wal-dir %q exists", o.WALDir), "name a new directory; a log that was left over belongs to another cluster"}
	}
	if within(o.WALDir, filepath.Join(o.DataDir, "member")) || within(o.DataDir, o.WALDir) {
		return badConfig("--wal-dir %s and --data-dir %s lie within each other; leave --wal-dir out", o.WALDir, o.DataDir)
	}
	return nil
}

// within tells whether path is dir or lies below it, by name.
func within(path, dir string) bool {
	a, errA := filepath.Abs(path)
	b, errB := filepath.Abs(dir)
	if errA != nil || errB != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel)
}

// stageFor begins the directory that is renamed last: the data directory itself if
// there is none yet, else the member directory inside of it. prefix is where the
// member's files go within.
func stageFor(dataDir string, owner *atomicfile.Owner) (d *atomicfile.Dir, prefix string, err error) {
	state, err := lookAt(dataDir)
	if err != nil {
		return nil, "", err
	}
	if state == targetEmpty {
		d, err = atomicfile.CreateDir(filepath.Join(dataDir, "member"), atomicfile.Options{Owner: owner})
		return d, "", err
	}
	d, err = atomicfile.CreateDir(dataDir, atomicfile.Options{Owner: owner})
	return d, "member", err
}

// stageAll begins the directory that holds several members.
func stageAll(outDir string, owner *atomicfile.Owner) (*atomicfile.Dir, error) {
	state, err := lookAt(outDir)
	if err != nil {
		return nil, err
	}
	return atomicfile.CreateDir(outDir, atomicfile.Options{Overwrite: state == targetEmpty, Owner: owner})
}

// dbPath is where a member's db goes, prefix being its member directory.
func dbPath(prefix string) string { return filepath.Join(prefix, "snap", "db") }
