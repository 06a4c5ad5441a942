import { beforeEach, describe, expect, it } from "vitest";
import { declaredLogGroups, spokenLogGroups } from "../../../infra/evidence/record/logGroups";
import type { CloudWatchQuery } from "../../../infra/observability/telemetry/query";
import { UsageError } from "../../usageError";
import { HOUR_MS, known, unknown, type Answer, type Window } from "../sources/answer";
import type { MetricsSource } from "../sources/cloudWatchMetrics";
import type { GatewaySource } from "../sources/gateway";
import type { LogsSource, Sampling } from "../sources/logs";
import { testContext } from "../testSupport";
import { logScanCollector, SAMPLING } from "./logScan";

const context = testContext();
const { namePrefix, evidence } = context.settings;
const EXECUTION = ["API-Gateway-Execution-Logs_rest000001/v1", "/aws/apigateway/sock000001/live"];
const GROUPS = [...declaredLogGroups(namePrefix), ...EXECUTION];
const [SPOKEN = ""] = spokenLogGroups(namePrefix);
const QUIET = `/aws/lambda/${namePrefix}-announce`;
const TO_MS = Date.UTC(2026, 10, 26, 7);
const WINDOW = { fromMs: TO_MS - evidence.metrics.windowHours * HOUR_MS, toMs: TO_MS };
const OURS = '{"functionName":"edge","route":"POST /chat","status":200}';
/** Of nobody, and seen for what it is. */
const HERS = '{"user":"jane.doe@example.com","ip":"192.0.2.44"}';

/** What the account has; a test changes a part of it. */
interface Account {
  readonly findings: Answer<readonly number[]>;
  readonly execution: Answer<readonly string[]>;
  readonly lines: Readonly<Record<string, readonly string[]>>;
  readonly read: (logGroup: string) => Answer<never> | undefined;
  readonly masked: (logGroup: string) => Answer<boolean>;
}
const ASKED = [{ system: "logs", asked: "a log" }];
const well: Account = {
  findings: known([], []),
  execution: known(EXECUTION, [{ system: "api-gateway", asked: "the APIs" }]),
  lines: Object.fromEntries(GROUPS.map((name) => [name, [OURS, OURS]])),
  read: () => undefined,
  masked: () => known(true, ASKED),
};

let told: string[];
let sampled: { logGroup: string; window: Window; sampling: Sampling }[];
let queries: readonly CloudWatchQuery[];
beforeEach(() => {
  [told, sampled, queries] = [[], [], []];
});

async function collected(change: Partial<Account> = {}) {
  const account = { ...well, ...change };
  const metrics: MetricsSource = {
    series: (asked) => {
      queries = asked;
      const { findings } = account;
      return Promise.resolve(
        findings.known
          ? known(
              [findings.value.map((value, at) => ({ atMs: at, value }))],
              [{ system: "cloudwatch", asked: "LogFindings" }],
            )
          : findings,
      );
    },
  };
  const logs: LogsSource = {
    sample: (logGroup, window, sampling, take) => {
      sampled.push({ logGroup, window, sampling });
      const silent = account.read(logGroup);
      if (silent !== undefined) return Promise.resolve(silent);
      const lines = account.lines[logGroup] ?? [];
      lines.forEach((line) => take(line));
      return Promise.resolve(known({ lines: lines.length }, [{ system: "logs", asked: logGroup }]));
    },
    isMasked: (logGroup) => Promise.resolve(account.masked(logGroup)),
  };
  const notAsked = () => Promise.reject(new Error("nobody asks this of a gateway"));
  const gateway: GatewaySource = {
    domain: notAsked,
    usagePlans: notAsked,
    executionLogGroups: () => Promise.resolve(account.execution),
  };
  const [one, ...others] = await logScanCollector(
    metrics,
    logs,
    gateway,
  )({ ...context, progress: (text) => void told.push(text) });
  if (one?.kind !== "logScan" || others.length > 0) throw new Error("not one scan of logs");
  return one.predicate;
}

describe("a look through the logs (B8.3)", () => {
  it("goes through every declared group and the gateway's own, over the window, and finds nothing", async () => {
    const predicate = await collected();
    expect(predicate).toMatchObject({
      clause: "B8.3",
      verdict: "met",
      window: { from: new Date(WINDOW.fromMs).toISOString(), to: "2026-11-26T07:00:00.000Z" },
      protectionFindings: 0,
      because: expect.stringContaining(
        `${2 * GROUPS.length} lines of ${GROUPS.length} log groups were read`,
      ) as string,
    });
    expect(sampled).toEqual(GROUPS.map((logGroup) => ({ logGroup, window: WINDOW, sampling: SAMPLING })));
    expect(predicate.groups).toEqual(GROUPS.map((logGroup) => ({ logGroup, lines: 2, found: {} })));
    expect(
      queries.map(({ metricName, statistic, periodSeconds }) => [metricName, statistic, periodSeconds]),
    ).toEqual([["LogFindings", "Sum", 3_600]]);
    expect(predicate.sources.map(({ system }) => system)).toEqual(
      expect.arrayContaining(["cloudwatch", "api-gateway", "logs"]),
    );
    expect(told).toContain(`${SPOKEN}: 2 lines`);
  });

  it("counts what it finds by group and kind, and keeps nothing of it", async () => {
    const predicate = await collected({ lines: { ...well.lines, [QUIET]: [OURS, HERS, HERS] } });
    expect(predicate).toMatchObject({
      verdict: "not-met",
      because: expect.stringContaining("hold personal data: 2 of email, 2 of ipv4") as string,
    });
    expect(predicate.groups.filter(({ found }) => Object.keys(found).length > 0)).toEqual([
      { logGroup: QUIET, lines: 3, found: { email: 2, ipv4: 2 } },
    ]);
    expect(JSON.stringify([predicate, told])).not.toMatch(/jane|192\.0\.2/);
  });

  it("adds up what the masking found in the window, which stands against it though no line shows it", async () => {
    expect(await collected({ findings: known([1, 0, 2], []) })).toMatchObject({
      verdict: "not-met",
      protectionFindings: 3,
      because: expect.stringMatching(/^the masking of the logs reported 3 finds/) as string,
    });
  });

  it.each<[string, Partial<Account>, string]>([
    [
      "a group could not be read",
      { read: (name) => (name === QUIET ? unknown("logs gave no answer", ASKED) : undefined) },
      `the first: ${QUIET} (logs gave no answer)`,
    ],
    [
      "nothing masks a group",
      { masked: (name) => known(name !== QUIET, ASKED) },
      `${QUIET} (nothing masks it, so its silence says nothing)`,
    ],
    [
      "it is not known whether a group is masked",
      { masked: (name) => (name === QUIET ? unknown("logs are away", ASKED) : known(true, ASKED)) },
      `${QUIET} (logs are away)`,
    ],
    [
      "it is not known how the gateway's own are called",
      { execution: unknown("there is no API", []) },
      "the gateway's execution logs (there is no API)",
    ],
    [
      "a group that each request writes to has no line",
      { lines: { ...well.lines, [SPOKEN]: [] } },
      `${SPOKEN} has no line`,
    ],
  ])("is unknown where %s", async (_, change, because) => {
    const predicate = await collected(change);
    expect(predicate).toMatchObject({
      verdict: "unknown",
      because: expect.stringContaining(because) as string,
      protectionFindings: 0,
    });
  });

  it("is unknown, and has no number of finds, where the masking was not asked", async () => {
    const predicate = await collected({ findings: unknown("cloudwatch gave no answer", []) });
    expect(predicate).toMatchObject({
      verdict: "unknown",
      because: expect.stringContaining("nobody knows how many") as string,
    });
    expect(predicate).not.toHaveProperty("protectionFindings");
  });

  it("has found what it found, whatever else it could not read", async () => {
    expect(
      await collected({
        lines: { ...well.lines, [SPOKEN]: [HERS] },
        findings: unknown("away", []),
        execution: unknown("away", []),
      }),
    ).toMatchObject({ verdict: "not-met" });
  });

  it("does without a line of a group that may be silent", async () => {
    expect(await collected({ lines: { ...well.lines, [QUIET]: [] } })).toMatchObject({ verdict: "met" });
  });

  it("is none at all without the right to read, which a person can give", async () => {
    await expect(
      collected({
        read: () => {
          throw new UsageError("logs:FilterLogEvents: got a refusal");
        },
      }),
    ).rejects.toThrow(/^logs:FilterLogEvents/);
  });
});
