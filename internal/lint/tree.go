package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// modulePath is the import path of the module, as go.mod has it.
const modulePath = "boltvet"

// Tree is a source tree as the rules see it.
type Tree struct {
	Fset  *token.FileSet
	Go    []*GoFile // of this module, sorted by path
	Texts []Text    // everything else that people write, sorted by path, and Go files of nested modules
}

// GoFile is one parsed Go file of the module.
type GoFile struct {
	Path string // slash-separated, relative to the root
	Dir  string // of Path: the package, "." for the root
	Test bool   // a _test.go file
	Src  []byte
	AST  *ast.File
}

// Text is one file that is not a Go file of the module.
type Text struct {
	Path string
	Src  []byte
}

// Complaint is one breach of a rule.
type Complaint struct {
	Path string
	Line int    // 1-based; 0: the file as a whole
	Text string // what is wrong and what to write instead
}

// String returns the complaint in the form that editors jump to.
func (c Complaint) String() string {
	if c.Line == 0 {
		return c.Path + ": " + c.Text
	}
	return fmt.Sprintf("%s:%d: %s", c.Path, c.Line, c.Text)
}

// textNames and textExts tell the files that people write and read from data.
var (
	textNames = []string{"Makefile", "LICENSE", ".gitignore", "run", "fuzz"}
	textExts  = []string{".go", ".md", ".txtar", ".sh", ".mod", ".yml", ".yaml", ".bash", ".zsh", ".fish", ".ps1", ".proto"}
)

// Load parses every Go file of the module in fsys and reads its other texts.
// What make builds, the .git folder and folders that the go tool ignores are
// left out. A file that does not parse is an error.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{Fset: token.NewFileSet()}
	var nested []string // folders of nested modules
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipDir(p, d.Name()) {
				return fs.SkipDir
			}
			if _, err := fs.Stat(fsys, path.Join(p, "go.mod")); err == nil && p != "." {
				nested = append(nested, p+"/")
			}
			return nil
		}
		if !d.Type().IsRegular() || !isText(p) {
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		return t.add(p, src, nested)
	})
	return t, err
}

func skipDir(p, name string) bool {
	switch p {
	case ".":
		return false
	case ".git", "bin", "demo-out":
		return true
	}
	return strings.HasPrefix(name, "_")
}

func isText(p string) bool {
	return slices.Contains(textNames, path.Base(p)) || slices.Contains(textExts, path.Ext(p))
}

// add files one text under Go or Texts. Go files in testdata and in nested
// modules are texts: their imports and sizes are not ours.
func (t *Tree) add(p string, src []byte, nested []string) error {
	inNested := slices.ContainsFunc(nested, func(dir string) bool { return strings.HasPrefix(p, dir) })
	if path.Ext(p) != ".go" || inNested || inTestdata(p) {
		t.Texts = append(t.Texts, Text{Path: p, Src: src})
		return nil
	}
	file, err := parser.ParseFile(t.Fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.Go = append(t.Go, &GoFile{
		Path: p, Dir: path.Dir(p), Test: strings.HasSuffix(p, "_test.go"), Src: src, AST: file,
	})
	return nil
}

func inTestdata(p string) bool { return strings.Contains("/"+p, "/testdata/") }

// line returns the 1-based line of pos.
func (t *Tree) line(pos token.Pos) int { return t.Fset.Position(pos).Line }

// lines counts lines; a last line without newline counts too.
func lines(src []byte) int {
	n := bytes.Count(src, []byte("\n"))
	if len(src) > 0 && src[len(src)-1] != '\n' {
		n++
	}
	return n
}

// generated tells whether the file says that a program wrote it.
func (f *GoFile) generated() bool { return ast.IsGenerated(f.AST) }

// allTexts yields path and bytes of every file, Go or not.
func (t *Tree) allTexts() []Text {
	all := slices.Clone(t.Texts)
	for _, f := range t.Go {
		all = append(all, Text{Path: f.Path, Src: f.Src})
	}
	slices.SortFunc(all, func(a, b Text) int { return strings.Compare(a.Path, b.Path) })
	return all
}
