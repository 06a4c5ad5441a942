import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { errorsCollector, latencyCollector } from "../../cli/evidence/collectors/objectives";
import type { Collected } from "../../cli/evidence/collector";
import { HttpPrometheus } from "../../cli/evidence/sources/prometheus";
import { defaultRequestMetrics, PrometheusRequests } from "../../cli/evidence/sources/prometheusRequests";
import { testContext } from "../../cli/evidence/testSupport";
import { VARIABLES } from "./support/tools";

const PROMETHEUS = process.env[VARIABLES.prometheus];
const PROMTOOL = process.env[VARIABLES.promtool];
const reason = "no Prometheus server with promtool: npm run test:prober says why";
const there = PROMETHEUS !== undefined && PROMTOOL !== undefined;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WINDOW_HOURS = 24;
/** The window's end; a whole minute of yesterday, so that the server keeps all of it. */
const TO_MS = Math.floor((Date.now() - 25 * HOUR_MS) / HOUR_MS) * HOUR_MS;
const FROM_MS = TO_MS - WINDOW_HOURS * HOUR_MS;
const SETTLED_MS = 2 * MINUTE_MS;

const BOUNDS = [0.05, 0.1, 0.25, 0.5, 0.7, 1, 2.5] as const;
/** A request by what took it: seconds, and status. */
interface Request {
  readonly seconds: number;
  readonly status: number;
}
interface World {
  /** The route that its requests are of, which keeps one world from another's counts. */
  readonly traffic: string;
  /** In a minute, of one pod. */
  readonly requests: (minute: number, pod: number) => readonly Request[];
  readonly pods: number;
  /** Minute at which the first pod's counters begin anew; none. */
  readonly resetAt?: number;
  /** Minutes of which nothing was scraped. */
  readonly silent?: (minute: number) => boolean;
}

/** One in ten minutes has a slow request, in turn of both sides of the threshold. */
const WORLDS = {
  well: {
    traffic: "well",
    pods: 3,
    resetAt: 700,
    requests: (minute) => [
      { seconds: 0.08, status: 200 },
      { seconds: 0.2, status: 200 },
      { seconds: 0.3 + (minute % 3) / 10, status: 409 },
      ...(minute % 10 === 0 ? [{ seconds: 0.9, status: minute % 40 === 0 ? 502 : 200 }] : []),
    ],
  },
  slow: {
    traffic: "slow",
    pods: 2,
    requests: (minute) => [
      { seconds: 0.08, status: 200 },
      { seconds: minute % 5 === 0 ? 1.5 : 0.4, status: minute % 20 === 0 ? 503 : 200 },
    ],
  },
  few: {
    traffic: "few",
    pods: 1,
    requests: (minute) => (minute % 2 === 0 ? [{ seconds: 0.1, status: 200 }] : []),
  },
  gap: {
    traffic: "gap",
    pods: 1,
    silent: (minute) => minute >= 300 && minute < 480,
    requests: () => [{ seconds: 0.1, status: 200 }],
  },
  endless: { traffic: "endless", pods: 1, requests: () => [{ seconds: 9, status: 200 }] },
} satisfies Readonly<Record<string, World>>;

/** Half an hour on both sides of the window, so that the counts at its ends are read and not guessed. */
const MARGIN_MINUTES = 30;
const MINUTES = WINDOW_HOURS * 60 + 2 * MARGIN_MINUTES;
const statuses = [200, 409, 502, 503] as const;

/** https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
function openMetrics(): string {
  const name = defaultRequestMetrics.histogram;
  const series: string[] = [];
  for (const world of Object.values<World>(WORLDS))
    for (let pod = 0; pod < world.pods; pod += 1)
      for (const status of statuses) {
        const counts = new Map<string, number>();
        const labels = `method="POST",route="/chat",status="${status}",traffic="${world.traffic}",pod="${pod}"`;
        for (let minute = 0; minute <= MINUTES; minute += 1) {
          if (world.resetAt === minute && pod === 0) counts.clear();
          const seen = world.requests(minute, pod).filter((request) => request.status === status);
          for (const bound of [...BOUNDS.map(String), "+Inf"])
            counts.set(
              bound,
              (counts.get(bound) ?? 0) +
                seen.filter(({ seconds }) => bound === "+Inf" || seconds <= Number(bound)).length,
            );
          if (world.silent?.(minute - MARGIN_MINUTES)) continue;
          const at = (FROM_MS + (minute - MARGIN_MINUTES) * MINUTE_MS) / 1000;
          for (const [le, count] of counts)
            series.push(`${name}_bucket{${labels},le="${le}"} ${count} ${at}`);
          series.push(`${name}_count{${labels}} ${counts.get("+Inf")} ${at}`);
        }
      }
  return `# TYPE ${name} histogram\n${series.join("\n")}\n# EOF\n`;
}

/** Every request of the window, one by one. */
function requestsOf(world: World): Request[] {
  const all: Request[] = [];
  for (let pod = 0; pod < world.pods; pod += 1)
    for (let minute = 1; minute <= WINDOW_HOURS * 60; minute += 1)
      all.push(...world.requests(minute + MARGIN_MINUTES, pod));
  return all;
}

/** The percentile as a histogram can know it: evenly spread within its bucket. */
function percentileByBuckets(requests: readonly Request[], share: number): number {
  const rank = share * requests.length;
  let [below, lower] = [0, 0];
  for (const bound of BOUNDS) {
    const upTo = requests.filter(({ seconds }) => seconds <= bound).length;
    if (upTo >= rank) return lower + ((bound - lower) * (rank - below)) / (upTo - below);
    [below, lower] = [upTo, bound];
  }
  return BOUNDS[BOUNDS.length - 1] ?? Number.NaN;
}

let folder: string;
let server: ChildProcess | undefined;
let url: string;

beforeAll(async () => {
  if (!there) return;
  folder = mkdtempSync(join(tmpdir(), "fase-b-prometheus-"));
  writeFileSync(join(folder, "series.om"), openMetrics());
  execFileSync(PROMTOOL, ["tsdb", "create-blocks-from", "openmetrics", "series.om", "data"], {
    cwd: folder,
    stdio: "pipe",
  });
  writeFileSync(join(folder, "prometheus.yml"), "global: {}\n");
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = spawn(
    PROMETHEUS,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--storage.tsdb.retention.time=30d",
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error(`Prometheus ended with ${server.exitCode}`);
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("Prometheus is not ready after 30 s");
}, 120_000);

afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    const exited = once(server, "exit");
    server.kill();
    await exited;
  }
  if (there) rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const listening = createServer().listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  listening.close();
  await once(listening, "close");
  return port;
}

type Metrics = Extract<Collected, { kind: "metrics" }>["predicate"];

async function collected(
  clause: "B8.1" | "B8.2",
  traffic: string,
  change: { url?: string } = {},
): Promise<Metrics> {
  const context = testContext({ nowMs: () => TO_MS + SETTLED_MS });
  const source = new PrometheusRequests(new HttpPrometheus(change.url ?? url), context.settings, {
    ...defaultRequestMetrics,
    ofClients: `traffic="${traffic}"`,
  });
  const [piece] = await (clause === "B8.1" ? latencyCollector : errorsCollector)(source)(context);
  if (piece?.kind !== "metrics") throw new Error("no metrics");
  return piece.predicate;
}

describe("collected from a real Prometheus", () => {
  beforeEach((context) => {
    if (!there) context.skip(reason);
  });

  it.each(["well", "slow"] as const)(
    "p95 of the world %s is the one of its requests (B8.1)",
    async (name) => {
      const requests = requestsOf(WORLDS[name]);
      const { value, samples, window, because } = await collected("B8.1", name);
      expect(window).toEqual({ from: new Date(FROM_MS).toISOString(), to: new Date(TO_MS).toISOString() });
      expect(samples).toBe(requests.length);
      expect(value).toBeCloseTo(1000 * percentileByBuckets(requests, 0.95), 3);
      const slowPercent = (100 * requests.filter(({ seconds }) => seconds > 0.7).length) / requests.length;
      expect(because).toContain(`${Number(slowPercent.toFixed(6))} % of ${requests.length} requests`);
    },
  );

  it.each(["well", "slow"] as const)(
    "the share of 5xx of the world %s is the one of its requests (B8.2)",
    async (name) => {
      const requests = requestsOf(WORLDS[name]);
      const { value, samples } = await collected("B8.2", name);
      expect(samples).toBe(requests.length);
      const failed = requests.filter(({ status }) => status >= 500).length;
      expect(failed).toBeGreaterThan(0);
      expect(value).toBeCloseTo((100 * failed) / requests.length, 6);
    },
  );

  it("judges both worlds by the work order's numbers", async () => {
    const verdicts = [];
    for (const name of ["well", "slow"])
      for (const clause of ["B8.1", "B8.2"] as const) verdicts.push((await collected(clause, name)).verdict);
    // Of the one 0.8 % fail, though it is quick.
    expect(verdicts).toEqual(["met", "not-met", "not-met", "not-met"]);
  });

  it.each([
    ["few", /^720 requests in the window are fewer than the 1000/],
    ["gap", /samples in 22 of 24 hours/],
    ["nobody", /^prometheus has no fase_b_http_request_duration_seconds_count/],
  ] as const)("says unknown of the world %s", async (name, because) => {
    for (const clause of ["B8.1", "B8.2"] as const)
      expect(await collected(clause, name)).toMatchObject({
        verdict: "unknown",
        because: expect.stringMatching(because) as string,
      });
  });

  it("does not take the last bucket's lower bound for the percentile", async () => {
    expect(await collected("B8.1", "endless")).toMatchObject({
      verdict: "not-met",
      value: 2_500,
      because: expect.stringContaining("at least 2500 ms") as string,
    });
  });

  it("says unknown where nobody listens", async () => {
    const { verdict, because } = await collected("B8.1", "well", {
      url: `http://127.0.0.1:${await freePort()}`,
    });
    expect([verdict, because]).toEqual(["unknown", "prometheus gave no answer: TypeError (ECONNREFUSED)"]);
  });
});
