package restore

import (
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A Member is one member of the new cluster.
type Member struct {
	ID       uint64
	Name     string
	PeerURLs []string // sorted
	Learner  bool
}

// A Cluster is the new cluster: its members by ascending id.
type Cluster struct {
	ID      uint64
	Token   string
	Members []Member
}

// A ConfigError says that the members of the new cluster cannot be what was asked for.
type ConfigError struct{ What string }

func (e *ConfigError) Error() string { return e.What }

func badConfig(format string, args ...any) error {
	return &ConfigError{fmt.Sprintf(format, args...)}
}

// NewCluster reads a list NAME=URL,NAME=URL,… as etcd's --initial-cluster has it; a
// name with several URLs stands there several times. learners names members that do
// not vote. The error is a [ConfigError].
//
// Source: etcd v3.7.3 client/pkg/types/urlsmap.go, server/etcdserver/api/membership/cluster.go
// (NewClusterFromURLsMap), server/config/config.go (VerifyBootstrap).
func NewCluster(initial, token string, learners []string) (*Cluster, error) {
	byName, err := parseInitial(initial)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Token: token}
	seen := map[string]string{}
	for name, urls := range byName {
		for _, u := range urls {
			if other, twice := seen[u]; twice {
				return nil, badConfig("initial cluster has duplicate url %s (%s and %s)", u, other, name)
			}
			seen[u] = name
		}
		m := Member{ID: memberID(urls, token), Name: name, PeerURLs: urls, Learner: slices.Contains(learners, name)}
		c.Members = append(c.Members, m)
	}
	slices.SortFunc(c.Members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	for i, m := range c.Members {
		if m.ID == 0 || i > 0 && m.ID == c.Members[i-1].ID {
			return nil, badConfig("members %s: the id %x is another's or none; change the token or a peer URL", m.Name, m.ID)
		}
	}
	if err := c.checkLearners(learners); err != nil {
		return nil, err
	}
	c.ID = clusterID(c.Members)
	return c, nil
}

func (c *Cluster) checkLearners(learners []string) error {
	for _, name := range learners {
		if c.Find(name) == nil {
			return badConfig("learner %q is not in the initial cluster", name)
		}
	}
	if len(c.Voters()) == 0 {
		return badConfig("a cluster without a voter never elects a leader; leave one member that is no learner")
	}
	return nil
}

// parseInitial reads the list into the sorted URLs of each name.
func parseInitial(initial string) (map[string][]string, error) {
	words := map[string][]string{}
	for pair := range strings.SplitSeq(initial, ",") {
		name, value, _ := strings.Cut(pair, "=")
		if pair == "" || name == "" {
			continue // as etcd does
		}
		words[name] = append(words[name], value)
	}
	if len(words) == 0 {
		return nil, badConfig("initial cluster is empty: it is NAME=URL,NAME=URL,…")
	}
	for name := range words {
		urls, err := ParsePeerURLs(words[name])
		if err != nil {
			return nil, badConfig("initial cluster, member %s: %v", name, err)
		}
		words[name] = urls
	}
	return words, nil
}

// ParsePeerURLs checks peer URLs as etcd does and returns them sorted.
//
// Source: etcd v3.7.3 client/pkg/types/urls.go (NewURLs).
func ParsePeerURLs(words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, badConfig("no valid URLs given")
	}
	var urls []string
	for _, word := range words {
		word = strings.TrimSpace(word)
		u, err := url.Parse(word)
		if err != nil {
			return nil, &ConfigError{err.Error()}
		}
		switch u.Scheme {
		case "http", "https":
			if _, _, err := net.SplitHostPort(u.Host); err != nil {
				return nil, badConfig(`URL address does not have the form "host:port": %s`, word)
			}
			if u.Path != "" {
				return nil, badConfig("URL must not contain a path: %s", word)
			}
		case "unix", "unixs":
		default:
			return nil, badConfig("URL scheme must be http, https, unix, or unixs: %s", word)
		}
		urls = append(urls, u.String())
	}
	slices.Sort(urls)
	return urls, nil
}

// CheckLocal holds a member's name and advertised peer URLs against the cluster. URLs
// are compared as text; etcd would also resolve their host names.
//
// Source: etcd v3.7.3 server/config/config.go (hasLocalMember, advertiseMatchesCluster).
func (c *Cluster) CheckLocal(name string, advertised []string) error {
	m := c.Find(name)
	if m == nil {
		return badConfig("couldn't find local name %q in the initial cluster configuration", name)
	}
	for _, u := range m.PeerURLs {
		if !slices.Contains(advertised, u) {
			return badConfig("--initial-cluster has %s=%s but missing from --initial-advertise-peer-urls=%s", name, u, strings.Join(advertised, ","))
		}
	}
	for _, u := range advertised {
		if !slices.Contains(m.PeerURLs, u) {
			return badConfig("--initial-advertise-peer-urls has %s but missing from --initial-cluster=%s", u, c.Initial())
		}
	}
	return nil
}

// Find returns the member of that name, nil if there is none.
func (c *Cluster) Find(name string) *Member {
	for i := range c.Members {
		if c.Members[i].Name == name {
			return &c.Members[i]
		}
	}
	return nil
}

// Initial is the value for --initial-cluster, sorted by name.
func (c *Cluster) Initial() string {
	var pairs []string
	for _, m := range c.Members {
		for _, u := range m.PeerURLs {
			pairs = append(pairs, m.Name+"="+u)
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

// Voters are the ids of the voting members, ascending.
func (c *Cluster) Voters() []uint64 { return c.ids(false) }

// Learners are the ids of the members that do not vote, ascending.
func (c *Cluster) Learners() []uint64 { return c.ids(true) }

func (c *Cluster) ids(learner bool) []uint64 {
	var ids []uint64
	for _, m := range c.Members {
		if m.Learner == learner {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// joining are the members in the order in which the log adds them: voters first, for
// raft refuses to begin a group with a learner.
func (c *Cluster) joining() []Member {
	out := slices.Clone(c.Members)
	slices.SortStableFunc(out, func(a, b Member) int {
		return cmp.Compare(btoi(a.Learner), btoi(b.Learner))
	})
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// memberID is the id that etcd gives a member when a cluster begins.
//
// Source: etcd v3.7.3 server/etcdserver/api/membership/member.go (computeMemberID).
func memberID(urls []string, token string) uint64 {
	sum := sha1.Sum([]byte(strings.Join(urls, "") + token))
	return binary.BigEndian.Uint64(sum[:8])
}

// clusterID is the id of the cluster that begins with members, sorted by id.
//
// Source: etcd v3.7.3 server/etcdserver/api/membership/cluster.go (genID).
func clusterID(members []Member) uint64 {
	var b []byte
	for _, m := range members {
		b = binary.BigEndian.AppendUint64(b, m.ID)
	}
	sum := sha1.Sum(b)
	return binary.BigEndian.Uint64(sum[:8])
}

// key is the member's key in bucket members.
func (m *Member) key() []byte { return strconv.AppendUint(nil, m.ID, 16) }

// json is the member as etcd stores it in bucket members and in the log.
//
// Source: etcd v3.7.3 server/etcdserver/api/membership/member.go.
func (m *Member) json() ([]byte, error) {
	return json.Marshal(struct {
		ID       uint64   `json:"id"`
		PeerURLs []string `json:"peerURLs"`
		Learner  bool     `json:"isLearner,omitempty"`
		Name     string   `json:"name,omitempty"`
	}{m.ID, m.PeerURLs, m.Learner, m.Name})
}
