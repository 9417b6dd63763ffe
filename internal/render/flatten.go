package render

import "strconv"

// Leaf is a scalar of a result with its flattened machine name.
type Leaf struct {
	Name  string // "pages.free", "members.count", "members.0.name"
	Label string // the same for people: "pages: free"
	Value Value  // never a list or an object
}

// Flatten gives the scalars of a result in order. The fields of an object are
// named OBJECT.FIELD. A list becomes LIST.count, then LIST.0, LIST.1 and so on.
// An empty object is one Null leaf, so that no field vanishes.
func Flatten(r Result) []Leaf { return flatten(r.Fields) }

func flatten(fields []Field) []Leaf { return appendAllLeaves(nil, fields) }

func appendAllLeaves(leaves []Leaf, fields []Field) []Leaf {
	for _, f := range fields {
		leaves = appendLeaves(leaves, f.Name, f.label(), f.Value)
	}
	return leaves
}

// appendLeaves recurses as deep as the command built the value; no input can
// make it deeper.
func appendLeaves(leaves []Leaf, name, label string, v Value) []Leaf {
	switch {
	case v.kind == KindList:
		leaves = append(leaves, Leaf{name + ".count", label + ": count", Int(int64(len(v.list)))})
		for i, item := range v.list {
			n := strconv.Itoa(i)
			leaves = appendLeaves(leaves, name+"."+n, label+" "+n, item)
		}
	case v.kind == KindObject && len(v.fields) == 0:
		leaves = append(leaves, Leaf{name, label, Null()})
	case v.kind == KindObject:
		for _, f := range v.fields {
			leaves = appendLeaves(leaves, name+"."+f.Name, label+": "+f.label(), f.Value)
		}
	default:
		leaves = append(leaves, Leaf{name, label, v})
	}
	return leaves
}
