// Package lint holds the house rules that no compiler checks, as tests: which
// package may import which, what is banned outside its one home, how long a
// file or function may be, what must be documented, and what no file may
// contain. It is run by go test like everything else.
//
// A rule is a function from a [Tree] to complaints. The tests run every rule
// over this repository, and over small made-up trees that break it, so that a
// rule which can no longer fail is found out. Sources are only parsed, never
// type-checked: the whole tree takes about a second.
//
// To add a package, give it a row in floors.go. To allow an exception, give it
// a row with its reason in bans.go; there are no ignore comments.
package lint
