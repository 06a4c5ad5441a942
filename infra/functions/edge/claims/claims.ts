import type { ObjectStore } from "../../store/objectStore";
import {
  absent,
  all,
  any,
  is,
  parameter,
  StoreError,
  type Item,
  type PutWrite,
  type Store,
  type UpdateWrite,
  type Verdict,
  type Write,
} from "../../store/store";
import { answerDigestOf, decodeAnswer, encodeAnswer, type Answer } from "./answers";
import { digestOf, payloadDigestOf } from "./fingerprint";
import { countOf, countWrite, monthOf, uncountWrite, wasCounted } from "./quota";

export interface ClaimsPorts {
  readonly store: Store;
  readonly objects: ObjectStore;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  /** Unguessable and never the same twice, e.g. 16 random bytes as base64url. */
  readonly newToken: () => string;
}

export interface ClaimsOptions {
  readonly table: string;
  /** After this the function is killed, whatever it is doing. */
  readonly hardTimeoutMs: number;
  /** The most that two instances' clocks differ. */
  readonly skewAllowanceMs: number;
  /** The longest time between the first sending of a write to the store and its last repeat: the store's `writeTimeoutMs`. */
  readonly storeTimeoutMs: number;
  /** Larger answers go to the object store. @default 300 KB, below the item's 400 KB */
  readonly inlineAnswerBytes?: number;
}

export interface ClaimRequest {
  readonly clientId: string;
  /** The client's user; without one, the client's requests share a scope. */
  readonly subject: string | undefined;
  /** e.g. `POST /avatar` */
  readonly route: string;
  readonly idempotencyKey: string;
  /** Part of what must be the same: a key that is used at another agent is another request under it. */
  readonly agentId: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** What the operation holds alone, beside its subject, e.g. `avatar/av_12345678`. */
  readonly lockResource?: string | undefined;
}

/** The right to run one request, until it is completed, released, or its lease is over. */
export interface Claim {
  readonly clientId: string;
  readonly recordId: string;
  readonly lockId: string | undefined;
  readonly owner: string;
  readonly fingerprint: string;
  /** Grows with every holder of the record and of the lock; upstream refuses a lower one than it has seen. */
  readonly fence: number;
  /** When the first attempt under the key began, epoch milliseconds: {@link upstreamKeyOf} */
  readonly windowStartMs: number;
  /** An earlier attempt was cut off and may have had its effect. */
  readonly inherited: boolean;
  readonly leaseUntilMs: number;
}

export type ClaimOutcome =
  /** Proceed: {@link Claims.admit}, then the agent, then {@link Claims.complete} or {@link Claims.release}. */
  | { readonly kind: "fresh"; readonly claim: Claim }
  /** The first answer, to be marked as a replay. */
  | { readonly kind: "replay"; readonly answer: Answer }
  /** 422: the key was used with another payload. */
  | { readonly kind: "mismatch" }
  /** 409: the first request still runs, or its lease does. */
  | { readonly kind: "in-flight"; readonly retryAfterSeconds: number }
  /** 409: another operation holds the resource. */
  | { readonly kind: "locked"; readonly retryAfterSeconds: number };

/** What is known of a key that nobody has to claim any more, or that somebody has claimed. */
export type Recollection = Exclude<ClaimOutcome, { kind: "fresh" | "locked" }>;

export interface Admission {
  readonly admitted: boolean;
  readonly quota: number;
  readonly remaining: number;
  readonly resetMs: number;
  readonly resetSeconds: number;
}

/** `stored`: answer the client with it. Anything else says what to answer instead: another owner took over. */
export type CompleteOutcome = { readonly kind: "stored" } | Recollection;

/** The record says that there is an answer, and the object store has none or another. */
export class AnswerLostError extends Error {
  override readonly name = "AnswerLostError";
  constructor(found: "no object" | "an object with another digest") {
    super(
      `a stored answer was lost: got ${found}; fix: see the bucket's lifecycle and who else writes there`,
    );
  }
}

const windowMs = 24 * 3_600_000;
const defaultInlineAnswerBytes = 300 * 1024;
/** Each further try follows what the one before was told; more would mean that others win every time. */
const claimTries = 4;
/** TTL only cleans up, and late at that: nothing reads it. */
const cleanUpAfterMs = 3_600_000;

const leaseOver = is("leaseUntilMs", "<=", parameter("nowMs"));
/** Where nothing stands, or what stands is over 24 h old and nobody is at it any more. */
const isFree = any(
  absent("id"),
  all(is("windowStartMs", "<=", parameter("overWindowStartMs")), any(is("state", "=", "done"), leaseOver)),
);
/** The very item that an owner abandoned. */
const isAbandoned = all(
  is("owner", "=", parameter("abandonedBy")),
  is("state", "=", "in-progress"),
  is("fence", "<", parameter("fence")),
  leaseOver,
);
const isUnlocked = all(
  any(absent("leaseUntilMs"), leaseOver),
  any(absent("fence"), is("fence", "<", parameter("fence"))),
);
const isOwned = is("owner", "=", parameter("owner"));
const isMine = all(isOwned, is("state", "=", "in-progress"));
/** A refused condition answers with the item, so that no right to read is needed. */
const never = all(absent("id"), is("id", "=", parameter("id")));

/**
 * Idempotency records, locks and monthly counts. See README.md for states, keys and guarantees.
 *
 * A first request takes three round trips: claim (record and lock in one), admit, complete. A replay takes one.
 */
export class Claims {
  readonly #leaseMs: number;
  readonly #evidenceMs: number;

  constructor(
    private readonly ports: ClaimsPorts,
    private readonly options: ClaimsOptions,
  ) {
    this.#leaseMs = options.hardTimeoutMs + options.skewAllowanceMs;
    this.#evidenceMs = options.storeTimeoutMs + options.skewAllowanceMs;
  }

  /**
   * Claims the request's key and, where there is one, its lock; all or nothing.
   *
   * @throws StoreError `unavailable`: it may have been claimed, and is free again when the lease is over
   */
  async claim(request: ClaimRequest): Promise<ClaimOutcome> {
    const { clientId, subject = "", lockResource } = request;
    const identity = {
      clientId,
      recordId: recordIdOf(request),
      lockId: lockResource === undefined ? undefined : `lock#${digestOf(clientId, subject, lockResource)}`,
      owner: this.ports.newToken(),
      fingerprint: fingerprintOf(request),
    };
    let abandoned: Item | undefined;
    let lowestFence = 0;
    for (let tried = 0; tried < claimTries; tried += 1) {
      const nowMs = this.ports.nowMs();
      const claim = this.#draft(identity, nowMs, Math.max(nowMs, lowestFence), abandoned);
      const writes: [Write, ...Write[]] = [this.#recordWrite(claim, nowMs, abandoned)];
      if (claim.lockId !== undefined) writes.push(this.#lockWrite(claim, claim.lockId, nowMs));
      const verdicts = await this.#writeClaim(abandoned === undefined ? "claim" : "take-over", writes);
      if (verdicts === "done") return { kind: "fresh", claim };
      if (verdicts === "conflict") break;

      const [record, lock] = verdicts;
      if (record !== undefined && !record.held) {
        const settled = await this.#judgeRecord(identity.fingerprint, identity.owner, record.old, claim);
        if (settled !== "abandoned" && settled !== "gone") return settled;
        abandoned = settled === "abandoned" ? record.old : undefined;
      }
      if (lock !== undefined && !lock.held) {
        const leaseLeftMs = numberOf(lock.old, "leaseUntilMs") - this.ports.nowMs();
        if (leaseLeftMs > 0) return { kind: "locked", retryAfterSeconds: wholeSeconds(leaseLeftMs) };
      }
      // A clock behind the last holder's: the fence grows all the same.
      lowestFence = 1 + Math.max(fenceOf(record), fenceOf(lock));
    }
    return { kind: "in-flight", retryAfterSeconds: 1 };
  }

  /**
   * What a request's key has come to already, without claiming it: for a request that cannot be sent now.
   *
   * @returns `undefined` where it would have to be sent
   * @throws StoreError nothing was changed
   */
  async recall(request: ClaimRequest): Promise<Recollection | undefined> {
    const id = recordIdOf(request);
    const { table } = this.options;
    const result = await this.ports.store.write("recall", [
      { kind: "delete", table, id, condition: never, parameters: { id } },
    ]);
    const old = result.done ? undefined : oldOf(result.verdicts[0]);
    if (old === undefined || this.#isWindowOver(old)) return undefined;
    const fingerprint = fingerprintOf(request);
    const settled = await this.#judgeRecord(fingerprint, NOBODY, old, undefined);
    return typeof settled === "string" || settled.kind === "fresh" || settled.kind === "locked"
      ? undefined
      : settled;
  }

  /**
   * Counts a claimed request that is about to be sent upstream. Refused at the quota, it gives claim and lock back.
   *
   * @throws StoreError the request must not be sent; claim and lock were given back, if the store let us
   */
  async admit(claim: Claim, quota: number): Promise<Admission> {
    const nowMs = this.ports.nowMs();
    const { resetMs } = monthOf(nowMs);
    const evidenceMs = this.#evidenceMs;
    const write = countWrite(this.options.table, claim.clientId, claim.owner, quota, nowMs, evidenceMs);
    const result = await this.ports.store.write("count", [write]).catch(async (error: unknown) => {
      await this.#releaseAfter(claim, error);
      throw error;
    });
    const item = result.done ? result.after : oldOf(result.verdicts[0]);
    const admitted = result.done || wasCounted(item, claim.owner, nowMs, evidenceMs);
    if (!admitted) await this.release(claim, "retry-now");
    return {
      admitted,
      quota,
      remaining: Math.max(0, quota - countOf(item)),
      resetMs,
      resetSeconds: wholeSeconds(resetMs - nowMs),
    };
  }

  /**
   * Takes the count of a request back that was admitted and then not sent. Once for each admission.
   *
   * @returns the admission as it stands now
   * @throws StoreError it may stay counted
   */
  async withdraw(claim: Claim, admission: Admission): Promise<Admission> {
    const { resetMs, quota } = admission;
    const nowMs = this.ports.nowMs();
    const { table } = this.options;
    const write = uncountWrite(table, claim.clientId, claim.owner, resetMs, nowMs, this.#evidenceMs);
    const result = await this.ports.store.write("uncount", [write]);
    // Refused only by its own first sending, whose answer was lost.
    const item = result.done ? result.after : oldOf(result.verdicts[0]);
    return { ...admission, remaining: Math.max(0, quota - countOf(item)) };
  }

  /**
   * Keeps the answer for every repeat and gives the lock back. Only what this says may be answered: a caller that
   * answers although the store failed may give another answer than a repeat gets.
   *
   * @throws StoreError it is not known whether the answer was kept: answer 503; a repeat under the same key is safe
   */
  async complete(claim: Claim, answer: Answer): Promise<CompleteOutcome> {
    const text = encodeAnswer(answer);
    const inline = Buffer.byteLength(text) <= (this.options.inlineAnswerBytes ?? defaultInlineAnswerBytes);
    // The owner is part of the key, so that a late owner writes beside, never over, the answer that counts.
    const objectKey = `answers/${claim.recordId.slice("idempotency#".length)}/${claim.owner}`;
    if (!inline) await this.ports.objects.put("put-answer", objectKey, Buffer.from(text));
    const record: UpdateWrite = {
      kind: "update",
      table: this.options.table,
      id: claim.recordId,
      set: {
        state: "done",
        ...(inline ? { answer: text } : { answerObject: objectKey, answerDigest: answerDigestOf(text) }),
      },
      condition: isMine,
      parameters: { owner: claim.owner },
    };
    const verdicts = await this.#writeEach("complete", [record, ...this.#unlock(claim)]);
    const [verdict] = verdicts;
    if (verdict === undefined || verdict.held) return { kind: "stored" };
    const { old } = verdict;
    if (old?.["owner"] === claim.owner && old["state"] === "done") return { kind: "stored" };
    const settled = await this.#judgeRecord(claim.fingerprint, claim.owner, old, claim);
    return typeof settled === "string" || settled.kind === "fresh" || settled.kind === "locked"
      ? { kind: "in-flight", retryAfterSeconds: 1 }
      : settled;
  }

  /**
   * Ends a claim without an answer.
   *
   * - `retry-now`: this attempt sent nothing. Key and lock are free at once; only where an earlier attempt may have had
   *   its effect is the record kept, and with it the upstream key.
   * - `in-doubt`: something was sent. The record stays, so that a repeat goes upstream under the same key, at once where
   *   there is no lock. A lock stays with its record until the lease is over: the agent may still be at it.
   *
   * @throws StoreError claim and lock end with the lease
   */
  async release(claim: Claim, how: "retry-now" | "in-doubt"): Promise<void> {
    if (how === "in-doubt" && claim.lockId !== undefined) return;
    const { table } = this.options;
    const id = claim.recordId;
    const mine = { condition: isMine, parameters: { owner: claim.owner } };
    const record: Write =
      how === "retry-now" && !claim.inherited
        ? { kind: "delete", table, id, ...mine }
        : { kind: "update", table, id, set: { leaseUntilMs: 0 }, ...mine };
    await this.#writeEach("release", [record, ...this.#unlock(claim)]);
  }

  async #releaseAfter(claim: Claim, error: unknown): Promise<void> {
    try {
      await this.release(claim, "retry-now");
    } catch (releaseError) {
      throw new AggregateError(
        [error, releaseError],
        "the request was not counted, nor its claim given back",
        {
          cause: releaseError,
        },
      );
    }
  }

  #draft(
    identity: Pick<Claim, "clientId" | "recordId" | "lockId" | "owner" | "fingerprint">,
    nowMs: number,
    fence: number,
    abandoned: Item | undefined,
  ): Claim {
    const windowStartMs = abandoned === undefined ? nowMs : numberOf(abandoned, "windowStartMs");
    return {
      ...identity,
      fence,
      windowStartMs,
      inherited: abandoned !== undefined,
      leaseUntilMs: nowMs + this.#leaseMs,
    };
  }

  #recordWrite(claim: Claim, nowMs: number, abandoned: Item | undefined): PutWrite {
    const endsMs = Math.max(
      claim.windowStartMs + windowMs + this.options.skewAllowanceMs,
      claim.leaseUntilMs,
    );
    return {
      kind: "put",
      table: this.options.table,
      item: {
        id: claim.recordId,
        state: "in-progress",
        owner: claim.owner,
        fence: claim.fence,
        fingerprint: claim.fingerprint,
        windowStartMs: claim.windowStartMs,
        leaseUntilMs: claim.leaseUntilMs,
        expiresAtSeconds: Math.ceil((endsMs + cleanUpAfterMs) / 1000),
      },
      ...(abandoned === undefined
        ? {
            condition: isFree,
            parameters: { nowMs, overWindowStartMs: nowMs - windowMs - this.options.skewAllowanceMs },
          }
        : {
            condition: isAbandoned,
            parameters: { nowMs, abandonedBy: textOf(abandoned, "owner"), fence: claim.fence },
          }),
    };
  }

  #lockWrite(claim: Claim, id: string, nowMs: number): UpdateWrite {
    return {
      kind: "update",
      table: this.options.table,
      id,
      set: {
        owner: claim.owner,
        fence: claim.fence,
        leaseUntilMs: claim.leaseUntilMs,
        // A fence is a time, so a lock that TTL took away loses nothing: the next fence is higher all the same.
        expiresAtSeconds: Math.ceil((claim.leaseUntilMs + cleanUpAfterMs) / 1000),
      },
      condition: isUnlocked,
      parameters: { nowMs, fence: claim.fence },
    };
  }

  /** The fence stays in the item. */
  #unlock(claim: Claim): UpdateWrite[] {
    if (claim.lockId === undefined) return [];
    return [
      {
        kind: "update",
        table: this.options.table,
        id: claim.lockId,
        remove: ["owner", "leaseUntilMs"],
        condition: isOwned,
        parameters: { owner: claim.owner },
      },
    ];
  }

  async #writeClaim(
    step: string,
    writes: readonly [Write, ...Write[]],
  ): Promise<"done" | "conflict" | readonly Verdict[]> {
    try {
      const result = await this.ports.store.write(step, writes);
      return result.done ? "done" : result.verdicts;
    } catch (error) {
      // Others are at this very record or lock: the caller is told to come back.
      if (error instanceof StoreError && error.kind === "conflict") return "conflict";
      throw error;
    }
  }

  /** All together; where one of them is refused, the others alone. */
  async #writeEach(step: string, writes: readonly [Write, ...Write[]]): Promise<readonly Verdict[]> {
    const result = await this.ports.store.write(step, writes);
    if (result.done) return writes.map(() => ({ held: true }));
    const verdicts = [...result.verdicts];
    for (const [index, write] of writes.entries()) {
      if (verdicts[index]?.held !== true) continue;
      const alone = await this.ports.store.write(`${step}-alone`, [write]);
      if (!alone.done && alone.verdicts[0] !== undefined) verdicts[index] = alone.verdicts[0];
    }
    return verdicts;
  }

  /** What a record that refused a write means for a request. */
  async #judgeRecord(
    fingerprint: string,
    owner: string,
    old: Item | undefined,
    claim: Claim | undefined,
  ): Promise<ClaimOutcome | "abandoned" | "gone"> {
    // Given back between the writing and this reading.
    if (old === undefined) return "gone";
    const leaseLeftMs = numberOf(old, "leaseUntilMs") - this.ports.nowMs();
    const isDone = old["state"] === "done";
    // Our own first sending, whose answer was lost.
    if (claim !== undefined && !isDone && old["owner"] === owner && leaseLeftMs > 0)
      return { kind: "fresh", claim };
    // Over 24 h old, but its last owner may still run: a new request under this key waits for it.
    if (old["fingerprint"] !== fingerprint && !(this.#isWindowOver(old) && leaseLeftMs > 0 && !isDone))
      return { kind: "mismatch" };
    if (isDone) return { kind: "replay", answer: await this.#readAnswer(old) };
    if (leaseLeftMs > 0) return { kind: "in-flight", retryAfterSeconds: wholeSeconds(leaseLeftMs) };
    return "abandoned";
  }

  #isWindowOver(record: Item): boolean {
    const { skewAllowanceMs } = this.options;
    return numberOf(record, "windowStartMs") <= this.ports.nowMs() - windowMs - skewAllowanceMs;
  }

  /** @throws AnswerLostError */
  async #readAnswer(record: Item): Promise<Answer> {
    const inline = record["answer"];
    if (typeof inline === "string") return decodeAnswer(inline);
    const bytes = await this.ports.objects.get("get-answer", textOf(record, "answerObject"));
    if (bytes === undefined) throw new AnswerLostError("no object");
    const text = Buffer.from(bytes).toString("utf8");
    if (answerDigestOf(text) !== record["answerDigest"])
      throw new AnswerLostError("an object with another digest");
    return decodeAnswer(text);
  }
}

/**
 * The `Idempotency-Key` for the agent: the same for every attempt within the window, no other client's.
 *
 * @returns 43 characters of base64url
 */
export const upstreamKeyOf = ({
  recordId,
  windowStartMs,
}: Pick<Claim, "recordId" | "windowStartMs">): string =>
  digestOf("upstream", recordId, String(windowStartMs));

const recordIdOf = ({ clientId, subject = "", route, idempotencyKey }: ClaimRequest): string =>
  `idempotency#${digestOf(clientId, subject, route, idempotencyKey)}`;

const fingerprintOf = ({ agentId, contentType, body }: ClaimRequest): string =>
  digestOf("request", agentId, payloadDigestOf(contentType, body));

/** No owner's token: they are never empty. */
const NOBODY = "";

const wholeSeconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

const numberOf = (item: Item | undefined, name: string): number => {
  const value = item?.[name];
  return typeof value === "number" ? value : 0;
};

const textOf = (item: Item, name: string): string => {
  const value = item[name];
  return typeof value === "string" ? value : "";
};

const oldOf = (verdict: Verdict | undefined): Item | undefined =>
  verdict === undefined || verdict.held ? undefined : verdict.old;

const fenceOf = (verdict: Verdict | undefined): number => numberOf(oldOf(verdict), "fence");
