package k8s

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A specialForm is how a message is written in JSON that is no object of its
// fields. Source: the MarshalJSON methods of k8s.io/apimachinery 0.37
// (pkg/apis/meta/v1, pkg/api/resource, pkg/util/intstr, pkg/runtime) and
// k8s.io/apiextensions-apiserver 0.37 (pkg/apis/apiextensions/v1/marshal.go).
type specialForm uint8

const (
	plain           specialForm = iota
	timeForm                    // {seconds, nanos}: RFC 3339, seconds only
	microTimeForm               // {seconds, nanos}: RFC 3339 with microseconds
	durationForm                // {nanoseconds}: "1h0m0s"
	quantityForm                // {string}: the string
	intOrStringForm             // {type, intVal, strVal}: one of the two
	rawForm                     // {raw}: JSON or CBOR, put in as it is
	propsOrBool                 // {allows, schema}
	propsOrArray                // {schema, jSONSchemas}
	propsOrStrings              // {schema, property}
)

// specialOf returns the form of a message by its full name.
func specialOf(name string) specialForm {
	const meta = "k8s.io.apimachinery.pkg.apis.meta.v1."
	switch name {
	case meta + "Time":
		return timeForm
	case meta + "MicroTime":
		return microTimeForm
	case meta + "Duration":
		return durationForm
	case meta + "FieldsV1", "k8s.io.apimachinery.pkg.runtime.RawExtension":
		return rawForm
	case "k8s.io.apimachinery.pkg.api.resource.Quantity", "k8s.io.apimachinery.pkg.api.resource.QuantityValue":
		return quantityForm
	case "k8s.io.apimachinery.pkg.util.intstr.IntOrString":
		return intOrStringForm
	}
	rest, ok := strings.CutPrefix(name, "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1")
	if !ok {
		return plain
	}
	switch strings.TrimPrefix(rest, "beta1") {
	case ".JSON":
		return rawForm
	case ".JSONSchemaPropsOrBool":
		return propsOrBool
	case ".JSONSchemaPropsOrArray":
		return propsOrArray
	case ".JSONSchemaPropsOrStringArray":
		return propsOrStrings
	}
	return plain
}

// special returns the JSON of a message with a form of its own.
func (b *builder) special(m *message, n *node) any {
	first, second := n.numbered(1), n.numbered(2)
	switch m.special {
	case timeForm:
		return timeText(n, time.RFC3339, 0)
	case microTimeForm:
		nanos, _ := second.(int64)
		return timeText(n, "2006-01-02T15:04:05.000000Z07:00", nanos)
	case durationForm:
		nanoseconds, _ := first.(int64)
		return time.Duration(nanoseconds).String()
	case quantityForm:
		text, _ := first.([]byte)
		if len(text) == 0 {
			return "0"
		}
		return b.text(text)
	case intOrStringForm:
		return b.intOrString(n)
	case rawForm:
		raw, _ := first.([]byte)
		return b.raw(raw)
	case propsOrBool:
		if schema, ok := second.(*node); ok {
			return b.message(m.field(2).msg, schema)
		}
		allows, _ := first.(bool)
		return allows
	}
	// Both others: a list if there is one, else a schema, else null.
	if second != nil {
		return b.list(m.field(2), second)
	}
	if schema, ok := first.(*node); ok {
		return b.message(m.field(1).msg, schema)
	}
	return nil
}

// numbered returns the value of the field with a number; n may be nil.
func (n *node) numbered(number int32) any {
	if n != nil {
		for _, s := range n.slots {
			if int32(s.f.number) == number {
				return s.value
			}
		}
	}
	return nil
}

// timeText returns a time in UTC; a message without content is no time.
func timeText(n *node, layout string, nanos int64) any {
	if n == nil || len(n.slots) == 0 {
		return nil
	}
	seconds, _ := n.numbered(1).(int64)
	t := time.Unix(seconds, nanos-nanos%1000).UTC()
	if t.IsZero() {
		return nil
	}
	return t.Format(layout)
}

func (b *builder) intOrString(n *node) any {
	switch kind, _ := n.numbered(1).(int64); kind {
	case 0:
		v, _ := n.numbered(2).(int64)
		return json.Number(strconv.FormatInt(v, 10))
	case 1:
		v, _ := n.numbered(3).([]byte)
		return b.text(v)
	}
	b.notes.add("an IntOrString is neither of both")
	return nil
}

// raw returns JSON that is kept as bytes. What is not JSON is shown in base64,
// with a note.
func (b *builder) raw(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	parse := parseJSON
	if isCBOR(raw) {
		parse = parseCBOR
	}
	v, err := parse(raw)
	if err != nil {
		b.notes.add("an embedded object is not well-formed; it is shown in base64")
		return base64.StdEncoding.EncodeToString(raw)
	}
	return v
}
