package k8s

import (
	"strings"
	"testing"
)

// lastApplied is the annotation in which kubectl apply keeps the object as it
// was applied, secrets and all.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

func TestRedact(t *testing.T) {
	const b64 = "aHVudGVyMi10b3A=" // hunter2-top
	for _, tt := range []struct {
		name, value string
		count       int
		want        []string
	}{
		{name: "protobuf", value: string(read(t, "testdata/secret.pb")), count: 5, want: []string{
			`"password":"<redacted 11 bytes>"`, `"user":"<redacted 11 bytes>"`, `"empty":"<redacted 0 bytes>"`,
			`\"password\":\"<redacted 11 bytes>\"`, `\"user\":\"<redacted 11 bytes>\"`,
		}},
		{name: "JSON", value: `{"kind":"Secret","apiVersion":"v1","data":{"p":"` + b64 + `"},"stringData":{"q":"hunter2-top"},"type":"Opaque"}`, count: 2,
			want: []string{`"p":"<redacted 11 bytes>"`, `"q":"<redacted 11 bytes>"`, `"type":"Opaque"`}},
		{name: "data that is no map", value: `{"kind":"Secret","apiVersion":"v1","data":["` + b64 + `"],"stringData":"hunter2-top"}`, count: 2,
			want: []string{`"data":"<redacted 20 bytes>"`, `"stringData":"<redacted 11 bytes>"`}},
		{name: "data of odd types", value: `{"kind":"Secret","apiVersion":"v1","data":{"a":{"p":"` + b64 + `"},"b":7,"c":null}}`, count: 2,
			want: []string{`"a":"<redacted `, `"b":"<redacted 1 bytes>"`, `"c":null`}},
		{name: "not base64", value: `{"kind":"Secret","apiVersion":"v1","data":{"p":"hunter2-top"}}`, count: 1, want: []string{`"<redacted 11 bytes>"`}},
		{name: "a broken copy", value: `{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"` + lastApplied + `":"{\"data\":{\"p\":\"` + b64 + `"}}}`, count: 1,
			want: []string{lastApplied + `":"<redacted `}},
		{name: "a copy in a form of its own", value: `{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"objectset.rio.cattle.io/applied":"` + b64 + `","note":"kept"}}}`, count: 1,
			want: []string{`"note":"kept"`}},
		{name: "a copy without its kind", value: `{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"x":" {\"data\":{\"p\":\"` + b64 + `\"}}","y":"[{"}}}`, count: 2},
		{name: "a value that looks redacted", value: `{"kind":"Secret","apiVersion":"v1","data":{"p":"<redacted hunter2 bytes>"}}`, count: 1},
		{name: "within another object", value: `{"kind":"Bundle","apiVersion":"example.com/v1","spec":{"items":[{"kind":"Secret","apiVersion":"v1","data":{"p":"` + b64 + `"}}]}}`, count: 1,
			want: []string{`"p":"<redacted 11 bytes>"`}},
		{name: "applied as a list", value: `{"kind":"Bundle","apiVersion":"example.com/v1","metadata":{"annotations":{"` + lastApplied + `":"{\"items\":[{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"data\":{\"p\":\"` + b64 + `\"}}]}"}}}`, count: 1},
		{name: "items of a SecretList", value: `{"kind":"SecretList","apiVersion":"v1","items":[{"metadata":{"name":"s"},"data":{"p":"` + b64 + `"}},"hunter2-top"]}`, count: 2,
			want: []string{`"p":"<redacted 11 bytes>"`, `"name":"s"`}},
		{name: "a member that Secrets do not have", value: `{"kind":"Secret","apiVersion":"v1","dbta":{"p":"` + b64 + `"},"metadata":{"bnnotations":{"x":"{\"data\":{\"p\":\"` + b64 + `\"}}"}}}`, count: 2,
			want: []string{`"dbta":"<redacted `, `"bnnotations":"<redacted `}},
		{name: "copies in other forms", value: `{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"a":"data:\n  p: ` + b64 + `\n","openshift.io/token-secret.value":"hunter2-top",` +
			`"gz":"` + strings.Repeat(b64, 8) + `","q":"\"{data:hunter2-top}\"","note":"shown, and kept: https://example.com/a?b=c"}}}`, count: 4,
			want: []string{`"note":"shown, and kept: https://example.com/a?b=c"`}},
		{name: "a copy of what has one in an annotation of a tool", value: `{"kind":"Bundle","apiVersion":"example.com/v1","metadata":{"annotations":{"kapp.k14s.io/original":"{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"data\":{\"p\":\"` + b64 + `\"}}",` +
			`"objectset.rio.cattle.io/applied":"` + b64 + `"}}}`, count: 2},
		{name: "a text of YAML", value: `{"kind":"Bundle","apiVersion":"example.com/v1","spec":{"content":"apiVersion: v1\nkind: Secret\nstringData:\n  p: hunter2-top\n","about":"kind: Secret"}}`, count: 1,
			want: []string{`"about":"kind: Secret"`, `"content":"<redacted 57 bytes>"`}},
		{name: "JSON in JSON", value: `{"kind":"Bundle","apiVersion":"example.com/v1","l":["{\"a\":\"{\\\"kind\\\":\\\"Secret\\\",\\\"apiVersion\\\":\\\"v1\\\",\\\"data\\\":{\\\"p\\\":\\\"` + b64 + `\\\"}}\"}"]}`, count: 1,
			want: []string{`<redacted 11 bytes>`}},
		{name: "not a Secret of Kubernetes", value: `{"kind":"Secret","apiVersion":"example.com/v1","data":{"p":"public"}}`, want: []string{`"public"`}},
		{name: "a release of Helm in a ConfigMap", value: `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x.v1","labels":{"owner":"helm","status":"deployed"}},"data":{"release":"` + b64 + `"}}`, count: 1,
			want: []string{`"release":"<redacted 16 bytes>"`, `"status":"deployed"`}},
		{name: "a release of Helm 2", value: `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x.v1","labels":{"OWNER":"TILLER"}},"data":{"release":"` + b64 + `"}}`, count: 1},
		{name: "a release without its labels", value: `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"sh.helm.release.v1.x.v1"},"data":{"release":"` + b64 + `"},"binaryData":{"more":"` + b64 + `"}}`, count: 2,
			want: []string{`"more":"<redacted 11 bytes>"`}},
		{name: "releases in a list", value: `{"kind":"List","apiVersion":"v1","items":[{"kind":"ConfigMap","apiVersion":"v1","metadata":{"labels":{"owner":"helm"}},"data":{"release":"` + b64 + `"}}]}`, count: 1},
		{name: "a ConfigMap of somebody else", value: `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","labels":{"owner":"web"}},"data":{"release":"public"}}`, want: []string{`"public"`}},
		{name: "a ConfigMap", value: string(read(t, "testdata/configmap.pb")), want: []string{`"012"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Decoder
			v, err := d.Decode([]byte(tt.value))
			if err != nil || v.Object == nil {
				t.Fatal(err, v.Reason)
			}
			if n := v.Redact(nil); n != tt.count {
				t.Errorf("%d values, want %d", n, tt.count)
			}
			text := string(AppendJSON(nil, v.Object))
			for _, secret := range []string{"hunter2", b64, "root-of-all", "cm9vdC1vZi1hbGw"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is left in %s", secret, text)
				}
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in %s", want, text)
				}
			}
			if v.Redact(nil) != 0 {
				t.Error("the second time there is something left")
			}
		})
	}
}

func TestDropManagedFields(t *testing.T) {
	var d Decoder
	v, err := d.Decode(read(t, "testdata/pod.pb"))
	if err != nil {
		t.Fatal(err)
	}
	v.DropManagedFields()
	if text := string(AppendJSON(nil, v.Object)); strings.Contains(text, "managedFields") || !strings.Contains(text, `"name":"web-0"`) {
		t.Error(text)
	}
	(&Value{}).DropManagedFields()
}
