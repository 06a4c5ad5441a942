import { beforeAll, describe, expect, it } from "vitest";
import { newIssuer, newRoot } from "../functions/pki/authorities";
import type { Issuer } from "../functions/pki/issuer";
import { formatProblem } from "../shared/problem";
import { checkImportedAuthorities } from "./importedAuthority";
import { trust, type TrustSettings } from "./trust.schema";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 26);

const settings = (generations: readonly unknown[]) => ({
  organization: "Fase B test",
  generations,
  rootLifetimeDays: 3_650,
  issuerLifetimeDays: 365,
  alarmAtRemainingPercent: 25,
  leaves: {
    clients: { lifetimeDays: 30, alarmAtRemainingPercent: 33 },
    services: { lifetimeDays: 7, alarmAtRemainingPercent: 33 },
  },
  keepOldVersionsDays: 90,
  records: { refreshSeconds: 20, maxAgeSeconds: 55 },
});

/** What is wrong with a list of generations: `path: got …; fix: …`. */
const problemsOf = (...generations: readonly unknown[]): string[] =>
  (trust.safeParse(settings(generations)).error?.issues ?? []).map((issue) => {
    const params = issue.code === "custom" ? (issue.params as { got?: string; fix?: string }) : {};
    return `${issue.path.join(".")}: got ${params.got}; fix: ${params.fix}`;
  });

describe("generations", () => {
  it("may overlap: one retires while the next issues and the one after is introduced", () => {
    expect(
      problemsOf(
        { id: "g0", state: "retired", stoppedIssuing: "2026-01-01", notTrusted: "2026-02-01" },
        { id: "g1", state: "retiring", stoppedIssuing: "2026-10-01" },
        { id: "g2", state: "issuing", root: "g1" },
        { id: "g3", state: "introduced" },
      ),
    ).toEqual([]);
  });

  it("need one that issues, and no second", () => {
    expect(problemsOf({ id: "g1", state: "introduced" })[0]).toMatch(/got 0 generations that issue \(none\)/);
    expect(problemsOf({ id: "g1", state: "issuing" }, { id: "g2", state: "issuing" })[0]).toMatch(
      /got 2 generations that issue \(g1, g2\)/,
    );
  });

  it("never take an id twice", () => {
    expect(problemsOf({ id: "g1", state: "issuing" }, { id: "g1", state: "introduced" })).toEqual([
      'generations.1.id: got "g1"; fix: give it a new id: the old one names the other\'s keys',
    ]);
  });

  it("stay trusted for the life of their last leaf, and a day less is refused", () => {
    const retired = (notTrusted: string) => [
      { id: "g1", state: "retired", stoppedIssuing: "2026-01-01", notTrusted },
      { id: "g2", state: "issuing" },
    ];
    expect(problemsOf(...retired("2026-02-01"))).toEqual([]);
    expect(problemsOf(...retired("2026-01-31"))).toEqual([
      'generations.0.notTrusted: got "2026-01-31"; fix: leave it in state retiring until then; a client with its leaf would be cut off',
    ]);
  });

  it("keep a root that a trusted generation stands on", () => {
    const retired = { id: "g1", state: "retired", stoppedIssuing: "2026-01-01", notTrusted: "2026-06-01" };
    expect(problemsOf(retired, { id: "g2", state: "issuing", root: "g1" })).toEqual([
      'generations.1.root: got "g1", which is retired; fix: leave g1 in state retiring until g2 is retired too',
    ]);
  });

  it.each([
    ["itself", "g1"],
    ["nobody", "g9"],
    ["one without a root of its own", "g3"],
  ])("take no root of %s", (_, root) => {
    const problems = problemsOf(
      { id: "g1", state: "issuing", root },
      { id: "g2", state: "introduced" },
      { id: "g3", state: "introduced", root: "g2" },
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^generations.0.root: got "${root}"`));
  });

  it("give leaves a life that is short beside their issuer's", () => {
    const long = { ...settings([{ id: "g1", state: "issuing" }]), issuerLifetimeDays: 90 };
    expect(trust.safeParse(long).error?.issues.map(({ path }) => path.join("."))).toEqual([
      "leaves.clients.lifetimeDays",
    ]);
  });
});

describe("an authority that was made elsewhere", () => {
  let root: Issuer;
  let clients: Issuer;
  let services: Issuer;
  let expired: Issuer;
  let future: Issuer;
  let foreign: Issuer;

  beforeAll(async () => {
    const request = (commonName: string, fromDays = -10, toDays = 100) => ({
      organization: "Elsewhere",
      commonName,
      notBeforeMs: NOW_MS + fromDays * DAY_MS,
      notAfterMs: NOW_MS + toDays * DAY_MS,
    });
    root = await newRoot(request("root", -20, 200));
    clients = await newIssuer(root, request("clients"));
    services = await newIssuer(root, request("services"));
    expired = await newIssuer(root, request("expired", -10, -1));
    future = await newIssuer(root, request("future", 1, 100));
    foreign = await newIssuer(await newRoot(request("another root", -20, 200)), request("foreign"));
  });

  const problemsWith = (change: Record<string, string>): string[] => {
    const imported = {
      rootPem: root.certificatePem,
      clientsIssuerPem: clients.certificatePem,
      servicesIssuerPem: services.certificatePem,
      ...change,
    };
    const parsed: TrustSettings = trust.parse(
      settings([
        { id: "old", state: "retiring", stoppedIssuing: "2026-11-01", imported },
        { id: "g1", state: "issuing" },
      ]),
    );
    return checkImportedAuthorities(parsed, NOW_MS).map(formatProblem);
  };

  it("is trusted when it holds together", () => {
    expect(problemsWith({})).toEqual([]);
  });

  it("is refused when it has expired, from that second on", () => {
    const [problem] = problemsWith({ clientsIssuerPem: expired.certificatePem });
    expect(problem).toBe(
      "trust.generations[0].imported.clientsIssuerPem: got an authority that expired on 2026-11-25; allowed: one that is in force; fix: remove the generation: nothing that it signed is accepted any more",
    );
  });

  it("is refused before it is valid", () => {
    expect(problemsWith({ servicesIssuerPem: future.certificatePem })).toEqual([
      expect.stringContaining("servicesIssuerPem: got an authority that is valid from 2026-11-27 on"),
    ]);
  });

  it("is refused when another key signed it", () => {
    expect(problemsWith({ clientsIssuerPem: foreign.certificatePem })).toEqual([
      expect.stringContaining("clientsIssuerPem: got a certificate that another key than rootPem's signed"),
    ]);
    // An issuer in the root's place signs neither itself nor the others.
    expect(problemsWith({ rootPem: clients.certificatePem })).toHaveLength(3);
  });

  it("is refused when it can't be read, and its text is not repeated", () => {
    const garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(problemsWith({ rootPem: garbage })).toEqual([
      expect.stringContaining("rootPem: got a certificate that OpenSSL or the authorizer can't read"),
    ]);
  });

  it("holds no private key: a PEM of another kind is no certificate", () => {
    const parsed = trust.safeParse(
      settings([
        {
          id: "old",
          state: "introduced",
          imported: {
            rootPem: root.privateKeyPem,
            clientsIssuerPem: clients.certificatePem,
            servicesIssuerPem: services.certificatePem,
          },
        },
        { id: "g1", state: "issuing" },
      ]),
    );
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([
      "generations.0.imported.rootPem",
    ]);
  });

  it("issues nothing: its keys are not here", () => {
    const imported = {
      rootPem: root.certificatePem,
      clientsIssuerPem: clients.certificatePem,
      servicesIssuerPem: services.certificatePem,
    };
    expect(trust.safeParse(settings([{ id: "g1", state: "issuing", imported }])).success).toBe(false);
  });
});
