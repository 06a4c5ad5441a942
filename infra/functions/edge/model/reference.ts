import type { APIGatewayProxyResult } from "aws-lambda";
import { expectation } from "../../modelChecking";
import { MemoryStore } from "../../store/memoryStore";
import type { Item, Write, WriteResult } from "../../store/store";
import { monthOf } from "../claims/quota";
import type { UpstreamRequest } from "../upstream/httpsSender";
import { REPLAYED_HEADER } from "../turn";
import {
  clockOffsetsMs,
  completionReserveMs,
  dayMs,
  hardTimeoutMs,
  skewAllowanceMs,
  type RequestAction,
} from "./histories";

/** Tests only: the table, the agent, and what must be true of both and of every answer, by the true time. */

export const table = "requests";
export const clientIds = ["web-app", "mobile-app"] as const;
/** Requests a month. */
export const quota = 3;

/** What a client asks for. */
export type Wanted = Pick<RequestAction, "client" | "path" | "key" | "payload">;

/** A request at one instance, as the reference follows it. */
export interface Attempt extends Wanted {
  readonly name: string;
  /** Of its instance's clock. */
  readonly offsetMs: number;
  readonly startedMs: number;
  /** The answer to its key was kept before it came: until when it counts, by the true time. */
  readonly knownUntilMs: number;
  state: "running" | "answered" | "dead";
  /** What it asked of the table came to nothing, or nobody knows: what it owes may stay. */
  isFaulty: boolean;
  /** The same of its count. */
  isCountFaulty: boolean;
  /** Its process did, and the platform may be late to kill it. */
  stoodStill: boolean;
  /** Between the claim and the end of its work, as the table saw it. */
  holding: Holding | undefined;
  /** Seconds that record and lock were still leased to others when it asked for them last. */
  waits: readonly number[];
  /** The last that it was given. */
  given: Holding | undefined;
  counted: number;
  /** What was left of the quota when it was counted, or taken back. */
  left: number | undefined;
  /** Something of it may have reached the agent. */
  isSent: boolean;
  /** Its record and when that began. */
  window: string;
  /** The agent's answers to it. */
  readonly heard: Set<string>;
  readonly line: { readonly values: Map<string, number>; ends: number };
  outcome: Outcome | undefined;
}

/** What became of a request, in a word: a problem's code, `answer` or `replay`. */
export type Outcome = string;

export function newAttempt(reference: Reference, wanted: Wanted, clock: number, startedMs: number): Attempt {
  const { client, path, key, payload } = wanted;
  const attempt: Attempt = {
    name: `r${reference.attempts.length}`,
    client,
    path,
    key,
    payload,
    offsetMs: clockOffsetsMs[clock] ?? 0,
    startedMs,
    knownUntilMs: reference.knownUntilMs(wanted),
    state: "running",
    isFaulty: false,
    isCountFaulty: false,
    stoodStill: false,
    holding: undefined,
    waits: [],
    given: undefined,
    counted: 0,
    left: undefined,
    isSent: false,
    window: "",
    heard: new Set(),
    line: { values: new Map(), ends: 0 },
    outcome: undefined,
  };
  reference.attempts.push(attempt);
  return attempt;
}

interface Holding {
  readonly recordId: string;
  readonly lockId: string | undefined;
  readonly owner: string;
  /** By its instance's clock. */
  readonly leaseUntilMs: number;
}

interface Effect {
  readonly id: number;
  readonly request: string;
  readonly payload: number;
  readonly upstreamKey: string;
  /** True time at which the first request of its window sent its claim. */
  readonly windowMs: number;
  /** When the request came that brought it about. */
  readonly cameMs: number;
}

/** What an agent writes, so that an answer tells whose it is. */
export interface AgentWords {
  readonly effect: number;
  readonly payload: number;
  /** Of all its answers. */
  readonly number: number;
}

export const requestOf = ({ client, path, key }: Pick<Wanted, "client" | "path" | "key">): string =>
  `${path} ${key} of ${clientIds[client]}`;

export class Reference {
  readonly store = new MemoryStore();
  readonly attempts: Attempt[] = [];
  readonly #effects: Effect[] = [];
  readonly #highestFence = new Map<string, number>();
  readonly #grantedFence = new Map<string, number>();
  /** True time at which the first claim of a record's window was sent; a window is told by what the record says. */
  readonly #windowMs = new Map<string, number>();
  /** By request. */
  readonly #kept = new Map<string, { readonly payload: number; readonly windowMs: number }>();
  /** What was said of each effect first. */
  readonly #said = new Map<number, string>();
  #answers = 0;

  constructor(
    private readonly seen: Set<string>,
    private readonly trueMs: () => number,
  ) {}

  /** @param sentMs true time */
  write(attempt: Attempt, step: string, writes: readonly [Write, ...Write[]], sentMs: number): WriteResult {
    // From here on its work is over, also where the table has yet to hear of it.
    if (step.startsWith("release") || step.startsWith("complete")) attempt.holding = undefined;
    const result = this.store.apply(writes);
    if (["claim", "take-over", "recall"].includes(step))
      attempt.waits = writes.map((write) => this.#leaseLeftSeconds(attempt, idOf(write)));
    if (step === "count" && !result.done) this.#expectSpent(attempt, writes);
    if (!result.done) return result;
    const count = Number(result.after?.["count"]);
    if (step === "claim" || step === "take-over") this.#granted(attempt, writes, sentMs);
    if (step.startsWith("complete")) {
      const { payload, window } = attempt;
      this.#kept.set(requestOf(attempt), { payload, windowMs: this.#windowMs.get(window) ?? 0 });
    }
    if (step === "count" || step === "uncount") attempt.left = quota - count;
    if (step === "count") {
      attempt.counted += 1;
      expectation(attempt.counted === 1, `${attempt.name} was counted twice`);
      expectation(count <= quota, `counted ${count} of ${quota}`);
    }
    if (step === "uncount") {
      attempt.counted -= 1;
      expectation(attempt.counted === 0, `${attempt.name} was taken back twice`);
      expectation(count >= 0, `counted ${count}`);
    }
    return result;
  }

  /** By its own clock; never none. */
  #leaseLeftSeconds({ offsetMs }: Attempt, id: string): number {
    const untilMs = Number(this.store.get(table, id)?.["leaseUntilMs"] ?? 0);
    return Math.max(1, Math.ceil((untilMs - this.trueMs() - offsetMs) / 1000));
  }

  /** The quota's end, or a repeat of what was counted. */
  #expectSpent(attempt: Attempt, [write]: readonly [Write, ...Write[]]): void {
    const count = write.kind === "update" ? this.store.get(table, write.id)?.["count"] : undefined;
    expectation(count === quota || attempt.counted === 1, `${attempt.name} was refused at ${String(count)}`);
  }

  /** Nobody else who lives may hold the record or the lock, and fences grow. */
  #granted(attempt: Attempt, writes: readonly Write[], sentMs: number): void {
    const ids = writes.map(idOf);
    for (const other of this.attempts) {
      const lives = other.state === "running" && this.trueMs() - other.startedMs < hardTimeoutMs;
      if (other === attempt || !lives || other.holding === undefined) continue;
      for (const id of ids)
        expectation(
          id !== other.holding.recordId && id !== other.holding.lockId,
          `${attempt.name} was given ${id.split("#")[0]} while ${other.name} holds it`,
        );
    }
    for (const write of writes) {
      const id = idOf(write);
      const fence = Number(write.kind === "put" ? write.item["fence"] : fenceSetBy(write));
      const before = this.#grantedFence.get(id) ?? 0;
      expectation(fence > before || !id.startsWith("lock#"), `fence ${fence} of ${id} after ${before}`);
      this.#grantedFence.set(id, fence);
    }
    const [record] = writes;
    if (record?.kind !== "put") throw new Error("a claim without a record");
    const { item } = record;
    attempt.given = {
      recordId: item.id,
      lockId: ids[1],
      owner: String(item["owner"]),
      leaseUntilMs: Number(item["leaseUntilMs"]),
    };
    if (attempt.state === "running") attempt.holding = attempt.given;
    attempt.window = `${item.id} ${String(item["windowStartMs"])}`;
    if (!this.#windowMs.has(attempt.window)) this.#windowMs.set(attempt.window, sentMs);
  }

  /** The edge is about to ask the table. */
  asking(attempt: Attempt, step: string): void {
    const isLate = step === "count" && attempt.state !== "running";
    expectation(!isLate, `${attempt.name} was counted after its answer`);
  }

  /** The edge is about to send a request. */
  sending({ name, state, startedMs, counted }: Attempt, timeoutMs: number): void {
    const deadlineMs = startedMs + hardTimeoutMs - completionReserveMs;
    expectation(state === "running", `${name} was sent after its answer`);
    expectation(counted === 1, `${name} was sent upstream and counted ${counted} times`);
    expectation(
      this.trueMs() + timeoutMs <= deadlineMs,
      `${name} would wait for its agent beyond its deadline`,
    );
  }

  /**
   * The agent does what it is asked: once for each key, for no lower fence than it has seen. It answers a repeat, too, in
   * words of its own.
   *
   * @returns `undefined` for a fence that is too low
   */
  effect(attempt: Attempt, request: UpstreamRequest): AgentWords | undefined {
    const { avatarId, payload } = JSON.parse(request.body.toString()) as {
      readonly avatarId?: string;
      readonly payload: number;
    };
    if (avatarId !== undefined) {
      const { fencingNumber: fence = Number.NaN } = request;
      expectation(fence > 0, `${attempt.name} was sent with the fence ${fence}`);
      const resource = `${avatarId} of ${request.headers["x-client-id"]}`;
      if (fence < (this.#highestFence.get(resource) ?? 0)) {
        this.seen.add("fenced off");
        const ageMs = this.trueMs() - attempt.startedMs;
        const lives = attempt.state === "running" && ageMs < hardTimeoutMs;
        expectation(!lives, `${attempt.name} was fenced off after ${ageMs} ms`);
        return undefined;
      }
      this.#highestFence.set(resource, fence);
    }
    const upstreamKey = String(request.idempotencyKey);
    const effect =
      this.#effects.find((each) => each.upstreamKey === upstreamKey) ??
      this.#newEffect(attempt, payload, upstreamKey);
    return { effect: effect.id, payload: effect.payload, number: (this.#answers += 1) };
  }

  /** It was asked under this key before. */
  isDone({ idempotencyKey }: UpstreamRequest): boolean {
    return this.#effects.some(({ upstreamKey }) => upstreamKey === idempotencyKey);
  }

  #newEffect(attempt: Attempt, payload: number, upstreamKey: string): Effect {
    const request = requestOf(attempt);
    const windowMs = this.#windowMs.get(attempt.window) ?? this.trueMs();
    const effect: Effect = {
      id: this.#effects.length,
      request,
      payload,
      upstreamKey,
      windowMs,
      cameMs: attempt.startedMs,
    };
    for (const other of this.#effects.filter((each) => each.request === request)) {
      // A late packet of the earlier window may come last.
      const [first, second] = other.windowMs <= windowMs ? [other, effect] : [effect, other];
      const ageMs = second.cameMs - first.windowMs;
      expectation(ageMs >= dayMs, `${request} had a second effect after ${ageMs} ms`);
    }
    this.#effects.push(effect);
    return effect;
  }

  /** When an answer that is kept for this request ends; in the past where there is none. */
  knownUntilMs(wanted: Wanted): number {
    const kept = this.#kept.get(requestOf(wanted));
    return kept?.payload === wanted.payload ? kept.windowMs + dayMs : 0;
  }

  /** @param isLeft something of it still runs */
  answered(attempt: Attempt, answer: APIGatewayProxyResult, isLeft: boolean): void {
    const { name, line } = attempt;
    const { statusCode, headers = {}, body } = answer;
    const problem = JSON.parse(body) as ProblemOrWords;
    const words = wordsOf(problem);
    const isReplay = headers[REPLAYED_HEADER] === "true";
    const outcome = isReplay ? "replay" : words === undefined ? String(problem.code) : "answer";
    attempt.state = "answered";
    attempt.holding = undefined;
    attempt.outcome = outcome;
    this.seen.add(outcome);

    const ageMs = this.trueMs() - attempt.startedMs;
    expectation(ageMs < hardTimeoutMs || attempt.stoodStill, `${name} was answered after ${ageMs} ms`);
    expectation(statusCode !== 500, `${name} met a fault`);
    expectation(line.ends === 1, `${name} ended ${line.ends} lines`);
    expectation(
      line.values.has("Replays") === isReplay,
      `${name}: ${outcome}, which its line counts otherwise`,
    );
    if (line.values.has("Takeovers")) this.seen.add("taken over");
    if ((line.values.get("Retries") ?? 0) > 0) this.seen.add("tried again");
    this.#expectHeaders(attempt, statusCode, headers);
    this.#expectRefusal(attempt);
    if (words !== undefined) this.#delivered(attempt, words, `${statusCode} ${body}`, isReplay);
    if (isLeft) return;
    this.ended(attempt, words !== undefined);
    this.#expectWait(attempt, words !== undefined, Number(headers["Retry-After"]));
  }

  #expectHeaders(
    attempt: Attempt,
    status: number,
    headers: NonNullable<APIGatewayProxyResult["headers"]>,
  ): void {
    const { name, outcome } = attempt;
    if (
      outcome === "request-in-flight" ||
      outcome === "resource-locked" ||
      status === 429 ||
      status === 503
    ) {
      const seconds = Number(headers["Retry-After"]);
      const longest =
        outcome === "quota-exceeded" ? 31 * 86_400 : (hardTimeoutMs + 2 * skewAllowanceMs) / 1000;
      expectation(seconds >= 1 && seconds <= longest, `${name}: ${outcome}, Retry-After ${seconds}`);
    }
    const said = headers["RateLimit"];
    if (said === undefined) return expectation(outcome !== "answer", `${name}: ${outcome} without RateLimit`);
    const left = Number(/;r=(\d+);/.exec(String(said))?.[1]);
    expectation(left >= 0 && left <= quota, `${name}: ${outcome}, ${left} of ${quota} left`);
    if (outcome === "quota-exceeded") expectation(left === 0, `${name} was refused with ${left} left`);
    if (attempt.left !== undefined && !attempt.isCountFaulty)
      expectation(left === attempt.left, `${name}: ${outcome}, ${left} left, not ${attempt.left}`);
  }

  #expectRefusal({ name, outcome = "", given, isSent, counted, knownUntilMs }: Attempt): void {
    if (["request-in-flight", "resource-locked", "idempotency-key-reused"].includes(outcome))
      expectation(given === undefined || isSent, `${name} was given its claim, and told ${outcome}`);
    if (outcome === "quota-exceeded") expectation(counted === 0, `${name} was counted, and told ${outcome}`);
    expectation(outcome !== "still-running", `${name} was told for good that its request still runs`);
    if (outcome === "agent-unreachable" && !isSent) this.seen.add("withdrawn");
    if (outcome === "agent-cut-off" && given === undefined)
      expectation(knownUntilMs <= this.trueMs(), `${name} was cut off from its answer`);
  }

  /** The first answer for all, and to nobody with another payload. */
  #delivered(attempt: Attempt, words: AgentWords, text: string, isReplay: boolean): void {
    const { name, payload } = attempt;
    const { effect, payload: answered } = words;
    expectation(answered === payload, `payload ${payload} got the answer of payload ${answered}`);
    const owner = this.#effects[effect]?.request;
    expectation(owner === requestOf(attempt), `${name} got the answer of ${owner}`);
    const first = this.#said.get(effect);
    expectation(first === undefined || first === text, `effect ${effect} was answered differently`);
    this.#said.set(effect, text);
    if (isReplay) expectation(this.#kept.has(requestOf(attempt)), `${name} got a replay of what nobody kept`);
    else
      expectation(
        attempt.heard.has(JSON.stringify(words)),
        `${name} got what its agent did not say, unmarked`,
      );
  }

  /** Nothing of it runs any more. */
  ended(attempt: Attempt, isAnswered: boolean): void {
    const { name, counted, isSent, given } = attempt;
    if (!attempt.isCountFaulty)
      expectation(counted === (isSent ? 1 : 0), `${name} was sent: ${isSent}, and counted ${counted} times`);
    if (attempt.isFaulty || given === undefined) return;
    const isFree = (id: string | undefined): boolean => this.#stillHeld(given, id) === undefined;
    if (isAnswered || !isSent) expectation(isFree(given.lockId), `${name} ended and still has its lock`);
    if (!isAnswered && !isSent) expectation(isFree(given.recordId), `${name} ended and still has its record`);
  }

  #stillHeld({ owner }: Holding, id: string | undefined): Item | undefined {
    const item = id === undefined ? undefined : this.store.get(table, id);
    return item?.["owner"] === owner && item["leaseUntilMs"] !== 0 ? item : undefined;
  }

  /** Who has to wait for a lock, its own in doubt or another's, is told how long. */
  #expectWait(attempt: Attempt, isAnswered: boolean, seconds: number): void {
    const { name, client, path, outcome, given } = attempt;
    const nowMs = this.trueMs() + attempt.offsetMs;
    const [recordWait, lockWait] = attempt.waits;
    if (outcome === "resource-locked") {
      expectation(seconds === lockWait, `${name} was told ${seconds} s of a lock that stays ${lockWait} s`);
      const isHeld = this.attempts.some(
        (other) =>
          other !== attempt &&
          other.client === client &&
          other.path === path &&
          other.given !== undefined &&
          nowMs < other.given.leaseUntilMs + 2 * skewAllowanceMs,
      );
      expectation(isHeld, `${name} was locked out, and nobody of its client holds the lock`);
    }
    if (outcome === "request-in-flight" && !attempt.isFaulty && !attempt.isSent)
      expectation(
        seconds === recordWait,
        `${name} was told ${seconds} s of a request that may take ${recordWait} s`,
      );
    if (attempt.isFaulty || given?.lockId === undefined) return;
    const lock = this.#stillHeld(given, given.lockId);
    const isInDoubt = attempt.heard.size > 0 && !isAnswered;
    if (isInDoubt && nowMs < given.leaseUntilMs - skewAllowanceMs)
      expectation(lock !== undefined, `${name} left its agent in doubt, and its lock free`);
    // Where the table or the object store failed, nobody is told more than to come again.
    if (outcome === "store-unavailable") return;
    const leftMs = Number(lock?.["leaseUntilMs"] ?? 0) - nowMs;
    expectation(
      1000 * seconds >= leftMs || lock === undefined,
      `${name} was told ${seconds} s of its lock, which stays ${leftMs} ms`,
    );
  }

  /** Every count of the months is a request's. */
  expectCounts(): void {
    const counted = this.attempts.reduce((sum, attempt) => sum + attempt.counted, 0);
    const months = new Set(
      this.attempts.flatMap(({ startedMs }) => [-dayMs, 0, dayMs].map((by) => monthOf(startedMs + by).name)),
    );
    const stored = clientIds
      .flatMap((clientId) => [...months].map((month) => `quota#${clientId}#${month}`))
      .reduce((sum, id) => sum + Number(this.store.get(table, id)?.["count"] ?? 0), 0);
    expectation(stored === counted, `${stored} requests are counted in the table, and ${counted} were`);
  }
}

type ProblemOrWords = { readonly code?: string; readonly detail?: string } & Partial<AgentWords>;

/** The agent's own, as they are or within a problem's detail. */
function wordsOf({ effect, payload, number, detail }: ProblemOrWords): AgentWords | undefined {
  if (effect !== undefined && payload !== undefined && number !== undefined)
    return { effect, payload, number };
  return detail?.startsWith("{") === true ? (JSON.parse(detail) as AgentWords) : undefined;
}

const idOf = (write: Write): string => (write.kind === "put" ? write.item.id : write.id);

const fenceSetBy = (write: Exclude<Write, { kind: "put" }>): unknown =>
  write.kind === "update" ? write.set?.["fence"] : 0;
