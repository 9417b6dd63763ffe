package render

import (
	"encoding/hex"
	"fmt"

	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/mvccview"
	"boltvet/verify"
)

// Status shows the result of inspect, and what verify's rules say of the faults that
// were met.
func Status(s *inspect.Status, codes []verify.CodeCount) Result {
	r := Result{Source: s.Source.Path}
	r.Fields = append(r.Fields, f("condition", "", condition(codes)))
	r.Fields = append(r.Fields, sourceFields(s)...)
	if s.DB != nil {
		r.Fields = append(r.Fields, spaceFields(s)...)
		r.Fields = append(r.Fields, meaningFields(s.DB)...)
	}
	if s.WAL != nil {
		r.Fields = append(r.Fields, walField(s.WAL))
	}
	if s.DB != nil {
		r.Fields = append(r.Fields, notChecked(s.Trailer.State))
	}
	r.Fields = append(r.Fields, Findings(codes))
	r.Brief = statusBrief(s, codes)
	r.Table = statusTable()
	return r
}

// notChecked names the findings that a command which does not say "damaged" has not
// looked for, by their codes.
func notChecked(trailer datadir.TrailerState) Field {
	var list []Value
	for _, code := range verify.DeepCodes() {
		list = append(list, Text(code))
	}
	if trailer == datadir.TrailerNotChecked {
		list = append(list, Text(datadir.FileTrailerWrong.String()))
	}
	return f("not_checked", "not checked", List(list...))
}

func statusTable() *Table {
	return &Table{Summary: true, Columns: []Column{
		{"condition", "condition"}, {"kind", "kind"}, {"releases.oldest", "from"}, {"releases.newest", "to"}, {"trailer.state", "sha256"},
		{"revisions.revision", "revision"}, {"keys.total_keys", "keys"}, {"records.superseded", "history"},
		{"db_bytes", "size"}, {"in_use_bytes", "in use"}, {"free_ratio", "free"},
	}}
}

// sourceFields say what the path is and who could have written it.
func sourceFields(s *inspect.Status) []Field {
	src := s.Source
	fields := []Field{
		f("kind", "", Text(src.Kind.String())),
		f("db_path", "", textOrNull(src.DBPath)),
		f("compression", "", textOrNull(src.Compression)),
		f("lock", "", Text(src.Lock.Use.String())),
		f("file_bytes", "file size", Bytes(src.FileSize)),
	}
	if s.DB == nil {
		return fields
	}
	rel := s.DB.Releases
	return append(fields,
		f("releases", "written by etcd", Object(
			f("oldest", "", textOrNull(rel.Oldest)),
			f("newest", "", textOrNull(rel.Newest)),
			f("because", "", textOrNull(rel.Why)),
			f("storage_version", "", versionValue(s.DB.View.Meta.StorageVersion)),
			f("cluster_version", "", versionValue(s.DB.View.Cluster.Version)),
		)),
		f("trailer", "sha256 trailer", trailerValue(s.Trailer)))
}

func versionValue(v mvccview.Maybe[mvccview.Version]) Value {
	if !v.Set {
		return Null()
	}
	return Text(v.Value.String())
}

func trailerValue(t datadir.TrailerResult) Value {
	state := Text(string(t.State))
	switch t.State {
	case datadir.TrailerOK:
		state = state.Styled(Good)
	case datadir.TrailerWrong, datadir.TrailerDamaged:
		state = state.Styled(Bad)
	case datadir.TrailerMissing:
		state = state.Styled(Warn)
	}
	return Object(f("state", "", state), f("stored_sha256", "stored", sha256Value(t.Check.Stored)), f("computed_sha256", "computed", sha256Value(t.Check.Computed)))
}

func sha256Value(s [32]byte) Value {
	if s == ([32]byte{}) {
		return Null()
	}
	return Text(hex.EncodeToString(s[:]))
}

// spaceFields say where the bytes of the file are.
func spaceFields(s *inspect.Status) []Field {
	db := s.DB
	p := db.Survey.Pages
	total := db.Survey.Total()
	free := f("free_or_leaked", "free, or leaked (no freelist tells)", Int(p.FreeOrLeaked))
	return []Field{
		f("db_bytes", "db size", Bytes(db.TotalSize())),
		f("in_use_bytes", "in use", Bytes(p.InUse()*p.PageSize)),
		f("free_bytes", "free", Bytes(p.NotInUse()*p.PageSize)),
		f("free_ratio", "", Ratio(db.FreeRatio())),
		f("fill_ratio", "fill of the trees", Ratio(db.Fill())),
		f("pages", "", Object(
			f("page_bytes", "page size", Bytes(p.PageSize)),
			f("high_water", "high water mark", Uint(uint64(db.Survey.Meta.HighWater))),
			f("meta", "", Int(p.Meta)), f("freelist", "", Int(p.Freelist)),
			f("branch", "", Int(p.Branch)), f("leaf", "", Int(p.Leaf)), f("overflow", "", Int(p.Overflow)),
			f("damaged", "", Int(p.Damaged)), f("free", "", Int(p.Free)), f("unreachable", "", Int(p.Unreachable)),
			free, f("missing", "", Int(p.Missing)),
			f("partial_bytes", "", Bytes(p.PartialBytes)), f("tail_bytes", "", Bytes(p.TailBytes)),
			f("trailer_bytes", "", Bytes(s.Source.Trailer.Bytes)),
		)),
		f("meta", "", metaValue(db)),
		f("tree", "", Object(
			f("buckets", "", Int(int64(len(db.Survey.Buckets)))),
			f("elements", "", Int(total.Keys-db.Survey.Directory.Keys)),
			f("depth", "", Int(int64(total.Depth))),
		)),
		f("forecast", "", forecastValue(db.Forecast, db.Whole)),
	}
}

func metaValue(db *inspect.DB) Value {
	slots := make([]Value, 0, 2)
	for i, m := range db.File.Metas {
		slots = append(slots, Object(
			f("slot", "", Int(int64(i))), f("live", "", Bool(i == db.File.Live)), f("valid", "", Bool(m.Valid)),
			f("txid", "", uintIf(m.Valid, uint64(m.Meta.Txid))),
			f("root_page", "root", uintIf(m.Valid, uint64(m.Meta.Root))),
			f("high_water", "", uintIf(m.Valid, uint64(m.Meta.HighWater))),
		))
	}
	live := db.Survey.Meta
	return Object(
		f("live", "", Int(int64(db.File.Live))), f("because", "", Text(db.File.Choice)),
		f("freelist_persisted", "freelist persisted", Bool(live.FreelistPersisted())),
		f("slots", "", List(slots...)))
}

// forecastValue knows nothing of a file that could not be read to its end.
func forecastValue(c inspect.Forecast, whole bool) Value {
	of := func(n int64) Value {
		if !whole {
			return Null()
		}
		return Bytes(n)
	}
	return Object(
		f("etcd_defrag_bytes", "after etcd's defrag", of(c.EtcdDefrag)),
		f("own_defrag_bytes", "after boltvet's defrag", of(c.OwnDefrag)),
		f("compact_etcd_defrag_bytes", "compacted to latest, etcd's defrag", of(c.EtcdDefragCompact)),
		f("compact_own_defrag_bytes", "compacted to latest, boltvet's", of(c.OwnDefragCompact)))
}

// walField shows the log of a member.
func walField(w *inspect.WAL) Field {
	behind := Null()
	if w.Known {
		behind = Int(w.Behind)
	}
	return f("wal", "", Object(
		f("dir", "", Text(w.Dir)),
		f("segments", "", Int(int64(len(w.Segments)))),
		f("valid_bytes", "", Bytes(w.Bytes)),
		f("member_id", "", idIf(w.HasMetadata, w.Metadata.NodeID)),
		f("cluster_id", "", idIf(w.HasMetadata, w.Metadata.ClusterID)),
		f("first_index", "", Uint(w.FirstIndex)),
		f("last_index", "", Uint(w.LastIndex)),
		f("last_term", "", Uint(w.LastTerm)),
		f("commit", "", uintIf(w.HasState, w.State.Commit)),
		f("db_behind_entries", "db behind by", behind),
		f("relation", "", Text(relation(w))),
	))
}

func relation(w *inspect.WAL) string {
	switch {
	case w.Broken:
		return fmt.Sprintf("not compared with the db: it is damaged behind index %d", w.LastIndex)
	case !w.Known:
		return "unknown: no consistent index in the db, or no db"
	case w.Behind < 0:
		return "the db is ahead of its log by " + counted(-w.Behind, "entry", "entries") + ": etcd would lose as many new writes"
	case w.Behind > 0:
		return "etcd replays " + counted(w.Behind, "entry", "entries") + " when it starts"
	}
	return "the db has all entries of the log"
}

func idIf(known bool, id uint64) Value {
	if !known {
		return Null()
	}
	return ID(id)
}
