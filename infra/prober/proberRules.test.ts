import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import type { Agent } from "../agents/agents.schema";
import { toApiGatewayBody } from "../contract/apiGatewayBody";
import { bodyArgs, validatorOf } from "../contract/testSupport";
import { manifestOf, problemsOf } from "../cluster/testSupport";
import { logicalName, type Manifest } from "../cluster/manifest";
import { somePins } from "../pins/testSupport";
import { exporterConfiguration } from "./exporterConfiguration";
import { prober } from "./prober.schema";
import {
  checkProber,
  monthlyRequests,
  proberAlerts,
  proberConfigurations,
  proberManifests,
  proberUnpinned,
  toYaml,
} from "./proberRules";
import { targets } from "./probes";
import { proberArgs, proberClient, proberSettings, rawProber, someAgents } from "./testSupport";

const { contract } = proberArgs();

interface LoweredOperation {
  readonly parameters: readonly { readonly name: string; readonly required: boolean }[];
  readonly requestBody: {
    readonly content: { readonly "application/json": { readonly schema: { readonly $ref: string } } };
  };
}

describe("targets", () => {
  it("try each domain behind mutual TLS with every certificate, and the others' TLS", () => {
    const found = targets(someAgents(), contract).map(({ module, target }) => `${module} ${target}`);
    const door = (kind: string, id: string, path: string): string[] =>
      ["good", "none", "expired", "revoked", "foreign"].map(
        (probe) => `${kind}-${probe} https://${id}.staging.example.com${path}`,
      );
    expect(found).toEqual([
      ...door("chat", "chat-01", "/chat"),
      "connect chat-01.staging.example.com:443",
      "upstream chat-01.agents.staging.example.com:443",
      ...door("vision", "vision-01", "/vision"),
      "connect vision-01.staging.example.com:443",
      "upstream vision-01.agents.staging.example.com:443",
      ...door("voice-ticket", "voice-tickets-01", "/realtime-voice/tickets"),
      "connect voice-tickets-01.staging.example.com:443",
      "tls voice-01.staging.example.com:443",
      "upstream voice-01.agents.staging.example.com:8443",
    ]);
  });

  it("leave the door of an agent alone that has an exception from mutual TLS", () => {
    const [chat] = someAgents();
    if (chat?.protocol !== "http") throw new Error("the first agent is an HTTP one");
    const mutualTlsException = {
      reason: "a caller that cannot present a certificate yet",
      recorded: "2026-11-01",
      expires: "2026-12-01",
    };
    const found = targets([{ ...chat, mutualTlsException }], contract);
    expect(found.map(({ probe }) => probe)).toEqual(["tls", "upstream"]);
  });

  it("need a module each that the exporter has", () => {
    const { exporter } = proberConfigurations(proberArgs());
    const needed = new Set(targets(someAgents(), contract).map(({ module }) => module));
    expect(new Set(Object.keys(exporter.modules))).toEqual(needed);
  });
});

describe("the exporter's configuration", () => {
  const { modules } = exporterConfiguration({
    files: { certificatesFolder: "/c", apiKeyFile: "/k/api-key", rootsFile: "/r/ca.crt" },
    routeClasses: ["chat"],
    timeoutSeconds: 5,
  });

  it("makes the same request with every certificate, so that the certificate alone makes the difference", () => {
    const requests = ["good", "none", "expired", "revoked", "foreign"].map((probe) => {
      const { method, headers, http_headers, body } = modules[`chat-${probe}`]?.["http"] as Record<
        string,
        unknown
      >;
      return { method, headers, http_headers, body };
    });
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(1);
    expect(requests[0]).toEqual({
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      http_headers: { "x-api-key": { files: ["/k/api-key"] } },
      body: "{}",
    });
  });

  it("makes one that the gateway's own validation refuses on every route, twice over", () => {
    expect(JSON.stringify(modules)).not.toMatch(/idempotency/i);
    const { body } = toApiGatewayBody(contract, bodyArgs) as unknown as {
      body: {
        paths: Record<string, Record<string, LoweredOperation>>;
        components: { schemas: object };
      };
    };
    const sent = JSON.parse(String((modules["chat-good"]?.["http"] as { body: string }).body)) as unknown;
    const operations = Object.values(body.paths).flatMap((path) => Object.entries(path));
    expect(operations).toHaveLength(contract.routes.length);
    for (const [method, { parameters, requestBody }] of operations) {
      expect(method).toBe("post");
      expect(parameters).toContainEqual(expect.objectContaining({ name: "Idempotency-Key", required: true }));
      const model = requestBody.content["application/json"].schema.$ref.split("/").at(-1) ?? "";
      expect(validatorOf(body.components.schemas, model)(sent)).toBe(false);
    }
  });

  it("verifies every certificate that it is shown", () => {
    expect(JSON.stringify(modules)).not.toMatch(/insecure_skip_verify|TLS1[01]"/);
    expect(modules["upstream"]).toMatchObject({ tcp: { tls_config: { ca_file: "/r/ca.crt" } } });
  });
});

describe("what Prometheus is told", () => {
  it("fits an object of the cluster with 1,300 agents", () => {
    const [chat] = someAgents();
    if (!chat) throw new Error("there are agents");
    const agents = Array.from({ length: 1_300 }, (_, i): Agent => {
      const id = `chat-agent-of-a-long-name-${i}`;
      return { ...chat, id, domain: `${id}.staging.example.com` };
    });
    // https://kubernetes.io/docs/concepts/configuration/configmap/: 1 MiB
    const { scrape } = proberConfigurations(proberArgs({ agents }));
    expect(toYaml(scrape).length).toBeLessThan(1_048_576 * 0.9);
  });

  it("counts what there is to be tried, so that nothing is left out unnoticed", () => {
    const { scrape } = proberConfigurations(proberArgs());
    const [job] = (scrape as { scrape_configs: { static_configs: { targets: string[] }[] }[] })
      .scrape_configs;
    const count = job?.static_configs.flatMap((group) => group.targets).length;
    expect(count).toBe(22);
    const down = proberAlerts(proberArgs()).find(({ name }) => name === "ProberDown");
    expect(down?.condition).toMatchObject({ expr: expect.stringMatching(/< 22$/) as unknown });
  });
});

describe("the alerts", () => {
  it("page for an agent's certificate before and after its end, when no handshake shows it any more", () => {
    const ofAgents = proberAlerts(proberArgs()).filter(({ name }) => name.startsWith("Upstream"));
    expect(ofAgents.map(({ name, severity }) => `${name} ${severity}`)).toEqual([
      "UpstreamCertificateExpiring page",
      "UpstreamUnverified page",
    ]);
  });

  it("page for everything of B1.5", () => {
    const pages = proberAlerts(proberArgs()).filter(
      ({ severity, clauses }) => severity === "page" && clauses.includes("B1.5"),
    );
    expect(pages.map(({ name, forSeconds }) => `${name} ${forSeconds}`)).toEqual([
      "MutualTlsDown 120",
      "MutualTlsOpen 0",
      "DomainUnreachable 300",
      "ProberDown 300",
      "ProberSecretsStale 1800",
      "ProberCertificatesStale 1800",
    ]);
  });

  it("have a health that is no series at all, so that silence is none of their business", () => {
    expect(proberAlerts(proberArgs()).filter(({ whenSilent }) => whenSilent !== "ok")).toEqual([]);
  });
});

describe("proberManifests", () => {
  const manifests = proberManifests(proberArgs());

  it("make exactly these objects", () => {
    expect(manifests.map((each) => logicalName("p", each))).toEqual([
      "p-namespace-fase-b-prober",
      "p-network-policy-deny-all",
      "p-network-policy-prometheus",
      "p-network-policy-stated",
      "p-service-account-secrets-reader",
      "p-secret-store-secrets-manager",
      "p-external-secret-trusted-roots",
      "p-external-secret-prober-certificates",
      "p-external-secret-prober-api-key",
      "p-config-map-prober",
      "p-config-map-prober-prometheus",
      "p-deployment-prober",
      "p-service-prober",
    ]);
    expect(manifests.flatMap(problemsOf)).toEqual([]);
  });

  it("hold no key and no certificate, only their names and files", () => {
    const text = JSON.stringify(manifests);
    expect(text).not.toMatch(/-----BEGIN/);
    expect(manifests.some(({ kind }) => (kind as string) === "Secret")).toBe(false);
    expect(manifestOf(manifests, "ExternalSecret", "prober-api-key").spec).toMatchObject({
      data: [
        {
          secretKey: "api-key",
          remoteRef: { key: "fase-b-staging/clients/prober/api-key", property: "apiKey" },
        },
      ],
    });
    const { data } = manifestOf(manifests, "ExternalSecret", "prober-certificates").spec as {
      data: { secretKey: string; remoteRef: { key: string; property: string } }[];
    };
    expect(data.map(({ secretKey, remoteRef }) => `${secretKey} ${remoteRef.property}`)).toEqual(
      ["good", "expired", "revoked", "foreign"].flatMap((name) => [
        `${name}.crt ${name}.certificatePem`,
        `${name}.key ${name}.privateKeyPem`,
      ]),
    );
    expect(new Set(data.map(({ remoteRef }) => remoteRef.key))).toEqual(
      new Set(["fase-b-staging/prober/certificates"]),
    );
  });

  it("read nothing of the authority but whom it trusts: the prober signs nothing", () => {
    const read = JSON.stringify(manifests).match(/"key":"[^"]*\/authority\/[^"]*"/g);
    expect(read).toEqual(['"key":"fase-b-staging/authority/trusted-services"']);
  });

  it("run the exporter as nobody, with nothing that it can write, by the digest of its image", () => {
    const { spec } = manifestOf(manifests, "Deployment", "prober") as unknown as {
      spec: {
        template: { spec: { containers: Record<string, unknown>[]; securityContext: object } & object };
      };
    };
    const pod = spec.template.spec;
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(pod.containers).toHaveLength(1);
    expect(pod.containers[0]).toMatchObject({
      image: expect.stringMatching(/@sha256:[0-9a-f]{64}$/),
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      resources: { limits: { memory: "128Mi" } },
      livenessProbe: { httpGet: { path: "/-/healthy" } },
      readinessProbe: { httpGet: { path: "/-/healthy" } },
    });
  });

  it("deploy nothing whose image nobody could look up, and keep the rest", () => {
    const without = proberManifests(proberArgs({ pins: somePins("blackbox-exporter") }));
    expect(without).toEqual(manifests.filter(({ kind }) => kind !== "Deployment"));
    expect(without).not.toHaveLength(manifests.length);
    expect(proberUnpinned(somePins("blackbox-exporter"))).toEqual(["blackbox-exporter"]);
    expect(proberUnpinned(somePins("zap"))).toEqual([]);
  });

  it("mount every file that the configuration names, as folders that are kept fresh", () => {
    const { data } = manifestOf(manifests, "ConfigMap", "prober") as { data?: Record<string, string> };
    const named = new Set(data?.["blackbox.yml"]?.match(/\/etc\/prober\/[\w.-]+\/[\w.-]+/g));
    expect(named.size).toBe(10);
    const pod = JSON.parse(JSON.stringify(manifestOf(manifests, "Deployment", "prober"))) as {
      spec: {
        template: {
          spec: {
            containers: { volumeMounts: { name: string; mountPath: string; subPath?: string }[] }[];
            volumes: { name: string; secret?: { secretName: string } }[];
          };
        };
      };
    };
    const { containers, volumes } = pod.spec.template.spec;
    for (const file of named) {
      const mount = containers[0]?.volumeMounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
      expect(mount?.subPath).toBeUndefined();
      const secret = volumes.find(({ name }) => name === mount?.name)?.secret?.secretName ?? "";
      const { spec } = manifestOf(manifests, "ExternalSecret", secret) as {
        spec: { data: { secretKey: string }[] };
      };
      const held = spec.data.map(({ secretKey }) => secretKey);
      expect(held).toContain(file.split("/").at(-1));
    }
  });

  it("begin a new pod when the configuration changes, and only then", () => {
    const digestOf = (all: readonly Manifest[]): unknown =>
      (
        manifestOf(all, "Deployment", "prober") as unknown as {
          spec: { template: { metadata: { annotations: Record<string, string> } } };
        }
      ).spec.template.metadata.annotations["fase-b/configuration-sha256"];
    const others = proberManifests(
      proberArgs({ settings: { ...proberSettings(), intervalSeconds: 120, alerts: rawProber().alerts } }),
    );
    const slower = proberManifests(proberArgs({ settings: { ...proberSettings(), timeoutSeconds: 5 } }));
    expect(digestOf(others)).toBe(digestOf(manifests));
    expect(digestOf(slower)).not.toBe(digestOf(manifests));
  });

  it("let in Prometheus alone, and out to the stated networks, the agents and the resolver", () => {
    expect(manifestOf(manifests, "NetworkPolicy", "prometheus").spec).toMatchObject({
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
              podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
            },
          ],
          ports: [{ protocol: "TCP", port: 9115 }],
        },
      ],
    });
    const { egress = [] } = manifestOf(manifests, "NetworkPolicy", "stated").spec as {
      egress?: { to: object[]; ports: { port: number }[] }[];
    };
    expect(egress.map(({ ports }) => ports.map(({ port }) => port))).toEqual([[53, 53], [8443], [443]]);
    expect(egress.at(-1)?.to).toEqual([{ ipBlock: { cidr: "198.51.100.0/24" } }]);
  });

  it("write YAML that is read as what was meant", () => {
    const { exporter, scrape } = proberConfigurations(proberArgs());
    expect(load(toYaml(exporter))).toEqual(exporter);
    expect(load(toYaml(scrape))).toEqual(JSON.parse(JSON.stringify(scrape)));
  });
});

describe("the prober's settings", () => {
  const refused = (change: object): string[] =>
    prober.safeParse({ ...rawProber(), ...change }).error?.issues.map(({ path }) => path.join(".")) ?? [];

  it.each<[string, object, string[]]>([
    ["no way out", { egress: [] }, ["egress"]],
    ["a way out to everywhere", { egress: [{ to: ["0.0.0.0/0"], port: 443 }] }, ["egress.0.to.0"]],
    [
      "every pod as Prometheus",
      { prometheus: { namespace: "monitoring", podLabels: {} } },
      ["prometheus.podLabels"],
    ],
    ["a time-out as long as the interval", { intervalSeconds: 30, timeoutSeconds: 30 }, ["timeoutSeconds"]],
    [
      "a page for a single lost try",
      { intervalSeconds: 120, alerts: { ...rawProber().alerts, downAfterSeconds: 60 } },
      ["alerts.downAfterSeconds"],
    ],
  ])("refuse %s", (_, change, paths) => {
    expect(refused(change)).toEqual(paths);
  });
});

describe("checkProber", () => {
  const check = (agents: Agent[], client = proberClient()) => checkProber(proberSettings(), agents, [client]);

  it("has nothing against a client that may call every door often enough", () => {
    expect(check(someAgents())).toEqual([]);
  });

  it("wants the client", () => {
    expect(check(someAgents(), { ...proberClient(), clientId: "another" })).toMatchObject([
      { path: "prober.clientId" },
    ]);
  });

  it("wants it at every door, and at no other agent", () => {
    const without = someAgents().map((agent): Agent => ({
      ...agent,
      configuration: { ...agent.configuration, clients: ["web-app"] },
    }));
    expect(check(without).map(({ path }) => path)).toEqual([
      "agents[0].configuration.clients",
      "agents[1].configuration.clients",
      "agents[2].configuration.clients",
    ]);
  });

  it("wants a quota for every try of the longest month", () => {
    // Three doors, two requests a minute, 31 days.
    expect(monthlyRequests(someAgents(), proberSettings())).toBe(267_840);
    const of = (monthlyQuotaRequests: number) =>
      check(someAgents(), { ...proberClient(), monthlyQuotaRequests });
    expect(of(267_840)).toEqual([]);
    expect(of(267_839)).toMatchObject([{ path: "clients[0].monthlyQuotaRequests" }]);
  });
});
