package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/render"
)

// Secrets of the files of TestValuesDoNotLeak: secret is in every value of a user and in no
// key, and secretPassword in the hash that fixtures give to every user of auth.
const (
	secret         = "S3cr3t!"
	secretPassword = "$2a$04$Bo1tvetF1x"
)

// secretForms are the ways in which an output may show a secret: plain, in hex, in base64.
func secretForms() (forms []string) {
	for _, s := range []string{secret, secretPassword} {
		forms = append(forms, s, hex.EncodeToString([]byte(s)))
		for shift := range 3 { // base64 of the secret with other bytes around it
			whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + s + "xxx"))
			forms = append(forms, whole[2*shift:8*(shift+len(s))/6])
		}
	}
	return forms
}

// lengthDamages change the lengths, positions and counts of elements so that bytes of a
// value become part of what is read as a key.
func lengthDamages() (list []string) {
	for _, place := range []string{"page key.leaf[0]", "page key.leaf[4]", "page key.leaf[-1]", "page key.branch[0]", "inline authUsers"} {
		changes := []string{"ksize +1", "ksize +30", "ksize +90", "ksize +300", "ksize 40", "pos +17", "pos +40", "pos +80", "pos -40", "ksize 8", "ksize 17"}
		if !strings.Contains(place, "branch") {
			changes = append(changes, "vsize +40", "vsize -40", "vsize 0")
		}
		for _, change := range changes {
			for elem := range 2 {
				list = append(list, fmt.Sprintf("set %s elem %d.%s", place, elem, change))
			}
		}
		list = append(list, "set "+place+".count -1", "set "+place+".count +1")
	}
	return list
}

// quietLines are the command lines that read and are not made to show values.
func quietLines() []string {
	return []string{
		"status --verbose PATH", "verify --verbose PATH", "space --by prefix PATH", "diff PATH OTHER", "history --prefix PATH /k",
		"status PATH", "hash PATH", "hashkv PATH", "buckets PATH", "pages PATH", "space --by key PATH", "diff --verbose PATH OTHER",
		"get --prefix --keys-only PATH /k", "restore --dry-run --disable-auth PATH --data-dir DST", "compact --dry-run --revision latest PATH DST",
	}
}

// TestValuesDoNotLeak runs the commands that are not made to show values, in every format,
// over files whose damage makes keys out of values: no output has a secret. Some of it runs
// always, all of it with BOLTVET_FULL=1. The names in diff are keys of elements, not findings.
func TestValuesDoNotLeak(t *testing.T) {
	full := os.Getenv("BOLTVET_FULL") == "1"
	script := "output snapshot\npagesize 1024\nauth role root\nauth user root root\nauth user user root\nauth enable\nrepeat 60 as i\nput /k/${i} " + strings.Repeat(secret, 12) + "\nend\n"
	whole := filepath.Join(t.TempDir(), "whole.db")
	noError(t, fixtures.Base{Name: "secret", Script: script}.Build(whole))
	image, err := os.ReadFile(whole)
	noError(t, err)
	lines, forms, runs := quietLines(), secretForms(), 0
	if !full {
		lines = lines[:5]
	}
	for n, d := range lengthDamages() {
		if n%7 != 0 && !full {
			continue
		}
		path := write(t, t.TempDir(), "damaged.db", image)
		noError(t, fixtures.Damage(path, d+"\nreseal"))
		for _, line := range lines {
			for _, format := range render.Formats() {
				words := append(hostileWords(line, path, whole, filepath.Join(t.TempDir(), "new")), "-w", format)
				got := runLine(context.Background(), nil, words...)
				runs++
				if shown := leaked(got.out+got.stderr, forms); shown != "" {
					t.Errorf("%s: %s -w %s: %q", d, line, format, shown)
				}
			}
		}
	}
	t.Log(runs, "runs")
}

// leaked is the first secret of an output with what is around it, "" if there is none.
func leaked(out string, forms []string) string {
	for _, form := range forms {
		if at := strings.Index(out, form); at >= 0 {
			return out[max(0, at-80):min(len(out), at+40)]
		}
	}
	return ""
}
