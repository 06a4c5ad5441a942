import { describe, expect, it } from "vitest";
import { checkMutant, mutantsOf, type Mutant } from "../../modelChecking";

const handler = mutantsOf("edge/handleRequest.ts");
const readings = mutantsOf("edge/agentAnswer.ts");
const calls = mutantsOf("edge/upstream/callUpstream.ts");
const inClaims = mutantsOf("edge/claims/claims.ts");
const inQuota = mutantsOf("edge/claims/quota.ts");

const handlerMutants: readonly Mutant[] = [
  handler(
    "what was not sent stays counted",
    "sent ? admission : await this.#withdraw(turn, claim, admission)",
    "admission",
  ),
  handler("a count is taken back of what was sent", "const counted = sent ? admission :", "const counted ="),
  handler(
    "RateLimit says what was before the count was taken back",
    "headers: this.#quotaHeaders(counted)",
    "headers: this.#quotaHeaders(admission)",
  ),
  handler(
    "nothing is counted",
    'await turn.wait("store", () => this.#claims.admit(claim, quota))',
    "{ admitted: true, quota, remaining: 1, resetMs: 1, resetSeconds: 1 }",
  ),
  handler("an answer is given that was not kept", 'if (stored.kind !== "stored")', "if (false)"),
  handler("a replay is not marked", '{ [REPLAYED_HEADER]: "true", ...policy }', "policy"),
  handler(
    "whoever is cut off is refused its answer, too",
    "known === undefined ? refused()",
    "true ? refused()",
  ),
  handler(
    "one cut off after its claim keeps it",
    'await this.#release(turn, claim, "retry-now"); return refused',
    "return refused",
  ),
  handler(
    "an object store that fails after the agent's answer frees the key",
    'await this.#release(turn, claim, "in-doubt"); throw error',
    'await this.#release(turn, claim, "retry-now"); throw error',
  ),
  handler(
    "a key in doubt is freed",
    "await this.#release(turn, claim, disposition)",
    'await this.#release(turn, claim, "retry-now")',
  ),
  handler(
    "of a lock in doubt nobody is told until when",
    "held ? wholeSeconds(leaseLeftMs) : answer.retryAfterSeconds",
    "answer.retryAfterSeconds",
  ),
  handler(
    "a request begins to count after its answer",
    "turn.over || turn.deadlineMs - this.ports.timing.nowMs() < agent.upstream.settings.retry.minimumTryMs",
    "false",
  ),
  handler(
    "the last word comes when the function is dead",
    "Math.max(0, remainingMs - options.lastWordMs)",
    "remainingMs",
  ),
  handler("no fence is sent", "fencingNumber: claim.fence,", ""),
  handler(
    "what was counted too late stays counted",
    'await this.#withdraw(turn, claim, admission); return turn.refuse("agent-timeout")',
    'return turn.refuse("agent-timeout")',
  ),
  handler("the agent gets the client's own key", "upstreamKeyOf(claim)", "valid.headers[KEY_HEADER]"),
  readings("what earlier tries did is forgotten", 'isTriedAgain ? [{ kind: "unknown" }] : []', "[]"),
  readings(
    "that a first sending still runs is kept as its answer",
    "status === 409 && (isRepeat || isTriedAgain)",
    "false",
  ),
  readings(
    "garbage says that nothing was done",
    'disposition("agent-answer-unusable", { kind: "unknown" })',
    'disposition("agent-answer-unusable", { kind: "not-sent" })',
  ),
  readings(
    "a broken connection says that nothing was done",
    'disposition("agent-failed", { kind: "unknown" })',
    'disposition("agent-failed", { kind: "not-sent" })',
  ),
  calls(
    "the last try alone says whether anything was sent",
    "sent ||= wasSent(last)",
    "sent = wasSent(last)",
  ),
  calls(
    "a try takes as long as it likes",
    "Math.min(retry.tryTimeoutMs, finishByMs - nowMs, admission.finishByMs - nowMs)",
    "retry.tryTimeoutMs",
  ),
];

const claimsMutants: readonly Mutant[] = [
  inClaims(
    "an owner is not asked for its token",
    'all(isOwned, is("state", "=", "in-progress"))',
    'all(is("state", "=", "in-progress"))',
  ),
  inClaims("seconds are taken for milliseconds", "nowMs + this.#leaseMs", "nowMs + this.#leaseMs / 1000"),
  inClaims("Retry-After is in milliseconds", "Math.ceil(milliseconds / 1000)", "Math.ceil(milliseconds)"),
  inClaims(
    "the lease is as long as the function lives, clocks ignored",
    "options.hardTimeoutMs + options.skewAllowanceMs",
    "options.hardTimeoutMs",
  ),
  inClaims(
    "24 h are left to TTL, which comes late",
    "overWindowStartMs: nowMs - windowMs - this.options.skewAllowanceMs",
    "overWindowStartMs: 0",
  ),
  inClaims(
    "taking over begins a new window",
    'abandoned === undefined ? nowMs : numberOf(abandoned, "windowStartMs")',
    "nowMs",
  ),
  inClaims("the payload is not compared", 'old["fingerprint"] !== fingerprint &&', "false &&"),
  inClaims("a claim in doubt is forgotten", 'how === "retry-now" && !claim.inherited', "!claim.inherited"),
  inClaims(
    "a heir forgets what was before it",
    'how === "retry-now" && !claim.inherited',
    'how === "retry-now"',
  ),
  inClaims("the fence is the clock alone", "Math.max(nowMs, lowestFence)", "nowMs"),
  inClaims(
    "the lock does not ask for a higher fence",
    'any(absent("fence"), is("fence", "<", parameter("fence"))),',
    "",
  ),
  inClaims(
    "the lock is not given back with the answer",
    "[record, ...this.#unlock(claim)]);\n    const [verdict]",
    "[record]);\n    const [verdict]",
  ),
  inClaims(
    "a lock in doubt is given back at once",
    'if (how === "in-doubt" && claim.lockId !== undefined) return;',
    "",
  ),
  inClaims("a count that failed keeps the claim", "await this.#releaseAfter(claim, error);", ""),
  inClaims(
    "whoever waits for a lock is told a second",
    '{ kind: "locked", retryAfterSeconds: wholeSeconds(leaseLeftMs) }',
    '{ kind: "locked", retryAfterSeconds: 1 }',
  ),
  inClaims(
    "two clients share a lock",
    "digestOf(clientId, subject, lockResource)",
    "digestOf(subject, lockResource)",
  ),
  inClaims(
    "two clients share a key",
    "digestOf(clientId, subject, route, idempotencyKey)",
    "digestOf(subject, route, idempotencyKey)",
  ),
  inClaims("a refused quota keeps the claim", 'if (!admitted) await this.release(claim, "retry-now");', ""),
  inClaims(
    "a late owner answers with what it has",
    "if (verdict === undefined || verdict.held) return",
    "if (verdict !== undefined) return",
  ),
  inClaims(
    "a first sending is taken for somebody else's",
    '!isDone && old["owner"] === owner && leaseLeftMs > 0',
    "false",
  ),
  inQuota("a repeat counts again", 'parameter("quota"))), isNew)', 'parameter("quota"))))'),
  inQuota(
    "a repeat is taken for the quota's end",
    "return seen instanceof Set && seen.has(shortToken(token));",
    "return seen === token;",
  ),
  inQuota("a count is taken back again", "condition: isNew,", 'condition: absent("nothing"),'),
  inQuota("a count is taken back in another month", "monthOf(resetMs - 1)", "monthOf(nowMs)"),
  inQuota(
    "the quota admits one more",
    'is("count", "<", parameter("quota"))',
    'is("count", "<=", parameter("quota"))',
  ),
];

/** Each shows once in some thousand histories: looked for in the long run, and held by `claims.test.ts`. */
const rareMutants: readonly Mutant[] = [
  inClaims(
    "24 h are counted without the clocks' difference",
    "overWindowStartMs: nowMs - windowMs - this.options.skewAllowanceMs",
    "overWindowStartMs: nowMs - windowMs",
  ),
  inClaims("a lock is given back by whoever comes", "condition: isOwned,", 'condition: absent("nothing"),'),
  inClaims(
    "a running request past 24 h is not waited for",
    'any(is("state", "=", "done"), leaseOver)',
    'absent("nothing")',
  ),
];

const isLongRun = process.env["EDGE_MODEL_RUNS"] !== undefined;
const limits = isLongRun
  ? {
      runs: 1_000_000,
      timeLimitMs: 1_000 * Number(process.env["EDGE_MODEL_SECONDS"] ?? 120),
      seed: 6,
      shrink: false,
    }
  : { runs: 60_000, timeLimitMs: 50_000, seed: 6, shrink: false };

describe("the model checker finds", () => {
  it.each([...handlerMutants, ...claimsMutants, ...(isLongRun ? rareMutants : [])])(
    "$mistake",
    async (mutant) => {
      const { failure } = await checkMutant("edge/model/world.ts", mutant, limits);
      // The model's own words, not a fall of code that was broken too much.
      expect(failure).toMatch(/^Error: (?!.* met a fault)/);
    },
    limits.timeLimitMs + 10_000,
  );
});
