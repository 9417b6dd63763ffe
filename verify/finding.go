package verify

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// Place says where a finding lies, in the coordinates of the layer that found it.
// What does not apply is left at its zero value, numbers at -1.
type Place struct {
	File     string // base name of a segment or .snap file
	Bucket   string // printable path
	Page     int64  // -1: none
	Element  int64  // -1: the page as a whole
	Offset   int64  // byte offset in the file, -1: unknown
	Parent   int64  // the page that points here, -1: none
	Revision string // "main/sub"
	Key      []byte // the user's key, or that of a small bucket; nil: none, or one that may be bytes of a value
	Index    uint64 // raft index
}

// Finding is a fault with its judgement.
type Finding struct {
	Code      string
	Severity  Severity
	Layer     Layer
	Place     Place
	Got, Want string
	Hidden    string // what cannot be read because of it, "" if nothing
	Meaning   string // what the code means, one sentence
	Next      string // what to do
	effect    effect
}

// TouchesKeys tells whether the finding can change what is answered about keys: it is
// about the file as a whole, the directory of buckets, the keys themselves, or bucket
// meta, which has the compact revision.
func (f Finding) TouchesKeys() bool {
	b := f.Place.Bucket
	return f.effect&hidesKeys != 0 && (slices.Contains([]string{"", directoryName, mvccview.BucketKey, mvccview.BucketMeta}, b) ||
		strings.HasPrefix(b, mvccview.BucketKey+"/")) // a record that says it is a bucket
}

// AltersHash tells whether a damaged finding takes bytes from the status hash or changes
// them. What the freelist says, and what values mean, cannot: every key and value is
// there and counts as it is. Nor does a compact revision above the last record: 3.5.15
// and older leave it behind when they compact at a trailing deletion.
func (f Finding) AltersHash() bool { return f.Severity >= Damaged && f.effect&altersHash != 0 }

// Refuses tells whether the finding keeps a file from being handed on, as a new file or
// in the place of the old one: it is damage that writing the file anew does not mend.
func (f Finding) Refuses() bool { return f.Severity >= Damaged && f.effect&mended == 0 }

// Carried tells whether the finding is damage that a restore would hand on.
func (f Finding) Carried() bool { return f.Severity >= Damaged && f.effect&carried != 0 }

// Context is what a judgement depends on besides the fault.
type Context struct {
	Member bool // the db lies in a member directory, or is a bare copy of one
}

// ContextOf is that of a source.
func ContextOf(src *datadir.Source) Context { return Context{Member: src.Member != nil} }

// Grade judges a fault of bolt, mvccview or datadir. It is the only judge: every
// command shows the same fault with the same severity. An error that is none of
// these is graded as damage, under the code "fault.unknown".
func Grade(fault error, c Context) Finding {
	var f Finding
	var r rule
	switch x := fault.(type) {
	case bolt.Fault:
		f, r = boltFinding(x), rules[x.Kind]
		if x.Hidden != nil {
			r.severity = max(r.severity, Damaged) // whatever hides keys has lost them
		}
		if x.Fallback && r.severity < Unreadable {
			r.severity = min(r.severity, fallbackSeverity(x.Kind))
		}
		if x.Kind == bolt.FileTail && c.Member {
			r.severity = Note // a crash in a transaction that had grown the file leaves this
		}
	case mvccview.Fault:
		f, r = mvccFinding(x), rules[x.Kind]
		if x.Kind == mvccview.BucketMissing && x.Bucket != mvccview.BucketKey && x.Bucket != mvccview.BucketMeta {
			r.severity = Worn // etcd makes an empty one when it starts
		}
	case datadir.Fault:
		f, r = datadirFinding(x), rules[x.Kind]
	case MemberFault:
		f, r = memberFinding(x), rules[x.Kind]
	default:
		f, r = Finding{Code: "fault.unknown", Got: fault.Error(), Place: noPlace()}, rule{severity: Damaged, effect: ofContent}
	}
	f.Severity, f.Layer, f.Meaning, f.Next, f.effect = r.severity, r.layer, r.meaning, r.next, r.effect
	return f
}

// fallbackSeverity is how much a fault of the meta that is not live counts. If it is
// not valid, the file has lost its way back. What lies in its tree may have been
// overwritten by later transactions: that is normal.
func fallbackSeverity(k bolt.FaultKind) Severity {
	switch k {
	case bolt.MetaMagic, bolt.MetaVersion, bolt.MetaChecksum, bolt.MetaPageSize, bolt.MetaPageHeader:
		return Worn
	}
	return Note
}

func noPlace() Place { return Place{Page: -1, Element: -1, Offset: -1, Parent: -1} }

func boltFinding(x bolt.Fault) Finding {
	p := noPlace()
	p.Bucket, p.Element, p.Offset = x.Bucket, int64(x.Elem), x.Off
	if x.Page != bolt.NoPgid {
		p.Page = int64(x.Page)
	}
	if x.Parent != bolt.NoPgid {
		p.Parent = int64(x.Parent)
	}
	return Finding{Code: x.Kind.String(), Place: p, Got: x.Got, Want: x.Want, Hidden: hidden(x)}
}

// directoryName is how bolt shows the tree that holds the buckets.
var directoryName = (&bolt.Bucket{}).String()

// hidden puts a hidden key range in words: as revisions in the bucket that has them.
func hidden(x bolt.Fault) string {
	switch {
	case x.Hidden == nil:
		return ""
	case x.Bucket == directoryName && x.Hidden.Lo == nil && x.Hidden.Hi == nil:
		return "every bucket"
	case x.Bucket == "key":
		return "revisions " + revisionBound(x.Hidden.Lo, "the first") + " up to " + revisionBound(x.Hidden.Hi, "the last")
	case x.Hidden.Lo == nil && x.Hidden.Hi == nil:
		return "all of bucket " + x.Bucket
	}
	return "keys " + x.Hidden.String() + " of bucket " + x.Bucket
}

func revisionBound(key []byte, open string) string {
	if key == nil {
		return open
	}
	if !bolt.Numbered(key) {
		return bolt.ShowHashed(key) // perhaps bytes of a value
	}
	r, _ := mvccview.ParseRevKey(key[:mvccview.RevKeyLen])
	if n := len(key); n > mvccview.RevKeyLen && key[n-1] == 0 {
		return r.Next().String() // a bound behind a record
	}
	return r.Revision.String()
}

func mvccFinding(x mvccview.Fault) Finding {
	p := noPlace()
	p.Bucket, p.Key, p.Page, p.Element, p.Offset = bolt.ShowName([]byte(x.Bucket)), x.Key, int64(x.Page), int64(x.Elem), x.Off
	if x.Rev != (mvccview.Revision{}) {
		p.Revision = x.Rev.String()
	}
	if x.KeySuspect() {
		p.Key = nil // perhaps bytes of a value
	}
	if x.Page == bolt.NoPgid || x.Page == 0 {
		p.Page, p.Element = -1, -1
	}
	return Finding{Code: x.Kind.String(), Place: p, Got: x.Got, Want: x.Want}
}

func datadirFinding(x datadir.Fault) Finding {
	p := noPlace()
	p.File, p.Offset, p.Index = x.File, x.Off, x.Index
	return Finding{Code: x.Kind.String(), Place: p, Got: x.Got, Want: x.Want}
}

func memberFinding(x MemberFault) Finding {
	p := noPlace()
	p.File, p.Index = x.File, x.Index
	return Finding{Code: x.Kind.String(), Place: p, Got: x.Got, Want: x.Want}
}

// compare orders findings of one code by place, so that a bounded sample does not
// depend on the order in which workers found them.
func (f Finding) compare(g Finding) int {
	return cmp.Or(
		cmp.Compare(f.Place.File, g.Place.File),
		cmp.Compare(f.Place.Page, g.Place.Page),
		cmp.Compare(f.Place.Element, g.Place.Element),
		cmp.Compare(f.Place.Offset, g.Place.Offset),
		cmp.Compare(f.Place.Index, g.Place.Index),
		cmp.Compare(f.Place.Revision, g.Place.Revision),
		cmp.Compare(f.Got, g.Got))
}

// String is the finding on one line.
func (f Finding) String() string {
	s := f.Severity.String() + " " + f.Code + " at " + f.Place.String()
	if f.Got != "" {
		s += ": got " + f.Got
	}
	if f.Want != "" {
		s += ", want " + f.Want
	}
	if f.Hidden != "" {
		s += "; hides " + f.Hidden
	}
	return s
}

// String is the place in words, from the outside in.
func (p Place) String() string {
	s := ""
	add := func(part string) {
		if s != "" {
			s += " "
		}
		s += part
	}
	if p.File != "" {
		add(p.File)
	}
	if p.Page >= 0 {
		add("page " + strconv.FormatInt(p.Page, 10))
	}
	if p.Element >= 0 {
		add("element " + strconv.FormatInt(p.Element, 10))
	}
	if p.Offset >= 0 {
		add("(+0x" + strconv.FormatInt(p.Offset, 16) + ")")
	}
	if p.Revision != "" {
		add("revision " + p.Revision)
	}
	if p.Key != nil {
		add("key " + bolt.ShowKey(p.Key))
	}
	if p.Bucket != "" {
		add("bucket " + p.Bucket)
	}
	if p.Index > 0 {
		add("index " + strconv.FormatUint(p.Index, 10))
	}
	if s == "" {
		return "the file"
	}
	return s
}
