import { fullBucket, refilled, taken, writeIntervalMs, type Bucket } from "./bandwidth";
import type { VoiceLimits } from "./voiceLimits.schema";

/** One session's place among those of its subject. */
export interface Slot {
  /** The gateway's connection id: nobody else renews or releases it. */
  readonly owner: string;
  /** The lease: from here on the place may be given to another. */
  readonly untilMs: number;
  /** The session's longest time is over. */
  readonly endsMs: number;
  readonly writtenMs: number;
  readonly bucket: Bucket;
  /** The caller was told that frames are held; until half of the burst is there again. */
  readonly warned: boolean;
}

/** All that the table knows of one subject's sessions: one item, replaced as a whole or not at all. */
export interface SubjectState {
  readonly slots: readonly Slot[];
  readonly bucket: Bucket;
}

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
    bucket: fullBucket(limits.session, nowMs),
    warned: false,
  };
  return {
    kind: "opened",
    state: { slots: [...living, slot], bucket: state?.bucket ?? fullBucket(limits.subject, nowMs) },
  };
}

export type Ending = "idle" | "duration" | "lost";

/** Why a session is over, by whatever clock; `undefined` while it is not. A place that is still one's own may be renewed late. */
export function endingOf(slot: Slot | undefined, limits: VoiceLimits, nowMs: number): Ending | undefined {
  if (slot === undefined) return "lost";
  // A lease never outlasts the end, and another's clock may be ahead.
  if (nowMs >= slot.endsMs - limits.skewAllowanceMs) return "duration";
  return nowMs >= slot.untilMs + limits.skewAllowanceMs ? "idle" : undefined;
}

/** No clock within the allowance would give the place to another now. */
export const isLeased = (slot: Slot | undefined, limits: VoiceLimits, nowMs: number): boolean =>
  slot !== undefined && nowMs < slot.untilMs - limits.skewAllowanceMs;

/** By any two clocks, writes of a session are {@link writeIntervalMs} apart in true time. */
export const nextWriteMs = (slot: Slot, limits: VoiceLimits): number =>
  slot.writtenMs + writeIntervalMs + limits.skewAllowanceMs;

/** Renews the lease and reports what an instance let through, in one. No clock shortens a lease or turns a time back. */
export function renew(
  state: SubjectState,
  slot: Slot,
  report: { readonly bytes: number; readonly warned: boolean },
  limits: VoiceLimits,
  nowMs: number,
): SubjectState {
  const bucket = taken(refilled(slot.bucket, limits.session, nowMs), report.bytes);
  const shared = taken(refilled(state.bucket, limits.subject, nowMs), report.bytes);
  const recovered =
    bucket.level >= limits.session.burstBytes / 2 && shared.level >= limits.subject.burstBytes / 2;
  const renewed: Slot = {
    ...slot,
    untilMs: Math.min(slot.endsMs, Math.max(slot.untilMs, nowMs + limits.idleMs)),
    writtenMs: Math.max(slot.writtenMs, nowMs),
    bucket,
    warned: (slot.warned || report.warned) && !recovered,
  };
  return {
    slots: state.slots.map((each) => (each.owner === slot.owner ? renewed : each)),
    bucket: shared,
  };
}

/** Only the owner's own place; a subject without sessions still owes what it used. */
export function release(
  state: SubjectState,
  owner: string,
  bytes: number,
  limits: VoiceLimits,
  nowMs: number,
): SubjectState {
  return {
    slots: state.slots.filter((slot) => slot.owner !== owner),
    bucket: taken(refilled(state.bucket, limits.subject, nowMs), bytes),
  };
}
