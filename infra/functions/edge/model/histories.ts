import * as fc from "fast-check";
import { choices, drawnActions, weighted } from "../../modelChecking";
import type { UpstreamSettings } from "../upstream/upstream.schema";

/** Tests only: what the model checker of the edge plays. */
export const hardTimeoutMs = 28_000;
export const skewAllowanceMs = 1_000;
export const storeTimeoutMs = 2_500;
export const completionReserveMs = 3_000;
export const lastWordMs = 250;
export const dayMs = 24 * 3_600_000;
/** Within the allowance of each other. */
export const clockOffsetsMs = [0, -500, 500] as const;

/** What the instance of a packet comes to, or the packet itself. */
const faults = [
  /** Performed; the answer is lost, and the SDK sends it again later. */
  "lost-then-repeated",
  /** Performed; no answer comes any more. */
  "lost",
  /** Not performed, and said to have failed. */
  "failed",
  /** Not performed, because of other transactions. */
  "conflict",
  "crash-before",
  "crash-after",
  /** The instance dies; its packet is still on the way. */
  "crash-in-flight",
] as const;
export type Fault = (typeof faults)[number] | "none";

/** What an agent does with a request. */
const healths = [
  "well",
  /** 422: the agent's last word, without a success. */
  "refusing",
  /** 429: nothing was done. */
  "throttling",
  /** 500 and 503: done or not, nobody knows; here it is. */
  "failing",
  "unavailable",
  /** 409: who asked before under this key is still being served; done, where nobody did. */
  "busy",
  /** No connection. */
  "unreachable",
  /** Done; the connection breaks. */
  "reset",
  /** Done; what comes is no answer. */
  "garbage",
  /** Done; no answer ever comes. */
  "silent",
] as const;
export type Health = (typeof healths)[number];

export type Path = "/chat" | "/avatar";

export interface RequestAction {
  readonly kind: "request";
  /** Of two, with the same users. */
  readonly client: number;
  /** `/avatar` holds its avatar alone. */
  readonly path: Path;
  readonly key: number;
  readonly payload: number;
  readonly clock: number;
  /** On an instance that has answered before, where there is one. */
  readonly isReused: boolean;
  /** To its end, without a fault. */
  readonly isPlayed: boolean;
  readonly health: Health;
}
export type Action =
  | RequestAction
  | { readonly kind: "step"; readonly pick: number; readonly fault: Fault; readonly health: Health }
  /** A packet of somebody who no longer waits for it gets there. */
  | { readonly kind: "arrive"; readonly pick: number }
  | { readonly kind: "wait"; readonly milliseconds: number }
  /** An instance stands still, also past its time, as if the platform were late to kill it. */
  | { readonly kind: "stall"; readonly pick: number; readonly milliseconds: number };

const breaker: UpstreamSettings["breaker"] = {
  windowMs: 10_000,
  minimumCalls: 4,
  failureRatio: 0.5,
  consecutiveFailures: 2,
  openMs: 5_000,
  maximumOpenMs: 10_000,
  openJitterRatio: 0.2,
  successesToClose: 1,
  probeLeaseMs: 3_500,
  clockSkewMs: skewAllowanceMs,
  cacheMs: 1_000,
  storeTimeoutMs: 100,
};
/** Tries again, and cuts off soon. */
const quick: UpstreamSettings = {
  retry: {
    maximumTries: 3,
    baseDelayMs: 100,
    maximumDelayMs: 1_000,
    minimumTryMs: 300,
    tryTimeoutMs: 2_000,
    budget: { ratio: 1, burst: 3 },
  },
  breaker,
  maximumResponseBytes: 65_536,
};
/** Waits for its one try as long as it can; its breaker stays closed. */
const patient: UpstreamSettings = {
  ...quick,
  retry: { ...quick.retry, maximumTries: 1, tryTimeoutMs: 24_000 },
  breaker: { ...breaker, minimumCalls: 500, consecutiveFailures: 100, probeLeaseMs: 25_200 },
};

export interface History {
  readonly settings: UpstreamSettings;
  /** The breaker's item answers when the history says so; else at once, without a step. */
  readonly watchesBreaker: boolean;
  readonly actions: readonly Action[];
}

/**
 * Histories in several tempers: a mistake often shows only where many of the same thing come together, which an even
 * mixture seldom brings about.
 */
interface Temper {
  readonly settings: UpstreamSettings;
  readonly watchesBreaker: boolean;
  readonly kinds: readonly Action["kind"][];
  readonly paths: readonly Path[];
  readonly keys: number;
  /** Of 4 requests. */
  readonly otherPayloads: number;
  readonly reused: number;
  readonly played: number;
  /** Of 10 steps. */
  readonly faults: number;
  readonly healths: readonly Health[];
  readonly waits: readonly number[];
}

const leaseMs = hardTimeoutMs + skewAllowanceMs;
const short = [1, 50, 400, 999, 2_000, storeTimeoutMs - 1, storeTimeoutMs];
const leases = [hardTimeoutMs - 700, hardTimeoutMs - 1, hardTimeoutMs, leaseMs, 30_000];
const days = [dayMs - 29_000, dayMs - 700, dayMs, dayMs + 1_400, dayMs + 2 * skewAllowanceMs];
const breaks = [100, 1_000, 5_000, 6_000];

const of = <T>(value: T, times: number): T[] => Array<T>(times).fill(value);
const even: Temper = {
  settings: patient,
  watchesBreaker: false,
  kinds: weighted<Action["kind"]>({ request: 3, step: 12, wait: 2, arrive: 1 }),
  paths: ["/chat", "/avatar"],
  keys: 2,
  otherPayloads: 1,
  reused: 2,
  played: 0,
  faults: 2,
  healths: [...of<Health>("well", 6), ...healths],
  waits: [...short, ...leases, ...days],
};
/** Who stands still while others come. */
const overdue: Temper = {
  ...even,
  kinds: weighted<Action["kind"]>({ request: 4, step: 10, wait: 1, stall: 3 }),
  otherPayloads: 0,
  played: 2,
  faults: 0,
  healths: ["well"],
  waits: leases,
};
const tempers: readonly Temper[] = [
  even,
  { ...even, paths: ["/chat"], waits: [...leases, ...days], played: 1 },
  // Owners over their lease.
  { ...overdue, paths: ["/avatar"] },
  { ...overdue, paths: ["/chat"], keys: 1 },
  { ...overdue, paths: ["/chat"], keys: 1, played: 0, waits: days },
  { ...even, paths: ["/avatar"], faults: 1, waits: [...short, ...leases] },
  // The count and its repeats.
  { ...even, paths: ["/chat"], otherPayloads: 0, faults: 5, waits: [999, 2_000, storeTimeoutMs - 1] },
  // Agents in trouble: tried again, cut off, let back in.
  {
    ...even,
    settings: quick,
    watchesBreaker: true,
    kinds: weighted<Action["kind"]>({ request: 4, step: 10, wait: 4, arrive: 1 }),
    reused: 3,
    played: 2,
    faults: 1,
    healths: [...of<Health>("well", 5), ...healths],
    waits: [...short, ...breaks],
  },
  {
    ...even,
    settings: quick,
    kinds: weighted<Action["kind"]>({ request: 4, step: 8, wait: 3 }),
    reused: 3,
    played: 2,
    faults: 0,
    healths: [...of<Health>("well", 5), ...healths],
    waits: [...short, ...breaks, ...leases],
  },
];

function actionOf(drawn: number, temper: Temper): Action {
  const { next, from } = choices(drawn);
  const kind = from(temper.kinds);
  switch (kind) {
    case "wait":
      return { kind, milliseconds: from(temper.waits) };
    case "stall":
      return { kind, pick: next(4), milliseconds: from(leases) };
    case "arrive":
      return { kind, pick: next(4) };
    case "step": {
      const fault = next(10) < temper.faults ? from(faults) : "none";
      return { kind, fault, pick: next(8), health: from(temper.healths) };
    }
    case "request":
      return {
        kind,
        client: next(8) === 7 ? 1 : 0,
        path: from(temper.paths),
        key: next(temper.keys),
        payload: next(4) < temper.otherPayloads ? 1 : 0,
        clock: next(clockOffsetsMs.length),
        isReused: next(4) < temper.reused,
        isPlayed: next(4) < temper.played,
        health: from(temper.healths),
      };
  }
}

export const history: fc.Arbitrary<History> = fc
  .tuple(fc.constantFrom(...tempers), drawnActions(4, 70))
  .map(([temper, drawn]) => ({
    settings: temper.settings,
    watchesBreaker: temper.watchesBreaker,
    actions: drawn.map((one) => actionOf(one, temper)),
  }));
