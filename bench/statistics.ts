/** Numbers of several runs, and what they are held against; pure. */

/** One run: seconds from start to end, and the highest sum of its processes' memory in MiB. */
export interface Sample {
  readonly seconds: number;
  /** Where it was measured: of all threads, and touched less by what else the machine does. */
  readonly processorSeconds?: number;
  readonly peakMiB: number;
}

export interface Summary {
  readonly runs: number;
  readonly minSeconds: number;
  readonly medianSeconds: number;
  readonly maxSeconds: number;
  readonly medianProcessorSeconds?: number;
  readonly peakMiB: number;
}

/** @throws RangeError for an empty list */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError("no values, no median");
  return (lower + upper) / 2;
}

export function summarize(samples: readonly Sample[]): Summary {
  const seconds = samples.map((sample) => sample.seconds);
  const processor = samples.flatMap(({ processorSeconds }) => processorSeconds ?? []);
  return {
    runs: samples.length,
    minSeconds: Math.min(...seconds),
    medianSeconds: median(seconds),
    maxSeconds: Math.max(...seconds),
    ...(processor.length > 0 ? { medianProcessorSeconds: median(processor) } : {}),
    peakMiB: Math.max(...samples.map((sample) => sample.peakMiB)),
  };
}

/** What a comparison promises: its value at least, or at most, the target. */
export interface Comparison {
  readonly what: string;
  readonly value: number;
  readonly unit: "×" | "s" | "ms" | "kB" | "round trips";
  readonly target: number;
  readonly direction: "at least" | "at most";
  /** What one would like, beyond what is promised. */
  readonly aim?: number;
}

/** Judged by the number as measured, never by the rounded one that is shown. */
export const isMet = ({ value, target, direction }: Comparison): boolean =>
  direction === "at least" ? value >= target : value <= target;

/** Seconds for each further resource between two sizes of the same program. */
export function secondsPerResource(
  small: { readonly resources: number; readonly seconds: number },
  large: { readonly resources: number; readonly seconds: number },
): { readonly small: number; readonly large: number } {
  return { small: small.seconds / small.resources, large: large.seconds / large.resources };
}
