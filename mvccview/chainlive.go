package mvccview

// LiveKeys is the number of keys whose last record is a put: what `etcdutl snapshot
// status` of 3.6 and newer prints as total keys. No fork may be stepping meanwhile.
func (c *Chain) LiveKeys() (n int64) {
	c.latest.each(func(_ keyHash, e *chainEntry) {
		if e.is(entryLive) {
			n++
		}
	})
	return n
}
