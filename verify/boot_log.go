package verify

import (
	"fmt"
	"strings"
)

// The steps of etcd's start that depend on the log and the .snap files.
//
// Source: etcd v3.7.3 and v3.6.16 server/etcdserver/bootstrap.go, v3.5.35 server/etcdserver/server.go
// (NewServer), storage.go (readWAL).

// findLog is the start without a log: etcd takes the member for a new one.
func (b *bootRun) findLog() *BootVerdict {
	if len(b.dir.Segments) > 0 {
		return nil
	}
	for _, name := range b.dir.Ignored {
		if strings.HasPrefix(name, "wal/") && strings.HasSuffix(name, ".wal") {
			return dies("wal: file not found", "the log has files of wrong names only")
		}
	}
	switch {
	case !b.dir.HasDB:
		return nil
	case b.index() > uint64(2*len(b.dbConf().Voters)+4):
		return idles("", fmt.Sprintf("there is no log: with the flags of a new cluster, etcd starts one on top of the old db and "+
			"drops the first %d entries; with those of an existing one it joins that", b.index()))
	}
	return unclear("there is no log: with the flags of a new cluster, etcd starts one on top of the old db")
}

// surveyLog is the pass over the whole log. etcd dies of damage in segments that it does not need.
func (b *bootRun) surveyLog() *BootVerdict {
	at := "the log is damaged at " + b.survey.place
	if b.survey.stop == logCut && b.snapFiles {
		return nil
	}
	switch b.survey.stop {
	case logCRC:
		return dies("walpb: crc mismatch", at)
	case logChain:
		why := "the checksums of two segments do not continue, at " + b.survey.place
		if b.minor < 6 {
			return dies("wal: crc mismatch", why)
		}
		return dies("walpb: crc mismatch", why)
	case logCut:
		return dies("cannot parse invalid wire-format data", at)
	case logProto:
		return dies("proto:", at)
	case logPayload:
		return dies("unmarshal should never fail", at)
	case logTooLarge:
		return unclear("the log has a record of an impossible size at " + b.survey.place)
	}
	return nil
}

// loadSnap loads the v2 store of the .snap file.
func (b *bootRun) loadSnap() *BootVerdict {
	if !b.snapFiles || b.chosen == nil {
		return nil
	}
	switch {
	case !b.chosen.json:
		return dies("failed to recover from snapshot", "the v2 store in "+b.chosen.entry.Name+" cannot be read")
	case b.minor >= 6 && b.chosen.file.Store.UserKeys > 0:
		return dies("detected disallowed custom content in v2store", b.chosen.entry.Name+" has keys of the v2 API")
	}
	return nil
}

// placeDB puts a db from the leader in place when the present one is behind the snapshot.
//
// Source: etcd v3.7.3 server/storage/backend.go (RecoverSnapshotBackend).
func (b *bootRun) placeDB() *BootVerdict {
	if len(b.dir.Segments) == 0 || b.log.start.Index <= b.index() {
		return nil
	}
	if b.received(b.log.start.Index) {
		return unclear(fmt.Sprintf("it replaces the db by %016x.snap.db: check that file by itself", b.log.start.Index))
	}
	return dies("failed to recover v3 backend from snapshot",
		fmt.Sprintf("the snapshot it starts from is at index %d, the db at %d", b.log.start.Index, b.index()))
}

// readLog opens the log at the snapshot and reads it to its end.
func (b *bootRun) readLog() *BootVerdict {
	if len(b.dir.Segments) == 0 || b.log.ends(b.snapFiles) {
		return nil
	}
	const unreadable = "failed to read WAL, cannot be repaired"
	at := "at " + b.log.place
	switch b.log.stop {
	case logNoStart:
		return dies("failed to open WAL", "no segment reaches back to "+b.log.place)
	case logSequence:
		return dies("failed to open WAL", "a segment is missing before "+b.log.place)
	case logType:
		return dies(unreadable+": unexpected block type", "a record of an unknown type "+at)
	case logMetadata:
		return dies(unreadable+": wal: conflicting metadata found", "the log names two members, "+at)
	case logTerm:
		return dies(unreadable+": wal: snapshot mismatch", "a snapshot record of another term "+at)
	case logGap:
		return dies(unreadable+": wal: slice bounds out of range", "entries are missing "+at)
	case logPayload:
		return dies("unmarshal should never fail", "a record that cannot be read "+at)
	case logTooLarge:
		return unclear("the log has a record of an impossible size " + at)
	}
	return dies(unreadable, "a record is cut before the last segment, "+at)
}

// startRaft is where raft looks at what the log gave.
//
// Source: raft v3.7.0 raft.go (loadState, Config.validate).
func (b *bootRun) startRaft() *BootVerdict {
	switch {
	case len(b.dir.Segments) == 0:
		return nil
	case !b.snapFiles && len(b.survey.snaps) == 0:
		return dies("invalid memory address or nil pointer dereference", "the log has no valid snapshot record")
	case b.log.meta.NodeID == 0:
		return dies("cannot use none as id", "the log does not name its member")
	case b.log.state.Commit > b.log.last:
		return dies("is out of range", fmt.Sprintf("entries up to %d are committed, but the log ends at %d", b.log.state.Commit, b.log.last))
	}
	return nil
}

// voters are the voters of raft when all that is committed is applied. 3.7 applies a change only if
// the db lacks it.
func (b *bootRun) voters() []uint64 {
	if b.snapFiles {
		base := b.log.members(b.snapConf(), 0, b.log.state.Commit)
		return base.Voters
	}
	return b.log.members(b.dbConf(), b.index(), b.log.state.Commit).Voters
}
