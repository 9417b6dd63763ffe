package lint

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is the repository, seen from this folder.
const root = "../.."

// maxBlob is the largest file, in bytes, that the repository may hold: a clone
// stays small, large files are generated.
const maxBlob = 2 << 20

func report(t *testing.T, complaints []Complaint) {
	t.Helper()
	for _, c := range complaints {
		t.Error(c)
	}
}

func TestRepository(t *testing.T) {
	fsys := os.DirFS(root)
	tree, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Go) == 0 || len(tree.Texts) == 0 {
		t.Fatalf("loaded %d Go files and %d texts: the tree was not found", len(tree.Go), len(tree.Texts))
	}
	rules := []struct {
		name  string
		check func() []Complaint
	}{
		{"floors", func() []Complaint { return CheckFloors(tree) }},
		{"bans", func() []Complaint { return CheckBans(tree) }},
		{"docs", func() []Complaint { return CheckDocs(tree) }},
		{"format", func() []Complaint { return CheckFormat(tree) }},
		{"later", func() []Complaint { return CheckLater(tree) }},
		{"space", func() []Complaint { return CheckSpace(tree) }},
		{"words", func() []Complaint { return CheckWords(tree) }},
		{"links", func() []Complaint { return CheckLinks(tree, fsys) }},
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { report(t, r.check()) })
	}
	t.Run("sizes", func(t *testing.T) {
		sizes, complaints := CheckSizes(tree)
		t.Log(sizes)
		report(t, complaints)
	})
}

func TestReasons(t *testing.T) {
	report(t, CheckReasons(read(t, "go.mod"), read(t, "ARCHITECTURE.md")))
}

// TestLinked asks for all that boltvet is linked from, on both platforms.
func TestLinked(t *testing.T) {
	for _, system := range []string{"linux", "darwin"} {
		cmd := exec.Command("go", "list", "-deps", "./cmd/boltvet")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GOOS="+system)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages := strings.Fields(string(out))
		if len(packages) < 100 {
			t.Fatalf("%s: only %d packages", system, len(packages))
		}
		report(t, CheckLinked("cmd/boltvet", packages))
	}
}

// TestPlanIsDocumented holds the table of floors in ARCHITECTURE.md against
// the one that the imports are checked with.
func TestPlanIsDocumented(t *testing.T) {
	page := read(t, "ARCHITECTURE.md")
	for _, f := range Floors {
		if dir := strings.TrimSuffix(f.Dir, "/..."); !strings.Contains(page, "`"+dir+"/`") {
			t.Errorf("ARCHITECTURE.md does not name `%s/`", dir)
		}
	}
}

// TestFileSizes looks at what git holds, or in an unpacked archive at every
// file.
func TestFileSizes(t *testing.T) {
	for _, p := range trackedFiles(t) {
		fi, err := os.Lstat(filepath.Join(root, p))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Error(err)
		} else if fi.Size() > maxBlob {
			t.Errorf("%s has %d bytes, at most %d: generate it (fixtures/gen), compress it, or make it smaller", p, fi.Size(), maxBlob)
		}
	}
}

func trackedFiles(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, ".git")); err == nil {
		cmd := exec.Command("git", "ls-files", "-z")
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git ls-files: %v", err)
		}
		return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	}
	var files []string
	err := fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && p != "boltvet" {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
