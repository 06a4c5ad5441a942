import { describe, expect, it } from "vitest";
import { checkMutant, mutantsOf, type Mutant } from "../modelChecking";

const rules = mutantsOf("voice/sessionRules.ts");
const sessions = mutantsOf("voice/sessions.ts");
const handler = mutantsOf("voice/handleMessage.ts");
const bandwidth = mutantsOf("voice/bandwidth.ts");
const tickets = mutantsOf("tickets/tickets.ts");

const places: readonly Mutant[] = [
  rules("one session more is let in", "living.length >= limits", "living.length > limits"),
  rules("one session less is let in", "living.length >= limits", "living.length + 1 >= limits"),
  rules("a place is held after its lease is over", "(slot) => slot.untilMs > nowMs", "() => true"),
  rules(
    "a place is held by a clock that is ahead",
    "(slot) => slot.untilMs > nowMs",
    "(slot) => slot.untilMs > nowMs - limits.skewAllowanceMs",
  ),
  rules(
    "a place is given to another before its lease is over",
    "(slot) => slot.untilMs > nowMs",
    "(slot) => slot.untilMs > nowMs + 2_000",
  ),
  rules(
    "a lease is in seconds",
    "untilMs: Math.min(nowMs + limits.idleMs, endsMs)",
    "untilMs: nowMs + limits.idleMs / 1000",
  ),
  rules("a lease is not renewed", "Math.max(slot.untilMs, nowMs + limits.idleMs)", "slot.untilMs"),
  rules(
    "a session is idle as soon as its lease is over by one clock",
    "nowMs >= slot.untilMs + limits.skewAllowanceMs",
    "nowMs >= slot.untilMs",
  ),
  rules("the longest time has no end", "leftMs(slot, limits, nowMs) <= 0", "nowMs < 0"),
  rules(
    "the longest time is over by one clock only",
    "slot.endsMs - limits.skewAllowanceMs - nowMs",
    "slot.endsMs - nowMs",
  ),
  rules("whoever leaves takes everybody along", "(slot) => slot.owner !== owner", "() => false"),
  rules("writes are apart by one clock only", "writeIntervalMs + limits.skewAllowanceMs", "writeIntervalMs"),
  rules(
    "writes are not apart",
    "slot.writtenMs + writeIntervalMs + limits.skewAllowanceMs",
    "slot.writtenMs",
  ),
  sessions(
    "a write does not ask what stands there",
    'isAsSeen = is("revision", "=", parameter("revision"))',
    'isAsSeen = is("id", ">", "")',
  ),
  sessions("a first write does not ask whether it is the first", 'absent("id")', 'absent("nothing")'),
  sessions(
    "what was seen before a session began ends it",
    "if (seenNow || (!isOver",
    "if (isOver || seenNow || (!isOver",
  ),
  sessions(
    "what an instance has seen of the table never grows old",
    "nowMs >= nextWriteMs(slot, limits)",
    "nowMs >= nextWriteMs(slot, limits) + 60_000",
  ),
  sessions(
    "what an instance has seen grows old too late",
    "nowMs >= nextWriteMs(slot, limits)",
    "nowMs >= nextWriteMs(slot, limits) + limits.skewAllowanceMs",
  ),
  sessions(
    "a frame renews nothing where the table was just looked at",
    "nowMs >= nextWriteMs(slot, limits)",
    "nowMs >= nextWriteMs(slot, limits) && !seenNow",
  ),
];

const rate: readonly Mutant[] = [
  sessions(
    "what an instance let through counts only when it is reported",
    "limits.session, unreported[direction], unreported.lastMs",
    "limits.session, 0, 0",
  ),
  sessions(
    "what an instance let through counts for the subject only when it is reported",
    "limits.subject, all[direction], all.lastMs",
    "limits.subject, 0, 0",
  ),
  sessions(
    "an instance keeps to itself as much as it likes",
    "all[direction] + cost > this.#unreportedBytes",
    "all[direction] + cost > Infinity",
  ),
  rules(
    "what went out is not reported for the session",
    "withReport(slot.buckets, limits.session, own)",
    "slot.buckets",
  ),
  rules(
    "what went out is not reported for the subject",
    "withReport(state.buckets, limits.subject, sumOf(reports.values()))",
    "state.buckets",
  ),
  rules("the newest frame's time is the oldest's", "Math.max(sum.lastMs, part.lastMs)", "sum.lastMs"),
  sessions(
    "a refused report counts as done",
    "if (written.done) this.#settle(key, reports);",
    "this.#settle(key, reports);",
  ),
  sessions("a done report is told again and again", "if (written.done) this.#settle(key, reports);", ""),
  sessions(
    "a frame in the queue is charged no more",
    "unreported[direction] += cost;",
    "unreported[direction] += 0;",
  ),
  sessions(
    "a frame is charged each time that it asks",
    "frame.charged = true;\n      unreported",
    "unreported",
  ),
  sessions("a held frame goes out too early", "if (lowest < 0)", "if (lowest < -limits.messageBytes / 2)"),
  bandwidth("the bucket has no brim", "Math.min(burstBytes,", "Math.max(-Infinity,"),
  handler(
    "the agent's answers are not held",
    'if (admission.kind === "forward") {',
    'if (admission.kind === "forward" || frame.direction === "fromAgent") {',
  ),
];

const order: readonly Mutant[] = [
  sessions(
    "audio goes out before its session is started",
    "frame.needsStart && !slot.started",
    "frame.needsStart && slot === undefined",
  ),
  handler(
    "the caller hears of the start before the table does",
    "await ports.sessions.start(session);",
    "void ports.sessions;",
  ),
  handler("frames are held without a warning", "!admission.warned", "admission.warned"),
];

const identity: readonly Mutant[] = [
  tickets(
    "a ticket's time is left to TTL",
    'is("expiresAtMs", ">", parameter("latestNowMs"))',
    'is("expiresAtMs", ">", 0)',
  ),
  tickets("a clock stretches a ticket's time", "nowMs + skewAllowanceMs", "nowMs - skewAllowanceMs"),
  tickets(
    "a ticket is put back after its use",
    "return result.done && result.before !== undefined",
    `if (result.done && result.before !== undefined) {
      const { id, ...set } = result.before;
      const condition = absent("nothing");
      await this.ports.store.write("put-back", [{ kind: "update", table, id, set, condition }]);
    }
    return result.done && result.before !== undefined`,
  ),
];

/** Of work, not of time, so that a busy machine finds the same. */
const limits = { runs: 20_000, timeLimitMs: 110_000, seed: 7, shrink: false };

describe("the model checker finds that", () => {
  it.each([...places, ...rate, ...order, ...identity])(
    "$mistake",
    async (mutant) => {
      const { failure } = await checkMutant("voice/simulation.ts", mutant, limits);
      // The model's own words, not a fall of code that was broken too much.
      expect(failure).toMatch(/^Error: /);
    },
    120_000,
  );
});
