package k8s

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// lastApplied is the annotation in which kubectl apply keeps the object as it
// was applied, secrets and all.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// copiesOfObjects are annotations in which other tools keep an object, in
// forms of their own.
var copiesOfObjects = []string{
	"banzaicloud.com/last-applied", "kapp.k14s.io/original", "objectset.rio.cattle.io/applied",
}

// Redact replaces the values of every Secret in the object by a marker with
// their size, "<redacted 12 bytes>", and tells how many there were. A Secret
// is what has that kind and apiVersion v1, the object itself or one within it;
// the copies that kubectl and other tools keep of it in annotations are
// redacted too. What cannot be looked into is replaced as a whole.
func (v *Value) Redact() int {
	r := redactor{}
	if v.Kind == "Secret" && v.APIVersion == "v1" {
		r.secret(v.Object) // whatever the object says of itself
	}
	r.value(v.Object)
	return r.count
}

type redactor struct{ count int }

// value redacts in place what is in a tree.
func (r *redactor) value(v any) {
	switch v := v.(type) {
	case Object:
		if v.Text("kind") == "Secret" && v.Text("apiVersion") == "v1" {
			r.secret(v)
		}
		r.annotations(v, false)
		for _, m := range v {
			r.value(m.Value)
		}
	case List:
		for _, e := range v {
			r.value(e)
		}
	}
}

// secret redacts the data of a Secret, and what keeps a copy of it.
func (r *redactor) secret(o Object) {
	for i := range o {
		switch o[i].Name {
		case "data":
			r.data(&o[i].Value, decodedLen)
		case "stringData":
			r.data(&o[i].Value, func(s string) int { return len(s) })
		}
	}
	r.annotations(o, true)
}

// data redacts the values of a map.
func (r *redactor) data(v *any, size func(string) int) {
	all, isObject := (*v).(Object)
	if !isObject {
		r.whole(v)
		return
	}
	for i := range all {
		if s, ok := all[i].Value.(string); ok && !isMarker(s) {
			all[i].Value = marker(size(s))
			r.count++
		} else if !ok {
			r.whole(&all[i].Value)
		}
	}
}

// whole redacts what should be text and is not.
func (r *redactor) whole(v *any) {
	if s, ok := (*v).(string); *v != nil && !(ok && isMarker(s)) {
		*v = marker(len(AppendJSON(nil, *v)))
		r.count++
	}
}

// annotations redacts the copies of objects in the annotations of o: in any
// object the Secrets in what kubectl has applied, in a Secret every copy.
func (r *redactor) annotations(o Object, ofSecret bool) {
	meta, _ := o.Get("metadata").(Object)
	all, _ := meta.Get("annotations").(Object)
	for i := range all {
		text, ok := all[i].Value.(string)
		if !ok || isMarker(text) {
			continue
		}
		switch {
		case slices.Contains(copiesOfObjects, all[i].Name):
			if ofSecret {
				r.whole(&all[i].Value)
			}
		case ofSecret || all[i].Name == lastApplied:
			all[i].Value = r.copied(text, ofSecret)
		}
	}
}

// copied redacts the object that an annotation holds, if it holds one. In a
// Secret it is taken for a copy of that, whatever it says of itself; and what
// only begins like an object is replaced where it may be of a Secret.
func (r *redactor) copied(text string, ofSecret bool) string {
	begin := strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(begin, "{") && !strings.HasPrefix(begin, "[") {
		return text
	}
	v, err := parseJSON([]byte(text))
	if err != nil {
		if !ofSecret && !strings.Contains(text, "Secret") {
			return text
		}
		r.count++
		return marker(len(text))
	}
	inner := redactor{}
	if o, ok := v.(Object); ok && ofSecret {
		inner.secret(o)
	}
	inner.value(v)
	if inner.count == 0 {
		return text
	}
	r.count += inner.count
	return string(AppendJSON(nil, v))
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
