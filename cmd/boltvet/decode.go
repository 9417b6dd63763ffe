package main

import (
	"fmt"
	"slices"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/internal/k8s"
	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/mvccview"
)

// resourceFlags select keys as kubectl selects objects.
func resourceFlags() []flag {
	return []flag{
		{name: "resource", kind: textFlag, arg: "RESOURCE", usage: "Kubernetes: the keys of this resource, e.g. pods, deploy, certificates.cert-manager.io"},
		{name: "namespace", short: "n", kind: textFlag, arg: "NAMESPACE", usage: "Kubernetes: in this namespace only"},
		{name: "name", kind: textFlag, arg: "NAME", usage: "Kubernetes: of this name only"},
	}
}

// resourceKeys is what --resource, --namespace and --name select.
func (c *call) resourceKeys() (query.KeyRange, error) {
	switch {
	case c.text("resource") == "":
		return query.KeyRange{}, c.usage("--namespace and --name go with --resource", "")
	case c.line.IsSet("name") && c.text("name") == "": // a variable of a script that is not set
		return query.KeyRange{}, c.usage("--name is empty", "without --name it is every object")
	case len(c.args()) > 1 || c.isSet("prefix") || c.isSet("from-key") || c.text("parse-format") != "":
		return query.KeyRange{}, c.usage("with --resource there is no KEY, RANGE_END, --prefix, --from-key or --parse-format", "")
	}
	s, err := k8s.ParseSelector(c.text("resource"), c.text("namespace"), c.text("name"))
	if err != nil {
		return query.KeyRange{}, c.usage(err.Error(), "")
	}
	keys := query.Prefix(nil)
	keys.Only = s.Has
	return keys, nil
}

// noteNoObjects says what may be wrong with a --resource that has no keys: kubectl would
// know all its names, and the file only has that in its keys.
func (c *call) noteNoObjects(src *datadir.Source, keys int64) {
	if keys == 0 && c.text("resource") != "" {
		c.note("%s: no key is of such an object; custom resources go by their plural name, and keys begin with %s",
			printable(src.Path), strings.Join(k8s.Prefixes(), ", "))
	}
}

// decodeFlags show values as objects of Kubernetes.
func decodeFlags() []flag {
	return []flag{
		{name: "decode", usage: "Kubernetes: show values as the objects that kubectl shows"},
		{name: "show-secrets", usage: "with --decode: the data of Secrets"},
		{name: "show-managed-fields", usage: "with --decode: metadata.managedFields, which kubectl hides too"},
	}
}

// An objectView shows values as objects of Kubernetes, and notes what it could not
// show.
type objectView struct {
	decoder          k8s.Decoder
	secrets, managed bool // to be shown

	redacted int
	missed   []missedObjects
	code     exitCode
}

// missedObjects are values that were not decoded for one reason, or decoded with a
// note.
type missedObjects struct {
	why   string
	first string // key
	count int
}

// maxMissed bounds the reasons that are told apart.
const maxMissed = 20

// objectView reads the flags; nil is without --decode.
func (c *call) objectView() (*objectView, error) {
	v := &objectView{secrets: c.isSet("show-secrets"), managed: c.isSet("show-managed-fields")}
	if c.isSet("decode") {
		return v, nil
	}
	if v.secrets || v.managed {
		return nil, c.usage("--show-secrets and --show-managed-fields go with --decode", "")
	}
	return nil, nil
}

// look decodes a value for the user's eyes, secrets redacted, and notes what is
// missing. Without an object there is a reason, also for a damaged value.
func (v *objectView) look(kv *mvccview.KeyValue) k8s.Value {
	out, code := v.decode(kv)
	v.code = worse(v.code, code)
	if out.Object == nil {
		v.miss("not decoded: "+out.Reason, kv.Key)
		return out
	}
	for _, note := range out.Notes {
		v.miss(note, kv.Key)
	}
	if !v.secrets {
		v.redacted += out.Redact(kv.Key)
	}
	return out
}

// decode decodes a value, secrets and all, and grades it.
func (v *objectView) decode(kv *mvccview.KeyValue) (k8s.Value, exitCode) {
	out, err := v.decoder.Decode(kv.Value)
	switch {
	case err != nil:
		return k8s.Value{Reason: "it is damaged: " + err.Error()}, exitDamage
	case out.Object == nil && out.Form != k8s.FormOther:
		return out, exitUnknown
	case !v.managed:
		out.DropManagedFields()
	}
	return out, exitOK
}

// miss counts a value by why.
func (v *objectView) miss(why string, key []byte) {
	i := slices.IndexFunc(v.missed, func(m missedObjects) bool { return m.why == why })
	switch {
	case i >= 0:
		v.missed[i].count++
	case len(v.missed) < maxMissed:
		v.missed = append(v.missed, missedObjects{why: why, first: printable(clipped(string(key))), count: 1})
	default:
		v.missed[maxMissed-1].count++
		v.missed[maxMissed-1].why = "not decoded, for this and other reasons"
	}
}

// asJSON is a valueView: the object on one line, or why there is none.
func (v *objectView) asJSON(kv *mvccview.KeyValue) ([]byte, error) {
	return lineOf(v.look(kv)), nil
}

// lineOf is an object on one line, or why there is none.
func lineOf(out k8s.Value) []byte {
	if out.Object == nil {
		return []byte("<not decoded: " + out.Reason + ">")
	}
	return render.ManifestJSON(out.Object, -1)
}

// asYAML is a valueView: the object as a document, or a comment that says why there is
// none.
func (v *objectView) asYAML(kv *mvccview.KeyValue) ([]byte, error) {
	out := v.look(kv)
	text := v.comments(kv.Key, out)
	if out.Object != nil {
		text = append(text, render.ManifestYAML(out.Object)...)
	}
	return text, nil
}

// comments are the lines above an object, or those in its place.
func (v *objectView) comments(key []byte, out k8s.Value) (text []byte) {
	if out.Object == nil {
		return fmt.Appendf(nil, "# %s: not decoded: %s\n", render.Printable(key), printable(out.Reason))
	}
	for _, note := range out.Notes {
		text = fmt.Appendf(text, "# note: %s\n", printable(note))
	}
	return text
}

// tellObjects tells on stderr what was not shown, and gives the exit code. v may be
// nil.
func (c *call) tellObjects(src *datadir.Source, v *objectView) exitCode {
	if v == nil {
		return exitOK
	}
	for _, m := range v.missed {
		more := ""
		if m.count > 1 {
			more = fmt.Sprintf(" and %d more", m.count-1)
		}
		c.warn("%s: %s%s: %s", printable(src.Path), m.first, more, printable(m.why))
	}
	if v.redacted > 0 {
		c.note("%s: values of Secrets are redacted: %d; --show-secrets shows them, and is for objects that are to be applied", printable(src.Path), v.redacted)
	}
	return v.code
}
