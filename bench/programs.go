package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"boltvet/fixtures/peers"
)

// peerRelease is the release of etcd that we are compared with.
const peerRelease = peers.V37

// programs are the paths of what is run.
type programs struct {
	boltvet, limits string
	own             string // which boltvet that is
	peers           map[peers.Tool]string
}

// findPrograms builds the peers, if the cache does not hold them.
func findPrograms(ctx context.Context, boltvet, limits string) (programs, error) {
	p := programs{peers: map[peers.Tool]string{}}
	var err error
	if p.own, err = describeOwn(boltvet, "."); err != nil {
		return p, err
	}
	for _, own := range []struct {
		path string
		into *string
	}{{boltvet, &p.boltvet}, {limits, &p.limits}} {
		abs, err := filepath.Abs(own.path)
		if err == nil {
			_, err = os.Stat(abs)
		}
		if err != nil {
			return p, fmt.Errorf("program to measure: %w", err)
		}
		*own.into = abs
	}
	p.peers[itself] = p.boltvet
	for _, tool := range []peers.Tool{peers.Etcdutl, peers.Bbolt} {
		path, err := peers.Build(ctx, peerRelease, tool)
		if err != nil {
			return p, err
		}
		p.peers[tool] = path
	}
	return p, nil
}

// knows tells whether boltvet has a command: the words that follow "boltvet".
func (p *programs) knows(ctx context.Context, words []string) bool {
	return exec.CommandContext(ctx, p.boltvet, append([]string{"help"}, words...)...).Run() == nil
}

// versions lists the peers with the versions that they were built from.
func (p *programs) versions() []string {
	out := []string{"boltvet: " + p.own + ", " + goVersion(p.boltvet)}
	for _, tool := range []peers.Tool{peers.Etcdutl, peers.Bbolt} {
		out = append(out, fmt.Sprintf("%s: %s, %s", tool, moduleVersion(p.peers[tool], tool), goVersion(p.peers[tool])))
	}
	return out
}

// goVersion is the version of Go that a program was built with.
func goVersion(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "built with an unknown Go"
	}
	return "built with " + info.GoVersion
}

// moduleVersion is the version of the module that a peer's program comes from.
func moduleVersion(path string, tool peers.Tool) string {
	module := map[peers.Tool]string{peers.Etcdutl: "go.etcd.io/etcd/etcdutl/v3", peers.Bbolt: "go.etcd.io/bbolt"}[tool]
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "unknown version"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module {
			return m.Version
		}
	}
	return "unknown version"
}
