package swap

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The environment of the process that kills itself.
const killDB, killAt, killVariant = "BOLTVET_SWAP_DB", "BOLTVET_SWAP_AT", "BOLTVET_SWAP_VARIANT"

// Killed at any step, the db is the old or the new file, complete; the next run cleans up.
func TestKilledAtEachStep(t *testing.T) {
	if db := os.Getenv(killDB); db != "" {
		killMyself(t, db)
		return
	}
	for _, v := range possible(t, variants) {
		for _, at := range []step{stepStage, stepOwner, stepSync, stepProve, stepLink, stepExchange, stepSyncDir, stepLook, stepDrop, stepKeep, stepSyncEnd} {
			if at == stepDrop && v.sm.noLink {
				continue
			}
			t.Run(v.name+"/"+string(at), func(t *testing.T) { killed(t, v.name, v.o, hurried(v.sm), at) })
		}
	}
}

func killed(t *testing.T, variant string, o Options, sm seams, at step) {
	db := member(t)
	c := exec.Command(os.Args[0], "-test.run=^TestKilledAtEachStep$")
	c.Env = append(os.Environ(), killDB+"="+db, killAt+"="+string(at), killVariant+"="+variant)
	out, err := c.CombinedOutput()
	if err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("it was not killed: %v\n%s", err, out)
	}
	got, err := os.ReadFile(db)
	check(t, err)
	if !bytes.Equal(got, oldText) && !bytes.Equal(got, newText) {
		t.Errorf("the db is neither the old nor the new file: %d bytes", len(got))
	}
	var old bool
	all, err := filepath.Glob(db + "*")
	check(t, err)
	for _, path := range all {
		got, err := os.ReadFile(path)
		check(t, err)
		old = old || bytes.Equal(got, oldText)
	}
	if !old && !(o.NoBackup && at == stepSyncEnd) {
		t.Error("the old file is nowhere")
	}

	s, err := begin(db, o, sm)
	check(t, err)
	s.Abort()
	listing(t, db, "db", "db.bak")
	_, err = run(db, o, sm)
	check(t, err)
	holds(t, db, newText)
	listing(t, db, "db", "db.bak")
}

func killMyself(t *testing.T, db string) {
	for _, v := range variants {
		if v.name != os.Getenv(killVariant) {
			continue
		}
		sm := hurried(v.sm)
		sm.before = func(s step) error {
			if string(s) == os.Getenv(killAt) {
				return syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			return nil
		}
		_, err := run(db, v.o, sm)
		t.Fatalf("it survived: %v", err)
	}
	t.Fatal("no such variant")
}
