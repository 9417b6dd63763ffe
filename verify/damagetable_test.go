package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/peers"
	"boltvet/internal/datadir"
)

const damageDocument = "../docs/DAMAGE-TABLE.md"

// damageIntro stands above the table; the figures follow it.
const damageIntro = `# What the tools say about each damage

Each row is a recipe of ` + "`fixtures/testdata/recipes`" + `, where its story is: a file with one fault. Physical faults of a snapshot have a
fresh sha256, so that the structure has to tell, unless the sha256 is the point.

- ` + "`bbolt check`" + ` is that of bbolt 1.5, ` + "`etcdutl snapshot status`" + ` that of etcd 3.7, both run on a private copy with a limit of 25 s.
  ok: exit 0. err: another exit, with a message. PANIC, SIGBUS: it crashed. HANG: it was killed. Some end differently from run
  to run, for the panic that kills them races with the check that would have reported it: each was run ten times, and the
  ends that were seen are listed. Whether a program is silent (ok) does not vary, and that is what a test run holds them to.
- ` + "`boltvet verify`" + ` is the verdict and the codes that are worn or worse.

The first two columns are written by ` + "`BOLTVET_FULL=1 go test ./verify -run TestDamageTable -update`" + `, which runs the programs; the
third is held against verify by every test run.

`

// A damageRow is what three tools say about one recipe.
type damageRow struct {
	name          string
	wrong         string // the verdict that the recipe states, or why nothing can be found
	check, status string // the ends that were seen, as peers.Judgement has them, sorted, with " or " between
	boltvet       string
}

func (r damageRow) String() string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", r.name, r.wrong, r.check, r.status, r.boltvet)
}

const damageHead = "| Recipe | Must be | bbolt check | snapshot status | boltvet verify |\n| --- | --- | --- | --- | --- |\n"

// TestDamageTable holds docs/DAMAGE-TABLE.md against the recipes and verify. With
// BOLTVET_FULL=1 the real programs are run and must say what the table says; with
// -update besides, it is written.
func TestDamageTable(t *testing.T) {
	full := os.Getenv("BOLTVET_FULL") != ""
	if *update && !full {
		t.Skip("-update of this table needs BOLTVET_FULL=1, to run the programs")
	}
	documented := documentedRows(t)
	rows := damageRows(t, full, documented)
	text := damageIntro + damageFigures(rows) + "\n" + damageHead
	for _, r := range rows {
		text += r.String() + "\n"
	}
	if *update {
		if err := os.WriteFile(damageDocument, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		documented = documentedRows(t)
	}
	for _, r := range rows {
		if got := documented[r.name]; got != r {
			t.Errorf("the row is not what is said now:\n is %v\nnow %v", got, r)
		}
		delete(documented, r.name)
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		t.Errorf("a row for %s, which is no recipe", name)
	}
	if !t.Failed() && text != string(readFile(t, damageDocument)) {
		t.Error("the rows are right, but the text around them is not: run with -update")
	}
	checkAgreement(t, rows)
}

// documentedRows reads the table of the document.
func documentedRows(t *testing.T) map[string]damageRow {
	t.Helper()
	rows := map[string]damageRow{}
	text, err := os.ReadFile(damageDocument)
	if err != nil && !(*update && errors.Is(err, os.ErrNotExist)) {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), damageHead)
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) != 5 {
			t.Fatalf("row %q", line)
		}
		rows[cells[0]] = damageRow{name: cells[0], wrong: cells[1], check: cells[2], status: cells[3], boltvet: cells[4]}
	}
	return rows
}

// damageRows makes the rows anew, in the order of the names; the columns of the other
// programs are the documented ones unless they are run.
func damageRows(t *testing.T, full bool, documented map[string]damageRow) []damageRow {
	t.Helper()
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	bases := newBaseShelf(t)
	rows := make([]damageRow, len(recipes))
	var wait sync.WaitGroup
	places := make(chan struct{}, 2) // at a time
	for i, r := range recipes {
		_, path := bases.build(t, r)
		said, err := boltvetSays(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		old := documented[r.Name]
		rows[i] = damageRow{name: r.Name, wrong: mustBe(r), check: old.check, status: old.status, boltvet: said}
		if !full {
			continue
		}
		wait.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			rows[i].check = judgements(t, peers.Bbolt, path, old.check)
			rows[i].status = judgements(t, peers.Etcdutl, path, old.status)
		})
	}
	wait.Wait()
	return rows
}

// judgements has the program look often enough to see how it can end. Without -update it
// looks once, and documented stands if it is silent where it was: how it dies, and whether
// it gets to say so first, is a race that no number of runs exhausts.
func judgements(t *testing.T, tool peers.Tool, path, documented string) string {
	if !*update {
		got, silent := string(judgement(t, tool, path)), string(peers.JudgedOK)
		if (got == silent) != (documented == silent) {
			return got
		}
		return documented
	}
	var seen []string
	for range 10 {
		got := string(judgement(t, tool, path))
		if !slices.Contains(seen, got) {
			seen = append(seen, got)
		}
		if got == string(peers.JudgedHang) {
			break // it costs half a minute each time
		}
	}
	slices.Sort(seen)
	return strings.Join(seen, " or ")
}

// mustBe is the recipe's own verdict, or that nothing can be found although the content is wrong.
func mustBe(r fixtures.Recipe) string {
	if r.Expect.Undetectable != "" {
		return "undetectable: " + r.Expect.Undetectable
	}
	return r.Expect.Verdict
}

// boltvetSays is verify's verdict with its codes that are worn or worse.
func boltvetSays(ctx context.Context, path string) (string, error) {
	src, err := datadir.Resolve(ctx, path, datadir.Options{})
	var refused *datadir.RefusedError
	if errors.As(err, &refused) {
		return "refused: " + refused.Kind.String(), nil
	}
	if err != nil {
		return "", err
	}
	defer src.Close()
	report, err := Run(ctx, src, Options{})
	if err != nil {
		return "", err
	}
	var codes []string
	for _, c := range report.Codes {
		if c.Severity > Note {
			codes = append(codes, c.Code)
		}
	}
	return strings.TrimSuffix(report.Verdict.String()+": "+strings.Join(codes, ", "), ": "), nil
}

// damageFigures sums the columns up, over the files whose content is wrong: those that
// must be damaged or unreadable, and the undetectable ones.
func damageFigures(rows []damageRow) string {
	counts := map[string]map[string]int{"bbolt check": {}, "snapshot status": {}}
	wrong, found, undetectable := 0, 0, 0
	for _, r := range rows {
		hopeless := strings.HasPrefix(r.wrong, "undetectable")
		if r.wrong != Damaged.String() && r.wrong != Unreadable.String() && !hopeless {
			continue
		}
		wrong++
		counts["bbolt check"][kindOfEnd(r.check)]++
		counts["snapshot status"][kindOfEnd(r.status)]++
		switch {
		case boltvetReports(r):
			found++
		case hopeless:
			undetectable++
		}
	}
	s := fmt.Sprintf("%d recipes. On the %d whose content is wrong:\n\n| | reported | crashed | reported or crashed, from run to run | hung | silent |\n| --- | --- | --- | --- | --- | --- |\n", len(rows), wrong)
	for _, tool := range []string{"bbolt check", "snapshot status"} {
		n := counts[tool]
		s += fmt.Sprintf("| %s | %d | %d | %d | %d | %d |\n", tool, n["reported"], n["crashed"], n["varies"], n["hung"], n["silent"])
	}
	return s + fmt.Sprintf("| boltvet verify | %d | 0 | 0 | 0 | %d, of which nothing in the file tells |\n", found, undetectable)
}

// kindOfEnd sums the ends of one row up.
func kindOfEnd(ends string) string {
	kinds := map[string]bool{}
	for _, end := range strings.Split(ends, " or ") {
		switch peers.Judgement(end) {
		case peers.JudgedOK:
			kinds["silent"] = true
		case peers.JudgedError:
			kinds["reported"] = true
		case peers.JudgedPanic, peers.JudgedFault:
			kinds["crashed"] = true
		case peers.JudgedHang:
			kinds["hung"] = true
		}
	}
	if len(kinds) != 1 {
		return "varies"
	}
	return slices.Collect(maps.Keys(kinds))[0]
}

func boltvetReports(r damageRow) bool { return !strings.HasPrefix(r.boltvet, VerdictHealthy.String()) }

// disagreements are recipes on which bbolt check complains and boltvet calls the file
// healthy, with the reason.
func disagreements() map[string]string { return map[string]string{} }

// checkAgreement: whatever bbolt's check reports or dies of, verify reports.
func checkAgreement(t *testing.T, rows []damageRow) {
	t.Helper()
	for _, r := range rows {
		complains := r.check != string(peers.JudgedOK)
		reason, known := disagreements()[r.name]
		switch missed := complains && !boltvetReports(r); {
		case missed && !known:
			t.Errorf("bbolt check says %s of %s, boltvet says %s", r.check, r.name, r.boltvet)
		case !missed && known:
			t.Errorf("%s is no disagreement any more: %s", r.name, reason)
		}
	}
}
