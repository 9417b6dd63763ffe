package mvccview

import "hash/maphash"

// groupNames numbers names from 1 in the order in which they come. It keeps a copy of
// each in one arena, so that a new name allocates next to nothing, and an old one
// nothing at all.
type groupNames struct {
	seed  maphash.Seed
	slots []uint32 // numbers by hash, open addressing; 0: empty. A power of two of them
	ends  []int    // where each name ends in the arena; the first is that of number 0
	arena []byte
	last  uint32 // the number given last: neighbours are often alike
}

func newGroupNames() groupNames {
	return groupNames{seed: maphash.MakeSeed(), slots: make([]uint32, 64), ends: []int{0}}
}

// len is the largest number.
func (g *groupNames) len() int { return len(g.ends) - 1 }

// at is the name of number i.
func (g *groupNames) at(i uint32) []byte { return g.arena[g.ends[i-1]:g.ends[i]:g.ends[i]] }

// number gives the number of a name; 0 if it is new and there are most already.
func (g *groupNames) number(name []byte, most int) uint32 {
	if g.last > 0 && string(g.at(g.last)) == string(name) {
		return g.last
	}
	slot := g.find(name)
	if g.slots[slot] == 0 {
		if g.len() >= most {
			return 0
		}
		if 4*g.len() >= 3*len(g.slots) {
			g.grow()
			slot = g.find(name)
		}
		g.arena = append(g.arena, name...)
		g.ends = append(g.ends, len(g.arena))
		g.slots[slot] = uint32(g.len())
	}
	g.last = g.slots[slot]
	return g.last
}

// find is the slot of a name, or the empty one where it would go.
func (g *groupNames) find(name []byte) int {
	mask := len(g.slots) - 1
	i := int(maphash.Bytes(g.seed, name)) & mask
	for g.slots[i] != 0 && string(g.at(g.slots[i])) != string(name) {
		i = (i + 1) & mask
	}
	return i
}

func (g *groupNames) grow() {
	g.slots = make([]uint32, 2*len(g.slots))
	for i := uint32(1); int(i) <= g.len(); i++ {
		g.slots[g.find(g.at(i))] = i
	}
}

// reset forgets all names and keeps the memory.
func (g *groupNames) reset() {
	clear(g.slots)
	g.ends, g.arena, g.last = g.ends[:1], g.arena[:0], 0
}
