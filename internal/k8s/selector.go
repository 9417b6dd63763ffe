package k8s

import (
	"fmt"
	"strings"
)

// A Selector selects keys by the objects that they hold. It reads keys and not
// values, so it knows of nothing that is not in a key.
type Selector struct {
	Resource  string // plural
	Group     string // the group in the key; "" for the resources without one
	AnyGroup  bool   // Group does not matter
	Namespace string // "": any, and none
	Name      string // "": any
}

// ParseSelector reads what kubectl would take: a resource by its plural,
// singular or short name ("pods", "deploy"), or with its group, and version
// ("deployments.apps", "certificates.cert-manager.io",
// "certificates.v1.cert-manager.io", "pods.v1."). A resource without group that is not
// built in is that of any group, by its plural name. Unlike kubectl's, an
// empty namespace is every namespace.
func ParseSelector(name, namespace, objectName string) (Selector, error) {
	plural, group, hasGroup := strings.Cut(strings.ToLower(name), ".")
	group, versioned := withoutVersion(group)
	if plural == "" || hasGroup && group == "" && !versioned || strings.HasSuffix(group, ".") || strings.ContainsAny(name, "/ \x00") {
		return Selector{}, fmt.Errorf("%q is no resource: name one as kubectl does, e.g. pods, deploy, certificates.cert-manager.io", name)
	}
	s := Selector{Resource: plural, Group: group, AnyGroup: !hasGroup, Namespace: namespace, Name: objectName}
	if r := builtin(plural, group, !hasGroup); r != nil {
		s.Resource, s.Group, s.AnyGroup = r.plural, r.keyGroup, false
	}
	return s, nil
}

// withoutVersion takes a version, and its dot, off the front of a group.
func withoutVersion(group string) (rest string, versioned bool) {
	first, rest, more := strings.Cut(group, ".")
	if more && isVersion(first) {
		return rest, true
	}
	return group, false
}

// isVersion tells v1, v2beta1 and the like.
func isVersion(s string) bool {
	rest, ok := strings.CutPrefix(s, "v")
	rest = strings.TrimLeft(rest, "0123456789")
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "alpha"), "beta")
	return ok && len(s) > 1 && s[1] >= '0' && s[1] <= '9' && strings.Trim(rest, "0123456789") == ""
}

// Has tells whether a key holds one of the objects. It allocates nothing.
func (s Selector) Has(key []byte) bool {
	k, ok := ParseKey(key)
	if !ok || string(k.Resource) != s.Resource || k.Name == nil {
		return false
	}
	return (s.AnyGroup || string(k.Group) == s.Group) &&
		(s.Namespace == "" || k.Namespace == nil && s.clusterScoped() || string(k.Namespace) == s.Namespace) &&
		(s.Name == "" || string(k.Name) == s.Name)
}

// clusterScoped tells that the namespace says nothing, as kubectl ignores it:
// a built-in resource is cluster-scoped if its keys have no namespace.
func (s Selector) clusterScoped() bool { return builtin(s.Resource, "", true) != nil }
