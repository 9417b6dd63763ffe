// Package k8s knows what Kubernetes means by the keys and values that its API
// servers keep in etcd: which object a key names, which keys a resource has,
// and which object a value holds.
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
// # Form of a value
//
// Built-in types are kept in protobuf, custom resources in JSON (or CBOR, if
// the API server was told so):
//
//	Offset | Size | Field           | Meaning
//	0      | 4    | "k8s\0"         | protobuf follows
//	4      | rest | runtime.Unknown | 1: {1: apiVersion, 2: kind}; 2: the object; 3: encoding; 4: content type
//
//	0      | 3    | d9 d9 f7        | CBOR: tag 55799 around the object
//	0      | any  | {               | JSON: the object
//	0      | 8    | "k8s:enc:"      | PROVIDER:VERSION:KEY: and ciphertext
//
// A [Decoder] makes of each the JSON that kubectl shows, with members sorted.
// What protobuf does not say - names in JSON, what is left out when empty,
// what is inlined - is taken from the Go types and embedded with the
// descriptors.
//
// [Value.Redact] takes the data of Secrets out of what is shown; a [Selector]
// finds the keys of a resource.
//
// The embedded descriptors are made by fixtures/peers/k8s/gen from the
// generated.proto files and Go types of k8s.io/api, k8s.io/apimachinery,
// k8s.io/apiextensions-apiserver and k8s.io/kube-aggregator, of the releases
// that it lists. These are of The Kubernetes Authors, under the Apache License
// 2.0; comments are left out. The test-only module fixtures/peers/k8s/oracle
// holds the result against client-go, over every built-in type.
//
// Source: Kubernetes 1.37 pkg/kubeapiserver/default_storage_factory_builder.go
// (SpecialDefaultResourcePrefixes), staging/src/k8s.io/apiserver
// pkg/registry/generic/registry/store.go (NamespaceKeyFunc) and
// pkg/server/storage/storage_factory.go (ResourcePrefix).
package k8s
