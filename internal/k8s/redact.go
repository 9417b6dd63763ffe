package k8s

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// copiesOfObjects are annotations in which tools keep an object in forms of
// their own: compressed, in base64.
var copiesOfObjects = []string{"banzaicloud.com/last-applied", "objectset.rio.cattle.io/applied"}

// Redact replaces the values of every Secret in the object by a marker with
// their size, "<redacted 12 bytes>", and tells how many there were. A Secret
// is what has that kind and apiVersion v1, the object itself or one within it,
// an item of a SecretList, and whatever is kept under a key of secrets; key may
// be nil if it is not known. Texts that hold a Secret, as the annotations in
// which kubectl and other tools keep a copy of the object, are redacted too.
// What cannot be looked into is replaced as a whole. A release that Helm keeps in a
// ConfigMap has the values of its chart in it, passwords too, and counts as a Secret.
func (v *Value) Redact(key []byte) int {
	r := redactor{}
	if k, ok := ParseKey(key); isSecret(v.APIVersion, v.Kind) || ok && k.Group == nil && string(k.Resource) == "secrets" {
		r.secret(v.Object, v.disordered)
	}
	r.value(v.Object)
	if r.count > 0 {
		r.opaqueCopies(v.Object)
	}
	return r.count
}

func isSecret(apiVersion, kind string) bool { return kind == "Secret" && apiVersion == "v1" }

type redactor struct{ count int }

// value redacts in place what is in a tree.
func (r *redactor) value(v any) {
	switch v := v.(type) {
	case Object:
		if isSecret(v.Text("apiVersion"), v.Text("kind")) {
			r.secret(v, false)
		}
		if v.Text("kind") == "SecretList" {
			r.secrets(v.Get("items"))
		}
		if isHelmRelease(v) {
			r.release(v)
		}
		for i := range v {
			r.part(&v[i].Value)
		}
	case List:
		for i := range v {
			r.part(&v[i])
		}
	}
}

// part redacts a member or an element.
func (r *redactor) part(v *any) {
	if text, ok := (*v).(string); ok {
		*v = r.text(text)
		return
	}
	r.value(*v)
}

// How a Secret looks like in a text, YAML or JSON, that in turn may be quoted
// in another one: it has both. They are compiled when first asked for: most runs
// show no Secret.
var (
	kindInText = pattern(`(^|[^\w])kind\\*["']?\s*:\s*\\*["']?Secret(List)?\b`)
	dataInText = pattern(`(^|[^\w])(data|stringData)\\*["']?\s*:`)
)

func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// text redacts the Secrets in a text that is JSON; one that is not is replaced
// if it looks as if it had some.
func (r *redactor) text(text string) string {
	if !strings.Contains(text, "Secret") || !kindInText().MatchString(text) || !dataInText().MatchString(text) {
		return text
	}
	if v, err := parseJSON([]byte(text)); err == nil {
		inner := redactor{}
		inner.value(v)
		return r.replaced(text, v, inner.count)
	}
	r.count++
	return marker(len(text))
}

// replaced is a text that holds v, of which n values are now redacted.
func (r *redactor) replaced(text string, v any, n int) string {
	if n == 0 {
		return text
	}
	r.count += n
	return string(AppendJSON(nil, v))
}

// opaqueCopies redacts the copies of an object that cannot be looked into.
func (r *redactor) opaqueCopies(o Object) {
	meta, _ := o.Get("metadata").(Object)
	all, _ := meta.Get("annotations").(Object)
	for i := range all {
		if slices.Contains(copiesOfObjects, all[i].Name) {
			r.whole(&all[i].Value)
		}
	}
}

// whole redacts what has no parts that may be shown.
func (r *redactor) whole(v *any) {
	if s, ok := (*v).(string); *v != nil && !(ok && isMarker(s)) {
		size := len(s)
		if !ok {
			size = len(AppendJSON(nil, *v))
		}
		*v = marker(size)
		r.count++
	}
}

const markerStart, markerEnd = "<redacted ", " bytes>"

func marker(size int) string { return fmt.Sprint(markerStart, size, markerEnd) }

func isMarker(s string) bool {
	size, ok := strings.CutPrefix(s, markerStart)
	size, end := strings.CutSuffix(size, markerEnd)
	return ok && end && size != "" && len(size) < 20 && strings.Trim(size, "0123456789") == ""
}

// decodedLen is the size of what a text in base64 stands for, or of the text
// if it is not base64.
func decodedLen(s string) int {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return len(s)
	}
	return len(raw)
}

// DropManagedFields takes metadata.managedFields out of the object, which
// kubectl does not show unless told to and does not let one apply.
func (v *Value) DropManagedFields() {
	i := v.Object.index("metadata")
	if i < 0 {
		return
	}
	if meta, ok := v.Object[i].Value.(Object); ok {
		v.Object[i].Value = slices.DeleteFunc(meta, func(m Member) bool { return m.Name == "managedFields" })
	}
}
