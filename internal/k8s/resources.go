package k8s

import "slices"

// A resource is a built-in one: what people call it, and where it is kept.
type resource struct {
	plural string
	names  []string // singular and short names
	groups []string // that serve it or served it; "" is core
	// keyGroup is the group in its keys, "" for none.
	keyGroup string
}

// Groups with long names.
const (
	admissionGroup    = "admissionregistration.k8s.io"
	certificatesGroup = "certificates.k8s.io"
	extensionsGroup   = "apiextensions.k8s.io"
	flowcontrolGroup  = "flowcontrol.apiserver.k8s.io"
	networkingGroup   = "networking.k8s.io"
	rbacGroup         = "rbac.authorization.k8s.io"
	registrationGroup = "apiregistration.k8s.io"
	resourceGroup     = "resource.k8s.io"
	schedulingGroup   = "scheduling.k8s.io"
	storageGroup      = "storage.k8s.io"
)

// Groups of several resources.
var (
	coreOnly   = []string{""}
	appsOld    = []string{"apps", "extensions"}
	policyOld  = []string{"policy", "extensions"}
	rbacOnly   = []string{rbacGroup}
	admitOnly  = []string{admissionGroup}
	storeOnly  = []string{storageGroup}
	netOnly    = []string{networkingGroup}
	resOnly    = []string{resourceGroup}
	batchOnly  = []string{"batch"}
	flowOnly   = []string{flowcontrolGroup}
	schedOnly  = []string{schedulingGroup}
	appsOnly   = []string{"apps"}
	certsOnly  = []string{certificatesGroup}
	ingressOld = []string{networkingGroup, "extensions"}
	eventsBoth = []string{"", "events.k8s.io"}
)

// builtins are the resources that API servers of Kubernetes keep, without
// those of which only this or that release had an alpha version.
// Source: Kubernetes 1.37 pkg/registry/*/rest (ShortNames) and
// pkg/controlplane/instance.go (APIs); 1.24 for podsecuritypolicies.
var builtins = []resource{
	{plural: "configmaps", names: []string{"configmap", "cm"}, groups: coreOnly},
	{plural: "endpoints", names: []string{"endpoint", "ep"}, groups: coreOnly},
	{plural: "events", names: []string{"event", "ev"}, groups: eventsBoth},
	{plural: "limitranges", names: []string{"limitrange", "limits"}, groups: coreOnly},
	{plural: "namespaces", names: []string{"namespace", "ns"}, groups: coreOnly},
	{plural: "nodes", names: []string{"node", "no", "minions"}, groups: coreOnly},
	{plural: "persistentvolumeclaims", names: []string{"persistentvolumeclaim", "pvc"}, groups: coreOnly},
	{plural: "persistentvolumes", names: []string{"persistentvolume", "pv"}, groups: coreOnly},
	{plural: "pods", names: []string{"pod", "po"}, groups: coreOnly},
	{plural: "podtemplates", names: []string{"podtemplate"}, groups: coreOnly},
	{plural: "replicationcontrollers", names: []string{"replicationcontroller", "rc"}, groups: coreOnly},
	{plural: "resourcequotas", names: []string{"resourcequota", "quota"}, groups: coreOnly},
	{plural: "secrets", names: []string{"secret"}, groups: coreOnly},
	{plural: "serviceaccounts", names: []string{"serviceaccount", "sa"}, groups: coreOnly},
	{plural: "services", names: []string{"service", "svc"}, groups: coreOnly},
	{plural: "masterleases", groups: coreOnly},
	{plural: "ranges", groups: coreOnly},

	{plural: "controllerrevisions", names: []string{"controllerrevision"}, groups: appsOnly},
	{plural: "daemonsets", names: []string{"daemonset", "ds"}, groups: appsOld},
	{plural: "deployments", names: []string{"deployment", "deploy"}, groups: appsOld},
	{plural: "replicasets", names: []string{"replicaset", "rs"}, groups: appsOld},
	{plural: "statefulsets", names: []string{"statefulset", "sts"}, groups: appsOnly},
	{plural: "horizontalpodautoscalers", names: []string{"horizontalpodautoscaler", "hpa"}, groups: []string{"autoscaling"}},
	{plural: "cronjobs", names: []string{"cronjob", "cj"}, groups: batchOnly},
	{plural: "jobs", names: []string{"job"}, groups: batchOnly},
	{plural: "poddisruptionbudgets", names: []string{"poddisruptionbudget", "pdb"}, groups: []string{"policy"}},
	{plural: "podsecuritypolicies", names: []string{"podsecuritypolicy", "psp"}, groups: policyOld},

	{plural: "ingresses", names: []string{"ingress", "ing"}, groups: ingressOld},
	{plural: "ingressclasses", names: []string{"ingressclass"}, groups: netOnly},
	{plural: "ipaddresses", names: []string{"ipaddress", "ip"}, groups: netOnly},
	{plural: "networkpolicies", names: []string{"networkpolicy", "netpol"}, groups: ingressOld},
	{plural: "servicecidrs", names: []string{"servicecidr"}, groups: netOnly},
	{plural: "endpointslices", names: []string{"endpointslice"}, groups: []string{"discovery.k8s.io"}},

	{plural: "clusterrolebindings", names: []string{"clusterrolebinding"}, groups: rbacOnly},
	{plural: "clusterroles", names: []string{"clusterrole"}, groups: rbacOnly},
	{plural: "rolebindings", names: []string{"rolebinding"}, groups: rbacOnly},
	{plural: "roles", names: []string{"role"}, groups: rbacOnly},

	{plural: "csidrivers", names: []string{"csidriver"}, groups: storeOnly},
	{plural: "csinodes", names: []string{"csinode"}, groups: storeOnly},
	{plural: "csistoragecapacities", names: []string{"csistoragecapacity"}, groups: storeOnly},
	{plural: "storageclasses", names: []string{"storageclass", "sc"}, groups: storeOnly},
	{plural: "volumeattachments", names: []string{"volumeattachment"}, groups: storeOnly},
	{plural: "volumeattributesclasses", names: []string{"volumeattributesclass", "vac"}, groups: storeOnly},

	{plural: "mutatingadmissionpolicies", names: []string{"mutatingadmissionpolicy"}, groups: admitOnly},
	{plural: "mutatingadmissionpolicybindings", names: []string{"mutatingadmissionpolicybinding"}, groups: admitOnly},
	{plural: "mutatingwebhookconfigurations", names: []string{"mutatingwebhookconfiguration"}, groups: admitOnly},
	{plural: "validatingadmissionpolicies", names: []string{"validatingadmissionpolicy"}, groups: admitOnly},
	{plural: "validatingadmissionpolicybindings", names: []string{"validatingadmissionpolicybinding"}, groups: admitOnly},
	{plural: "validatingwebhookconfigurations", names: []string{"validatingwebhookconfiguration"}, groups: admitOnly},

	{plural: "certificatesigningrequests", names: []string{"certificatesigningrequest", "csr"}, groups: certsOnly},
	{plural: "clustertrustbundles", names: []string{"clustertrustbundle"}, groups: certsOnly},
	{plural: "flowschemas", names: []string{"flowschema"}, groups: flowOnly},
	{plural: "prioritylevelconfigurations", names: []string{"prioritylevelconfiguration"}, groups: flowOnly},
	{plural: "leases", names: []string{"lease"}, groups: []string{"coordination.k8s.io"}},
	{plural: "priorityclasses", names: []string{"priorityclass", "pc"}, groups: schedOnly},
	{plural: "runtimeclasses", names: []string{"runtimeclass"}, groups: []string{"node.k8s.io"}},
	{plural: "deviceclasses", names: []string{"deviceclass"}, groups: resOnly},
	{plural: "resourceclaims", names: []string{"resourceclaim"}, groups: resOnly},
	{plural: "resourceclaimtemplates", names: []string{"resourceclaimtemplate"}, groups: resOnly},
	{plural: "resourceslices", names: []string{"resourceslice"}, groups: resOnly},
	{plural: "storageversions", names: []string{"storageversion"}, groups: []string{"internal.apiserver.k8s.io"}},
	{plural: "storageversionmigrations", names: []string{"storageversionmigration"}, groups: []string{"storagemigration.k8s.io"}},

	{plural: "customresourcedefinitions", names: []string{"customresourcedefinition", "crd", "crds"}, groups: []string{extensionsGroup}, keyGroup: extensionsGroup},
	{plural: "apiservices", names: []string{"apiservice"}, groups: []string{registrationGroup}, keyGroup: registrationGroup},
}

// builtin finds a built-in resource by any of its names, and by a group that
// serves it unless any will do; nil if there is none.
func builtin(name, group string, anyGroup bool) *resource {
	for i := range builtins {
		r := &builtins[i]
		if (r.plural == name || slices.Contains(r.names, name)) && (anyGroup || slices.Contains(r.groups, group)) {
			return r
		}
	}
	return nil
}
