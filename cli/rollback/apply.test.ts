import { describe, expect, it } from "vitest";
import { liveValues } from "../../infra/secrets/liveValues";
import { applyPlan, type Applied, type ApplyInput } from "./apply";
import { callUntilGood, GOOD_IN_A_ROW, type CallResult } from "./call";
import { changeEvent, tellPager } from "./changeEvent";
import { checked } from "./check";
import { demandMeant, type Known, type Situation } from "./plan";
import { rollbackSchema } from "./record";
import { planFrom, survey } from "./survey";
import { deployment, DIGESTS, GatewayDouble, noHistory, T0_MS } from "./testSupport";

/** Time that passes only while somebody waits. */
const clock = (): ApplyInput["timing"] => {
  let nowMs = T0_MS;
  return {
    nowMs: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
};
const double = (): GatewayDouble =>
  new GatewayDouble([deployment("a", 0, DIGESTS.a), deployment("b", 1, DIGESTS.b)], "b");
const options = {
  clientCert: "",
  clientKey: "",
  apiKey: "",
  route: "POST /chat",
  expect: [200],
  waitSeconds: 60,
};

async function applied(gateway: GatewayDouble, results?: (at: number) => CallResult): Promise<Applied> {
  const sources = { gateway, history: noHistory, left: new Set<string>() };
  const plan = await planFrom(sources, await survey(sources));
  let at = 0;
  return applyPlan({
    gateway,
    plan,
    call:
      results === undefined
        ? undefined
        : {
            how: () => Promise.resolve(results((at += 1))),
            domain: "chat-01.staging.example.com",
            options,
          },
    timing: clock(),
    place: { apiName: "fase-b-staging", stageName: "v1" },
    who: { by: "devops-security", reason: "every chat is answered with 500" },
  });
}

describe("a rollback (B7.4)", () => {
  it("points the stage back once, calls it, and records what it left alone", async () => {
    const gateway = double();
    const { rollback } = await applied(gateway, () => ({ status: 200 }));
    expect(gateway.pointed).toEqual(["a"]);
    expect(rollback).toMatchObject({
      clause: "B7.4",
      verdict: "met",
      from: { id: "b", modelSha256: DIGESTS.b },
      to: { id: "a", modelSha256: DIGESTS.a, createdAt: "2026-11-26T08:00:00.000Z" },
      calls: { made: GOOD_IN_A_ROW, failed: 0, answers: { 200: GOOD_IN_A_ROW } },
      leftAlone: Object.keys(liveValues),
    });
  });

  it("counts the calls that failed while the change was on its way", async () => {
    const { rollback } = await applied(double(), (at) => (at <= 3 ? { status: 500 } : { status: 200 }));
    expect(rollback).toMatchObject({
      verdict: "met",
      calls: { made: 8, failed: 3, answers: { 500: 3, 200: 5 } },
    });
    expect(rollback.because).toContain("3 of 8 failed");
  });

  it("is not met where no five answers in a row are good, however many are", async () => {
    const { rollback } = await applied(double(), (at) =>
      at % GOOD_IN_A_ROW === 0 ? { status: undefined, code: "ECONNRESET" } : { status: 200 },
    );
    expect(rollback.verdict).toBe("not-met");
    expect(rollback.because).toMatch(/does not answer: .*× ECONNRESET/);
  });

  it("says that nobody called where nobody could, and claims no more", async () => {
    const { rollback } = await applied(double());
    expect([rollback.verdict, rollback.calls]).toEqual(["unknown", undefined]);
    expect(rollback.because).toContain("nobody called it");
  });

  it("changes nothing where the stage is not what the plan was made of any more", async () => {
    const gateway = double();
    const sources = { gateway, history: noHistory, left: new Set<string>() };
    const plan = await planFrom(sources, await survey(sources));
    gateway.inForce = "a";
    await expect(
      applyPlan({
        gateway,
        plan,
        call: undefined,
        timing: clock(),
        place: { apiName: "", stageName: "" },
        who: { by: "devops-security", reason: "" },
      }),
    ).rejects.toThrow(/the deployment in force: got a; allowed: b, of which the plan is/);
    expect(gateway.pointed).toEqual([]);
  });

  it("believes the stage and not the call where the call's answer was lost", async () => {
    const lost = double();
    lost.onPoint = (id) => {
      lost.inForce = id;
      throw new Error("socket hang up");
    };
    expect((await applied(lost)).rollback.to.id).toBe("a");
    const refused = double();
    refused.onPoint = () => {
      throw new Error("no right");
    };
    await expect(applied(refused)).rejects.toThrow("no right");
  });

  it("keeps a record where somebody else points the stage elsewhere at once, and calls nobody", async () => {
    const gateway = double();
    gateway.onPoint = () => void (gateway.inForce = "z");
    const { rollback, settled, calls } = await applied(gateway, () => ({ status: 200 }));
    expect([rollback.verdict, settled, calls]).toEqual(["not-met", false, undefined]);
    expect(rollback.because).toMatch(/^the stage was pointed at a and is at z: somebody else, or an update/);
  });

  it("keeps a record where the gateway falls silent after the change, and claims nothing of the stage", async () => {
    const gateway = double();
    gateway.onPoint = (id) => {
      gateway.inForce = id;
      gateway.onLook = () => {
        throw new Error("no answer");
      };
      throw new Error("socket hang up");
    };
    const { rollback, settled } = await applied(gateway, () => ({ status: 200 }));
    expect([rollback.verdict, settled]).toEqual(["unknown", false]);
    expect(rollback.because).toMatch(
      /^the stage was to be pointed at a, and nobody could read whether it is, or still at b; POST \/chat on .* answers/,
    );
  });

  it("keeps a record where whoever waits can wait no longer", async () => {
    const gateway = double();
    const controller = new AbortController();
    const sources = { gateway, history: noHistory, left: new Set<string>() };
    const plan = await planFrom(sources, await survey(sources));
    let made = 0;
    const { rollback, settled } = await applyPlan({
      gateway,
      plan,
      call: {
        how: () => {
          made += 1;
          if (made === 1) return Promise.resolve({ status: 500 });
          controller.abort();
          // No answer comes.
          return new Promise(() => undefined);
        },
        domain: "chat-01.staging.example.com",
        options,
      },
      timing: { ...clock(), interrupted: controller.signal },
      place: { apiName: "fase-b-staging", stageName: "v1" },
      who: { by: "devops-security", reason: "every chat is answered with 500" },
    });
    expect([gateway.inForce, rollback.verdict, settled, made]).toEqual(["a", "unknown", false, 2]);
    expect(rollback.because).toBe("the stage points at a; its calls were cut short: 1 × 500");
  });

  it("says in a record no more than it holds, however long the route", async () => {
    const gateway = double();
    const sources = { gateway, history: noHistory, left: new Set<string>() };
    const plan = await planFrom(sources, await survey(sources));
    const { rollback } = await applyPlan({
      gateway,
      plan,
      call: {
        how: () => Promise.resolve({ status: 200 }),
        domain: "chat-01.staging.example.com",
        options: { ...options, route: `POST /${"x".repeat(900)}` },
      },
      timing: clock(),
      place: { apiName: "fase-b-staging", stageName: "v1" },
      who: { by: "devops-security", reason: "every chat is answered with 500" },
    });
    expect(rollbackSchema.safeParse(rollback).success).toBe(true);
  });

  it("is settled where it answers, and where nobody was to call it", async () => {
    expect((await applied(double(), () => ({ status: 200 }))).settled).toBe(true);
    expect((await applied(double())).settled).toBe(true);
    expect((await applied(double(), () => ({ status: 500 }))).settled).toBe(false);
  });

  it("is done once: a second, by whomever, says where to", async () => {
    const gateway = new GatewayDouble(
      [deployment("z", -1, DIGESTS.c), deployment("a", 0, DIGESTS.a), deployment("b", 1, DIGESTS.b)],
      "b",
    );
    const sources = { gateway, history: noHistory, left: new Set<string>() };
    const situation = await survey(sources);
    expect(() =>
      demandMeant(situation, { from: named(situation, "b"), to: named(situation, "a") }),
    ).not.toThrow();
    await applied(gateway);
    const then = await survey(sources);
    const plan = await planFrom(sources, then);
    expect([plan.from.id, plan.to.id]).toEqual(["a", "z"]);
    expect(() => demandMeant(then, plan)).toThrow(
      /^the deployment in force: got a, since .*, though b is newer: it was rolled back already; allowed: .*; fix: .*--to z$/,
    );
  });
});

const named = ({ deployments }: Situation, id: string): Known => {
  const found = deployments.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no deployment ${id}`);
  return found;
};

describe("calls", () => {
  it("are made once at least, be the time up before", async () => {
    const calls = await callUntilGood(
      () => Promise.resolve({ status: 500 }),
      { domain: "x", route: "POST /chat", expect: [200], waitSeconds: 60 },
      {
        nowMs: (() => {
          let now = 0;
          return () => (now += 61_000);
        })(),
        sleep: () => Promise.resolve(),
      },
    );
    expect(calls).toMatchObject({ made: 1, failed: 1, answered: false });
  });
});

describe("the pager", () => {
  const change = {
    namePrefix: "fase-b-staging",
    stageName: "v1",
    from: "b",
    to: "a",
    by: "devops-security",
    reason: "every chat is answered with 500",
    atMs: T0_MS,
  };
  const timing = { nowMs: () => T0_MS, sleep: () => Promise.resolve(), random: () => 0 };
  const url = "https://events.pagerduty.com/v2/change/enqueue";

  it("is sent one change event with the key of its secret", async () => {
    const sent: unknown[] = [];
    const secretText = (): Promise<string> => Promise.resolve('{"integrationKey":"k"}');
    const failed = await tellPager(change, { url, secretText }, timing, (to, _headers, body) => {
      sent.push([to, body]);
      return Promise.resolve(202);
    });
    expect(failed).toBeUndefined();
    expect(sent).toEqual([[url, changeEvent(change, "k")]]);
    expect(changeEvent(change, "k")).toEqual({
      routing_key: "k",
      payload: {
        summary: "Rollback of fase-b-staging: stage v1 from b to a: every chat is answered with 500",
        source: "fase-b-staging",
        timestamp: "2026-11-26T08:00:00.000Z",
        custom_details: { kind: "rollback", from: "b", to: "a", by: "devops-security" },
      },
    });
  });

  it.each<[string, () => Promise<string>, number, RegExp]>([
    [
      "its key cannot be read",
      () => Promise.reject(new TypeError("secret words")),
      202,
      /^its key could not be read \(TypeError\)$/,
    ],
    ["its secret has no key", () => Promise.resolve("{}"), 202, /^its key could not be read/],
    ["it refuses", () => Promise.resolve('{"integrationKey":"k"}'), 400, /^it answered 400$/],
  ])("holds nothing up where %s", async (_, secretText, status, says) => {
    const failed = await tellPager(change, { url, secretText }, timing, () => Promise.resolve(status));
    expect(failed).toMatch(says);
    expect(failed).not.toContain("secret words");
  });
});

describe("the check of every night (B7.4)", () => {
  const findings = async (
    gateway: GatewayDouble,
    left: readonly string[] = [],
  ): Promise<readonly string[]> => {
    const situation = await survey({ gateway, history: noHistory, left: new Set(left) });
    return (await checked(situation, gateway)).filter(({ holds }) => !holds).map(({ text }) => text);
  };

  it("finds nothing where one could go back", async () => {
    expect(await findings(double())).toEqual([]);
  });

  it.each<[string, (gateway: GatewayDouble) => void, RegExp]>([
    ["there is none before", (gateway) => gateway.all.shift(), /no deployment to go back to/],
    ["the last good one was removed meanwhile", (gateway) => gateway.routesOf.delete("a"), /^a was removed$/],
    ["the last good one serves nothing", (gateway) => gateway.routesOf.set("a", []), /has no route$/],
    [
      "the stage points at what is gone",
      (gateway) => (gateway.inForce = "x"),
      /none of the API's deployments/,
    ],
    [
      "a rollback was not followed up",
      (gateway) => (
        (gateway.inForce = "a"),
        gateway.all.push(deployment("z", -1, DIGESTS.c)),
        gateway.routesOf.set("z", [])
      ),
      /^b is newer than the one in force/,
    ],
    ["nobody can call the stage", (gateway) => (gateway.leading = []), /no custom domain/],
    ["a canary would stay", (gateway) => (gateway.hasCanary = true), /a canary/],
  ])("fails where %s", async (_, change, says) => {
    const gateway = double();
    change(gateway);
    expect((await findings(gateway)).join("\n")).toMatch(
      says instanceof RegExp ? new RegExp(says.source, "m") : says,
    );
  });

  it("fails where a record can't be read: what it says of is not known", async () => {
    const gateway = double();
    const sources = { gateway, history: noHistory, left: new Set<string>(), unreadable: ["half.json"] };
    const situation = await survey(sources);
    const found = (await checked(situation, gateway)).filter(({ holds }) => !holds);
    expect(found.map(({ text }) => text)).toEqual([
      expect.stringMatching(/rollbacks\/half\.json can't be read/),
    ]);
    expect((await planFrom(sources, situation)).warnings).toContainEqual(
      expect.stringMatching(/half\.json can't be read/),
    );
  });

  it("fails where a rollback went away from the only other one", async () => {
    expect((await findings(double(), ["a"])).join()).toMatch(/no deployment to go back to/);
  });
});
