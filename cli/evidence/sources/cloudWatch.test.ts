import { describe, expect, it } from "vitest";
import type { GetMetricDataCommandInput, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { every, telemetry } from "../../../infra/observability/telemetry/telemetry";
import { FakeClient, NOW_MS, testContext, vendorError } from "../testSupport";
import { CloudWatchMetrics, singled } from "./cloudWatchMetrics";
import { CloudWatchRequests } from "./cloudWatchRequests";

const HOUR_MS = 3_600_000;
const { settings, contract } = testContext();
const { fromLogs, firewall } = telemetry(settings, contract);

type Answers = (input: GetMetricDataCommandInput) => unknown;
const metricsOf = (answer: Answers): { metrics: CloudWatchMetrics; client: FakeClient } => {
  const client = new FakeClient((_, input) => answer(input));
  return { metrics: new CloudWatchMetrics(client), client };
};
const inputs = (client: FakeClient): GetMetricDataCommandInput[] =>
  client.sent.map(({ input }) => input as GetMetricDataCommandInput);

/** What a service with these hourly values, by metric, would say of a query; one value of the day for others. */
function service(hourly: Readonly<Record<string, (hour: number) => number | undefined>>): Answers {
  return ({ MetricDataQueries = [], StartTime, EndTime }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }): MetricDataResult => {
      const periodMs = (MetricStat?.Period ?? 0) * 1000;
      const points: [Date, number][] = [];
      for (let at = StartTime?.getTime() ?? 0; at < (EndTime?.getTime() ?? 0); at += periodMs) {
        const value = hourly[MetricStat?.Metric?.MetricName ?? ""]?.(points.length);
        if (value !== undefined) points.push([new Date(at), value]);
      }
      return {
        Id,
        StatusCode: "Complete",
        Timestamps: points.map(([at]) => at),
        Values: points.map(([, value]) => value),
      };
    }),
  });
}

const query = every(fromLogs("ServedRequests"), 3_600);
const window = { fromMs: NOW_MS - 2 * HOUR_MS, toMs: NOW_MS };

describe("CloudWatch's metrics", () => {
  it("are put together of all pages, in order of time", async () => {
    const { metrics, client } = metricsOf(({ NextToken }) => ({
      MetricDataResults: [
        NextToken === undefined
          ? { Id: "m0", StatusCode: "PartialData", Timestamps: [new Date(2_000)], Values: [2] }
          : { Id: "m0", StatusCode: "Complete", Timestamps: [new Date(1_000)], Values: [1] },
      ],
      ...(NextToken === undefined ? { NextToken: "more" } : {}),
    }));
    const answer = await metrics.series([query], window);
    expect(answer).toMatchObject({
      known: true,
      value: [
        [
          { atMs: 1_000, value: 1 },
          { atMs: 2_000, value: 2 },
        ],
      ],
    });
    expect(inputs(client).map(({ NextToken }) => NextToken)).toEqual([undefined, "more"]);
  });

  it.each<[string, object, RegExp]>([
    [
      "only a part of the values came",
      { Id: "m0", StatusCode: "PartialData", Timestamps: [], Values: [] },
      /PartialData/,
    ],
    ["the service failed inside", { Id: "m0", StatusCode: "InternalError" }, /InternalError/],
    ["there is no word of the query", { Id: "m7", StatusCode: "Complete" }, /no status/],
    [
      "times and values do not belong together",
      { Id: "m0", StatusCode: "Complete", Timestamps: [new Date(1)], Values: [] },
      /1 times for 0/,
    ],
    [
      "a value is no number",
      { Id: "m0", StatusCode: "Complete", Timestamps: [new Date(1)], Values: [Number.NaN] },
      /no number/,
    ],
  ])("are unknown where %s", async (_, result, because) => {
    const { metrics } = metricsOf(() => ({ MetricDataResults: [result] }));
    const answer = await metrics.series([query], window);
    expect(answer).toMatchObject({ known: false, because: expect.stringMatching(because) as string });
  });

  it("are unknown where pages never end", async () => {
    const { metrics, client } = metricsOf(() => ({
      MetricDataResults: [{ Id: "m0", StatusCode: "Complete", Timestamps: [], Values: [] }],
      NextToken: "again",
    }));
    expect((await metrics.series([query], window)).known).toBe(false);
    expect(client.sent).toHaveLength(200);
  });

  it.each(["Throttling", "InternalFailure", "TimeoutError"])("are unknown after %s", async (name) => {
    const { metrics } = metricsOf(() => {
      throw vendorError(name, 500);
    });
    const answer = await metrics.series([query], window);
    expect(answer).toMatchObject({ known: false });
    expect(JSON.stringify(answer)).toContain(name);
    // A vendor's message may carry anything.
    expect(JSON.stringify(answer)).not.toContain("jane.doe");
  });

  it.each(["AccessDenied", "AccessDeniedException"])("say what right is missing after %s", async (name) => {
    const { metrics } = metricsOf(() => {
      throw vendorError(name);
    });
    await expect(metrics.series([query], window)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/^cloudwatch:GetMetricData: got a refusal; allowed/) as string,
    });
  });

  it("say so too where one query is forbidden, or nobody has signed in", async () => {
    const { metrics } = metricsOf(() => ({ MetricDataResults: [{ Id: "m0", StatusCode: "Forbidden" }] }));
    await expect(metrics.series([query], window)).rejects.toThrow(/cloudwatch:GetMetricData/);
    const { metrics: unsigned } = metricsOf(() => {
      throw vendorError("CredentialsProviderError");
    });
    await expect(unsigned.series([query], window)).rejects.toThrow(/sign in/);
  });

  it("are asked with each dimension's one value, and once for each of a list", async () => {
    const list = firewall("BlockedRequests", ["a", "b"]);
    expect(singled(list).map(({ dimensions }) => dimensions["Rule"])).toEqual(["a", "b"]);
    const { metrics } = metricsOf(() => ({}));
    await expect(metrics.series([list], window)).rejects.toThrow(/ask once for each/);
  });
});

describe("requests by CloudWatch", () => {
  const requestsOf = (answer: Answers): { requests: CloudWatchRequests; client: FakeClient } => {
    const { metrics, client } = metricsOf(answer);
    return { requests: new CloudWatchRequests(metrics, settings, contract), client };
  };
  const well = {
    ObjectiveRequests: () => 100,
    ObjectiveSlowRequests: () => 2,
    Latency: () => 432.1,
    ServedRequests: () => 200,
    ServedServerErrors: () => 1,
    Count: () => 260,
    "5XXError": () => 1,
  };

  it.each([
    ["in the middle of an hour", Date.UTC(2026, 10, 26, 7, 20, 30), "2026-11-26T07:00:00.000Z"],
    ["while the last minutes have not settled", Date.UTC(2026, 10, 26, 7, 4, 59), "2026-11-26T06:00:00.000Z"],
    ["as soon as they have", Date.UTC(2026, 10, 26, 7, 5, 0), "2026-11-26T07:00:00.000Z"],
    // Madrid's clocks go back at 01:00Z of that day, and forward in March: the window stays 24 hours.
    ["on the day on which clocks go back", Date.UTC(2026, 9, 25, 12, 0, 0), "2026-10-25T11:00:00.000Z"],
    ["on the day on which clocks go forward", Date.UTC(2026, 2, 29, 12, 30, 0), "2026-03-29T12:00:00.000Z"],
  ])("are of whole hours, %s", (_, nowMs, to) => {
    const { requests } = requestsOf(service(well));
    const { fromMs, toMs } = requests.windowOf(nowMs, 24);
    expect(new Date(toMs).toISOString()).toBe(to);
    expect(toMs - fromMs).toBe(24 * HOUR_MS);
  });

  it("are asked of the route of the objective, the percentile over the whole window at once", async () => {
    const { requests, client } = requestsOf(service(well));
    const answer = await requests.latency(requests.windowOf(NOW_MS, 24));
    expect(answer).toMatchObject({ known: true, value: { samples: 2_400, slow: 48, percentileMs: 432.1 } });
    const [input] = inputs(client);
    expect(
      input?.MetricDataQueries?.map(({ MetricStat }) => [
        MetricStat?.Metric?.Namespace,
        MetricStat?.Metric?.MetricName,
        MetricStat?.Stat,
        MetricStat?.Period,
      ]),
    ).toEqual([
      ["fase-b-staging/logs", "ObjectiveRequests", "Sum", 3_600],
      ["fase-b-staging/logs", "ObjectiveSlowRequests", "Sum", 3_600],
      ["AWS/ApiGateway", "Latency", "p95", 86_400],
    ]);
    expect(input?.MetricDataQueries?.[2]?.MetricStat?.Metric?.Dimensions).toEqual([
      { Name: "ApiName", Value: "fase-b-staging" },
      { Name: "Stage", Value: "v1" },
      { Name: "Resource", Value: "/chat" },
      { Name: "Method", Value: "POST" },
    ]);
  });

  it("of several days have the highest of the days' percentiles, which the whole window's cannot exceed", async () => {
    const { requests } = requestsOf(service({ ...well, Latency: (day) => [300, 900, 200][day] }));
    const answer = await requests.latency(requests.windowOf(NOW_MS, 72));
    expect(answer).toMatchObject({ known: true, value: { percentileMs: 900 } });
  });

  it("are counted for clients and for the gateway", async () => {
    const { requests } = requestsOf(service(well));
    expect(await requests.errors(requests.windowOf(NOW_MS, 24))).toMatchObject({
      known: true,
      value: { clients: { samples: 4_800, errors: 24 }, gateway: { samples: 6_240, errors: 24 } },
    });
  });

  it.each([
    ["latency", "ObjectiveRequests"],
    ["latency", "ObjectiveSlowRequests"],
    ["latency", "Latency"],
    ["errors", "ServedRequests"],
    ["errors", "ServedServerErrors"],
    ["errors", "Count"],
    ["errors", "5XXError"],
  ] as const)("are unknown in their %s without any value of %s: silence is no zero", async (of, metric) => {
    const { requests } = requestsOf(service({ ...well, [metric]: () => undefined }));
    expect((await requests[of](requests.windowOf(NOW_MS, 24))).known).toBe(false);
  });

  it("are unknown when an hour is missing", async () => {
    const { requests } = requestsOf(
      service({ ...well, ServedServerErrors: (hour) => (hour < 23 ? 0 : undefined) }),
    );
    expect(await requests.errors(requests.windowOf(NOW_MS, 24))).toMatchObject({
      known: false,
      because: expect.stringContaining("in 23 of 24 hours") as string,
    });
  });
});
