package render

// The show_*.go files turn the results of the lower floors into documents, one file a
// result. They choose names and units, and compute nothing.

// f is a field; label "" is the name.
func f(name, label string, v Value) Field { return Field{Name: name, Label: label, Value: v} }

// textOrNull is Null for the empty string, which stands for "not known".
func textOrNull(s string) Value {
	if s == "" {
		return Null()
	}
	return Text(s)
}

// intIf is n, or Null if it is not known.
func intIf(known bool, n int64) Value {
	if !known {
		return Null()
	}
	return Int(n)
}

// uintIf is n, or Null if it is not known.
func uintIf(known bool, n uint64) Value {
	if !known {
		return Null()
	}
	return Uint(n)
}
