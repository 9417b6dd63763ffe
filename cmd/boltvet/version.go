package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"boltvet/internal/migrate"
	"boltvet/internal/render"
)

// release is the version of a released build: -ldflags "-X main.release=v1.2.3".
var release string

// The storage schemas whose buckets and fields we know, by the etcd release that
// writes them.
// Source: etcd v3.7.3, server/storage/schema/schema.go (3.5 to 3.7 are named there; a
// file without a storage version is older than 3.6).
const (
	schemaOldest = "3.4"
	schemaNewest = "3.7"
)

// A build is what this binary is made of.
type build struct {
	version, revision, revisionTime string
	modified                        *bool // nil: not known
	goVersion                       string
	libraries                       []library
}

type library struct{ name, path, version string }

// readBuild asks the binary about itself, and the one that answers --upstream about
// bbolt and etcd, of whose code this one has the message definitions only. A build without
// version control stamp has no revision; that is normal.
func readBuild() build {
	b := build{version: release, goVersion: runtime.Version()}
	b.libraries = []library{
		{"bbolt_version", "go.etcd.io/bbolt", ""},
		{"etcd_server_version", "go.etcd.io/etcd/server/v3", ""},
		{"etcd_api_version", "go.etcd.io/etcd/api/v3", ""},
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b.named()
	}
	if b.version == "" && info.Main.Version != "(devel)" {
		b.version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.time":
			b.revisionTime = s.Value
		case "vcs.modified":
			modified := s.Value == "true"
			b.modified = &modified
		}
	}
	deps := append(upstreamModules(), &debug.Module{Path: "go.etcd.io/etcd/api/v3", Version: migrate.Definitions})
	for i := range b.libraries {
		b.libraries[i].version = moduleVersion(deps, b.libraries[i].path)
	}
	return b.named()
}

// named gives a build without version the name of one.
func (b build) named() build {
	if b.version == "" {
		b.version = "devel"
	}
	return b
}

// moduleVersion finds the version of a module among those that a program was built
// from, "" if it is not there.
func moduleVersion(deps []*debug.Module, path string) string {
	for _, d := range deps {
		if d.Path != path {
			continue
		}
		if d.Replace != nil {
			return d.Replace.Version
		}
		return d.Version
	}
	return ""
}

// versionCommand is `boltvet version`.
func versionCommand() *command {
	return &command{
		name: "version", short: "print the versions of boltvet, its libraries and the schemas it knows",
		examples: []example{{"boltvet version -w json", "for a bug report"}},
		run: func(c *call) (answer, error) {
			return answer{rows: []row{{result: versionResult(readBuild())}}}, nil
		},
	}
}

// versionResult is the document's form of a build. What is not known is null.
func versionResult(b build) render.Result {
	fields := []render.Field{
		{Name: "version", Label: "boltvet", Value: textOrNull(b.version)},
		{Name: "vcs_revision", Label: "source revision", Value: textOrNull(b.revision)},
		{Name: "vcs_time", Label: "source time", Value: textOrNull(b.revisionTime)},
		{Name: "vcs_modified", Label: "source modified", Value: boolOrNull(b.modified)},
		{Name: "go_version", Label: "Go", Value: textOrNull(b.goVersion)},
		{Name: "platform", Label: "platform", Value: render.Text(runtime.GOOS + "/" + runtime.GOARCH)},
	}
	for _, l := range b.libraries {
		label := strings.ReplaceAll(strings.TrimSuffix(l.name, "_version"), "_", " ")
		fields = append(fields, render.Field{Name: l.name, Label: label, Value: textOrNull(l.version)})
	}
	fields = append(fields,
		render.Field{Name: "storage_schema_oldest", Label: "oldest etcd storage understood", Value: render.Text(schemaOldest)},
		render.Field{Name: "storage_schema_newest", Label: "newest etcd storage understood", Value: render.Text(schemaNewest)},
	)
	return render.Result{Source: "boltvet", Fields: fields}
}

func boolOrNull(b *bool) render.Value {
	if b == nil {
		return render.Null()
	}
	return render.Bool(*b)
}

func textOrNull(s string) render.Value {
	if s == "" {
		return render.Null()
	}
	return render.Text(s)
}

// printVersion answers --version: one line.
func (p *program) printVersion() error {
	_, err := fmt.Fprintf(p.std.out, "boltvet %s\n", readBuild().version)
	return p.ownOutput(err)
}
