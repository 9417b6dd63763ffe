package lint

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Ban is something that may be written in few places only.
type Ban struct {
	Name    string // what is banned, as it is shown in a complaint
	Instead string // what to write instead
	// Tests tells that _test.go files are bound by the ban, too.
	Tests bool
	// Homes lists where it is allowed: a file, a folder with "/..." for
	// everything below, or a pattern of path.Match.
	Homes []string
	// Hits tells whether the node is the banned thing in file f.
	Hits func(n ast.Node, f *GoFile) bool
}

// mains are programs that stand beside the house and end as they like.
var mains = []string{"fixtures/...", "bench/..."}

// Bans lists what is banned. An exception is a home with its reason beside it.
var Bans = []Ban{
	{
		Name: "unsafe", Tests: true,
		Instead: "bytes are parsed with bounds checks and encoding/binary",
		Hits:    imports("unsafe"),
	},
	{
		Name: "recover", Tests: false,
		Homes:   []string{"bolt/guard.go"}, // a page fault of a mapped file can be had no other way
		Instead: "check before you use, and return a Fault; mapped bytes are read inside File.Guard",
		Hits:    calls("recover"),
	},
	{
		Name:    "os.Exit",
		Homes:   append([]string{"cmd/boltvet/main.go", "cmd/boltvet-upstream/main.go"}, mains...),
		Instead: "return an error; cmd/boltvet/main.go maps it to the exit code",
		Hits:    uses("os", "Exit"),
	},
	{
		Name:    "fmt.Print",
		Homes:   append([]string{"cmd/..."}, mains...),
		Instead: "take an io.Writer, or return a value for internal/render",
		Hits:    uses("fmt", "Print", "Printf", "Println"),
	},
	{
		Name:    "log",
		Homes:   append([]string{"cmd/..."}, mains...),
		Instead: "return the error or a note; only cmd talks to stderr",
		Hits:    imports("log", "log/slog"),
	},
	{
		Name:    "print and println",
		Instead: "take an io.Writer",
		Hits:    calls("print", "println"),
	},
	{
		Name:    "panic",
		Homes:   []string{"bolt/guard.go"}, // hands on what it caught and is not a page fault
		Instead: "return a Fault for bytes, an error for the environment; panic is for bugs of our own only, and needs a row in internal/lint/bans.go",
		Hits:    calls("panic"),
	},
	{
		Name: "opening a file for writing",
		Homes: append([]string{
			"internal/atomicfile/...",
			"internal/swap/...",         // the new file beside the one that it replaces
			"internal/datadir/spool.go", // private copies of what cannot be read in place
			"internal/upstream/...",     // private copies for code that may write to what it opens
		}, mains...),
		Instead: "outputs are made by internal/atomicfile, private copies by internal/datadir/spool.go; inputs are never opened for writing",
		Hits:    writesFile,
	},
}

// Names that say nothing. A file may be called base: recipes have bases.
var (
	badFiles    = []string{"util", "utils", "common", "helper", "helpers", "misc", "manager", "guts"}
	badPackages = append([]string{"base"}, badFiles...)
)

// CheckBans complains about everything on [Bans] outside its homes, and about
// package and file names that say nothing.
func CheckBans(t *Tree) []Complaint {
	var out []Complaint
	for _, f := range t.Go {
		stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.Path), ".go"), "_test")
		if slices.Contains(badPackages, f.AST.Name.Name) || slices.Contains(badFiles, stem) {
			out = append(out, Complaint{Path: f.Path, Line: 1, Text: "a name that says nothing: name it after the one thing that it does"})
		}
		for i := range Bans {
			if b := &Bans[i]; !b.allowedIn(f) {
				out = append(out, b.check(t, f)...)
			}
		}
	}
	return out
}

func (b *Ban) check(t *Tree, f *GoFile) []Complaint {
	var out []Complaint
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if n != nil && b.Hits(n, f) {
			out = append(out, Complaint{Path: f.Path, Line: t.line(n.Pos()), Text: b.Name + " is banned here: " + b.Instead})
		}
		return true
	})
	return out
}

func (b *Ban) allowedIn(f *GoFile) bool {
	if f.Test && !b.Tests {
		return true
	}
	return slices.ContainsFunc(b.Homes, func(home string) bool {
		if matchDir(home, f.Dir) {
			return true
		}
		ok, _ := path.Match(home, f.Path)
		return ok
	})
}

// imports hits the import of one of the given paths.
func imports(paths ...string) func(ast.Node, *GoFile) bool {
	return func(n ast.Node, _ *GoFile) bool {
		spec, ok := n.(*ast.ImportSpec)
		if !ok {
			return false
		}
		p, _ := strconv.Unquote(spec.Path.Value)
		return slices.Contains(paths, p)
	}
}

// calls hits the call of a builtin function.
func calls(names ...string) func(ast.Node, *GoFile) bool {
	return func(n ast.Node, _ *GoFile) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := call.Fun.(*ast.Ident)
		return ok && slices.Contains(names, id.Name)
	}
}

// uses hits any mention of a package's names, called or handed on.
func uses(pkg string, names ...string) func(ast.Node, *GoFile) bool {
	return func(n ast.Node, f *GoFile) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(names, sel.Sel.Name) {
			return false
		}
		id, ok := sel.X.(*ast.Ident)
		return ok && id.Name == f.nameOf(pkg)
	}
}

// nameOf is the name under which the file knows an imported package; "" if it
// does not import it.
func (f *GoFile) nameOf(importPath string) string {
	for _, spec := range f.AST.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == importPath {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(p)
		}
	}
	return ""
}

// writeFlags are the open flags that can change or create a file.
var writeFlags = []string{"O_RDWR", "O_WRONLY", "O_CREATE", "O_CREAT", "O_TRUNC", "O_APPEND"}

// writesFile hits the write flags of package os, syscall and unix, which are
// what makes an open dangerous wherever the call itself stands, and the
// shorthands of package os.
func writesFile(n ast.Node, f *GoFile) bool {
	for _, pkg := range []string{"os", "syscall", "golang.org/x/sys/unix"} {
		if uses(pkg, writeFlags...)(n, f) {
			return true
		}
	}
	return uses("os", "Create", "CreateTemp", "WriteFile", "Truncate")(n, f)
}
