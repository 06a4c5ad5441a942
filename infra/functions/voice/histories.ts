import * as fc from "fast-check";
import { choices, drawnActions, weighted } from "../modelChecking";
import { ticketLifetimeMs } from "../tickets/tickets";
import type { VoiceLimits } from "./voiceLimits.schema";

/** Tests only: what the model checker plays. */
export const limits: VoiceLimits = {
  sessionsPerSubject: 2,
  idleMs: 10_000,
  longestMs: 25_000,
  session: { bytesPerSecond: 1_000, burstBytes: 2_000 },
  subject: { bytesPerSecond: 1_500, burstBytes: 3_000 },
  queueBytes: 2_000,
  queueFrames: 8,
  longestHoldMs: 5_000,
  messageBytes: 1_000,
  skewAllowanceMs: 500,
};

/* Where one of the settings is at an end of its range, or is the one that binds. */

/** Clocks agree, frames are small: the bound has no slack. The longest time is over before a lease is. */
const withoutSlack: VoiceLimits = {
  ...limits,
  sessionsPerSubject: 1,
  idleMs: 30_000,
  subject: { bytesPerSecond: 1_500, burstBytes: 4_000 },
  queueFrames: 20,
  messageBytes: 200,
  skewAllowanceMs: 0,
};
/** The subject binds before its sessions do. */
const subjectFirst: VoiceLimits = {
  ...limits,
  sessionsPerSubject: 3,
  session: { bytesPerSecond: 1_000, burstBytes: 4_000 },
  subject: { bytesPerSecond: 1_000, burstBytes: 2_000 },
  messageBytes: 200,
  queueFrames: 20,
  skewAllowanceMs: 0,
};
/** Bucket and queue hold one message, and the clocks differ as much as they may. */
const oneMessage: VoiceLimits = {
  ...limits,
  idleMs: 60_000,
  longestMs: 40_000,
  session: { bytesPerSecond: 1_000, burstBytes: 1_000 },
  subject: { bytesPerSecond: 1_000, burstBytes: 1_000 },
  queueBytes: 1_000,
  queueFrames: 1,
  skewAllowanceMs: 2_000,
};
/** A burst that is long against what an instance may keep to itself; a frame that is more than two seconds' worth. */
const longBurst: VoiceLimits = {
  ...limits,
  session: { bytesPerSecond: 400, burstBytes: 8_000 },
  subject: { bytesPerSecond: 400, burstBytes: 12_000 },
};
const everySetting = [limits, withoutSlack, subjectFirst, oneMessage, longBurst];

export type Fault = "none" | "failed" | "lost" | "crash-before" | "crash-after" | "crash-in-flight";
export type Action =
  | {
      readonly kind: "connect";
      readonly subject: number;
      readonly pick: number;
      /** With a new one, with the oldest that there is, or not now. */
      readonly ticket: "new" | "old" | "kept";
      /** To its end, without a fault. */
      readonly isPlayed: boolean;
    }
  | {
      readonly kind: "message";
      readonly connection: number;
      readonly pick: number;
      readonly bytes: number;
      /** Audio though nothing was started. */
      readonly early: boolean;
      /** As long as the message. */
      readonly replies: number;
      /** One after the other at the same instance, while it is not held. */
      readonly count: number;
      readonly isPlayed: boolean;
    }
  | {
      readonly kind: "disconnect";
      readonly connection: number;
      readonly pick: number;
      readonly lost: boolean;
      readonly isPlayed: boolean;
    }
  | { readonly kind: "step"; readonly pick: number; readonly fault: Fault }
  | { readonly kind: "arrive"; readonly pick: number }
  | { readonly kind: "wait"; readonly milliseconds: number };

export interface History {
  readonly limits: VoiceLimits;
  readonly instances: number;
  readonly actions: readonly Action[];
}

type Kind = Action["kind"] | "burst";

interface Temper {
  /** Where it finds most. */
  readonly settings?: readonly VoiceLimits[];
  readonly instances: number;
  /** Of 10 steps. */
  readonly faults: number;
  readonly waits: "short" | "all" | "ends";
  readonly kinds: readonly Kind[];
  readonly replies: readonly number[];
}

const tempers: readonly Temper[] = [
  {
    settings: [limits, oneMessage],
    instances: 3,
    faults: 0,
    waits: "ends",
    kinds: weighted<Kind>({ connect: 3, burst: 3, wait: 2 }),
    replies: [0],
  },
  {
    settings: [limits, subjectFirst],
    instances: 2,
    faults: 0,
    waits: "short",
    kinds: weighted<Kind>({ burst: 5, connect: 3, disconnect: 2, wait: 1 }),
    replies: [0, 0, 1],
  },
  {
    instances: 4,
    faults: 1,
    waits: "all",
    kinds: weighted<Kind>({ step: 12, connect: 3, message: 3, disconnect: 2, wait: 3, arrive: 1 }),
    replies: [0, 1],
  },
  {
    instances: 4,
    faults: 0,
    waits: "all",
    kinds: weighted<Kind>({ step: 10, connect: 4, message: 2, burst: 1, disconnect: 1, wait: 3 }),
    replies: [0],
  },
  {
    instances: 1,
    faults: 0,
    waits: "short",
    kinds: weighted<Kind>({ step: 2, connect: 1, burst: 4, wait: 3 }),
    replies: [0, 1, 8],
  },
  {
    instances: 2,
    faults: 0,
    waits: "short",
    kinds: weighted<Kind>({ step: 6, connect: 1, message: 2, burst: 3, disconnect: 1, wait: 3 }),
    replies: [0, 0, 1],
  },
  {
    settings: [oneMessage, limits],
    instances: 4,
    faults: 0,
    waits: "short",
    kinds: weighted<Kind>({ step: 5, connect: 1, message: 1, burst: 4, wait: 2 }),
    replies: [0],
  },
  {
    instances: 3,
    faults: 1,
    waits: "short",
    kinds: weighted<Kind>({ step: 12, connect: 1, message: 5, burst: 1, disconnect: 1, wait: 3, arrive: 1 }),
    replies: [0, 0, 2],
  },
  {
    instances: 4,
    faults: 3,
    waits: "all",
    kinds: weighted<Kind>({ step: 12, connect: 4, message: 2, disconnect: 2, wait: 3, arrive: 2 }),
    replies: [0],
  },
];

const waitsOf = ({
  idleMs,
  longestMs,
  skewAllowanceMs,
}: VoiceLimits): Readonly<Record<Temper["waits"], readonly number[]>> => {
  const short = [1, 100, 250, 499, 500, 999, 1_000, 1_001, 1_499, 1_500, 2_500, 3_000];
  // Where leases, sessions and tickets end by one clock or another.
  const ends = [idleMs, longestMs, ticketLifetimeMs].flatMap((end) => [
    end - 2 * skewAllowanceMs,
    end - skewAllowanceMs - 1,
    end - skewAllowanceMs,
    end - 1,
    end,
    end + skewAllowanceMs - 1,
  ]);
  return { short, ends, all: [...short, ...ends] };
};
const faults: readonly Fault[] = ["failed", "lost", "crash-before", "crash-after", "crash-in-flight"];

function actionOf(drawn: number, temper: Temper, given: VoiceLimits): Action {
  const isCalm = temper.faults === 0;
  const { next, from } = choices(drawn);
  const kind = from(temper.kinds);
  if (kind === "wait") return { kind, milliseconds: from(waitsOf(given)[temper.waits]) };
  const pick = next(12);
  switch (kind) {
    case "step":
      return { kind, pick, fault: next(10) >= 10 - temper.faults ? from(faults) : "none" };
    case "arrive":
      return { kind, pick };
    case "connect":
      return {
        kind,
        pick,
        subject: next(6) < 5 ? 0 : 1,
        ticket: from(["new", "new", "new", "old", "kept"]),
        isPlayed: isCalm && (!temper.kinds.includes("step") || next(2) === 0),
      };
    case "disconnect":
      return {
        kind,
        pick,
        connection: next(4),
        lost: next(3) === 0,
        isPlayed: isCalm && (!temper.kinds.includes("step") || next(2) === 0),
      };
    default: {
      const bytes = from([
        given.messageBytes,
        80,
        given.messageBytes - 1,
        Math.max(80, given.messageBytes / 2),
      ]);
      const [connection, early, replies] = [next(4), next(8) === 7, from(temper.replies)];
      const count = kind === "burst" ? 1 + next(24) : 1;
      return { kind: "message", pick, connection, bytes, early, replies, count, isPlayed: kind === "burst" };
    }
  }
}

/** Each temper with each of its settings; those that seldom find what only they can find are there twice. */
const scenes = tempers.flatMap(({ settings, ...temper }) =>
  settings === undefined
    ? everySetting.map((given) => ({ given, temper }))
    : [...settings, ...settings].map((given) => ({ given, temper })),
);

export const history: fc.Arbitrary<History> = fc
  .tuple(fc.constantFrom(...scenes), drawnActions(5, 80))
  .map(([{ given, temper }, drawn]) => ({
    limits: given,
    instances: temper.instances,
    actions: drawn.map((one) => actionOf(one, temper, given)),
  }));
