/** Latencies of single requests, and what they waited for on the wire; pure. */

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * By nearest rank: a value that was measured, never one between two.
 *
 * @param share in (0, 1]
 * @throws RangeError for an empty list
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const found = sorted[Math.ceil(share * sorted.length) - 1];
  if (found === undefined) throw new RangeError(`no values, no quantile ${share}`);
  return found;
}

export function percentiles(values: readonly number[]): Percentiles {
  return {
    samples: values.length,
    p50: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}

/** The most of them that can lie one behind the other: round trips that nothing else ran beside. */
export function sequentialDepth(intervals: readonly Interval[]): number {
  let [depth, freeFromMs] = [0, -Infinity];
  // Who ends first leaves the most room for the next.
  for (const { startMs, endMs } of [...intervals].sort((left, right) => left.endMs - right.endMs)) {
    if (startMs < freeFromMs) continue;
    depth += 1;
    freeFromMs = endMs;
  }
  return depth;
}

/** How long at least one of them was under way. */
export function coveredMs(intervals: readonly Interval[]): number {
  let [coveredUntilMs, sum] = [-Infinity, 0];
  for (const { startMs, endMs } of [...intervals].sort((left, right) => left.startMs - right.startMs)) {
    sum += Math.max(0, endMs - Math.max(startMs, coveredUntilMs));
    coveredUntilMs = Math.max(coveredUntilMs, endMs);
  }
  return sum;
}
