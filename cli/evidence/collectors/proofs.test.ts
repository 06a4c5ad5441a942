import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CloudWatchQuery } from "../../../infra/observability/telemetry/query";
import { telemetry } from "../../../infra/observability/telemetry/telemetry";
import { proofRunFile, writeProofRun, type ProofRunName } from "../proofRun";
import { HOUR_MS, known, type Window } from "../sources/answer";
import { withoutSession } from "../sources/awsDouble";
import { CloudWatchMetrics, type MetricsSource } from "../sources/cloudWatchMetrics";
import { FakeClient, NOW_MS, testContext, vendorError } from "../testSupport";
import { observedOf, proofCollector } from "./proofs";

const CLAUSES = [
  ["B8.6", "idempotency"],
  ["B8.7", "breaker"],
  ["B8.8", "rate-limit"],
] as const;
const SOURCE = "a".repeat(64);
const context = testContext();
const { settings, contract } = context;
const NOT_ASKED = "; the deployed stack: it was not asked, for want of a session or a right";

let projectDir: string;
beforeEach(() => (projectDir = mkdtempSync(join(tmpdir(), "fase-b-proofs-"))));
afterEach(() => {
  rmSync(projectDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const left = (run: ProofRunName, change: object = {}): void =>
  writeProofRun(projectDir, {
    run,
    sourceDigest: SOURCE,
    startedAt: "2026-11-26T05:00:00.000Z",
    endedAt: "2026-11-26T05:10:00.000Z",
    figures: { requests: 40 },
    verdict: "met",
    because: "it held",
    ...change,
  });

async function collected(clause: "B8.6" | "B8.7" | "B8.8", name: ProofRunName, metrics: MetricsSource) {
  const told: string[] = [];
  const [one, ...others] = await proofCollector(
    clause,
    name,
    metrics,
  )({ ...context, projectDir, sourceDigest: SOURCE, progress: (text) => void told.push(text) });
  if (one?.kind !== "proofRun" || others.length > 0) throw new Error("not one proof run");
  return { predicate: one.predicate, told };
}
const failing = (name: string): MetricsSource =>
  new CloudWatchMetrics(
    new FakeClient(() => {
      throw vendorError(name);
    }),
  );
/** What was asked, and of each query the points that are given for its metric. */
function counting(points: (query: CloudWatchQuery) => readonly number[]) {
  const asked: { queries: readonly CloudWatchQuery[]; window: Window }[] = [];
  const metrics: MetricsSource = {
    series: (queries, window) => {
      asked.push({ queries, window });
      return Promise.resolve(
        known(
          queries.map((query) => points(query).map((value, at) => ({ atMs: at, value }))),
          [{ system: "cloudwatch", asked: "all of it" }],
        ),
      );
    },
  };
  return { metrics, asked };
}

describe.each(CLAUSES)("the proof of %s", (clause, name) => {
  it("stands by itself without a session, and says that the deployed stack was not asked", async () => {
    withoutSession();
    left(name);
    const client = new CloudWatchClient({ region: "eu-west-1", endpoint: "http://127.0.0.1:1" });
    const { predicate, told } = await collected(clause, name, new CloudWatchMetrics(client));
    client.destroy();
    expect(predicate).toMatchObject({
      clause,
      verdict: "met",
      because: `it held${NOT_ASKED}`,
      figures: { requests: 40 },
      observed: {},
      run: { name, sourceDigest: SOURCE },
    });
    // Nobody may take it that the stack's metrics were looked at.
    expect(predicate.sources.map(({ system }) => system)).toEqual(["proof-run"]);
    expect(told).toEqual([expect.stringMatching(/^credentials of AWS: got CredentialsProviderError/)]);
  });

  it("says so too where the right is missing, and is no better for it", async () => {
    left(name, { verdict: "not-met", because: "one request had two effects" });
    const { predicate, told } = await collected(clause, name, failing("AccessDenied"));
    expect(predicate).toMatchObject({
      verdict: "not-met",
      because: `one request had two effects${NOT_ASKED}`,
    });
    expect(told).toEqual([expect.stringMatching(/^cloudwatch:GetMetricData: got a refusal/)]);
  });

  it("says so behind the longest of reasons too", async () => {
    left(name, { because: "x".repeat(500) });
    const { because } = (await collected(clause, name, failing("AccessDenied"))).predicate;
    expect(because).toMatch(new RegExp(`^x+…${NOT_ASKED}$`));
    expect(because).toHaveLength(500);
  });

  it("is unknown without a run, be the stack asked or not", async () => {
    for (const metrics of [failing("CredentialsProviderError"), counting(() => [7]).metrics]) {
      const { predicate } = await collected(clause, name, metrics);
      expect(predicate).toMatchObject({
        verdict: "unknown",
        because: expect.stringMatching(
          new RegExp(`^there is no report of the run ${name}: run npm run`),
        ) as string,
        figures: {},
      });
      expect(predicate).not.toHaveProperty("run");
    }
  });

  it("is unknown by a report that cannot be read, or is of another source", async () => {
    const { metrics } = counting(() => []);
    left(name, { sourceDigest: "b".repeat(64) });
    expect((await collected(clause, name, metrics)).predicate).toMatchObject({
      verdict: "unknown",
      because: expect.stringContaining("was of another source (bbbbbbbbbbbb…)") as string,
    });
    const file = proofRunFile(projectDir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "{");
    expect((await collected(clause, name, metrics)).predicate).toMatchObject({
      verdict: "unknown",
      because: expect.stringContaining("it is no JSON") as string,
      figures: {},
    });
  });

  it("names what the deployed stack did not answer", async () => {
    left(name);
    const { predicate } = await collected(clause, name, failing("Throttling"));
    expect(predicate).toMatchObject({
      verdict: "met",
      because:
        "it held; the deployed stack: cloudwatch gave no answer to cloudwatch:GetMetricData: Throttling",
      observed: {},
    });
    expect(predicate.sources.map(({ system }) => system)).toEqual(["proof-run", "cloudwatch"]);
  });

  it("has beside it what the stack counted, hour by hour and dimension by dimension, added up", async () => {
    left(name);
    const { metrics, asked } = counting(() => [1, 2]);
    const { predicate } = await collected(clause, name, metrics);
    const figures = Object.entries(observedOf[name](telemetry(settings, contract), settings));
    expect(figures.length).toBeGreaterThan(0);
    expect(predicate.observed).toEqual(
      Object.fromEntries(figures.map(([figure, queries]) => [figure, 3 * queries.length])),
    );
    expect(predicate).toMatchObject({ verdict: "met", because: "it held" });
    const toMs = Date.UTC(2026, 10, 26, 7);
    expect(asked.map(({ window }) => window)).toEqual([
      { fromMs: toMs - settings.evidence.metrics.windowHours * HOUR_MS, toMs },
    ]);
    expect(asked[0]?.queries.every(({ periodSeconds }) => periodSeconds === 3_600)).toBe(true);
    expect(NOW_MS - toMs).toBeLessThan(HOUR_MS);
  });

  it("has no zero beside it for what the stack said nothing of", async () => {
    left(name);
    const { metrics } = counting(() => []);
    expect((await collected(clause, name, metrics)).predicate.observed).toEqual({});
  });

  it("has zeros beside what agents answered, since a takeover would have left its line there", async () => {
    left(name);
    const { metrics } = counting(({ metricName }) => (metricName === "Outcomes" ? [40] : []));
    const answered = 40 * contract.routes.length;
    expect((await collected(clause, name, metrics)).predicate.observed).toEqual(
      name === "idempotency" ? { answered, replays: 0, conflicts: 0, mismatches: 0, takeovers: 0 } : {},
    );
  });

  it("fails with a fault of ours, which is no silence of the stack", async () => {
    left(name);
    const metrics: MetricsSource = { series: () => Promise.reject(new TypeError("ours")) };
    await expect(collected(clause, name, metrics)).rejects.toThrow("ours");
  });
});

describe("what the stack counts in the sense of a proof", () => {
  const queriesOf = (name: ProofRunName): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      Object.entries(observedOf[name](telemetry(settings, contract), settings)).map(([figure, queries]) => [
        figure,
        [...new Set(queries.map(({ metricName }) => metricName))],
      ]),
    );

  it("is of the metrics of the same name", () => {
    expect(queriesOf("idempotency")).toEqual({
      answered: ["Outcomes"],
      replays: ["Replays"],
      conflicts: ["Conflicts"],
      mismatches: ["Mismatches"],
      takeovers: ["Takeovers"],
    });
    expect(queriesOf("breaker")).toEqual({ breakerOpenings: ["BreakerOpenings"], retries: ["Retries"] });
  });

  it("is of the firewall's steps that stop requests what it blocks, and of those that warn what it counts", () => {
    expect(queriesOf("rate-limit")).toEqual({
      warned: ["CountedRequests"],
      slowedDown: ["BlockedRequests"],
      blocked: ["BlockedRequests"],
      throttled: ["Throttled"],
    });
  });
});
