package main

import "boltvet/fixtures/peers"

// A measurement is one row of the benchmark: what boltvet runs, what a peer runs
// for the same answer, and the least work for it.
type measurement struct {
	name  string
	file  string   // key of inputs
	needs []string // the boltvet command; skipped if "boltvet help" does not know it
	// argv of boltvet. {file} is the input, {out} a path that does not exist.
	ours   []string
	peer   *peer   // nil: no program gives this answer
	limits []limit // the slowest counts; empty: none
	goals  []goal
	quick  bool // part of make bench-quick
}

// title names the row for people and for -run.
func (m *measurement) title() string { return m.name + " on " + m.file }

// A peer is another program's command line. {file} is the input and {out} a path
// that does not exist; {copy} is a private copy of the input that it may change,
// the db of the data directory {dir}. With several runs, which follow each other and
// count as one, {run} is the number of the run, from 1.
type peer struct {
	tool peers.Tool
	args []string
	runs int // 0: one
}

// itself is boltvet as a peer: for a command that is held against another one of its own.
const itself peers.Tool = "boltvet"

// A limit is a command of the program limits.
type limit string

// The limits.
const (
	limitCRC    limit = "crc32c" // CRC32C of the file on all cores
	limitTouch  limit = "touch"  // one byte of every used page, on all cores
	limitSHA    limit = "sha256" // sha256 of the file, one stream
	limitDirect limit = "direct" // dd oflag=direct of as many bytes as the peer's output has
)

// What several rows run.
var (
	etcdutlStatus  = &peer{tool: peers.Etcdutl, args: []string{"snapshot", "status", "{file}"}}
	etcdutlHashKV  = &peer{tool: peers.Etcdutl, args: []string{"hashkv", "{copy}"}}
	etcdutlDefrag  = &peer{tool: peers.Etcdutl, args: []string{"defrag", "--data-dir", "{dir}"}}
	etcdutlRestore = &peer{tool: peers.Etcdutl, args: []string{"snapshot", "restore", "{file}", "--data-dir", "{out}"}}
	etcdutlThree   = &peer{tool: peers.Etcdutl, runs: 3, args: []string{"snapshot", "restore", "{file}", "--data-dir", "{out}",
		"--name", "m{run}", "--initial-cluster", threeMembers, "--initial-advertise-peer-urls", "http://m{run}:2380"}}
	ownStatus  = &peer{tool: itself, args: []string{"status", "{file}"}}
	bboltCheck = &peer{tool: peers.Bbolt, args: []string{"check", "{file}"}}

	status     = []string{"status", "{file}"}
	verifyTree = []string{"verify", "--level", "tree", "{file}"}
	verifyFull = []string{"verify", "{file}"}
	space      = []string{"space", "{file}"}
	hashKV     = []string{"hashkv", "{file}"}
	defrag     = []string{"defrag", "{file}", "{out}"}
	compact    = []string{"compact", "{file}", "{out}", "--revision", "latest"}
	restore    = []string{"snapshot", "restore", "{file}", "--data-dir", "{out}"}
	restoreAll = []string{"restore", "{file}", "--all", "--out", "{out}", "--initial-cluster", threeMembers}
)

const threeMembers = "m1=http://m1:2380,m2=http://m2:2380,m3=http://m3:2380"

// MB is the unit of heap goals: the stricter of the two readings.
const MB = 1e6

// tableHeap is the goal of what must remember every key: 80 bytes each and 24 MB.
var tableHeap = heapPerKey(80, 24*MB)

// row begins a measurement whose command is the first word of ours.
func row(name, file string, ours []string, p *peer, goals ...goal) measurement {
	return measurement{name: name, file: file, needs: ours[:1], ours: ours, peer: p, goals: goals}
}

// core marks a row as part of make bench-quick.
func (m measurement) core() measurement { m.quick = true; return m }

// against gives a row its limits.
func (m measurement) against(l ...limit) measurement { m.limits = l; return m }

// measurements is the table, in the order of the report. Where a figure has two
// goals, the harder one is what we would like beyond what must be.
var measurements = []measurement{
	row("status", "m", status, etcdutlStatus, faster(4.5), faster(5.5), within(1.25), tableHeap).against(limitCRC).core(),
	row("status", "l", status, etcdutlStatus, faster(4.5), faster(5.5), within(1.25), heap(45*MB)).against(limitCRC),
	row("space", "m", space, ownStatus, faster(1), tableHeap).core(),
	row("verify --level tree", "m", verifyTree, bboltCheck, faster(3.5), within(1.2), heap(8*MB)).against(limitTouch).core(),
	row("verify --level tree", "l", verifyTree, bboltCheck, faster(4.5), within(1.2), heap(8*MB)).against(limitTouch),
	row("verify --level tree", "hollow", verifyTree, bboltCheck, faster(10), within(1.2), heap(8*MB)).against(limitTouch),
	row("status", "m.snapshot", status, nil, within(1.1), heap(64*MB)).against(limitSHA).core(),
	row("status", "l.snapshot", status, nil, within(1.1), heap(64*MB)).against(limitSHA),
	row("verify", "m.snapshot", verifyFull, nil, within(1.1), heap(64*MB)).against(limitSHA).core(),
	row("verify", "l.snapshot", verifyFull, nil, within(1.1), heap(64*MB)).against(limitSHA),
	row("verify -j 1", "m.snapshot", append([]string{"verify", "-j", "1"}, verifyFull[1:]...), nil, within(1.5), heap(48*MB)).against(limitSHA),
	row("hashkv", "m", hashKV, etcdutlHashKV, faster(7), within(1.3), tableHeap).against(limitCRC).core(),
	row("hashkv", "l", hashKV, etcdutlHashKV, faster(10), within(1.3), heap(45*MB)).against(limitCRC),
	row("defrag", "m", defrag, etcdutlDefrag, faster(6), within(1.1), heap(32*MB), ofPeer(0.80), ofPayload(1.10)).against(limitDirect),
	row("defrag", "l", defrag, etcdutlDefrag, faster(6), within(1.1), heap(32*MB), ofPeer(0.80), ofPayload(1.10)).against(limitDirect),
	row("defrag, sealed", "m.snapshot", defrag, etcdutlDefrag, within(1.3), heap(32*MB)).against(limitSHA, limitDirect),
	row("defrag, sealed", "l.snapshot", defrag, etcdutlDefrag, within(1.3), heap(32*MB)).against(limitSHA, limitDirect),
	row("compact to latest", "m", compact, etcdutlDefrag, faster(9), heapPerKey(160, 24*MB)),
	row("compact to latest", "l", compact, etcdutlDefrag, faster(9), heapPerKey(160, 24*MB)),
	restoreRow("m.snapshot"),
	restoreRow("l.snapshot"),
	row("restore, three members", "m.snapshot", restoreAll, etcdutlThree, faster(3), faster(5).whereShared(), heap(64*MB)),
	row("restore, three members", "l.snapshot", restoreAll, etcdutlThree, faster(3), faster(5).whereShared(), heap(64*MB)),
}

// restoreRow restores one member; its command has two words.
func restoreRow(file string) measurement {
	m := row("restore, one member", file, restore, etcdutlRestore, faster(2), within(1.9), heap(64*MB)).against(limitSHA)
	m.needs = restore[:2]
	return m
}
