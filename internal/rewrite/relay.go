package rewrite

import (
	"bytes"
	"sync/atomic"

	"boltvet/bolt"
)

// A relay is a loader that hands all on to another one, which works in a goroutine of its
// own: reading and packing have a core each. Keys and values are not copied. They are
// read until [relay.close] returns, so they must alias an open file, or memory that
// nobody changes.
type relay struct {
	to    bolt.Loader
	full  chan *parcel
	free  chan *parcel
	open  *parcel
	ended chan struct{}
	err   atomic.Pointer[error] // of to, the first
}

// A parcel is some calls of a loader.
type parcel struct {
	calls []loaderCall
	bytes int // of keys and values
}

// A loaderCall is one call of a loader.
type loaderCall struct {
	what       callKind
	key, value []byte
	sequence   uint64
}

type callKind uint8

const (
	callPut callKind = iota
	callBegin
	callEnd
)

// A parcel ends with so many calls or bytes, and so many are on their way at most: bytes
// count where the file is not mapped, for then each value is in memory.
const (
	parcelCalls = 256
	parcelBytes = 1 << 20
	parcels     = 4
)

// newRelay starts the goroutine; guard is that of the file which keys and values alias.
func newRelay(to bolt.Loader, guard func(func() error) error) *relay {
	r := &relay{to: to, full: make(chan *parcel, parcels), free: make(chan *parcel, parcels), ended: make(chan struct{})}
	for range parcels {
		r.free <- &parcel{calls: make([]loaderCall, 0, parcelCalls)}
	}
	go func() {
		defer close(r.ended)
		if err := guard(r.deliver); err != nil {
			r.err.Store(&err)
			for p := range r.full {
				r.free <- p
			}
		}
	}()
	return r
}

// deliver is what the goroutine does until there is an error.
func (r *relay) deliver() error {
	for p := range r.full {
		for i := range p.calls {
			if err := p.calls[i].make(r.to); err != nil {
				r.free <- p
				return err
			}
		}
		r.free <- p
	}
	return nil
}

func (c *loaderCall) make(to bolt.Loader) error {
	switch c.what {
	case callBegin:
		return to.Begin(c.key, c.sequence)
	case callEnd:
		return to.End()
	}
	return to.Put(c.key, c.value)
}

// Begin, Put and End give the error of an earlier call.
func (r *relay) Begin(name []byte, sequence uint64) error {
	return r.add(loaderCall{what: callBegin, key: bytes.Clone(name), sequence: sequence})
}

// Put hands a key with its value on.
func (r *relay) Put(key, value []byte) error {
	return r.add(loaderCall{key: key, value: value})
}

// End hands the end of a bucket on.
func (r *relay) End() error { return r.add(loaderCall{what: callEnd}) }

func (r *relay) add(c loaderCall) error {
	if r.open == nil {
		if err := r.failed(); err != nil {
			return err
		}
		r.open = <-r.free
		r.open.calls, r.open.bytes = r.open.calls[:0], 0
	}
	p := r.open
	p.calls = append(p.calls, c)
	if p.bytes += len(c.key) + len(c.value); len(p.calls) == parcelCalls || p.bytes >= parcelBytes {
		r.send()
	}
	return nil
}

func (r *relay) send() {
	if r.open != nil {
		r.full <- r.open
		r.open = nil
	}
}

func (r *relay) failed() error {
	if err := r.err.Load(); err != nil {
		return *err
	}
	return nil
}

// close waits until all is delivered and gives the first error. It must be called, once.
func (r *relay) close() error {
	r.send()
	close(r.full)
	<-r.ended
	return r.failed()
}
