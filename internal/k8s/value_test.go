package k8s

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The golden files are what Kubernetes writes, see README.md there; those in removed
// are of types that its newest release does not have any more.
func TestDecodeGolden(t *testing.T) {
	var d Decoder
	for _, dir := range []string{"testdata", "testdata/removed"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.pb"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", dir, err, len(files))
		}
		for _, name := range files {
			v, err := d.Decode(read(t, name))
			if err != nil || v.Object == nil || len(v.Notes) > 0 || v.disordered {
				t.Errorf("%s: %v, reason %q, notes %q, disordered %t", name, err, v.Reason, v.Notes, v.disordered)
				continue
			}
			want := untyped(t, read(t, strings.TrimSuffix(name, ".pb")+".json"))
			got := untyped(t, AppendJSON(nil, v.Object))
			if dir == "testdata/removed" {
				dropNullTimes(want)
				dropNullTimes(got)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s is\n%v, want\n%v", name, got, want)
			}
			if v.Form != FormProtobuf || v.APIVersion != v.Object.Text("apiVersion") || v.Kind != v.Object.Text("kind") {
				t.Errorf("%s: %s %q %q", name, v.Form, v.APIVersion, v.Kind)
			}
		}
	}
}

// The result outlives the mapped file.
func TestDecodeSharesNothing(t *testing.T) {
	var d Decoder
	for _, value := range [][]byte{
		read(t, "testdata/pod.pb"), read(t, "testdata/configmap.pb"), []byte(`{"apiVersion":"v1","kind":"X","a":["b"]}`),
		[]byte("\xd9\xd9\xf7\xa3\x4aapiVersion\x42v1\x44kind\x41X\x41a\x61b"),
	} {
		v, err := d.Decode(value)
		if err != nil || v.Object == nil {
			t.Fatal(err, v.Reason)
		}
		before := string(AppendJSON(nil, v.Object)) + v.APIVersion + v.Kind
		clear(value)
		if after := string(AppendJSON(nil, v.Object)) + v.APIVersion + v.Kind; after != before {
			t.Errorf("%s became %s", before, after)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	var d Decoder
	pod := read(b, "testdata/pod.pb")
	b.SetBytes(int64(len(pod)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode(pod); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadSchema(b *testing.B) {
	for b.Loop() {
		if _, err := readSchema(packedDescriptors); err != nil {
			b.Fatal(err)
		}
	}
}

// dropNullTimes drops what Kubernetes printed before 1.34 and prints no more.
func dropNullTimes(v any) {
	switch v := v.(type) {
	case map[string]any:
		if t, ok := v["creationTimestamp"]; ok && t == nil {
			delete(v, "creationTimestamp")
		}
		for _, e := range v {
			dropNullTimes(e)
		}
	case []any:
		for _, e := range v {
			dropNullTimes(e)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func untyped(t *testing.T, text []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// envelope is a value in protobuf of the given type.
func envelope(apiVersion, kind string, raw []byte) []byte {
	str := func(b []byte, n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
	}
	b := str([]byte("k8s\x00"), envelopeType, string(str(str(nil, typeAPIVersion, apiVersion), typeKind, kind)))
	return str(b, envelopeRaw, string(raw))
}

func TestDecodeForms(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		form        Form
		kind        string
		json        string // "": not decoded
		reason      string
	}{
		{name: "a custom resource", value: `{"kind":"Widget","apiVersion":"example.com/v1","spec":{"n":12345678901234567890,"f":1.50,"s":"<&>"}}` + "\n",
			form: FormJSON, kind: "Widget", json: `{"apiVersion":"example.com/v1","kind":"Widget","spec":{"f":1.50,"n":12345678901234567890,"s":"<&>"}}`},
		{name: "JSON of something else", value: `{"a":1}`, form: FormOther, reason: "it has no apiVersion and kind"},
		{name: "CBOR", value: "\xd9\xd9\xf7\xa3\x4aapiVersion\x4eexample.com/v1\x44kind\x46Widget\x44data\x86\x01\x20\xf6\xf5\xf9\x3e\x00\xd6\x42\x00\xff",
			form: FormCBOR, kind: "Widget", json: `{"apiVersion":"example.com/v1","data":[1,-1,null,true,1.5,"AP8="],"kind":"Widget"}`},
		{name: "encrypted", value: "k8s:enc:aescbc:v1:key1:\x00\xff", form: FormEncrypted, reason: "it is encrypted (aescbc v1, key key1)"},
		{name: "encrypted by kms", value: "k8s:enc:kms:v2:vault:\x0a\x01", form: FormEncrypted, reason: "it is encrypted (kms v2, key vault)"},
		{name: "encrypted, no key", value: "k8s:enc:kms:v2:", form: FormEncrypted, reason: "it is encrypted (kms v2)"},
		{name: "encrypted, hostile", value: "k8s:enc:\x1b[31m:v1:k:", form: FormEncrypted, reason: "it is encrypted (by an unknown provider)"},
		{name: "a plain value", value: "hello", form: FormOther, reason: "it is not a Kubernetes object"},
		{name: "empty", value: "", form: FormOther, reason: "it is not a Kubernetes object"},
		{name: "unknown type", value: string(envelope("example.com/v1", "Pod", nil)), form: FormProtobuf, kind: "Pod",
			reason: `its type, "Pod" of "example.com/v1", is in no release of Kubernetes that is known here`},
		{name: "empty namespace", value: string(envelope("v1", "Namespace", nil)), form: FormProtobuf, kind: "Namespace",
			json: `{"apiVersion":"v1","kind":"Namespace","metadata":{},"spec":{},"status":{}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Decoder
			v, err := d.Decode([]byte(tt.value))
			if err != nil {
				t.Fatal(err)
			}
			if v.Form != tt.form || v.Kind != tt.kind || v.Reason != tt.reason {
				t.Errorf("form %s, kind %q, reason %q", v.Form, v.Kind, v.Reason)
			}
			if v.Object == nil {
				if tt.json != "" {
					t.Error("not decoded")
				}
				return
			}
			if got := string(AppendJSON(nil, v.Object)); got != tt.json {
				t.Errorf("got  %s\nwant %s", got, tt.json)
			}
		})
	}
}

// Damage is an error that says where, and never a panic; no cut and no flipped
// byte of a Secret makes it quote the value.
func TestDecodeDamaged(t *testing.T) {
	var d Decoder
	secret := read(t, "testdata/secret.pb")
	errs := 0
	check := func(value []byte) {
		_, err := d.Decode(value)
		var damage *DamageError
		if err == nil {
			return
		}
		errs++
		if !errors.As(err, &damage) || damage.Off < 0 || damage.Off > len(value) {
			t.Fatalf("%v: no damage with a place in %d bytes", err, len(value))
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "aHVud") {
			t.Fatalf("%v quotes the secret", err)
		}
	}
	for i := range secret {
		check(secret[:i])
		for _, x := range []byte{0x01, 0x80, 0xff} {
			flipped := bytes.Clone(secret)
			flipped[i] ^= x
			check(flipped)
		}
	}
	if errs < len(secret) {
		t.Errorf("%d of %d damages are seen", errs, 4*len(secret))
	}
	for _, text := range []string{`{`, `{"kind":"Secret","data":{"p":"hunter2`, "\xd9\xd9\xf7\xa1", "\xd9\xd9\xf7\x5b\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if _, err := d.Decode([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
		check([]byte(text))
	}
}

// A field of a release to come is said, not dropped in silence.
func TestDecodeSaysUnknownFields(t *testing.T) {
	var d Decoder
	raw := protowire.AppendString(protowire.AppendTag(nil, 4711, protowire.BytesType), "new")
	v, err := d.Decode(envelope("v1", "Namespace", raw))
	if err != nil || len(v.Notes) != 1 || !strings.Contains(v.Notes[0], "field 4711") {
		t.Errorf("%v, notes %q", err, v.Notes)
	}
}

// Nesting ends with an error, before the stack does.
func TestDecodeDeep(t *testing.T) {
	var d Decoder
	schema := []byte{}
	for range 2000 { // JSONSchemaProps.not
		schema = protowire.AppendBytes(protowire.AppendTag(nil, 21, protowire.BytesType), schema)
	}
	var damage *DamageError
	_, err := d.Decode(envelope("apiextensions.k8s.io/v1", "JSONSchemaProps", schema))
	if !errors.As(err, &damage) {
		t.Errorf("error %v", err)
	}
	cbor := append([]byte("\xd9\xd9\xf7"), bytes.Repeat([]byte{0x81}, 5000)...)
	if _, err := d.Decode(cbor); !errors.As(err, &damage) {
		t.Errorf("error %v", err)
	}
	for _, depth := range []int{300, 20000} {
		lists := `{"apiVersion":"v1","kind":"X","a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
		if _, err := d.Decode([]byte(lists)); !errors.As(err, &damage) {
			t.Errorf("error %v", err)
		}
	}
}

// A value is not shown if its lines would begin with more blanks than is bearable.
func TestDecodeDeepAndWide(t *testing.T) {
	var d Decoder
	for _, tt := range []struct {
		depth, width int
		shown        bool
	}{{5, 500_000, true}, {190, 50_000, true}, {190, 500_000, false}} {
		value := `{"apiVersion":"v1","kind":"X","a":` + strings.Repeat("[", tt.depth) + strings.Repeat("0,", tt.width) + "0" + strings.Repeat("]", tt.depth) + "}"
		v, err := d.Decode([]byte(value))
		if err != nil || (v.Object != nil) != tt.shown || (v.Reason == "") != tt.shown {
			t.Errorf("%d parts %d deep: %v, reason %q", tt.width, tt.depth, err, v.Reason)
		}
	}
}

// What two bytes stand for is bounded, however much is printed of it.
func TestDecodeManyEmptyMessages(t *testing.T) {
	var d Decoder
	var damage *DamageError
	items := bytes.Repeat([]byte{2<<3 | 2, 0}, maxParts-10) // PodList.items
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := d.Decode(envelope("v1", "PodList", items))
	runtime.ReadMemStats(&after)
	if !errors.As(err, &damage) {
		t.Errorf("error %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 400<<20 {
		t.Errorf("%d MiB are allocated for %d", took>>20, len(items)>>20)
	}
}

// Every message of the descriptors is whole: each field that should have a
// message has one, and no two fields have one number.
func TestSchema(t *testing.T) {
	s, err := readSchema(packedDescriptors)
	if err != nil {
		t.Fatal(err)
	}
	if len(s) < 1500 || s.find("apps/v1", "Deployment") == nil || s.find("internal.apiserver.k8s.io/v1alpha1", "StorageVersion") == nil {
		t.Fatalf("%d messages", len(s))
	}
	special := map[specialForm]bool{}
	for name, m := range s {
		special[m.special] = true
		seen := map[protowire.Number]bool{}
		for i := range m.fields {
			f := &m.fields[i]
			if seen[f.number] || f.kind == 11 && f.msg == nil || f.name == "" && !f.has(flagInline) {
				t.Errorf("%s: field %d %q", name, f.number, f.name)
			}
			seen[f.number] = true
		}
	}
	if len(special) != int(propsOrStrings)+1 {
		t.Errorf("only the forms %v occur", special)
	}
	if len(packedDescriptors) > 64<<10 {
		t.Errorf("%d bytes are embedded", len(packedDescriptors))
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.pb")
	for _, name := range files {
		f.Add(read(f, name))
	}
	f.Add([]byte(`{"apiVersion":"v1","kind":"Secret","data":{"a":"aaaa"}}`))
	f.Add([]byte("k8s:enc:kms:v2:x:"))
	f.Add(append([]byte("\xd9\xd9\xf7\xa1\x41a"), binary.BigEndian.AppendUint32([]byte{0x9a}, 1<<31)...))
	var d Decoder
	f.Fuzz(func(t *testing.T, value []byte) {
		before := bytes.Clone(value)
		v, err := d.Decode(value)
		if !bytes.Equal(before, value) {
			t.Fatal("the value was changed")
		}
		var damage *DamageError
		if err != nil && (!errors.As(err, &damage) || damage.Off < 0 || damage.Off > len(value)) {
			t.Fatalf("%v", err)
		}
		if err == nil && v.Object == nil && v.Reason == "" {
			t.Fatal("neither an object nor a reason")
		}
		if v.Object != nil && !json.Valid(AppendJSON(nil, v.Object)) {
			t.Fatalf("no JSON: %s", AppendJSON(nil, v.Object))
		}
	})
}
