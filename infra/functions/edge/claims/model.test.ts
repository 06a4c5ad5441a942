import { describe, expect, it } from "vitest";
import { checkMutant, mutantsOf, type Mutant } from "../../modelChecking";
import { checkModel } from "./simulation";

/** More of both for a night: `CLAIMS_MODEL_RUNS=200000 CLAIMS_MODEL_SECONDS=600`. */
const runs = Number(process.env["CLAIMS_MODEL_RUNS"] ?? 2_500);
const isLongRun = process.env["CLAIMS_MODEL_RUNS"] !== undefined;
const timeLimitMs = 1_000 * Number(process.env["CLAIMS_MODEL_SECONDS"] ?? 60);

const expected = [
  "complete: stored",
  "fenced off",
  "fresh",
  "in-flight",
  "locked",
  "mismatch",
  "quota refused",
  "replay",
  "taken over",
  "withdrawn",
];

describe("the claims under any order, crash, lost answer and clock (B3.1, B3.2, B4.1, B8.6)", () => {
  it(
    "cause one effect for each key, give its first answer to all, hold no lock twice, count each request once",
    async () => {
      const report = await checkModel({ runs, timeLimitMs, expected });
      expect(report.failure).toBe("");
      // An idle history proves nothing.
      const missing = expected.filter((what) => !report.seen.has(what));
      expect(missing).toEqual([]);
    },
    timeLimitMs + 60_000,
  );
});

const inClaims = mutantsOf("edge/claims/claims.ts");
const inQuota = mutantsOf("edge/claims/quota.ts");

const mutants: readonly Mutant[] = [
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

/** Each shows once in some thousand histories: looked for in the long run, and held by tests of their own. */
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

const limits = { runs: 60_000, timeLimitMs: 50_000, seed: 6, shrink: false };

describe("the model checker finds", () => {
  it.each(isLongRun ? [...mutants, ...rareMutants] : mutants)("$mistake", async (mutant) => {
    const { failure } = await checkMutant("edge/claims/simulation.ts", mutant, limits);
    // The model's own words, not a fall of code that was broken too much.
    expect(failure).toMatch(/^Error: /);
  });
});
