package k8s

import (
	"slices"
	"testing"
)

func TestSelector(t *testing.T) {
	keys := []string{
		"/registry/pods/shop/web-0", "/registry/pods/shop/web-1", "/registry/pods/kube-system/web-0", "/kubernetes.io/pods/shop/web-0",
		"/registry/services/specs/shop/web", "/registry/services/endpoints/shop/web", "/registry/minions/n1",
		"/registry/deployments/shop/web", "/registry/ingress/shop/web",
		"/registry/cert-manager.io/certificates/shop/tls", "/registry/other.io/certificates/shop/tls", "/registry/serving.knative.dev/services/shop/web",
		"/registry/apiextensions.k8s.io/customresourcedefinitions/a.b.c", "/registry/health", "compact_rev_key",
	}
	for _, tt := range []struct {
		resource, namespace, name string
		want                      []int
	}{
		{resource: "pods", want: []int{0, 1, 2, 3}},
		{resource: "po", namespace: "shop", want: []int{0, 1, 3}},
		{resource: "Pod", namespace: "shop", name: "web-0", want: []int{0, 3}},
		{resource: "pods.v1.", namespace: "shop", want: []int{0, 1, 3}},
		{resource: "secrets.v1."},
		{resource: "pods", name: "web-0", want: []int{0, 2, 3}},
		{resource: "pods", namespace: "none"},
		{resource: "svc", want: []int{4}},
		{resource: "services", want: []int{4}},
		{resource: "services.serving.knative.dev", want: []int{11}},
		{resource: "ep", want: []int{5}},
		{resource: "nodes", want: []int{6}},
		{resource: "no", namespace: "shop", want: []int{6}},
		{resource: "deploy", want: []int{7}},
		{resource: "deployments.apps", want: []int{7}},
		{resource: "deployments.v1.apps", want: []int{7}},
		{resource: "deployments.extensions", want: []int{7}},
		{resource: "deployments.example.com"},
		{resource: "ing", want: []int{8}},
		{resource: "ingresses.networking.k8s.io", want: []int{8}},
		{resource: "certificates", want: []int{9, 10}},
		{resource: "certificates.cert-manager.io", want: []int{9}},
		{resource: "certificates.v1beta1.other.io", want: []int{10}},
		{resource: "crd", want: []int{12}},
		{resource: "crds.apiextensions.k8s.io", name: "a.b.c", want: []int{12}},
		{resource: "health"},
	} {
		s, err := ParseSelector(tt.resource, tt.namespace, tt.name)
		if err != nil {
			t.Errorf("%q: %v", tt.resource, err)
			continue
		}
		var got []int
		for i, key := range keys {
			if s.Has([]byte(key)) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q %q %q selects %v, want %v", tt.resource, tt.namespace, tt.name, got, tt.want)
		}
	}
	for _, bad := range []string{"", ".apps", ".v1.", "pods.", "pods.x.", "/registry/pods", "pods web"} {
		if s, err := ParseSelector(bad, "", ""); err == nil {
			t.Errorf("%q is %+v", bad, s)
		}
	}
}

// No two built-in resources have a name in common.
func TestBuiltinNames(t *testing.T) {
	seen := map[string]string{}
	for _, r := range builtins {
		for _, name := range append([]string{r.plural}, r.names...) {
			if seen[name] != "" {
				t.Errorf("%s: both %s and %s", name, seen[name], r.plural)
			}
			seen[name] = r.plural
		}
	}
}
