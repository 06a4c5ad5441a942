import { secretNames } from "../secrets/secretsRules";
import { showValue, type Problem } from "../shared/problem";
import type { ClusterSettings } from "./cluster.schema";
import { externalSecret, secretsSource } from "./externalSecrets";
import type { Manifest } from "./manifest";
import { allowEgress, allowIngress, denyAll, tcp, toDns, type Opening } from "./networkPolicies";
import { closedNamespace, inPlace, type Place } from "./objects";

const HOURS_PER_DAY = 24;

/** A generation of the authority, as far as the cluster is concerned. */
export interface TrustGeneration {
  readonly id: string;
  readonly state: "introduced" | "issuing" | "retiring" | "retired";
  /** Made elsewhere: trusted, but nobody here has its keys. */
  readonly imported?: object | undefined;
}

export interface UpstreamAgent {
  readonly id: string;
  /** None where the edge itself answers. */
  readonly upstream?: { readonly url: string } | undefined;
}

export interface AgentsManifestsArgs {
  readonly namePrefix: string;
  readonly region: string;
  readonly settings: ClusterSettings;
  readonly agents: readonly UpstreamAgent[];
  readonly generations: readonly TrustGeneration[];
  /** Life of a service's certificate. */
  readonly lifetimeDays: number;
  /** Whose pods may look at the agents' certificates. */
  readonly proberNamespace: string;
}

/**
 * What upstream agents need: a certificate each that renews itself, the roots by which they know the edge, and a network that
 * lets in nobody else.
 */
export function agentsManifests(args: AgentsManifestsArgs): Manifest[] {
  const { namePrefix, region, settings, generations } = args;
  const { secretsRefreshMinutes } = settings;
  const { namespace, secretsRoleArn } = settings.agents;
  const place: Place = { namespace, labels: partOf(namePrefix, "agents") };
  return [
    closedNamespace(place),
    ...networkPolicies(place, args),
    ...secretsSource(place, region, secretsRoleArn),
    trustedRoots(place, secretsRefreshMinutes, namePrefix),
    ...generations.filter(hasIssuer).flatMap((one) => issuer(place, secretsRefreshMinutes, namePrefix, one)),
    ...certificates(place, args),
  ];
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const partOf = (namePrefix: string, component: string): Record<string, string> => ({
  "app.kubernetes.io/part-of": namePrefix,
  "app.kubernetes.io/component": component,
  "app.kubernetes.io/managed-by": "pulumi",
});

function networkPolicies(place: Place, { settings, proberNamespace }: AgentsManifestsArgs): Manifest[] {
  const { callers, port, egress } = settings.agents;
  const [first, ...others] = callers.map((cidr) => ({ cidr }));
  if (!first) throw new Error("agents without callers: the schema refuses them");
  const stated = egress.map(({ to, port }): Opening => {
    const [peer, ...peers] = to.map((cidr) => ({ cidr }));
    if (!peer) throw new Error("egress to nowhere: the schema refuses it");
    return { peers: [peer, ...peers], ports: tcp(port) };
  });
  return [
    denyAll(place),
    allowIngress(place, "callers", [
      { peers: [first, ...others], ports: tcp(port) },
      { peers: [{ namespace: proberNamespace }], ports: tcp(port) },
    ]),
    allowEgress(place, "stated", [toDns, ...stated]),
  ];
}

/**
 * The next generation's issuer is there before it signs, so that a key that cannot be fetched shows while nobody needs it. One that is
 * retiring signs nothing any more: its key leaves the cluster.
 */
const hasIssuer = ({ state, imported }: TrustGeneration): boolean =>
  (state === "introduced" || state === "issuing") && imported === undefined;

/** Where a namespace's pods find the roots: `ca.crt`. */
export const ROOTS_SECRET = "trusted-roots";

/**
 * The roots of every generation that is trusted, whatever it still issues: by them an agent verifies the edge's
 * certificate (URI SAN `urn:fase-b:service:edge`), and the prober the agents'. They come from where no key is, so that whoever
 * only verifies has no right to read who signs; and they change there, so a change of generation needs no change here.
 */
export const trustedRoots = (place: Place, refreshMinutes: number, namePrefix: string): Manifest =>
  externalSecret(place, refreshMinutes, {
    name: ROOTS_SECRET,
    data: [{ key: "ca.crt", secretName: secretNames(namePrefix).trustedServices, property: "pems" }],
  });

const issuerName = (generation: string): string => `services-${generation}`;

function issuer(
  place: Place,
  refreshMinutes: number,
  namePrefix: string,
  { id }: TrustGeneration,
): Manifest[] {
  const name = issuerName(id);
  const secretName = secretNames(namePrefix).authority(id, "services-issuer");
  return [
    externalSecret(place, refreshMinutes, {
      name,
      type: "kubernetes.io/tls",
      data: [
        // With the root behind it a leaf is served with its issuer, and the root stands beside it as ca.crt.
        // https://cert-manager.io/docs/configuration/ca/
        { key: "tls.crt", secretName, property: "chainPem" },
        { key: "tls.key", secretName, property: "privateKeyPem" },
      ],
    }),
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: inPlace(place, name),
      spec: { ca: { secretName: name } },
    },
  ];
}

/** Where an agent's pods find `tls.crt` (leaf and issuer) and `tls.key`. */
export const certificateSecret = (agentId: string): string => `${agentId}-tls`;

/**
 * A server's certificate for each agent that is called. Another generation that issues is another issuer, for which
 * cert-manager renews at once; the edge trusts both meanwhile.
 */
function certificates(
  place: Place,
  { agents, generations, lifetimeDays, settings }: AgentsManifestsArgs,
): Manifest[] {
  const issuing = generations.find(({ state }) => state === "issuing");
  if (!issuing) throw new Error("no generation issues: the schema of trust asks for exactly one");
  return agents.flatMap(({ id, upstream }): Manifest[] =>
    upstream === undefined
      ? []
      : [
          {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            metadata: inPlace(place, id),
            // https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec
            spec: {
              secretName: certificateSecret(id),
              dnsNames: [new URL(upstream.url).hostname],
              duration: `${lifetimeDays * HOURS_PER_DAY}h0m0s`,
              renewBeforePercentage: settings.agents.renewAtRemainingPercent,
              privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
              usages: ["digital signature", "server auth"],
              isCA: false,
              issuerRef: { group: "cert-manager.io", kind: "Issuer", name: issuerName(issuing.id) },
            },
          },
        ],
  );
}

/** What the cluster's settings say beside the authority's. */
export function checkCluster(
  settings: ClusterSettings,
  services: { readonly alarmAtRemainingPercent: number },
): Problem[] {
  const { renewAtRemainingPercent } = settings.agents;
  if (renewAtRemainingPercent > services.alarmAtRemainingPercent) return [];
  return [
    {
      path: "cluster.agents.renewAtRemainingPercent",
      got: showValue(renewAtRemainingPercent),
      allowed: `more than trust.leaves.services.alarmAtRemainingPercent, ${services.alarmAtRemainingPercent}: a renewal comes before its alarm`,
      fix: "renew earlier, or raise the alarm later",
    },
  ];
}
