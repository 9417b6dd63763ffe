package mvccview

import "strconv"

// This file: the rules about one record alone, which hold above and below C:
// M8, M11, M12, M13. Of each record the first that is broken is reported, for
// the next ones follow from it more often than not.

// checkLocal reports what is wrong with the record itself, and tells whether
// anything is.
func (c *Chain) checkLocal(r *Record) (bad bool) {
	if localFits(r) {
		return false
	}
	kv := &r.KV
	switch {
	case r.Tombstone:
		c.reportTombstone(r)
	case kv.Mod != r.Main:
		// The record may belong elsewhere, so that the one that belongs here is lost.
		c.doubts.Add(r.Revision, r.Revision.next())
		got := "mod_revision " + dec(kv.Mod)
		if kv.Mod == 0 && kv.Create == 0 && kv.Version == 0 {
			got = "nothing but a key, as a tombstone has"
		}
		c.reportRecord(r, RecordModRevision, got, "mod_revision "+dec(r.Main))
	case kv.Create <= 0 || kv.Create > kv.Mod:
		c.reportRecord(r, RecordCreateRevision, "create_revision "+dec(kv.Create), "1 to "+dec(kv.Mod))
	default:
		c.reportRecord(r, RecordVersion, versionText(kv.Version, kv.Create), versionRange(kv))
	}
	return true
}

// localFits tells whether a record that has a value fits itself.
func localFits(r *Record) bool {
	kv := &r.KV
	if r.Tombstone {
		return r.ValLen == canonicalSize(&KeyValue{Key: kv.Key})
	}
	return kv.Mod == r.Main && kv.Create > 0 && kv.Create <= kv.Mod && versionFits(kv)
}

// reportTombstone is M8. Unknown fields count too: etcd writes field 1 alone.
func (c *Chain) reportTombstone(r *Record) {
	kv := &r.KV
	got := strconv.Itoa(r.ValLen) + " bytes"
	if kv.Mod != 0 {
		got += " with mod_revision " + dec(kv.Mod)
	}
	if kv.Mod == r.Main && kv.Version > 0 {
		c.reportRecord(r, RecordTombstonePut, "the record of a put, under the mark of a tombstone", "a put's key of 17 bytes")
		return
	}
	c.reportRecord(r, RecordTombstoneValue, got, strconv.Itoa(canonicalSize(&KeyValue{Key: kv.Key}))+" bytes, the key alone")
}

// versionFits is M13: each put of a generation counts one, and takes a main of
// its own.
func versionFits(kv *KeyValue) bool {
	return kv.Version >= 1 && kv.Version-1 <= kv.Mod-kv.Create && (kv.Version == 1) == (kv.Create == kv.Mod)
}

func versionRange(kv *KeyValue) string {
	switch most := kv.Mod - kv.Create + 1; most {
	case 1:
		return "version 1"
	case 2:
		return "version 2"
	default:
		return "version 2 to " + dec(most)
	}
}

func versionText(version, create int64) string {
	return "version " + dec(version) + " since " + dec(create)
}

func dec(n int64) string { return strconv.FormatInt(n, 10) }
