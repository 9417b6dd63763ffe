package lint

import (
	"fmt"
	"go/ast"
	"slices"
)

// The budget for code that is not a test. Source: ARCHITECTURE.md, "Sizes".
const (
	maxFileLines  = 400
	maxFuncLines  = 70
	maxFuncP90    = 40
	maxFuncMedian = 12
)

// Sizes sums up the lengths, in lines, of all functions and files that are
// not tests and not generated.
type Sizes struct {
	Files, FileMedian, FileMax          int
	Funcs, FuncMedian, FuncP90, FuncMax int
}

// String returns the figures in one line.
func (s Sizes) String() string {
	return fmt.Sprintf("%d files: median %d, max %d lines; %d functions: median %d, p90 %d, max %d lines",
		s.Files, s.FileMedian, s.FileMax, s.Funcs, s.FuncMedian, s.FuncP90, s.FuncMax)
}

// CheckSizes complains about files and functions over the budget, and about
// the median and the 90th percentile of all functions.
func CheckSizes(t *Tree) (Sizes, []Complaint) {
	var out []Complaint
	var files, funcs []int
	for _, f := range t.Go {
		if f.Test || f.generated() {
			continue
		}
		n := lines(f.Src)
		files = append(files, n)
		if n > maxFileLines {
			out = append(out, Complaint{Path: f.Path, Text: fmt.Sprintf("%d lines, at most %d: a file has one idea, split it by the second", n, maxFileLines)})
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := t.line(fn.End()) - t.line(fn.Pos()) + 1
			funcs = append(funcs, n)
			if n > maxFuncLines {
				out = append(out, Complaint{Path: f.Path, Line: t.line(fn.Pos()), Text: fmt.Sprintf("%s has %d lines, at most %d: give its steps names", fn.Name.Name, n, maxFuncLines)})
			}
		}
	}
	s := summarize(files, funcs)
	if s.FuncMedian > maxFuncMedian {
		out = append(out, Complaint{Path: ".", Text: fmt.Sprintf("median function has %d lines, at most %d", s.FuncMedian, maxFuncMedian)})
	}
	if s.FuncP90 > maxFuncP90 {
		out = append(out, Complaint{Path: ".", Text: fmt.Sprintf("90th percentile of functions is %d lines, at most %d", s.FuncP90, maxFuncP90)})
	}
	return s, out
}

func summarize(files, funcs []int) Sizes {
	return Sizes{
		Files: len(files), FileMedian: quantile(files, 50), FileMax: quantile(files, 100),
		Funcs: len(funcs), FuncMedian: quantile(funcs, 50), FuncP90: quantile(funcs, 90), FuncMax: quantile(funcs, 100),
	}
}

// quantile returns the smallest of v that is not below percent of them; 0 for
// none. It sorts v.
func quantile(v []int, percent int) int {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	rank := (len(v)*percent + 99) / 100
	return v[max(rank, 1)-1]
}
