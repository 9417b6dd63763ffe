package restore

import (
	"strings"
	"testing"
)

func TestParseFile(t *testing.T) {
	f, err := ParseFile([]byte("token: t\nmembers:\n- name: a\n  peer_urls: [http://a:1, http://b:1]\n- {name: b, peer_urls: [http://c:1], learner: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Token != "t" || f.Initial() != "a=http://a:1,a=http://b:1,b=http://c:1" || strings.Join(f.Learners(), " ") != "b" {
		t.Errorf("%+v %q %q", f, f.Initial(), f.Learners())
	}
	for text, want := range map[string]string{
		"members: [{name: a}]":                                      "peer_urls",
		"members: [{peer_urls: [http://a:1]}]":                      "no name",
		"members: [{name: 'a,b', peer_urls: [http://a:1]}]":         "no name",
		"members: [{name: a, peer_urls: ['http://a:1,b=c']}]":       "a peer URL",
		"members: [{name: a, url: x}]":                              "cannot be read",
		"members: [{name: y, peer_urls: [http://a:1]}]":             "in quotes",
		"{token: 1, members: [{name: a, peer_urls: [http://a:1]}]}": "in quotes",
		"{": "cannot be read",
		"members: [{name: a, peer_urls: [http://a:1]}, {name: a, peer_urls: [http://b:1]}]": "twice",
	} {
		if _, err := ParseFile([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
