package quarantine

import (
	"errors"
	"os"

	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"boltvet/internal/upstream"
)

// snapshotStatus is `etcdutl snapshot status`.
func snapshotStatus(path string, reply *upstream.Reply) error {
	s, err := snapshot.NewV3(zap.NewNop()).Status(path)
	if err != nil {
		return err
	}
	reply.Status = &upstream.Status{
		Hash:      s.Hash,
		Revision:  s.Revision,
		TotalKeys: int64(s.TotalKey),
		Size:      s.TotalSize,
		Version:   upstream.Line(s.Version, maxName),
	}
	return nil
}

// hashKV is `etcdutl hashkv`. Opening the store writes to the file.
// Source: etcd 3.7.3, etcdutl/etcdutl/hashkv_command.go; the lessor there does
// as little as etcd's fake one, for leases are not hashed.
func hashKV(path string, revision int64, reply *upstream.Reply) error {
	lg := deathLogger()
	b := backend.NewDefaultBackend(lg, path)
	st := mvcc.NewStore(lg, b, &lease.FakeLessor{}, mvcc.StoreConfig{})
	h, _, err := mvcc.NewHashStorage(lg, st).HashByRev(revision)
	if err == nil {
		reply.HashKV = &upstream.Hash{Hash: h.Hash, Revision: h.Revision, CompactRevision: h.CompactRevision}
	}
	return errors.Join(err, st.Close(), b.Close())
}

// deathLogger writes to stderr why etcd ends the process: with the silent logger
// that etcdutl uses, a fatal message is an exit without a word.
func deathLogger() *zap.Logger {
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "msg", LevelKey: "level", EncodeLevel: zapcore.LowercaseLevelEncoder})
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(os.Stderr), zapcore.DPanicLevel))
}
