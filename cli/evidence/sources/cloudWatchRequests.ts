import { every, telemetry, type Telemetry } from "../../../infra/observability/telemetry/telemetry";
import type { Contract } from "../../../infra/contract/contract";
import type { CloudWatchQuery, Statistic } from "../../../infra/observability/telemetry/query";
import type { Settings } from "../../../infra/settings/settings.schema";
import { HOUR_MS, hoursOf, known, MINUTE_MS, unknown, type Answer, type Window } from "./answer";
import type { MetricsSource, Point } from "./cloudWatchMetrics";
import type { ErrorFigures, LatencyFigures, RequestsSource } from "./requests";

/** Metrics arrive late: of a minute that is older than this all has arrived. */
export const SETTLED_MS = 5 * MINUTE_MS;
const HOUR_SECONDS = 3_600;
/** The longest period that one value may stand for. */
const DAY_SECONDS = 86_400;

/**
 * CloudWatch, by two ways that must agree: the gateway's own metrics, which hold the prober's and the scans' requests too, and the ones
 * that are made of its access log, which hold what clients asked and nothing else.
 */
export class CloudWatchRequests implements RequestsSource {
  private readonly telemetry: Telemetry;

  constructor(
    private readonly metrics: MetricsSource,
    private readonly settings: Settings,
    contract: Contract,
  ) {
    this.telemetry = telemetry(settings, contract);
  }

  /** Of whole hours, so that no period is cut at either end, whichever way the service lays them. */
  windowOf(nowMs: number, hours: number): Window {
    const toMs = Math.floor((nowMs - SETTLED_MS) / HOUR_MS) * HOUR_MS;
    return { fromMs: toMs - hours * HOUR_MS, toMs };
  }

  async latency(window: Window): Promise<Answer<LatencyFigures>> {
    const { route, percentile } = this.settings.observability.objectives.latency;
    const of = this.telemetry.routes.find(({ dimensions }) => dimensions.Resource === route);
    if (of === undefined) throw new RangeError(`no route ${route} in the contract`);
    const { fromLogs, gateway } = this.telemetry;
    const statistic = percentileStatistic(percentile);
    const answer = await this.metrics.series(
      [
        hourly(fromLogs("ObjectiveRequests")),
        hourly(fromLogs("ObjectiveSlowRequests")),
        // One value for a whole day: percentiles of hours cannot be put together.
        every(
          gateway("Latency", statistic, of.dimensions),
          Math.min(hoursOf(window) * HOUR_SECONDS, DAY_SECONDS),
        ),
      ],
      window,
    );
    if (!answer.known) return answer;
    const [requests = [], slow = [], percentiles = []] = answer.value;
    const missing = silent(window, { ObjectiveRequests: requests, ObjectiveSlowRequests: slow });
    if (missing !== undefined) return unknown(missing, answer.asked);
    if (percentiles.length === 0)
      return unknown(`cloudwatch has no latency of ${of.route} in the window`, answer.asked);
    const figures = {
      samples: sum(requests),
      slow: sum(slow),
      // A window of several days has several: the percentile of all is at most the highest of theirs.
      percentileMs: Math.max(...percentiles.map(({ value }) => value)),
      how: `p${percentile} is the gateway's of ${of.route}, the prober's requests included; slow ones are counted of clients' requests alone`,
    };
    return known(figures, answer.asked);
  }

  async errors(window: Window): Promise<Answer<ErrorFigures>> {
    const { fromLogs, gateway } = this.telemetry;
    const answer = await this.metrics.series(
      [
        hourly(fromLogs("ServedRequests")),
        hourly(fromLogs("ServedServerErrors")),
        hourly(gateway("Count", "Sum")),
        hourly(gateway("5XXError", "Sum")),
      ],
      window,
    );
    if (!answer.known) return answer;
    const [served = [], failed = [], counted = [], errors = []] = answer.value;
    const series = { ServedRequests: served, ServedServerErrors: failed, Count: counted, "5XXError": errors };
    const missing = silent(window, series);
    if (missing !== undefined) return unknown(missing, answer.asked);
    return known(
      {
        clients: { samples: sum(served), errors: sum(failed) },
        gateway: { samples: sum(counted), errors: sum(errors) },
        how: "of clients' requests by the access log, and of all by the gateway's own count, which holds the prober's",
      },
      answer.asked,
    );
  }
}

const hourly = (query: CloudWatchQuery): CloudWatchQuery => every(query, HOUR_SECONDS);

/** Any percentile is a statistic of the service's; the type names those that panels draw. */
const percentileStatistic = (percentile: number): Statistic => `p${percentile}` as Statistic;

const sum = (points: readonly Point[]): number => points.reduce((total, { value }) => total + value, 0);

/**
 * The prober asks every minute, and what is made of a log is 0 in a minute whose lines do not match: an hour without a value is an hour
 * of which nobody knows anything.
 */
function silent(window: Window, series: Readonly<Record<string, readonly Point[]>>): string | undefined {
  const hours = hoursOf(window);
  for (const [name, points] of Object.entries(series)) {
    const there = new Set(
      points
        .filter(({ atMs }) => atMs >= window.fromMs && atMs < window.toMs)
        .map(({ atMs }) => Math.floor(atMs / HOUR_MS)),
    ).size;
    if (there < hours)
      return there === 0
        ? `cloudwatch has no value of ${name} in the window`
        : `cloudwatch has values of ${name} in ${there} of ${hours} hours: what happened in the others nobody knows`;
  }
  return undefined;
}
