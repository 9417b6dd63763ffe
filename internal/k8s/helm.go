package k8s

import "strings"

// isHelmRelease tells a ConfigMap in which Helm keeps a release: by its label, or by its
// name where the labels are damaged. Helm 3 does so if it is told to, Helm 2 did by
// default; what is in it is the same that Helm 3 keeps in Secrets.
// Source: helm 2 and 3, pkg/storage/driver/cfgmaps.go (newConfigMapsObject) and
// pkg/storage/storage.go (HelmStorageType, makeKey).
func isHelmRelease(o Object) bool {
	if o.Text("kind") != "ConfigMap" || o.Text("apiVersion") != "v1" {
		return false
	}
	meta, _ := o.Get("metadata").(Object)
	labels, _ := meta.Get("labels").(Object)
	return labels.Text("owner") == "helm" || labels.Text("OWNER") == "TILLER" ||
		strings.HasPrefix(meta.Text("name"), "sh.helm.release.v1.")
}

// release redacts the data of a ConfigMap.
func (r *redactor) release(o Object) {
	for i := range o {
		switch o[i].Name {
		case "data":
			r.data(&o[i].Value, func(s string) int { return len(s) })
		case "binaryData":
			r.data(&o[i].Value, decodedLen)
		}
	}
}
