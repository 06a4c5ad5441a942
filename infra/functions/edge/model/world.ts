import * as fc from "fast-check";
import { AsyncLocalStorage } from "node:async_hooks";
import type { Log } from "../../log/log";
import { checkHistories, expectation, type ModelLimits, type ModelReport } from "../../modelChecking";
import { MemoryObjectStore, type ObjectStore } from "../../store/objectStore";
import { StoreError, type Store } from "../../store/store";
import type { EdgeHandler } from "../handleRequest";
import type { BreakerItem, BreakerStore } from "../upstream/breakerStore";
import type { Send, UpstreamRequest } from "../upstream/httpsSender";
import { wasSent, type TryOutcome } from "../upstream/outcome";
import type { Timing } from "../upstream/timing";
import {
  clockOffsetsMs,
  dayMs,
  hardTimeoutMs,
  history,
  skewAllowanceMs,
  storeTimeoutMs,
  type Action,
  type Fault,
  type Health,
  type History,
} from "./histories";
import { correlationId, createInstance, eventOf } from "./instance";
import { newAttempt, Reference, requestOf, type Attempt, type Outcome, type Wanted } from "./reference";

/**
 * Tests only: a world of instances of the edge, one request at a time each, that fast-check drives from await to await:
 * requests, repeats, agents in trouble, crashes, lost answers, late packets, processes that stand still, instances that
 * are frozen with work left and thawed by their next request. Time and clocks are played; nothing waits for real. What
 * happens is held against a reference that knows the true time and every effect.
 */

/** Late on the last day of a month, so that the count begins again in some runs. */
const startMs = Date.UTC(2026, 10, 30, 23, 59, 20, 300);

interface Packet {
  readonly to: "table" | "objects" | "breaker" | "agent";
  readonly step: string;
  readonly isTransaction: boolean;
  readonly attempt: Attempt;
  readonly sentMs: number;
  /** Then nobody waits for it any longer. */
  readonly untilMs: number;
  readonly perform: (health: Health) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** What is said when its time is over. */
  readonly giveUp: () => void;
  isPerformed: boolean;
  /** Of a repeated transaction: its token brings the first result again. */
  first?: unknown;
}

/** The step of what was performed and gets no answer: it is listened for until its time is over. */
const SILENCE = "silence";
const answerable = ({ packets }: Instance): Packet[] => [...packets].filter(({ step }) => step !== SILENCE);

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

interface Instance {
  readonly clock: number;
  readonly handler: EdgeHandler;
  isAlive: boolean;
  /** Without a request it is frozen, with whatever it had under way. */
  attempt: Attempt | undefined;
  /** Until then its process stands still. */
  stillUntilMs: number;
  readonly packets: Set<Packet>;
  readonly timers: Set<Timer>;
}

/** Whose code runs: what is left of an earlier request may run on beside the next one's. */
const current = new AsyncLocalStorage<Attempt>();
function currentAttempt(): Attempt {
  const attempt = current.getStore();
  if (attempt === undefined) throw new Error("something was asked for outside of any request");
  return attempt;
}

class World {
  trueMs = startMs;
  readonly instances: Instance[] = [];
  readonly reference: Reference;
  readonly objects = new MemoryObjectStore();
  /** Packets that nobody waits for any more. */
  readonly #inFlight: (() => unknown)[] = [];
  readonly #breakers = new Map<string, BreakerItem>();
  readonly #failures: Error[] = [];
  /** Who was answered before its work had ended. */
  readonly #late: { readonly instance: Instance; readonly attempt: Attempt }[] = [];
  #made = 0;

  constructor(
    private readonly given: History,
    private readonly seen: Set<string>,
  ) {
    this.reference = new Reference(seen, () => this.trueMs);
  }

  async run(): Promise<void> {
    for (const action of this.given.actions) {
      await this.#act(action);
      await this.#flush();
    }
    for (const instance of [...this.instances]) await this.#play(instance, "well");
    await this.#checkAtRest();
  }

  async #act(action: Action): Promise<void> {
    switch (action.kind) {
      case "request": {
        const idle = this.instances.find((each) => each.attempt === undefined && each.clock === action.clock);
        const instance = (action.isReused ? idle : undefined) ?? this.#instance(action.clock);
        this.#request(instance, action);
        return action.isPlayed ? this.#play(instance, action.health) : undefined;
      }
      case "wait":
        return this.#wait(action.milliseconds);
      case "stall": {
        const busy = this.instances.filter((each) => each.attempt !== undefined);
        const instance = busy[action.pick % Math.max(1, busy.length)];
        if (instance?.attempt !== undefined) {
          instance.stillUntilMs = this.trueMs + action.milliseconds;
          instance.attempt.stoodStill = true;
        }
        return this.#wait(action.milliseconds);
      }
      case "arrive": {
        const [packet] = this.#inFlight.splice(action.pick % Math.max(1, this.#inFlight.length), 1);
        this.#note(() => packet?.());
        return;
      }
      case "step": {
        const packets = this.instances
          .filter(({ attempt, stillUntilMs }) => attempt !== undefined && stillUntilMs <= this.trueMs)
          .flatMap((instance) => answerable(instance).map((packet) => ({ instance, packet })));
        const chosen = packets[action.pick % Math.max(1, packets.length)];
        if (chosen !== undefined) this.#settle(chosen.instance, chosen.packet, action.fault, action.health);
      }
    }
  }

  /** Without any fault, until it is answered. */
  async #play(instance: Instance, health: Health): Promise<void> {
    await this.#flush();
    for (let step = 0; instance.attempt !== undefined; step += 1) {
      expectation(step < 1_000, `${instance.attempt.name} never ends`);
      const [packet] = answerable(instance);
      if (packet === undefined) await this.#wait(this.#soonestOf(instance) - this.trueMs);
      else this.#settle(instance, packet, "none", health);
      await this.#flush();
    }
  }

  /** Lets every instance run on to where it waits. A tick comes when no promise is left that could go on. */
  async #flush(): Promise<void> {
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  /** The edge must not catch what the reference says. */
  #note<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      this.#failures.push(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  #request(instance: Instance, wanted: Wanted): Attempt {
    const attempt = newAttempt(this.reference, wanted, instance.clock, this.trueMs);
    if (instance.packets.size > 0) this.seen.add("thawed");
    instance.attempt = attempt;
    const context = { awsRequestId: correlationId, getRemainingTimeInMillis: () => hardTimeoutMs };
    current
      .run(attempt, () => instance.handler(eventOf(attempt), context))
      .then(
        (answer) => {
          // The dead answer nobody.
          if (!instance.isAlive) return;
          instance.attempt = undefined;
          const isLeft = [...instance.packets].some((packet) => packet.attempt === attempt);
          if (isLeft) {
            this.seen.add("frozen");
            this.#late.push({ instance, attempt });
          }
          this.#note(() => this.reference.answered(attempt, answer, isLeft));
        },
        (error: unknown) => this.#failures.push(new Error(`the edge threw ${String(error)}`)),
      );
    return attempt;
  }

  #instance(clock: number): Instance {
    const timing: Timing = {
      nowMs: () => this.trueMs + (clockOffsetsMs[clock] ?? 0),
      random: () => 0.5,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) return resolve();
          const timer = { atMs: this.trueMs + ms, ring: () => resolve() };
          instance.timers.add(timer);
          signal?.addEventListener("abort", () => {
            instance.timers.delete(timer);
            resolve();
          });
        }),
    };
    const toPackets = <T>(packet: Parcel<T>): Promise<T> => this.#post(instance, packet);
    const instance: Instance = {
      clock,
      handler: createInstance({
        name: `i${(this.#made += 1)}`,
        settings: this.given.settings,
        timing,
        store: this.#storeOver(toPackets),
        objects: this.#objectsOver(toPackets),
        breakers: this.#breakersOver(toPackets),
        send: this.#senderOver(toPackets),
        log: this.#log(),
      }),
      isAlive: true,
      attempt: undefined,
      stillUntilMs: 0,
      packets: new Set(),
      timers: new Set(),
    };
    this.instances.push(instance);
    return instance;
  }

  #storeOver(post: Post): Store {
    return {
      write: (step, writes) => {
        const attempt = currentAttempt();
        const sentMs = this.trueMs;
        this.#note(() => this.reference.asking(attempt, step));
        const perform = () => this.reference.write(attempt, step, writes, sentMs);
        return post({
          to: "table",
          step,
          lastsMs: storeTimeoutMs,
          isTransaction: writes.length > 1,
          perform,
        });
      },
    };
  }

  /** Its client has as long as the function. */
  #objectsOver(post: Post): ObjectStore {
    const { objects } = this.objects;
    const to = { to: "objects", lastsMs: Infinity } as const;
    return {
      put: (step, key, bytes) => post<void>({ ...to, step, perform: () => void objects.set(key, bytes) }),
      get: (step, key) => post({ ...to, step, perform: () => objects.get(key) }),
    };
  }

  #breakersOver(post: Post): BreakerStore {
    const ask = <T>(step: string, perform: () => T): Promise<T> =>
      this.given.watchesBreaker
        ? post({ to: "breaker", step, lastsMs: storeTimeoutMs, perform })
        : Promise.resolve(perform());
    return {
      get: (id) => ask("breaker-get", () => this.#breakers.get(id)),
      put: (id, item, expected) =>
        ask("breaker-put", () => {
          const now = this.#breakers.get(id);
          if (now?.token !== expected) return { written: false, current: now };
          this.#breakers.set(id, item);
          return { written: true };
        }),
    };
  }

  #senderOver(post: Post): Send {
    return async (request, timeoutMs) => {
      const attempt = currentAttempt();
      this.#note(() => this.reference.sending(attempt, timeoutMs));
      const outcome = await post<TryOutcome>({
        to: "agent",
        step: "agent",
        lastsMs: timeoutMs,
        // Where it says nothing, nothing comes.
        perform: (health) => this.#agent(attempt, request, health),
        late: { kind: "timeout", sent: true },
      });
      attempt.isSent ||= wasSent(outcome);
      return outcome;
    };
  }

  #agent(attempt: Attempt, request: UpstreamRequest, health: Health): TryOutcome | undefined {
    this.seen.add(health);
    if (health === "unreachable") return { kind: "connection", reason: "refused", sent: false, stale: false };
    if (health === "throttling") return answerOf(429, { code: "agent-busy" });
    if (health === "busy" && this.reference.isDone(request)) return answerOf(409, { code: "still-running" });
    const words = this.reference.effect(attempt, request);
    if (words === undefined) return answerOf(409, { code: "outdated-fence" });
    const said = JSON.stringify(words);
    attempt.heard.add(said);
    switch (health) {
      case "well":
      case "busy":
        return answerOf(200, { ...words, text: words.number % 2 ? "" : "x".repeat(100) }, "application/json");
      case "refusing":
        return answerOf(422, { code: "agent-refused-it", title: "No", detail: said });
      case "failing":
        return answerOf(500, {});
      case "unavailable":
        return answerOf(503, {});
      case "reset":
        return { kind: "connection", reason: "reset", sent: true, stale: false };
      case "garbage":
        return { kind: "garbage", reason: "json" };
      case "silent":
        return undefined;
    }
  }

  #log(): Log {
    return {
      clientId: () => undefined,
      agentId: () => undefined,
      secret: () => undefined,
      begin: () => {
        const { line } = currentAttempt();
        return {
          set: () => undefined,
          measure: (values) =>
            void Object.entries(values).map(([name, value]) => line.values.set(name, value)),
          end: () => void (line.ends += 1),
        };
      },
    };
  }

  #post<T>(
    instance: Instance,
    { perform, late, isTransaction = false, lastsMs, ...parcel }: Parcel<T>,
  ): Promise<T> {
    const attempt = currentAttempt();
    return new Promise<T>((resolve, reject) => {
      instance.packets.add({
        ...parcel,
        isTransaction,
        attempt,
        sentMs: this.trueMs,
        untilMs: this.trueMs + lastsMs,
        perform,
        resolve: (value) => resolve(value as T),
        reject,
        giveUp: () =>
          late === undefined
            ? reject(new StoreError("unavailable", parcel.step, "timed out"))
            : resolve(late),
        isPerformed: false,
      });
    });
  }

  #settle(instance: Instance, packet: Packet, fault: Fault, health: Health): void {
    const { to, step } = packet;
    if (fault !== "none") mark(packet);
    if (fault === "crash-before") return this.#kill(instance);
    if (fault === "crash-in-flight") return this.#kill(instance, packet);
    if (fault === "failed" || (fault === "conflict" && packet.isTransaction)) {
      instance.packets.delete(packet);
      if (to === "agent")
        return packet.resolve({ kind: "connection", reason: "refused", sent: false, stale: false });
      // A repeat that is not performed does not undo what its first sending did: the outcome stays unknown.
      const kind = fault === "conflict" && !packet.isPerformed ? "conflict" : "unavailable";
      return packet.reject(new StoreError(kind, step, fault));
    }
    const repeats = packet.isPerformed && packet.isTransaction;
    const result = repeats ? packet.first : this.#note(() => packet.perform(health));
    if (fault === "crash-after") return this.#kill(instance);
    if (fault === "lost-then-repeated" && to === "table") {
      // A refused transaction leaves no token behind: its repeat is judged anew.
      const isDone = (result as { readonly done: boolean } | undefined)?.done === true;
      packet.isPerformed = isDone || !packet.isTransaction;
      if (isDone) packet.first = result;
      return;
    }
    instance.packets.delete(packet);
    if (to === "agent" && result === undefined)
      instance.packets.add({ ...packet, step: SILENCE, isPerformed: true });
    else if (fault === "none" || fault === "conflict") packet.resolve(result);
    else if (to === "agent")
      packet.resolve({ kind: "connection", reason: "reset", sent: true, stale: false });
    else packet.reject(new StoreError("unavailable", step, fault));
  }

  #kill(instance: Instance, underWay?: Packet): void {
    this.seen.add("crashed");
    this.instances.splice(this.instances.indexOf(instance), 1);
    instance.isAlive = false;
    const { attempt } = instance;
    if (attempt !== undefined) {
      attempt.state = "dead";
      attempt.isFaulty = attempt.isCountFaulty = true;
    }
    instance.attempt = undefined;
    if (underWay !== undefined) this.#leave(underWay);
  }

  /** It may still get where it was going. */
  #leave(packet: Packet): void {
    this.#inFlight.push(() => {
      const ageMs = this.trueMs - packet.sentMs;
      // The quota promises exactness for repeats within the store's timeout; other writes stand any lateness.
      const isCount = packet.step === "count" || packet.step === "uncount";
      if (isCount && packet.isPerformed && ageMs >= storeTimeoutMs) return;
      if (!(packet.isPerformed && packet.isTransaction)) packet.perform("well");
    });
  }

  /** Time passes: timers ring, and who waits too long for an answer stops waiting. */
  async #wait(milliseconds: number): Promise<void> {
    const endMs = this.trueMs + milliseconds;
    for (;;) {
      const next = this.#soonest();
      if (next === undefined || next.atMs > endMs) break;
      this.trueMs = Math.max(this.trueMs, next.atMs);
      next.happen();
      await this.#flush();
    }
    this.trueMs = endMs;
  }

  #soonest(): Happening | undefined {
    return this.instances
      .filter(({ attempt }) => attempt !== undefined)
      .flatMap((instance) => this.#happenings(instance))
      .reduce<Happening | undefined>(
        (soonest, each) => (soonest === undefined || each.atMs < soonest.atMs ? each : soonest),
        undefined,
      );
  }

  #soonestOf(instance: Instance): number {
    return Math.max(this.trueMs, Math.min(...this.#happenings(instance).map(({ atMs }) => atMs)));
  }

  #happenings(instance: Instance): Happening[] {
    // Who stood still may read what has come before it looks at the clock.
    const atMs = (dueMs: number): number =>
      dueMs < instance.stillUntilMs ? instance.stillUntilMs + 1 : dueMs;
    const rings = [...instance.timers].map((timer) => ({
      atMs: atMs(timer.atMs),
      happen: () => {
        instance.timers.delete(timer);
        timer.ring();
      },
    }));
    const ends = [...instance.packets].map((packet) => ({
      atMs: atMs(packet.untilMs),
      happen: () => {
        this.seen.add(`${packet.to} too late`);
        instance.packets.delete(packet);
        mark(packet);
        if (packet.step !== SILENCE) this.#leave(packet);
        packet.giveUp();
      },
    }));
    return [...rings, ...ends].filter((each) => each.atMs < Infinity);
  }

  /** Lets what is left of earlier requests run to its end. */
  async #thaw(instance: Instance): Promise<void> {
    for (let step = 0; instance.packets.size + instance.timers.size > 0; step += 1) {
      expectation(step < 1_000, "what is left of a request never ends");
      const [packet] = answerable(instance);
      if (packet === undefined || packet.untilMs <= this.trueMs) this.#happenings(instance)[0]?.happen();
      else this.#settle(instance, packet, "none", "well");
      await this.#flush();
    }
  }

  /** Nothing may be stuck, whatever happened, and every key answers as it did. */
  async #checkAtRest(): Promise<void> {
    for (const instance of this.instances) await this.#thaw(instance);
    for (const { instance, attempt } of this.#late)
      if (instance.isAlive) this.reference.ended(attempt, false);
    while (this.#inFlight.length > 0) this.#note(() => this.#inFlight.shift()?.());
    await this.#flush();
    this.reference.expectCounts();
    const { maximumOpenMs, openJitterRatio, probeLeaseMs } = this.given.settings.breaker;
    const longestOpenMs = maximumOpenMs * (1 + openJitterRatio) + probeLeaseMs;
    await this.#wait(hardTimeoutMs + 2 * skewAllowanceMs + longestOpenMs);
    const requests = new Map(this.reference.attempts.map((attempt) => [requestOf(attempt), attempt]));
    for (const { client, path, key } of requests.values())
      await this.#probe({ client, path, key, payload: 0 }, ["answer", "replay", "idempotency-key-reused"]);
    await this.#wait(dayMs + 2 * skewAllowanceMs);
    for (const { client, path, key } of requests.values())
      await this.#probe({ client, path, key, payload: 1 }, ["answer"]);
  }

  async #probe(wanted: Wanted, allowed: readonly Outcome[]): Promise<void> {
    const instance = this.#instance(0);
    const attempt = this.#request(instance, wanted);
    await this.#play(instance, "well");
    const { outcome = "nothing" } = attempt;
    // Whoever came to the count had its claim.
    const isFree = outcome === "quota-exceeded" || allowed.includes(outcome);
    expectation(isFree, `at rest, ${requestOf(wanted)} answers ${outcome}; allowed: ${allowed.join()}`);
  }
}

interface Happening {
  readonly atMs: number;
  readonly happen: () => void;
}

interface Parcel<T> extends Pick<Packet, "to" | "step"> {
  readonly isTransaction?: boolean;
  readonly lastsMs: number;
  /** @returns `undefined` where no answer comes */
  readonly perform: (health: Health) => T | undefined;
  /** What whoever waits is told when it lasts too long; without it, that the store failed. */
  readonly late?: T;
}
type Post = <T>(parcel: Parcel<T>) => Promise<T>;

/** What this asked the table for came to nothing, or nobody knows. */
function mark({ attempt, step, to }: Packet): void {
  if (to !== "table") return;
  if (step === "count" || step === "uncount") attempt.isCountFaulty = true;
  else attempt.isFaulty = true;
}

const answerOf = (status: number, value: object, type = "application/problem+json"): TryOutcome => ({
  kind: "answer",
  status,
  headers: { "content-type": type },
  body: Buffer.from(JSON.stringify(value)),
});

export async function checkModel(limits: ModelLimits): Promise<ModelReport> {
  try {
    return await checkHistories(
      (seen) => fc.asyncProperty(history, (given) => new World(given, seen).run()),
      limits,
    );
  } finally {
    // It would be carried along with each promise of the process: https://nodejs.org/api/async_context.html
    current.disable();
  }
}
