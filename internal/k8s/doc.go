// Package k8s knows what Kubernetes means by the keys and values that its API
// servers keep in etcd: which object a key names, and which keys a resource
// has.
//
// It is not a reader of files and knows no revisions: it is handed keys and
// values, and hands facts back. It never judges: a value that it cannot
// read is described, not graded.
//
// # Layout of a key
//
// A key is "/registry" (or another prefix of [Prefixes]), the resource, the
// namespace where the resource has one, and the name:
//
//	Key                                             | Object
//	/registry/pods/NS/NAME                          | a built-in, namespaced
//	/registry/clusterroles/NAME                     | a built-in, cluster-scoped
//	/registry/minions/NAME                          | a node: some have names of old
//	/registry/services/specs/NS/NAME                | a service
//	/registry/services/endpoints/NS/NAME            | its endpoints
//	/registry/GROUP.WITH.DOTS/RESOURCE/NS/NAME      | a custom resource, namespaced
//	/registry/GROUP.WITH.DOTS/RESOURCE/NAME         | a custom resource, cluster-scoped
//	/registry/masterleases/IP                       | which API servers live
//	/registry/ranges/serviceips                     | an allocation map
//	/registry/health                                | nothing: API servers look for it
//
// Built-in resources are kept without their group: a Deployment of group apps
// is under /registry/deployments.
//
// Source: Kubernetes 1.37 pkg/kubeapiserver/default_storage_factory_builder.go
// (SpecialDefaultResourcePrefixes), staging/src/k8s.io/apiserver
// pkg/registry/generic/registry/store.go (NamespaceKeyFunc) and
// pkg/server/storage/storage_factory.go (ResourcePrefix).
package k8s
