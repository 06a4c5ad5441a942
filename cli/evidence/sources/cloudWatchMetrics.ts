import { GetMetricDataCommand, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchQuery } from "../../../infra/observability/telemetry/query";
import { known, unknown, type Answer, type Asked, type Window } from "./answer";
import { askAws, missingRight } from "./askAws";

/** One value of a period. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Of each query its points, oldest first; a period of which nothing is known has none. */
export interface MetricsSource {
  series(queries: readonly CloudWatchQuery[], window: Window): Promise<Answer<readonly (readonly Point[])[]>>;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MOST_QUERIES = 500;
const MOST_PAGES = 200;
const RIGHT = "cloudwatch:GetMetricData";

export class CloudWatchMetrics implements MetricsSource {
  constructor(
    private readonly client: Pick<CloudWatchClient, "send">,
    private readonly signal?: AbortSignal,
  ) {}

  async series(
    queries: readonly CloudWatchQuery[],
    window: Window,
  ): Promise<Answer<readonly (readonly Point[])[]>> {
    const asked = queries.map((query) => askedOf(query, window));
    const [first] = asked;
    if (first === undefined || queries.length > MOST_QUERIES)
      throw new RangeError(
        `queries: got ${queries.length}; allowed: 1 to ${MOST_QUERIES}; fix: ask in parts`,
      );
    return askAws(RIGHT, first, () => this.pages(queries, window, asked));
  }

  private async pages(
    queries: readonly CloudWatchQuery[],
    { fromMs, toMs }: Window,
    asked: readonly Asked[],
  ): Promise<Answer<readonly (readonly Point[])[]>> {
    const found = queries.map(() => ({ points: new Map<number, number>(), status: "no status" }));
    let NextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.client.send(
        new GetMetricDataCommand({
          StartTime: new Date(fromMs),
          EndTime: new Date(toMs),
          ScanBy: "TimestampAscending",
          MetricDataQueries: queries.map((query, index) => ({ Id: idOf(index), MetricStat: statOf(query) })),
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
        { ...(this.signal === undefined ? {} : { abortSignal: this.signal }) },
      );
      for (const { Id, StatusCode, Timestamps = [], Values = [] } of answer.MetricDataResults ?? []) {
        const into = found[queries.findIndex((_, index) => idOf(index) === Id)];
        if (into === undefined) continue;
        if (StatusCode === "Forbidden") throw missingRight(RIGHT);
        if (Timestamps.length !== Values.length)
          return unknown(`cloudwatch gave ${Timestamps.length} times for ${Values.length} values`, asked);
        // Of a query that runs over several pages each says `PartialData` but its last.
        into.status = StatusCode ?? "no status";
        Timestamps.forEach((time, index) => into.points.set(time.getTime(), Values[index] ?? Number.NaN));
      }
      NextToken = answer.NextToken;
      if (NextToken === undefined) break;
    }
    if (NextToken !== undefined) return unknown(`cloudwatch had more than ${MOST_PAGES} pages`, asked);
    const incomplete = found.findIndex(({ status }) => status !== "Complete");
    if (incomplete !== -1)
      return unknown(
        `cloudwatch said ${found[incomplete]?.status} of ${queries[incomplete]?.metricName}, so its values are not all there`,
        asked,
      );
    const series = found.map(({ points }) =>
      [...points].map(([atMs, value]) => ({ atMs, value })).sort((a, b) => a.atMs - b.atMs),
    );
    if (series.flat().some(({ value }) => !Number.isFinite(value)))
      return unknown("cloudwatch gave a value that is no number", asked);
    return known(series, asked);
  }
}

const idOf = (index: number): string => `m${index}`;

function statOf({ namespace, metricName, dimensions, statistic, periodSeconds }: CloudWatchQuery) {
  return {
    Metric: {
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: Object.entries(dimensions).map(([Name, value]) => {
        if (typeof value !== "string" || value === "*")
          throw new RangeError(
            `${metricName}.${Name}: got ${JSON.stringify(value)}; allowed: one value; fix: ask once for each`,
          );
        return { Name, Value: value };
      }),
    },
    Period: periodSeconds,
    Stat: statistic,
  };
}

const askedOf = (query: CloudWatchQuery, { fromMs, toMs }: Window): Asked => {
  const { namespace, metricName, dimensions, statistic, periodSeconds } = query;
  const named = Object.entries(dimensions).map(([name, value]) => `${name}=${String(value)}`);
  return {
    system: "cloudwatch",
    asked: `${statistic} of ${namespace} ${metricName}{${named.join(",")}} by ${periodSeconds} s, ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`,
  };
};

/** The same query once for each combination of its lists of values. */
export function singled(query: CloudWatchQuery): CloudWatchQuery[] {
  let dimensions: Record<string, string>[] = [{}];
  for (const [name, value] of Object.entries(query.dimensions))
    dimensions = dimensions.flatMap((so) =>
      (typeof value === "string" ? [value] : value).map((one) => ({ ...so, [name]: one })),
    );
  return dimensions.map((one) => ({ ...query, dimensions: one }));
}
