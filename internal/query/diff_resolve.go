package query

import (
	"bytes"
	"cmp"
	"slices"

	"boltvet/mvccview"
)

// resolve reads both files once more, to see what the keys are that seemed to differ.
func (m *merge) resolve(keys map[keyHash]*candidate) error {
	m.d.Records.Resolved = true
	for i := range m.files {
		if err := m.place(i, keys); err != nil {
			return err
		}
	}
	m.atC()
	m.atR(keys)
	return nil
}

// place finds the newest records of the candidates in one file.
func (m *merge) place(side int, keys map[keyHash]*candidate) error {
	s, err := openStream(m.ctx, m.files[side], m.point.Rev)
	if err != nil {
		return err
	}
	kv := &m.kv[side]
	for s.ok {
		if mvccview.ParseKeyValue(s.value, kv) == nil {
			if c := keys[m.apart.hash(kv.Key)]; c != nil {
				at := placed{s.rev, s.value}
				if at.value == nil {
					at.value = []byte{}
				}
				c.now[side] = at
				if c.atC && s.rev.Main <= m.point.Compact {
					c.base[side] = at
				}
			}
		}
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// atC looks for keys whose record that counts at C differs. Where both files have one,
// it is the later of the two that the other file lacks.
func (m *merge) atC() {
	var found []*candidate
	for _, c := range m.apart.atC {
		if !c.base[0].same(&c.base[1]) && m.decided(&c.base, m.point.Compact) {
			found = append(found, c)
		}
	}
	m.d.Records.AtC = int64(len(found))
	if len(found) == 0 {
		return
	}
	slices.SortFunc(found, func(a, b *candidate) int { return compareStates(&a.base, &b.base) })
	first := &Divergence{Rev: laterOf(&found[0].base).Main}
	for _, c := range found {
		if laterOf(&c.base).Main != first.Rev {
			break
		}
		if first.Total++; first.Total <= maxFirst {
			first.Records = append(first.Records, m.recordDiff(&c.base))
		}
	}
	m.d.First = first
}

// compareStates orders two keys by their newer revision, and then by the key: what one
// file has at a revision may be another key's in the other file, and the order in which
// keys are named must not depend on that of a map.
func compareStates(a, b *[2]placed) int {
	return cmp.Or(laterOf(a).Compare(laterOf(b)), bytes.Compare(keyOf(a), keyOf(b)))
}

// laterOf is the newer revision of two records.
func laterOf(p *[2]placed) mvccview.Revision {
	if p[0].rev.Compare(p[1].rev.Revision) > 0 {
		return p[0].rev.Revision
	}
	return p[1].rev.Revision
}

// decided tells whether both files show what the newest records up to a revision are.
func (m *merge) decided(p *[2]placed, upTo int64) bool {
	for i, f := range m.files {
		if f.Hidden.HidesAfter(p[i].rev.Revision, upTo) {
			return false
		}
	}
	return true
}

// atR counts and names the keys that differ at R.
func (m *merge) atR(keys map[keyHash]*candidate) {
	var found []*candidate
	for _, c := range keys {
		switch {
		case !m.decided(&c.now, m.point.Rev):
			m.d.Keys.Undecided++
		case !c.now[0].same(&c.now[1]):
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *candidate) int { return compareStates(&a.now, &b.now) })
	places := newPlaces(m.o)
	held, full := int64(0), false
	for _, c := range found {
		kind := changeOf(&c.now)
		m.d.Keys.count(kind)
		key := keyOf(&c.now)
		places.count(key, kind)
		if len(m.d.Changes) >= m.o.MaxKeys || full {
			continue
		}
		change := KeyChange{RecordDiff: m.recordDiff(&c.now), Kind: kind}
		held += change.cost()
		if full = m.o.MaxHeld > 0 && held > m.o.MaxHeld; !full {
			m.d.Changes = append(m.d.Changes, change)
		}
	}
	slices.SortFunc(m.d.Changes, func(a, b KeyChange) int { return bytes.Compare(a.Key, b.Key) })
	m.d.Places, m.d.Others = places.list()
}

// recordDiff is what both files have of a key, its deletion too.
func (m *merge) recordDiff(p *[2]placed) RecordDiff {
	r := RecordDiff{Rev: laterOf(p), What: []RecordProperty{PropMissing}}
	var kv mvccview.KeyValue
	for i := range p {
		if p[i].value == nil || mvccview.ParseKeyValue(p[i].value, &kv) != nil {
			continue
		}
		r.set(i, p[i].rev, &kv, m.o.Values)
	}
	if r.Sides[0] != nil && r.Sides[1] != nil {
		r.What = properties(p[0].rev, p[1].rev, p[0].value, p[1].value)
	}
	return r
}

// keyOf is the user's key of two states of it; it aliases a file.
func keyOf(p *[2]placed) []byte {
	var kv mvccview.KeyValue
	for i := range p {
		if p[i].value != nil && mvccview.ParseKeyValue(p[i].value, &kv) == nil {
			return kv.Key
		}
	}
	return nil
}
