package render

import (
	"encoding/hex"
	"fmt"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/internal/rewrite"
	"boltvet/verify"
)

// Rewrite shows what defrag, compact or seal did, or would do. target is the path of
// the new file; "" if there is none yet.
func Rewrite(r *rewrite.Result, target string) Result {
	out := Result{Source: r.Source.Path}
	out.Fields = []Field{
		f("outcome", "", outcomeValue(r, rewriteOutcome(r))),
		f("output", "", keyText(target)),
		f("dry_run", "only planned", Bool(r.DryRun)),
		f("carries_damage", "carries damage of the source", Bool(r.Forced)),
	}
	out.Fields = append(out.Fields, hashedSource(r.Source, r.Trailer)...)
	out.Fields = append(out.Fields,
		f("before", "", sizeValue(r.Before)),
		f("after", "", sizeValue(r.After)),
		f("saved_bytes", "saved", Bytes(r.Before.FileBytes-r.After.FileBytes)),
		f("records", "", Object(
			f("kept", "", Int(r.Records.Kept)), f("kept_bytes", "", Bytes(r.Records.KeptBytes)),
			f("dropped", "", Int(r.Records.Dropped)), f("dropped_bytes", "", Bytes(r.Records.DroppedBytes)))),
		f("compaction", "", compactionValue(r)),
		f("status_hash_before", "status hash before", hexValue(r.HashBefore)),
		f("status_hash_after", "status hash after", hashAfter(r)),
		f("sealed", "", Bool(r.Sealed)),
		f("sha256", "", sha256Value(r.SHA256)),
		f("read_back", "read back from the disk", Bool(r.ReadBack)),
		f("room", "", Object(f("needed_bytes", "needed", Bytes(r.Room.Need)), f("free_bytes", "free", bytesIf(r.Room.Known, r.Room.Free)))),
		f("elapsed_seconds", "elapsed", Duration(r.Elapsed)),
		f("bytes_per_second", "speed, of the source", Bytes(r.BytesPerSecond())),
		Findings(r.Codes),
	)
	out.Brief = rewriteBrief(r, target)
	out.Table = &Table{Summary: true, Columns: []Column{
		{"output", "output"}, {"before.file_bytes", "before"}, {"before.free_bytes", "free"}, {"after.file_bytes", "after"},
		{"after.pages", "pages"}, {"records.kept", "kept"}, {"records.dropped", "dropped"}, {"status_hash_before", "hash before"},
		{"status_hash_after", "hash after"}, {"sealed", "sealed"}, {"elapsed_seconds", "time"}, {"bytes_per_second", "per second"},
	}}
	return out
}

// Unwritten shows why a damaged source was not rewritten.
func Unwritten(src *datadir.Source, codes []verify.CodeCount) Result {
	b := brief{}
	b.add("outcome", Text("refused: the source is damaged, nothing was written").Styled(Bad))
	b.findings(codes)
	return Result{Source: src.Path, Brief: b.fields, Fields: []Field{
		f("outcome", "", Text("refused").Styled(Bad)),
		f("output", "", Null()),
		Findings(codes),
	}}
}

func outcomeValue(r *rewrite.Result, outcome string) Value {
	if r.Forced {
		return Text(outcome).Styled(Bad)
	}
	return Text(outcome).Styled(Good)
}

func rewriteOutcome(r *rewrite.Result) string {
	if r.DryRun {
		return "planned"
	}
	return "written"
}

func hexValue(h uint32) Value { return Text(fmt.Sprintf("%x", h)) }

func hashAfter(r *rewrite.Result) Value {
	if r.DryRun && r.HashAfter == 0 {
		return Null()
	}
	return hexValue(r.HashAfter)
}

// bytesIf is a size, or Null if it is not known.
func bytesIf(known bool, n int64) Value {
	if !known {
		return Null()
	}
	return Bytes(n)
}

func sizeValue(s rewrite.Size) Value {
	return Object(
		f("file_bytes", "file", Bytes(s.FileBytes)), f("db_bytes", "db", Bytes(s.DBBytes)),
		f("page_size_bytes", "page size", Bytes(s.PageSize)), f("pages", "", Int(s.Pages)),
		f("free_pages", "free pages", Int(s.FreePages)), f("free_bytes", "free", Bytes(s.FreeBytes())),
	)
}

// compactionValue is Null where the history was left alone.
func compactionValue(r *rewrite.Result) Value {
	c := r.Compaction
	if c.Revision == 0 {
		return Null()
	}
	list := make([]Value, len(c.Prefixes))
	for i, p := range c.Prefixes {
		name := Key(p.Prefix)
		if p.Prefix == nil {
			name = Null()
		}
		list[i] = Object(f("prefix", "", name), f("records", "", Int(p.Records)), f("bytes", "", Bytes(p.Bytes)))
	}
	return Object(
		f("revision", "", Int(c.Revision)),
		f("previous_compact_revision", "previous", intIf(c.Previous >= 0, c.Previous)),
		f("latest_revision", "latest", Int(c.Latest)),
		f("kept_tombstones", "tombstones kept at it", Int(c.KeptTombstones)),
		f("dropped_by_prefix", "dropped by prefix", List(list...)),
	)
}

// rewriteBrief tells a person what there is now, and what to know about it.
func rewriteBrief(r *rewrite.Result, target string) []Field {
	b := brief{}
	verb := rewriteOutcome(r)
	if target != "" {
		verb += ": " + Printable([]byte(target))
	}
	b.add("outcome", outcomeValue(r, verb))
	if r.Forced {
		b.add("damage", Text("the source is damaged: the new file has what could be read of it, and what the findings say").Styled(Bad))
	}
	b.text("size", "%s, was %s; %d pages, were %d, %s of them free", size(r.After.FileBytes), size(r.Before.FileBytes),
		r.After.Pages, r.Before.Pages, size(r.Before.FreeBytes()))
	b.text("records", "%d kept (%s), %d dropped (%s)", r.Records.Kept, size(r.Records.KeptBytes), r.Records.Dropped, size(r.Records.DroppedBytes))
	if c := r.Compaction; c.Revision != 0 {
		b.compaction(c)
	}
	b.text("hash", "%s", hashLine(r))
	b.text("seal", "%s", sealLine(r))
	if r.ReadBack {
		b.text("read back", "every layer of the new file was verified from the disk")
	}
	b.text("room", "%s", roomLine(r.Room))
	b.text("time", "%.2f s, %s/s of the source", r.Elapsed.Seconds(), size(r.BytesPerSecond()))
	b.findings(r.Codes)
	return b.fields
}

func (b *brief) compaction(c rewrite.Compaction) {
	before := "never compacted before"
	if c.Previous >= 0 {
		before = fmt.Sprintf("was %d", c.Previous)
	}
	b.text("compacted at", "%d (%s), latest revision %d", c.Revision, before, c.Latest)
	b.text("watches", "below revision %d get: mvcc: required revision has been compacted", c.Revision)
	for _, p := range c.Prefixes {
		name := quoteText(p.Prefix)
		if p.Prefix == nil {
			name = "all others"
		}
		b.text("dropped", "%s: %s, %s", name, counted(p.Records, "record", "records"), size(p.Bytes))
	}
}

func quoteText(prefix []byte) string {
	if len(prefix) == 0 {
		return "keys without a slash"
	}
	return Printable(prefix)
}

func hashLine(r *rewrite.Result) string {
	switch {
	case r.DryRun:
		return fmt.Sprintf("%x before (as etcdutl snapshot status)", r.HashBefore)
	case r.HashBefore == r.HashAfter:
		return fmt.Sprintf("%x, before and after (as etcdutl snapshot status)", r.HashAfter)
	}
	return fmt.Sprintf("%x, was %x (as etcdutl snapshot status)", r.HashAfter, r.HashBefore)
}

func roomLine(r rewrite.Room) string {
	if !r.Known {
		return size(r.Need) + " needed"
	}
	return fmt.Sprintf("%s needed, %s free", size(r.Need), size(r.Free))
}

func sealLine(r *rewrite.Result) string {
	switch {
	case !r.Sealed:
		return "none: a bare db; a restore wants --skip-hash-check"
	case r.DryRun:
		return "a sha256 trailer"
	}
	return strings.Join([]string{"sha256", hex.EncodeToString(r.SHA256[:])}, " ")
}
