import { isNetwork, namespaceOf, specOf } from "../lib/cluster";
import { stackPolicy } from "../lib/policy";
import { scanNamespaces } from "../lib/scans";
import { types } from "../lib/types";
import { list, object, objects, show, type Props } from "../lib/values";

/** A network of so many bits at least: what is wider is no statement of where. */
const leastBits = { four: 16, six: 32 } as const;

const isResolver = ({ namespaceSelector, podSelector, ...others }: Props): boolean =>
  Object.keys(others).length === 0 &&
  JSON.stringify(object(namespaceSelector).matchLabels) === '{"kubernetes.io/metadata.name":"kube-system"}' &&
  JSON.stringify(object(podSelector).matchLabels) === '{"k8s-app":"kube-dns"}';

const only = (opening: Props, port: number): boolean =>
  list(opening.ports).length > 0 &&
  objects(opening.ports).every((one) => one.port === port && one.endPort === undefined);

/** True for the resolver, and for TLS to named networks. */
const isStated = (opening: Props): boolean => {
  const peers = objects(opening.to);
  return (
    peers.length > 0 &&
    ((peers.every(isResolver) && only(opening, 53)) ||
      (peers.every((peer) => isNetwork(peer, leastBits)) &&
        only(opening, 443) &&
        objects(opening.ports).every(({ protocol }) => protocol === "TCP")))
  );
};

export const scansLimitEgress = stackPolicy({
  name: "scans-limit-egress",
  severity: "high",
  clauses: ["B0.1", "B2.1", "B2.2"],
  summary:
    "Scans reach the cluster's resolver and named networks by TLS, and nothing else; nobody reaches them. A tool that attacks cannot attack elsewhere.",
  reads: "NetworkPolicy.spec of the namespaces in which scans run: ingress, egress (peers, ports)",
  remediation: `open UDP and TCP 53 to kube-dns, and TCP 443 to networks of at least ${leastBits.four} bits (IPv6: ${leastBits.six}); no ingress.`,
  url: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  check(stack, report) {
    const namespaces = scanNamespaces(stack);
    for (const policy of stack.ofType(types.networkPolicy)) {
      if (!namespaces.has(namespaceOf(policy))) continue;
      const { ingress, egress } = specOf(policy);
      if (list(ingress).length > 0) {
        report({ resource: policy, got: `ingress ${show(ingress)}`, expected: "none" });
      }
      for (const opening of list(egress)
        .map(object)
        .filter((one) => !isStated(one))) {
        report({
          resource: policy,
          got: `egress ${show(opening)}`,
          expected: "the resolver on 53, or TCP 443 to named networks",
        });
      }
    }
  },
});
