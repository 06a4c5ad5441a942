import type { Settings } from "../../../infra/settings/settings.schema";
import { HOUR_MS, hoursOf, known, MINUTE_MS, unknown, type Answer, type Window } from "./answer";
import type { PrometheusApi, VectorSample } from "./prometheus";
import type { ErrorFigures, LatencyFigures, RequestsSource } from "./requests";

/** How the histogram of requests and its labels are called where Prometheus gets them. */
export interface RequestMetricNames {
  /** A classic histogram in seconds, without `_bucket`. https://prometheus.io/docs/practices/histograms/ */
  readonly histogram: string;
  readonly methodLabel: string;
  readonly routeLabel: string;
  readonly statusLabel: string;
  /** A matcher for what counts: what prober and scans ask is no client's. */
  readonly ofClients: string;
}

export const defaultRequestMetrics: RequestMetricNames = {
  histogram: "fase_b_http_request_duration_seconds",
  methodLabel: "method",
  routeLabel: "route",
  statusLabel: "status",
  ofClients: 'traffic="client"',
};

/** Longer than two scrapes: what happened before has been scraped. */
const SETTLED_MS = 2 * MINUTE_MS;
const HOUR_SECONDS = 3_600;
/** In how far a share of requests can be read off counts that Prometheus extrapolates to the window's ends. */
const ROUNDING = 1e-9;

/**
 * A histogram of Prometheus. `increase` takes resets of counters into account, and extrapolates to the window's ends: its counts are no
 * whole numbers. https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
 */
export class PrometheusRequests implements RequestsSource {
  constructor(
    private readonly api: PrometheusApi,
    private readonly settings: Settings,
    private readonly names: RequestMetricNames = defaultRequestMetrics,
  ) {}

  windowOf(nowMs: number, hours: number): Window {
    const toMs = Math.floor((nowMs - SETTLED_MS) / MINUTE_MS) * MINUTE_MS;
    return { fromMs: toMs - hours * HOUR_MS, toMs };
  }

  async latency(window: Window): Promise<Answer<LatencyFigures>> {
    const { route, percentile, thresholdMs } = this.settings.observability.objectives.latency;
    const { histogram, methodLabel, routeLabel, ofClients } = this.names;
    const of = `${methodLabel}="POST",${routeLabel}="${route}",${ofClients}`;
    const inBuckets = `sum by (le) (increase(${histogram}_bucket{${of}}[${hoursOf(window)}h]))`;
    const gap = await this.gap(`${histogram}_count{${of}}`, window);
    if (!gap.known) return gap;
    const buckets = await this.api.query(inBuckets, window.toMs);
    const reckoned = await this.api.query(
      `histogram_quantile(${percentile / 100}, ${inBuckets})`,
      window.toMs,
    );
    const asked = [...gap.asked, ...buckets.asked, ...reckoned.asked];
    if (!buckets.known) return unknown(buckets.because, asked);
    if (!reckoned.known) return unknown(reckoned.because, asked);
    const counts = byBound(buckets.value);
    const total = counts.get(Number.POSITIVE_INFINITY);
    const [quantile, ...others] = reckoned.value;
    if (total === undefined || quantile === undefined || others.length > 0)
      return unknown(`prometheus has no histogram ${histogram} of POST ${route} in the window`, asked);
    // Of nothing there is no percentile.
    if (!Number.isFinite(quantile.value) || !(total > 0))
      return unknown(`prometheus counted no request of POST ${route} in the window`, asked);
    const upTo = [...counts].find(([bound]) => Math.abs(bound * 1000 - thresholdMs) < ROUNDING)?.[1];
    const highest = Math.max(...[...counts.keys()].filter(Number.isFinite));
    return known(
      {
        samples: wholeOf(total),
        // Exact where a bucket ends at the threshold; between two bounds nobody knows.
        ...(upTo === undefined ? {} : { slow: ofWhole(total - upTo, total) }),
        percentileMs: quantile.value * 1000,
        percentileIsAtLeast: quantile.value >= highest,
        how: `p${percentile} by histogram_quantile over ${counts.size} buckets, clients' requests alone`,
      },
      asked,
    );
  }

  async errors(window: Window): Promise<Answer<ErrorFigures>> {
    const { histogram, statusLabel, ofClients } = this.names;
    const count = `${histogram}_count{${ofClients}}`;
    const gap = await this.gap(count, window);
    if (!gap.known) return gap;
    const range = `[${hoursOf(window)}h]`;
    const all = await this.api.query(`sum(increase(${count}${range}))`, window.toMs);
    const failed = await this.api.query(
      // Without any series of that status the sum is empty, which here says 0: the requests beside it are there.
      `sum(increase(${histogram}_count{${ofClients},${statusLabel}=~"5.."}${range})) or vector(0)`,
      window.toMs,
    );
    const asked = [...gap.asked, ...all.asked, ...failed.asked];
    if (!all.known) return unknown(all.because, asked);
    if (!failed.known) return unknown(failed.because, asked);
    const [total, errors] = [all.value[0]?.value, failed.value[0]?.value];
    if (total === undefined || errors === undefined || !Number.isFinite(total) || !Number.isFinite(errors))
      return unknown(`prometheus has no ${histogram}_count in the window`, asked);
    return known(
      {
        clients: { samples: wholeOf(total), errors: ofWhole(errors, total) },
        how: "clients' requests alone, by the histogram's count",
      },
      asked,
    );
  }

  /** An hour without a sample is an hour of which nobody knows anything. */
  private async gap(count: string, window: Window): Promise<Answer<true>> {
    const hours = hoursOf(window);
    const answer = await this.api.instantsWithValues(`sum(count_over_time(${count}[1h]))`, {
      fromMs: window.fromMs + HOUR_MS,
      toMs: window.toMs,
      stepSeconds: HOUR_SECONDS,
    });
    if (!answer.known) return answer;
    if (answer.value >= hours) return known(true, answer.asked);
    return unknown(
      answer.value === 0
        ? `prometheus has no ${count} in the window`
        : `prometheus has samples in ${answer.value} of ${hours} hours: what happened in the others nobody knows`,
      answer.asked,
    );
  }
}

/** Extrapolated counts are fractions; what is less than a whole request is none. */
const wholeOf = (count: number): number => Math.floor(count + ROUNDING);

/** The same share of the whole requests; extrapolation makes tails of binary fractions that no threshold should turn on. */
const ofWhole = (part: number, total: number): number =>
  total > 0 ? Math.max(0, Number(((part / total) * wholeOf(total)).toFixed(6))) : 0;

const byBound = (samples: readonly VectorSample[]): ReadonlyMap<number, number> =>
  new Map(
    samples.map(({ labels, value }): [number, number] => {
      const le = labels["le"] ?? "";
      return [le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), value];
    }),
  );
