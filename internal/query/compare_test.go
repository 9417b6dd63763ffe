package query

import (
	"strings"
	"testing"
)

func TestParseKnown(t *testing.T) {
	for _, c := range []struct {
		text string
		want Known
		ok   bool
	}{
		{"1277364195:234:134", Known{Point{234, 134}, 1277364195}, true},
		{"0x4C22f1a3:234:-1", Known{Point{234, -1}, 0x4c22f1a3}, true},
		{"0X0:1:0", Known{Point{1, 0}, 0}, true},
		{"4294967295:1:1", Known{Point{1, 1}, 1<<32 - 1}, true},
		{"010:9:1", Known{Point{9, 1}, 10}, true}, // no octal
		{text: "4294967296:1:1"}, {text: "-1:1:1"}, {text: "4c22f1a3:1:1"}, {text: "1_0:9:1"}, {text: "0x:1:1"},
		{text: "1:0:-1"}, {text: "1:-1:-1"}, {text: "1:5:6"}, {text: "1:5:-2"}, {text: "1:5"}, {text: "1:5:1:1"}, {text: ""},
		{text: "1:9223372036854775808:1"}, {text: " 1:5:1"},
	} {
		got, err := ParseKnown(c.text)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%q: %+v, %v, want %+v", c.text, got, err, c.want)
		}
	}
}

func TestCommonPoint(t *testing.T) {
	file := func(latest, compact int64) *KVFile { return &KVFile{Latest: latest, Compact: compact} }
	for _, c := range []struct {
		files []*KVFile
		want  Point
		ok    bool
	}{
		{[]*KVFile{file(10, -1)}, Point{10, -1}, true},
		{[]*KVFile{file(10, -1), file(12, 5)}, Point{10, 5}, true},
		{[]*KVFile{file(12, 5), file(10, 10), file(11, -1)}, Point{10, 10}, true},
		{[]*KVFile{file(10, -1), file(20, 11)}, Point{10, 11}, false},
		{nil, Point{}, false},
	} {
		if got, ok := CommonPoint(c.files); got != c.want || ok != c.ok {
			t.Errorf("%+v, %t, want %+v, %t", got, ok, c.want, c.ok)
		}
	}
}

func TestKnownJudge(t *testing.T) {
	number := Known{Point{234, 134}, 7}
	for _, c := range []struct {
		file   HashKV
		want   Verdict
		reason string
	}{
		{HashKV{Point: Point{234, 134}, Hash: 7}, Equal, ""},
		{HashKV{Point: Point{234, 134}, Hash: 8}, Different, ""},
		{HashKV{Point: Point{234, 134}, Hash: 7, AllDead: true}, Equal, ""},
		{HashKV{Point: Point{234, 134}, Hash: 8, AllDead: true}, NoVerdict, "no key is alive"},
		{HashKV{Point: Point{234, 200}, Hash: 7}, NoVerdict, "cache of its last compaction hashes"},
		{HashKV{Point: Point{234, -1}, Hash: 7}, NoVerdict, "--compact-rev 134"},
		{HashKV{Point: Point{233, 134}, Hash: 7}, NoVerdict, "of revision 234, the file's of 233"},
	} {
		got, reason := number.Judge(c.file)
		if got != c.want || !strings.Contains(reason, c.reason) || (reason == "") != (c.reason == "") {
			t.Errorf("%+v: %v, %q, want %v, %q", c.file, got, reason, c.want, c.reason)
		}
	}
	// Never compacted: the rule for dead keys does not come into it.
	if v, _ := (Known{Point{9, -1}, 7}).Judge(HashKV{Point: Point{9, -1}, AllDead: true}); v != Different {
		t.Errorf("never compacted, all dead: %v", v)
	}
}

func TestVerdictWords(t *testing.T) {
	seen := map[string]bool{}
	for v := NotCompared; v <= NoVerdict; v++ {
		if seen[v.String()] || strings.Contains(v.String(), "(") {
			t.Errorf("verdict %d is %q", v, v)
		}
		seen[v.String()] = true
	}
	if Judge(HashKV{Point: Point{1, 2}}, HashKV{Point: Point{1, 3}}) != NoVerdict {
		t.Error("hashes at two points were compared")
	}
}

func FuzzParseKnown(f *testing.F) {
	f.Add("1277364195:234:134")
	f.Add("0x4c22f1a3:234:-1")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseKnown(s)
		if err == nil && (k.Rev < 1 || k.Compact < -1 || k.Compact > k.Rev) {
			t.Errorf("%q: %+v", s, k)
		}
	})
}
