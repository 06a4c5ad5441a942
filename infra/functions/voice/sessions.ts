import { digestOf } from "../edge/claims/fingerprint";
import { absent, is, parameter, StoreError, type Item, type Store, type Verdict } from "../store/store";
import { charged, directions, frameCost, refilled, unreportedBytes, type Direction } from "./bandwidth";
import {
  endingOf,
  leftMs,
  nearEndMs,
  nextWriteMs,
  open,
  release,
  renew,
  slotOf,
  started,
  sumOf,
  untoldMs,
  type Ending,
  type Report,
  type Reports,
  type SubjectState,
  type Told,
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
  readonly direction: Direction;
  /** Not before the agent has taken `session.start`. */
  readonly needsStart: boolean;
  charged: boolean;
  /** Ms of the session that nobody had told before: what {@link Sessions.admit} wrote to the table beside this frame. */
  wentOnMs?: number;
}

export type Admission =
  /** `endsInMs` where the end is near and the caller does not know. */
  | { readonly kind: "forward"; readonly endsInMs: number | undefined }
  /** Not now: warn if nobody has, wait, then ask again with the same frame. `overrun`: the queue is full; warn, then close. */
  | {
      readonly kind: "hold" | "overrun";
      readonly waitMs: number;
      readonly warned: boolean;
      readonly queuedBytes: number;
    }
  /** `session.start` may be on its way through another instance: wait, then ask again with the same frame. */
  | { readonly kind: "early"; readonly waitMs: number }
  | { readonly kind: "ended"; readonly why: Ending };

/** What an instance has seen of a subject's item. */
interface View {
  readonly state: SubjectState | undefined;
  /** A new one for each write: what a conditional write asks for. */
  readonly revision: string | undefined;
}

/** What an instance has let through of a session and not yet reported. */
interface Unreported extends Record<Direction, number> {
  /** When it last let something through. */
  lastMs: number;
  told: Told;
}

/** An instance's own memory of a subject. Sessions that are over stay until the next report. */
interface Local {
  readonly sessions: Map<string, Unreported>;
  usedMs: number;
}

/** Each further try follows what the one before was told. */
const connectTries = 10;
const renewTries = 6;
const startPollMs = 500;
const cleanUpAfterMs = 3_600_000;
/** An instance forgets subjects that it has not met for so long. */
const forgetAfterMs = 7_200_000;

const isNew = absent("id");
const isAsSeen = is("revision", "=", parameter("revision"));
const never = is("revision", "=", "never");

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
    let view: View = { state: undefined, revision: undefined };
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
    const { direction } = frame;
    const state = await this.#current(key, frame);
    const nowMs = this.ports.nowMs();
    const slot = slotOf(state, key.connectionId);
    const why = endingOf(slot, limits, nowMs);
    if (why !== undefined || slot === undefined || state === undefined)
      return { kind: "ended", why: why ?? "lost" };

    const unreported = this.#unreportedOf(key);
    const warned = slot.told.bandwidth || unreported.told.bandwidth;
    const cost = frame.charged ? 0 : frameCost(limits, frame.bytes);
    const all = sumOf(this.#localOf(subjectIdOf(key)).sessions.values());
    if (!frame.charged && all[direction] > 0 && all[direction] + cost > this.#unreportedBytes) {
      // Two seconds' worth within one: its turn at the table comes first.
      const waitMs = Math.max(1, nextWriteMs(slot, limits) - nowMs);
      return { kind: "hold", waitMs, warned, queuedBytes: 0 };
    }
    const seen = charged(slot.buckets[direction], limits.session, unreported[direction], unreported.lastMs);
    const seenShared = charged(state.buckets[direction], limits.subject, all[direction], all.lastMs);
    const own = refilled(seen, limits.session, nowMs).level - cost;
    const shared = refilled(seenShared, limits.subject, nowMs).level - cost;
    const lowest = Math.min(own, shared);
    const waitMs = Math.max(
      waitFor(own, limits.session.bytesPerSecond),
      waitFor(shared, limits.subject.bytesPerSecond),
    );
    if (!frame.charged && -lowest > limits.queueBytes)
      return { kind: "overrun", waitMs, warned, queuedBytes: Math.max(0, Math.ceil(-lowest - cost)) };
    if (!frame.charged) {
      frame.charged = true;
      unreported[direction] += cost;
      unreported.lastMs = nowMs;
    }
    if (lowest < 0) return { kind: "hold", waitMs, warned, queuedBytes: Math.ceil(-lowest) };
    if (frame.needsStart && !slot.started) return { kind: "early", waitMs: startPollMs };
    const endsInMs = leftMs(slot, limits, nowMs);
    const knows = slot.told.duration || unreported.told.duration || endsInMs > nearEndMs(limits);
    return { kind: "forward", endsInMs: knows ? undefined : endsInMs };
  }

  /** The caller was told; others learn it with the next report. */
  markTold(key: SessionKey, what: keyof Told): void {
    const unreported = this.#unreportedOf(key);
    unreported.told = { ...unreported.told, [what]: true };
  }

  /**
   * The agent has taken `session.start`: from here on frames may go to it. Safe to repeat.
   *
   * @throws StoreError they may not
   */
  async start(key: SessionKey): Promise<void> {
    await this.#change("start", key, (state) =>
      slotOf(state, key.connectionId)?.started === true ? undefined : started(state, key.connectionId),
    );
  }

  /**
   * Gives the place back; a connection that has none changes nothing.
   *
   * @returns ms of the session that nobody had told before
   * @throws StoreError the place is free again when its lease is over
   */
  async release(key: SessionKey): Promise<number> {
    const { limits } = this.options;
    const reports = this.#reportsOf(subjectIdOf(key));
    let wentOnMs = 0;
    const isDone = await this.#change("release", key, (state) => {
      wentOnMs = untoldMs(slotOf(state, key.connectionId), limits, this.ports.nowMs());
      return release(state, key.connectionId, reports, limits);
    });
    if (!isDone) return 0;
    this.#settle(key, reports);
    return wentOnMs;
  }

  /** By the newest version, again where another was there first. */
  async #change(
    step: "start" | "release",
    key: SessionKey,
    change: (state: SubjectState) => SubjectState | undefined,
  ): Promise<boolean> {
    const subjectId = subjectIdOf(key);
    let view = await this.#look(subjectId);
    for (let tried = 0; tried < connectTries; tried += 1) {
      if (view.state === undefined || slotOf(view.state, key.connectionId) === undefined) return false;
      const next = change(view.state);
      if (next === undefined) return false;
      const written = await this.#replace(step, subjectId, view, next);
      if (written.done) return true;
      view = written.view;
    }
    throw new StoreError("conflict", step, `${connectTries} tries met other writers`);
  }

  /**
   * What is known of the subject. Each frame writes if it is time to: that is what renews and reports, and until it is
   * time again what was seen holds.
   */
  async #current(key: SessionKey, frame: Frame): Promise<SubjectState | undefined> {
    const { limits } = this.options;
    const { needsStart } = frame;
    const subjectId = subjectIdOf(key);
    let view = this.#views.get(subjectId);
    // What was seen before may be older than the session itself, or than its start: it must not end it.
    let seenNow = false;
    for (let tried = 0; tried < renewTries; tried += 1) {
      if (view === undefined) {
        view = await this.#look(subjectId);
        seenNow = true;
      }
      const { state } = view;
      const nowMs = this.ports.nowMs();
      const slot = slotOf(state, key.connectionId);
      const isOver = endingOf(slot, limits, nowMs) !== undefined;
      if (!isOver && state !== undefined && slot !== undefined && nowMs >= nextWriteMs(slot, limits)) {
        const reports = this.#reportsOf(subjectId);
        const next = renew(state, key.connectionId, reports, limits, nowMs);
        const written = await this.#replace("renew", subjectId, view, next);
        if (written.done) this.#settle(key, reports);
        if (written.done) frame.wentOnMs = (frame.wentOnMs ?? 0) + untoldMs(slot, limits, nowMs);
        view = written.view;
        seenNow = true;
      } else {
        if (seenNow || (!isOver && !(needsStart && slot?.started === false))) return state;
        view = undefined;
      }
    }
    throw new StoreError("conflict", "renew", `${renewTries} tries met other writers`);
  }

  /** Reads by a write that is always refused: the store answers with what stands there, in one round trip. */
  async #look(subjectId: string): Promise<View> {
    const result = await this.ports.store.write("look", [
      { kind: "put", table: this.options.table, item: { id: subjectId }, condition: never },
    ]);
    return this.#remember(subjectId, result.done ? undefined : oldOf(result.verdicts[0]));
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
    const asSeen =
      view.revision === undefined
        ? { condition: isNew }
        : { condition: isAsSeen, parameters: { revision: view.revision } };
    const result = await this.ports.store.write(step, [
      { kind: "put", table: this.options.table, item, ...asSeen },
    ]);
    if (result.done) return { done: true, view: this.#remember(subjectId, item) };
    const old = oldOf(result.verdicts[0]);
    // A repeat after a lost answer finds its own first sending.
    return { done: old?.["revision"] === revision, view: this.#remember(subjectId, old) };
  }

  /** When nothing in it counts any more: leases are over, and the bucket is full. */
  #lastMs(state: SubjectState, nowMs: number): number {
    const { burstBytes, bytesPerSecond } = this.options.limits.subject;
    const fullMs = directions.map(
      (direction) =>
        state.buckets[direction].atMs +
        (1000 * (burstBytes - state.buckets[direction].level)) / bytesPerSecond,
    );
    return Math.max(nowMs, ...fullMs, ...state.slots.map((slot) => slot.untilMs));
  }

  #remember(subjectId: string, item: Item | undefined): View {
    const view: View = {
      state: item === undefined ? undefined : stateOf(item),
      revision: item === undefined ? undefined : String(item["revision"]),
    };
    this.#localOf(subjectId);
    this.#views.set(subjectId, view);
    return view;
  }

  #localOf(subjectId: string): Local {
    const nowMs = this.ports.nowMs();
    const known = this.#locals.get(subjectId);
    if (known !== undefined) {
      known.usedMs = nowMs;
      return known;
    }
    for (const [id, { usedMs }] of this.#locals)
      if (usedMs + forgetAfterMs < nowMs) {
        this.#locals.delete(id);
        this.#views.delete(id);
      }
    const local: Local = { sessions: new Map(), usedMs: nowMs };
    this.#locals.set(subjectId, local);
    return local;
  }

  #unreportedOf(key: SessionKey): Unreported {
    const { sessions } = this.#localOf(subjectIdOf(key));
    const known = sessions.get(key.connectionId);
    if (known !== undefined) return known;
    const fresh: Unreported = {
      fromCaller: 0,
      fromAgent: 0,
      lastMs: 0,
      told: { bandwidth: false, duration: false },
    };
    sessions.set(key.connectionId, fresh);
    return fresh;
  }

  #reportsOf(subjectId: string): Reports {
    return new Map(
      [...this.#localOf(subjectId).sessions].map(([owner, unreported]): [string, Report] => [
        owner,
        { ...unreported },
      ]),
    );
  }

  /** The table knows it now. */
  #settle(key: SessionKey, reports: Reports): void {
    const { sessions } = this.#localOf(subjectIdOf(key));
    for (const [owner, report] of reports) {
      const unreported = sessions.get(owner);
      if (unreported === undefined) continue;
      for (const direction of directions) unreported[direction] -= report[direction];
      unreported.told = { bandwidth: false, duration: false };
      if (directions.every((direction) => unreported[direction] === 0)) sessions.delete(owner);
    }
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
