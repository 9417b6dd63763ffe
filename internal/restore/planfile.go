package restore

import (
	"strings"

	"sigs.k8s.io/yaml"
)

// A File is a plan file: the new cluster, written down.
//
//	token: etcd-cluster
//	members:
//	- name: m1
//	  peer_urls: ["https://10.0.0.1:2380"]
//	- name: m2
//	  peer_urls: ["https://10.0.0.2:2380"]
//	  learner: true
type File struct {
	Token   string       `json:"token"`
	Members []FileMember `json:"members"`
}

// A FileMember is a member in a [File].
type FileMember struct {
	Name     string   `json:"name"`
	PeerURLs []string `json:"peer_urls"`
	Learner  bool     `json:"learner"`
}

// MaxPlanFile bounds a plan file, in bytes.
const MaxPlanFile = 1 << 20

// ParseFile reads a plan file, YAML or JSON. Unknown fields are errors, as are values
// that etcd's --initial-cluster could not hold. The error is a [ConfigError].
func ParseFile(b []byte) (*File, error) {
	var f File
	if len(b) > MaxPlanFile {
		return nil, badConfig("the plan has %d bytes, more than %d are not read", len(b), MaxPlanFile)
	}
	if err := yaml.UnmarshalStrict(b, &f); err != nil {
		return nil, badConfig("the plan cannot be read: %v", err)
	}
	if err := checkTexts(b); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, m := range f.Members {
		switch {
		case m.Name == "" || strings.ContainsAny(m.Name, ",="):
			return nil, badConfig("plan: member %d has no name, or one with , or = in it", i+1)
		case seen[m.Name]:
			return nil, badConfig("plan: member %s stands there twice", m.Name)
		case len(m.PeerURLs) == 0:
			return nil, badConfig("plan: member %s has no peer_urls", m.Name)
		}
		seen[m.Name] = true
		for _, u := range m.PeerURLs {
			if strings.Contains(u, ",") {
				return nil, badConfig("plan: member %s: a peer URL with , in it", m.Name)
			}
		}
	}
	return &f, nil
}

// checkTexts refuses names that YAML takes for something else, such as y, no and 1:
// the decoder would make "true", "false" and "1" of them without a word.
func checkTexts(b []byte) error {
	var raw struct {
		Token   any `json:"token"`
		Members []struct {
			Name any `json:"name"`
		} `json:"members"`
	}
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return badConfig("the plan cannot be read: %v", err)
	}
	values := []any{raw.Token}
	for _, m := range raw.Members {
		values = append(values, m.Name)
	}
	for _, v := range values {
		if _, text := v.(string); v != nil && !text {
			return badConfig("plan: YAML takes a name or token for %v, not for text; put it in quotes", v)
		}
	}
	return nil
}

// Initial is the plan's cluster as --initial-cluster has it.
func (f *File) Initial() string {
	var pairs []string
	for _, m := range f.Members {
		for _, u := range m.PeerURLs {
			pairs = append(pairs, m.Name+"="+u)
		}
	}
	return strings.Join(pairs, ",")
}

// Learners are the names of the members that do not vote.
func (f *File) Learners() []string {
	var names []string
	for _, m := range f.Members {
		if m.Learner {
			names = append(names, m.Name)
		}
	}
	return names
}
