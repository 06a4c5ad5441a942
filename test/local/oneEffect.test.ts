import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller, newKey, problemOf, type Answer } from "./support/calls";
import { beginProof } from "./support/proof";
import { Running } from "./support/running";
import { atOnce } from "./support/statistics";

const REQUESTS = Number(process.env["LOCAL_REQUESTS"] ?? 10_000);
const KEYS = REQUESTS / 20;
const AT_ONCE = 64;
const KILL_EDGE_EVERY_MS = 2_000;
const KILL_AUTHORIZER_EVERY_MS = 10_000;
/** The longest that a record of a killed instance keeps others out: function's time-out and the clocks' difference. */
const LEASE_MS = 29_000;
const LIMIT_MS = 25 * 60_000;

const DOMAIN = "chat-02.staging.example.com";

let running: Running;
let caller: Caller;

beforeAll(async () => {
  running = await Running.start(["--quiet"], (values) => {
    // Neither throttles nor steps are what is proven here.
    const { tiers, limits } = values as {
      tiers: Record<string, object>;
      limits: { rates: Record<string, object> };
    };
    tiers["gold"] = { requestsPerSecond: 80, burstRequests: 500 };
    limits.rates["chat"] = { requestsPerSecond: 500, burst: 1000 };
  });
  caller = new Caller(running, "web-app");
});

afterAll(async () => {
  caller?.close();
  await running?.stop();
});

describe("B3.1, B8.6: under duplicates and killed instances", () => {
  it(
    `${REQUESTS} requests over ${KEYS} keys, ${AT_ONCE} at once, have ${KEYS} effects and one answer each`,
    async () => {
      const proof = beginProof("idempotency");
      const keys = Array.from({ length: KEYS }, newKey);
      const answers = new Map<string, Set<string>>(keys.map((key) => [key, new Set()]));
      const outcomes = new Map<string, number>();
      let firstAnswers = 0;
      const note = (key: string, answer: Answer): void => {
        const outcome =
          answer.status === 200 ? "200" : `${answer.status} ${String(problemOf(answer)["code"])}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (answer.status !== 200) return;
        answers.get(key)?.add(answer.body);
        if (answer.headers["idempotency-replayed"] !== "true") firstAnswers += 1;
      };
      const call = (key: string): Promise<Answer> =>
        caller.chat({ domain: DOMAIN, headers: { "idempotency-key": key } });

      // Some time passes at the agent, so that instances die in the middle of a call.
      await running.tell("agent", "chat-02", "--reset", "--latency", "20-120");
      let killed = 0;
      const kill = (name: string): void =>
        void running.tell("kill", name, "1").then((said) => (killed += Number.parseInt(said, 10)));
      const killing = [
        setInterval(() => kill("edge"), KILL_EDGE_EVERY_MS),
        setInterval(() => kill("authorizer"), KILL_AUTHORIZER_EVERY_MS),
      ];
      const startMs = performance.now();
      try {
        await atOnce(AT_ONCE, REQUESTS, async (index) => {
          // Neighbours in time often share a key: a burst of duplicates, not a round.
          const key = keys[Math.floor((index + Math.random() * 100) / 20) % KEYS] ?? "";
          note(key, await call(key));
        });
      } finally {
        for (const timer of killing) clearInterval(timer);
      }
      const seconds = (performance.now() - startMs) / 1000;

      // Whose every call fell to a killed instance is called until it is answered: that is what a caller does.
      const deadline = performance.now() + 4 * LEASE_MS;
      const unanswered = new Set(keys.filter((key) => answers.get(key)?.size === 0));
      await atOnce(4, keys.length, async (index) => {
        const key = keys[index] ?? "";
        while (unanswered.has(key) && performance.now() < deadline) {
          const answer = await call(key);
          note(key, answer);
          if (answer.status === 200) unanswered.delete(key);
          else await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      });

      const { counted } = await running.agent("chat-02");
      console.log(
        `${(REQUESTS / seconds).toFixed(0)} requests a second, ${killed} instances killed, ` +
          `${counted.effects} effects, ${counted.repeats} repeats at the agent, ` +
          `outcomes ${JSON.stringify(Object.fromEntries([...outcomes].sort()))}`,
      );
      expect(killed).toBeGreaterThan(20);
      expect(counted.effects).toBe(KEYS);
      expect([...answers.values()].map((bodies) => bodies.size)).toEqual(Array(KEYS).fill(1));
      // All others are marked as replays; of some the instance died between keeping and answering.
      expect(firstAnswers).toBeLessThanOrEqual(KEYS);
      // Only what was cut off is asked for again: by a killed instance, or by a table or an agent that did not answer in time.
      const cutOff = [...outcomes].filter(([outcome]) => outcome.startsWith("50"));
      expect(counted.repeats).toBeLessThanOrEqual(killed + cutOff.reduce((sum, [, count]) => sum + count, 0));
      const allowed = /^(200|409 request-in-flight|429 (throttled|agent-throttled)|50[0234] [a-z-]+)$/;
      const others = [...outcomes].filter(([outcome]) => !allowed.test(outcome));
      // A fresh authorizer denies when the table of trust does not answer in time, as on a busy machine it may not.
      expect(others.filter(([outcome]) => outcome !== "403 access-denied")).toEqual([]);
      expect(outcomes.get("403 access-denied") ?? 0).toBeLessThan(REQUESTS / 100);
      const requests = [...outcomes.values()].reduce((total, count) => total + count, 0);
      const inFlight = outcomes.get("409 request-in-flight") ?? 0;
      proof.held(
        {
          requests,
          keys: KEYS,
          effects: counted.effects,
          repeatsAtAgent: counted.repeats,
          answers: outcomes.get("200") ?? 0,
          inFlight,
          instancesKilled: killed,
        },
        `${requests} requests over ${KEYS} keys had ${counted.effects} effects and one answer a key, while ${killed} instances were killed`,
      );
    },
    LIMIT_MS,
  );
});
