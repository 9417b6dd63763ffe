package render

import (
	"fmt"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
)

// A HashComparison is what became of a hash when it was held against another one.
type HashComparison struct {
	Verdict query.Verdict
	With    string       // path of the reference, or what was given; "" if there was none
	Reason  string       // why there is no verdict
	Against *query.Known // what was given on the command line; nil: nothing
}

// ContentHash shows the status hash of one file.
func ContentHash(h *query.ContentHash, c HashComparison) Result {
	hex := Text(fmt.Sprintf("%x", h.Hash))
	r := Result{Source: h.Source.Path}
	r.Fields = append(r.Fields,
		f("status_hash", "status hash (as etcdutl)", hex),
		f("status_hash_number", "the same, decimal", Uint(uint64(h.Hash))),
	)
	r.Fields = append(r.Fields, comparisonFields(c)...)
	r.Fields = append(r.Fields, hashedSource(h.Source, h.Trailer)...)
	r.Brief = []Field{f("hash", "", hex)}
	r.Brief = append(r.Brief, comparisonBrief(c)...)
	r.Table = &Table{Summary: true, Columns: []Column{
		{"status_hash", "hash"}, {"status_hash_number", "decimal"}, {"comparison", "compared"}, {"trailer.state", "sha256"},
	}}
	return r
}

// HashKV shows the HashKV of one file; h is nil if there is none.
func HashKV(k *query.KVFile, h *query.HashKV, c HashComparison) Result {
	r := Result{Source: k.Source.Path}
	r.Fields = append(hashFields(h), comparisonFields(c)...)
	r.Fields = append(r.Fields,
		f("reason", "", textOrNull(c.Reason)),
		f("against", "", knownValue(c.Against)),
		f("latest_revision", "latest revision of the file", Int(k.Latest)),
		f("file_compact_revision", "compact revision of the file", Int(k.Compact)),
		f("compaction_unfinished", "compaction unfinished", Bool(k.Unfinished)),
	)
	r.Fields = append(r.Fields, hashedSource(k.Source, k.Trailer)...)
	if h != nil {
		r.Brief = append(r.Brief, f("hash", "", Text(fmt.Sprintf("%d (0x%x) at revision %d, %s", h.Hash, h.Hash, h.Rev, compactedAt(h.Compact)))))
	}
	r.Brief = append(r.Brief, comparisonBrief(c)...)
	r.Brief = append(r.Brief, f("file", "", Text(fmt.Sprintf("latest revision %d, %s", k.Latest, compactedAt(k.Compact)))))
	r.Table = &Table{Summary: true, Columns: []Column{
		{"hash", "hash"}, {"hash_revision", "hash revision"}, {"compact_revision", "compact revision"}, {"comparison", "compared"},
		{"latest_revision", "latest"}, {"file_compact_revision", "compacted"},
	}}
	return r
}

// hashFields have etcd's names for the three numbers.
func hashFields(h *query.HashKV) []Field {
	if h == nil {
		return []Field{f("hash", "", Null()), f("hash_hex", "", Null()), f("hash_revision", "hash revision", Null()),
			f("compact_revision", "compact revision", Null()), f("all_keys_dead", "no key alive", Null())}
	}
	return []Field{
		f("hash", "", Uint(uint64(h.Hash))),
		f("hash_hex", "the same, hexadecimal", Text(fmt.Sprintf("%x", h.Hash))),
		f("hash_revision", "hash revision", Int(h.Rev)),
		f("compact_revision", "compact revision", Int(h.Compact)),
		f("all_keys_dead", "no key alive", Bool(h.AllDead)),
	}
}

func compactedAt(rev int64) string {
	if rev < 0 {
		return "never compacted"
	}
	return fmt.Sprintf("compacted at %d", rev)
}

// comparisonFields are there whether anything was compared or not, so that a program
// finds them always.
func comparisonFields(c HashComparison) []Field {
	return []Field{
		f("comparison", "", comparisonValue(c.Verdict)),
		f("compared_with", "compared with", keyText(c.With)),
	}
}

// comparisonBrief is the same in one line; nothing if nothing was compared.
func comparisonBrief(c HashComparison) []Field {
	if c.Verdict == query.NotCompared || c.Verdict == query.Reference {
		return nil
	}
	text := c.Verdict.String()
	switch {
	case c.Reason != "":
		text += ": " + c.Reason
	case c.Verdict == query.Equal:
		text += " to " + c.With
	case c.Verdict == query.Different:
		text += " from " + c.With
	}
	return []Field{f("comparison", "", Text(text).Styled(comparisonStyle(c.Verdict)))}
}

func comparisonValue(v query.Verdict) Value {
	return textOrNull(v.String()).Styled(comparisonStyle(v))
}

func comparisonStyle(v query.Verdict) Style {
	switch v {
	case query.Equal:
		return Good
	case query.Different:
		return Bad
	case query.NoCommonRevision, query.NoVerdict:
		return Warn
	}
	return Plain
}

// knownValue is the number that a file was held against; all Null if there was none, so
// that the columns of csv stay the same.
func knownValue(n *query.Known) Value {
	if n == nil {
		return Object(f("hash", "", Null()), f("hash_revision", "hash revision", Null()), f("compact_revision", "compact revision", Null()))
	}
	return Object(
		f("hash", "", Uint(uint64(n.Hash))),
		f("hash_revision", "hash revision", Int(n.Rev)),
		f("compact_revision", "compact revision", Int(n.Compact)),
	)
}

// keyText is a path: bytes from outside; Null for none.
func keyText(path string) Value {
	if path == "" {
		return Null()
	}
	return Key([]byte(path))
}

// hashedSource says what the path is and whether its trailer is right.
func hashedSource(src *datadir.Source, t datadir.TrailerResult) []Field {
	return []Field{
		f("kind", "", Text(src.Kind.String())),
		f("db_path", "", textOrNull(src.DBPath)),
		f("trailer", "sha256 trailer", trailerValue(t)),
	}
}
