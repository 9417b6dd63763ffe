package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// A specimen is one file that the law is held against.
type specimen struct {
	name  string // how it is made again, on one line
	image []byte
	whole []byte // a healthy file of the same past
}

// A damageReport is what verify says of a file.
type damageReport struct {
	exit    int
	damaged []lawFinding // what is graded damaged or unreadable
}

type lawFinding struct{ Code, Severity, Layer, Next string }

// isDamaged tells whether verify does not let the file pass.
func (d damageReport) isDamaged() bool { return d.exit != int(exitOK) }

// only tells whether there are damaged findings, and all of them are such.
func (d damageReport) only(such func(lawFinding) bool) bool {
	return d.exit == int(exitDamage) && len(d.damaged) > 0 && !slices.ContainsFunc(d.damaged, func(f lawFinding) bool { return !such(f) })
}

func (d damageReport) codes() string {
	var list []string
	for _, f := range d.damaged {
		list = append(list, f.Code)
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return "unreadable"
	}
	return strings.Join(list, " ")
}

// madeAnew: a rewrite writes that part itself, so nothing of the damage is passed on.
func madeAnew(f lawFinding) bool {
	return f.Layer == "freelist" || f.Code == bolt.MetaFreelist.String()
}

// mended tells whether a command of that kind writes anew all that is damaged, so that nothing of it is
// passed on. A restore also makes what verify advises to restore for.
func (d damageReport) mended(k lawKind) bool {
	return d.only(func(f lawFinding) bool {
		return madeAnew(f) || (k == lawRestores || k == lawForcesRestore) && strings.HasPrefix(f.Next, "restore ")
	})
}

// unhashed: what the help of hash and hashkv says of: pages, order, revisions or sha256 damaged. The
// chain is checked when several files are compared.
func unhashed(f lawFinding) bool {
	return !slices.Contains(verify.DeepCodes(), f.Code) && f.Code != mvccview.CompactBeyondLatest.String() && f.Code != bolt.PageSlack.String() && (slices.Contains([]string{"pages", "order", "revisions"}, f.Layer) ||
		f.Code == datadir.FileTrailerWrong.String())
}

// remade: a restore writes that part itself, or etcdutl's does not look at it, as etcdutl's restores do:
// of two copies of a record it has the live one, too.
func remade(f lawFinding) bool {
	return madeAnew(f) || f.Code == datadir.FileTrailerWrong.String() || f.Code == bolt.PageSlack.String() || f.Layer == "meta" || f.Layer == "meanings" || f.Code == mvccview.RecordConflict.String()
}

// examine asks verify.
func examine(t *testing.T, path string) damageReport {
	t.Helper()
	got := runWithin(t, recipeLimit, "verify", "-w", "json", path)
	var d struct {
		Results []struct{ Findings []lawFinding }
	}
	if err := json.Unmarshal([]byte(got.out), &d); err != nil {
		t.Errorf("verify %s: %v in %.200q", path, err, got.out)
	}
	r := damageReport{exit: got.code}
	for _, res := range d.Results {
		for _, f := range res.Findings {
			if f.Severity == "damaged" || f.Severity == "unreadable" {
				r.damaged = append(r.damaged, f)
			}
		}
	}
	return r
}

// A court holds files against the law, one after the other.
type court struct {
	t      *testing.T
	ledger *ledger
	lines  []lawLine
	among  *population
	member string // a data directory of a stopped member
}

func newCourt(t *testing.T, l *ledger, p *population) *court {
	t.Helper()
	f, err := golden.Find("3.6-member.tar.gz")
	noError(t, err)
	dir, err := f.Unpack(t.TempDir())
	noError(t, err)
	return &court{t, l, lawLines(), p, dir}
}

// A trial is one file before the court.
type trial struct {
	*court
	s         specimen
	dir       string
	path      string // SRC
	sum       [sha256.Size]byte
	found     damageReport
	foundBare damageReport // of the bytes without trailer, as the db of DIR
}

// hold runs the commands over file number n if verify calls it damaged.
func (c *court) hold(n int, s specimen) {
	c.t.Helper()
	tr := &trial{court: c, s: s, dir: c.t.TempDir()}
	defer os.RemoveAll(tr.dir) //nolint:errcheck // the test's own
	tr.path = write(c.t, tr.dir, "src.db", s.image)
	tr.sum = sha256.Sum256(s.image)
	tr.found = examine(c.t, tr.path)
	c.ledger.tried(tr.found.isDamaged())
	if !tr.found.isDamaged() {
		if c.among.unharmed != nil {
			c.among.unharmed(c.t, n, s, tr.path)
		}
		return
	}
	write(c.t, tr.dir, "copy.db", s.image)
	write(c.t, tr.dir, "whole.db", s.whole)
	tr.foundBare = examine(c.t, write(c.t, tr.dir, "bare.db", fixtures.Bare(s.image)))
	turn, stride := int(crc32.ChecksumIEEE([]byte(s.name))%1000), c.among.stride
	if tr.found.only(func(f lawFinding) bool { return f.Layer == "revisions" }) {
		stride = c.among.formed
	}
	for i, l := range c.lines {
		if l.kind == lawNoFile || (turn+i)%stride != 0 {
			continue
		}
		tr.run(l)
		if sumOf(c.t, tr.path) != tr.sum {
			tr.fail(l, 0, "changed SRC, which it only reads")
			write(c.t, tr.dir, "src.db", s.image)
		}
	}
}

func (tr *trial) fail(l lawLine, code int, why string) {
	tr.ledger.add(breach{line: l.line, file: tr.s.name, codes: tr.found.codes(), code: code, why: why})
}

// run gives one line its files, and judges what came of it.
func (tr *trial) run(l lawLine) {
	if l.kind == lawSpelledIn && !tr.foundBare.isDamaged() {
		return // the damage was the trailer, which a member's db has not
	}
	room := filepath.Join(tr.dir, "room")
	noError(tr.t, os.Mkdir(room, 0o700))
	defer os.RemoveAll(room) //nolint:errcheck // the test's own
	place := map[string]string{"SRC": tr.path, "@": "", "DIR": tr.member,
		"COPY": filepath.Join(tr.dir, "copy.db"), "WHOLE": filepath.Join(tr.dir, "whole.db"),
		"DST": filepath.Join(room, "new"), "LIVE": filepath.Join(room, "live.db")}
	input := tr.path // what must be kept
	switch l.kind {
	case lawReplaces:
		input = write(tr.t, room, "live.db", tr.s.image)
	case lawSpelledIn:
		input = tr.beMember()
	}
	words := strings.Fields(l.line)
	for i, w := range words {
		if p, ok := place[w]; ok {
			words[i] = p
		}
	}
	got := runWithin(tr.t, recipeLimit, words...)
	why := ""
	switch {
	case l.kind == lawReplaces || l.kind == lawSpelledIn:
		why = tr.judgeReplaced(l, input)
	case l.makes == "-":
		if got.out != "" && !tr.found.mended(l.kind) && !json.Valid([]byte(got.out)) {
			why = "a db on standard output"
		}
	case l.makes != "":
		why = tr.judgeWritten(l, got, strings.Replace(l.makes, "DST", place["DST"], 1), room)
	}
	if why = cmp.Or(why, tr.exitBreach(l, got)); why != "" {
		tr.fail(l, got.code, why)
	}
}

// beMember makes the file the db of the member, and returns its path.
func (tr *trial) beMember() string {
	db := filepath.Join(tr.member, "member", "snap", "db")
	for _, path := range matches(tr.t, db+"*") {
		noError(tr.t, os.Remove(path))
	}
	return write(tr.t, filepath.Dir(db), "db", fixtures.Bare(tr.s.image))
}

// exitBreach judges the exit code alone; "" if the law allows it.
func (tr *trial) exitBreach(l lawLine, got ran) string {
	if got.code != int(exitOK) {
		return ""
	}
	switch l.kind {
	case lawLooks, lawSpelled, lawSpelledIn:
		return ""
	case lawSummary:
		if !tr.found.only(func(f lawFinding) bool { return slices.Contains(verify.DeepCodes(), f.Code) }) {
			return "healthy"
		}
		return tr.notListed(got.out)
	case lawHashOne:
		if slices.ContainsFunc(tr.found.damaged, unhashed) || len(tr.found.damaged) == 0 {
			return "a number, though its help promises none"
		}
		return ""
	case lawAnswers:
		return "an answer without a word of damage"
	}
	if tr.found.mended(l.kind) {
		return ""
	}
	return "done"
}

// notListed wants the codes that were found among what the answer says is not checked.
func (tr *trial) notListed(out string) string {
	var d struct {
		Results []struct {
			NotChecked []string `json:"not_checked"`
		}
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || len(d.Results) != 1 {
		return fmt.Sprintf("no document: %v", err)
	}
	listed := strings.Join(d.Results[0].NotChecked, "\n")
	for _, f := range tr.found.damaged {
		if !strings.Contains(listed, f.Code) {
			return "healthy, and not_checked does not list " + f.Code
		}
	}
	return ""
}

// judgeWritten judges a new file, and that there is none.
func (tr *trial) judgeWritten(l lawLine, got ran, made, room string) string {
	if _, err := os.Lstat(made); err != nil {
		if left, err := os.ReadDir(room); err != nil || len(left) > 0 {
			return fmt.Sprintf("left %v, %v", left, err)
		}
		return ""
	}
	after, mended := examine(tr.t, made), tr.found.mended(l.kind)
	verdict := "which verify calls damaged: " + after.codes()
	if !after.isDamaged() {
		verdict = "which verify calls HEALTHY"
	}
	switch {
	case l.kind == lawForced || l.kind == lawForcesRestore:
		if got.code != int(exitDamage) && (!mended || after.isDamaged()) {
			return "forced, not 3, " + verdict
		}
	case l.kind == lawSpelled:
		if !after.isDamaged() && !tr.found.only(remade) {
			return "written, " + verdict
		}
	case !mended || after.isDamaged():
		return "written, " + verdict
	}
	return ""
}

// judgeReplaced judges what became of a file that may be replaced: untouched, or mended with the old one beside it.
func (tr *trial) judgeReplaced(l lawLine, input string) string {
	old, found := sha256.Sum256(tr.s.image), tr.found
	if l.kind == lawSpelledIn {
		old, found = sha256.Sum256(fixtures.Bare(tr.s.image)), tr.foundBare
	}
	kept, same := false, false
	for _, path := range matches(tr.t, filepath.Join(filepath.Dir(input), "*")) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && sumOf(tr.t, path) == old {
			kept, same = true, same || path == input
		}
	}
	if same {
		return ""
	}
	now, err := os.ReadFile(input)
	noError(tr.t, err)
	after := examine(tr.t, write(tr.t, tr.dir, "after.db", now)) // the log of DIR is another cluster's
	verdict := "by what verify calls damaged: " + after.codes()
	if !after.isDamaged() {
		verdict = "by what verify calls HEALTHY"
	}
	switch {
	case !kept:
		return "the old file is DESTROYED, replaced " + verdict
	case !found.mended(l.kind) || after.isDamaged():
		return "replaced " + verdict
	}
	return ""
}
