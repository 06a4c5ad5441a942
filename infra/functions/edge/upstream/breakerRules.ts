import type { BreakerItem, CallCount } from "./breakerStore";
import type { Verdict } from "./outcome";
import type { BreakerSettings } from "./upstream.schema";

/** The breaker's states and steps, without store, cache or clock. */

type ClosedItem = Extract<BreakerItem, { state: "closed" }>;
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

/**
 * Adds an instance's news to what all have counted, and opens if that is too much. An instance runs one request at a
 * time: when an upstream falls silent there are many instances, each of which has seen one time-out, and none of them
 * knows enough by itself.
 */
export function counted(
  item: ClosedItem | undefined,
  window: FailureWindow,
  nowMs: number,
  random: number,
  settings: BreakerSettings,
): BreakerStep {
  const age = nowMs - (item?.count?.startMs ?? -Infinity);
  // Clocks differ a little; a beginning far ahead is a wrong clock's.
  const current = age <= settings.windowMs && age >= -settings.clockSkewMs ? item?.count : undefined;
  const startMs = current?.startMs ?? nowMs;
  // What went well before the first failure is left out: it would hide for a whole window that nothing goes well now.
  const news = window.news(startMs - settings.clockSkewMs);
  const count = {
    startMs,
    calls: (current?.calls ?? 0) + news.calls,
    failures: (current?.failures ?? 0) + news.failures,
  };
  return isTooMuch(count, settings)
    ? opened(1, nowMs, random, settings)
    : { state: "closed", count, since: epochOf(item) };
}

/** Changes whenever the state does, and not when somebody only counts. */
export function epochOf(item: BreakerItem | undefined): string {
  if (item === undefined) return "";
  return item.state === "closed" ? (item.since ?? item.token) : item.token;
}

const isTooMuch = ({ calls, failures }: CallCount, settings: BreakerSettings): boolean =>
  calls >= settings.minimumCalls && failures / calls >= settings.failureRatio;

interface CountedCall {
  readonly atMs: number;
  readonly failed: boolean;
  /** Whether the others know. */
  told: boolean;
}

/** More calls than an instance that runs one at a time makes in a short window; a bound for a long one. */
const mostCalls = 1_000;

/** One instance's own count of an upstream's calls, over a window that slides. */
export class FailureWindow {
  private calls: CountedCall[] = [];
  private failuresInARow = 0;
  private lastFailureMs = -Infinity;

  constructor(private readonly settings: BreakerSettings) {}

  succeeded(nowMs: number): void {
    this.failuresInARow = 0;
    this.add({ atMs: nowMs, failed: false, told: false });
  }

  /** Counts a failure. @returns whether that is one too many */
  failed(nowMs: number): boolean {
    const { windowMs, consecutiveFailures } = this.settings;
    this.failuresInARow = nowMs - this.lastFailureMs > windowMs ? 1 : this.failuresInARow + 1;
    this.lastFailureMs = nowMs;
    this.add({ atMs: nowMs, failed: true, told: false });
    return this.failuresInARow >= consecutiveFailures || isTooMuch(countOf(this.calls), this.settings);
  }

  /** What the others do not know yet of the time since. */
  news(sinceMs: number): CallCount {
    return countOf(this.calls.filter((each) => !each.told && each.atMs >= sinceMs));
  }

  told(): void {
    for (const each of this.calls) each.told = true;
  }

  private add(call: CountedCall): void {
    const oldestMs = call.atMs - this.settings.windowMs;
    this.calls.push(call);
    while (this.calls.length > mostCalls || (this.calls[0]?.atMs ?? Infinity) <= oldestMs) this.calls.shift();
  }
}

const countOf = (calls: readonly CountedCall[]): CallCount => ({
  calls: calls.length,
  failures: calls.filter((each) => each.failed).length,
});
