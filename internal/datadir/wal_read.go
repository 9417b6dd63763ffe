package datadir

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
)

// ReadWAL reads every record of the log in dir, in order, and never writes. visit (may be nil) sees
// each record that parses, damaged and hidden ones too, marked as such; its error ends the reading
// and is returned. onFault receives each Fault and says whether to go on; when it is nil, the first
// Fault is returned as error. I/O errors are returned wrapped. Memory is bounded by the largest
// record. The summary is never nil when err is nil or a Fault.
//
// Source: etcd v3.7.3 storage/wal/wal.go (ReadAll, validSnapshotEntries), decoder.go.
func ReadWAL(ctx context.Context, dir string, visit func(WALRecord) error, onFault func(Fault) bool) (*WALSummary, error) {
	segments, err := listSegments(dir)
	if err != nil {
		return nil, err
	}
	r := &walReader{
		ctx: ctx, visit: visit, onFault: onFault,
		sum: &WALSummary{Dir: dir},
	}
	if err := r.readAll(dir, segments); err != nil && err != errStopped {
		return r.sum, err
	}
	return r.sum, nil
}

// A walReader carries what continues from segment to segment.
type walReader struct {
	ctx     context.Context
	visit   func(WALRecord) error
	onFault func(Fault) bool
	sum     *WALSummary
	seg     *SegmentSummary
	last    bool // seg is the last one

	chain    crcChain
	log      raftLog
	meta     metadataCheck
	probe    *prober           // finds the way back into the present segment
	snapTerm map[uint64]uint64 // terms of snapshot records by index
	gap      *Fault            // a jump in the sequence that the next crc record explains
	hidden   bool              // etcd has stopped before this place
}

var errStopped = errors.New("stopped by the receiver of faults")

// fault hands f on. The error is f itself in a strict read, errStopped when the receiver had enough.
func (r *walReader) fault(f Fault) error {
	if r.onFault == nil {
		r.sum.Stopped = true
		return f
	}
	if !r.onFault(f) {
		r.sum.Stopped = true
		return errStopped
	}
	return nil
}

// faultAt is a fault in the present segment.
func (r *walReader) faultAt(kind FaultKind, off int64, index uint64, got, want string) error {
	return r.fault(Fault{Kind: kind, File: r.seg.Name, Off: off, Index: index, Got: got, Want: want})
}

func (r *walReader) readAll(dir string, segments []Segment) error {
	if len(segments) == 0 {
		return r.fault(Fault{Kind: DirWALMissing, File: filepath.Base(dir), Off: -1,
			Got: "no log segment", Want: "files named SEQ-INDEX.wal"})
	}
	r.sum.Segments = make([]SegmentSummary, len(segments))
	for i, s := range segments {
		r.seg = &r.sum.Segments[i]
		r.seg.Segment = s
		r.last = i == len(segments)-1
		if err := r.startSegment(i); err != nil {
			return err
		}
		if err := r.readSegment(filepath.Join(dir, s.Name)); err != nil {
			return err
		}
		if err := r.endSegment(); err != nil {
			return err
		}
	}
	return r.finish()
}

// startSegment checks the name against what came before.
func (r *walReader) startSegment(i int) error {
	if i == 0 {
		if r.seg.Seq == 0 {
			r.chain = crcChain{known: true}
			if r.seg.Index != 0 {
				return r.faultAt(WALName, -1, 0, fmt.Sprintf("index %d", r.seg.Index), "index 0 in the first segment")
			}
		}
		return nil
	}
	prev := r.sum.Segments[i-1]
	if r.seg.Seq != prev.Seq+1 {
		r.gap = &Fault{Kind: WALSequence, File: r.seg.Name, Off: -1, Index: prev.LastIndex,
			Want: fmt.Sprintf("segment %d after %d", prev.Seq+1, prev.Seq)}
		return nil
	}
	if want := r.log.last + 1; r.log.known && !r.hidden && r.seg.Index != want {
		return r.faultAt(WALName, -1, want, fmt.Sprintf("index %d in the name", r.seg.Index),
			fmt.Sprintf("%d, which follows the segment before", want))
	}
	return nil
}

func (r *walReader) endSegment() error {
	if err := r.resolveGap(false); err != nil {
		return err
	}
	r.sum.Bytes += r.seg.ValidEnd
	if r.seg.Records > 0 {
		return nil
	}
	r.hide(0)
	r.chain = crcChain{}
	return r.faultAt(WALEmptySegment, 0, r.seg.Index, fmt.Sprintf("no record in %d bytes", r.seg.Size),
		"a crc record and a metadata record at least")
}

// resolveGap reports a pending jump in the sequence: a missing segment, or a wrong name when the
// checksum chain goes on across it.
func (r *walReader) resolveGap(continues bool) error {
	if r.gap == nil {
		return nil
	}
	f := *r.gap
	r.gap = nil
	f.Got = fmt.Sprintf("segment %d, and the checksum chain breaks: a segment is missing", r.seg.Seq)
	if continues {
		f.Got = fmt.Sprintf("segment %d, and the checksum chain continues: only the name is wrong", r.seg.Seq)
	} else {
		r.chain = crcChain{}
		r.hide(0)
	}
	return r.fault(f)
}

// hide marks that etcd does not get beyond off of the present segment.
func (r *walReader) hide(off int64) {
	if r.hidden {
		r.log.restart()
		return
	}
	r.freeze()
	r.hidden = true
	r.log = raftLog{}
	r.sum.Hidden.File, r.sum.Hidden.Off = r.seg.Name, off
}

// lastKnown is the highest index that is known so far, for the place of a fault.
func (r *walReader) lastKnown() uint64 { return max(r.log.last, r.sum.LastIndex) }

// freeze copies what etcd sees of the log into the summary.
func (r *walReader) freeze() {
	r.sum.FirstIndex, r.sum.LastIndex, r.sum.LastTerm = r.log.first, r.log.last, r.log.lastTerm
	r.sum.HasState, r.sum.State = r.log.hasState, r.log.state
}

// finish runs the checks that need the whole log.
func (r *walReader) finish() error {
	if r.hidden {
		r.sum.Hidden.FirstIndex, r.sum.Hidden.LastIndex = r.log.first, r.log.last
		r.sum.Hidden.State = r.log.state
	} else {
		r.freeze()
	}
	name := filepath.Base(r.sum.Dir)
	s := r.sum
	if !s.HasMetadata {
		if err := r.fault(Fault{Kind: WALMetadataMissing, File: name, Off: -1,
			Got: "no metadata record", Want: "one in every segment"}); err != nil {
			return err
		}
	}
	if len(s.Snapshots) == 0 {
		if err := r.fault(Fault{Kind: WALSnapshotMissing, File: name, Off: -1,
			Got: "no snapshot record", Want: "one at least, where reading starts"}); err != nil {
			return err
		}
	}
	return r.finishState(name)
}

// finishState compares the last hard state with the last entry. A Save writes entries first and the
// state behind them, so only a torn tail leaves an entry of a term that no state has.
func (r *walReader) finishState(name string) error {
	s := r.sum
	if !s.HasState {
		return nil
	}
	if s.State.Commit > s.LastIndex {
		if err := r.fault(Fault{Kind: WALCommitBeyond, File: name, Off: -1, Index: s.State.Commit,
			Got:  fmt.Sprintf("commit index %d", s.State.Commit),
			Want: fmt.Sprintf("at most %d, the last entry", s.LastIndex)}); err != nil {
			return err
		}
	}
	if s.LastTerm > s.State.Term && r.seg.LastIndex == s.LastIndex && !s.Torn && !r.hidden {
		return r.fault(Fault{Kind: WALTermBack, File: name, Off: -1, Index: s.LastIndex,
			Got: fmt.Sprintf("term %d in the last hard state", s.State.Term), Want: fmt.Sprintf("%d, the term of the last entry", s.LastTerm)})
	}
	return nil
}

// A crcChain is the running checksum over data fields. After a record that does not fit, both its
// stored and its computed value may be what the writer went on with; the next record tells.
type crcChain struct {
	known  bool
	sum    uint32
	alt    uint32
	hasAlt bool
}

// check takes one record into the chain. want is the value that would have been right.
func (c *crcChain) check(r *WALRecord) (ok bool, want uint32) {
	if !c.known {
		*c = crcChain{known: true, sum: r.CRC}
		return true, r.CRC
	}
	want = crc32.Update(c.sum, castagnoli, r.Data)
	if want == r.CRC {
		*c = crcChain{known: true, sum: want}
		return true, want
	}
	if c.hasAlt && crc32.Update(c.alt, castagnoli, r.Data) == r.CRC {
		*c = crcChain{known: true, sum: r.CRC}
		return true, r.CRC
	}
	*c = crcChain{known: true, sum: r.CRC, alt: want, hasAlt: true}
	return false, want
}
