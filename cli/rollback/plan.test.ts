import { describe, expect, it } from "vitest";
import { liveValues } from "../../infra/secrets/liveValues";
import { plainStyle } from "../style";
import { documentOf } from "./document";
import { known, unknown } from "./history";
import { endsOf, lastGood, planOf, type PlanInput } from "./plan";
import { RollbackError } from "./problem";
import { survey } from "./survey";
import { UsageError } from "../usageError";
import {
  committed,
  deployment,
  DIGESTS,
  domain,
  GatewayDouble,
  knownOf,
  noHistory,
  route,
  usagePlan,
} from "./testSupport";
import { listText, planText } from "./text";

const a = knownOf(deployment("a", 0, DIGESTS.a));
const b = knownOf(deployment("b", 1, DIGESTS.b), { inForce: true });

describe("the last good deployment (B7.4)", () => {
  it("is the newest before the one in force", () => {
    const older = knownOf(deployment("older", -1, DIGESTS.c));
    expect(lastGood([b, older, a])?.id).toBe("a");
  });

  it.each([
    ["has the model that is in force", knownOf(deployment("x", 0.5, DIGESTS.b))],
    ["was made by hand", knownOf(deployment("x", 0.5))],
    ["a rollback went away from", knownOf(deployment("x", 0.5, DIGESTS.c), { left: true })],
    ["is newer than the one in force", knownOf(deployment("x", 2, DIGESTS.c))],
  ])("is none that %s", (_, other) => {
    expect(lastGood([b, other, a])?.id).toBe("a");
    expect(lastGood([b, other])).toBeUndefined();
  });

  it("is none where the stage points at what is gone", () => {
    expect(lastGood([a])).toBeUndefined();
    expect(() => endsOf([a], "gone", undefined)).toThrow(/got "gone", which is none of the API's/);
  });

  it("is another where somebody names one that is there and not in force", () => {
    const hand = knownOf(deployment("hand", 0.5));
    expect(endsOf([b, hand, a], "b", "hand").to.id).toBe("hand");
    expect(() => endsOf([b, a], "b", "nowhere")).toThrow(/--to: got "nowhere"; allowed: b, a; fix: /);
    expect(() => endsOf([b, a], "b", "b")).toThrow(/b, which is in force/);
    expect(() => endsOf([b], "b", undefined)).toThrow(RollbackError);
  });
});

async function inputOf(gateway: GatewayDouble, changes: Partial<PlanInput> = {}): Promise<PlanInput> {
  const situation = await survey({ gateway, history: noHistory, left: new Set() });
  return {
    situation,
    from: b,
    to: a,
    routes: { from: [route("POST /chat")], to: [route("POST /chat")] },
    committed: { from: known(committed), to: known(committed) },
    ...changes,
  };
}
const double = (): GatewayDouble =>
  new GatewayDouble([deployment("a", 0, DIGESTS.a), deployment("b", 1, DIGESTS.b)], "b");

describe("the plan of a rollback (B7.4)", () => {
  it("changes the stage's deployment alone where nothing else differs", async () => {
    const plan = planOf(await inputOf(double()));
    expect(plan.changes.map(({ part, about }) => [part, about])).toEqual([["deployment", "deploymentId"]]);
    expect(plan.changes[0]?.now).toContain("b of 2026-11-26T09:00:00.000Z, model bbbbbbbbbbbb");
    expect(plan.differs).toEqual([]);
    expect(plan.warnings).toEqual([]);
  });

  it("says which routes come, go, and are guarded otherwise, and which authorizer is another", async () => {
    const input = await inputOf(double(), {
      routes: {
        from: [route("POST /chat", { authorizationType: "NONE" }), route("POST /new")],
        to: [route("POST /chat"), route("POST /old", { apiKeyRequired: false })],
      },
      committed: { from: known({ ...committed, authorizers: ["other"] }), to: known(committed) },
    });
    const plan = planOf(input);
    expect(plan.changes.slice(1)).toEqual([
      {
        part: "deployment",
        about: "POST /chat",
        now: "authorization NONE, API key required",
        then: "authorization CUSTOM, API key required",
      },
      {
        part: "deployment",
        about: "POST /new",
        now: "authorization CUSTOM, API key required",
        then: "no route",
      },
      {
        part: "deployment",
        about: "POST /old",
        now: "no route",
        then: "authorization CUSTOM, API key not asked for",
      },
      { part: "authorizer", about: "declaration", now: "other", then: committed.authorizers[0] },
    ]);
    expect(plan.warnings).toEqual([
      "POST /old has no throttle of its own on the stage now: the default holds for it",
    ]);
  });

  it("goes on without usage plans that nobody could read, and says so: it leaves them anyway", async () => {
    const gateway = double();
    gateway.usagePlans = () =>
      Promise.reject(new UsageError("apigateway:GET on /usageplans: got AccessDenied"));
    const plan = planOf(await inputOf(gateway));
    expect(plan.differs).toEqual([]);
    expect(plan.uncompared).toContain("usage plans: nobody could read them");
    gateway.usagePlans = () => Promise.reject(new TypeError("a fault of ours"));
    await expect(inputOf(gateway)).rejects.toThrow("a fault of ours");
  });

  it("says of throttles, plans and web ACL what was otherwise that day, and leaves it", async () => {
    const gateway = double();
    gateway.throttles = new Map([["* *", { requestsPerSecond: 10, burst: 20 }]]);
    gateway.usage = [
      { ...usagePlan, quota: "900 a MONTH" },
      { ...usagePlan, name: "fase-b-staging-new" },
    ];
    gateway.webAclArn = undefined;
    const plan = planOf(await inputOf(gateway));
    expect(plan.differs).toEqual([
      { part: "throttles", about: "POST /chat", now: "none of its own", then: "10/s, burst 20" },
      { part: "plans", about: "fase-b-staging-new", now: "a plan", then: "no plan" },
      { part: "plans", about: "fase-b-staging-web-app: quota", now: "900 a MONTH", then: "21000 a MONTH" },
      { part: "webAcl", about: "bound to the stage", now: "none", then: "fase-b-staging-rest" },
    ]);
    expect(plan.changes).toHaveLength(1);
    expect(plan.warnings).toContain("the stage has no web ACL now");
  });

  it("says what it could not compare, and why, rather than that nothing differs", async () => {
    const plan = planOf(
      await inputOf(double(), { committed: { from: known(committed), to: unknown("no git") } }),
    );
    expect(plan.differs).toEqual([]);
    expect(plan.uncompared).toEqual([
      "throttles, usage plans and web ACL with the program of that day: no git",
      "integrations and the authorizer's declaration: AWS shows of a deployment only its routes",
      "the truststore's version of that day: no preview knows it",
    ]);
  });

  it.each<[string, (gateway: GatewayDouble) => Partial<PlanInput>, RegExp]>([
    [
      "leads to one that nobody reviewed",
      () => ({ to: knownOf(deployment("hand", 0)) }),
      /not made by the program/,
    ],
    ["leads to one that was no good", () => ({ to: { ...a, left: true } }), /known to be no good/],
    ["goes forward", () => ({ to: knownOf(deployment("c", 2, DIGESTS.c)) }), /goes forward/],
    ["meets a canary", (gateway) => ((gateway.hasCanary = true), {}), /a canary/],
    ["finds no domain", (gateway) => ((gateway.leading = []), {}), /nobody can call it/],
    [
      "finds a domain without mutual TLS",
      (gateway) => ((gateway.leading = [domain("x.staging.example.com", { truststore: undefined })]), {}),
      /x\.staging\.example\.com asks for no client certificate/,
    ],
    [
      "finds a truststore that the gateway complains of",
      (gateway) => ((gateway.leading = [domain("x.staging.example.com", { warnings: ["expired"] })]), {}),
      /truststore: expired/,
    ],
  ])("warns where it %s", async (_, change, warning) => {
    const gateway = double();
    const changes = change(gateway);
    expect(planOf(await inputOf(gateway, changes)).warnings.join("\n")).toMatch(warning);
  });

  it("names on terminal and in the document every live value that is never put back, from the program's own table", async () => {
    const input = await inputOf(double());
    const text = planText(planOf(input), plainStyle);
    const document = documentOf({
      stack: "staging",
      apiName: "fase-b-staging",
      stageName: "v1",
      region: "eu-west-1",
    });
    for (const [name, { owner, rollback }] of Object.entries(liveValues)) {
      expect(text).toContain(`${name} of ${owner}: ${rollback}`);
      expect(document).toContain(`| \`${name}\`: `);
    }
    expect(text).toContain(
      "truststore of chat-01.staging.example.com: s3://fase-b-staging-truststore-123456789012/truststore.pem, version v7",
    );
  });
});

describe("the list", () => {
  it("shows what is known of each, and why the rest is not", async () => {
    const gateway = double();
    gateway.all.push(deployment("hand", -1));
    const situation = await survey({
      gateway,
      history: {
        ...noHistory,
        commitOf: (digest) =>
          Promise.resolve(digest === DIGESTS.a ? known("1".repeat(40)) : unknown("in no committed preview")),
        creators: () => Promise.resolve(known(new Map([["b", "assumed-role/deployer/session"]]))),
      },
      left: new Set(["a"]),
    });
    const lines = listText(situation, plainStyle).split("\n");
    expect(lines.slice(1, 4)).toEqual([
      "▶  b           2026-11-26T09:00:00Z  bbbbbbbbbbbb  unknown       assumed-role/deployer/session",
      "   a           2026-11-26T08:00:00Z  aaaaaaaaaaaa  111111111111  unknown                        a rollback went away from it",
      "   hand        2026-11-26T07:00:00Z  unknown       unknown       unknown",
    ]);
    expect(lines).toContain("unknown commit: in no committed preview");
    expect(lines).toContain("unknown commit: not made by the program");
    expect(lines).toContain("unknown who: not in the trail of 90 days");
  });
});
