import {
  FailureWindow,
  claimed,
  counted,
  decide,
  epochOf,
  opened,
  probed,
  type BreakerStep,
} from "./breakerRules";
import type { BreakerItem, BreakerStore } from "./breakerStore";
import type { Verdict } from "./outcome";
import type { Timing } from "./timing";
import type { BreakerSettings } from "./upstream.schema";

export interface Refusal {
  readonly kind: "refused";
  /** `open`: cut off; `probing`: another call is trying it out. */
  readonly reason: "open" | "probing";
  readonly retryAfterMs: number;
}

export interface Permit {
  readonly kind: "pass" | "probe";
  /** Whether the store knows: `false` for a probe that an instance runs by itself while the store fails. */
  readonly shared: boolean;
  /** A probe must have ended by then, or the next prober may already be at work; `Infinity` otherwise. */
  readonly finishByMs: number;
  /** To be awaited, once, before the function answers: what runs after the answer is frozen. Never rejects. */
  settle(verdict: Verdict, byMs: number): Promise<void>;
}

export type BreakerEvent =
  | {
      readonly event: "state";
      readonly upstreamId: string;
      readonly state: BreakerItem["state"];
      readonly shared: boolean;
    }
  | { readonly event: "store-failure"; readonly upstreamId: string; readonly operation: "get" | "put" };

export interface CircuitBreakerArgs {
  readonly store: BreakerStore;
  readonly settings: BreakerSettings;
  readonly timing: Timing;
  /** Never the same twice, on any instance: `crypto.randomUUID`. */
  readonly newToken: () => string;
  /** For metrics. Must not throw. */
  readonly observe?: (event: BreakerEvent) => void;
}

/** One instance's copy of one upstream's breaker. */
interface Copy {
  item: BreakerItem | undefined;
  /** What the store is known to have held last. Differs from `item.token` while a step of ours is not in the store. */
  sharedToken: string | undefined;
  /** No read of the store before this instant: the copy is fresh, or the store failed a moment ago. */
  freshUntilMs: number;
  storeFailed: boolean;
  /** Grows with every change, so that a read that began before it is dropped. */
  changes: number;
  window: FailureWindow;
  refreshing: Promise<void> | undefined;
}

/**
 * A circuit breaker for each upstream, shared by all instances through one item of a table (B3.3).
 *
 * A call that goes well writes nothing and reads the store at most once in `cacheMs`. Each instance counts its own
 * calls, and adds them to the item when one fails; whoever finds too many failures, its own or everybody's, opens the
 * breaker for all. When the open period is over, one call at a
 * time is let through as a probe: it holds a lease in the item, and only the writer of the item's token may change it.
 *
 * While the store fails, each instance goes on with its copy: it opens, probes and closes by itself, and brings its
 * own state back to the store afterwards, unless others were faster. So one probe *for each cut-off instance* may run.
 */
export class CircuitBreaker {
  private readonly copies = new Map<string, Copy>();

  constructor(private readonly args: CircuitBreakerArgs) {}

  /**
   * Asks to send one try.
   *
   * @param byMs the instant by which an answer is needed; the store gets no time beyond
   */
  async admit(upstreamId: string, byMs: number): Promise<Refusal | Permit> {
    const { settings, timing } = this.args;
    await this.refresh(upstreamId, byMs);
    const copy = this.copyOf(upstreamId);
    const nowMs = timing.nowMs();
    const decision = decide(copy.item, nowMs, settings);
    switch (decision.kind) {
      case "pass":
        return this.pass(upstreamId, copy);
      case "refuse":
        return { kind: "refused", reason: decision.reason, retryAfterMs: decision.retryAfterMs };
      case "probe-due": {
        const claim = await this.step(upstreamId, copy, claimed(decision.item, nowMs, settings), byMs);
        return claim === undefined
          ? { kind: "refused", reason: "probing", retryAfterMs: settings.cacheMs }
          : this.probe(upstreamId, copy, claim, nowMs);
      }
    }
  }

  /**
   * What this instance's copy says now: neither asks the store nor takes a probe, so that a request can be refused
   * before it has cost anything. `admit` decides.
   */
  look(upstreamId: string): { readonly state: BreakerItem["state"]; readonly refusal: Refusal | undefined } {
    const { item } = this.copyOf(upstreamId);
    const decision = decide(item, this.args.timing.nowMs(), this.args.settings);
    return {
      state: item?.state ?? "closed",
      refusal:
        decision.kind === "refuse"
          ? { kind: "refused", reason: decision.reason, retryAfterMs: decision.retryAfterMs }
          : undefined,
    };
  }

  /**
   * Reads the store if the copy is too old. Begun beside other work, it takes the read out of `admit`'s way. Never rejects.
   *
   * @param aheadMs the copy has to last this much longer: a store that answers is asked as much earlier
   */
  async refresh(upstreamId: string, byMs: number, aheadMs = 0): Promise<void> {
    const copy = this.copyOf(upstreamId);
    const neededUntilMs = this.args.timing.nowMs() + (copy.storeFailed ? 0 : aheadMs);
    if (neededUntilMs < copy.freshUntilMs) return;
    copy.refreshing ??= this.read(upstreamId, copy, byMs).finally(() => (copy.refreshing = undefined));
    // Another call may have begun the read, with more time than this one has.
    await this.inTime(Math.max(0, byMs - this.args.timing.nowMs()), copy.refreshing);
  }

  private pass(upstreamId: string, copy: Copy): Permit {
    const { settings, timing } = this.args;
    const seen = epochOf(copy.item);
    return {
      kind: "pass",
      shared: true,
      finishByMs: Infinity,
      settle: async (verdict, byMs) => {
        // The breaker has moved on since: this call's news is about an earlier time.
        if (epochOf(copy.item) !== seen) return;
        if (verdict === "success") copy.window.succeeded(timing.nowMs());
        if (verdict !== "failure") return;
        if (copy.window.failed(timing.nowMs()))
          await this.step(upstreamId, copy, opened(1, timing.nowMs(), timing.random(), settings), byMs);
        else await this.tell(upstreamId, copy, byMs);
      },
    };
  }

  private probe(upstreamId: string, copy: Copy, claim: BreakerItem, claimedAtMs: number): Permit {
    const { settings, timing } = this.args;
    return {
      kind: "probe",
      shared: copy.sharedToken === claim.token,
      finishByMs: claimedAtMs + settings.probeLeaseMs - settings.clockSkewMs,
      settle: async (verdict, byMs) => {
        const { item } = copy;
        // Somebody took over after the lease: a late prober has no say.
        if (item?.state !== "half-open" || item.token !== claim.token) return;
        await this.step(
          upstreamId,
          copy,
          probed(item, verdict, timing.nowMs(), timing.random(), settings),
          byMs,
        );
      },
    };
  }

  /**
   * Takes the breaker one step on, in the store if it answers, else in this instance alone.
   *
   * @returns the new item, or `undefined` when somebody else took another step first
   */
  private async step(
    upstreamId: string,
    copy: Copy,
    step: BreakerStep,
    byMs: number,
  ): Promise<BreakerItem | undefined> {
    const { timing, newToken } = this.args;
    const item: BreakerItem = { ...step, token: newToken() };
    const before = copy.changes;
    // A store that failed a moment ago is left alone, and nobody waits for it.
    const backingOff = copy.storeFailed && timing.nowMs() < copy.freshUntilMs;
    const written = backingOff ? undefined : await this.write(upstreamId, copy, item, byMs);
    if (written === false) return undefined;
    if (written === undefined) {
      if (copy.changes !== before) return undefined;
      this.adopt(upstreamId, copy, item, false);
    }
    return item;
  }

  /** Adds what this instance has counted to what all have; lost to others twice, it waits for the next failure. */
  private async tell(upstreamId: string, copy: Copy, byMs: number): Promise<void> {
    const { settings, timing, newToken } = this.args;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { item } = copy;
      const alone = copy.storeFailed || item?.token !== copy.sharedToken;
      if (alone || (item !== undefined && item.state !== "closed")) return;
      const step = counted(item, copy.window, timing.nowMs(), timing.random(), settings);
      const written = await this.write(upstreamId, copy, { ...step, token: newToken() }, byMs);
      if (written === true) copy.window.told();
      if (written !== false) return;
    }
  }

  private async read(upstreamId: string, copy: Copy, byMs: number): Promise<void> {
    const { store } = this.args;
    const before = copy.changes;
    const answer = await this.ask(upstreamId, copy, "get", byMs, () => store.get(upstreamId));
    if (answer === undefined || copy.changes !== before) return;
    const current = answer.value;
    const unpublished = copy.item !== undefined && copy.item.token !== copy.sharedToken;
    if (copy.item !== undefined && unpublished && current?.token === copy.sharedToken) {
      // The store is back and nobody has written since: what this instance found out alone becomes everybody's.
      await this.write(upstreamId, copy, copy.item, byMs);
    } else {
      this.adopt(upstreamId, copy, current, true);
    }
  }

  /** @returns true when written, false when refused (the copy then holds what stands there), `undefined` when unknown */
  private async write(
    upstreamId: string,
    copy: Copy,
    item: BreakerItem,
    byMs: number,
  ): Promise<boolean | undefined> {
    const { store } = this.args;
    const expected = copy.sharedToken;
    const answer = await this.ask(upstreamId, copy, "put", byMs, () => store.put(upstreamId, item, expected));
    if (answer === undefined) return undefined;
    const result = answer.value;
    const written = result.written || result.current?.token === item.token;
    this.adopt(upstreamId, copy, result.written ? item : result.current, true);
    return written;
  }

  private adopt(upstreamId: string, copy: Copy, item: BreakerItem | undefined, shared: boolean): void {
    const { observe, settings } = this.args;
    const stateBefore = copy.item?.state ?? "closed";
    if (copy.item?.token !== item?.token) copy.changes += 1;
    // What was counted under another state says nothing about this one.
    if (epochOf(copy.item) !== epochOf(item)) copy.window = new FailureWindow(settings);
    copy.item = item;
    if (shared) copy.sharedToken = item?.token;
    const state = item?.state ?? "closed";
    if (state !== stateBefore) observe?.({ event: "state", upstreamId, state, shared });
  }

  /** One operation of the store, in bounded time. @returns `undefined` when it failed or took too long */
  private async ask<T>(
    upstreamId: string,
    copy: Copy,
    operation: "get" | "put",
    byMs: number,
    run: () => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const { settings, timing, observe } = this.args;
    const startedMs = timing.nowMs();
    const allowedMs = Math.max(0, Math.min(settings.storeTimeoutMs, byMs - startedMs));
    // `run` inside `then`, so that a store that throws before it returns is a rejection like any other.
    const answer = await this.inTime(
      allowedMs,
      Promise.resolve()
        .then(run)
        .then(
          (value) => ({ value }),
          () => "failed" as const,
        ),
    );
    if (answer !== undefined && answer !== "failed") {
      copy.storeFailed = false;
      // An answer is as old as its question.
      copy.freshUntilMs = startedMs + settings.cacheMs;
      return answer;
    }
    if (answer === undefined && allowedMs < settings.storeTimeoutMs) {
      // The caller had no time to wait, which says nothing of the store; what was asked for may have been done.
      copy.freshUntilMs = -Infinity;
      return undefined;
    }
    copy.storeFailed = true;
    copy.freshUntilMs = timing.nowMs() + settings.cacheMs;
    observe?.({ event: "store-failure", upstreamId, operation });
    return undefined;
  }

  /** @returns `undefined` when `ms` were over first */
  private async inTime<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    const done = new AbortController();
    const first = await Promise.race([
      promise,
      this.args.timing.sleep(ms, done.signal).then(() => undefined),
    ]);
    // A reason of its own: the default one is an exception with a stack trace.
    done.abort("over");
    return first;
  }

  private copyOf(upstreamId: string): Copy {
    const known = this.copies.get(upstreamId);
    if (known !== undefined) return known;
    const fresh: Copy = {
      item: undefined,
      sharedToken: undefined,
      freshUntilMs: -Infinity,
      storeFailed: false,
      changes: 0,
      window: new FailureWindow(this.args.settings),
      refreshing: undefined,
    };
    this.copies.set(upstreamId, fresh);
    return fresh;
  }
}
