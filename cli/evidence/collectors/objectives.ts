import type { Verdict } from "../../../infra/evidence/record/predicates";
import type { BaselineClause } from "../baseline";
import type { Collected, Collector, CollectorContext } from "../collector";
import type { Answer, Window } from "../sources/answer";
import type { ErrorFigures, LatencyFigures, RequestsSource, Share } from "../sources/requests";
import { rounded, sentence, sourcesOf, windowOf } from "./words";

/** A figure beside its threshold. */
export interface Judged {
  readonly verdict: Verdict;
  readonly because: string;
  readonly samples: number;
  readonly value?: number;
}

const share = (errors: number, samples: number): number => (100 * errors) / samples;

const tooFew = (samples: number, minimum: number): string =>
  `${samples} requests in the window are fewer than the ${minimum} that make a figure say anything`;

/**
 * B8.1: met when the percentile is at most the threshold, by every count that there is. A percentile is at most a threshold exactly
 * when no more than the rest of the requests are slower.
 */
export function judgeLatency(
  figures: LatencyFigures,
  { thresholdMs, percentile, minimum }: { thresholdMs: number; percentile: number; minimum: number },
): Judged {
  const { samples, slow, percentileMs, percentileIsAtLeast = false, how } = figures;
  const value = rounded(percentileMs);
  if (samples < minimum) return { verdict: "unknown", because: tooFew(samples, minimum), samples, value };
  const allowedPercent = 100 - percentile;
  const slowPercent = slow === undefined ? undefined : share(slow, samples);
  const said = [
    `p${percentile} is ${percentileIsAtLeast ? "at least " : ""}${rounded(percentileMs)} ms (at most ${thresholdMs})`,
    ...(slowPercent === undefined
      ? []
      : [
          `${rounded(slowPercent)} % of ${samples} requests took longer than ${thresholdMs} ms (at most ${allowedPercent} %)`,
        ]),
  ].join(", ");
  const quick = percentileMs <= thresholdMs;
  const few = slowPercent === undefined || slowPercent <= allowedPercent;
  if (quick && few && percentileIsAtLeast && slowPercent === undefined)
    return { verdict: "unknown", because: `${said}: the last bucket has no end; ${how}`, samples, value };
  const verdict = quick && few ? "met" : "not-met";
  return { verdict, because: `${said}; the stricter of them decides; ${how}`, samples, value };
}

/** B8.2: met when the share is below the threshold, not at it, by every count that there is. */
export function judgeErrors(
  { clients, gateway, how }: ErrorFigures,
  { maximumPercent, minimum }: { maximumPercent: number; minimum: number },
): Judged {
  const { samples } = clients;
  if (samples < minimum) return { verdict: "unknown", because: tooFew(samples, minimum), samples };
  const counts: readonly (readonly [string, Share])[] = [
    ["clients' requests", clients],
    ...(gateway === undefined ? [] : ([["requests that the gateway counts", gateway]] as const)),
  ];
  // The log's lines and the gateway's own count put a request at the window's edge on different sides of it.
  if (counts.some(([, each]) => each.errors > each.samples || each.samples < 0.99 * samples))
    return {
      verdict: "unknown",
      because:
        "the counts contradict each other: there are more errors than requests, or more requests of clients than of all",
      samples,
    };
  const shares = counts.map(([, each]) => share(each.errors, each.samples));
  const worst = Math.max(...shares);
  const said = counts
    .map(([name, each], index) => `${rounded(shares[index] ?? 0)} % of ${each.samples} ${name} ended in 5xx`)
    .join(", ");
  return {
    verdict: worst < maximumPercent ? "met" : "not-met",
    because: `${said} (less than ${maximumPercent} %); the worse of them decides; ${how}`,
    samples,
    value: rounded(worst),
  };
}

/** p95 of the objective's route (B8.1). */
export const latencyCollector =
  (source: RequestsSource): Collector =>
  async (context) => {
    const { thresholdMs, percentile } = context.settings.observability.objectives.latency;
    return collect(
      context,
      source,
      "B8.1",
      { unit: "ms", threshold: thresholdMs },
      async (window, minimum) => {
        const answer = await source.latency(window);
        return [
          answer,
          (figures: LatencyFigures) => judgeLatency(figures, { thresholdMs, percentile, minimum }),
        ];
      },
    );
  };

/** The share of 5xx (B8.2). */
export const errorsCollector =
  (source: RequestsSource): Collector =>
  async (context) => {
    const { maximumPercent } = context.settings.observability.objectives.errors;
    return collect(
      context,
      source,
      "B8.2",
      { unit: "percent", threshold: maximumPercent },
      async (window, minimum) => {
        const answer = await source.errors(window);
        return [answer, (figures: ErrorFigures) => judgeErrors(figures, { maximumPercent, minimum })];
      },
    );
  };

async function collect<F>(
  { settings, nowMs, progress }: CollectorContext,
  source: RequestsSource,
  clause: BaselineClause,
  of: { readonly unit: "ms" | "percent"; readonly threshold: number },
  measure: (window: Window, minimum: number) => Promise<readonly [Answer<F>, (figures: F) => Judged]>,
): Promise<readonly Collected[]> {
  const { windowHours, minimumRequests } = settings.evidence.metrics;
  const window = source.windowOf(nowMs(), windowHours);
  const { from, to } = windowOf(window);
  progress(`${clause}: ${windowHours} hours from ${from} to ${to}`);
  const [answer, judge] = await measure(window, minimumRequests);
  const judged: Judged = answer.known
    ? judge(answer.value)
    : { verdict: "unknown", because: answer.because, samples: 0 };
  return [
    {
      kind: "metrics",
      predicate: {
        clause,
        verdict: judged.verdict,
        because: sentence(judged.because),
        sources: sourcesOf(answer.asked),
        window: { from, to },
        samples: judged.samples,
        minimumSamples: minimumRequests,
        ...(judged.value === undefined ? {} : { value: judged.value }),
        ...of,
      },
    },
  ];
}
