package verify

import (
	"testing"

	"boltvet/fixtures/peers"
)

// judgement runs `bbolt check` or `etcdutl snapshot status` of 3.7 on a private copy.
func judgement(t *testing.T, tool peers.Tool, path string) peers.Judgement {
	v, err := peers.Judge(t.Context(), peers.V37, tool, path)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return v.Judgement
}
