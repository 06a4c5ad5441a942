import { metrics, type MetricValues } from "./metrics";

/** What the process has used at one instant. */
export interface UsageSample {
  /** Milliseconds of a clock that never goes back. */
  readonly atMs: number;
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
}

const BYTES_PER_MEGABYTE = 1_000_000;
/** Lambda's MB are binary: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const BYTES_PER_LAMBDA_MB = 1_048_576;

/** Reads the process. */
export function sampleUsage(): UsageSample {
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    cpuMicroseconds: user + system,
    // Read when it is asked for: of the two samples of a request only the later one's counts, and each reading is a file's.
    get residentBytes() {
      return process.memoryUsage.rss();
    },
  };
}

/** @param memoryLimitMb the function's memory setting */
export function usageMetrics(before: UsageSample, after: UsageSample, memoryLimitMb: number): MetricValues {
  const cpuMs = (after.cpuMicroseconds - before.cpuMicroseconds) / 1_000;
  const elapsedMs = after.atMs - before.atMs;
  return {
    MemoryUsed: after.residentBytes / BYTES_PER_MEGABYTE,
    MemoryUse: (100 * after.residentBytes) / (memoryLimitMb * BYTES_PER_LAMBDA_MB),
    CpuTime: cpuMs,
    // The system books CPU time by ticks of milliseconds: a request shorter than one may seem to use more than there is.
    ...(elapsedMs > 0 ? { CpuUse: Math.min((100 * cpuMs) / elapsedMs, metrics.CpuUse.max) } : {}),
  };
}
