package render

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// spaceOf divides a fixture under a path that is the same everywhere.
func spaceOf(t *testing.T, base, damage string, o inspect.SpaceOptions) (*inspect.Space, []verify.CodeCount) {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	if err := b.Build(path); err != nil {
		t.Fatal(err)
	}
	if damage != "" {
		if err := fixtures.Damage(path, damage); err != nil {
			t.Fatal(err)
		}
	}
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	tally := verify.NewTally(verify.Context{}, 0)
	o.OnFault = tally.Add
	s, err := inspect.ReadSpace(t.Context(), src, o)
	if err != nil {
		t.Fatal(err)
	}
	src.Path, src.DBPath = "x.db", "x.db"
	return s, tally.Codes()
}

// TestSpaceGolden shows files at 60, 80 and 200 columns, with and without UTF-8 and
// colour, and in every other format once.
func TestSpaceGolden(t *testing.T) {
	for _, c := range []struct {
		name, base, damage string
		o                  inspect.SpaceOptions
	}{
		{"prefix", "deep", "", inspect.SpaceOptions{Depth: 2, Top: 5}},
		{"key", "deep", "", inspect.SpaceOptions{By: inspect.ByKey, Top: 3}},
		{"churn", "deep", "", inspect.SpaceOptions{By: inspect.ByNamespace, Top: 2, Window: 100}},
		{"damaged", "deep", "zero page key.leaf[3]", inspect.SpaceOptions{By: inspect.ByResource, Top: 9}},
	} {
		s, codes := spaceOf(t, c.base, c.damage, c.o)
		for _, format := range Formats() {
			for _, width := range []int{60, 80, 200} {
				for _, utf8 := range []bool{false, true} {
					for _, color := range []bool{false, true} {
						people := format == "simple" || format == "table"
						if !people && (width != 80 || !utf8 || color) {
							continue
						}
						name := "space-" + c.name + "." + format
						if people {
							name = fmt.Sprintf("space-%s.%d%s%s.%s", c.name, width, choose(utf8, ".utf8", ".ascii"), choose(color, ".color", ""), format)
						}
						spaceGolden(t, name, s, codes, format, Options{Width: width, UTF8: utf8, Color: color})
					}
				}
			}
		}
	}
}

func spaceGolden(t *testing.T, name string, s *inspect.Space, codes []verify.CodeCount, format string, o Options) {
	t.Helper()
	var out bytes.Buffer
	d := Document{Command: "space", Results: []Result{Space(s, codes, o.Width)}}
	if err := Render(&out, d, format, o); err != nil {
		t.Fatal(err)
	}
	if format == "table" {
		for line := range strings.Lines(out.String()) {
			if plain := strings.NewReplacer("\x1b[31m", "", "\x1b[33m", "", "\x1b[32m", "", "\x1b[0m", "").Replace(line); textWidth(strings.TrimSuffix(plain, "\n")) > o.Width {
				t.Errorf("%s: wider than %d: %q", name, o.Width, plain)
			}
		}
	}
	golden(t, name, out.Bytes())
}

// TestBar: nothing is drawn as nothing, and only all as all.
func TestBar(t *testing.T) {
	for _, c := range []struct {
		share       float64
		utf8, ascii string
	}{
		{0, "    ", "    "}, {1e-9, "▏   ", "-   "}, {0.25, "█   ", "#   "}, {0.28, "█▏  ", "#   "}, {0.5, "██  ", "##  "},
		{0.65, "██▋ ", "##- "}, {0.999999, "███▉", "###-"}, {1, "████", "####"}, {-1, "    ", "    "},
	} {
		b := Bar(c.share, 4)
		if got := b.human(false); got != c.utf8 {
			t.Errorf("%v: %q, want %q", c.share, got, c.utf8)
		}
		if got := b.human(true); got != c.ascii {
			t.Errorf("%v: %q, want %q", c.share, got, c.ascii)
		}
	}
}
