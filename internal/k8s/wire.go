package k8s

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"boltvet/internal/wire"
)

// Limits of what is decoded. Kubernetes writes nothing near them: etcd takes
// 1.5 MiB in one request unless told otherwise.
const (
	maxValue  = 16 << 20 // bytes of a value
	maxParts  = 1 << 20  // fields and elements in it
	maxLevels = 16 << 20 // levels of all parts together: two blanks for each are on its line
	maxDepth  = 200      // messages, objects and lists in one another; CRD schemas of real life have 40
)

// A DamageError is a value that cannot be read where its form says that it
// can. It never quotes the value.
type DamageError struct {
	Off    int    // byte offset in the value of etcd
	In     string // the message or the form, e.g. "k8s.io.api.core.v1.Pod"
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s, at byte %d of the value: %s", e.In, e.Off, e.Reason)
}

// A node is one message as it was read; a slot for each field that it has.
type node struct {
	slots []slot
}

// A slot is a field that is there. Its value is int64, uint64, float64, bool,
// []byte (an alias, of a string too) or *node; of a repeated field or a map
// []any of these.
type slot struct {
	f     *field
	value any
}

// get returns the value of a field, nil if it is not there. n may be nil.
func (n *node) get(f *field) any {
	if n != nil {
		for i := range n.slots {
			if n.slots[i].f == f {
				return n.slots[i].value
			}
		}
	}
	return nil
}

// at returns the place for the value of a field.
func (n *node) at(f *field) *any {
	for i := range n.slots {
		if n.slots[i].f == f {
			return &n.slots[i].value
		}
	}
	n.slots = append(n.slots, slot{f: f})
	return &n.slots[len(n.slots)-1].value
}

// A reader reads protobuf into nodes.
type reader struct {
	parts int
	notes *notes
	// disordered: a field comes before one with a lower number, or twice and is
	// no list. Readers take it; API servers do not write it, damage does.
	disordered bool
}

// message reads b, which begins at byte off of the value, into n. As in every
// protobuf reader, of a scalar that is there twice the last counts, and of a
// message that is there twice the parts are merged.
func (r *reader) message(m *message, b []byte, off, depth int, n *node) error {
	damage := func(at int, reason string) error {
		return &DamageError{Off: off + at, In: m.name, Reason: reason}
	}
	if depth > maxDepth {
		return damage(0, "messages are nested too deep")
	}
	var last protowire.Number
	for at := 0; at < len(b); {
		number, typ, size := protowire.ConsumeTag(b[at:])
		if size < 0 {
			return damage(at, "no field begins here")
		}
		f := m.field(number)
		r.disordered = r.disordered || number < last || number == last && (f == nil || !f.repeated)
		last = number
		length := protowire.ConsumeFieldValue(number, typ, b[at+size:])
		if length < 0 {
			return damage(at, fmt.Sprintf("field %d is cut short or malformed", number))
		}
		if r.parts++; r.parts > maxParts {
			return damage(at, "more parts than any object has")
		}
		content := b[at+size : at+size+length]
		if f == nil {
			r.notes.unknown(m, number)
		} else if err := r.field(m, f, typ, content, off+at+size, depth, n); err != nil {
			return err
		}
		at += size + length
	}
	return nil
}

// field reads one field, whose content begins at byte off of the value.
func (r *reader) field(m *message, f *field, typ protowire.Type, content []byte, off, depth int, n *node) error {
	want := f.kind.Type()
	packed := f.repeated && typ == protowire.BytesType && want != protowire.BytesType
	if typ != want && !packed {
		return &DamageError{Off: off, In: m.name, Reason: fmt.Sprintf("field %d has wire type %d, not %d", f.number, typ, want)}
	}
	if typ == protowire.BytesType {
		inner, _ := protowire.ConsumeBytes(content) // its length was checked by the caller
		off += len(content) - len(inner)
		content = inner
	}
	place := n.at(f)
	switch {
	case packed:
		return r.packed(m, f, content, off, place)
	case f.msg != nil:
		child, _ := (*place).(*node)
		if child == nil {
			child = &node{}
		}
		if err := r.message(f.msg, content, off, depth+1, child); err != nil {
			return err
		}
		put(f, place, child)
	case typ == protowire.BytesType:
		put(f, place, content)
	default:
		v, _ := scalar(f.kind, content)
		put(f, place, v)
	}
	return nil
}

// put sets the value of a field, or appends to it.
func put(f *field, place *any, v any) {
	if !f.repeated {
		*place = v
		return
	}
	list, _ := (*place).([]any)
	*place = append(list, v)
}

// packed reads the elements of a repeated scalar that are written as one.
func (r *reader) packed(m *message, f *field, b []byte, off int, place *any) error {
	for at := 0; at < len(b); {
		v, size := scalar(f.kind, b[at:])
		if r.parts++; size <= 0 || r.parts > maxParts {
			return &DamageError{Off: off + at, In: m.name, Reason: fmt.Sprintf("field %d: an element is cut short or malformed", f.number)}
		}
		put(f, place, v)
		at += size
	}
	return nil
}

// scalar reads one number or bool and tells its size, negative if it is cut
// short. Numbers that are too long for their type are cut as Go does it.
func scalar(kind wire.Kind, b []byte) (any, int) {
	switch kind.Type() {
	case protowire.Fixed64Type:
		v, n := protowire.ConsumeFixed64(b)
		switch kind {
		case wire.KindDouble:
			return math.Float64frombits(v), n
		case wire.KindSfixed64:
			return int64(v), n
		}
		return v, n
	case protowire.Fixed32Type:
		v, n := protowire.ConsumeFixed32(b)
		switch kind {
		case wire.KindFloat:
			return float64(math.Float32frombits(v)), n
		case wire.KindSfixed32:
			return int64(int32(v)), n
		}
		return uint64(v), n
	}
	v, n := protowire.ConsumeVarint(b)
	switch kind {
	case wire.KindBool:
		return v != 0, n
	case wire.KindInt32, wire.KindEnum:
		return int64(int32(v)), n
	case wire.KindUint32:
		return uint64(uint32(v)), n
	case wire.KindUint64:
		return v, n
	case wire.KindSint32, wire.KindSint64:
		return protowire.DecodeZigZag(v), n
	}
	return int64(v), n
}
