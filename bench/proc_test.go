package main

import (
	"strings"
	"testing"
)

func TestParseAnon(t *testing.T) {
	const head = "Name:\tRssAnon: 5 kB\nVmRSS:\t   9000 kB\n"
	for in, want := range map[string]int64{
		head + "RssAnon:\t     1234 kB\nRssFile:\t 7 kB\n": 1234 << 10,
		head + "RssAnon:\t       0 kB":                     0,
		head:                                               0,
		"":                                                 0,
		"RssAnon:\t x kB\n":                                0,
		"RssAnon:\t -1 kB\n":                               0,
	} {
		if got := parseAnon([]byte(in)); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestProcFields(t *testing.T) {
	info := []byte("processor\t: 0\nmodel name\t: Some CPU: 2\nprocessor\t: 1\nmodel name\t: Other\n")
	if got := procField(info, "model name"); got != "Some CPU: 2" {
		t.Errorf("model name %q", got)
	}
	if got := procField(info, "name"); got != "" {
		t.Errorf("a name within a name: %q", got)
	}
	for in, want := range map[string]int64{"24 kB": 24 << 10, "24 MB": 0, "": 0, "-4 kB": 0} {
		if got := parseKB(in); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestFilesystemOf(t *testing.T) {
	mounts := []byte(strings.Join([]string{
		"22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
		"23 22 0:21 / /srv rw shared:3 master:1 - xfs /dev/vdb rw",
		"24 22 0:22 / /srv/me/.cache rw - tmpfs tmpfs rw",
		"25 22 0:23 / /srv rw - btrfs /dev/vdc rw",
		"short line",
	}, "\n"))
	for dir, want := range map[string]string{
		"/":                 "ext4",
		"/var/lib":          "ext4",
		"/srvless":          "ext4",
		"/srv":              "btrfs", // the later mount hides the earlier
		"/srv/me/.cache/x":  "tmpfs",
		"/srv/me/.cachet":   "btrfs",
		"/srv/me/.cache":    "tmpfs",
		"/srv/me/elsewhere": "btrfs",
	} {
		if got := filesystemOf(mounts, dir); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
	if got := filesystemOf(nil, "/x"); got != "" {
		t.Errorf("no mounts: %q", got)
	}
}

func TestShown(t *testing.T) {
	if got := shown([]string{"/a/b/etcdutl", "hashkv", "/c/m.db"}); got != "etcdutl hashkv m.db" {
		t.Errorf("%q", got)
	}
	if got := lastLine("one\ntwo\n\n"); got != "two" {
		t.Errorf("%q", got)
	}
}
