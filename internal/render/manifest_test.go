package render

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"boltvet/internal/k8s"
)

// Whatever a manifest holds, YAML and JSON parse back to it.
func TestManifestsParseBack(t *testing.T) {
	objects := []k8s.Object{{}, {
		{Name: "a", Value: k8s.List{}}, {Name: "b", Value: k8s.Object{}}, {Name: "c", Value: nil}, {Name: "d", Value: true},
		{Name: "e", Value: k8s.List{k8s.List{json.Number("1"), k8s.List{}}, k8s.Object{{Name: "x", Value: "y\nz"}}, "l\nm\n"}},
	}}
	texts := k8s.Object{}
	for i, s := range []string{
		"", " ", "\n", "a\n", "a\nb", "a\nb\n\n", "\na", " a\nb", "\ta\nb", "a\n  b\n\tc \n", "a\r\nb", "a\n---\nb\n", "a: b\n# c\n", "\x1b[31m\n", "\u202ea\nb",
		"yes", "012", "1e3", "null", "~", "- a", "{a}", "#", "a #b", "|", "\u0085\n", "日本\n🙂", "\ufeffa\nb", "a\n\ufffd", "2026-01-01", "0x1", ".inf", "=",
	} {
		texts = append(texts, k8s.Member{Name: s + strings.Repeat("k", i+1), Value: s})
	}
	objects = append(objects, texts)
	for _, name := range []string{strings.Repeat("k", 128), strings.Repeat("k", 129), strings.Repeat("\x01", 128), strings.Repeat("\x01", 2000), strings.Repeat("k: ", 5000)} {
		for _, v := range []any{"v", "a\nb", "", json.Number("1"), k8s.List{}, k8s.List{"x", k8s.Object{{Name: name, Value: "x\ny\n"}}}, k8s.Object{{Name: name, Value: k8s.List{"x"}}, {Name: "z", Value: nil}}} {
			objects = append(objects, k8s.Object{{Name: "a", Value: "b"}, {Name: name, Value: v}, {Name: "z", Value: "y"}})
		}
	}
	files, _ := filepath.Glob("../k8s/testdata/*.pb")
	var d k8s.Decoder
	for _, name := range files {
		value, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Decode(value)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, v.Object)
	}
	if len(objects) < 10 {
		t.Fatalf("%d objects", len(objects))
	}
	for _, o := range objects {
		var want, got any
		if err := json.Unmarshal(k8s.AppendJSON(nil, o), &want); err != nil {
			t.Fatal(err)
		}
		text := ManifestYAML(o)
		if err := yaml.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %.2000v, want %.2000v, in\n%.2000s", err, got, want, text)
		}
		for _, depth := range []int{-1, 0, 2} {
			got = nil
			text := ManifestJSON(o, depth)
			if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v: %#v, want %#v, in\n%s", err, got, want, text)
			}
			if depth < 0 && strings.Contains(string(text), "\n") {
				t.Errorf("%q is not one line", text)
			}
		}
		if i := strings.IndexFunc(string(text), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == '\u202e' || r == '\u0085' }); i >= 0 {
			t.Errorf("byte %d of %q acts on a terminal", i, text)
		}
	}
}

func TestManifestLooksLikeKubectl(t *testing.T) {
	o := k8s.Object{
		{Name: "data", Value: k8s.Object{{Name: "a.conf", Value: "x = 1\ny = 2\n"}, {Name: "num", Value: "012"}}},
		{Name: "list", Value: k8s.List{k8s.Object{{Name: "name", Value: "web"}, {Name: "ports", Value: k8s.List{json.Number("80")}}}, "a\nb"}},
		{Name: "status", Value: k8s.Object{}},
	}
	const want = `data:
  a.conf: |
    x = 1
    y = 2
  num: "012"
list:
- name: web
  ports:
  - 80
- |-
  a
  b
status: {}
`
	if got := string(ManifestYAML(o)); got != want {
		t.Errorf("got\n%s", got)
	}
}
