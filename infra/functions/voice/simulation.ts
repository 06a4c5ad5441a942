import * as fc from "fast-check";
import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { checkHistories, expectation, type ModelLimits, type ModelReport } from "../modelChecking";
import { MemoryStore } from "../store/memoryStore";
import { StoreError, type Store, type Write, type WriteResult } from "../store/store";
import { subprotocolsOf } from "../tickets/subprotocols";
import { ticketLifetimeMs, Tickets, type RedeemedTicket } from "../tickets/tickets";
import type { Log } from "../log/log";
import { writeIntervalMs, type Direction } from "./bandwidth";
import { createVoice, type VoiceAnswer, type VoicePorts } from "./handleMessage";
import { history, type Action, type Fault, type History } from "./histories";
import { checkRates, type Passed } from "./rates";
import { Sessions, type Admission, type Frame } from "./sessions";
import type { SubjectState } from "./sessionRules";
import type { VoiceLimits } from "./voiceLimits.schema";

/**
 * Tests only: a world of function instances, one event at a time each, that fast-check drives from await to await:
 * connects, messages, disconnects that come or don't, crashes, lost answers, late packets, skewed clocks. What happens
 * is held against a reference that knows the true time, when each lease was written and every frame that went out.
 */
const table = "voice";
const storeTimeoutMs = 2_500;
const startMs = Date.UTC(2026, 10, 22, 12);
const storeSteps = ["look", "renew", "start", "connect", "release", "redeem-ticket"];

interface Pending {
  readonly what: string;
  readonly sentMs: number;
  readonly readyMs: number;
  readonly perform: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Instance {
  readonly name: string;
  readonly tickets: Tickets;
  readonly handler: (event: APIGatewayProxyWebsocketEventV2) => Promise<VoiceAnswer>;
  alive: boolean;
  busyWith: Connection | undefined;
  /** What the agent will answer. */
  replies: readonly string[];
  /** The caller had been told `session.ready` when the event came. */
  readyBefore: boolean;
  /** Asked for, and let through but not yet gone out. */
  frame: Omit<Passed, "leftMs" | "order"> | undefined;
  isHolding: boolean;
  pending: Pending | undefined;
}

interface Connection {
  readonly id: string;
  subject: string;
  ticket: RedeemedTicket | undefined;
  /** As the gateway sees it. */
  open: boolean;
  wasOpen: boolean;
  /** When the store first held its place. */
  taken: { readonly order: number; readonly sentMs: number } | undefined;
  removed: { readonly order: number; readonly atMs: number } | undefined;
  /** When the writing of its newest lease was sent. */
  leaseMs: number;
  startSent: boolean;
  startTaken: boolean;
  ready: boolean;
  warned: boolean;
  readonly passed: Passed[];
}

const silentLog: Log = {
  clientId: () => undefined,
  agentId: () => undefined,
  secret: () => undefined,
  begin: () => ({ set: () => undefined, measure: () => undefined, end: () => undefined }),
};
/** `JSON.parse` would take a good part of the time. */
const isOf = (message: string, type: string): boolean => message.startsWith(`{"type":"${type}"`);
const audio = (type: "audio.input" | "audio.output", bytes: number): string => {
  const empty = JSON.stringify({ type, sequence: 1, data: "" }).length;
  return JSON.stringify({ type, sequence: 1, data: "A".repeat(Math.max(4, bytes - empty)) });
};

class World {
  trueMs = startMs;
  readonly store = new MemoryStore();
  readonly instances: Instance[] = [];
  readonly connections: Connection[] = [];
  readonly #inFlight: (() => unknown)[] = [];
  readonly #tickets: { readonly value: string; readonly issuedMs: number; redeemed: number }[] = [];
  readonly #failures: Error[] = [];
  readonly #limits: VoiceLimits;
  #order = 0;
  #made = 0;

  constructor(
    private readonly given: History,
    private readonly seen: Set<string>,
  ) {
    this.#limits = given.limits;
    for (let seat = 0; seat < given.instances; seat += 1) this.instances.push(this.#instance(seat));
  }

  async run(): Promise<void> {
    for (const action of this.given.actions) {
      await this.#act(action);
      await this.#flush();
    }
    await this.#drain();
    this.#check();
    await this.#checkNobodyIsLockedOut();
  }

  async #act(action: Action): Promise<void> {
    if (action.kind === "wait") return this.#wait(action.milliseconds);
    if (action.kind === "arrive") {
      const [packet] = this.#inFlight.splice(action.pick % Math.max(1, this.#inFlight.length), 1);
      return this.#attempt(() => packet?.());
    }
    if (action.kind === "step") {
      const waiting = this.instances.filter(
        ({ pending }) => pending !== undefined && pending.readyMs <= this.trueMs,
      );
      const instance = waiting[action.pick % Math.max(1, waiting.length)];
      if (instance !== undefined) this.#settle(instance, action.fault);
      return;
    }
    const idle = this.instances.filter(({ busyWith }) => busyWith === undefined);
    const instance = idle[action.pick % Math.max(1, idle.length)];
    if (instance === undefined) return;
    if (action.kind === "connect") {
      if (action.ticket === "kept") await this.#issue(`u_${action.subject}`);
      else await this.#connect(instance, action.subject, action.ticket === "new");
      return action.isPlayed ? this.#play(instance) : undefined;
    }
    // A message may be on its way when its connection ends.
    const open = this.connections.filter(
      (each) => each.open || (action.kind !== "disconnect" && each.wasOpen),
    );
    const connection = open[action.connection % Math.max(1, open.length)];
    if (connection === undefined) return;
    if (action.kind === "disconnect") {
      connection.open = false;
      if (!action.lost)
        this.#start(instance, connection, () => this.#event(instance, connection, "$disconnect"));
      return action.isPlayed ? this.#play(instance) : undefined;
    }
    for (let message = 0; message < action.count; message += 1) {
      this.#message(instance, connection, action);
      if (!action.isPlayed) return;
      await this.#play(instance);
      if (instance.busyWith !== undefined) return;
    }
  }

  /** Without any fault, until it is done or sleeps. */
  async #play(instance: Instance): Promise<void> {
    await this.#flush();
    while (instance.pending !== undefined && instance.pending.readyMs <= this.trueMs) {
      this.#settle(instance, "none");
      await this.#flush();
    }
  }

  async #connect(instance: Instance, subject: number, fresh: boolean): Promise<Connection> {
    const connection: Connection = {
      id: `c${this.connections.length}`,
      subject: `u_${subject}`,
      ticket: undefined,
      open: false,
      wasOpen: false,
      taken: undefined,
      removed: undefined,
      leaseMs: 0,
      startSent: false,
      startTaken: false,
      ready: false,
      warned: false,
      passed: [],
    };
    this.connections.push(connection);
    if (fresh || this.#tickets.length === 0) await this.#issue(connection.subject);
    // Without a new one, one that was used before.
    const ticket = this.#tickets.at(fresh ? -1 : 0);
    if (ticket === undefined) return connection;
    this.#start(instance, connection, async () => {
      const ageMs = this.trueMs - ticket.issuedMs;
      const redeemed = await instance.tickets.redeem(ticket.value, "voice-01");
      if (redeemed === undefined) return void this.seen.add("ticket refused");
      ticket.redeemed += 1;
      expectation(ticket.redeemed === 1, "a ticket was redeemed twice");
      expectation(ageMs < ticketLifetimeMs, `a ticket was honoured after ${ageMs} ms`);
      connection.ticket = redeemed;
      connection.subject = redeemed.subject;
      const { statusCode } = await this.#event(instance, connection, "$connect");
      connection.open = connection.wasOpen = statusCode === 200;
      this.seen.add(statusCode === 200 ? "opened" : statusCode === 429 ? "full" : "not opened");
      if (statusCode === 429) this.#expectFull(connection.subject);
    });
    return connection;
  }

  async #issue(subject: string): Promise<void> {
    const number = (this.#made += 1);
    const tickets = new Tickets(
      {
        store: { write: (_step, writes) => Promise.resolve(this.store.apply(writes)) },
        nowMs: () => this.trueMs,
        random32Bytes: () => Buffer.alloc(32, number),
        newUuid: () => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      },
      { table, skewAllowanceMs: this.#limits.skewAllowanceMs },
    );
    const { ticket } = await tickets.issue(
      {
        clientId: "web-app",
        subject,
        agentId: "voice-01",
        correlationId: "6f1c3a52-0c1e-4f0c-9d43-8d1f0a8e2b77",
        language: "es",
        encoding: "opus",
        sampleRateHz: 48_000,
        maxDurationSeconds: 600,
      },
      "voice-01.staging.example.com",
    );
    this.#tickets.push({ value: ticket, issuedMs: this.trueMs, redeemed: 0 });
  }

  #message(
    instance: Instance,
    connection: Connection,
    { bytes, early, replies }: Pick<Extract<Action, { kind: "message" }>, "bytes" | "early" | "replies">,
  ): void {
    const isStart = !connection.startSent && !early;
    connection.startSent ||= isStart;
    const body = isStart ? JSON.stringify({ type: "session.start" }) : audio("audio.input", bytes);
    instance.replies = Array.from({ length: replies }, () => audio("audio.output", bytes));
    instance.readyBefore = connection.ready;
    this.#start(instance, connection, () => this.#event(instance, connection, "$default", body));
  }

  #event(
    instance: Instance,
    connection: Connection,
    routeKey: "$connect" | "$default" | "$disconnect",
    body?: string,
  ): Promise<VoiceAnswer> {
    const eventType = { $connect: "CONNECT", $default: "MESSAGE", $disconnect: "DISCONNECT" } as const;
    const { ticket } = connection;
    const requestContext = {
      routeKey,
      eventType: eventType[routeKey],
      connectionId: connection.id,
      authorizer: ticket,
    } as unknown as APIGatewayProxyWebsocketEventV2["requestContext"];
    const headers = { "Sec-WebSocket-Protocol": subprotocolsOf("t".repeat(43)).join(", ") };
    return instance.handler({
      requestContext,
      isBase64Encoded: false,
      ...(body === undefined ? {} : { body }),
      ...(routeKey === "$connect" ? { headers } : {}),
    } as APIGatewayProxyWebsocketEventV2);
  }
  #start(instance: Instance, connection: Connection, work: () => Promise<unknown>): void {
    instance.busyWith = connection;
    instance.frame = undefined;
    work()
      .catch((error: unknown) => {
        // The authorizer denies then; the handler itself never throws.
        if (!(error instanceof StoreError))
          this.#failures.push(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        instance.busyWith = undefined;
      });
  }

  #instance(seat: number): Instance {
    const limits = this.#limits;
    const name = `i${(this.#made += 1)}`;
    // Within the allowance of each other.
    const offsetMs = ((seat % 3) - 1) * (limits.skewAllowanceMs / 2);
    const nowMs = (): number => this.trueMs + offsetMs;
    const await_ = <T>(what: string, perform: () => T, readyMs = this.trueMs): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        // The dead never come back.
        if (!instance.alive) return;
        const sentMs = this.trueMs;
        instance.pending = {
          what,
          sentMs,
          readyMs,
          perform,
          resolve: (value) => resolve(value as T),
          reject,
        };
      });
    const store: Store = {
      write: (step, writes) => {
        const sentMs = this.trueMs;
        const connection = instance.busyWith;
        return await_(step, () => this.#write(connection, step, writes, sentMs));
      },
    };
    let tokens = 0;
    const newToken = (): string => `${name}-${(tokens += 1)}`;
    const sessions = new Sessions({ store, nowMs, newToken }, { table, limits });
    const tickets = new Tickets(
      { store, nowMs, random32Bytes: () => new Uint8Array(), newUuid: () => "" },
      { table, skewAllowanceMs: limits.skewAllowanceMs },
    );
    const watched: VoicePorts["sessions"] = {
      connect: (key, longestMs) => sessions.connect(key, longestMs),
      start: (key) => sessions.start(key),
      release: (key) => sessions.release(key),
      markTold: (key, what) => sessions.markTold(key, what),
      admit: async (key, frame) => {
        if (!frame.charged) instance.frame = this.#asked(instance, frame);
        const admission = await sessions.admit(key, frame);
        instance.isHolding = admission.kind === "hold";
        const { busyWith } = instance;
        if (busyWith !== undefined && instance.alive)
          this.#attempt(() => this.#admitted(busyWith, admission));
        return admission;
      },
    };
    const handler = createVoice({
      sessions: watched,
      limits,
      nowMs,
      sleep: (milliseconds) => {
        const isWarned = instance.busyWith?.warned === true || !instance.isHolding;
        this.#attempt(() => expectation(isWarned, "a frame was held without a warning"));
        return await_("sleep", () => undefined, this.trueMs + milliseconds);
      },
      upstream: {
        send: (_session, message) => {
          const connection = instance.busyWith;
          if (connection === undefined) throw new Error("a frame of nobody");
          this.#attempt(() => this.#wentOut(instance, connection, message, "fromCaller"));
          const replies = instance.replies;
          return await_("send", () => {
            if (isOf(message, "session.start")) connection.startTaken = true;
            return { kind: "accepted" as const, replies };
          });
        },
        end: () => await_("end", () => undefined),
      },
      connections: {
        post: (id, text) => {
          const connection = this.#connectionOf(id);
          this.#attempt(() => this.#posted(instance, connection, text));
          return await_("post", () => {
            if (isOf(text, "session.ready")) connection.ready = true;
            return connection.open ? "sent" : "gone";
          });
        },
        close: (id) =>
          await_("close", () => {
            this.#connectionOf(id).open = false;
            return "closed" as const;
          }),
      },
      log: silentLog,
    });
    const instance: Instance = {
      name,
      tickets,
      handler,
      alive: true,
      busyWith: undefined,
      replies: [],
      readyBefore: false,
      frame: undefined,
      isHolding: false,
      pending: undefined,
    };
    return instance;
  }

  #connectionOf(id: string): Connection {
    const connection = this.connections.find((each) => each.id === id);
    if (connection === undefined) throw new Error(`a message for ${id}, whom nobody knows`);
    return connection;
  }

  /** The handler must not catch what the reference says. */
  #attempt(check: () => unknown): void {
    try {
      check();
    } catch (error) {
      this.#failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #asked({ name }: Instance, { bytes, direction }: Frame): NonNullable<Instance["frame"]> {
    return { instance: name, bytes, direction, askedMs: this.trueMs, askedOrder: (this.#order += 1) };
  }

  /** What {@link Sessions.admit} says, by true time. */
  #admitted(connection: Connection, admission: Admission): void {
    const { id, taken, removed, leaseMs } = connection;
    const { idleMs, longestMs, skewAllowanceMs } = this.#limits;
    const sinceLeaseMs = this.trueMs - leaseMs;
    const livedMs = this.trueMs - (taken?.sentMs ?? 0);
    if (admission.kind === "overrun") this.seen.add("queue overrun");
    if (admission.kind === "hold" || admission.kind === "early") this.seen.add(admission.kind);
    if (admission.kind === "ended") {
      this.seen.add(`ended: ${admission.why}`);
      if (admission.why === "lost") expectation(removed !== undefined, `${id} lost a place that it has`);
      if (admission.why === "idle")
        expectation(sinceLeaseMs >= idleMs, `${id} was idle ${sinceLeaseMs} ms after its lease was written`);
      if (admission.why === "duration")
        expectation(livedMs >= longestMs - 2 * skewAllowanceMs, `${id} was over after ${livedMs} ms`);
      return;
    }
    if (admission.kind !== "forward") return;
    expectation(
      sinceLeaseMs < writeIntervalMs + 2 * skewAllowanceMs,
      `a frame of ${id} renewed nothing ${sinceLeaseMs} ms after its lease was written`,
    );
    expectation(livedMs < longestMs, `a frame of ${id} passed after ${livedMs} ms`);
    const lateMs = removed === undefined ? 0 : this.trueMs - removed.atMs;
    expectation(
      lateMs < writeIntervalMs + 2 * skewAllowanceMs,
      `a frame of ${id} went out ${lateMs} ms after its session had ended`,
    );
  }

  #wentOut(instance: Instance, connection: Connection, message: string, direction: Direction): void {
    const isStart = isOf(message, "session.start");
    expectation(
      isStart || direction === "fromAgent" || connection.startTaken,
      `audio of ${connection.id} went out before its start was taken`,
    );
    const { frame } = instance;
    instance.frame = undefined;
    if (frame?.direction !== direction || frame.bytes !== Buffer.byteLength(message))
      throw new Error(`a message of ${connection.id} went out that was not asked for`);
    this.seen.add(direction);
    connection.passed.push({ ...frame, leftMs: this.trueMs, order: (this.#order += 1) });
  }

  #posted(instance: Instance, connection: Connection, text: string): void {
    if (isOf(text, "audio.output")) return this.#wentOut(instance, connection, text, "fromAgent");
    const { type, code, closeCode } = JSON.parse(text) as {
      readonly type: string;
      readonly code?: string;
      readonly closeCode?: number;
    };
    this.seen.add(String(closeCode ?? code ?? type));
    if (code === "bandwidth") connection.warned = true;
    if (closeCode === 4029) expectation(connection.warned, `${connection.id} was closed without a warning`);
    if (closeCode === 4008)
      expectation(!instance.readyBefore, `${connection.id} was refused audio after session.ready`);
  }

  /** Places that could still be leased by the clock that is furthest behind. */
  #expectFull(subject: string): void {
    const { sessionsPerSubject, idleMs, skewAllowanceMs } = this.#limits;
    const held = this.connections.filter(
      (each) =>
        each.subject === subject &&
        each.taken !== undefined &&
        each.removed === undefined &&
        this.trueMs < each.leaseMs + idleMs + skewAllowanceMs,
    );
    expectation(held.length >= sessionsPerSubject, `${subject} was refused with ${held.length} places taken`);
  }

  #write(
    connection: Connection | undefined,
    step: string,
    writes: readonly [Write, ...Write[]],
    sentMs: number,
  ): WriteResult {
    const result = this.store.apply(writes);
    this.#order += 1;
    const [write] = writes;
    if (!result.done || connection === undefined || write.kind !== "put") return result;
    const { slots } = JSON.parse(String(write.item["state"])) as SubjectState;
    this.#expectPlaces(connection, step, slots, sentMs);
    if (step === "connect" || step === "renew") {
      // When they were sent: the store may be slow to perform one.
      const apartMs = sentMs - connection.leaseMs;
      expectation(apartMs >= writeIntervalMs, `${connection.id} was written twice within ${apartMs} ms`);
      connection.leaseMs = sentMs;
    }
    return result;
  }

  #expectPlaces(by: Connection, step: string, slots: SubjectState["slots"], sentMs: number): void {
    const { sessionsPerSubject, idleMs, longestMs, skewAllowanceMs } = this.#limits;
    expectation(slots.length <= sessionsPerSubject, `${slots.length} places of ${by.subject}`);
    for (const each of this.connections) {
      if (each.subject !== by.subject || each.removed !== undefined) continue;
      const isThere = slots.some(({ owner }) => owner === each.id);
      if (isThere) each.taken ??= { order: this.#order, sentMs };
      else if (each.taken !== undefined) {
        each.removed = { order: this.#order, atMs: this.trueMs };
        const endMs = Math.min(each.leaseMs + idleMs, each.taken.sentMs + longestMs);
        const isOwn = step === "release" && each === by;
        expectation(
          isOwn || (step === "connect" && sentMs >= endMs - skewAllowanceMs),
          `${each.id} lost its place by ${step} of ${by.id} ${sentMs - each.leaseMs} ms after its lease was written`,
        );
      }
    }
  }

  #wait(milliseconds: number): void {
    this.trueMs += milliseconds;
    for (const instance of this.instances) {
      const { pending } = instance;
      if (pending === undefined || this.trueMs - pending.sentMs < storeTimeoutMs) continue;
      if (storeSteps.includes(pending.what)) this.#settle(instance, "failed");
    }
  }

  #settle(instance: Instance, fault: Fault): void {
    const { pending } = instance;
    if (pending === undefined) return;
    instance.pending = undefined;
    if (fault === "crash-before") return this.#crash(instance);
    if (fault === "crash-in-flight") {
      this.#crash(instance);
      if (storeSteps.includes(pending.what)) this.#inFlight.push(pending.perform);
      return;
    }
    const fail = (): void => pending.reject(new StoreError("unavailable", pending.what, fault));
    if (fault === "failed" && pending.what !== "sleep") return fail();
    let result: unknown;
    this.#attempt(() => (result = pending.perform()));
    if (fault === "crash-after") return this.#crash(instance);
    if (fault === "lost" && pending.what !== "sleep") return fail();
    pending.resolve(result);
  }

  /** Another instance, with no memory, takes its seat. */
  #crash(instance: Instance): void {
    instance.alive = false;
    const seat = this.instances.indexOf(instance);
    this.instances[seat] = this.#instance(seat);
    this.seen.add("crashed");
  }

  async #drain(): Promise<void> {
    await this.#flush();
    for (let step = 0; step < 2_000; step += 1) {
      const waiting = this.instances.flatMap((instance) =>
        instance.pending === undefined ? [] : [{ instance, readyMs: instance.pending.readyMs }],
      );
      waiting.sort((left, right) => left.readyMs - right.readyMs);
      const [next] = waiting;
      if (next === undefined) return;
      if (next.readyMs > this.trueMs) this.#wait(next.readyMs - this.trueMs);
      this.#settle(next.instance, "none");
      await this.#flush();
    }
    throw new Error("something never ends");
  }

  /** A tick comes when no promise is left that could go on. https://nodejs.org/api/process.html#processnexttickcallback-args */
  async #flush(): Promise<void> {
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  #check(): void {
    for (const subject of new Set(this.connections.map((each) => each.subject))) {
      const own = this.connections.filter((each) => each.subject === subject);
      this.#checkPlaces(own);
      for (const { id, passed } of own) checkRates(id, passed, this.#limits.session, this.#limits);
      const all = own.flatMap(({ passed }) => passed).sort((left, right) => left.order - right.order);
      checkRates(subject, all, this.#limits.subject, this.#limits);
    }
  }

  /** A session lives from the taking of its place to its last frame, or to its release. */
  #checkPlaces(connections: readonly Connection[]): void {
    const changes = connections.flatMap(({ taken, removed, passed }): [number, number][] => {
      const last = passed.at(-1)?.order;
      if (taken === undefined || last === undefined) return [];
      return [
        [taken.order, 1],
        [Math.min(last, removed?.order ?? last) + 0.5, -1],
      ];
    });
    let living = 0;
    for (const [, change] of changes.sort(([left], [right]) => left - right)) {
      living += change;
      expectation(living <= this.#limits.sessionsPerSubject, `${living} sessions of one subject at once`);
    }
  }

  /** Whatever has happened: a place is free when the last lease is over, and the bandwidth is there on every instance. */
  async #checkNobodyIsLockedOut(): Promise<void> {
    while (this.#inFlight.length > 0) this.#attempt(() => this.#inFlight.shift()?.());
    this.trueMs += this.#limits.idleMs + this.#limits.skewAllowanceMs;
    for (const subject of [0, 1]) {
      const connection = await this.#connect(this.#first, subject, true);
      await this.#drain();
      expectation(connection.open, `${connection.subject} is locked out after all leases are over`);
    }
    // An instance may have to report first what it let through before; then it owes nothing.
    for (let round = 0; round <= this.instances.length; round += 1) {
      this.trueMs += 60_000;
      if (await this.#goesUnhindered()) return;
    }
    throw new Error("a session within its bandwidth is held again and again");
  }

  async #goesUnhindered(): Promise<boolean> {
    const { skewAllowanceMs, messageBytes, session } = this.#limits;
    const refillMs = Math.ceil((1000 * messageBytes) / session.bytesPerSecond);
    const pauseMs = refillMs + writeIntervalMs + 2 * skewAllowanceMs;
    const connection = await this.#connect(this.#first, 0, true);
    await this.#drain();
    for (const instance of [this.#first, ...this.instances]) {
      const sentMs = this.trueMs;
      this.#message(instance, connection, { bytes: messageBytes, early: false, replies: 1 });
      await this.#drain();
      // What the same instance has let through before is charged when it is reported.
      if (!connection.open || this.trueMs - sentMs > refillMs) return false;
      this.#wait(pauseMs);
    }
    return true;
  }

  get #first(): Instance {
    const [instance] = this.instances;
    if (instance === undefined) throw new Error("a world without instances");
    return instance;
  }
}

export const checkModel = (options: ModelLimits): Promise<ModelReport> =>
  checkHistories((seen) => fc.asyncProperty(history, (given) => new World(given, seen).run()), options);
