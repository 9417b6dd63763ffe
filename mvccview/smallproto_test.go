package mvccview

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/coreos/go-semver/semver"
	"go.etcd.io/etcd/api/v3/authpb"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/etcdserver/api/membership"
	"go.etcd.io/etcd/server/v3/lease/leasepb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// mutants calls f with b and with many damaged copies of it.
func mutants(b []byte, f func([]byte)) {
	f(b)
	f(nil)
	r := rand.New(rand.NewPCG(7, uint64(len(b))))
	for range 20000 {
		m := bytes.Clone(b)
		for range 1 + r.IntN(3) {
			switch i := r.IntN(len(m) + 1); {
			case i == len(m):
				m = append(m, byte(r.Uint32()))
			case r.IntN(4) == 0:
				m = append(m[:i], m[i+1:]...)
			default:
				m[i] ^= byte(1 << r.IntN(8))
			}
			if len(m) == 0 {
				break
			}
		}
		f(m)
	}
}

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseLeaseOracle(t *testing.T) {
	mutants(marshal(t, &leasepb.Lease{ID: 1 << 62, TTL: 300, RemainingTTL: 17}), func(b []byte) {
		got, err := ParseLease(b)
		var want leasepb.Lease
		if wantErr := proto.Unmarshal(b, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%x: %v, protobuf %v", b, err, wantErr)
		}
		if err == nil && got != (Lease{want.ID, want.TTL, want.RemainingTTL}) {
			t.Fatalf("%x: %+v, protobuf %+v", b, got, &want)
		}
	})
}

func TestParseAlarmOracle(t *testing.T) {
	mutants(marshal(t, &etcdserverpb.AlarmMember{MemberID: 1 << 63, Alarm: 2}), func(b []byte) {
		got, err := ParseAlarm(b)
		var want etcdserverpb.AlarmMember
		if wantErr := proto.Unmarshal(b, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%x: %v, protobuf %v", b, err, wantErr)
		}
		if err == nil && got != (Alarm{want.MemberID, AlarmType(want.Alarm)}) {
			t.Fatalf("%x: %+v, protobuf %+v", b, got, &want)
		}
	})
}

func TestParseUserOracle(t *testing.T) {
	mutants(marshal(t, &authpb.User{
		Name: []byte("root"), Password: []byte("$2a$10$"), Roles: []string{"root", "reader"},
		Options: &authpb.UserAddOptions{NoPassword: true},
	}), func(b []byte) {
		got, err := ParseUser(b)
		var want authpb.User
		if wantErr := proto.Unmarshal(b, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%x: %v, protobuf %v", b, err, wantErr)
		}
		if err != nil {
			return
		}
		same := bytes.Equal(got.Name, want.Name) && got.HasPassword == (len(want.Password) > 0) &&
			got.NoPassword == want.GetOptions().GetNoPassword() && len(got.Roles) == len(want.Roles)
		for i := range got.Roles {
			same = same && string(got.Roles[i]) == want.Roles[i]
		}
		if !same {
			t.Fatalf("%x: %+v, protobuf %+v", b, got, &want)
		}
	})
}

func TestParseRoleOracle(t *testing.T) {
	mutants(marshal(t, &authpb.Role{Name: []byte("reader"), KeyPermission: []*authpb.Permission{
		{PermType: authpb.READ, Key: []byte("a"), RangeEnd: []byte("b")}, {PermType: authpb.READWRITE, Key: []byte("c")},
	}}), func(b []byte) {
		got, err := ParseRole(b)
		var want authpb.Role
		if wantErr := proto.Unmarshal(b, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%x: %v, protobuf %v", b, err, wantErr)
		}
		if err != nil {
			return
		}
		same := bytes.Equal(got.Name, want.Name) && len(got.Permissions) == len(want.KeyPermission)
		for i, p := range got.Permissions {
			w := want.KeyPermission[min(i, len(want.KeyPermission)-1)]
			same = same && int32(p.Type) == int32(w.PermType) && bytes.Equal(p.Key, w.Key) && bytes.Equal(p.RangeEnd, w.RangeEnd)
		}
		if !same {
			t.Fatalf("%x: %+v, protobuf %+v", b, got, &want)
		}
	})
}

func TestParseMemberOracle(t *testing.T) {
	src, err := json.Marshal(&membership.Member{
		ID:             1<<63 + 5,
		RaftAttributes: membership.RaftAttributes{PeerURLs: []string{"http://10.0.0.1:2380"}, IsLearner: true},
		Attributes:     membership.Attributes{Name: "m1", ClientURLs: []string{"http://10.0.0.1:2379"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	mutants(src, func(b []byte) {
		got, err := ParseMember(b)
		var want membership.Member
		if wantErr := json.Unmarshal(b, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%s: %v, etcd %v", b, err, wantErr)
		}
		w := Member{uint64(want.ID), want.PeerURLs, want.IsLearner, want.Name, want.ClientURLs}
		if err == nil && !reflect.DeepEqual(got, w) {
			t.Fatalf("%s: %+v, etcd %+v", b, got, w)
		}
	})
}

func TestParseConfStateOracle(t *testing.T) {
	leave := false
	src, err := json.Marshal(&raftpb.ConfState{Voters: []uint64{1 << 63, 7}, Learners: []uint64{9}, AutoLeave: &leave})
	if err != nil {
		t.Fatal(err)
	}
	mutants(src, func(b []byte) {
		var faults []Fault
		e := &entry{value: b, report: func(f Fault) { faults = append(faults, f) }}
		got := parseConfState(e)
		var want raftpb.ConfState
		if wantErr := json.Unmarshal(b, &want); got.Set != (wantErr == nil) || got.Set != (len(faults) == 0) {
			t.Fatalf("%s: %+v, etcd %v", b, got, wantErr)
		}
		if got.Set && (!reflect.DeepEqual(got.Value.Voters, want.Voters) || !reflect.DeepEqual(got.Value.Learners, want.Learners)) {
			t.Fatalf("%s: %+v, etcd %+v", b, got.Value, &want)
		}
	})
}

func TestParseVersionOracle(t *testing.T) {
	mutants([]byte("3.6.0-rc.1+g5"), func(b []byte) {
		got, err := ParseVersion(string(b))
		want, wantErr := semver.NewVersion(string(b))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, semver %v", b, err, wantErr)
		}
		if err == nil && got.String() != want.String() {
			t.Fatalf("%q: %s, semver %s", b, got, want)
		}
	})
}
