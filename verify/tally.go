package verify

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Tally counts faults exactly and keeps a bounded sample of each code, so that a
// ruin of any size needs no more memory than a healthy file. It is safe for use by
// several goroutines, and its content does not depend on the order of faults.
type Tally struct {
	ctx     Context
	samples int

	mu    sync.Mutex
	codes map[string]*codeTally

	refused atomic.Bool
}

// codeTally is what is kept of one code.
type codeTally struct {
	count    int64
	worst    Severity
	findings []Finding // the first in order of place
}

// defaultSamples is how many findings of a code are kept if nobody says.
const defaultSamples = 10

// NewTally makes a tally that keeps up to samples findings of each code; 0 is a default of ten.
func NewTally(c Context, samples int) *Tally {
	if samples <= 0 {
		samples = defaultSamples
	}
	return &Tally{ctx: c, samples: samples, codes: map[string]*codeTally{}}
}

// Add grades a fault and counts it. It is a sink for the tolerant readers: always true.
func (t *Tally) Add(fault error) bool {
	f := Grade(fault, t.ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.codes[f.Code]
	if c == nil {
		c = &codeTally{}
		t.codes[f.Code] = c
	}
	if f.Refuses() {
		t.refused.Store(true)
	}
	c.count++
	c.worst = max(c.worst, f.Severity)
	at, _ := slices.BinarySearchFunc(c.findings, f, Finding.compare)
	if at < t.samples {
		c.findings = slices.Insert(c.findings, at, f)
		c.findings = c.findings[:min(len(c.findings), t.samples)]
	}
	return true
}

// Forget takes the findings of a code out again, because another finding shows that
// what they were judged by is wrong.
func (t *Tally) Forget(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.codes, code)
}

// CodeCount is how often a code was found, and a sample of where.
type CodeCount struct {
	Code     string
	Severity Severity // the worst of them
	Layer    Layer
	Count    int64
	Sample   []Finding // in order of place
}

// AltersHash, Refuses and Carried are those of the findings; see [Finding].
func (c CodeCount) AltersHash() bool { return c.worst().AltersHash() }

// Refuses tells whether a finding keeps the file from being handed on.
func (c CodeCount) Refuses() bool { return c.worst().Refuses() }

// Carried tells whether a restore would hand the damage on.
func (c CodeCount) Carried() bool { return c.worst().Carried() }

// worst is a finding with the worst severity of all; its effect is that of the code.
func (c CodeCount) worst() Finding {
	f := c.Sample[0]
	f.Severity = c.Severity
	return f
}

// Refused tells whether a finding keeps the file from being handed on; see [Finding.Refuses].
func (t *Tally) Refused() bool { return t.refused.Load() }

// Codes lists what was found, worst first, then by layer and code.
func (t *Tally) Codes() []CodeCount {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]CodeCount, 0, len(t.codes))
	for code, c := range t.codes {
		list = append(list, CodeCount{Code: code, Severity: c.worst, Layer: c.findings[0].Layer, Count: c.count, Sample: slices.Clone(c.findings)})
	}
	slices.SortFunc(list, func(a, b CodeCount) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		if a.Layer != b.Layer {
			return int(a.Layer) - int(b.Layer)
		}
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return list
}

// Worst is the highest severity found; Note if nothing was.
func (t *Tally) Worst() Severity {
	t.mu.Lock()
	defer t.mu.Unlock()
	worst := Note
	for _, c := range t.codes {
		worst = max(worst, c.worst)
	}
	return worst
}
