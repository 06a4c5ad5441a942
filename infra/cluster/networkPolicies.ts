import type { Manifest } from "./manifest";
import { inPlace, NAMESPACE_NAME_LABEL, type Place } from "./objects";

/** https://kubernetes.io/docs/concepts/services-networking/network-policies/ */

type NetworkPolicy = Extract<Manifest, { kind: "NetworkPolicy" }>;

/** Who or where the other end is. */
export type Peer =
  | { readonly cidr: string }
  | { readonly namespace: string; readonly podLabels?: Readonly<Record<string, string>> };

export interface Opening {
  readonly peers: readonly [Peer, ...Peer[]];
  readonly ports: readonly { readonly protocol: "TCP" | "UDP"; readonly port: number }[];
}

export const tcp = (port: number): Opening["ports"] => [{ protocol: "TCP", port }];

/** Both in one element: pods with these labels *in* that namespace. In two they would be an "or". */
const toPeer = (peer: Peer): object =>
  "cidr" in peer
    ? { ipBlock: { cidr: peer.cidr } }
    : {
        namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: peer.namespace } },
        ...(peer.podLabels === undefined ? {} : { podSelector: { matchLabels: { ...peer.podLabels } } }),
      };

const policy = (place: Place, name: string, spec: NetworkPolicy["spec"]): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: inPlace(place, name),
  spec,
});

/** For every pod of the namespace, in both directions: what is open is what another policy opens. */
export const denyAll = (place: Place): Manifest =>
  policy(place, "deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

export const allowIngress = (place: Place, name: string, openings: readonly Opening[]): Manifest =>
  policy(place, name, {
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: openings.map(({ peers, ports }) => ({ from: peers.map(toPeer), ports: [...ports] })),
  });

export const allowEgress = (place: Place, name: string, openings: readonly Opening[]): Manifest =>
  policy(place, name, {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: openings.map(({ peers, ports }) => ({ to: peers.map(toPeer), ports: [...ports] })),
  });

/** The cluster's own resolver and no other. */
export const toDns: Opening = {
  peers: [{ namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" } }],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};
