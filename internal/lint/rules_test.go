package lint

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The tests below show that each rule can still fail: small made-up trees
// break one rule each, and their neighbours do not.

func load(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	tree, err := Load(mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func mapFS(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for p, src := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(src)}
	}
	return fsys
}

// wantComplaint fails unless there is exactly one complaint and it contains
// text, or none if text is empty.
func wantComplaint(t *testing.T, got []Complaint, text string) {
	t.Helper()
	switch {
	case text == "" && len(got) > 0:
		t.Errorf("complains %v, want nothing", got)
	case text != "" && (len(got) != 1 || !strings.Contains(got[0].String(), text)):
		t.Errorf("complains %v, want one with %q", got, text)
	}
}

func TestFloorsFire(t *testing.T) {
	tests := []struct{ name, path, imported, want string }{
		{"down", "verify/a.go", "boltvet/bolt", ""},
		{"up", "bolt/a.go", "boltvet/mvccview", "imports only go down"},
		{"sideways", "verify/a.go", "boltvet/internal/inspect", "imports only go down"},
		{"not in its list", "mvccview/a.go", "boltvet/internal/atomicfile", "may import bolt"},
		{"below, but not from fixtures", "fixtures/a.go", "boltvet/bolt", "may import fixtures/..."},
		{"within fixtures", "fixtures/gen/a.go", "boltvet/fixtures", ""},
		{"fixtures from production", "cmd/boltvet/a.go", "boltvet/fixtures", "only tests do"},
		{"fixtures from a test", "cmd/boltvet/a_test.go", "boltvet/fixtures", ""},
		{"a test goes up", "bolt/a_test.go", "boltvet/verify", "imports only go down"},
		{"oracle in a test", "bolt/a_test.go", "go.etcd.io/bbolt", ""},
		{"bbolt in production", "bolt/a.go", "go.etcd.io/bbolt", "internal/quarantine"},
		{"bbolt in quarantine", "internal/quarantine/a.go", "go.etcd.io/bbolt", ""},
		{"quarantine in boltvet", "cmd/boltvet/a.go", "boltvet/internal/quarantine", "only boltvet-upstream does"},
		{"server code in production", "internal/datadir/a.go", "go.etcd.io/etcd/server/v3/storage/wal", "internal/quarantine"},
		{"messages that bring gRPC", "internal/migrate/a.go", "go.etcd.io/etcd/api/v3/etcdserverpb", "may not import"},
		{"messages that do not", "internal/migrate/a.go", "go.etcd.io/etcd/api/v3/versionpb", "may not import"},
		{"tables at home", "internal/render/a.go", "github.com/olekukonko/tablewriter", ""},
		{"tables in a test elsewhere", "verify/a_test.go", "github.com/olekukonko/tablewriter", "only be imported by internal/render"},
		{"cli below cmd", "internal/render/a.go", "github.com/urfave/cli/v2", "only be imported by cmd/boltvet"},
		{"third party not on the list", "bolt/a.go", "github.com/dustin/go-humanize", "may not import"},
		{"no floor", "internal/newroom/a.go", "fmt", "has no floor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := load(t, map[string]string{tt.path: "package p\n\nimport _ \"" + tt.imported + "\"\n"})
			wantComplaint(t, CheckFloors(tree), tt.want)
		})
	}
	t.Run("bbolt as bolt", func(t *testing.T) {
		tree := load(t, map[string]string{"internal/quarantine/a.go": "package p\n\nimport bolt \"go.etcd.io/bbolt\"\n\nvar _ bolt.DB\n"})
		wantComplaint(t, CheckFloors(tree), "import bbolt as bbolt")
	})
}

func TestBansFire(t *testing.T) {
	tests := []struct{ name, path, src, want string }{
		{"unsafe", "bolt/a.go", `import _ "unsafe"`, "bounds checks"},
		{"unsafe in a test", "bolt/a_test.go", `import _ "unsafe"`, "bounds checks"},
		{"recover", "verify/a.go", `func f() { defer func() { recover() }() }`, "File.Guard"},
		{"recover at home", "bolt/guard.go", `func f() { defer func() { recover() }() }`, ""},
		{"exit", "cmd/boltvet/a.go", "import \"os\"\nfunc f() { os.Exit(1) }", "return an error"},
		{"exit in main", "cmd/boltvet/main.go", "import \"os\"\nfunc f() { os.Exit(1) }", ""},
		{"exit handed on", "verify/a.go", "import sys \"os\"\nvar f = sys.Exit", "return an error"},
		{"print", "verify/a.go", "import \"fmt\"\nfunc f() { fmt.Println() }", "io.Writer"},
		{"print to a writer", "verify/a.go", "import \"fmt\"\nfunc f() { fmt.Fprintln(nil) }", ""},
		{"print in cmd", "cmd/boltvet/a.go", "import \"fmt\"\nfunc f() { fmt.Println() }", ""},
		{"another Println", "verify/a.go", "var fmt struct{ Println func() }\nfunc f() { fmt.Println() }", ""},
		{"log", "mvccview/a.go", `import _ "log/slog"`, "only cmd"},
		{"println", "cmd/boltvet/a.go", `func f() { println(1) }`, "io.Writer"},
		{"panic", "mvccview/a.go", `func f() { panic(1) }`, "bugs of our own"},
		{"panic in a test", "mvccview/a_test.go", `func f() { panic(1) }`, ""},
		{"open for reading", "internal/datadir/a.go", "import \"os\"\nvar f, _ = os.OpenFile(\"a\", os.O_RDONLY, 0)", ""},
		{"open for writing", "internal/datadir/a.go", "import \"os\"\nvar f, _ = os.OpenFile(\"a\", os.O_RDWR, 0)", "internal/atomicfile"},
		{"write flags of unix", "bolt/a.go", "import \"golang.org/x/sys/unix\"\nvar f, _ = unix.Open(\"a\", unix.O_WRONLY, 0)", "internal/atomicfile"},
		{"create", "cmd/boltvet/a.go", "import \"os\"\nvar f, _ = os.Create(\"a\")", "internal/atomicfile"},
		{"spool", "internal/datadir/spool.go", "import \"os\"\nvar f, _ = os.CreateTemp(\"a\", \"b\")", ""},
		{"file name", "verify/helpers.go", "", "says nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := load(t, map[string]string{tt.path: "package p\n\n" + tt.src + "\n"})
			wantComplaint(t, CheckBans(tree), tt.want)
		})
	}
	t.Run("package name", func(t *testing.T) {
		wantComplaint(t, CheckBans(load(t, map[string]string{"internal/util/a.go": "package util\n"})), "says nothing")
	})
}

func TestDocsFire(t *testing.T) {
	const doc = "// Package p is a test.\npackage p\n"
	tests := []struct{ name, src, want string }{
		{"function", "func Bare() {}", "exported Bare"},
		{"function with another name", "// Bares is wrong.\nfunc Bare() {}", "exported Bare"},
		{"documented", "// Bare is right.\nfunc Bare() {}", ""},
		{"article", "// A Bare is right.\ntype Bare int", ""},
		{"type in a group", "type (\n\tBare int\n)", "exported Bare"},
		{"method", "type t int\n\n// T is t.\ntype T int\n\nfunc (T) Do() {}\nfunc (t) Do() {}\nfunc (T) String() string { return \"\" }", "exported Do"},
		{"constant", "const Bare = 1", "exported Bare"},
		{"group with its own comment", "// All of them.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
		{"group without", "const (\n\tA = 1 // one\n\tB = 2\n)", "exported B"},
		{"unexported", "func bare() {}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := load(t, map[string]string{"verify/doc.go": doc, "verify/a.go": "package p\n\n" + tt.src + "\n"})
			wantComplaint(t, CheckDocs(tree), tt.want)
		})
	}
	t.Run("no doc.go", func(t *testing.T) {
		wantComplaint(t, CheckDocs(load(t, map[string]string{"verify/a.go": doc})), "verify/doc.go: missing")
	})
	t.Run("tests alone need none", func(t *testing.T) {
		wantComplaint(t, CheckDocs(load(t, map[string]string{"verify/a_test.go": "package p\n"})), "")
	})
}

func TestSizesFire(t *testing.T) {
	function := func(name string, lines int) string {
		return "func " + name + "() {\n" + strings.Repeat("\tprint()\n", lines-2) + "}\n"
	}
	const generated = "// Code generated by x. DO NOT EDIT.\n\npackage p\n\n"
	small := strings.Repeat(function("f", 3), 30) // keeps median and p90 low
	tests := []struct{ name, path, src, want string }{
		{"at the limit", "bolt/a.go", small + function("g", 70), ""},
		{"long function", "bolt/a.go", small + function("g", 71), "g has 71 lines"},
		{"long function in a test", "bolt/a_test.go", small + function("g", 71), ""},
		{"generated", "bolt/a.go", generated + function("g", 71), ""},
		{"long file", "bolt/a.go", small + strings.Repeat("\n", 400), "at most 400"},
		{"median", "bolt/a.go", function("f", 13), "median"},
		{"90th percentile", "bolt/a.go", strings.Repeat(function("f", 3), 8) + strings.Repeat(function("g", 41), 2), "90th percentile"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.HasPrefix(tt.src, generated) {
				tt.src = "package p\n\n" + tt.src
			}
			_, got := CheckSizes(load(t, map[string]string{tt.path: tt.src}))
			wantComplaint(t, got, tt.want)
		})
	}
}

func TestTextsFire(t *testing.T) {
	check := map[string]func(*Tree) []Complaint{
		"format": CheckFormat, "later": CheckLater, "space": CheckSpace, "words": CheckWords,
	}
	tests := []struct{ rule, path, src, want string }{
		{"format", "bolt/a.go", "package p\nvar  a int\n", "gofmt"},
		{"format", "fixtures/peers/v35/a.go", "package p\nvar  a int\n", "gofmt"},
		{"format", "bolt/testdata/a.go", "package p\nvar  a int\n", ""},
		{"later", "bolt/a.go", "package p\n\n// " + "TODO: later\n", "without owner"},
		{"later", "bolt/a.go", "package p\n\n// " + "TODO(ada): later\n", ""},
		{"later", "bolt/a.go", "package p\n\n// " + "FIXME #12 later\n", ""},
		{"space", "docs/A.md", "a \n", "docs/A.md:1: space"},
		{"space", "cmd/boltvet/testdata/a.txtar", "a \n", ""},
		{"words", "docs/A.md", "see /ho" + "me/ada/x\n", "one machine"},
		{"words", "bolt/a.go", "package p\n\nvar a = \"/t" + "mp/x\"\n", "one machine"},
		{"words", "bolt/a_test.go", "package p\n\nvar a = \"/tmp/x\"\n", ""},
		{"words", "docs/A.md", "the framework/ and /var/lib/etcd\n", ""},
		{"words", "Makefile", "GOPROXY=https://pro" + "xy.golang.org\n", "serves packages"},
	}
	for _, tt := range tests {
		t.Run(tt.rule+" "+tt.path, func(t *testing.T) {
			files := map[string]string{tt.path: tt.src, "fixtures/peers/v35/go.mod": "module x\n"}
			wantComplaint(t, check[tt.rule](load(t, files)), tt.want)
		})
	}
}

func TestLinksFire(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"file", "[a](docs/A.md)", ""},
		{"folder", "[a](docs)", ""},
		{"missing", "\n[a](docs/B.md)", "README.md:2: link to docs/B.md"},
		{"heading", "[a](docs/A.md#exit-codes--0-to-6)", ""},
		{"missing heading", "[a](docs/A.md#nothing)", "no such heading"},
		{"own heading", "# Top\n[a](#top)", ""},
		{"web", "[a](https://etcd.io/none)", ""},
		{"in code", "`[a](none)`\n```\n[a](none)\n```", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"README.md": tt.text + "\n", "docs/A.md": "## Exit codes — `0` to 6\n"}
			wantComplaint(t, CheckLinks(load(t, files), mapFS(files)), tt.want)
		})
	}
}

func TestReasonsFire(t *testing.T) {
	const goMod = "module boltvet\n\nrequire example.org/one v1.0.0\n\nrequire (\n\texample.org/two v1.0.0\n\texample.org/far v1.0.0 // indirect\n)\n"
	const page = "# A\n\n## Dependencies\n\n| Module | Reason |\n| --- | --- |\n| `example.org/one` | x |\n"
	const row = "| `example.org/two` | x |\n"
	tests := []struct{ name, page, want string }{
		{"complete", page + row, ""},
		{"missing", page, "requires example.org/two"},
		{"in another section", page + "\n## Other\n" + row, "requires example.org/two"},
		{"used by a dependency as well", page + row + "| `example.org/far` | x |\n", ""},
		{"one too many", page + row + "| `example.org/gone` | x |\n", "reason for example.org/gone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantComplaint(t, CheckReasons(goMod, tt.page), tt.want) })
	}
}

func TestLinkedFires(t *testing.T) {
	tests := []struct{ name, linked, want string }{
		{"messages alone", "go.etcd.io/etcd/api/v3/versionpb", "links go.etcd.io/etcd/api/v3/versionpb"},
		{"messages of raft", "go.etcd.io/raft/v3/raftpb", "links go.etcd.io/raft/v3/raftpb"},
		{"fields by hand", "google.golang.org/protobuf/encoding/protowire", ""},
		{"protobuf's runtime", "google.golang.org/protobuf/proto", "links google.golang.org/protobuf/proto"},
		{"a name that begins alike", "google.golang.org/grpcish", ""},
		{"a module", "google.golang.org/grpc", "links google.golang.org/grpc"},
		{"deep in it", "go.etcd.io/etcd/server/v3/storage/wal", "links go.etcd.io/etcd/server/v3/storage/wal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantComplaint(t, CheckLinked("cmd/boltvet", []string{"fmt", tt.linked}), tt.want)
		})
	}
}

func TestQuantile(t *testing.T) {
	v := []int{5, 1, 4, 2, 3, 6, 7, 8, 10, 9}
	for percent, want := range map[int]int{0: 1, 50: 5, 90: 9, 100: 10} {
		if got := quantile(v, percent); got != want {
			t.Errorf("quantile(%d) = %d, want %d", percent, got, want)
		}
	}
	if got := quantile(nil, 50); got != 0 {
		t.Errorf("quantile of nothing = %d", got)
	}
}
