import {
  bandwidthError,
  directions,
  frameCost,
  unreportedBytes,
  type BucketLimits,
  type Direction,
} from "./bandwidth";
import type { VoiceLimits } from "./voiceLimits.schema";

/** Tests only: a frame that went out. Times are true ones; orders are those of all that happened. */
export interface Passed {
  readonly instance: string;
  readonly direction: Direction;
  readonly bytes: number;
  readonly askedMs: number;
  readonly askedOrder: number;
  readonly leftMs: number;
  readonly order: number;
}

/**
 * Every interval is held against the bound of `bandwidth.ts`, as tightly as its proof goes: of frames that were asked for
 * and went out within it, and of all that went out within it.
 *
 * @param passed by the order in which they went out
 */
export function checkRates(
  who: string,
  passed: readonly Passed[],
  bucket: BucketLimits,
  limits: VoiceLimits,
): void {
  for (const direction of directions) {
    const own = passed.filter((each) => each.direction === direction);
    for (const [index, first] of own.entries()) {
      checkFrom(who, own, first.askedMs, first.askedOrder, bucket, limits, "asked for and sent");
      checkFrom(who, own.slice(index), first.leftMs, 0, bucket, limits, "sent");
    }
  }
}

function checkFrom(
  who: string,
  passed: readonly Passed[],
  fromMs: number,
  fromOrder: number,
  { bytesPerSecond, burstBytes }: BucketLimits,
  limits: VoiceLimits,
  what: "asked for and sent" | "sent",
): void {
  const instances = new Set<string>();
  let sum = 0;
  for (const { instance, bytes, askedOrder, leftMs } of passed) {
    if (askedOrder < fromOrder) continue;
    instances.add(instance);
    sum += frameCost(limits, bytes);
    const error =
      what === "sent"
        ? bandwidthError(limits, instances.size)
        : (instances.size - 1) * unreportedBytes(limits);
    const tookMs = leftMs - fromMs;
    const most = burstBytes + (bytesPerSecond * (tookMs + limits.skewAllowanceMs)) / 1000 + error;
    if (sum > most)
      throw new Error(
        `${who}: got ${sum} bytes ${what} in ${tookMs} ms by ${instances.size} instances; allowed: ${most}`,
      );
  }
}
