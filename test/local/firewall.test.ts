import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller, goodBodies, problemOf, type Answer } from "./support/calls";
import { beginProof } from "./support/proof";
import { Running } from "./support/running";

/** Of one client's key in a window; no lower ones go with what is promised to a client, two requests a second here. */
const steps = { warn: 120, slowDown: 132, block: 160 } as const;
const retryAfter = { warn: 5, slowDown: 7, block: 77 } as const;

let running: Running;
let burst: Caller;
let other: Caller;

beforeAll(async () => {
  running = await Running.start([], (values) => {
    const { rateSteps } = values["firewall"] as { rateSteps: Record<string, Record<string, object>> };
    for (const route of ["vision", "rest"]) {
      rateSteps[route] = {
        byClientKey: {
          windowSeconds: 60,
          warn: { limit: steps.warn, retryAfterSeconds: retryAfter.warn },
          slowDown: { limit: steps.slowDown, retryAfterSeconds: retryAfter.slowDown, mode: "block" },
          block: { limit: steps.block, retryAfterSeconds: retryAfter.block, mode: "block" },
        },
        // All callers here share one address.
        byIpAddress: {
          windowSeconds: 60,
          slowDown: { limit: 10_000, retryAfterSeconds: 9, mode: "block" },
          block: { limit: 20_000, retryAfterSeconds: 9, mode: "block" },
        },
      };
    }
    const promised = { requestsPerSecond: 2 };
    const { tiers } = values as { tiers: Record<string, object> };
    for (const tier of Object.keys(tiers)) tiers[tier] = { ...promised, burstRequests: 200 };
    const { rates } = values["limits"] as { rates: Record<string, object> };
    for (const rate of Object.keys(rates)) rates[rate] = { ...promised, burst: 200 };
    // Scans ask less than their tier may, and their quota is what they can ask.
    (values["scanning"] as { requestsPerSecond: number }).requestsPerSecond = 1;
    for (const client of values["clients"] as { clientId: string; monthlyQuotaRequests: number }[])
      if (client.clientId === "scanner") client.monthlyQuotaRequests = 500_000;
  });
  burst = new Caller(running, "web-app");
  other = new Caller(running, "mobile-app");
});

afterAll(async () => {
  burst?.close();
  other?.close();
  await running?.stop();
});

const codeOf = (answer: Answer): string => {
  if (answer.status !== 200) return String(problemOf(answer)["code"]);
  return answer.headers["retry-after"] === undefined ? "passed" : "warned";
};

describe("a burst (B4.4, B8.8)", () => {
  it("meets each graduated step in order, each with its Retry-After", async () => {
    const proof = beginProof("rate-limit");
    const answers: Answer[] = [];
    for (let sent = 0; sent < steps.block + 10; sent += 1) answers.push(await burst.chat());
    const codes = answers.map(codeOf);
    expect(codes).toEqual([
      ...Array<string>(steps.warn).fill("passed"),
      // Let through, and told when it had better come again.
      ...Array<string>(steps.slowDown - steps.warn).fill("warned"),
      ...Array<string>(steps.block - steps.slowDown).fill("rate-slow-down"),
      ...Array<string>(10).fill("rate-blocked"),
    ]);
    const refused = answers.slice(steps.slowDown);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
    expect(refused.every(({ headers }) => headers["retry-after"] !== undefined)).toBe(true);
    expect(answers[steps.warn]?.headers["retry-after"]).toBe(String(retryAfter.warn));
    expect(answers[steps.slowDown]?.headers["retry-after"]).toBe(String(retryAfter.slowDown));
    expect(answers.at(-1)?.headers["retry-after"]).toBe(String(retryAfter.block));
    const having = (code: string): number => codes.filter((each) => each === code).length;
    proof.held(
      {
        requests: answers.length,
        passed: having("passed") + having("warned"),
        slowedDown: having("rate-slow-down"),
        blocked: having("rate-blocked"),
        retryAfterSecondsSlowedDown: Number(answers[steps.slowDown]?.headers["retry-after"]),
        retryAfterSecondsBlocked: Number(answers.at(-1)?.headers["retry-after"]),
        refusalsWithRetryAfter: refused.filter(({ headers }) => headers["retry-after"] !== undefined).length,
      },
      `a burst of ${answers.length} passed ${steps.slowDown} times, the last ${having("warned")} with a warning, was slowed down ${steps.block - steps.slowDown} times and then blocked; warnings and refusals all had Retry-After`,
    );
  });

  it("does not touch another client, nor the same client's other route", async () => {
    expect((await other.chat()).status).toBe(200);
    const vision = { domain: "vision-01.staging.example.com", path: "/vision", body: goodBodies["/vision"] };
    expect((await burst.call(vision)).status).toBe(200);
  });

  it("counts a path that is written otherwise with its route", async () => {
    for (let sent = 0; sent < steps.slowDown; sent += 1)
      await other.call({
        domain: "vision-01.staging.example.com",
        path: "/%76ision",
        body: goodBodies["/vision"],
      });
    const vision = { domain: "vision-01.staging.example.com", path: "/vision", body: goodBodies["/vision"] };
    expect(codeOf(await other.call(vision))).toBe("rate-slow-down");
  });
});
