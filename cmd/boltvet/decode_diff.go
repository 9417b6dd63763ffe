package main

import (
	"bytes"
	"reflect"

	"boltvet/internal/k8s"
	"boltvet/internal/query"
	"boltvet/mvccview"
)

// diff compares two values as objects. That a secret changed is among the steps, but
// not what it was and is.
func (v *objectView) diff(before, after *mvccview.KeyValue) query.ValueDiff {
	var whole, shown [2]k8s.Value
	for i, kv := range []*mvccview.KeyValue{before, after} {
		whole[i], _ = v.decode(kv)
		shown[i], _ = v.decode(kv)
		if !v.secrets {
			shown[i].Redact(kv.Key)
		}
	}
	if shown[0].Object != nil && shown[1].Object != nil {
		markHidden([2]any{shown[0].Object, shown[1].Object}, [2]any{whole[0].Object, whole[1].Object})
	}
	d := query.DiffValues(lineOf(shown[0]), lineOf(shown[1]))
	if d.Kind == query.DiffSame && !bytes.Equal(before.Value, after.Value) {
		d = query.ValueDiff{Kind: query.DiffBytes, Steps: []query.DiffStep{{At: "in what is not shown"}}}
	}
	return d
}

// markHidden marks, in the second of two trees, the texts that are only the same
// because they are redacted: in the whole trees they differ. It gives the second text.
func markHidden(shown, whole [2]any) any {
	switch second := shown[1].(type) {
	case k8s.Object:
		for i := range second {
			name := second[i].Name
			second[i].Value = markHidden(
				[2]any{memberOf(shown[0], name), second[i].Value}, [2]any{memberOf(whole[0], name), memberOf(whole[1], name)})
		}
	case k8s.List:
		for i := range second {
			second[i] = markHidden([2]any{itemOf(shown[0], i), second[i]}, [2]any{itemOf(whole[0], i), itemOf(whole[1], i)})
		}
	case string:
		if shown[0] == shown[1] && !reflect.DeepEqual(whole[0], whole[1]) {
			return second + " (changed)"
		}
	}
	return shown[1]
}

func memberOf(v any, name string) any {
	o, _ := v.(k8s.Object)
	return o.Get(name)
}

func itemOf(v any, i int) any {
	if l, _ := v.(k8s.List); i < len(l) {
		return l[i]
	}
	return nil
}
