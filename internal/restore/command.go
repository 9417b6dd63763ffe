package restore

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

const gib = 1 << 30

// defaultQuota is the size of the db at which etcd raises NOSPACE, unless it is told
// otherwise. Source: etcd v3.7.3 server/storage/quota.go (DefaultQuotaBytes).
const defaultQuota = 2 * gib

// startCommand is how etcd is started on the directory, without what the plan cannot
// know: client URLs and TLS.
func startCommand(c *Cluster, m *Member, t Target, dbBytes int64) []string {
	words := []string{"etcd", "--name=" + m.Name, "--data-dir=" + t.DataDir}
	if t.WALDir != "" {
		words = append(words, "--wal-dir="+t.WALDir)
	}
	words = append(words,
		"--initial-cluster="+c.Initial(),
		"--initial-cluster-token="+c.Token,
		"--initial-cluster-state=new",
		"--initial-advertise-peer-urls="+strings.Join(m.PeerURLs, ","),
		"--listen-peer-urls="+strings.Join(listenURLs(m.PeerURLs), ","))
	if q := quota(dbBytes); q > 0 {
		words = append(words, "--quota-backend-bytes="+strconv.FormatInt(q, 10))
	}
	return words
}

// listenURLs are the addresses to listen at for peer URLs: the same, except that etcd
// does not listen at a host name.
func listenURLs(peers []string) []string {
	var out []string
	for _, p := range peers {
		u, err := url.Parse(p)
		if err == nil && u.Port() != "" && net.ParseIP(u.Hostname()) == nil && u.Hostname() != "localhost" {
			u.Host = net.JoinHostPort("0.0.0.0", u.Port())
			p = u.String()
		}
		out = append(out, p)
	}
	return out
}

// quota is the quota that a db of that size needs; 0 if etcd's own will do.
func quota(dbBytes int64) int64 {
	if dbBytes < defaultQuota/10*8 {
		return 0
	}
	return (dbBytes*2 + gib - 1) / gib * gib
}

// Line is a command as a line for a POSIX shell.
func Line(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = shellWord(w)
	}
	return strings.Join(out, " ")
}

func shellWord(w string) string {
	plain := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./:,@%+", r))
	}
	if w != "" && !strings.ContainsFunc(w, plain) {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
