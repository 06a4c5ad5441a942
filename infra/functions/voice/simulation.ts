import * as fc from "fast-check";
import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { checkHistories, type ModelLimits, type ModelReport } from "../modelChecking";
import { MemoryStore } from "../store/memoryStore";
import { StoreError, type Store, type Write, type WriteResult } from "../store/store";
import { subprotocolsOf } from "../tickets/subprotocols";
import { ticketLifetimeMs, Tickets, type RedeemedTicket } from "../tickets/tickets";
import type { Log } from "../log/log";
import { bandwidthError, writeIntervalMs } from "./bandwidth";
import { createVoice, type VoiceAnswer } from "./handleMessage";
import { closings } from "./messages";
import { Sessions } from "./sessions";
import type { VoiceLimits } from "./voiceLimits.schema";

/**
 * Tests only: a world of function instances, one event at a time each, that fast-check drives from await to await:
 * connects, messages, disconnects that come or don't, crashes, lost answers, late packets, skewed clocks. What happens
 * is held against a reference that knows the true time, when each place was taken and every frame that went out.
 */
const table = "voice";
const storeTimeoutMs = 2_500;
const startMs = Date.UTC(2026, 10, 22, 12);
/** Within the allowance of each other. */
const clockOffsetsMs = [-250, 0, 250] as const;
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

type Fault = "none" | "failed" | "lost" | "crash-before" | "crash-after" | "crash-in-flight";
export type Action =
  | { readonly kind: "connect"; readonly subject: number; readonly pick: number; readonly fresh: boolean }
  | { readonly kind: "message"; readonly connection: number; readonly pick: number; readonly bytes: number }
  | {
      readonly kind: "disconnect";
      readonly connection: number;
      readonly pick: number;
      readonly lost: boolean;
    }
  | { readonly kind: "step"; readonly pick: number; readonly fault: Fault }
  | { readonly kind: "arrive"; readonly pick: number }
  | { readonly kind: "wait"; readonly milliseconds: number };

interface Temper {
  readonly instances: number;
  /** Out of 10. */
  readonly faults: number;
  readonly waits: readonly number[];
  /** Actions in favour. */
  readonly weights: { readonly connect: number; readonly message: number; readonly disconnect: number };
  readonly bytes: readonly number[];
}

const short = [1, 100, 250, 499, 500, 999, 1_000, 1_499, 1_500, 2_500];
const leases = [
  limits.idleMs - 501,
  limits.idleMs - 500,
  limits.idleMs - 1,
  limits.idleMs,
  limits.idleMs + 499,
  15_000,
  ticketLifetimeMs - 500,
];
const tempers: readonly Temper[] = [
  {
    instances: 4,
    faults: 1,
    waits: [...short, ...leases],
    weights: { connect: 3, message: 3, disconnect: 2 },
    bytes: [80, 400],
  },
  { instances: 4, faults: 0, waits: leases, weights: { connect: 4, message: 3, disconnect: 1 }, bytes: [80] },
  {
    instances: 1,
    faults: 0,
    waits: short,
    weights: { connect: 1, message: 8, disconnect: 0 },
    bytes: [80, 999, 1_000],
  },
  {
    instances: 2,
    faults: 1,
    waits: short,
    weights: { connect: 1, message: 8, disconnect: 1 },
    bytes: [400, 1_000],
  },
  {
    instances: 4,
    faults: 3,
    waits: [...short, ...leases],
    weights: { connect: 4, message: 2, disconnect: 2 },
    bytes: [80],
  },
];

const chance = (weight: number, of: number): fc.Arbitrary<boolean> =>
  fc.nat({ max: of - 1 }).map((n) => n < weight);
const pick = fc.nat({ max: 11 });
const actionOf = ({ faults, waits, weights, bytes }: Temper): fc.Arbitrary<Action> =>
  fc.oneof(
    {
      weight: weights.connect,
      arbitrary: fc.record({
        kind: fc.constant("connect" as const),
        subject: chance(1, 6).map(Number),
        pick,
        fresh: chance(4, 5),
      }),
    },
    {
      weight: weights.message,
      arbitrary: fc.record({
        kind: fc.constant("message" as const),
        connection: fc.nat({ max: 3 }),
        pick,
        bytes: fc.constantFrom(...bytes),
      }),
    },
    {
      weight: weights.disconnect,
      arbitrary: fc.record({
        kind: fc.constant("disconnect" as const),
        connection: fc.nat({ max: 3 }),
        pick,
        lost: chance(1, 2),
      }),
    },
    {
      weight: 14,
      arbitrary: fc.record({
        kind: fc.constant("step" as const),
        pick,
        fault: chance(faults, 10).chain((faulty) =>
          faulty
            ? fc.constantFrom<Fault>("failed", "lost", "crash-before", "crash-after", "crash-in-flight")
            : fc.constant<Fault>("none"),
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...waits).map((milliseconds) => ({ kind: "wait" as const, milliseconds })),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("arrive" as const), pick }) },
  );

interface History {
  readonly instances: number;
  readonly actions: readonly Action[];
}
const history: fc.Arbitrary<History> = fc
  .constantFrom(...tempers)
  .chain((temper) =>
    fc
      .array(actionOf(temper), { minLength: 10, maxLength: 120 })
      .map((actions) => ({ instances: temper.instances, actions })),
  );

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
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  readonly handler: (event: APIGatewayProxyWebsocketEventV2) => Promise<VoiceAnswer>;
  alive: boolean;
  busyWith: Connection | undefined;
  /** Of the connection, when its event came: another message may come just as the lease ends. */
  activeMs: number;
  /** No other instance was at the same connection meanwhile. */
  alone: boolean;
  pending: Pending | undefined;
}

interface Forward {
  readonly atMs: number;
  readonly order: number;
  readonly bytes: number;
  readonly instance: string;
}

interface Connection {
  readonly id: string;
  readonly subject: string;
  ticket: RedeemedTicket | undefined;
  /** As the gateway sees it. */
  open: boolean;
  /** When the store first held its place. */
  takenOrder: number | undefined;
  released: { readonly order: number; readonly atMs: number } | undefined;
  readonly forwards: Forward[];
  readonly renewals: number[];
  wasOpen: boolean;
  /** How often its end was begun. */
  endings: number;
  /** Its connect, its last frame. */
  activeMs: number;
}

const expectation = (holds: boolean, text: string): void => {
  if (!holds) throw new Error(text);
};
const silentLog: Log = {
  clientId: () => undefined,
  agentId: () => undefined,
  begin: () => ({ set: () => undefined, measure: () => undefined, end: () => undefined }),
};

class World {
  trueMs = startMs;
  readonly store = new MemoryStore();
  readonly instances: Instance[] = [];
  readonly connections: Connection[] = [];
  readonly #inFlight: (() => unknown)[] = [];
  readonly #tickets: { readonly value: string; readonly issuedMs: number; redeemed: number }[] = [];
  readonly #failures: Error[] = [];
  #order = 0;
  #made = 0;

  constructor(
    seats: number,
    private readonly seen: Set<string>,
  ) {
    for (let seat = 0; seat < seats; seat += 1) this.instances.push(this.#instance(seat));
  }

  async run(actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      await this.#act(action);
      await this.#flush();
    }
    await this.#drain();
    this.#check();
    while (this.#inFlight.length > 0) this.#inFlight.shift()?.();
    this.trueMs += limits.idleMs + 2 * limits.skewAllowanceMs;
    for (const subject of [0, 1]) {
      await this.#act({ kind: "connect", subject, pick: 0, fresh: true });
      await this.#flush();
      await this.#drain();
      const last = this.connections.at(-1);
      expectation(last?.open === true, `subject ${subject} is locked out after all leases are over`);
    }
  }

  async #act(action: Action): Promise<void> {
    if (action.kind === "wait") return this.#wait(action.milliseconds);
    if (action.kind === "arrive") {
      const [packet] = this.#inFlight.splice(action.pick % Math.max(1, this.#inFlight.length), 1);
      packet?.();
      return;
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
    if (action.kind === "connect") return this.#connect(instance, action.subject, action.fresh);
    // A message may be on its way when its connection ends.
    const open = this.connections.filter((each) => each.open || (action.kind === "message" && each.wasOpen));
    const connection = open[action.connection % Math.max(1, open.length)];
    if (connection === undefined) return;
    if (action.kind === "message") this.#message(instance, connection, action.bytes);
    else {
      connection.open = false;
      if (!action.lost)
        this.#start(instance, connection, () => this.#event(instance, connection, "$disconnect"));
    }
  }

  async #connect(instance: Instance, subject: number, fresh: boolean): Promise<void> {
    const connection: Connection = {
      id: `c${this.connections.length}`,
      subject: `u_${subject}`,
      ticket: undefined,
      open: false,
      takenOrder: undefined,
      released: undefined,
      forwards: [],
      renewals: [],
      wasOpen: false,
      endings: 0,
      activeMs: 0,
    };
    this.connections.push(connection);
    if (fresh || this.#tickets.length === 0) await this.#issue(connection.subject);
    // Without a new one, one that was used before.
    const ticket = this.#tickets.at(fresh ? -1 : 0);
    if (ticket === undefined) return;
    this.#start(instance, connection, async () => {
      const ageMs = this.trueMs - ticket.issuedMs;
      const redeemed = await instance.tickets.redeem(ticket.value, "voice-01");
      if (redeemed === undefined) return void this.seen.add("ticket refused");
      ticket.redeemed += 1;
      expectation(ticket.redeemed === 1, "a ticket was redeemed twice");
      expectation(ageMs < ticketLifetimeMs, `a ticket was honoured after ${ageMs} ms`);
      connection.ticket = redeemed;
      const { statusCode } = await this.#event(instance, connection, "$connect");
      connection.open = connection.wasOpen = statusCode === 200;
      this.seen.add(statusCode === 200 ? "opened" : statusCode === 429 ? "full" : "not opened");
    });
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
      { table, skewAllowanceMs: limits.skewAllowanceMs },
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

  #message(instance: Instance, connection: Connection, bytes: number): void {
    const empty = JSON.stringify({ type: "audio.input", sequence: 1, data: "" }).length;
    const body = JSON.stringify({ type: "audio.input", sequence: 1, data: "A".repeat(bytes - empty) });
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
    const others = this.instances.filter(({ busyWith }) => busyWith === connection);
    for (const other of others) other.alone = false;
    instance.alone = others.length === 0 && connection.released === undefined;
    instance.busyWith = connection;
    instance.activeMs = connection.activeMs;
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
    const name = `i${(this.#made += 1)}`;
    const nowMs = (): number => this.trueMs + (clockOffsetsMs[seat % clockOffsetsMs.length] ?? 0);
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
    const handler = createVoice({
      sessions,
      limits,
      nowMs,
      sleep: (milliseconds) => {
        this.seen.add("held");
        return await_("sleep", () => undefined, this.trueMs + milliseconds);
      },
      upstream: {
        send: (_session, message) => {
          this.#forwarded(instance, Buffer.byteLength(message));
          return await_("send", () => ({ kind: "accepted" as const, replies: [] }));
        },
        end: () => {
          if (instance.busyWith !== undefined) instance.busyWith.endings += 1;
          return await_("end", () => undefined);
        },
      },
      connections: {
        post: (id, text) => {
          const { closeCode } = JSON.parse(text) as { readonly closeCode?: number };
          this.seen.add(String(closeCode ?? "warning"));
          if (closeCode === closings.idle.closeCode && instance.alone)
            this.#expectIdle(id, instance.activeMs);
          return await_("post", () => (this.#isOpen(id) ? "sent" : "gone"));
        },
        close: (id) =>
          await_("close", () => {
            const connection = this.connections.find((each) => each.id === id);
            if (connection !== undefined) connection.open = false;
            return "closed" as const;
          }),
      },
      log: silentLog,
    });
    const instance: Instance = {
      name,
      sessions,
      tickets,
      handler,
      alive: true,
      busyWith: undefined,
      activeMs: 0,
      alone: true,
      pending: undefined,
    };
    return instance;
  }

  /** Where nothing else ended it. The lease is as old as its last writing. */
  #expectIdle(id: string, activeMs: number): void {
    const connection = this.connections.find((each) => each.id === id);
    if (connection === undefined || !connection.open || connection.endings > 1) return;
    const idleMs = this.trueMs - activeMs;
    const least = limits.idleMs - writeIntervalMs - 2 * limits.skewAllowanceMs;
    if (idleMs < least) this.#failures.push(new Error(`${id} was closed as idle after ${idleMs} ms`));
  }

  #isOpen(id: string): boolean {
    return this.connections.some((each) => each.id === id && each.open);
  }

  #write(
    connection: Connection | undefined,
    step: string,
    writes: readonly [Write, ...Write[]],
    sentMs: number,
  ): WriteResult {
    const result = this.store.apply(writes);
    this.#order += 1;
    if (!result.done || connection === undefined) return result;
    if (step === "connect") {
      connection.takenOrder ??= this.#order;
      connection.activeMs = Math.max(connection.activeMs, sentMs);
    }
    if (step === "release") connection.released ??= { order: this.#order, atMs: this.trueMs };
    if (step === "renew") {
      // When they were sent: the store may be slow to perform one.
      const before = connection.renewals.at(-1);
      expectation(
        before === undefined || sentMs - before >= writeIntervalMs,
        `a session was written twice within ${sentMs - (before ?? 0)} ms`,
      );
      connection.renewals.push(sentMs);
    }
    return result;
  }

  #forwarded(instance: Instance, bytes: number): void {
    const connection = instance.busyWith;
    if (connection === undefined) throw new Error("a frame of nobody");
    this.#order += 1;
    this.seen.add("forwarded");
    const { released } = connection;
    const lateMs = released === undefined ? 0 : this.trueMs - released.atMs;
    expectation(
      lateMs <= writeIntervalMs + limits.skewAllowanceMs,
      `a frame went out ${lateMs} ms after its session had ended`,
    );
    connection.activeMs = this.trueMs;
    connection.forwards.push({ atMs: this.trueMs, order: this.#order, bytes, instance: instance.name });
  }

  #wait(milliseconds: number): void {
    this.trueMs += milliseconds;
    for (const instance of this.instances) {
      const { pending } = instance;
      if (pending === undefined || this.trueMs - pending.sentMs < storeTimeoutMs) continue;
      if (["look", "renew", "connect", "release", "redeem-ticket"].includes(pending.what))
        this.#settle(instance, "failed");
    }
  }

  #settle(instance: Instance, fault: Fault): void {
    const { pending } = instance;
    if (pending === undefined) return;
    instance.pending = undefined;
    if (fault === "crash-before") return this.#crash(instance);
    if (fault === "crash-in-flight") {
      const connection = instance.busyWith;
      if (connection !== undefined && pending.what === "release") connection.endings += 2;
      this.#crash(instance);
      instance.busyWith = connection;
      if (pending.what !== "send" && pending.what !== "sleep") this.#inFlight.push(pending.perform);
      return;
    }
    const failed = new StoreError("unavailable", pending.what, fault);
    if (fault === "failed" && pending.what !== "sleep") return pending.reject(failed);
    let result: unknown;
    try {
      result = pending.perform();
    } catch (error) {
      this.#failures.push(error instanceof Error ? error : new Error(String(error)));
    }
    if (fault === "crash-after") return this.#crash(instance);
    if (fault === "lost" && pending.what !== "sleep") return pending.reject(failed);
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

  async #flush(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  #check(): void {
    for (const subject of new Set(this.connections.map((each) => each.subject))) {
      const own = this.connections.filter((each) => each.subject === subject);
      this.#checkPlaces(own);
      for (const { id, forwards } of own) checkRate(id, forwards);
    }
  }

  /** A session lives from the taking of its place to its last frame, or to its release. */
  #checkPlaces(connections: readonly Connection[]): void {
    const changes = connections.flatMap(({ takenOrder, released, forwards }): [number, number][] => {
      const last = forwards.at(-1)?.order;
      if (takenOrder === undefined || last === undefined) return [];
      return [
        [takenOrder, 1],
        [Math.min(last, released?.order ?? last) + 0.5, -1],
      ];
    });
    let living = 0;
    for (const [, change] of changes.sort(([left], [right]) => left - right)) {
      living += change;
      expectation(living <= limits.sessionsPerSubject, `${living} sessions of one subject at once`);
    }
  }
}

/** Every interval between two frames is held against the bound. */
export function checkRate(id: string, forwards: readonly Forward[]): void {
  const error = bandwidthError(
    limits,
    new Set(forwards.map(({ instance }) => instance)).size,
    storeTimeoutMs,
  );
  const { bytesPerSecond, burstBytes } = limits.session;
  for (const [index, first] of forwards.entries()) {
    let sum = 0;
    for (const { atMs, bytes } of forwards.slice(index)) {
      sum += bytes;
      const most =
        burstBytes + (bytesPerSecond * (atMs - first.atMs + limits.skewAllowanceMs)) / 1000 + error;
      expectation(sum <= most, `${id} sent ${sum} bytes in ${atMs - first.atMs} ms; allowed: ${most}`);
    }
  }
}

export const checkModel = (options: ModelLimits): Promise<ModelReport> =>
  checkHistories(
    (seen) => fc.asyncProperty(history, ({ instances, actions }) => new World(instances, seen).run(actions)),
    options,
  );
