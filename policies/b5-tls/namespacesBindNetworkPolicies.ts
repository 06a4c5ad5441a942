import { isNetwork, metadataOf, namespaceOf, objectName, specOf } from "../lib/cluster";
import { stackPolicy, type Stack, type StackResource } from "../lib/policy";
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

/** Wider than any network that an office or a cloud has for itself. */
const leastBits = { four: 8, six: 19 } as const;

/** The cluster puts it on every namespace, so that nobody can give it to another. */
const nameLabel = "kubernetes.io/metadata.name";

const namespaceAt = (peer: Props): string =>
  text(object(object(peer.namespaceSelector).matchLabels)[nameLabel]);

/**
 * True for another end that is a network, pods of the same namespace, a namespace of this stack, or pods by their labels in any other
 * one. A selector that lost its last label selects everything.
 */
function isNamed(peer: Props, known: ReadonlySet<string>): boolean {
  const { namespaceSelector, podSelector, ...others } = peer;
  if (isNetwork(peer, leastBits)) return true;
  if (Object.keys(others).length > 0) return false;
  if (namespaceSelector === undefined) return podSelector !== undefined;
  const namespace = namespaceAt(peer);
  return (
    namespace !== "" &&
    (known.has(namespace) || Object.keys(object(object(podSelector).matchLabels)).length > 0)
  );
}

/** True for an opening to anybody, or on more ports than it names. */
const opensWide = (opening: Props, peers: "from" | "to", known: ReadonlySet<string>): boolean =>
  list(opening[peers]).length === 0 ||
  objects(opening[peers]).some((peer) => !isNamed(peer, known)) ||
  list(opening.ports).length === 0 ||
  // Without its number an entry is every port.
  objects(opening.ports).some(({ port, endPort }) => port === undefined || endPort !== undefined);

const portsOf = (opening: Props): readonly unknown[] => objects(opening.ports).map(({ port }) => port);

/** The ways between namespaces of the stack that a policy opens at its end, in one direction. */
function waysOf(policy: StackResource, known: ReadonlySet<string>, peers: "from" | "to"): readonly string[] {
  const own = namespaceOf(policy);
  const { ingress, egress } = specOf(policy);
  return objects(peers === "from" ? ingress : egress).flatMap((opening) =>
    objects(opening[peers])
      .map(namespaceAt)
      .filter((other) => known.has(other) && other !== own)
      .flatMap((other) =>
        portsOf(opening).map(
          (port) => `${(peers === "from" ? [other, own] : [own, other]).join(" to ")} on ${show(port)}`,
        ),
      ),
  );
}

/** At what ports the services of a namespace reach its pods. */
const servedIn = (stack: Stack, namespace: string): readonly unknown[] =>
  stack
    .ofType(types.clusterService)
    .filter((service) => namespaceOf(service) === namespace)
    .flatMap((service) => objects(specOf(service).ports))
    .map(({ port, targetPort }) => targetPort ?? port);

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
        ...objects(ingress).filter((opening) => opensWide(opening, "from", known)),
        ...objects(egress).filter((opening) => opensWide(opening, "to", known)),
      ];
      if (wide.length > 0) {
        report({
          resource: policy,
          got: `${wide.length} openings to anybody or on every port`,
          expected: "named peers and ports",
        });
      }
      // What it was to open stays shut, and nobody is told before a call fails.
      if (list(ingress).length + list(egress).length === 0 && !closesAll(specOf(policy))) {
        report({
          resource: policy,
          got: "no opening",
          expected: "one, or the closing of every pod in both directions",
        });
      }
      const served = servedIn(stack, namespaceOf(policy));
      const unserved = objects(ingress)
        .flatMap(portsOf)
        .filter((port) => port !== undefined && served.length > 0 && !served.includes(port));
      if (unserved.length > 0) {
        report({
          resource: policy,
          got: `the ports ${join(unserved.map(show))} open, at which no service is`,
          expected: `ports of the namespace's services: ${join(served.map(show))}`,
        });
      }
    }
    const waysAt = (peers: "from" | "to"): ReadonlyMap<string, StackResource> =>
      new Map(policies.flatMap((policy) => waysOf(policy, known, peers).map((way) => [way, policy])));
    const [into, outOf] = [waysAt("from"), waysAt("to")];
    for (const [way, policy] of [...into, ...outOf]) {
      if (into.has(way) && outOf.has(way)) continue;
      report({
        resource: policy,
        got: `the way from ${way} open at this end alone`,
        expected: "at both ends, or at none",
      });
    }
    for (const service of stack.ofType(types.clusterService)) {
      const { type, externalIPs } = specOf(service);
      if ((type ?? "ClusterIP") === "ClusterIP" && list(externalIPs).length === 0) continue;
      report({ resource: service, got: `type ${show(type)}`, expected: '"ClusterIP": nobody from outside' });
    }
  },
});
