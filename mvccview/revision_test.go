package mvccview

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"go.etcd.io/etcd/server/v3/storage/mvcc"
)

func TestParseRevKey(t *testing.T) {
	good := func(mutate func([]byte)) []byte {
		b := AppendRevKey(nil, RevKey{Revision: Revision{Main: 5, Sub: 3}, Tombstone: true})
		mutate(b)
		return b
	}
	for _, c := range []struct {
		name string
		key  []byte
		kind FaultKind // 0: none
		want RevKey
	}{
		{"put", good(func([]byte) {})[:17], 0, RevKey{Revision: Revision{5, 3}}},
		{"tombstone", good(func([]byte) {}), 0, RevKey{Revision{5, 3}, true}},
		{"empty", nil, RevisionLength, RevKey{}},
		{"short", good(func([]byte) {})[:16], RevisionLength, RevKey{}},
		{"long", append(good(func([]byte) {}), 0), RevisionLength, RevKey{}},
		{"separator", good(func(b []byte) { b[8] = '-' }), RevisionSeparator, RevKey{}},
		{"main negative", good(func(b []byte) { b[0] = 0x80 }), RevisionNegative, RevKey{}},
		{"sub negative", good(func(b []byte) { b[9] = 0xff }), RevisionNegative, RevKey{}},
		{"mark", good(func(b []byte) { b[17] = 'u' }), RevisionMark, RevKey{Revision: Revision{5, 3}}},
		{"main 1", good(func(b []byte) { b[7] = 1 }), RevisionZero, RevKey{Revision{1, 3}, true}},
	} {
		got, err := ParseRevKey(c.key)
		var f Fault
		if errors.As(err, &f) != (c.kind != 0) || f.Kind != c.kind || got != c.want {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, got, err, c.want, c.kind)
		}
	}
}

func TestRevisionCompare(t *testing.T) {
	for _, c := range []struct {
		a, b Revision
		want int
	}{
		{Revision{1, 2}, Revision{1, 2}, 0}, {Revision{1, 2}, Revision{1, 3}, -1},
		{Revision{2, 0}, Revision{1, 9}, 1}, {Revision{}, Revision{2, 0}, -1},
	} {
		if got := c.a.Compare(c.b); got != c.want {
			t.Errorf("%v and %v: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if got := (Revision{12, 3}).String(); got != "12/3" {
		t.Errorf("got %q", got)
	}
}

// TestSuspectKeys: a key that may be the bytes of a value is neither shown by the line of
// its fault nor handed on, but for what of it is a revision.
func TestSuspectKeys(t *testing.T) {
	secret := "S3cr3t!S3cr3t!S3cr3t!"
	var faults []Fault
	e := entry{key: []byte(secret), value: []byte("\xff"), report: func(f Fault) { faults = append(faults, f) }}
	for bucket, parse := range map[string]func(*entry){
		BucketLease: new(Leases).parse, BucketMembers: new(Members).parse, BucketMembersRemoved: new(Members).parseRemoved,
		BucketAlarm: new(Alarms).parse, BucketAuth: new(Auth).parse, BucketAuthUsers: new(Auth).parseUser,
		BucketAuthRoles: new(Auth).parseRole, BucketMeta: new(Meta).parse, BucketCluster: new(Cluster).parse,
	} {
		e.bucket = bucket
		parse(&e)
	}
	if len(faults) != 9 {
		t.Errorf("%d faults, want one of each bucket: %v", len(faults), faults)
	}
	for _, b := range []string{secret, secret[:17], secret[:8] + "_" + secret[:8], "\xff\xff\xff\xff\xff\xff\xff\xff_" + secret[:8]} {
		_, err := ParseRevKey([]byte(b))
		if f, ok := err.(Fault); ok {
			faults = append(faults, f)
		}
	}
	for _, f := range faults {
		if !f.KeySuspect() || strings.Contains(f.Error(), secret[:6]) || !strings.Contains(f.Got, " bytes (sha256 ") {
			t.Errorf("%v", f)
		}
	}
}

// FuzzRevKey compares with etcd's own parser, which panics on what it refuses.
func FuzzRevKey(f *testing.F) {
	f.Add(AppendRevKey(nil, RevKey{Revision: Revision{2, 0}}))
	f.Add(AppendRevKey(nil, RevKey{Revision{1 << 40, 7}, true}))
	f.Add([]byte("alarm"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseRevKey(b)
		fault, _ := err.(Fault)
		want, ok := etcdRevision(b)
		if usable := err == nil || fault.Usable(); usable != ok {
			t.Fatalf("%q: usable %t, etcd %t (%v)", b, usable, ok, err)
		}
		if !ok {
			return
		}
		if k.Main != want.Main || k.Sub != want.Sub || k.Tombstone != mvcc.IsTombstone(b) {
			t.Fatalf("%q: %v, want %v", b, k, want)
		}
		if again := AppendRevKey(nil, k); err == nil && !bytes.Equal(again, b) {
			t.Fatalf("%q turns into %q", b, again)
		}
	})
}

func etcdRevision(b []byte) (rev mvcc.Revision, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return mvcc.BytesToRev(b), true
}

func TestFaultKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range FaultKinds() {
		code := k.String()
		if area, what, ok := strings.Cut(code, "."); !ok || area == "" || what == "" || code == "fault.unknown" {
			t.Errorf("kind %d has the code %q", k, code)
		}
		if seen[code] {
			t.Errorf("code %q is used twice", code)
		}
		seen[code] = true
	}
	if got := FaultKind(0).String(); got != "fault.unknown" {
		t.Errorf("kind 0 has the code %q", got)
	}
}

// TestFaultError demands a line that says all, and nothing raw.
func TestFaultError(t *testing.T) {
	f := newFault(AuthPassword, "no password", "one")
	f.Bucket, f.Key, f.Page, f.Elem = BucketAuthUsers, []byte("\x1b[31m"), 7, 2
	want := `auth.password: page 7 elem 2: bucket "authUsers" key "\x1b[31m": got no password, want one`
	if f.Error() != want {
		t.Errorf("got  %s\nwant %s", f.Error(), want)
	}
	f.Kind, want = AuthName, `auth.name: page 7 elem 2: bucket "authUsers": got no password, want one`
	if f.Error() != want {
		t.Errorf("with a suspect key\ngot  %s\nwant %s", f.Error(), want)
	}
	if key := clipKey(make([]byte, 1000)); len(key) != maxFaultKey {
		t.Errorf("a key of %d bytes is kept", len(key))
	}
}
