import {
  charged,
  directions,
  fullBuckets,
  writeIntervalMs,
  type BucketLimits,
  type Buckets,
  type Traffic,
} from "./bandwidth";
import type { VoiceLimits } from "./voiceLimits.schema";

/** What the caller was warned of. */
export interface Told {
  /** Frames are held; until half of the burst is there again. */
  readonly bandwidth: boolean;
  /** The longest time is nearly over. */
  readonly duration: boolean;
}

/** One session's place among those of its subject. */
export interface Slot {
  /** The gateway's connection id: nobody else renews or releases it. */
  readonly owner: string;
  /** The lease: from here on the place may be given to another. */
  readonly untilMs: number;
  /** The session's longest time is over. */
  readonly endsMs: number;
  readonly writtenMs: number;
  /** The agent has taken `session.start`. */
  readonly started: boolean;
  readonly buckets: Buckets;
  readonly told: Told;
}

/** All that the table knows of one subject's sessions: one item, replaced as a whole or not at all. */
export interface SubjectState {
  readonly slots: readonly Slot[];
  readonly buckets: Buckets;
}

/** What an instance tells the table of one session: what it let through since it last did. */
export interface Report extends Traffic {
  /** Of its bytes; 0 if there are none. */
  readonly lastMs: number;
  readonly told: Told;
}
export type Reports = ReadonlyMap<string, Report>;

export const slotOf = (state: SubjectState | undefined, owner: string): Slot | undefined =>
  state?.slots.find((slot) => slot.owner === owner);

export type Opening =
  | { readonly kind: "opened"; readonly state: SubjectState }
  | { readonly kind: "full"; readonly retryAfterMs: number };

/** A place for a new session. The same connection again changes nothing: it was a repeat. */
export function open(
  state: SubjectState | undefined,
  owner: string,
  longestMs: number,
  limits: VoiceLimits,
  nowMs: number,
): Opening {
  if (state !== undefined && slotOf(state, owner) !== undefined) return { kind: "opened", state };
  const living = (state?.slots ?? []).filter((slot) => slot.untilMs > nowMs);
  if (living.length >= limits.sessionsPerSubject) {
    const earliestMs = Math.min(...living.map((slot) => slot.untilMs));
    return { kind: "full", retryAfterMs: earliestMs - nowMs };
  }
  const endsMs = nowMs + Math.min(longestMs, limits.longestMs);
  const slot: Slot = {
    owner,
    untilMs: Math.min(nowMs + limits.idleMs, endsMs),
    endsMs,
    writtenMs: nowMs,
    started: false,
    buckets: fullBuckets(limits.session, nowMs),
    told: { bandwidth: false, duration: false },
  };
  return {
    kind: "opened",
    state: { slots: [...living, slot], buckets: state?.buckets ?? fullBuckets(limits.subject, nowMs) },
  };
}

export type Ending = "idle" | "duration" | "lost";

/** Why a session is over, by whatever clock; `undefined` while it is not. A place that is still one's own may be renewed late. */
export function endingOf(slot: Slot | undefined, limits: VoiceLimits, nowMs: number): Ending | undefined {
  if (slot === undefined) return "lost";
  if (leftMs(slot, limits, nowMs) <= 0) return "duration";
  return nowMs >= slot.untilMs + limits.skewAllowanceMs ? "idle" : undefined;
}

/** Of the longest time. A lease never outlasts the end, and another's clock may be ahead. */
export const leftMs = (slot: Slot, limits: VoiceLimits, nowMs: number): number =>
  slot.endsMs - limits.skewAllowanceMs - nowMs;

/** The caller is told that the end is near. */
export const nearEndMs = (limits: VoiceLimits): number => Math.min(60_000, limits.longestMs / 10);

/** By any two clocks, writes of a session are {@link writeIntervalMs} apart in true time. */
export const nextWriteMs = (slot: Slot, limits: VoiceLimits): number =>
  slot.writtenMs + writeIntervalMs + limits.skewAllowanceMs;

/**
 * Since the session's last write, which told what was before. Each write of a session replaces the one before it or fails, so
 * that all of these together are its length, whoever told them. A place outlives its lease by the difference of clocks at most.
 */
export const untoldMs = (slot: Slot | undefined, limits: VoiceLimits, nowMs: number): number =>
  slot === undefined
    ? 0
    : Math.min(Math.max(0, nowMs - slot.writtenMs), limits.idleMs + limits.skewAllowanceMs);

/** Renews the lease of one session and reports all of the instance, in one. No clock shortens a lease or turns a time back. */
export function renew(
  state: SubjectState,
  owner: string,
  reports: Reports,
  limits: VoiceLimits,
  nowMs: number,
): SubjectState {
  const reported = report(state, reports, limits);
  return withSlot(reported, owner, (slot) => ({
    ...slot,
    untilMs: Math.min(slot.endsMs, Math.max(slot.untilMs, nowMs + limits.idleMs)),
    writtenMs: Math.max(slot.writtenMs, nowMs),
  }));
}

/** Only the owner's own place; a subject without sessions still owes what it used. */
export function release(
  state: SubjectState,
  owner: string,
  reports: Reports,
  limits: VoiceLimits,
): SubjectState {
  const { slots, buckets } = report(state, reports, limits);
  return { slots: slots.filter((slot) => slot.owner !== owner), buckets };
}

export const started = (state: SubjectState, owner: string): SubjectState =>
  withSlot(state, owner, (slot) => ({ ...slot, started: true }));

/** What went out of sessions that are over counts for their subject. */
function report(state: SubjectState, reports: Reports, limits: VoiceLimits): SubjectState {
  const shared = withReport(state.buckets, limits.subject, sumOf(reports.values()));
  const slots = state.slots.map((slot) => {
    const own = reports.get(slot.owner);
    if (own === undefined) return slot;
    const buckets = withReport(slot.buckets, limits.session, own);
    const recovered = isHalfFull(buckets, limits.session) && isHalfFull(shared, limits.subject);
    const told: Told = {
      bandwidth: (slot.told.bandwidth || own.told.bandwidth) && !recovered,
      duration: slot.told.duration || own.told.duration,
    };
    return { ...slot, buckets, told };
  });
  return { slots, buckets: shared };
}

type Sum = Traffic & { readonly lastMs: number };

export function sumOf(parts: Iterable<Sum>): Sum {
  const sum = { fromCaller: 0, fromAgent: 0, lastMs: 0 };
  for (const part of parts) {
    for (const direction of directions) sum[direction] += part[direction];
    sum.lastMs = Math.max(sum.lastMs, part.lastMs);
  }
  return sum;
}

const withReport = (
  buckets: Buckets,
  limits: BucketLimits,
  { fromCaller, fromAgent, lastMs }: Sum,
): Buckets => ({
  fromCaller: charged(buckets.fromCaller, limits, fromCaller, lastMs),
  fromAgent: charged(buckets.fromAgent, limits, fromAgent, lastMs),
});

/** After what was let through last: what has come in since, while an instance waited for its turn, is used up at once. */
const isHalfFull = (buckets: Buckets, limits: BucketLimits): boolean =>
  directions.every((direction) => buckets[direction].level >= limits.burstBytes / 2);

const withSlot = (state: SubjectState, owner: string, change: (slot: Slot) => Slot): SubjectState => ({
  ...state,
  slots: state.slots.map((slot) => (slot.owner === owner ? change(slot) : slot)),
});
