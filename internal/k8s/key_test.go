package k8s

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	for _, tt := range []struct {
		key                        string
		group, resource, ns, named string
		ok                         bool
	}{
		{key: "/registry/pods/default/web-0", resource: "pods", ns: "default", named: "web-0", ok: true},
		{key: "/registry/deployments/kube-system/coredns", resource: "deployments", ns: "kube-system", named: "coredns", ok: true},
		{key: "/registry/namespaces/default", resource: "namespaces", named: "default", ok: true},
		{key: "/registry/clusterroles/system:node", resource: "clusterroles", named: "system:node", ok: true},
		{key: "/registry/minions/worker-1.example.com", resource: "nodes", named: "worker-1.example.com", ok: true},
		{key: "/registry/services/specs/default/kubernetes", resource: "services", ns: "default", named: "kubernetes", ok: true},
		{key: "/registry/services/endpoints/default/kubernetes", resource: "endpoints", ns: "default", named: "kubernetes", ok: true},
		{key: "/registry/controllers/default/old", resource: "replicationcontrollers", ns: "default", named: "old", ok: true},
		{key: "/registry/ingress/shop/front", resource: "ingresses", ns: "shop", named: "front", ok: true},
		{key: "/registry/podsecuritypolicy/restricted", resource: "podsecuritypolicies", named: "restricted", ok: true},
		{key: "/registry/leases/kube-node-lease/n1", resource: "leases", ns: "kube-node-lease", named: "n1", ok: true},
		{key: "/registry/events/default/web-0.17a", resource: "events", ns: "default", named: "web-0.17a", ok: true},
		{key: "/registry/masterleases/10.0.0.1", resource: "masterleases", named: "10.0.0.1", ok: true},
		{key: "/registry/ranges/serviceips", resource: "ranges", named: "serviceips", ok: true},
		{key: "/registry/ranges/servicenodeports", resource: "ranges", named: "servicenodeports", ok: true},
		{key: "/registry/health", resource: "health", ok: true},
		{key: "/registry/apiextensions.k8s.io/customresourcedefinitions/a.b.c", group: "apiextensions.k8s.io", resource: "customresourcedefinitions", named: "a.b.c", ok: true},
		{key: "/registry/apiregistration.k8s.io/apiservices/v1.", group: "apiregistration.k8s.io", resource: "apiservices", named: "v1.", ok: true},
		{key: "/registry/cert-manager.io/certificates/web/tls", group: "cert-manager.io", resource: "certificates", ns: "web", named: "tls", ok: true},
		{key: "/registry/cert-manager.io/clusterissuers/prod", group: "cert-manager.io", resource: "clusterissuers", named: "prod", ok: true},
		{key: "/kubernetes.io/pods/openshift-etcd/etcd-0", resource: "pods", ns: "openshift-etcd", named: "etcd-0", ok: true},
		{key: "/kubernetes.io/services/specs/a/b", resource: "services", ns: "a", named: "b", ok: true},
		{key: "/openshift.io/imagestreams/ns/app", resource: "imagestreams", ns: "ns", named: "app", ok: true},
		{key: "/openshift.io/images/sha256:00ff", resource: "images", named: "sha256:00ff", ok: true},
		{key: "/openshift.io/oauth/accesstokens/sha256~x", resource: "accesstokens", named: "sha256~x", ok: true},
		{key: "/registry/odd/a/b/c", resource: "odd", ns: "a", named: "b/c", ok: true},
		{key: "/registry/pods/\x00ns/\xff\n", resource: "pods", ns: "\x00ns", named: "\xff\n", ok: true},

		{key: ""},
		{key: "/"},
		{key: "/registry"},
		{key: "/registry/"},
		{key: "/registry//default/x"},
		{key: "/registry/pods/"},
		{key: "/registry/pods/default/"},
		{key: "/registry/pods//x"},
		{key: "/registry/a.b"},
		{key: "/registry/a.b/"},
		{key: "/registry/a.b/c"},
		{key: "/registry/a.b//c"},
		{key: "/registry/services/specs"},
		{key: "/registryx/pods/default/x"},
		{key: "registry/pods/default/x"},
		{key: "compact_rev_key"},
	} {
		k, ok := ParseKey([]byte(tt.key))
		if ok != tt.ok {
			t.Errorf("%q: ok is %t, want %t (%+v)", tt.key, ok, tt.ok, k)
			continue
		}
		if ok && (string(k.Group) != tt.group || string(k.Resource) != tt.resource || string(k.Namespace) != tt.ns || string(k.Name) != tt.named) {
			t.Errorf("%q: group %q, resource %q, namespace %q, name %q", tt.key, k.Group, k.Resource, k.Namespace, k.Name)
		}
	}
}

func TestParseKeyAllocatesNothing(t *testing.T) {
	keys := [][]byte{
		[]byte("/registry/minions/n1"), []byte("/registry/pods/default/web-0"),
		[]byte("/registry/cert-manager.io/certificates/web/tls"), []byte("nothing of the kind"),
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, key := range keys {
			ParseKey(key)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// A root of one part must not be a namespace of another: the parts, joined,
// are the key again.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"/registry/pods/default/x", "/registry/a.b/c/d/e", "/openshift.io/oauth/clients/x", "/registry/services/specs/a/b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		k, ok := ParseKey(key)
		if !ok {
			return
		}
		if len(k.Resource) == 0 {
			t.Fatalf("%q: no resource", key)
		}
		tail := strings.Join([]string{string(k.Namespace), string(k.Name)}, "/")
		if k.Namespace == nil {
			tail = string(k.Name)
		}
		if !bytes.HasSuffix(key, []byte(tail)) {
			t.Fatalf("%q does not end with %q", key, tail)
		}
	})
}
