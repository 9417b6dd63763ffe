package quarantine

import (
	"strings"
	"testing"
)

func TestServeArgs(t *testing.T) {
	for _, args := range [][]string{nil, {"hashkv"}, {"nosuch", "x"}, {"hashkv", "x", "y"}} {
		var out strings.Builder
		if err := Serve(args, &out); err == nil || out.Len() > 0 {
			t.Errorf("%q: %v, %q", args, err, out.String())
		}
	}
	if err := Serve([]string{"bolt-check", t.TempDir() + "/none"}, tellNothing{}); err == nil {
		t.Error("no error with a broken stdout")
	}
}
