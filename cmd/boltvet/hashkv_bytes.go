package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"boltvet/internal/query"
)

// hashKVFacts are what `etcdutl hashkv` prints, in its order and under its JSON names.
// Source: etcd v3.7.3, etcdutl/etcdutl/hashkv_command.go, type HashKV.
type hashKVFacts struct {
	Hash            uint32 `json:"hash"`
	HashRevision    int64  `json:"hashRevision"`
	CompactRevision int64  `json:"compactRevision"`
}

func newHashKVFacts(h query.HashKV) hashKVFacts { return hashKVFacts{h.Hash, h.Rev, h.Compact} }

// etcdutlPrints tells whether etcdutl has the format.
func etcdutlPrints(format string) bool {
	return slices.Contains([]string{"simple", "table", "json", "fields"}, format)
}

// append prints the facts as etcdutl does in one of its formats.
// Source: etcd v3.7.3, etcdutl/etcdutl/printer*.go.
func (h hashKVFacts) append(format string) ([]byte, error) {
	row := []string{fmt.Sprint(h.Hash), fmt.Sprint(h.HashRevision), fmt.Sprint(h.CompactRevision)}
	switch format {
	case "json":
		b, err := json.Marshal(h)
		return append(b, '\n'), err
	case "fields":
		return fmt.Appendf(nil, "\"Hash\" : %d\n\"Hash revision\" : %d\n\"Compact revision\" : %d\n",
			h.Hash, h.HashRevision, h.CompactRevision), nil
	case "table":
		return oneRowBox([]string{"HASH", "HASH REVISION", "COMPACT REVISION"}, row), nil
	}
	return []byte(strings.Join(row, ", ") + "\n"), nil
}
