import { digestOf } from "../edge/claims/fingerprint";
import { absent, is, StoreError, type Item, type Store, type Verdict } from "../store/store";
import { frameCost, refilled, unreportedBytes, writeIntervalMs } from "./bandwidth";
import {
  endingOf,
  isLeased,
  nextWriteMs,
  open,
  release,
  renew,
  slotOf,
  type Ending,
  type SubjectState,
} from "./sessionRules";
import type { VoiceLimits } from "./voiceLimits.schema";

export interface SessionsPorts {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  /** Unguessable and never the same twice, e.g. 16 random bytes as base64url. */
  readonly newToken: () => string;
}

export interface SessionsOptions {
  readonly table: string;
  readonly limits: VoiceLimits;
}

export interface SessionKey {
  readonly clientId: string;
  readonly subject: string;
  /** The gateway's. */
  readonly connectionId: string;
}

export type ConnectOutcome =
  | { readonly kind: "opened" }
  /** All of the subject's places are taken. */
  | { readonly kind: "full"; readonly retryAfterSeconds: number }
  /** Others were at the subject's item each time. */
  | { readonly kind: "busy" };

/** One frame on its way through; {@link Sessions.admit} marks it. */
export interface Frame {
  readonly bytes: number;
  charged: boolean;
}

export type Admission =
  | { readonly kind: "forward" }
  /** Not now: warn if nobody has, wait, then ask again with the same frame. */
  | {
      readonly kind: "hold";
      readonly waitMs: number;
      readonly warned: boolean;
      readonly queuedBytes: number;
    }
  /** The queue is full: close. */
  | { readonly kind: "overrun" }
  | { readonly kind: "ended"; readonly why: Ending };

/** What an instance has seen of a subject's item. */
interface View {
  readonly state: SubjectState | undefined;
  /** A new one for each write: what a conditional write asks for. */
  readonly revision: string | undefined;
  readonly seenMs: number;
}

/** What an instance has let through of a session and not yet reported. */
interface Local {
  readonly subjectId: string;
  bytes: number;
  warned: boolean;
  usedMs: number;
}

/** Each further try follows what the one before was told. */
const connectTries = 10;
const renewTries = 6;
const cleanUpAfterMs = 3_600_000;
/** An instance forgets sessions that it has not met for so long. */
const forgetAfterMs = 7_200_000;

/**
 * Sessions of subjects: a lease each, and their bandwidth. One for each instance of the function, made outside of the
 * handler: it remembers what it has seen and let through. See README.md for what is guaranteed.
 */
export class Sessions {
  readonly #views = new Map<string, View>();
  readonly #locals = new Map<string, Local>();
  readonly #unreportedBytes: number;

  constructor(
    private readonly ports: SessionsPorts,
    private readonly options: SessionsOptions,
  ) {
    this.#unreportedBytes = unreportedBytes(options.limits);
  }

  /**
   * Takes a place for a connection, or says that there is none. Safe to repeat.
   *
   * @throws StoreError a place may have been taken; it is free again after `idleMs`
   */
  async connect(key: SessionKey, longestMs: number): Promise<ConnectOutcome> {
    const subjectId = subjectIdOf(key);
    const { limits } = this.options;
    let view: View = { state: undefined, revision: undefined, seenMs: this.ports.nowMs() };
    for (let tried = 0; tried < connectTries; tried += 1) {
      const nowMs = this.ports.nowMs();
      const opening = open(view.state, key.connectionId, longestMs, limits, nowMs);
      if (opening.kind === "full")
        return { kind: "full", retryAfterSeconds: Math.max(1, Math.ceil(opening.retryAfterMs / 1000)) };
      if (opening.state === view.state) return { kind: "opened" };
      const written = await this.#replace("connect", subjectId, view, opening.state);
      view = written.view;
      if (written.done) return { kind: "opened" };
    }
    return { kind: "busy" };
  }

  /**
   * May this frame go on? Charges it when there is room, at most once; renews the lease and reports at most once a second.
   *
   * @throws StoreError it must not go on
   */
  async admit(key: SessionKey, frame: Frame): Promise<Admission> {
    const { limits } = this.options;
    const local = this.#localOf(key);
    const cost = frame.charged ? 0 : frameCost(limits, frame.bytes);
    const { state } = await this.#refresh(key, local, local.bytes + cost > this.#unreportedBytes);
    const nowMs = this.ports.nowMs();
    const slot = slotOf(state, key.connectionId);
    const why = endingOf(slot, limits, nowMs);
    if (why !== undefined || slot === undefined || state === undefined)
      return { kind: "ended", why: why ?? "lost" };

    const warned = slot.warned || local.warned;
    if (!frame.charged && local.bytes > 0 && local.bytes + cost > this.#unreportedBytes) {
      // Two seconds' worth within one: its turn at the table comes first.
      const waitMs = Math.max(1, nextWriteMs(slot, limits) - nowMs);
      return { kind: "hold", waitMs, warned, queuedBytes: 0 };
    }
    const own = refilled(slot.bucket, limits.session, nowMs).level - local.bytes - cost;
    const shared =
      refilled(state.bucket, limits.subject, nowMs).level - this.#unreportedOf(local.subjectId) - cost;
    const lowest = Math.min(own, shared);
    if (!frame.charged && -lowest > limits.queueBytes) return { kind: "overrun" };
    frame.charged = true;
    local.bytes += cost;
    if (lowest >= 0) return { kind: "forward" };
    const waitMs = Math.max(
      waitFor(own, limits.session.bytesPerSecond),
      waitFor(shared, limits.subject.bytesPerSecond),
    );
    return { kind: "hold", waitMs, warned, queuedBytes: Math.ceil(-lowest) };
  }

  /** The caller was told; others learn it with the next report. */
  markWarned(key: SessionKey): void {
    this.#localOf(key).warned = true;
  }

  /**
   * Gives the place back; a connection that has none changes nothing.
   *
   * @throws StoreError the place is free again when its lease is over
   */
  async release(key: SessionKey): Promise<void> {
    const subjectId = subjectIdOf(key);
    const local = this.#localOf(key);
    this.#locals.delete(key.connectionId);
    let view = await this.#look(subjectId);
    for (let tried = 0; tried < connectTries; tried += 1) {
      if (view.state === undefined || slotOf(view.state, key.connectionId) === undefined) return;
      const { limits } = this.options;
      const next = release(view.state, key.connectionId, local.bytes, limits, this.ports.nowMs());
      const written = await this.#replace("release", subjectId, view, next);
      if (written.done) return;
      view = written.view;
    }
  }

  /**
   * A view that is young enough, and by which the session's lease is held or the session over. Writes if it is time to:
   * that is what renews and reports.
   */
  async #refresh(key: SessionKey, local: Local, mustReport: boolean): Promise<View> {
    const { limits } = this.options;
    let view = this.#views.get(local.subjectId);
    let reportIsDue = mustReport;
    // What was seen before may be older than the session itself: it must not end it.
    let seenNow = false;
    for (let tried = 0; tried < renewTries; tried += 1) {
      if (view === undefined) {
        view = await this.#look(local.subjectId);
        seenNow = true;
      } else {
        const nowMs = this.ports.nowMs();
        const fresh = nowMs < view.seenMs + writeIntervalMs + limits.skewAllowanceMs;
        const slot = slotOf(view.state, key.connectionId);
        const ended = endingOf(slot, limits, nowMs) !== undefined;
        const settled = ended ? seenNow : isLeased(slot, limits, nowMs);
        if (fresh && settled && (ended || !reportIsDue)) return view;
        if (ended || slot === undefined || view.state === undefined || nowMs < nextWriteMs(slot, limits)) {
          if (fresh && settled) return view;
          view = undefined;
        } else {
          const { bytes, warned } = local;
          const next = renew(view.state, slot, { bytes, warned }, limits, nowMs);
          const written = await this.#replace("renew", local.subjectId, view, next);
          view = written.view;
          seenNow = true;
          if (written.done) {
            local.bytes -= bytes;
            local.warned = false;
            reportIsDue = false;
          }
        }
      }
    }
    throw new StoreError("conflict", "renew", `${renewTries} tries came too late or met other writers`);
  }

  /** Reads by a write that is always refused: the store answers with what stands there, in one round trip. */
  async #look(subjectId: string): Promise<View> {
    const sentMs = this.ports.nowMs();
    const never = is("revision", "=", "never");
    const result = await this.ports.store.write("look", [
      { kind: "put", table: this.options.table, item: { id: subjectId }, condition: never },
    ]);
    return this.#remember(subjectId, result.done ? undefined : oldOf(result.verdicts[0]), sentMs);
  }

  /** Puts a whole new state where the one that was seen still stands. */
  async #replace(
    step: string,
    subjectId: string,
    view: View,
    state: SubjectState,
  ): Promise<{ readonly done: boolean; readonly view: View }> {
    const revision = this.ports.newToken();
    const nowMs = this.ports.nowMs();
    const item: Item = {
      id: subjectId,
      revision,
      state: JSON.stringify(state),
      expiresAtSeconds: Math.ceil((this.#lastMs(state, nowMs) + cleanUpAfterMs) / 1000),
    };
    const condition = view.revision === undefined ? absent("id") : is("revision", "=", view.revision);
    const result = await this.ports.store.write(step, [
      { kind: "put", table: this.options.table, item, condition },
    ]);
    if (result.done) return { done: true, view: this.#remember(subjectId, item, nowMs) };
    const old = oldOf(result.verdicts[0]);
    // A repeat after a lost answer finds its own first sending.
    return { done: old?.["revision"] === revision, view: this.#remember(subjectId, old, nowMs) };
  }

  /** When nothing in it counts any more: leases are over, and the bucket is full. */
  #lastMs(state: SubjectState, nowMs: number): number {
    const { burstBytes, bytesPerSecond } = this.options.limits.subject;
    const fullMs = state.bucket.atMs + (1000 * (burstBytes - state.bucket.level)) / bytesPerSecond;
    return Math.max(nowMs, fullMs, ...state.slots.map((slot) => slot.untilMs));
  }

  /** @param seenMs before the call was sent, so that its way does not make the view younger */
  #remember(subjectId: string, item: Item | undefined, seenMs: number): View {
    const view: View = {
      state: item === undefined ? undefined : stateOf(item),
      revision: item === undefined ? undefined : String(item["revision"]),
      seenMs,
    };
    this.#views.delete(subjectId);
    this.#views.set(subjectId, view);
    return view;
  }

  #localOf(key: SessionKey): Local {
    const nowMs = this.ports.nowMs();
    const known = this.#locals.get(key.connectionId);
    if (known !== undefined) {
      known.usedMs = nowMs;
      return known;
    }
    this.#forget(nowMs);
    const local: Local = { subjectId: subjectIdOf(key), bytes: 0, warned: false, usedMs: nowMs };
    this.#locals.set(key.connectionId, local);
    return local;
  }

  /** A `$disconnect` often meets another instance than the frames did. */
  #forget(nowMs: number): void {
    for (const [id, { usedMs }] of this.#locals) if (usedMs + forgetAfterMs < nowMs) this.#locals.delete(id);
    for (const [id, { seenMs }] of this.#views) if (seenMs + forgetAfterMs < nowMs) this.#views.delete(id);
  }

  #unreportedOf(subjectId: string): number {
    let sum = 0;
    for (const local of this.#locals.values()) if (local.subjectId === subjectId) sum += local.bytes;
    return sum;
  }
}

/** The subject's own id stays out of the table. */
const subjectIdOf = ({ clientId, subject }: SessionKey): string =>
  `voice-sessions#${digestOf(clientId, subject)}`;

const waitFor = (level: number, bytesPerSecond: number): number =>
  level >= 0 ? 0 : Math.max(1, Math.ceil((-level * 1000) / bytesPerSecond));

const oldOf = (verdict: Verdict | undefined): Item | undefined =>
  verdict === undefined || verdict.held ? undefined : verdict.old;

/** Written by this code alone. */
function stateOf(item: Item): SubjectState {
  const text = item["state"];
  if (typeof text !== "string")
    throw new TypeError("a subject's sessions: got no state; allowed: JSON; fix: find who else writes there");
  return JSON.parse(text) as SubjectState;
}
