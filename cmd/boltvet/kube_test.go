package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"sigs.k8s.io/yaml"

	"boltvet/fixtures"
)

// kubeGolden is where the golden objects of package k8s are.
const kubeGolden = "../../internal/k8s/testdata"

// kubeStore makes a snapshot of what a cluster of Kubernetes keeps: built-in types, a
// custom resource, Secrets in both forms; and what cannot be decoded, each for another
// reason, under keys of configmaps, unless sound.
func kubeStore(dir, path string, sound bool) error {
	var b strings.Builder
	b.WriteString("output snapshot\nclusterversion 3.7.0\nstorageversion 3.7.0\nconfstate 3c2bdafe2850b2c0\nmember 3c2bdafe2850b2c0 m1 http://127.0.0.1:2380\n")
	put := func(key, value string) { fmt.Fprintf(&b, "put %q %q\n", "/registry/"+key, value) }
	values := map[string]string{}
	for _, kind := range []string{"pod", "deployment", "secret", "configmap", "service", "node", "customresourcedefinition", "lease"} {
		value, err := os.ReadFile(filepath.Join(dir, kind+".pb"))
		if err != nil {
			return err
		}
		values[kind] = string(value)
	}
	put("pods/shop/web-0", strings.Replace(values["pod"], "web:1.2", "web:1.1", 1))
	put("pods/shop/web-0", values["pod"])
	put("deployments/shop/front", values["deployment"])
	put("secrets/shop/db", strings.Replace(values["secret"], "hunter2-top", "hunter3-top", 1))
	put("secrets/shop/db", values["secret"])
	put("secrets/shop/old", `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"old","namespace":"shop"},"data":{"password":"aHVudGVyMi10b3A="},"type":"Opaque"}`+"\n")
	put("configmaps/shop/web", values["configmap"])
	put("services/specs/shop/web", values["service"])
	put("minions/worker-1", values["node"])
	put("leases/kube-node-lease/worker-1", values["lease"])
	put("apiextensions.k8s.io/customresourcedefinitions/widgets.example.com", values["customresourcedefinition"])
	put("example.com/widgets/shop/w1", `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w1","namespace":"shop"},"spec":{"size":9007199254740993,"text":"`+"\u202e"+`\u001b[31m"}}`+"\n")
	if !sound {
		put("configmaps/broken/encrypted", "k8s:enc:kms:v2:vault:\x0a\x10\x00\xfe")
		put("configmaps/broken/encrypted", "k8s:enc:kms:v2:vault:\x0a\x10\x00\xff")
		put("configmaps/broken/cut", values["secret"][:len(values["secret"])-20])
		put("configmaps/broken/later", strings.Replace(values["configmap"], "ConfigMap", "ConfigMup", 1))
		put("configmaps/broken/plain", "no object at all")
		for _, password := range []string{"aHVudGVyMy10b3A=", "aHVudGVyMi10b3A="} { // a Secret by its key only
			put("secrets/broken/kind", `{"kind":"Sebret","apiVersion":"v1","metadata":{"name":"kind","namespace":"broken"},"data":{"password":"`+password+`"}}`+"\n")
		}
		// The object is where the encoding should be: one bit is another.
		put("secrets/broken/bit", strings.Replace(values["secret"], "Secret\x12", "Secret\x1a", 1))
	}
	b.WriteString("cindex 60 term 2\n")
	return fixtures.Base{Name: "kube", Script: b.String()}.Build(path)
}

// cmdKube is the script command: kube FILE [sound].
func cmdKube(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: kube FILE [sound]")
	}
	ts.Check(kubeStore(kubeGolden, ts.MkAbs(args[0]), len(args) > 1))
}

// TestManifestsAreTheObjects: what yaml prints is, for the library that kubectl reads it
// with, what client-go made of the same values.
func TestManifestsAreTheObjects(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kube.db")
	if err := kubeStore(kubeGolden, path, true); err != nil {
		t.Fatal(err)
	}
	got := runLine(t.Context(), nil, "get", path, "", "--prefix", "--decode", "--show-secrets", "--show-managed-fields", "-w", "yaml")
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit code %d, %s", got.code, got.stderr)
	}
	shown := map[string]any{}
	for _, doc := range strings.Split(got.out, "\n---\n") {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		kind, _ := o["kind"].(string)
		name, _ := o["metadata"].(map[string]any)["name"].(string)
		shown[strings.ToLower(kind)+"/"+name] = o
	}
	for id, file := range map[string]string{
		"pod/web-0": "pod", "deployment/front": "deployment", "secret/db": "secret", "configmap/web": "configmap", "service/web": "service",
		"node/worker-1": "node", "lease/worker-1": "lease", "customresourcedefinition/widgets.example.com": "customresourcedefinition",
	} {
		text, err := os.ReadFile(filepath.Join(kubeGolden, file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want any
		if err := yaml.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(shown[id], want) {
			t.Errorf("%s is %v, want %v", id, shown[id], want)
		}
	}
	if len(shown) != 10 {
		t.Errorf("%d documents", len(shown))
	}
}

// TestSecretsStaySecret: without --show-secrets no format and no stream has a byte of a
// Secret.
func TestSecretsStaySecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kube.db")
	if err := kubeStore(kubeGolden, path, false); err != nil {
		t.Fatal(err)
	}
	secrets := []string{"hunter", "aHVudGVy", "root-of-all", "cm9vdC1vZi1hbGw"}
	for _, format := range []string{"simple", "table", "json", "ndjson", "yaml", "csv", "markdown", "fields"} {
		got := runLine(t.Context(), nil, "get", path, "", "--prefix", "--decode", "-w", format)
		if got.code != int(exitUnknown) && got.code != int(exitDamage) || !strings.Contains(got.out, "redacted 11 bytes") {
			t.Errorf("-w %s: exit code %d, %.300s", format, got.code, got.stderr)
		}
		history := runLine(t.Context(), nil, "history", path, "", "--prefix", "--decode", "--diff", "--values", "-w", format)
		if !strings.Contains(history.out, "redacted 11 bytes") || !strings.Contains(history.out, "(changed)") {
			t.Errorf("history -w %s: exit code %d, %.300s", format, history.code, history.stderr)
		}
		for _, s := range secrets {
			if strings.Contains(got.out+got.stderr+history.out+history.stderr, s) {
				t.Errorf("-w %s shows %q", format, s)
			}
		}
		for _, text := range []string{got.out, got.stderr} {
			if i := obeyed(text); i >= 0 {
				t.Errorf("-w %s: %.60q", format, text[i:])
			}
		}
		shown := runLine(t.Context(), nil, "get", path, "--resource", "secrets", "--decode", "--show-secrets", "-w", format)
		if shown.code != 0 || !strings.Contains(shown.out, "aHVudGVyMi10b3A=") || strings.Contains(shown.out, "redacted") {
			t.Errorf("--show-secrets -w %s: exit code %d, %.300s", format, shown.code, shown.out)
		}
	}
}
