import { describe, expect, it } from "vitest";
import { FakeClient, NOW_MS, testContext, vendorError } from "../testSupport";
import { auditAnswer } from "../sources/audit";
import { BucketScans } from "../sources/scanRuns";
import { CloudWatchLogs } from "../sources/logs";
import { createHash } from "node:crypto";
import type { Finding } from "../../../infra/evidence/record/findings.schema";
import { certificateFaults, configurationGaps, type LiveAgent } from "./agents";
import { judgeLogs } from "./logScan";
import { personalDataIn } from "./personalData";
import { judgeProof } from "./proofs";
import { judgeScans, predicateOf } from "./scans";

const { settings } = testContext();

describe("personal data in a line (B8.3)", () => {
  it.each([
    ["email", "user jane.doe@example.com"],
    ["email", '{"m":"jane.doe\\u0040example.com"}'],
    ["email", "q=jane.doe%40example.com"],
    ["ipv4", "from 192.0.2.44, refused"],
    ["ipv6", "from 2001:db8::8a2e:370:7334"],
    ["phone", "call +34 600 123 456"],
    ["phone", "call 600 123 456"],
    ["iban", "ES91 2100 0418 4502 0005 1332"],
    ["card", "4111 1111 1111 1111"],
    ["identity-document", "12345678Z"],
    ["identity-document", "X1234567L"],
    ["token", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x"],
    ["private-key", "-----BEGIN EC PRIVATE KEY-----"],
    ["aws-access-key", "AKIAIOSFODNN7EXAMPLE"],
  ] as const)("%s is seen in %j", (kind, line) => {
    expect(personalDataIn(line).get(kind)).toBe(1);
  });

  it.each([
    ["a card of another checksum", "4111 1111 1111 1112"],
    ["an account of another checksum", "ES91 2100 0418 4502 0005 1333"],
    ["a document of another letter", "12345678A"],
    ["four numbers that are no address", "999.1.1.1"],
    ["a time of day", "12:30:45"],
    [
      "a line of ours",
      '{"_aws":{"Timestamp":1764141630123},"functionName":"edge","requestId":"0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f","extendedRequestId":"JJbxmplHFiAFk4A=","route":"POST /chat","StoreLatency":12.345,"requestBytes":19999999}',
    ],
    ["what the masking left", '{"clientIp":"*********"}'],
    ["the gateway's trace", "1-67891233-abcdef012345678912345678"],
    ["an ARN", "arn:aws:iam::123456789012:role/fase-b"],
  ])("nothing is seen in %s", (_, line) => {
    expect([...personalDataIn(line)]).toEqual([]);
  });

  const group = (logGroup: string, lines: number, found: [string, number][] = []) => ({
    logGroup,
    lines,
    found: new Map(found) as never,
  });
  it.each([
    ["all was read and nothing found", 0, [group("a", 10)], [], "met"],
    ["the masking found something", 1, [group("a", 10)], [], "not-met"],
    [
      "a line holds something, whatever else is unknown",
      undefined,
      [group("a", 10, [["email", 1]])],
      ["b"],
      "not-met",
    ],
    ["nobody knows what the masking found", undefined, [group("a", 10)], [], "unknown"],
    ["a group could not be read", 0, [group("a", 10)], ["b (away)"], "unknown"],
    ["the log of all requests is empty", 0, [group("a", 0), group("b", 500)], [], "unknown"],
  ] as const)("%s", (_, protection, groups, silent, verdict) => {
    expect(judgeLogs(protection, groups, silent, ["a"]).verdict).toBe(verdict);
  });

  it("is sampled over the whole window, through pages that are empty, and no line twice", async () => {
    const client = new FakeClient((_, { startTime, nextToken }: { startTime: number; nextToken?: string }) =>
      nextToken === undefined
        ? { events: [], nextToken: "t" }
        : { events: [{ message: String(startTime) }, { message: "x" }] },
    );
    const lines: string[] = [];
    const answer = await new CloudWatchLogs(client as never).sample(
      "g",
      { fromMs: 0, toMs: 100 },
      { slices: 2, linesOfSlice: 2 },
      (line) => lines.push(line),
    );
    expect(answer).toMatchObject({ known: true, value: { lines: 4 } });
    expect(lines).toEqual(["0", "x", "50", "x"]);
    expect(client.sent.map(({ input }) => (input as { endTime: number }).endTime)).toEqual([49, 49, 99, 99]);
  });

  it("says what right is missing", async () => {
    const client = new FakeClient(() => {
      throw vendorError("AccessDeniedException");
    });
    await expect(new CloudWatchLogs(client as never).isMasked("g")).rejects.toThrow(
      /^logs:GetDataProtectionPolicy: got a refusal/,
    );
  });
});

describe("an agent (B8.4)", () => {
  const [first] = settings.agents.filter(({ id }) => id === "chat-03");
  if (first === undefined) throw new Error("no agent");
  const live: LiveAgent = {
    domain: {
      domain: first.domain,
      status: "AVAILABLE",
      certificateArn: "arn",
      securityPolicy: "TLS_1_2",
      truststoreUri: "s3://fase-b-staging-truststore-123456789012/truststore.pem",
      truststoreWarnings: [],
      mappings: [{ api: "fase-b-staging", stage: "v1", path: "" }],
    },
    certificate: {
      status: "ISSUED",
      names: [first.domain],
      notAfterMs: NOW_MS + 1,
      inUse: true,
      type: "AMAZON_ISSUED",
    },
  };
  const { domain, certificate } = live;
  if (!domain || !certificate) throw new Error("no live agent");
  it("is installed", () => expect(certificateFaults(first, live, settings, NOW_MS)).toEqual([]));
  it.each<[string, LiveAgent]>([
    ["without a domain", { ...live, domain: undefined }],
    ["without a certificate", { ...live, certificate: undefined }],
    ["pending", { ...live, certificate: { ...certificate, status: "PENDING_VALIDATION" } }],
    ["not in use", { ...live, certificate: { ...certificate, inUse: false } }],
    [
      "of another domain",
      { ...live, certificate: { ...certificate, names: ["chat-04.staging.example.com"] } },
    ],
    ["at its very end", { ...live, certificate: { ...certificate, notAfterMs: NOW_MS } }],
    ["imported by hand", { ...live, certificate: { ...certificate, type: "IMPORTED" } }],
    [
      "with another truststore",
      { ...live, domain: { ...domain, truststoreUri: "s3://other/truststore.pem" } },
    ],
    [
      "with a truststore that the gateway complains of",
      { ...live, domain: { ...domain, truststoreWarnings: ["expired"] } },
    ],
  ])("is not installed %s", (_, changed) => {
    expect(certificateFaults(first, changed, settings, NOW_MS)).toHaveLength(1);
  });

  const plans = first.configuration.clients.map((clientId) => ({
    name: `fase-b-staging-${clientId}`,
    stages: [{ api: "fase-b-staging", stage: "v1" }],
    keys: 1,
  }));
  it("is closed, and lists what is missing where it is not", () => {
    expect(configurationGaps(first, live, plans, settings)).toEqual([]);
    expect(
      configurationGaps(first, { domain: { ...domain, mappings: [] } }, plans.slice(1), settings),
    ).toEqual(["mapping to fase-b-staging, stage v1", "usage plan of web-app"]);
    const keyless = plans.map((plan, index) => (index === 0 ? { ...plan, keys: 0 } : plan));
    expect(configurationGaps(first, live, keyless, settings)).toEqual(["key of web-app"]);
  });
});

describe("scans (B8.5)", () => {
  const none = { critical: 0, high: 0, medium: 3, low: 1, info: 9 };
  it.each([
    ["nothing grave", none, [], [], "met"],
    ["one high", { ...none, high: 1 }, [], [], "not-met"],
    ["one critical, and a scan that is missing", { ...none, critical: 1 }, ["no run"], [], "not-met"],
    ["a scan that is missing", none, ["no run"], [], "unknown"],
    ["a report that is not whole", none, [], ["broke off"], "unknown"],
  ] as const)("%s", (_, open, missing, incomplete, verdict) => {
    expect(judgeScans({ open, accepted: 0, incomplete }, missing).verdict).toBe(verdict);
  });

  it("count what somebody has accepted as open, while its day lasts and once it is over (B8.5)", () => {
    const accepted = {
      severity: "high",
      status: { state: "accepted", until: "2026-11-26", severity: "high" },
    } as Finding;
    const said = (clause: string, nowMs: number, open = none) =>
      predicateOf(
        clause,
        [],
        [],
        [],
        { read: () => ({ findings: [accepted], open, accepted: 1, tools: [], incomplete: [] }) },
        { ...testContext(), nowMs: () => nowMs },
      );
    expect(said("B8.5", NOW_MS)).toMatchObject({
      verdict: "not-met",
      because: "0 critical and 1 high open, 1 accepted",
      open: none,
    });
    const over = { ...none, high: 1 };
    expect(said("B8.5", NOW_MS + 86_400_000, over).because).toBe("0 critical and 1 high open, 1 accepted");
    expect(said("B6.3", NOW_MS).verdict).toBe("met");
  });

  const text = "<testsuites/>";
  const run = {
    scan: "fuzz",
    startedAt: "2026-11-26T05:17:00Z",
    endedAt: "2026-11-26T05:40:00Z",
    exitCode: 0,
    tool: { name: "Schemathesis", version: "4.32.5" },
    stack: "staging",
    reports: [{ file: "junit.xml", sha256: createHash("sha256").update(text).digest("hex") }],
  };
  const bucket = (objects: Readonly<Record<string, string>>) =>
    new BucketScans(
      new FakeClient((name, { Key = "" }: { Key?: string }) => {
        if (name === "ListObjectsV2Command")
          return {
            CommonPrefixes: ["20261125T051700Z", "20261126T051700Z", "20261126T061700Z"].map((at) => ({
              Prefix: `scans/fuzz/${at}/`,
            })),
          };
        const object = objects[Key];
        if (object === undefined) throw vendorError("NoSuchKey", 404);
        return { Body: { transformToString: () => Promise.resolve(object) } };
      }) as never,
      "bucket",
      "staging",
    );
  const at = "scans/fuzz/20261126T051700Z/";
  it("are the last complete run, past one that has no end", async () => {
    const found = await bucket({ [`${at}run.json`]: JSON.stringify(run), [`${at}junit.xml`]: text }).lastRun(
      "fuzz",
    );
    expect(found).toMatchObject({
      known: true,
      value: { run: { endedAt: run.endedAt }, laterWithoutEnd: 1, reports: [{ text }] },
    });
    expect(await bucket({}).lastRun("fuzz")).toMatchObject({ known: true, value: undefined });
  });
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      "a report that was altered",
      { [`${at}run.json`]: JSON.stringify(run), [`${at}junit.xml`]: `${text} ` },
      /digest differs/,
    ],
    ["a report that is gone", { [`${at}run.json`]: JSON.stringify(run) }, /is not there/],
    ["another stack's run", { [`${at}run.json`]: JSON.stringify({ ...run, stack: "other" }) }, /another run/],
    ["no JSON", { [`${at}run.json`]: "{" }, /no report/],
  ])("are unknown with %s", async (_, objects, because) => {
    expect(await bucket(objects).lastRun("fuzz")).toMatchObject({
      known: false,
      because: expect.stringMatching(because) as string,
    });
  });
  it("a registry without an audit is no good answer (B6.3)", () => {
    expect(auditAnswer('{"message":"ENOAUDIT","error":{}}', []).known).toBe(false);
    expect(auditAnswer("", []).known).toBe(false);
    expect(auditAnswer('{"auditReportVersion":2,"metadata":{}}', []).known).toBe(true);
  });
});

describe("a proof run (B8.6, B8.7, B8.8)", () => {
  const report = {
    run: "breaker",
    sourceDigest: "a".repeat(64),
    startedAt: "2026-11-26T05:00:00.000Z",
    endedAt: "2026-11-26T05:10:00.000Z",
    figures: {},
    verdict: "met",
    because: "it held",
  } as const;
  const judged = (change: object) =>
    judgeProof(
      "breaker",
      { kind: "run", report: { ...report, ...change }, sha256: "b".repeat(64) },
      { sourceDigest: "a".repeat(64), nowMs: NOW_MS },
    ).verdict;
  it("holds for the source that it ran, and for no other", () => {
    expect(judged({})).toBe("met");
    expect(judged({ verdict: "not-met" })).toBe("not-met");
    expect(judged({ sourceDigest: "c".repeat(64) })).toBe("unknown");
    expect(judged({ endedAt: "2026-11-27T05:10:00.000Z" })).toBe("unknown");
    const of = { sourceDigest: "a".repeat(64), nowMs: NOW_MS };
    expect(judgeProof("breaker", { kind: "none" }, of)).toMatchObject({
      verdict: "unknown",
      because: expect.stringContaining("npm run load") as string,
    });
    expect(judgeProof("breaker", { kind: "broken", because: "no JSON" }, of).verdict).toBe("unknown");
  });
});
