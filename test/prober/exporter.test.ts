import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { exporterConfiguration, type ExporterFiles } from "../../infra/prober/exporterConfiguration";
import { MUTUAL_TLS_PROBES, mutualTlsModule, type Probe } from "../../infra/prober/probes";
import { toYaml } from "../../infra/prober/proberRules";
import { firing, healthyWatchers, sample, type Series } from "./support/alerts";
import { Door, type Behaviour, type DoorOptions } from "./support/door";
import { Exporter, lowered, readsHeaderFiles, versionOf, type Metrics } from "./support/exporter";
import {
  newAuthority,
  proberCertificates,
  proberLeaf,
  serverLeaf,
  type Authority,
  type LeafAndKey,
} from "./support/trust";
import { VARIABLES } from "./support/tools";

const DAY_MS = 86_400_000;
const KEY = "a-key-of-the-prober";
const PATH = process.env[VARIABLES.exporter];
const PROMTOOL = process.env[VARIABLES.promtool];

const folder = mkdtempSync(join(tmpdir(), "fase-b-prober-"));
const FILES: ExporterFiles = {
  certificatesFolder: folder,
  apiKeyFile: join(folder, "api-key"),
  rootsFile: join(folder, "agents-roots.crt"),
  domainsAuthorityFile: join(folder, "domains-roots.crt"),
};

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });

function install(name: string, { certificatePem, privateKeyPem }: LeafAndKey): void {
  write(`${name}.crt`, certificatePem);
  write(`${name}.key`, privateKeyPem);
}

/** The exporter's path; without one the test says why it does not run. */
function exporterPath(context: TestContext): string {
  if (PATH === undefined) context.skip("no blackbox exporter: npm run test:prober says why");
  return PATH ?? "";
}

function needsHeaderFiles(context: TestContext): void {
  if (!readsHeaderFiles(versionOf(exporterPath(context))))
    context.skip("this exporter is older than 0.26, which the settings ask for: it has no http_headers");
}

afterAll(() => rmSync(folder, { recursive: true }));

describe("the generated configuration", () => {
  it("is one that the exporter takes, word for word from 0.26 on", (context) => {
    const path = exporterPath(context);
    write("api-key", KEY);
    const configuration = exporterConfiguration({
      files: FILES,
      routeClasses: ["chat", "vision"],
      timeoutSeconds: 3,
    });
    const asIs = readsHeaderFiles(versionOf(path));
    if (!asIs) console.log(`exporter ${versionOf(path).join(".")}: the API key stands in its configuration`);
    write("check.yml", toYaml(asIs ? configuration : lowered(configuration)));
    const check = (file: string): void => {
      execFileSync(path, ["--config.check", `--config.file=${join(folder, file)}`], { stdio: "pipe" });
    };
    expect(() => check("check.yml")).not.toThrow();
    // The check would notice.
    write("wrong.yml", toYaml({ modules: { chat: { prober: "http", http: { valid_status: [400] } } } }));
    expect(() => check("wrong.yml")).toThrow(/valid_status/);
  });
});

describe("the exporter at a door", () => {
  const nowMs = Date.now();
  let authority: Authority;
  let certificates: Awaited<ReturnType<typeof proberCertificates>>;
  let server: LeafAndKey;
  let exporter: Exporter | undefined;
  let door: Door | undefined;

  beforeAll(async () => {
    if (PATH === undefined) return;
    authority = await newAuthority(nowMs);
    certificates = await proberCertificates(authority, await newAuthority(nowMs), nowMs);
    server = await serverLeaf(authority.services, nowMs, 3);
    write("agents-roots.crt", authority.root.certificatePem);
    write("domains-roots.crt", authority.root.certificatePem);
    write("api-key", KEY);
    const configuration = exporterConfiguration({ files: FILES, routeClasses: ["chat"], timeoutSeconds: 3 });
    const asIs = readsHeaderFiles(versionOf(PATH));
    exporter = await Exporter.start(PATH, folder, asIs ? configuration : lowered(configuration));
  });
  afterAll(() => exporter?.stop());

  beforeEach(() => {
    if (PATH === undefined) return;
    for (const [name, each] of Object.entries(certificates)) install(name, each);
  });
  afterEach(async () => {
    await door?.close();
    door = undefined;
  });

  const modules = [...MUTUAL_TLS_PROBES, "connect", "tls", "upstream"] as const;
  type Results = Readonly<Record<(typeof modules)[number], Metrics>>;

  async function openDoor(behaviour: Behaviour, over: Partial<DoorOptions> = {}): Promise<Door> {
    const { leaf } = certificates.revoked;
    door = await Door.open({
      behaviour,
      server,
      truststorePem: authority.clients.certificatePem + authority.root.certificatePem,
      issuerPem: authority.clients.certificatePem,
      revoked: [{ issuerKeyId: leaf.issuerKeyId, serial: leaf.serial }],
      apiKeys: [KEY],
      ...over,
    });
    return door;
  }

  const tryOne = (probe: Probe, port: number): Promise<Metrics> => {
    if (!exporter) throw new Error("no exporter");
    const isMutual = (MUTUAL_TLS_PROBES as readonly Probe[]).includes(probe);
    return isMutual
      ? exporter.probe(mutualTlsModule("chat", probe as "good"), `https://localhost:${port}/chat`)
      : exporter.probe(probe, `localhost:${port}`);
  };

  async function tryAll(port: number): Promise<Results> {
    const results: [Probe, Metrics][] = [];
    for (const probe of modules) results.push([probe, await tryOne(probe, port)]);
    return Object.fromEntries(results) as Results;
  }

  /** Status, and whether it is what was expected. */
  const told = (results: Results): Record<string, unknown> =>
    Object.fromEntries(
      MUTUAL_TLS_PROBES.map((probe) => [
        probe,
        [results[probe].get("probe_http_status_code"), results[probe].get("probe_success")],
      ]),
    );

  /** What the rules make of it when it lasts. The agents' own certificate has three days of seven left: 42 %. */
  function alertsOf(results: Results, at: string, context: TestContext): string[] {
    if (PROMTOOL === undefined) return context.skip("no promtool: npm run test:prober says why");
    const series = modules.flatMap((probe): Series[] =>
      [...results[probe]].flatMap(([metric, value]) =>
        /^probe_(success|http_status_code|failed_due_to_regex)$/.test(metric)
          ? [sample(metric, probe, `${value}+0x60`)]
          : [],
      ),
    );
    return firing(PROMTOOL, [...healthyWatchers(60), ...series], at);
  }

  const AT_ONCE = "0s";
  const AFTER_DOWN = "2m";
  const AFTER_LONG = "31m";

  const REFUSED = [0, 0];
  const asItShouldBe = {
    good: [400, 1],
    none: REFUSED,
    expired: REFUSED,
    foreign: REFUSED,
    revoked: [403, 1],
  };

  it.for(["TLSv1.2", "TLSv1.3"] as const)(
    "is answered with the good certificate and refused with every other, under %s (B1.5)",
    async (tlsVersion, context) => {
      exporterPath(context);
      const { port, seen } = await openDoor("closed", { tlsVersion });
      const results = await tryAll(port);
      expect(told(results)).toEqual(asItShouldBe);
      // Only who got past TLS was heard, and nobody asked for anything with an effect.
      const harmless = { method: "POST", url: "/chat", body: "{}" };
      expect(seen).toEqual([harmless, harmless]);
      expect(results.connect.get("probe_success")).toBe(1);
    },
  );

  it("raises no alert while all is well, however long", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("closed")).port);
    expect(alertsOf(results, AFTER_LONG, context)).toEqual([]);
  });

  it("takes the gateway's own 403 as a refusal too", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("closed-by-answer")).port);
    expect(told(results)).toEqual({ ...asItShouldBe, none: [403, 1], expired: [403, 1], foreign: [403, 1] });
    expect(alertsOf(results, AFTER_LONG, context)).toEqual([]);
  });

  it("pages at once when the door is open to everybody", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("open")).port);
    expect(told(results)).toEqual({
      good: [400, 1],
      none: [400, 0],
      expired: [400, 0],
      foreign: [400, 0],
      revoked: [400, 0],
    });
    expect(alertsOf(results, AT_ONCE, context)).toEqual([
      "MutualTlsOpen expired",
      "MutualTlsOpen foreign",
      "MutualTlsOpen none",
      "MutualTlsOpen revoked",
    ]);
  });

  it("pages at once when a revoked certificate is believed", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("believes-revoked")).port);
    expect(told(results)).toEqual({ ...asItShouldBe, revoked: [400, 0] });
    expect(alertsOf(results, AT_ONCE, context)).toEqual(["MutualTlsOpen revoked"]);
  });

  it("asks a person when the outer door takes everybody and the authorizer alone refuses", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("outer-open")).port);
    expect(told(results)).toEqual({ ...asItShouldBe, none: [403, 0], expired: [403, 0], foreign: [403, 0] });
    expect(alertsOf(results, AT_ONCE, context)).toEqual([]);
    expect(alertsOf(results, AFTER_LONG, context)).toEqual([
      "MutualTlsRefusedLate expired",
      "MutualTlsRefusedLate foreign",
      "MutualTlsRefusedLate none",
    ]);
  });

  it("pages when the good one is not let in, but not before its time", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("shut")).port);
    expect(results.good.get("probe_success")).toBe(0);
    expect(alertsOf(results, "1m50s", context)).toEqual([]);
    expect(alertsOf(results, AFTER_DOWN, context)).toEqual(["MutualTlsDown good"]);
  });

  it("says that it is the network, and not mutual TLS, when nobody is there", async (context) => {
    exporterPath(context);
    const { port } = await openDoor("closed");
    await door?.close();
    door = undefined;
    const results = await tryAll(port);
    expect(results.connect.get("probe_success")).toBe(0);
    expect(alertsOf(results, AFTER_LONG, context)).toEqual([
      "DomainUnreachable connect",
      "DomainUnreachable tls",
      "UpstreamUnverified upstream",
    ]);
  });

  it("reads certificates anew at each probe, so that a rotation needs no restart", async (context) => {
    exporterPath(context);
    const { port } = await openDoor("closed");
    const good = async (): Promise<number | undefined> => (await tryOne("good", port)).get("probe_success");
    expect(await good()).toBe(1);
    install("good", certificates.expired);
    expect(await good()).toBe(0);
    install(
      "good",
      await proberLeaf(authority.clients, { notBeforeMs: nowMs - 1_000, notAfterMs: nowMs + DAY_MS }),
    );
    expect(await good()).toBe(1);
  });

  it("tries the doors all the same when it does not have the agents' roots yet", async (context) => {
    exporterPath(context);
    const { port } = await openDoor("closed");
    rmSync(FILES.rootsFile);
    expect((await tryOne("upstream", port)).get("probe_success")).toBe(0);
    expect((await tryOne("good", port)).get("probe_success")).toBe(1);
    write("agents-roots.crt", authority.root.certificatePem);
    expect((await tryOne("upstream", port)).get("probe_success")).toBe(1);
  });

  it("reads the API key anew at each probe too", async (context) => {
    needsHeaderFiles(context);
    const { port } = await openDoor("closed", { apiKeys: ["the-next-key"] });
    expect((await tryOne("good", port)).get("probe_http_status_code")).toBe(403);
    write("api-key", "the-next-key\n");
    expect((await tryOne("good", port)).get("probe_http_status_code")).toBe(400);
    write("api-key", KEY);
  });

  it("says that its certificates are stale when the revoked one has expired", async (context) => {
    exporterPath(context);
    install("revoked", certificates.expired);
    const results = await tryAll((await openDoor("closed")).port);
    expect(told(results)).toEqual({ ...asItShouldBe, revoked: REFUSED });
    expect(alertsOf(results, AFTER_LONG, context)).toEqual(["ProberCertificatesStale revoked"]);
  });

  it("sees how long the certificate of a domain lives, whatever its class, and an agent's", async (context) => {
    exporterPath(context);
    const results = await tryAll((await openDoor("closed")).port);
    const expirySeconds = Math.floor((nowMs + 3 * DAY_MS) / 1_000);
    for (const probe of ["good", "upstream"] as const)
      expect(results[probe].get("probe_ssl_earliest_cert_expiry")).toBe(expirySeconds);
    const webSocket = await tryAll((await openDoor("open")).port);
    expect(webSocket.tls.get("probe_ssl_earliest_cert_expiry")).toBe(expirySeconds);
  });

  it("does not believe a domain or an agent of another authority", async (context) => {
    exporterPath(context);
    const stranger = await newAuthority(nowMs);
    const results = await tryAll(
      (await openDoor("closed", { server: await serverLeaf(stranger.services, nowMs, 3) })).port,
    );
    expect([results.good, results.tls, results.upstream].map((each) => each.get("probe_success"))).toEqual([
      0, 0, 0,
    ]);
  });
});
