package inspect

import (
	"bytes"
	"cmp"
	"slices"

	"boltvet/internal/k8s"
	"boltvet/mvccview"
)

// A Grouping says what keys are put together by.
type Grouping uint8

// The groupings.
const (
	ByPrefix Grouping = iota
	ByResource
	ByNamespace
	ByKey
)

// Groupings lists the words of all groupings, in the order of declaration.
func Groupings() []string { return []string{"prefix", "resource", "namespace", "key"} }

// String is the word of the grouping.
func (g Grouping) String() string { return Groupings()[g] }

// maxGroups bounds how many groups have counts of their own; `compact` counts by as
// many prefixes.
const maxGroups = 4096

// owners counts records by their keys, and makes rows of that.
type owners interface {
	mvccview.ParallelRecords
	rows(s *Space, top int)
}

func newOwners(o SpaceOptions) owners {
	if o.By == ByKey {
		t := mvccview.NewKeySpaces()
		t.Limit(o.MaxTable)
		return keyOwners{t}
	}
	t := mvccview.NewGroupTable(groupFunc(o.By, max(o.Depth, 1)), maxGroups)
	t.Limit(o.MaxTable)
	return groupOwners{t}
}

// groupFunc names the group of a key: a byte for the kind of its row, then the name.
func groupFunc(by Grouping, depth int) mvccview.GroupFunc {
	switch by {
	case ByResource:
		return func(name, key []byte) []byte {
			k, ok := k8s.ParseKey(key)
			if !ok {
				return append(name, byte(RowNotKubernetes))
			}
			name = append(append(name, byte(RowGroup)), k.Resource...)
			if len(k.Group) > 0 {
				name = append(append(name, '.'), k.Group...)
			}
			return name
		}
	case ByNamespace:
		return func(name, key []byte) []byte {
			k, ok := k8s.ParseKey(key)
			switch {
			case !ok:
				return append(name, byte(RowNotKubernetes))
			case len(k.Namespace) == 0:
				return append(name, byte(RowClusterScoped))
			}
			return append(append(name, byte(RowGroup)), k.Namespace...)
		}
	}
	return func(name, key []byte) []byte {
		prefix := mvccview.KeyPrefix(key, depth)
		if len(prefix) == 0 {
			return append(name, byte(RowNoSlash))
		}
		return append(append(name, byte(RowGroup)), prefix...)
	}
}

// groupOwners counts by groups.
type groupOwners struct{ *mvccview.GroupTable }

func (t groupOwners) rows(s *Space, top int) {
	list, crowd := t.Groups()
	all := make([]SpaceRow, len(list))
	s.Total = SpaceRow{Kind: RowTotal, Values: new(mvccview.ValueHist)}
	for i := range list {
		g := &list[i]
		all[i] = SpaceRow{Kind: RowKind(g.Name[0]), GroupCounts: g.GroupCounts, Values: &g.Values}
		if all[i].Kind == RowGroup {
			all[i].Name = bytes.Clone(g.Name[1:])
		}
		s.Total.add(&all[i])
	}
	s.Others = SpaceRow{Kind: RowOthers, GroupCounts: crowd.GroupCounts, Values: &crowd.Values}
	s.Total.add(&s.Others)
	s.Groups, s.Crowded = int64(len(list)), crowd.Records > 0
	sortRows(all)
	for i := top; i < len(all); i++ {
		s.Others.add(&all[i])
	}
	s.Rows = all[:min(top, len(all))]
}

// add takes the counts of another row in.
func (r *SpaceRow) add(o *SpaceRow) {
	r.GroupCounts.Add(&o.GroupCounts)
	if r.Values != nil && o.Values != nil {
		r.Values.Merge(o.Values)
	}
}

// sortRows puts the largest rows first, and equal ones in the order of their names.
func sortRows(rows []SpaceRow) {
	slices.SortFunc(rows, func(a, b SpaceRow) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.Name, b.Name))
	})
}

// keyOwners counts by keys.
type keyOwners struct{ *mvccview.KeySpaces }

func (t keyOwners) rows(s *Space, top int) {
	s.Total = SpaceRow{Kind: RowTotal, GroupCounts: t.Total(), Values: t.Values()}
	s.Others = SpaceRow{Kind: RowOthers, GroupCounts: s.Total.GroupCounts}
	s.Groups = s.Total.Keys
	for _, k := range t.Top(top) {
		row := SpaceRow{GroupCounts: k.GroupCounts}
		var ok bool
		if row.Name, ok = k.ReadKey(s.Source.File); !ok {
			row.Kind = RowUnread
		}
		s.Rows = append(s.Rows, row)
		s.Others.Take(&k.GroupCounts)
	}
	sortRows(s.Rows)
}
