import { wasSent, type TryOutcome } from "./outcome";
import { parseRetryAfter } from "./retryAfter";
import type { Timing } from "./timing";
import type { RetrySettings } from "./upstream.schema";

/**
 * Lets retries be a fixed share of the requests, so that they cannot multiply an outage: whatever happens, after
 * `r` requests at most `burst + ratio × r` retries were sent. One for each upstream and instance.
 * The idea is that of https://sre.google/sre-book/handling-overload/ (per-client retry budget).
 */
export class RetryBudget {
  private tokens: number;

  constructor(private readonly settings: RetrySettings["budget"]) {
    this.tokens = settings.burst;
  }

  /** Every request earns a share of a retry, whether it will need one or not. */
  earn(): void {
    this.tokens = Math.min(this.settings.burst, this.tokens + this.settings.ratio);
  }

  /** Takes one retry; false when none is left. */
  take(): boolean {
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  | { readonly retry: false; readonly because: "done" | "not-safe" | "tries" | "deadline" | "budget" };

export interface RetrySituation {
  readonly outcome: TryOutcome;
  /** Tries made so far, at least 1. */
  readonly tries: number;
  /** Whether the upstream does the effect once however often it is sent. */
  readonly replayable: boolean;
  /** The instant by which a try must have ended, in ms since the epoch. */
  readonly finishByMs: number;
}

/**
 * Whether and when to try again. The budget is asked last and charged only by a yes.
 *
 * A wait that `Retry-After` asks for is never shortened: if it does not fit before the deadline, nothing is sent.
 */
export function decideRetry(
  situation: RetrySituation,
  settings: RetrySettings,
  budget: RetryBudget,
  timing: Timing,
): RetryDecision {
  const { outcome, tries, replayable, finishByMs } = situation;
  if (!isTransient(outcome)) return { retry: false, because: "done" };
  if (!replayable && wasSent(outcome)) return { retry: false, because: "not-safe" };
  if (tries >= settings.maximumTries) return { retry: false, because: "tries" };

  const nowMs = timing.nowMs();
  // On top of what was asked for comes jitter, or all who were told the same second would come back in it.
  const delayMs = askedWaitMs(outcome, nowMs) + fullJitterMs(tries, settings, timing);
  if (nowMs + delayMs + settings.minimumTryMs > finishByMs) return { retry: false, because: "deadline" };

  return budget.take() ? { retry: true, delayMs } : { retry: false, because: "budget" };
}

/** https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter") */
export function fullJitterMs(tries: number, settings: RetrySettings, timing: Pick<Timing, "random">): number {
  const ceilingMs = Math.min(settings.maximumDelayMs, settings.baseDelayMs * 2 ** (tries - 1));
  return Math.floor(timing.random() * ceilingMs);
}

/** An error that may be gone in a moment; a refused certificate, garbage and a 500 come again. */
export function isTransient(outcome: TryOutcome): boolean {
  switch (outcome.kind) {
    case "answer":
      return [429, 502, 503, 504].includes(outcome.status);
    case "connection":
    case "timeout":
      return true;
    case "tls":
    case "garbage":
    case "unsendable":
      return false;
  }
}

function askedWaitMs(outcome: TryOutcome, nowMs: number): number {
  return outcome.kind === "answer" ? (parseRetryAfter(outcome.headers["retry-after"], nowMs) ?? 0) : 0;
}

/** Methods that are idempotent by themselves (RFC 9110, section 9.2.2); others need a key that the upstream honours. */
const idempotentMethods = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

export const isReplayable = (request: {
  readonly method: string;
  readonly idempotencyKey?: string;
}): boolean => request.idempotencyKey !== undefined || idempotentMethods.has(request.method);
