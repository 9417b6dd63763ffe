package k8s

import "bytes"

// A Key is what a key of etcd says about the object that it holds. Its fields
// are aliases of the key that was parsed, or of tables of this package: they
// must not be changed, and live as long as the key.
type Key struct {
	// Group is the API group where the key has one, as for custom resources;
	// nil for the built-in resources, whose keys have none.
	Group []byte
	// Resource is the plural lower-case name that kubectl uses, e.g. "pods",
	// and "nodes" for a key below /registry/minions. Never empty.
	Resource []byte
	// Namespace is nil for cluster-scoped objects.
	Namespace []byte
	// Name is nil for a key that names a resource only (/registry/health).
	Name []byte
}

// Prefixes returns the roots under which [ParseKey] knows objects, each with
// its slashes: those of kube-apiserver, and the two of OpenShift. An API
// server can be told to use another one (--etcd-prefix).
func Prefixes() []string {
	return []string{registryPrefix, openshiftKubePrefix, openshiftPrefix}
}

const (
	registryPrefix      = "/registry/"
	openshiftKubePrefix = "/kubernetes.io/" // OpenShift's kube-apiserver
	openshiftPrefix     = "/openshift.io/"  // OpenShift's own resources
)

// ParseKey tells which object a key of etcd holds; ok is false where the key
// is not laid out as Kubernetes does it. It allocates nothing.
//
// The number of parts after the resource tells whether there is a namespace:
// no name of an object holds a slash. Where one does all the same, in a layout
// that is not known, it stays in Name.
func ParseKey(key []byte) (k Key, ok bool) {
	rest, ok := cutRoot(key)
	if !ok {
		return Key{}, false
	}
	first, rest, more := cut(rest)
	switch {
	case !more:
		return Key{Resource: properResource(first)}, len(first) > 0 && bytes.IndexByte(first, '.') < 0
	case bytes.IndexByte(first, '.') >= 0:
		k.Group = first
		k.Resource, rest, more = cut(rest)
	case hasSections(first):
		k.Resource, rest, more = cut(rest)
		k.Resource = properResource(k.Resource)
	default:
		k.Resource = properResource(first)
	}
	if !more || len(k.Resource) == 0 {
		return Key{}, false
	}
	before, after, namespaced := cut(rest)
	if namespaced {
		k.Namespace, k.Name = before, after
		return k, len(before) > 0 && len(after) > 0
	}
	k.Name = before
	return k, len(before) > 0
}

// cutRoot takes the prefix of an API server off a key.
func cutRoot(key []byte) (rest []byte, ok bool) {
	for _, p := range [...]string{registryPrefix, openshiftKubePrefix, openshiftPrefix} {
		if len(key) >= len(p) && string(key[:len(p)]) == p {
			return key[len(p):], true
		}
	}
	return nil, false
}

// cut splits a path at its first slash. Unlike bytes.Cut it cuts the capacity,
// so that an append to one part cannot write into the next.
func cut(path []byte) (first, rest []byte, found bool) {
	i := bytes.IndexByte(path, '/')
	if i < 0 {
		return path[:len(path):len(path)], nil, false
	}
	return path[:i:i], path[i+1:], true
}

// hasSections tells whether the first part of a key only gathers resources:
// services of kube-apiserver, oauth of OpenShift.
func hasSections(first []byte) bool {
	return string(first) == "services" || string(first) == "oauth"
}

// What kube-apiserver calls by another name in its keys, as kubectl has it.
var (
	nodes                  = []byte("nodes")
	services               = []byte("services")
	ingresses              = []byte("ingresses")
	replicationControllers = []byte("replicationcontrollers")
	podSecurityPolicies    = []byte("podsecuritypolicies")
)

// properResource returns the plural name for what a key calls otherwise.
// Source: see the package comment; podsecuritypolicy: Kubernetes 1.24.
func properResource(part []byte) []byte {
	switch string(part) {
	case "minions":
		return nodes
	case "specs":
		return services
	case "ingress":
		return ingresses
	case "controllers":
		return replicationControllers
	case "podsecuritypolicy":
		return podSecurityPolicies
	}
	return part
}
