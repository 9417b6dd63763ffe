package mvccview

import "google.golang.org/protobuf/encoding/protowire"

// report counts a fault and hands it to the sink.
func (c *Chain) report(f Fault) {
	c.result.counts[f.Kind]++
	if !c.stopped && c.options.OnFault != nil && !c.options.OnFault(f) {
		c.stopped = true
	}
}

// reportRecord reports a fact about the record being stepped.
func (c *Chain) reportRecord(r *Record, kind FaultKind, got, want string) {
	f := mark{r.Revision, r.Page, r.Elem, r.Off}.at(newFault(kind, got, want))
	f.Key = clipKey(r.KV.Key)
	c.report(f)
}

// place puts the place of e into f, and the user's key, which is read from the
// file if it is not at hand.
func (c *Chain) place(f Fault, e *chainEntry, key []byte) Fault {
	f = e.mark().at(f)
	if key != nil || e.is(entryMarker) {
		f.Key = clipKey(key)
	} else {
		f.Key = c.readKey(e)
	}
	return f
}

// readKey reads the user's key of an entry: it is the first field of the value,
// which lies behind the bucket's key. A record that etcd did not write may have
// it elsewhere; then the fault has no key.
func (c *Chain) readKey(e *chainEntry) []byte {
	if c.options.Source == nil {
		return nil
	}
	var buf [maxFaultKey + 16]byte
	n, _ := c.options.Source.ReadAt(buf[:], e.off+e.keyLen()) // the end of the file may be near
	b := buf[:n]
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 || num != kvKey || typ != protowire.BytesType {
		return nil
	}
	b = b[n:]
	size, n := protowire.ConsumeVarint(b)
	if n < 0 {
		return nil
	}
	b = b[n:]
	return clipKey(b[:min(size, uint64(len(b)))])
}
