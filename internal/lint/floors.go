package lint

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Floor is the place of one package in the house. Imports only go down, never
// sideways. Source: ARCHITECTURE.md, "Floors".
type Floor struct {
	Dir   string // of the package; a trailing "/..." takes its sub-packages in
	Level int    // floor, 0 to 5; side for what stands beside the house
	// Ours lists the packages of this module that it may import; nil means
	// every package of a lower floor.
	Ours []string
	// Third lists the import paths outside the module and the standard library
	// that it may import, each with everything below it. Tests may import
	// anything that is not Homed.
	Third []string
}

// side is the level of what no package of the house may import.
const side = 99

// What several rows allow.
const (
	sys       = "golang.org/x/sys"
	protowire = "google.golang.org/protobuf/encoding/protowire"
	bboltPath = "go.etcd.io/bbolt"
	etcd      = "go.etcd.io/etcd"
)

// quarantine runs bbolt and etcd code, which boltvet itself must never link.
const quarantine = "internal/quarantine"

// wire reads protobuf for the packages of floor 1 that need it.
const wire = "internal/wire"

// nothing is an Ours that allows no package of this module.
var nothing = []string{}

// Floors is the plan of the house: every package has its row.
var Floors = []Floor{
	{Dir: "bolt", Level: 0, Third: []string{sys}},
	{Dir: "internal/atomicfile", Level: 0, Third: []string{sys}},
	{Dir: "internal/swap", Level: 0, Ours: nothing, Third: []string{sys}},
	{Dir: wire, Level: 0, Ours: nothing, Third: []string{protowire}},

	{Dir: "mvccview", Level: 1, Ours: []string{"bolt"}, Third: []string{protowire}},
	{Dir: "internal/datadir", Level: 1, Ours: []string{"bolt", wire}, Third: []string{sys, protowire, "github.com/klauspost/compress"}},
	{Dir: "internal/k8s", Level: 1, Ours: []string{wire}, Third: []string{protowire}},
	{Dir: "internal/upstream", Level: 1, Ours: nothing, Third: []string{sys}},

	{Dir: "internal/inspect", Level: 2},
	{Dir: "internal/query", Level: 2},
	{Dir: "verify", Level: 2},

	{Dir: "internal/rewrite", Level: 3},
	{Dir: "internal/migrate", Level: 3, Third: []string{protowire}},
	{Dir: "internal/restore", Level: 3, Third: []string{sys, "sigs.k8s.io/yaml"}},

	{Dir: "internal/render", Level: 4, Third: []string{
		"github.com/olekukonko/tablewriter", "github.com/dustin/go-humanize", "sigs.k8s.io/yaml",
	}},

	{Dir: quarantine, Level: 2, Ours: []string{"internal/upstream"}, Third: []string{bboltPath, etcd, "go.uber.org/zap"}},
	{Dir: "cmd/boltvet-upstream", Level: 5, Ours: []string{quarantine}},

	{Dir: "cmd/boltvet", Level: 5, Third: []string{
		"github.com/urfave/cli/v2", "github.com/dustin/go-humanize", "golang.org/x/term", sys,
	}},

	{Dir: "fixtures/...", Level: side, Ours: []string{"fixtures/..."}, Third: []string{
		bboltPath, etcd, "go.etcd.io/raft/v3", "go.uber.org/zap", "google.golang.org/protobuf", "github.com/klauspost/compress",
		"github.com/coreos/go-semver", "github.com/dustin/go-humanize", "github.com/rogpeppe/go-internal",
	}},
	{Dir: "bench/...", Level: side, Ours: []string{"bench/...", "fixtures/..."}, Third: []string{sys, bboltPath, etcd, "google.golang.org/protobuf"}},
	{Dir: "internal/lint", Level: side, Ours: nothing},
}

// Homed lists modules that even tests import only in their one home.
var Homed = map[string]string{
	"github.com/olekukonko/tablewriter": "internal/render",
	"github.com/urfave/cli":             "cmd/boltvet",
}

// FloorOf returns the row of the package in dir, or nil if it has none.
func FloorOf(dir string) *Floor {
	for i := range Floors {
		if matchDir(Floors[i].Dir, dir) {
			return &Floors[i]
		}
	}
	return nil
}

func matchDir(pattern, dir string) bool {
	base, wide := strings.CutSuffix(pattern, "/...")
	return dir == base || wide && strings.HasPrefix(dir, base+"/")
}

// CheckFloors complains about packages without a row and imports that do not
// go down.
func CheckFloors(t *Tree) []Complaint {
	var out []Complaint
	homeless := map[string]bool{}
	for _, f := range t.Go {
		floor := FloorOf(f.Dir)
		if floor == nil {
			if !homeless[f.Dir] {
				homeless[f.Dir] = true
				out = append(out, Complaint{Path: f.Path, Text: "package " + f.Dir + " has no floor: add its row to Floors in internal/lint/floors.go and to ARCHITECTURE.md, or put the code where it belongs"})
			}
			continue
		}
		for _, spec := range f.AST.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if why := floor.refuses(imported, f); why != "" {
				out = append(out, Complaint{Path: f.Path, Line: t.line(spec.Pos()), Text: why})
			}
			if imported == bboltPath && spec.Name != nil && spec.Name.Name == "bolt" {
				out = append(out, Complaint{Path: f.Path, Line: t.line(spec.Pos()), Text: "import bbolt as bbolt: bolt is our own package"})
			}
		}
	}
	return out
}

// refuses says why the package on this floor may not import a path from file
// f, or returns "".
func (fl *Floor) refuses(imported string, f *GoFile) string {
	if dir, ours := ownDir(imported); ours {
		return fl.refusesOurs(dir, f)
	}
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return "" // the standard library; bans.go names what is banned of it
	}
	for module, home := range Homed {
		if under(module, imported) && f.Dir != home {
			return fmt.Sprintf("%s may only be imported by %s: hand it a value instead", module, home)
		}
	}
	if f.Test || slices.ContainsFunc(fl.Third, func(p string) bool { return under(p, imported) }) {
		return ""
	}
	advice := "write it with what the floor allows, or add the import with its reason to internal/lint/floors.go"
	if under(bboltPath, imported) || under(etcd, imported) {
		advice = "calls into bbolt and etcd belong in internal/quarantine; tests may use them as oracles"
	}
	return fmt.Sprintf("%s may not import %s: %s", f.Dir, imported, advice)
}

// refusesOurs is refuses for a package of this module.
func (fl *Floor) refusesOurs(dir string, f *GoFile) string {
	if dir == quarantine && !f.Test && f.Dir != "cmd/boltvet-upstream" {
		return fmt.Sprintf("%s may not import %s: only boltvet-upstream does; ask it through internal/upstream", f.Dir, dir)
	}
	if f.Test && (dir == f.Dir || matchDir("fixtures/...", dir) || dir == quarantine) {
		return ""
	}
	if fl.Ours != nil {
		if slices.ContainsFunc(fl.Ours, func(p string) bool { return matchDir(p, dir) }) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s; of this module it may import %s", f.Dir, dir, orNothing(fl.Ours))
	}
	other := FloorOf(dir)
	if other == nil || other.Level < fl.Level {
		return "" // a package without a floor is complained about on its own
	}
	if other.Level == side {
		return fmt.Sprintf("%s may not import %s: only tests do", f.Dir, dir)
	}
	return fmt.Sprintf("%s (floor %d) may not import %s (floor %d): imports only go down; move the shared part to a lower floor", f.Dir, fl.Level, dir, other.Level)
}

func orNothing(dirs []string) string {
	if len(dirs) == 0 {
		return "nothing"
	}
	return strings.Join(dirs, ", ")
}

// ownDir returns the folder of an import path of this module.
func ownDir(imported string) (string, bool) {
	if imported == modulePath {
		return ".", true
	}
	dir, ok := strings.CutPrefix(imported, modulePath+"/")
	return path.Clean(dir), ok
}

// under tells whether an import path is pattern or below it; see [Floor.Third].
func under(pattern, imported string) bool {
	return imported == pattern || strings.HasPrefix(imported, pattern+"/")
}
