import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../../cli/local/authority/authority";
import { sha256 } from "../../infra/evidence/record/envelope";
import { Caller, goodBodies, newKey, problemOf, type Answer } from "./support/calls";
import { projectDir, Running } from "./support/running";
import { listeningOf, tellsSockets } from "./support/sockets";

const QUOTA = 25;

let running: Running;
let caller: Caller;

beforeAll(async () => {
  running = await Running.start([], (values) => {
    // Low enough to be used up here, and exact whatever the gateway's own quota allows beyond it.
    for (const client of values["clients"] as { clientId: string; monthlyQuotaRequests: number }[])
      if (client.clientId === "qa-security") client.monthlyQuotaRequests = QUOTA;
    // The gateway's plan counts replays and refusals too, so that it needs room beyond the contract's number.
    (values["gateway"] as { quotaMarginPercent: number }).quotaMarginPercent = 50;
    // Too little for a burst of this test on the slowest machine.
    (values["tiers"] as Record<string, object>)["silver"] = { requestsPerSecond: 1, burstRequests: 5 };
  });
  caller = new Caller(running, "web-app");
});

afterAll(async () => {
  caller?.close();
  await running?.stop();
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Digests of the files of each function that a preview declares, by the function's name. */
function functionFilesOf(preview: {
  readonly steps: readonly {
    readonly newState: {
      readonly type: string;
      readonly inputs: {
        readonly name: string;
        readonly code: { readonly assets: Readonly<Record<string, { readonly hash: string }>> };
      };
    };
  }[];
}): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const functions = preview.steps
    .map(({ newState }) => newState)
    .filter(({ type }) => type === "aws:lambda/function:Function");
  return Object.fromEntries(
    functions.map(({ inputs: { name, code } }) => [
      name,
      Object.fromEntries(Object.entries(code.assets).map(([file, { hash }]) => [file, hash])),
    ]),
  );
}

/** A refusal in the contract's form, with the ids by which it is found again. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, problemOf(answer)["code"]]).toEqual([status, code]);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(problemOf(answer)["extendedRequestId"]).toBe(answer.headers["x-extended-request-id"]);
}

describe("a good call", () => {
  it.each([
    ["chat-01", "/chat", 200],
    ["vision-01", "/vision", 200],
    ["avatar-01", "/avatar", 202],
    ["voice-tickets-01", "/realtime-voice/tickets", 201],
  ] as const)("goes to %s and comes back from %s with %d", async (agentId, path, status) => {
    const domain = `${agentId}.staging.example.com`;
    const answer = await caller.call({ domain, path, body: goodBodies[path] });
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(/^\{.+\}$/)]);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.headers["ratelimit"]).toMatch(/^"monthly";r=\d+;t=\d+$/);
  });

  it("keeps a good correlation id, and replaces a malformed one", async () => {
    const own = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";
    const kept = await caller.chat({ headers: { "x-correlation-id": own } });
    expect(kept.headers["x-correlation-id"]).toBe(own);
    const replaced = await caller.chat({ headers: { "x-correlation-id": "jane@example.com" } });
    expect(replaced.headers["x-correlation-id"]).toMatch(UUID);
  });

  it("is done by the agent of its domain alone", async () => {
    await running.tell("agent", "all", "--reset");
    await caller.chat({ domain: "chat-03.staging.example.com" });
    const { agents } = await running.state();
    const busy = agents.filter(({ counted }) => counted.requests > 0);
    expect(busy.map(({ id, counted }) => [id, counted.effects])).toEqual([["chat-03", 1]]);
  });
});

describe("what runs here", () => {
  it("is the preview's functions, byte for byte, with nothing but the configuration and the wrapper of its own", async () => {
    await caller.chat();
    const declared = functionFilesOf(
      JSON.parse(readFileSync(join(projectDir, "stacks/staging/preview.json"), "utf8")),
    );
    const folders = readdirSync(join(running.folder, "tmp")).flatMap((folder) => {
      const [, name] = /^ministack-lambda-(.+)-[^-]+$/.exec(folder) ?? [];
      return name === undefined ? [] : [{ name, folder: join(running.folder, "tmp", folder, "code") }];
    });
    expect(folders.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["fase-b-staging-authorizer", "fase-b-staging-edge"]),
    );
    for (const { name, folder } of folders) {
      const files = Object.keys(declared[name] ?? {});
      expect(readdirSync(folder).sort()).toEqual([...files, "local.js"].sort());
      for (const file of files.filter((each) => each !== "configuration.json"))
        expect([name, file, sha256(readFileSync(join(folder, file)))]).toEqual([
          name,
          file,
          declared[name]?.[file],
        ]);
    }
  });

  it.skipIf(!tellsSockets)("listens on loopback alone (which Linux tells, and no other system)", async () => {
    await caller.chat();
    const { all, open } = listeningOf(running.child.pid ?? 0);
    // Door, emulator and agents at least.
    expect(all.length).toBeGreaterThan(15);
    expect(open).toEqual([]);
  });
});

describe("who may call", () => {
  it("refuses the handshake without a certificate", async () => {
    const nobody = new Caller(running, "web-app", null);
    await expect(nobody.chat()).rejects.toThrow(/certificate required|ECONNRESET|socket hang up|alert/i);
    nobody.close();
  });

  it("refuses a certificate of another authority, whatever its name says", async () => {
    const foreign = await Authority.create({ organization: "Fase B staging", rootDays: 1, issuerDays: 1 });
    const { certificatePem, keyPem } = await foreign.client("web-app");
    const stranger = new Caller(running, "web-app", { cert: certificatePem, key: keyPem });
    await expect(stranger.chat()).rejects.toThrow(/unknown ca|ECONNRESET|socket hang up|alert/i);
    stranger.close();
  });

  it("refuses a name that is no domain of the API", async () => {
    await expect(caller.chat({ domain: "other.staging.example.com" })).rejects.toThrow();
    const answer = await caller.chat({ headers: { host: "chat-02.staging.example.com" } });
    expect(answer.status).toBe(403);
  });

  it("answers 401 without a key, 403 with another client's and with an unknown one", async () => {
    expectProblem(await caller.chat({ headers: { "x-api-key": null } }), 401, "unauthenticated");
    const others = running.clientFile("mobile-app.api-key");
    expectProblem(await caller.chat({ headers: { "x-api-key": others } }), 403, "access-denied");
    expectProblem(await caller.chat({ headers: { "x-api-key": "k".repeat(40) } }), 403, "access-denied");
  });

  it("answers 403 to a client that the agent does not serve", async () => {
    const partner = new Caller(running, "partner-north");
    const call = { domain: "vision-01.staging.example.com", path: "/vision", body: goodBodies["/vision"] };
    expectProblem(await partner.call(call), 403, "access-denied");
    expect((await partner.chat()).status).toBe(200);
    partner.close();
  });

  it("believes no header that the front door alone may write", async () => {
    const answer = await caller.chat({
      headers: {
        "x-fase-b-local": "e30.AA",
        "x-fase-b-local-answer": "x",
        "x-fase-b-local-gateway-response": "x",
      },
    });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("x-fase-b"))).toEqual([]);
  });
});

describe("an idempotency key (B3.1)", () => {
  it("gets the first answer again, marked, and has one effect", async () => {
    await running.tell("agent", "chat-01", "--reset");
    const headers = { "idempotency-key": newKey() };
    const first = await caller.chat({ headers });
    const again = await caller.chat({ headers });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(first.headers["idempotency-replayed"]).toBeUndefined();
    expect((await running.agent("chat-01")).counted).toMatchObject({ requests: 1, effects: 1 });
  });

  it("is refused with another payload", async () => {
    const headers = { "idempotency-key": newKey() };
    await caller.chat({ headers });
    const other = { messages: [{ role: "user", content: "Something else" }] };
    expectProblem(await caller.chat({ headers, body: other }), 422, "idempotency-key-reused");
  });

  it("is told that the first still runs", async () => {
    await running.tell("agent", "chat-01", "--latency", "1500");
    const headers = { "idempotency-key": newKey() };
    const first = caller.chat({ headers });
    await new Promise((resolve) => setTimeout(resolve, 700));
    const second = await caller.chat({ headers });
    expectProblem(second, 409, "request-in-flight");
    expect(Number(second.headers["retry-after"])).toBeGreaterThan(0);
    expect((await first).status).toBe(200);
    await running.tell("agent", "chat-01", "--heal");
  });

  it("is demanded by the gateway", async () => {
    expectProblem(await caller.chat({ headers: { "idempotency-key": null } }), 400, "invalid-parameters");
  });

  it("outlives an answer that was lost between agent and edge", async () => {
    await running.tell("agent", "chat-04", "--reset", "--how", "lost");
    const call = { domain: "chat-04.staging.example.com", headers: { "idempotency-key": newKey() } };
    const lost = await caller.chat(call);
    expect([502, 503, 504]).toContain(lost.status);
    await running.tell("agent", "chat-04", "--heal");
    await expect
      .poll(() => caller.chat(call).then(({ status }) => status), { timeout: 60_000, interval: 1_000 })
      .toBe(200);
    expect((await running.agent("chat-04")).counted.effects).toBe(1);
  });
});

describe("what is refused", () => {
  it("is 413 for an image too large, by its declared length at the firewall and by its real one at the edge (B4.3)", async () => {
    const image = { ...goodBodies["/vision"].image, data: "A".repeat(4_194_304) };
    const body = JSON.stringify({ ...goodBodies["/vision"], image });
    const call = { domain: "vision-01.staging.example.com", path: "/vision", body };
    const declared = await caller.call(call);
    expect([declared.status, problemOf(declared)["code"]]).toEqual([413, "content-too-large"]);
    const real = await caller.call({ ...call, chunked: true });
    expect(real.status).toBe(413);
    expect(real.headers["content-type"]).toBe("application/problem+json");
  });

  it("is 413 by the gateway's own limit of 10 MB", async () => {
    expectProblem(await caller.chat({ body: "x".repeat(10_485_761) }), 413, "body-too-large");
  });

  it("is 400 for a body that is not of the contract, by the gateway and by the edge", async () => {
    expectProblem(await caller.chat({ body: "{" }), 400, "invalid-body");
    expectProblem(await caller.chat({ body: { messages: "none" } }), 400, "invalid-body");
    // Of what follows the gateway checks nothing.
    const answer = await caller.chat({ body: { messages: [] } });
    expect([answer.status, answer.headers["x-correlation-id"]]).toEqual([400, expect.stringMatching(UUID)]);
  });

  it("is 404 for a path or a method that the contract has not, and for another agent's", async () => {
    expectProblem(await caller.chat({ path: "/nothing" }), 404, "no-such-route");
    expectProblem(await caller.chat({ path: "/../chat" }), 404, "no-such-route");
    expectProblem(
      await caller.call({ domain: "chat-01.staging.example.com", path: "/chat", method: "GET" }),
      404,
      "no-such-route",
    );
    expectProblem(await caller.chat({ path: "/vision", body: goodBodies["/vision"] }), 403, "access-denied");
  });

  it("is 415 for another content type", async () => {
    const answer = await caller.chat({ headers: { "content-type": "text/plain" } });
    expect([answer.status, answer.headers["content-type"]]).toEqual([415, "application/problem+json"]);
  });

  it("is 429 with the route's Retry-After when calls come faster than the tier takes", async () => {
    const slow = new Caller(running, "partner-north");
    const answers = await Promise.all(Array.from({ length: 16 }, () => slow.chat()));
    const throttled = answers.filter(({ status }) => status === 429);
    expect(throttled.length).toBeGreaterThan(0);
    for (const answer of throttled) {
      expectProblem(answer, 429, "throttled");
      expect(answer.headers["retry-after"]).toBe("1");
    }
    slow.close();
  });
});

describe("the month's quota (B4.1)", () => {
  it("takes exactly what the contract grants, and says when it begins anew", async () => {
    const tester = new Caller(running, "qa-security");
    const replayed = { "idempotency-key": newKey() };
    const call = async (headers = {}): Promise<Answer> => {
      // The tier takes ten a second.
      await new Promise((resolve) => setTimeout(resolve, 120));
      return tester.chat({ headers });
    };
    const answers = [await call(replayed)];
    while (answers.length < QUOTA + 5) answers.push(await call());
    const granted = answers.slice(0, QUOTA);
    expect(granted.map(({ status }) => status)).toEqual(Array(QUOTA).fill(200));
    const left = granted.map(({ headers }) => Number(/;r=(\d+);/.exec(String(headers["ratelimit"]))?.[1]));
    expect(left).toEqual(granted.map((_, sent) => QUOTA - 1 - sent));
    for (const answer of answers.slice(QUOTA)) {
      expectProblem(answer, 429, "quota-exceeded");
      // The edge's answer, not the gateway's backstop's.
      expect(answer.headers["ratelimit"]).toMatch(/;r=0;/);
    }
    // A replay costs nothing and is still given.
    expect((await call(replayed)).status).toBe(200);
    const refused = await call();
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    tester.close();
  });
});

describe("a breaker (B3.3)", () => {
  it("opens under a failing agent, spares it, and lets it back in", async () => {
    const domain = "chat-05.staging.example.com";
    await running.tell("agent", "chat-05", "--reset", "--fail", "100%");
    let answer = await caller.chat({ domain });
    for (let tries = 0; tries < 40 && problemOf(answer)["code"] !== "agent-cut-off"; tries += 1)
      answer = await caller.chat({ domain });
    expectProblem(answer, 503, "agent-cut-off");
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    const before = (await running.agent("chat-05")).counted.requests;
    for (let calls = 0; calls < 20; calls += 1) await caller.chat({ domain });
    const after = (await running.agent("chat-05")).counted.requests;
    expect(after - before).toBeLessThanOrEqual(2);
    expect((await caller.chat({ domain: "chat-02.staging.example.com" })).status).toBe(200);

    await running.tell("agent", "chat-05", "--heal");
    await expect
      .poll(() => caller.chat({ domain }).then(({ status }) => status), { timeout: 60_000, interval: 500 })
      .toBe(200);
  });
});

describe("an instance that is killed", () => {
  it("is answered for by the gateway, with the correlation id, and another takes over", async () => {
    await running.tell("agent", "chat-02", "--reset", "--latency", "1500");
    const correlation = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e70";
    const headers = { "idempotency-key": newKey(), "x-correlation-id": correlation };
    const call = caller.chat({ domain: "chat-02.staging.example.com", headers });
    await new Promise((resolve) => setTimeout(resolve, 800));
    await running.tell("kill", "edge");
    const answer = await call;
    expect(answer.status).toBe(502);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    await running.tell("agent", "chat-02", "--heal");
    expect((await caller.chat({ domain: "chat-02.staging.example.com" })).status).toBe(200);
  });
});
