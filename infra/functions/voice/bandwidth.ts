import type { VoiceLimits } from "./voiceLimits.schema";

/** Tokens are bytes. Below 0 are those that frames in the queue have taken ahead. */
export interface Bucket {
  readonly level: number;
  /** Epoch milliseconds, by the clock that was furthest ahead of those that wrote. */
  readonly atMs: number;
}

export interface BucketLimits {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

export const fullBucket = (limits: BucketLimits, nowMs: number): Bucket => ({
  level: limits.burstBytes,
  atMs: nowMs,
});

/** A clock that is behind the last writer's refills nothing, so that all clocks together refill each instant once. */
export function refilled(
  bucket: Bucket,
  { bytesPerSecond, burstBytes }: BucketLimits,
  nowMs: number,
): Bucket {
  const atMs = Math.max(bucket.atMs, nowMs);
  return { level: Math.min(burstBytes, bucket.level + (bytesPerSecond * (atMs - bucket.atMs)) / 1000), atMs };
}

export const taken = (bucket: Bucket, bytes: number): Bucket => ({ ...bucket, level: bucket.level - bytes });

/** Every report and renewal of a session is at least so far from the one before, in true time. */
export const writeIntervalMs = 1_000;

/**
 * What an instance may let through before it has told the table: two seconds' worth, or one frame. Two, because instances
 * take turns at the table; one that has to wait for its turn holds a frame for no good reason.
 */
export const unreportedBytes = (limits: VoiceLimits): number =>
  Math.max(
    (2 * writeIntervalMs * limits.session.bytesPerSecond) / 1000,
    frameCost(limits, limits.messageBytes),
  );

/** Small frames count for a share of the queue, so that a queue of `queueBytes` never holds more than `queueFrames`. */
export const frameCost = (limits: VoiceLimits, bytes: number): number =>
  Math.max(bytes, Math.ceil(limits.queueBytes / limits.queueFrames));

/**
 * The most that N instances let through of one session in any T milliseconds:
 *
 *     burst + rate × (T + clocks' difference) + error,
 *     error = 0 for N = 1, else (N − 1 + missed) × unreported + N × the largest frame,
 *     missed = 1 + ⌊(write interval + clocks' difference + store's time-out) / write interval⌋.
 *
 * Why. A frame is charged to its instance's unreported sum u when it comes, and goes out only while the instance's view
 * of the bucket, less u, is at least 0. Let B be the bucket in the table when the last frame of the interval goes out at
 * instance i, R what was reported in the interval. The view is at most a write interval and the clocks' difference old;
 * what it lacks of others was sent in that time, or up to the store's time-out before; and reports are sent a write interval
 * apart: at most `missed` of them. So B ≥ u(i) − missed × unreported. The bucket never held more than the burst:
 * R ≤ burst + rate × T − B. What went out was reported in the interval, or is unreported at the end (u(i), and at most
 * `unreported` at each of the N − 1 others), or was charged before the interval and held into it (an instance handles
 * one frame at a time: N frames). The sum is the bound. An instance alone misses nobody's report.
 *
 * An instance that dies takes its unreported sum with it and counts among the N. A report whose answer is lost may count
 * twice, never not at all. A subject's error is that of its sessions, added up.
 */
export function bandwidthError(limits: VoiceLimits, instances: number, storeTimeoutMs: number): number {
  if (instances <= 1) return 0;
  const missed =
    1 + Math.floor((writeIntervalMs + limits.skewAllowanceMs + storeTimeoutMs) / writeIntervalMs);
  return (
    (instances - 1 + missed) * unreportedBytes(limits) + instances * frameCost(limits, limits.messageBytes)
  );
}
