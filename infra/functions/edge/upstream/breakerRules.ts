import type { BreakerItem } from "./breakerStore";
import type { Verdict } from "./outcome";
import type { BreakerSettings } from "./upstream.schema";

/** The breaker's states and steps, without store, cache or clock. */

type HalfOpen = Extract<BreakerItem, { state: "half-open" }>;
/** An item before it has its token. */
export type BreakerStep = BreakerItem extends infer Item
  ? Item extends BreakerItem
    ? Omit<Item, "token">
    : never
  : never;

export type BreakerDecision =
  | { readonly kind: "pass" }
  | { readonly kind: "probe-due"; readonly item: Exclude<BreakerItem, { state: "closed" }> }
  | { readonly kind: "refuse"; readonly reason: "open" | "probing"; readonly retryAfterMs: number };

export function decide(
  item: BreakerItem | undefined,
  nowMs: number,
  settings: BreakerSettings,
): BreakerDecision {
  if (item === undefined || item.state === "closed") return { kind: "pass" };
  const [untilMs, longestMs] =
    item.state === "open"
      ? [item.untilMs, settings.maximumOpenMs * (1 + settings.openJitterRatio)]
      : [item.leaseUntilMs ?? 0, settings.probeLeaseMs];
  const waitMs = untilMs - nowMs;
  // An instant further off than any that a right clock could have written holds nobody back: it was a wrong clock's.
  if (!(waitMs > 0 && waitMs <= longestMs + settings.clockSkewMs)) return { kind: "probe-due", item };
  return { kind: "refuse", reason: item.state === "open" ? "open" : "probing", retryAfterMs: waitMs };
}

/** @param openings open periods in a row, the new one included */
export function opened(
  openings: number,
  nowMs: number,
  random: number,
  settings: BreakerSettings,
): BreakerStep {
  const periodMs = Math.min(settings.maximumOpenMs, settings.openMs * 2 ** (openings - 1));
  return {
    state: "open",
    untilMs: nowMs + Math.floor(periodMs * (1 + settings.openJitterRatio * random)),
    openings,
  };
}

/** Takes the one probe that may run. */
export function claimed(
  item: Exclude<BreakerItem, { state: "closed" }>,
  nowMs: number,
  settings: BreakerSettings,
): BreakerStep {
  return {
    state: "half-open",
    leaseUntilMs: nowMs + settings.probeLeaseMs,
    successes: item.state === "half-open" ? item.successes : 0,
    openings: item.openings,
  };
}

/** What a probe's end makes of the item that its own claim wrote. */
export function probed(
  claim: HalfOpen,
  verdict: Verdict,
  nowMs: number,
  random: number,
  settings: BreakerSettings,
): BreakerStep {
  const { openings } = claim;
  switch (verdict) {
    case "success": {
      const successes = claim.successes + 1;
      return successes >= settings.successesToClose
        ? { state: "closed" }
        : { state: "half-open", successes, openings };
    }
    case "failure":
      return opened(openings + 1, nowMs, random, settings);
    case "throttled":
      // It lives, so the wait does not grow; it asks for less, so the next probe waits.
      return opened(openings, nowMs, random, settings);
    case "none":
      return { state: "half-open", successes: claim.successes, openings };
  }
}

interface Slice {
  readonly startMs: number;
  calls: number;
  failures: number;
}

/** One instance's own count of an upstream's calls, over a window that slides by tenths. */
export class FailureWindow {
  private slices: Slice[] = [];
  private failuresInARow = 0;
  private lastFailureMs = -Infinity;

  constructor(private readonly settings: BreakerSettings) {}

  succeeded(nowMs: number): void {
    this.failuresInARow = 0;
    this.slice(nowMs).calls += 1;
  }

  /** Counts a failure. @returns whether that is one too many */
  failed(nowMs: number): boolean {
    const { windowMs, consecutiveFailures, minimumCalls, failureRatio } = this.settings;
    this.failuresInARow = nowMs - this.lastFailureMs > windowMs ? 1 : this.failuresInARow + 1;
    this.lastFailureMs = nowMs;
    const slice = this.slice(nowMs);
    slice.calls += 1;
    slice.failures += 1;
    const calls = this.slices.reduce((sum, each) => sum + each.calls, 0);
    const failures = this.slices.reduce((sum, each) => sum + each.failures, 0);
    return (
      this.failuresInARow >= consecutiveFailures ||
      (calls >= minimumCalls && failures / calls >= failureRatio)
    );
  }

  private slice(nowMs: number): Slice {
    const widthMs = this.settings.windowMs / 10;
    const startMs = Math.floor(nowMs / widthMs) * widthMs;
    this.slices = this.slices.filter((each) => Math.abs(nowMs - each.startMs) < this.settings.windowMs);
    const last = this.slices.at(-1);
    if (last?.startMs === startMs) return last;
    const fresh = { startMs, calls: 0, failures: 0 };
    this.slices.push(fresh);
    return fresh;
  }
}
