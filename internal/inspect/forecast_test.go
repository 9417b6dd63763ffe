package inspect

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"

	"boltvet/fixtures"
)

// TestForecast lets etcd defragment and compact private copies, and compares the sizes
// with what was foreseen.
func TestForecast(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "generated.db")
	if err := fixtures.Generate(large, fixtures.GenOptions{Size: 30 << 20, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	list := append(goldens(t, dir), bases(t, dir)...)
	for _, x := range append(list, specimen{"generated", large, large}) {
		t.Run(x.name, func(t *testing.T) {
			s, _ := look(t, x.path, Options{})
			if s.DB.File.PageSize != os.Getpagesize() {
				t.Skip("etcd's defrag writes the machine's page size; the forecast is for a machine of the file's")
			}
			near(t, "defrag", s.DB, s.DB.Forecast.EtcdDefrag, defragged(t, x.db, 0), 0.01, 3)
			if s.DB.View.Totals.Records > 0 && s.DB.View.BumpMarkers() == 0 {
				near(t, "compaction and defrag", s.DB, s.DB.Forecast.EtcdDefragCompact, defragged(t, x.db, s.DB.View.Latest()), 0.03, 5)
			}
		})
	}
}

// near allows a share of the size, and a few pages where a share is less than these.
func near(t *testing.T, what string, d *DB, got, want int64, share float64, pages int64) {
	t.Helper()
	off := math.Abs(float64(got - want))
	if off > max(share*float64(want), float64(pages*int64(d.File.PageSize))) {
		t.Errorf("%s: foresaw %d bytes, etcd's has %d: %+.2f %%", what, got, want, 100*float64(got-want)/float64(want))
	}
	t.Logf("%s: foresaw %d, etcd's has %d: %+.2f %%, %+d pages", what, got, want, 100*float64(got-want)/float64(want), (got-want)/int64(d.File.PageSize))
}

// defragged has etcd's own code compact a copy to rev, if that is not 0, and
// defragment it; the result is the size below the high water mark.
func defragged(t *testing.T, path string, rev int64) int64 {
	t.Helper()
	cfg := backend.DefaultBackendConfig(zap.NewNop())
	cfg.Path, cfg.UnsafeNoFsync, cfg.MmapSize = copied(t, path), true, 64<<20
	be := backend.New(cfg)
	defer be.Close()
	if rev != 0 {
		compactTo(t, be, rev)
	}
	if err := be.Defrag(); err != nil {
		t.Fatal(err)
	}
	return be.Size()
}

func compactTo(t *testing.T, be backend.Backend, rev int64) {
	t.Helper()
	kv := mvcc.NewStore(zap.NewNop(), be, &lease.FakeLessor{}, mvcc.StoreConfig{CompactionBatchLimit: 10_000, CompactionSleepInterval: time.Microsecond})
	defer kv.Close()
	if done, err := kv.Compact(traceutil.TODO(), rev); err == nil || done != nil {
		<-done // also behind a compaction that was begun earlier
	}
	be.ForceCommit()
}
