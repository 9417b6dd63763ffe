package query

import (
	"bytes"
	"cmp"
	"context"

	"boltvet/mvccview"
)

// A merge reads two files side by side.
type merge struct {
	ctx   context.Context
	files [2]*DiffFile
	point Point
	o     DiffOptions
	d     *Difference
	s     [2]*stream
	apart *apart
	kv    [2]mvccview.KeyValue
}

func (m *merge) run() error {
	for i, f := range m.files {
		s, err := openStream(m.ctx, f, m.point.Rev)
		if err != nil {
			return err
		}
		m.s[i] = s
	}
	for m.s[0].ok || m.s[1].ok {
		if err := m.step(); err != nil {
			return err
		}
	}
	if keys := m.apart.all(); len(keys) > 0 {
		return m.resolve(keys)
	}
	return nil
}

// step compares one leaf, or one record.
func (m *merge) step() error {
	a, b := m.s[0], m.s[1]
	if c := m.point.Compact; (!a.ok || a.rev.Main > c) && (!b.ok || b.rev.Main > c) {
		m.apart.cross()
	}
	switch {
	case m.apart.settled() && a.ok && b.ok && a.whole() && b.whole() && a.part.Same(b.part.Leaf):
		m.d.Records.Same += int64(a.part.Len())
		return cmp.Or(a.skip(), b.skip())
	case !b.ok || a.ok && a.rev.Compare(b.rev.Revision) < 0:
		m.only(0)
		return cmp.Or(m.apart.err(), a.next())
	case !a.ok || a.rev.Compare(b.rev.Revision) > 0:
		m.only(1)
		return cmp.Or(m.apart.err(), b.next())
	}
	m.both()
	return cmp.Or(m.apart.err(), a.next(), b.next())
}

// only is for a record that is in one file.
func (m *merge) only(side int) {
	s := m.s[side]
	if mvccview.ParseKeyValue(s.value, &m.kv[side]) != nil {
		return // it is among the hidden ones
	}
	m.apart.add(m.kv[side].Key)
	switch {
	case m.hidden(s.rev.Revision):
		m.d.Records.Hidden++
	case s.rev.Main > m.point.Compact:
		m.d.Records.Only[side]++
		m.diverge(side)
	}
}

// both is for two records of one revision.
func (m *merge) both() {
	a, b := m.s[0], m.s[1]
	if bytes.Equal(a.key, b.key) && bytes.Equal(a.value, b.value) {
		m.d.Records.Same++
		if !m.apart.settled() && mvccview.ParseKeyValue(a.value, &m.kv[0]) == nil {
			m.apart.settle(m.kv[0].Key)
		}
		return
	}
	parsed := true
	for i, s := range m.s {
		if mvccview.ParseKeyValue(s.value, &m.kv[i]) != nil {
			parsed = false
			continue
		}
		m.apart.add(m.kv[i].Key)
	}
	switch {
	case !parsed || m.hidden(a.rev.Revision):
		m.d.Records.Hidden++
	case a.rev.Main > m.point.Compact:
		m.d.Records.Changed++
		m.diverge(0, 1)
	}
}

// hidden tells whether damage of either file hides a revision.
func (m *merge) hidden(rev mvccview.Revision) bool {
	return m.files[0].Hidden.Hides(rev) || m.files[1].Hidden.Hides(rev)
}

// diverge notes the first difference above C: the current records of the sides given.
func (m *merge) diverge(sides ...int) {
	rev := m.s[sides[0]].rev.Revision
	if m.d.First == nil {
		m.d.First = &Divergence{Rev: rev.Main, Exact: true}
	}
	if m.d.First.Rev != rev.Main {
		return
	}
	if m.d.First.Total++; m.d.First.Total > maxFirst {
		return
	}
	r := RecordDiff{Rev: rev, What: []RecordProperty{PropMissing}}
	for _, i := range sides {
		r.set(i, m.s[i].rev, &m.kv[i], m.o.Values)
	}
	if len(sides) == 2 {
		r.What = properties(m.s[0].rev, m.s[1].rev, m.s[0].value, m.s[1].value)
	}
	m.d.First.Records = append(m.d.First.Records, r)
}
