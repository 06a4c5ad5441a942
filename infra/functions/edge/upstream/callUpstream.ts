import type { CircuitBreaker, Refusal } from "./circuitBreaker";
import type { Send, UpstreamRequest } from "./httpsSender";
import { verdictOf, wasSent, type TryOutcome } from "./outcome";
import { decideRetry, isReplayable, type RetryBudget } from "./retryPolicy";
import type { Timing } from "./timing";
import type { UpstreamSettings } from "./upstream.schema";

export interface Upstream {
  readonly id: string;
  readonly send: Send;
  readonly breaker: Pick<CircuitBreaker, "admit">;
  readonly budget: RetryBudget;
  readonly settings: UpstreamSettings;
  readonly timing: Timing;
}

export interface CallResult {
  /** What the last try came to; without any try, why there was none. */
  readonly outcome: TryOutcome | Refusal | { readonly kind: "no-time" };
  readonly tries: number;
  /** Whether anything of any try may have reached the upstream. */
  readonly sent: boolean;
  /** Why it ended here: `done`, or what stood against another try. */
  readonly stopped: "done" | "not-safe" | "tries" | "deadline" | "budget" | "breaker";
}

/**
 * Calls an upstream: through its breaker, again where that is safe and affordable, and back before the deadline.
 * Never rejects.
 *
 * @param deadlineMs the instant by which the result is needed, in ms since the epoch
 */
export async function callUpstream(
  upstream: Upstream,
  request: UpstreamRequest,
  deadlineMs: number,
): Promise<CallResult> {
  const { id, send, breaker, budget, settings, timing } = upstream;
  const { retry } = settings;
  // After a try its result may have to be written to the store, still within the deadline.
  const finishByMs = deadlineMs - settings.breaker.storeTimeoutMs;
  const replayable = isReplayable(request);
  let last: TryOutcome | undefined;
  let sent = false;

  budget.earn();
  for (let tries = 0; ;) {
    if (finishByMs - timing.nowMs() < retry.minimumTryMs)
      return { outcome: last ?? { kind: "no-time" }, tries, sent, stopped: "deadline" };
    const admission = await breaker.admit(id, finishByMs);
    if (admission.kind === "refused") return { outcome: last ?? admission, tries, sent, stopped: "breaker" };

    // Asking took time, and a probe has an end of its own.
    const nowMs = timing.nowMs();
    const timeoutMs = Math.min(retry.tryTimeoutMs, finishByMs - nowMs, admission.finishByMs - nowMs);
    if (timeoutMs < retry.minimumTryMs) {
      await admission.settle("none", deadlineMs);
      return { outcome: last ?? { kind: "no-time" }, tries, sent, stopped: "deadline" };
    }
    last = await send(request, timeoutMs);
    tries += 1;
    sent ||= wasSent(last);
    await admission.settle(verdictOf(last), deadlineMs);

    const decision = decideRetry({ outcome: last, tries, replayable, finishByMs }, retry, budget, timing);
    if (!decision.retry) return { outcome: last, tries, sent, stopped: decision.because };
    await timing.sleep(decision.delayMs);
  }
}
