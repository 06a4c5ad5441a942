import type { VoiceLimits } from "./voiceLimits.schema";

/** Each has buckets of its own, by the same limits: who listens to a long answer may speak. */
export const directions = ["fromCaller", "fromAgent"] as const;
export type Direction = (typeof directions)[number];
export type Buckets = Readonly<Record<Direction, Bucket>>;
/** Bytes, by direction. */
export type Traffic = Readonly<Record<Direction, number>>;

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

export function fullBuckets(limits: BucketLimits, nowMs: number): Buckets {
  const full: Bucket = { level: limits.burstBytes, atMs: nowMs };
  return { fromCaller: full, fromAgent: full };
}

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

/**
 * What an instance let through until `lastMs`, and tells later. Charged as of then: in a silence after it the bucket fills,
 * or a session would be held for what it had sent long before.
 */
export const charged = (bucket: Bucket, limits: BucketLimits, bytes: number, lastMs: number): Bucket =>
  taken(refilled(bucket, limits, lastMs), bytes);

/** Every renewal of a session is at least so far from the one before, in true time. */
export const writeIntervalMs = 1_000;

/**
 * What an instance may let through of a subject, in one direction, before it has told the table: two seconds' worth, or
 * one frame. Two, because instances take turns at the table; one that has to wait for its turn holds a frame for no good
 * reason.
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
 * The most that N instances let through in one direction, of a session or of a subject, in any T milliseconds:
 *
 *     burst + rate × (T + clocks' difference) + error,
 *     error = (N − 1) × unreported + N × the largest frame.
 *
 * Why. A frame is charged to its instance's unreported sum u when it comes, and goes out only while the bucket, as the
 * instance has seen it, less u, is at least 0. Versions of the item follow one another: each write asks for the one
 * before, so a report is sent after the one before was performed. Of the instances' last frames in the interval take the
 * one that went out by the newest version, v, at instance m. By v the bucket held at least u(m). Take the first report
 * with something that was charged in the interval: it was entered as of an instant in the interval, at which the bucket
 * held at most the burst, and from there to m's clock it was refilled for at most T and the clocks' difference. So what
 * was charged in the interval and reported up to v is at most burst + rate × (T + difference) − u(m). What went out of m
 * and is not in v is in u(m). Another instance that had reported after v and then let a frame through would
 * have done so by a version newer than v; so what it let through and is not in v was its unreported sum at its last frame,
 * at most `unreported`. Last, what was charged before the interval and went out in it was held across its beginning: an
 * instance handles one frame at a time, so N frames. Without those the error is (N − 1) × unreported: 0 for one instance.
 *
 * How old an instance's view is does not matter: it can't let through more than `unreported` by it.
 *
 * An instance that dies takes its unreported sum with it and counts among the N. A report whose answer is lost may count
 * twice, never not at all.
 */
export const bandwidthError = (limits: VoiceLimits, instances: number): number =>
  (instances - 1) * unreportedBytes(limits) + instances * frameCost(limits, limits.messageBytes);
