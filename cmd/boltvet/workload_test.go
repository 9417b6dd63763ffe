package main

import (
	"context"
	"fmt"
	"testing"

	"boltvet/mvccview"
)

// TestMemoryIsARefusal: too many keys for --max-memory are exit code 5, with a way out.
func TestMemoryIsARefusal(t *testing.T) {
	f := explain(context.Background(), fmt.Errorf("a.db: %w", &mvccview.MemoryError{Limit: 1 << 20}))
	if f.code != exitRefused || f.try == "" {
		t.Errorf("got %+v", f)
	}
}
