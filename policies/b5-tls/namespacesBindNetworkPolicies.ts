import { metadataOf, namespaceOf, objectName, specOf } from "../lib/cluster";
import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { isObject, join, list, object, objects, show, strings, text, type Props } from "../lib/values";

const restricted = "pod-security.kubernetes.io/enforce";

/** Types of objects that live in a namespace. */
const inside = [
  types.clusterCertificate,
  types.clusterIssuer,
  types.clusterService,
  types.configMap,
  types.cronJob,
  types.externalSecret,
  types.networkPolicy,
  types.resourceQuota,
  types.secretStore,
  types.serviceAccount,
  types.workload,
];

const isEmpty = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0;

/** True for a policy of every pod that opens nothing in either direction. */
const closesAll = (spec: Props): boolean =>
  isEmpty(spec.podSelector) &&
  ["Egress", "Ingress"].join() === [...strings(spec.policyTypes)].sort().join() &&
  list(spec.ingress).length === 0 &&
  list(spec.egress).length === 0;

/** True for another end that is anybody, or every pod of the cluster. */
const isAnybody = (peer: Props): boolean =>
  Object.keys(peer).length === 0 ||
  text(object(peer.ipBlock).cidr).endsWith("/0") ||
  isEmpty(peer.namespaceSelector);

/** True for an opening to anybody, or on every port. */
const opensWide = (opening: Props, peers: "from" | "to"): boolean =>
  list(opening[peers]).length === 0 ||
  objects(opening[peers]).some(isAnybody) ||
  list(opening.ports).length === 0;

export const namespacesBindNetworkPolicies = stackPolicy({
  name: "namespaces-bind-network-policies",
  severity: "high",
  clauses: ["B5.2", "B5.3"],
  summary:
    "Every namespace of the stack is closed to the network and to privileged pods, and opens only named ports to named ends.",
  reads:
    "Namespace.metadata.labels; NetworkPolicy.spec: podSelector, policyTypes, ingress, egress; Service.spec.type; the namespace of every object of the cluster",
  controls: ["CKV_K8S_21", "CKV2_K8S_6"],
  remediation:
    "declare for each namespace a NetworkPolicy for all pods and both directions that opens nothing, openings with peers and ports beside it, and the label enforce: restricted.",
  url: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  check(stack, report) {
    const policies = stack.ofType(types.networkPolicy);
    const namespaces = stack.ofType(types.namespace);
    const known = new Set(namespaces.map(objectName));
    for (const namespace of namespaces) {
      const name = objectName(namespace);
      const label = object(metadataOf(namespace).labels)[restricted];
      if (label !== "restricted") {
        report({ resource: namespace, got: `${restricted} ${show(label)}`, expected: '"restricted"' });
      }
      if (!policies.some((policy) => namespaceOf(policy) === name && closesAll(specOf(policy)))) {
        report({
          resource: namespace,
          got: "no policy that closes it",
          expected: "one for every pod, in both directions, that opens nothing",
        });
      }
    }
    for (const resource of inside.flatMap((type) => stack.ofType(type))) {
      if (known.has(namespaceOf(resource))) continue;
      report({
        resource,
        got: `namespace ${show(namespaceOf(resource))}`,
        expected: `one of this stack: ${join([...known])}`,
      });
    }
    for (const policy of policies) {
      const { ingress, egress } = specOf(policy);
      const wide = [
        ...objects(ingress).filter((opening) => opensWide(opening, "from")),
        ...objects(egress).filter((opening) => opensWide(opening, "to")),
      ];
      if (wide.length > 0) {
        report({
          resource: policy,
          got: `${wide.length} openings to anybody or on every port`,
          expected: "named peers and ports",
        });
      }
    }
    for (const service of stack.ofType(types.clusterService)) {
      const { type, externalIPs } = specOf(service);
      if ((type ?? "ClusterIP") === "ClusterIP" && list(externalIPs).length === 0) continue;
      report({ resource: service, got: `type ${show(type)}`, expected: '"ClusterIP": nobody from outside' });
    }
  },
});
