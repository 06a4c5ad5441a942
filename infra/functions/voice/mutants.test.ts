import { describe, expect, it } from "vitest";
import { checkMutant, mutantsOf, type Mutant } from "../modelChecking";

const rules = mutantsOf("voice/sessionRules.ts");
const sessions = mutantsOf("voice/sessions.ts");
const bandwidth = mutantsOf("voice/bandwidth.ts");
const tickets = mutantsOf("tickets/tickets.ts");

const mutants: readonly Mutant[] = [
  rules("one session more is let in", "living.length >= limits", "living.length > limits"),
  rules("a lease is never over", "(slot) => slot.untilMs > nowMs", "() => true"),
  rules(
    "a lease is in seconds",
    "untilMs: Math.min(nowMs + limits.idleMs, endsMs)",
    "untilMs: nowMs + limits.idleMs / 1000",
  ),
  rules("whoever leaves takes everybody along", "(slot) => slot.owner !== owner", "() => false"),
  rules(
    "what went out is not reported",
    "limits.session, nowMs), report.bytes)",
    "limits.session, nowMs), 0)",
  ),
  rules("writes are apart by one clock only", "writeIntervalMs + limits.skewAllowanceMs", "writeIntervalMs"),
  rules(
    "writes are not apart",
    "slot.writtenMs + writeIntervalMs + limits.skewAllowanceMs",
    "slot.writtenMs",
  ),
  sessions(
    "a write does not ask what stands there",
    'is("revision", "=", view.revision)',
    'is("id", "=", subjectId)',
  ),
  sessions("a first write does not ask whether it is the first", 'absent("id")', 'absent("nothing")'),
  sessions(
    "a refused report counts as done",
    "if (written.done) {\n            local.bytes",
    "if (written.view !== undefined) {\n            local.bytes",
  ),
  sessions("a frame in the queue is charged no more", "local.bytes += cost;", "local.bytes += 0;"),
  sessions(
    "a held frame goes out without being asked for again",
    "if (lowest >= 0) return",
    "if (lowest >= -1000) return",
  ),
  sessions("what was seen before a session began ends it", "ended ? seenNow", "ended ? true"),
  bandwidth("the bucket has no brim", "Math.min(burstBytes,", "Math.max(-Infinity,"),
  tickets(
    "a ticket's time is left to TTL",
    'is("expiresAtMs", ">", nowMs + skewAllowanceMs)',
    'is("expiresAtMs", ">", 0)',
  ),
  tickets("a clock stretches a ticket's time", "nowMs + skewAllowanceMs", "nowMs - skewAllowanceMs"),
  tickets(
    "a ticket stays after its use",
    'kind: "delete", table, id: idOf(ticket), condition',
    'kind: "update", table, id: idOf(ticket), set: { used: 1 }, condition',
  ),
];

const limits = { runs: 60_000, timeLimitMs: 60_000, seed: 7, shrink: false };

/** An update answers with the item after it, a deletion with the one before. */
const mended = (source: string): string =>
  source.includes('kind: "update"') ? source.replaceAll("result.before", "result.after") : source;

describe("the model checker finds that", () => {
  it.each(mutants)(
    "$mistake",
    async (mutant) => {
      const { failure } = await checkMutant("voice/simulation.ts", mutant, limits, mended);
      expect(failure).not.toBe("");
    },
    120_000,
  );
});
