import { describe, expect, it } from "vitest";
import { agentsManifests, checkCluster, type TrustGeneration } from "./clusterRules";
import { cluster } from "./cluster.schema";
import { logicalName } from "./manifest";
import { agentsArgs, clusterSettings, manifestOf, problemsOf, rawCluster } from "./testSupport";

const generations: readonly TrustGeneration[] = [
  { id: "g0", state: "retired" },
  { id: "g1", state: "retiring" },
  { id: "g2", state: "issuing" },
  { id: "g3", state: "introduced" },
  { id: "next-ca", state: "introduced", imported: {} },
];

describe("agentsManifests", () => {
  const manifests = agentsManifests(agentsArgs());

  it("makes exactly these objects, each under a name of its own", () => {
    expect(manifests.map((each) => logicalName("cluster", each))).toEqual([
      "cluster-namespace-fase-b-agents",
      "cluster-network-policy-deny-all",
      "cluster-network-policy-callers",
      "cluster-network-policy-stated",
      "cluster-service-account-secrets-reader",
      "cluster-secret-store-secrets-manager",
      "cluster-external-secret-trusted-roots",
      "cluster-external-secret-services-g1",
      "cluster-issuer-services-g1",
      "cluster-certificate-chat-01",
      "cluster-certificate-voice-01",
    ]);
  });

  it("writes what the operators' own schemas know, and nothing else", () => {
    expect(agentsManifests(agentsArgs({ generations })).flatMap(problemsOf)).toEqual([]);
  });

  it("would notice a field that an operator does not know, and one that it needs", () => {
    const certificate = manifestOf(manifests, "Certificate", "chat-01");
    expect(problemsOf({ ...certificate, spec: { ...certificate.spec, renewBeforePercent: 50 } })).toEqual([
      expect.stringContaining("renewBeforePercent"),
    ]);
    expect(problemsOf({ ...certificate, spec: { secretName: "x" } })).toEqual([
      expect.stringContaining("issuerRef"),
    ]);
    const store = manifestOf(manifests, "SecretStore", "secrets-manager");
    expect(problemsOf({ ...store, spec: { provider: { aws: { region: "eu-west-1" } } } })).toEqual([
      expect.stringContaining("service"),
    ]);
  });

  it("gives each agent that is called a certificate for its host alone, for days, with a new key each time (B5.2)", () => {
    expect(manifestOf(manifests, "Certificate", "voice-01").spec).toEqual({
      secretName: "voice-01-tls",
      dnsNames: ["voice-01.agents.staging.example.com"],
      duration: "168h0m0s",
      renewBeforePercentage: 50,
      privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
      usages: ["digital signature", "server auth"],
      isCA: false,
      issuerRef: { group: "cert-manager.io", kind: "Issuer", name: "services-g1" },
    });
  });

  it("holds no key and no certificate: what is fetched is named", () => {
    expect(JSON.stringify(manifests)).not.toMatch(/-----BEGIN|privateKeyPem":/);
    expect(manifestOf(manifests, "ExternalSecret", "services-g1").spec).toMatchObject({
      refreshInterval: "10m",
      target: { name: "services-g1", creationPolicy: "Owner", template: { type: "kubernetes.io/tls" } },
      data: [
        {
          secretKey: "tls.crt",
          remoteRef: { key: "fase-b-staging/authority/g1/services-issuer", property: "chainPem" },
        },
        {
          secretKey: "tls.key",
          remoteRef: { key: "fase-b-staging/authority/g1/services-issuer", property: "privateKeyPem" },
        },
      ],
    });
  });

  it("is the same text each time, whatever the clock and the folder", () => {
    expect(JSON.stringify(agentsManifests(agentsArgs()))).toBe(JSON.stringify(manifests));
    expect(JSON.stringify(manifests)).not.toContain(process.cwd());
  });
});

describe("a change of generation", () => {
  const manifests = agentsManifests(agentsArgs({ generations }));
  const namesOf = (kind: string): string[] =>
    manifests.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);

  it("issues from the one that issues, has the next one ready, and takes the key of the last one away", () => {
    expect(namesOf("Issuer")).toEqual(["services-g2", "services-g3"]);
    expect(namesOf("ExternalSecret")).toEqual(["trusted-roots", "services-g2", "services-g3"]);
    expect(manifestOf(manifests, "Certificate", "chat-01").spec).toMatchObject({
      issuerRef: { name: "services-g2" },
    });
  });

  it("leaves the roots to where all that are trusted stand together, without a key (B5.2)", () => {
    const roots = manifestOf(manifests, "ExternalSecret", "trusted-roots");
    expect(roots.spec).toMatchObject({
      target: { name: "trusted-roots" },
      data: [
        {
          secretKey: "ca.crt",
          remoteRef: { key: "fase-b-staging/authority/trusted-services", property: "pems" },
        },
      ],
    });
    expect(manifestOf(agentsManifests(agentsArgs()), "ExternalSecret", "trusted-roots")).toEqual(roots);
  });

  it("is refused without a generation that issues", () => {
    expect(() => agentsManifests(agentsArgs({ generations: [{ id: "g1", state: "introduced" }] }))).toThrow(
      /no generation issues/,
    );
  });
});

describe("the agents' network", () => {
  const manifests = agentsManifests(agentsArgs());

  it("is closed for every pod in both directions, before anything is opened", () => {
    expect(manifestOf(manifests, "NetworkPolicy", "deny-all").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
  });

  it("lets in the functions' networks and the prober, on the agents' port alone (B5.3)", () => {
    expect(manifestOf(manifests, "NetworkPolicy", "callers").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ ipBlock: { cidr: "192.0.2.0/24" } }, { ipBlock: { cidr: "2001:db8::/48" } }],
          ports: [{ protocol: "TCP", port: 8443 }],
        },
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "fase-b-prober" } } }],
          ports: [{ protocol: "TCP", port: 8443 }],
        },
      ],
    });
  });

  it("lets out to the cluster's resolver and to what the settings state", () => {
    expect(manifestOf(manifests, "NetworkPolicy", "stated").spec).toMatchObject({
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
        },
        { to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
      ],
    });
  });

  it("opens nothing to everybody, whatever is stated", () => {
    const closed = cluster.parse({ ...rawCluster(), agents: { ...rawCluster().agents, egress: [] } });
    for (const settings of [closed, clusterSettings()]) {
      for (const each of agentsManifests(agentsArgs({ settings }))) {
        if (each.kind !== "NetworkPolicy" || each.metadata.name === "deny-all") continue;
        const { ingress = [], egress = [] } = each.spec as {
          ingress?: { from?: object[] }[];
          egress?: { to?: object[] }[];
        };
        // A rule without peers, or with an empty one, means everybody.
        for (const peers of [...ingress.map(({ from }) => from), ...egress.map(({ to }) => to)]) {
          expect(peers?.length).toBeGreaterThan(0);
          expect(peers?.every((peer) => Object.keys(peer).length > 0)).toBe(true);
        }
      }
    }
  });
});

describe("the cluster's settings", () => {
  const refused = (change: object): string[] => {
    const { error } = cluster.safeParse({ ...rawCluster(), agents: { ...rawCluster().agents, ...change } });
    return error?.issues.map(({ path }) => path.join(".")) ?? [];
  };

  it.each([
    ["no callers", { callers: [] }, "agents.callers"],
    ["everybody as a caller", { callers: ["0.0.0.0/0"] }, "agents.callers.0"],
    ["egress to nowhere", { egress: [{ to: [], port: 443 }] }, "agents.egress.0.to"],
    ["egress to everywhere", { egress: [{ to: ["0.0.0.0/0"], port: 443 }] }, "agents.egress.0.to.0"],
    ["a renewal at the last hour", { renewAtRemainingPercent: 5 }, "agents.renewAtRemainingPercent"],
    ["a role that is none", { secretsRoleArn: "admin" }, "agents.secretsRoleArn"],
  ])("refuse %s", (_, change, path) => {
    expect(refused(change)).toEqual([path]);
  });

  it("say how an empty list of callers is mended", () => {
    const { callers } = cluster.shape.agents.shape;
    expect(callers.meta()).toMatchObject({ fix: expect.stringContaining("list the networks") });
  });

  it("refuse a renewal that comes after its alarm", () => {
    expect(checkCluster(clusterSettings(), { alarmAtRemainingPercent: 49 })).toEqual([]);
    expect(checkCluster(clusterSettings(), { alarmAtRemainingPercent: 50 })).toMatchObject([
      { path: "cluster.agents.renewAtRemainingPercent" },
    ]);
  });
});
