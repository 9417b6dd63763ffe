package k8s

import (
	"strings"
	"testing"
)

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
			want: []string{`"data":"<redacted 20 bytes>"`, `"stringData":"<redacted 13 bytes>"`}},
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
		{name: "not a Secret of Kubernetes", value: `{"kind":"Secret","apiVersion":"example.com/v1","data":{"p":"public"}}`, want: []string{`"public"`}},
		{name: "a ConfigMap", value: string(read(t, "testdata/configmap.pb")), want: []string{`"012"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Decoder
			v, err := d.Decode([]byte(tt.value))
			if err != nil || v.Object == nil {
				t.Fatal(err, v.Reason)
			}
			if n := v.Redact(); n != tt.count {
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
			if v.Redact() != 0 {
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
