import * as fc from "fast-check";
import { checkHistories, type ModelLimits, type ModelReport } from "../../modelChecking";
import { MemoryObjectStore } from "../../store/objectStore";
import { MemoryStore } from "../../store/memoryStore";
import { StoreError, type Store, type Write, type WriteResult } from "../../store/store";
import { dispositionOf, type Answer, type UpstreamResult } from "./answers";
import { Claims, upstreamKeyOf, type Claim, type ClaimRequest } from "./claims";
import { monthOf } from "./quota";

/**
 * Tests only: a world in which function instances handle requests with {@link Claims}, one await at a time, in an order
 * and with faults that fast-check chooses. Time, clocks, crashes, lost answers and late packets are all played here;
 * nothing waits for real. Whatever happens is held against a reference that knows the true time and every effect.
 */
const hardTimeoutMs = 28_000;
const skewAllowanceMs = 1_000;
const storeTimeoutMs = 2_500;
const dayMs = 24 * 3_600_000;
const table = "claims";
const quota = 3;
/** Within the allowance of each other. */
const clockOffsetsMs = [-500, 0, 500] as const;
/** Late on the last day of a month, so that the count begins again in some runs. */
const startMs = Date.UTC(2026, 10, 30, 23, 59, 20, 300);

/** In place of the agent's status: no connection to it. */
const UNREACHABLE = 0;

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
type Fault = (typeof faults)[number] | "none";

interface Start {
  readonly kind: "start";
  readonly key: number;
  readonly payload: number;
  readonly locked: boolean;
  readonly clock: number;
  /** Not killed in time, as if the platform were late: only owner and fence stand between it and harm. */
  readonly overruns: boolean;
}

export type Action =
  | Start
  | { readonly kind: "step"; readonly pick: number; readonly fault: Fault; readonly status: number }
  | { readonly kind: "arrive"; readonly pick: number }
  | { readonly kind: "wait"; readonly milliseconds: number };

/**
 * Histories in several tempers: a mistake often shows only where many of the same thing come together, which an even
 * mixture seldom brings about.
 */
interface Temper {
  /** Out of 4. */
  readonly locked: number;
  readonly overruns: number;
  readonly otherPayloads: number;
  /** Out of 10. */
  readonly faults: number;
  readonly waits: readonly number[];
  /** @default 2 */
  readonly keys?: number;
}

const short = [1, 400, 999, 2_000, storeTimeoutMs - 1, storeTimeoutMs];
const leases = [
  hardTimeoutMs - 700,
  hardTimeoutMs - 1,
  hardTimeoutMs,
  hardTimeoutMs + skewAllowanceMs,
  30_000,
];
const days = [dayMs - 29_000, dayMs - 700, dayMs, dayMs + 1_400, dayMs + 2 * skewAllowanceMs];

const tempers: readonly Temper[] = [
  { locked: 2, overruns: 1, otherPayloads: 1, faults: 2, waits: [...short, ...leases, ...days] },
  { locked: 0, overruns: 1, otherPayloads: 1, faults: 2, waits: [...leases, ...days] },
  { locked: 4, overruns: 4, otherPayloads: 0, faults: 0, waits: leases },
  { locked: 4, overruns: 1, otherPayloads: 1, faults: 1, waits: [...short, ...leases] },
  {
    locked: 0,
    overruns: 4,
    otherPayloads: 0,
    faults: 0,
    waits: [hardTimeoutMs + skewAllowanceMs, 30_000],
    keys: 1,
  },
  { locked: 0, overruns: 0, otherPayloads: 0, faults: 5, waits: [999, 2_000, storeTimeoutMs - 1] },
];

const chance = (weight: number, of: number): fc.Arbitrary<boolean> =>
  fc.nat({ max: of - 1 }).map((n) => n < weight);

const actionOf = (temper: Temper): fc.Arbitrary<Action> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record<Start>({
        kind: fc.constant("start"),
        key: fc.nat({ max: (temper.keys ?? 2) - 1 }),
        payload: chance(temper.otherPayloads, 4).map(Number),
        locked: chance(temper.locked, 4),
        clock: fc.nat({ max: clockOffsetsMs.length - 1 }),
        overruns: chance(temper.overruns, 4),
      }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant("step" as const),
        pick: fc.nat({ max: 7 }),
        fault: chance(temper.faults, 10).chain((faulty) =>
          faulty ? fc.constantFrom<Fault>(...faults) : fc.constant<Fault>("none"),
        ),
        status: fc.constantFrom(200, 200, 200, 404, 429, 500, UNREACHABLE),
      }),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(...temper.waits)
        .map((milliseconds) => ({ kind: "wait" as const, milliseconds })),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("arrive" as const), pick: fc.nat({ max: 3 }) }) },
  );

const history: fc.Arbitrary<readonly Action[]> = fc
  .constantFrom(...tempers)
  .chain((temper) => fc.array(actionOf(temper), { minLength: 4, maxLength: 70 }));

interface Pending {
  readonly step: string;
  readonly transaction: boolean;
  readonly sentMs: number;
  readonly perform: (fault: Fault, status: number) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Of a repeated transaction: its token brings the first result again. */
  first?: unknown;
  performed: boolean;
}

interface Instance extends Start {
  readonly name: string;
  readonly startedMs: number;
  state: "running" | "dead" | "finished";
  faulty: boolean;
  /** Between the claim and the end of its work, as the store saw it. */
  holding: Claim | { readonly recordId: string; readonly lockId: string | undefined } | undefined;
  counted: number;
  /** Something of it reached the agent. */
  sent: boolean;
  window: string;
  pending: Pending | undefined;
}

interface Effect {
  readonly id: number;
  readonly key: number;
  readonly payload: number;
  readonly upstreamKey: string;
  /** True time at which the first request of its window sent its claim. */
  readonly windowMs: number;
}

const expectation = (holds: boolean, text: string): void => {
  if (!holds) throw new Error(text);
};

class World {
  constructor(private readonly seen: Set<string>) {}

  trueMs = startMs;
  readonly instances: Instance[] = [];
  readonly store = new MemoryStore();
  readonly objects = new MemoryObjectStore();
  /** Packets of the dead. */
  readonly inFlight: (() => void)[] = [];

  readonly #effects: Effect[] = [];
  readonly #highestFence = new Map<string, number>();
  readonly #grantedFence = new Map<string, number>();
  /** True time at which the first claim of a record's window was sent; a window is told by what the record says. */
  readonly #windowMs = new Map<string, number>();
  readonly #delivered = new Map<string, string>();
  #answers = 0;

  async run(actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      if (action.kind === "start") this.#start(action);
      else if (action.kind === "wait") this.wait(action.milliseconds);
      else if (action.kind === "arrive")
        this.inFlight.splice(action.pick % Math.max(1, this.inFlight.length), 1)[0]?.();
      else this.#step(action.pick, action.fault, action.status);
      await this.#flush();
    }
    await this.#finish();
  }

  /** Whoever is over time is killed; a packet to the store that is too old is given up by the SDK. */
  wait(milliseconds: number): void {
    this.trueMs += milliseconds;
    for (const instance of this.#running()) {
      const { pending } = instance;
      if (!instance.overruns && this.trueMs - instance.startedMs >= hardTimeoutMs) this.#kill(instance, true);
      else if (
        pending !== undefined &&
        pending.step !== "upstream" &&
        this.trueMs - pending.sentMs >= storeTimeoutMs
      ) {
        instance.faulty = true;
        this.#settle(instance, () =>
          pending.reject(new StoreError("unavailable", pending.step, "timed out")),
        );
      }
    }
  }

  /** Everybody ends without further faults; then nothing may be stuck, and every key answers as it did. */
  async #finish(): Promise<void> {
    for (;;) {
      const [next] = this.#running();
      if (next === undefined) break;
      this.#settleWith(next, "none", 200);
      await this.#flush();
    }
    while (this.inFlight.length > 0) this.inFlight.shift()?.();
    this.trueMs += hardTimeoutMs + 2 * skewAllowanceMs;
    for (const key of [0, 1]) await this.#probe({ key, payload: 0 }, ["fresh", "replay", "mismatch"]);
    this.trueMs += dayMs + 2 * skewAllowanceMs;
    for (const key of [0, 1]) await this.#probe({ key, payload: 1 }, ["fresh"]);
  }

  async #probe(what: { key: number; payload: number }, allowed: readonly string[]): Promise<void> {
    const instance = this.#start({ kind: "start", ...what, locked: true, clock: 1, overruns: false });
    const outcomes: string[] = [];
    this.onOutcome = (_, kind) => void outcomes.push(kind);
    while (instance.state === "running") {
      await this.#flush();
      this.#settleWith(instance, "none", 200);
      await this.#flush();
    }
    this.onOutcome = undefined;
    expectation(
      allowed.includes(outcomes[0] ?? ""),
      `at rest, key ${what.key} answers ${outcomes[0]}; allowed: ${allowed.join()}`,
    );
  }

  onOutcome: ((instance: Instance, kind: string) => void) | undefined;
  readonly failures: Error[] = [];

  #running(): Instance[] {
    return this.instances.filter((instance) => instance.state === "running");
  }

  /** Lets every instance run on to its next await of a port. */
  async #flush(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const [failure] = this.failures;
    if (failure !== undefined) throw failure;
  }

  #start(action: Start): Instance {
    const instance: Instance = {
      ...action,
      name: `i${this.instances.length}`,
      startedMs: this.trueMs,
      state: "running",
      faulty: false,
      holding: undefined,
      counted: 0,
      sent: false,
      window: "",
      pending: undefined,
    };
    this.instances.push(instance);
    this.#handle(instance).catch((error: unknown) => {
      this.failures.push(error instanceof Error ? error : new Error(String(error)));
    });
    return instance;
  }

  #step(pick: number, fault: Fault, status: number): void {
    const running = this.#running();
    const instance = running[pick % Math.max(1, running.length)];
    if (instance !== undefined) this.#settleWith(instance, fault, status);
  }

  #settleWith(instance: Instance, fault: Fault, status: number): void {
    const { pending } = instance;
    if (pending === undefined) return;
    if (fault !== "none") instance.faulty = true;
    if (fault === "crash-before") return this.#kill(instance, false);
    if (fault === "crash-in-flight") return this.#kill(instance, true);
    if (fault === "failed" || (fault === "conflict" && pending.transaction)) {
      const kind = fault === "failed" ? "unavailable" : "conflict";
      if (pending.step === "upstream")
        return this.#settle(instance, () => pending.resolve({ kind: "not-sent" }));
      // A repeat that is not performed does not undo what its first sending did: the outcome stays unknown.
      return this.#settle(instance, () =>
        pending.reject(new StoreError(pending.performed ? "unavailable" : kind, pending.step, fault)),
      );
    }
    const result =
      pending.performed && pending.transaction ? pending.first : this.#perform(pending, fault, status);
    if (fault === "crash-after") return this.#kill(instance, false);
    if (fault === "lost-then-repeated" && pending.step !== "upstream") {
      pending.performed = true;
      // A refused transaction leaves no token behind: its repeat is judged anew.
      if ((result as WriteResult | undefined)?.done === true) pending.first = result;
      else pending.performed = !pending.transaction;
      return;
    }
    if (fault === "lost" || fault === "lost-then-repeated")
      return this.#settle(instance, () =>
        pending.step === "upstream"
          ? pending.resolve({ kind: "unknown" })
          : pending.reject(new StoreError("unavailable", pending.step, fault)),
      );
    this.#settle(instance, () => pending.resolve(result));
  }

  #perform(pending: Pending, fault: Fault, status: number): unknown {
    try {
      return pending.perform(fault, status);
    } catch (error) {
      this.failures.push(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  #settle(instance: Instance, how: () => void): void {
    instance.pending = undefined;
    how();
  }

  #kill(instance: Instance, packetArrivesLater: boolean): void {
    const { pending } = instance;
    instance.state = "dead";
    instance.pending = undefined;
    if (!packetArrivesLater || pending === undefined) return;
    this.inFlight.push(() => {
      const age = this.trueMs - pending.sentMs;
      // The quota promises exactness for repeats within the store's timeout; other writes stand any lateness.
      const counts = pending.step === "count" || pending.step === "uncount";
      if (counts && pending.performed && age >= storeTimeoutMs) return;
      if (!(pending.performed && pending.transaction)) this.#perform(pending, "none", 200);
    });
  }

  #await<T>(instance: Instance, step: string, transaction: boolean, perform: Pending["perform"]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      instance.pending = {
        step,
        transaction,
        sentMs: this.trueMs,
        perform,
        resolve: (value) => resolve(value as T),
        reject,
        performed: false,
      };
    });
  }

  async #handle(instance: Instance): Promise<void> {
    const { key, payload } = instance;
    const nowMs = (): number => this.trueMs + (clockOffsetsMs[instance.clock] ?? 0);
    const store: Store = {
      write: (step, writes) => {
        const sentMs = this.trueMs;
        return this.#await(instance, step, writes.length > 1, () =>
          this.#write(instance, step, writes, sentMs),
        );
      },
    };
    const objects = {
      put: (step: string, name: string, bytes: Uint8Array): Promise<void> =>
        this.#await(instance, step, false, () => void this.objects.objects.set(name, bytes)),
      get: (step: string, name: string): Promise<Uint8Array | undefined> =>
        this.#await(instance, step, false, () => this.objects.objects.get(name)),
    };
    let tokens = 0;
    const claims = new Claims(
      { store, objects, nowMs, newToken: () => `${instance.name}-${(tokens += 1)}`.padEnd(22, "-") },
      // Some answers go to the object store: those with an even number are longer.
      { table, hardTimeoutMs, skewAllowanceMs, storeTimeoutMs, inlineAnswerBytes: 150 },
    );
    const request: ClaimRequest = {
      clientId: "web-app",
      subject: "u_7f3b2c9a1d4e4f60",
      route: "POST /avatar",
      idempotencyKey: `"${key}"`,
      agentId: "chat-01",
      contentType: "application/json",
      body: JSON.stringify({ payload }),
      lockResource: instance.locked ? "avatar/av_12345678" : undefined,
    };
    try {
      const outcome = await claims.claim(request);
      this.onOutcome?.(instance, outcome.kind);
      this.seen.add(outcome.kind === "fresh" && outcome.claim.inherited ? "taken over" : outcome.kind);
      if (outcome.kind !== "fresh")
        expectation(
          instance.holding === undefined,
          `${instance.name} was given its claim, and told ${outcome.kind}`,
        );
      if (outcome.kind === "replay") this.#deliver(instance, outcome.answer);
      if (outcome.kind === "in-flight" || outcome.kind === "locked") {
        const { retryAfterSeconds } = outcome;
        const longest = (hardTimeoutMs + 2 * skewAllowanceMs) / 1000;
        expectation(
          retryAfterSeconds >= 1 && retryAfterSeconds <= longest,
          `Retry-After: ${retryAfterSeconds}`,
        );
      }
      if (outcome.kind === "fresh") await this.#work(instance, claims, outcome.claim, nowMs);
    } catch (error) {
      // The handler answers 503 then, whichever way the store failed.
      const failures = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
      if (!failures.every((failure) => failure instanceof StoreError)) throw error;
    }
    instance.state = "finished";
    instance.holding = undefined;
  }

  async #work(instance: Instance, claims: Claims, claim: Claim, nowMs: () => number): Promise<void> {
    const admission = await claims.admit(claim, quota);
    if (!admission.admitted) {
      this.seen.add("quota refused");
      const count = this.store.get(table, `quota#web-app#${monthOf(nowMs()).name}`)?.["count"];
      expectation(
        count === undefined || count === quota || admission.remaining === 0,
        `refused at ${String(count)}`,
      );
      return this.#expectUnlocked(instance, claim);
    }
    const result = await this.#await<UpstreamResult & { readonly answer?: Answer }>(
      instance,
      "upstream",
      false,
      (_, status) => this.#upstream(instance, claim, status),
    );
    const disposition = dispositionOf(result);
    instance.holding = undefined;
    if (disposition !== "store" || result.answer === undefined) {
      if (!instance.sent) {
        this.seen.add("withdrawn");
        const { remaining } = await claims.withdraw(claim, admission);
        expectation(remaining >= 0 && remaining <= quota, `${remaining} of ${quota} left`);
      }
      await claims.release(claim, disposition === "retry-now" ? "retry-now" : "in-doubt");
      if (disposition === "retry-now") this.#expectUnlocked(instance, claim);
      return;
    }
    const completed = await claims.complete(claim, result.answer);
    this.seen.add(`complete: ${completed.kind}`);
    if (completed.kind === "stored") this.#deliver(instance, result.answer);
    if (completed.kind === "replay") this.#deliver(instance, completed.answer);
    this.#expectUnlocked(instance, claim);
  }

  #expectUnlocked(instance: Instance, claim: Claim): void {
    if (instance.faulty || claim.lockId === undefined) return;
    expectation(
      this.store.get(table, claim.lockId)?.["owner"] !== claim.owner,
      `${instance.name} ended and still has its lock`,
    );
  }

  #write(
    instance: Instance,
    step: string,
    writes: readonly [Write, ...Write[]],
    sentMs: number,
  ): WriteResult {
    // From here on its work is over, also where the store has yet to hear of it.
    if (step.startsWith("release") || step.startsWith("complete")) instance.holding = undefined;
    const result = this.store.apply(writes);
    if (!result.done) return result;
    if (step === "claim" || step === "take-over") this.#granted(instance, writes, sentMs);
    if (step === "count") {
      instance.counted += 1;
      expectation(instance.counted === 1, `${instance.name} was counted twice`);
      expectation(
        Number(result.after?.["count"]) <= quota,
        `counted ${String(result.after?.["count"])} of ${quota}`,
      );
    }
    if (step === "uncount") {
      instance.counted -= 1;
      expectation(instance.counted === 0, `${instance.name} was taken back twice`);
      expectation(Number(result.after?.["count"]) >= 0, `counted ${String(result.after?.["count"])}`);
    }
    return result;
  }

  /** Nobody else who lives may hold the record or the lock, and fences grow. */
  #granted(instance: Instance, writes: readonly Write[], sentMs: number): void {
    const ids = writes.map((write) => (write.kind === "put" ? write.item.id : write.id));
    for (const other of this.instances) {
      const lives = other.state === "running" && this.trueMs - other.startedMs < hardTimeoutMs;
      if (other === instance || !lives || other.holding === undefined) continue;
      for (const id of ids)
        expectation(
          id !== other.holding.recordId && id !== other.holding.lockId,
          `${instance.name} was given ${id.split("#")[0]} while ${other.name} holds it`,
        );
    }
    for (const write of writes) {
      const id = write.kind === "put" ? write.item.id : write.id;
      const fence =
        write.kind === "put" ? write.item["fence"] : write.kind === "update" ? write.set?.["fence"] : 0;
      const before = this.#grantedFence.get(id) ?? 0;
      const isLock = id.startsWith("lock#");
      expectation(Number(fence) > before || !isLock, `fence ${String(fence)} of ${id} after ${before}`);
      this.#grantedFence.set(id, Number(fence));
    }
    if (instance.state === "running") {
      const [recordId = "", lockId] = ids;
      instance.holding = { recordId, lockId };
    }
    for (const write of writes) {
      if (write.kind !== "put") continue;
      instance.window = `${write.item.id} ${String(write.item["windowStartMs"])}`;
      if (!this.#windowMs.has(instance.window)) this.#windowMs.set(instance.window, sentMs);
    }
  }

  /** The agent: one effect for each key, no lower fence than seen; it answers a repeat, too, in words of its own. */
  #upstream(instance: Instance, claim: Claim, status: number): UpstreamResult & { readonly answer?: Answer } {
    expectation(
      instance.counted === 1,
      `${instance.name} was sent upstream and counted ${instance.counted} times`,
    );
    if (status === UNREACHABLE) return { kind: "not-sent" };
    instance.sent = true;
    const windowMs = this.#windowMs.get(instance.window) ?? this.trueMs;
    if (claim.lockId !== undefined) {
      if (claim.fence < (this.#highestFence.get(claim.lockId) ?? 0)) {
        this.seen.add("fenced off");
        return { kind: "not-sent" };
      }
      this.#highestFence.set(claim.lockId, claim.fence);
    }
    if (status === 429) return { kind: "answered", status };
    const upstreamKey = upstreamKeyOf(claim);
    let effect = this.#effects.find((seen) => seen.upstreamKey === upstreamKey);
    if (effect === undefined) {
      const { key, payload } = instance;
      effect = { id: this.#effects.length, key, payload, upstreamKey, windowMs };
      for (const earlier of this.#effects.filter((seen) => seen.key === key)) {
        // A late packet of the earlier window may come last.
        const ageMs = Math.abs(windowMs - earlier.windowMs);
        expectation(ageMs >= dayMs, `key ${key} had a second effect after ${ageMs} ms`);
      }
      this.#effects.push(effect);
    }
    const number = (this.#answers += 1);
    const body = JSON.stringify({ effect: effect.id, payload: effect.payload, number });
    const answer = {
      status,
      headers: {},
      body: number % 2 ? body : body.padEnd(200),
      isBase64Encoded: false,
    };
    return { kind: "answered", status, answer };
  }

  /** The first answer for all, and to nobody with another payload. */
  #deliver(instance: Instance, answer: Answer): void {
    const { effect, payload } = JSON.parse(answer.body) as { effect: number; payload: number };
    expectation(
      payload === instance.payload,
      `payload ${instance.payload} got the answer of payload ${payload}`,
    );
    expectation(this.#effects[effect]?.key === instance.key, `key ${instance.key} got another key's answer`);
    const first = this.#delivered.get(String(effect));
    expectation(
      first === undefined || first === JSON.stringify(answer),
      `effect ${effect} was answered differently`,
    );
    this.#delivered.set(String(effect), JSON.stringify(answer));
  }
}

/** @param seen gathers what happened, so that a test can tell a strong history from an idle one */
export async function simulate(actions: readonly Action[], seen = new Set<string>()): Promise<void> {
  await new World(seen).run(actions);
}

export const checkModel = (limits: ModelLimits): Promise<ModelReport> =>
  checkHistories((seen) => fc.asyncProperty(history, (actions) => simulate(actions, seen)), limits);
