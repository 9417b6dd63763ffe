package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// knownMethods are so well known by the interface they serve that a comment
// would repeat the standard library's.
var knownMethods = []string{
	"String", "GoString", "Format", "Error", "Unwrap", "Is", "As", "Len", "Less", "Swap",
	"Read", "ReadAt", "Write", "WriteTo", "MarshalJSON", "MarshalText", "UnmarshalJSON", "UnmarshalText",
}

// CheckDocs complains about packages without doc.go and exported identifiers
// without a comment that begins with their name. Constants and variables of a
// group may share the comment of the group, or have one at the end of the line.
func CheckDocs(t *Tree) []Complaint {
	out := checkPackageDocs(t)
	for _, f := range t.Go {
		if f.Test || f.generated() {
			continue
		}
		for _, d := range f.AST.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if needsDoc(d) {
					out = append(out, t.checkDoc(f, d.Name, d.Doc)...)
				}
			case *ast.GenDecl:
				out = append(out, t.checkGroup(f, d)...)
			}
		}
	}
	return out
}

// checkPackageDocs wants a doc.go with the package comment in every folder
// that holds more than tests.
func checkPackageDocs(t *Tree) []Complaint {
	has := map[string]bool{}
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		has[f.Dir] = has[f.Dir] || path.Base(f.Path) == "doc.go" && f.AST.Doc.Text() != ""
	}
	var out []Complaint
	for dir, ok := range has {
		if !ok {
			out = append(out, Complaint{Path: path.Join(dir, "doc.go"), Text: "missing, or without package comment: say what the package is, what it is not, and which coordinates it speaks in"})
		}
	}
	slices.SortFunc(out, func(a, b Complaint) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// needsDoc tells whether a function or method is exported and not known by
// its interface.
func needsDoc(fn *ast.FuncDecl) bool {
	if !fn.Name.IsExported() {
		return false
	}
	if fn.Recv == nil {
		return true
	}
	return ast.IsExported(receiver(fn)) && !slices.Contains(knownMethods, fn.Name.Name)
}

// receiver returns the name of the type whose method fn is.
func receiver(fn *ast.FuncDecl) string {
	if len(fn.Recv.List) == 0 {
		return ""
	}
	typ := fn.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// checkGroup checks one declaration of types, constants or variables.
func (t *Tree) checkGroup(f *GoFile, d *ast.GenDecl) []Complaint {
	var out []Complaint
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				out = append(out, t.checkDoc(f, s.Name, firstDoc(s.Doc, d.Doc, d.Lparen))...)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if !name.IsExported() || d.Lparen.IsValid() && (d.Doc != nil || s.Doc != nil || s.Comment != nil) {
					continue
				}
				if d.Doc == nil && s.Comment != nil {
					continue
				}
				out = append(out, t.checkDoc(f, name, firstDoc(s.Doc, d.Doc, d.Lparen))...)
			}
		}
	}
	return out
}

// firstDoc is the comment of a spec: its own, or that of a declaration
// without parentheses.
func firstDoc(own, decl *ast.CommentGroup, lparen token.Pos) *ast.CommentGroup {
	if own == nil && !lparen.IsValid() {
		return decl
	}
	return own
}

func (t *Tree) checkDoc(f *GoFile, name *ast.Ident, doc *ast.CommentGroup) []Complaint {
	text := doc.Text()
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	rest, ok := strings.CutPrefix(text, name.Name)
	if ok && (rest == "" || !wordByte(rest[0])) {
		return nil
	}
	return []Complaint{{Path: f.Path, Line: t.line(name.Pos()), Text: fmt.Sprintf("exported %s needs a comment that begins with its name: what it is, units, ownership, errors", name.Name)}}
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
