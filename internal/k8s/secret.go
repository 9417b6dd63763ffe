package k8s

import (
	"slices"
	"strings"
)

// Of a Secret only that is shown which is known to be no secret. A damaged one
// may have its data under another name, or in the middle of its metadata.

// secret redacts a Secret; all of it but its type if its parts are not where
// an API server writes them.
func (r *redactor) secret(o Object, disordered bool) {
	for i := range o {
		v := &o[i].Value
		switch name := o[i].Name; {
		case name == "apiVersion" || name == "kind":
			r.words(v)
		case name == "data" && !disordered:
			r.data(v, decodedLen)
		case name == "stringData" && !disordered:
			r.data(v, func(s string) int { return len(s) })
		case name == "metadata" && !disordered:
			r.metadata(v)
		case name == "type" && !disordered, name == "immutable" && !disordered:
			r.words(v)
		default:
			r.whole(v)
		}
	}
}

// secrets redacts a list of Secrets.
func (r *redactor) secrets(v any) {
	all, _ := v.(List)
	for i := range all {
		if o, ok := all[i].(Object); ok {
			r.secret(o, false)
		} else {
			r.whole(&all[i])
		}
	}
}

// data redacts the values of a map; all of it if a name in it is none.
func (r *redactor) data(v *any, size func(string) int) {
	all, isObject := (*v).(Object)
	if !isObject || slices.ContainsFunc(all, func(m Member) bool { return !isDataName(m.Name) }) {
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

// isDataName tells whether an API server takes a name in the data of a Secret.
// Source: k8s.io/apimachinery 0.37 pkg/util/validation (IsConfigMapKey).
func isDataName(s string) bool { return len(s) <= maxWords && (s == "" || plainWord([]byte(s))) }

// metadata redacts what no API server would let into the metadata of an object.
func (r *redactor) metadata(v *any) {
	meta, isObject := (*v).(Object)
	if !isObject {
		r.whole(v)
		return
	}
	for i := range meta {
		v := &meta[i].Value
		switch meta[i].Name {
		case "annotations":
			r.annotations(v)
		case "generateName":
			if start, ok := (*v).(string); !ok || !strings.HasPrefix(meta.Text("name"), start) {
				r.whole(v)
			}
		case "name", "namespace", "uid", "resourceVersion", "generation", "selfLink", "clusterName", "creationTimestamp", "deletionTimestamp",
			"deletionGracePeriodSeconds", "labels", "ownerReferences", "finalizers", "managedFields":
			r.words(v)
		default:
			r.whole(v)
		}
	}
}

// words redacts in a tree the texts that are no words.
func (r *redactor) words(v *any) {
	switch part := (*v).(type) {
	case string:
		if !isWords(part, maxWords) {
			r.whole(v)
		}
	case Object:
		for i := range part {
			r.words(&part[i].Value)
		}
	case List:
		for i := range part {
			r.words(&part[i])
		}
	}
}

// Limits of texts in a Secret that are shown, in bytes: names have up to 253,
// and a copy of the smallest Secret, compressed and in base64, more than 100.
const (
	maxWords      = 253
	maxAnnotation = 100
)

// isWords tells a text of one line that is no object.
func isWords(s string, limit int) bool {
	return len(s) <= limit && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '{' || r == '"' || r == '\\' }) < 0
}

// opaqueSecrets are annotations that are never shown: copies, and where
// OpenShift keeps the token of a pull secret.
var opaqueSecrets = append([]string{"openshift.io/token-secret.value"}, copiesOfObjects...)

// annotations redacts the copies of a Secret in its annotations, in whatever
// form they are. An annotation that is JSON is taken for a copy, whatever it
// says of itself; a short one in words is shown.
func (r *redactor) annotations(v *any) {
	all, isObject := (*v).(Object)
	if !isObject {
		r.whole(v)
		return
	}
	for i := range all {
		text, isText := all[i].Value.(string)
		switch {
		case isText && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{"):
			all[i].Value = r.copied(text)
		case !isText || !isWords(text, maxAnnotation) || slices.Contains(opaqueSecrets, all[i].Name):
			r.whole(&all[i].Value)
		}
	}
}

// copied redacts the copy of a Secret that an annotation of it holds.
func (r *redactor) copied(text string) string {
	v, err := parseJSON([]byte(text))
	o, ok := v.(Object)
	if err != nil || !ok {
		r.count++
		return marker(len(text))
	}
	inner := redactor{}
	inner.secret(o, false)
	return r.replaced(text, o, inner.count)
}
