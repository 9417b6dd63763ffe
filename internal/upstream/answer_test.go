package upstream

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// The largest reply fits into what the parent reads.
func TestReplyIsBounded(t *testing.T) {
	var r Reply
	for range MaxMessages {
		r.Messages = append(r.Messages, Line(strings.Repeat("<\"\\\x00", 1000), MaxText))
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	must(t, encoder.Encode(r))
	if b.Len() > maxOutput {
		t.Errorf("%d bytes", b.Len())
	}
	var s Stats
	for range MaxBuckets {
		s.Buckets = append(s.Buckets, BucketStats{Name: Line(strings.Repeat("\\", 1000), 64)})
		v := reflect.ValueOf(&s.Buckets[len(s.Buckets)-1]).Elem()
		for i := range v.NumField() {
			if v.Field(i).CanInt() {
				v.Field(i).SetInt(-1 << 63)
			}
		}
	}
	b.Reset()
	must(t, encoder.Encode(Reply{Stats: &s}))
	if b.Len() > maxOutput {
		t.Errorf("%d bytes", b.Len())
	}
}
