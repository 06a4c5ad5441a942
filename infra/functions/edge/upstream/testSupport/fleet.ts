import { CircuitBreaker, type BreakerEvent } from "../circuitBreaker";
import { callUpstream, type CallResult } from "../callUpstream";
import type { Send } from "../httpsSender";
import type { TryOutcome } from "../outcome";
import { RetryBudget } from "../retryPolicy";
import type { UpstreamSettings } from "../upstream.schema";
import type { MemoryBreakerStore } from "./memoryStore";
import { seeded, type VirtualTime } from "./virtualTime";

/** How an upstream behaves at an instant. */
export type Health = "well" | "503" | "500" | "429" | "silent" | "reset";

export interface SentTry {
  readonly upstreamId: string;
  readonly instance: number;
  readonly kind: "pass" | "probe";
  readonly shared: boolean;
  readonly startMs: number;
  /** When the upstream is rid of it, also if the instance died. */
  endMs: number;
  readonly timeoutMs: number;
}

export interface Call {
  readonly upstreamId: string;
  readonly instance: number;
  readonly startMs: number;
  readonly deadlineMs: number;
  endMs?: number;
  result?: CallResult;
}

export interface FleetArgs {
  readonly time: VirtualTime;
  readonly store: MemoryBreakerStore;
  readonly settings: UpstreamSettings;
  readonly seed: number;
  readonly healthOf: (upstreamId: string) => Health;
  /** By instance; @default 0 */
  readonly skewMs?: (instance: number) => number;
  readonly onProbe?: (sent: SentTry) => void;
}

const answer = (status: number): TryOutcome => ({
  kind: "answer",
  status,
  headers: status === 429 ? { "retry-after": "1" } : {},
  body: Buffer.alloc(0),
});

/** Instances of the edge on virtual time, all of them with one store and the same upstreams. */
export class Fleet {
  readonly tries: SentTry[] = [];
  readonly calls: Call[] = [];
  readonly events: (BreakerEvent & { readonly atMs: number; readonly instance: number })[] = [];
  private readonly killed = new Set<number>();
  private readonly instances = new Map<
    number,
    (upstreamId: string, deadlineMs: number) => Promise<CallResult>
  >();
  private readonly latency: (upstreamId: string) => number;
  private tokens = 0;

  constructor(private readonly args: FleetArgs) {
    const randoms = new Map<string, () => number>();
    this.latency = (upstreamId) => {
      const random = randoms.get(upstreamId) ?? seeded(args.seed + upstreamId.length);
      randoms.set(upstreamId, random);
      return Math.round(20 - 40 * Math.log(1 - random()));
    };
  }

  /** The instance's clock stops for good; its requests under way stay with the upstream. */
  kill(instance: number): void {
    this.killed.add(instance);
  }

  call(instance: number, upstreamId: string, allowedMs: number): Call {
    const { time } = this.args;
    const call: Call = { upstreamId, instance, startMs: time.nowMs, deadlineMs: time.nowMs + allowedMs };
    this.calls.push(call);
    const run = this.instances.get(instance) ?? this.start(instance);
    this.instances.set(instance, run);
    void run(upstreamId, call.deadlineMs + this.skewOf(instance)).then((result) => {
      call.endMs = time.nowMs;
      call.result = result;
    });
    return call;
  }

  private skewOf(instance: number): number {
    return this.args.skewMs?.(instance) ?? 0;
  }

  private start(instance: number): (upstreamId: string, deadlineMs: number) => Promise<CallResult> {
    const { time, store, settings, seed } = this.args;
    const timing = time.timing(
      seeded(seed * 1000 + instance),
      this.skewOf(instance),
      () => !this.killed.has(instance),
    );
    const alive = (): boolean => !this.killed.has(instance);
    // What the store says to the dead is not heard.
    const heard = <T>(answer: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        answer.then(
          (value) => alive() && resolve(value),
          (error: unknown) => alive() && reject(error instanceof Error ? error : new Error(String(error))),
        );
      });
    const breaker = new CircuitBreaker({
      store: {
        get: (...args) => heard(store.get(...args)),
        put: (...args) => heard(store.put(...args)),
      },
      settings: settings.breaker,
      timing,
      newToken: () => `${instance}:${(this.tokens += 1)}`,
      observe: (event) => this.events.push({ ...event, atMs: time.nowMs, instance }),
    });
    const budgets = new Map<string, RetryBudget>();
    return (upstreamId, deadlineMs) => {
      const budget = budgets.get(upstreamId) ?? new RetryBudget(settings.retry.budget);
      budgets.set(upstreamId, budget);
      let permit: { kind: "pass" | "probe"; shared: boolean } = { kind: "pass", shared: true };
      return callUpstream(
        {
          id: upstreamId,
          settings,
          budget,
          timing,
          breaker: {
            admit: async (id, byMs) => {
              const admission = await breaker.admit(id, byMs);
              if (admission.kind !== "refused") permit = admission;
              return admission;
            },
          },
          send: (_, timeoutMs) => this.send(upstreamId, instance, permit, timeoutMs),
        },
        {
          method: "POST",
          path: "/",
          headers: {},
          body: Buffer.alloc(0),
          correlationId: "c",
          idempotencyKey: '"k"',
        },
        deadlineMs,
      );
    };
  }

  private send(
    upstreamId: string,
    instance: number,
    permit: { kind: "pass" | "probe"; shared: boolean },
    timeoutMs: number,
  ): ReturnType<Send> {
    const { time, healthOf, onProbe } = this.args;
    const [latencyMs, outcome] = this.answerOf(upstreamId, healthOf(upstreamId));
    const inTime = latencyMs <= timeoutMs;
    const startMs = time.nowMs;
    const endMs = startMs + Math.min(latencyMs, timeoutMs);
    const { kind, shared } = permit;
    const sent: SentTry = { upstreamId, instance, kind, shared, startMs, endMs, timeoutMs };
    this.tries.push(sent);
    if (kind === "probe") onProbe?.(sent);
    return new Promise((resolve) => {
      time.at(endMs, () => {
        if (!this.killed.has(instance)) resolve(inTime ? outcome : { kind: "timeout", sent: true });
      });
    });
  }

  private answerOf(upstreamId: string, health: Health): [latencyMs: number, outcome: TryOutcome] {
    switch (health) {
      case "well":
        return [this.latency(upstreamId), answer(200)];
      case "503":
      case "500":
      case "429":
        return [20, answer(Number(health))];
      case "reset":
        return [5, { kind: "connection", reason: "reset", sent: true, stale: false }];
      case "silent":
        return [Infinity, { kind: "timeout", sent: true }];
    }
  }
}
