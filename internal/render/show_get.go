package render

import (
	"slices"

	"boltvet/internal/query"
)

// KeyFields is one key of an answer as a row. value is what is shown of its value; nil:
// it was not asked for.
func KeyFields(it *query.Item, value []byte) []Field {
	shown := Null()
	if value != nil {
		shown = Key(value)
	}
	return []Field{
		f("key", "", Key(it.KV.Key)),
		f("value", "", shown),
		f("create_revision", "created", Int(it.KV.Create)),
		f("mod_revision", "changed", Int(it.KV.Mod)),
		f("version", "", Int(it.KV.Version)),
		f("lease", "", leaseID(it.KV.Lease)),
		f("doubt", "", textOrNull(it.Doubt.String()).Styled(Warn)),
	}
}

// leaseID is Null for no lease.
func leaseID(id int64) Value {
	if id == 0 {
		return Null()
	}
	return ID(uint64(id))
}

// Get is the answer of get, whose keys are keys, each an object of [KeyFields].
func Get(a *query.GetAnswer, keys []Value, keysOnly bool) Result {
	r := Result{Source: a.Source.Path, Fields: answerFields(a)}
	r.Fields = append(r.Fields, f("keys", "", List(keys...)))
	columns := []Column{{"key", "key"}, {"value", "value"}, {"create_revision", "created"}, {"mod_revision", "changed"},
		{"version", "version"}, {"lease", "lease"}}
	if keysOnly {
		columns = append(columns[:1], columns[2:]...)
	}
	if a.Doubtful > 0 {
		columns = withDoubt(columns)
	}
	if a.Len() > 0 {
		r.Table = ListTable("keys", List(keys...), columns...)
		r.Table.Paths = true
	}
	return r
}

// withDoubt puts the doubts behind the key, where no narrow terminal cuts them off.
func withDoubt(columns []Column) []Column { return slices.Insert(columns, 1, Column{"doubt", "doubt"}) }

// answerFields are what an answer says besides its keys.
func answerFields(a *query.GetAnswer) []Field {
	return []Field{
		f("cluster_id", "cluster", idOrNull(a.Header.ClusterID)),
		f("member_id", "member", idOrNull(a.Header.MemberID)),
		f("raft_term", "raft term", uintIf(a.Header.RaftTerm != 0, a.Header.RaftTerm)),
		f("latest_revision", "latest revision", Int(a.Header.Revision)),
		f("compact_revision", "compact revision", Int(a.Compact)),
		f("revision", "as of revision", Int(a.Rev)),
		f("count", "keys in the range", Int(a.Count)),
		f("more", "more than the limit", Bool(a.More)),
		f("lost_keys", "lost keys", Int(a.Lost)),
		f("doubtful_keys", "doubtful keys", Int(a.Doubtful)),
	}
}

func idOrNull(id uint64) Value {
	if id == 0 {
		return Null()
	}
	return ID(id)
}

// KeyFile is one key whose value was written to a file.
func KeyFile(it *query.Item, name string, bytes int) []Field {
	return []Field{
		f("file", "", Key([]byte(name))),
		f("key", "", Key(it.KV.Key)),
		f("value_bytes", "value", Bytes(int64(bytes))),
		f("mod_revision", "changed", Int(it.KV.Mod)),
		f("doubt", "", textOrNull(it.Doubt.String()).Styled(Warn)),
	}
}

// GetFiles is the answer of get whose values are in files of dir, each an object of
// [KeyFile].
func GetFiles(a *query.GetAnswer, dir string, files []Value) Result {
	r := Result{Source: a.Source.Path, Fields: answerFields(a)}
	r.Fields = append(r.Fields, f("out_dir", "directory", keyText(dir)), f("files", "", List(files...)))
	if len(files) > 0 {
		r.Table = ListTable("files", List(files...), Column{"file", "file"}, Column{"key", "key"},
			Column{"value_bytes", "value"}, Column{"mod_revision", "changed"})
	}
	return r
}
