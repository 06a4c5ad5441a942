import type { APIGatewayProxyResult } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { validatorOf } from "../../contract/testSupport";
import { INSERTED_HEADER_PREFIX, WARNING_HEADERS } from "../../firewall/firewallRules";
import type { TestDynamo } from "../store/dynamoFront";
import { DynamoStore } from "../store/dynamoStore";
import { MemoryStore } from "../store/memoryStore";
import { StoreError, type Store, type StoreErrorKind } from "../store/store";
import { startTestDynamo } from "../store/testDynamo";
import {
  answerOf,
  clientId,
  contract,
  correlationId,
  createBench,
  eventOf,
  extendedRequestId,
  good,
  goodAnswers,
  goodBodies,
  subject,
  table,
  type Bench,
  type Path,
} from "./testSupport";
import type { TryOutcome } from "./upstream/outcome";
import { DynamoBreakerStore } from "./upstream/dynamoBreakerStore";
import { VirtualTime } from "./upstream/testSupport/virtualTime";

const paths = Object.keys(goodBodies) as Path[];
const isProblem = validatorOf(contract.document.components.schemas, "Problem");

const header = ({ headers = {} }: APIGatewayProxyResult, name: string): unknown =>
  Object.entries(headers).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];

/** A refusal in the contract's form, with both ids, and with an instant to come again where one waits. */
function expectProblem(answer: APIGatewayProxyResult, status: number, code: string): Record<string, unknown> {
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, code });
  expect(answer.statusCode).toBe(status);
  expect(isProblem(problem)).toBe(true);
  expect(header(answer, "Content-Type")).toBe("application/problem+json");
  expect(problem["correlationId"]).toBe(header(answer, "X-Correlation-Id"));
  expect(problem["correlationId"]).toMatch(/^[0-9a-f-]{36}$/);
  if ([409, 429, 503, 504].includes(status)) {
    expect(Number(header(answer, "Retry-After"))).toBeGreaterThanOrEqual(1);
    expect(Number(header(answer, "Retry-After"))).toBeLessThanOrEqual(2_678_400);
  }
  return problem;
}

const agentSays = (bench: Bench, outcome: TryOutcome): void => {
  bench.agent = () => Promise.resolve(outcome);
};
const recordsIn = ({ memory }: Bench) => memory.items.filter(({ id }) => id.startsWith("idempotency#"));
const heldLocks = ({ memory }: Bench) =>
  memory.items.filter((item) => item.id.startsWith("lock#") && item["leaseUntilMs"] !== undefined);
const countIn = ({ memory }: Bench) => memory.items.find(({ id }) => id.startsWith("quota#"))?.["count"] ?? 0;

/** Fails at the named step; the others work. */
class FailingStore implements Store {
  readonly inner = new MemoryStore();
  constructor(
    private readonly failsAt: string,
    private readonly kind: StoreErrorKind | "hang",
    /** Whether the write happens all the same. */
    private readonly after = false,
  ) {}
  async write(...args: Parameters<Store["write"]>): ReturnType<Store["write"]> {
    const [step] = args;
    if (step !== this.failsAt) return this.inner.write(...args);
    if (this.after) await this.inner.write(...args);
    if (this.kind === "hang") return new Promise(() => undefined);
    throw new StoreError(this.kind, step, "test");
  }
}

describe("a good request", () => {
  it("reads the breaker beside its claim, early enough that it need not be read before the agent is called", async () => {
    let reads = 0;
    const bench = createBench({
      breakerStore: {
        get: () => Promise.resolve(void (reads += 1)),
        put: () => Promise.resolve({ written: true }),
      },
    });
    const callAt = async (ms: number): Promise<number> => {
      await bench.time.run(startMs + ms);
      await bench.call(good("/chat", { headers: { "Idempotency-Key": `"key-at-${ms}"` } }));
      return reads;
    };
    const startMs = bench.time.nowMs;
    // A copy is good for a second.
    expect([await callAt(0), await callAt(499), await callAt(501), await callAt(999)]).toEqual([1, 1, 2, 2]);
  });

  it.each(paths)("to %s is sent once, under a key of ours, and its answer is passed on", async (path) => {
    const bench = createBench();
    const answer = await bench.call(good(path));
    expect(answer.statusCode).toBe(goodAnswers[path].status);
    expect(JSON.parse(answer.body)).toEqual(goodAnswers[path].value);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "Cache-Control": "no-store",
      "X-Correlation-Id": correlationId,
      "X-Extended-Request-Id": extendedRequestId,
      RateLimit: '"monthly";r=999999;t=' + (Date.UTC(2026, 11, 1) - bench.time.startMs) / 1000,
      "RateLimit-Policy": '"monthly";q=1000000;w=2592000',
    });
    expect(answer.headers).not.toHaveProperty("Idempotency-Replayed");
    expect(bench.sent).toHaveLength(1);
    const [request] = bench.sent;
    expect(request).toMatchObject({ method: "POST", path, correlationId });
    expect(request?.idempotencyKey).toMatch(/^"[A-Za-z0-9_-]{43}"$/);
    expect(request?.fencingNumber).toBeGreaterThan(0);
    expect(JSON.parse(String(request?.body))).toEqual(goodBodies[path]);
    expect(heldLocks(bench)).toEqual([]);
    expect(bench.line()).toMatchObject({
      functionName: "edge",
      correlationId,
      extendedRequestId,
      requestId: "7c2c2f0a-4b1c-4f3e-8d56-1b2c3d4e5f60",
      invocationId: bench.context.awsRequestId,
      route: `POST ${path}`,
      agentId: bench.sent.length > 0 ? `${path.slice(1)}-01` : "",
      clientId,
      outcome: "answered",
      status: answer.statusCode,
      upstreamStatus: answer.statusCode,
      attempts: 1,
      coldStart: true,
      BreakerState: 0,
    });
    expect(bench.line()).not.toHaveProperty("RefusedFields");
  });

  it("sends the agent no header of the caller's, and the authorizer's client and subject", async () => {
    const bench = createBench();
    const planted = {
      "X-Client-Id": "ceo",
      Authorization: "Bearer abc",
      Cookie: "a=b",
      "X-Fencing-Number": "9",
    };
    await bench.call(good("/chat", { headers: planted }));
    expect(Object.keys(bench.sent[0]?.headers ?? {}).sort()).toEqual([
      "X-Correlation-Id",
      "X-Extended-Request-Id",
      "accept",
      "content-type",
      "x-client-id",
      "x-subject",
    ]);
    expect(bench.sent[0]?.headers).toMatchObject({ "x-client-id": clientId, "x-subject": subject });
  });

  it("sends what was validated where a property stands twice", async () => {
    const bench = createBench();
    const twice = '{"messages":[],"messages":[{"role":"user","content":"Hello"}]}';
    expect((await bench.call(eventOf("/chat", twice))).statusCode).toBe(200);
    expect(String(bench.sent[0]?.body)).toBe('{"messages":[{"role":"user","content":"Hello"}]}');
  });

  it("passes on an agent's headers by an allow-list only", async () => {
    const bench = createBench();
    const headers = {
      "content-type": "application/json",
      "content-language": "es",
      server: "agent",
      "x-correlation-id": "other",
      "x-powered-by": "agent",
      "access-control-allow-origin": "*",
    };
    agentSays(bench, answerOf(200, goodAnswers["/chat"].value, headers));
    const answer = await bench.call(good("/chat"));
    expect(Object.keys(answer.headers ?? {}).sort()).toEqual([
      "Cache-Control",
      "RateLimit",
      "RateLimit-Policy",
      "X-Correlation-Id",
      "X-Extended-Request-Id",
      "content-language",
      "content-type",
    ]);
    expect(header(answer, "X-Correlation-Id")).toBe(correlationId);
  });

  it("that the firewall warned says how long to wait, and an answer with a wait of its own says that (B4.4)", async () => {
    const bench = createBench();
    const warned = (value: string): Readonly<Record<string, string>> => ({
      [`${INSERTED_HEADER_PREFIX}${WARNING_HEADERS.step}`]: "warn",
      [`${INSERTED_HEADER_PREFIX}${WARNING_HEADERS.retryAfterSeconds}`]: value,
    });
    const passed = await bench.call(good("/chat", { headers: warned("5") }));
    expect([passed.statusCode, header(passed, "Retry-After")]).toEqual([200, "5"]);
    // A replay, and what is refused, too: the caller is over the limit whatever he is answered.
    const replayed = await bench.call(good("/chat", { headers: warned("7") }));
    expect([header(replayed, "Idempotency-Replayed"), header(replayed, "Retry-After")]).toEqual([
      "true",
      "7",
    ]);
    const refused = await bench.call(eventOf("/chat", "{", { headers: warned("5") }));
    expect([refused.statusCode, header(refused, "Retry-After")]).toEqual([400, "5"]);
    agentSays(bench, answerOf(429, "", { "retry-after": "40" }));
    const throttled = await bench.call(
      good("/chat", { headers: { ...warned("5"), "Idempotency-Key": '"key-2"' } }),
    );
    expect([throttled.statusCode, header(throttled, "Retry-After")]).toEqual([429, "40"]);
    // Anything else under that name is the caller's own, and nobody is told of it.
    for (const planted of ["soon", "-1", "0", "5, 6", "1e9", "5\r\nX-Admin: yes"]) {
      const answer = await bench.call(good("/chat", { headers: warned(planted) }));
      expect([planted, header(answer, "Retry-After")]).toEqual([planted, undefined]);
    }
  });

  it("takes an event stream where the contract has one, and only there", async () => {
    const bench = createBench();
    agentSays(bench, answerOf(200, "data: {}\n\n", { "content-type": "text/event-stream" }));
    expect((await bench.call(good("/chat"))).body).toBe("data: {}\n\n");
    expectProblem(await bench.call(good("/vision")), 502, "agent-answer-unusable");
  });
});

describe("a repeat (B3.1)", () => {
  it("gets the first answer, marked, free, and without a second effect", async () => {
    const bench = createBench();
    const first = await bench.call(good("/avatar"));
    const again = await bench.call(good("/avatar", { authorizer: { correlationId: newId } }));
    expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
    expect(header(again, "content-type")).toBe("application/json");
    expect(header(again, "Idempotency-Replayed")).toBe("true");
    expect(header(again, "X-Correlation-Id")).toBe(newId);
    expect(header(again, "RateLimit-Policy")).toBe('"monthly";q=1000000;w=2592000');
    expect(bench.sent).toHaveLength(1);
    expect(countIn(bench)).toBe(1);
    expect(bench.line()).toMatchObject({ outcome: "replayed", Replays: 1, coldStart: false });
  });

  it("of an attempt of which nobody knows how it ended takes over its key, and says so", async () => {
    const bench = createBench();
    agentSays(bench, { kind: "timeout", sent: true });
    const first = bench.call(good("/chat"));
    await bench.time.run(bench.time.nowMs + 30_000);
    await first;
    expect(bench.line()).toMatchObject({ outcome: "upstream-timeout", Outcomes: 1 });
    expect(bench.line()).not.toHaveProperty("Takeovers");
    agentSays(bench, answerOf(200, goodAnswers["/chat"].value));
    await bench.call(good("/chat"));
    expect(bench.line()).toMatchObject({ outcome: "answered", Takeovers: 1 });
    await bench.call(good("/chat"));
    expect(bench.line()).not.toHaveProperty("Takeovers");
  });

  it("with another payload is 422, with the same in another spelling a replay", async () => {
    const bench = createBench();
    await bench.call(good("/chat"));
    const spelt = '{ "messages": [ { "content": "Hello", "role": "user" } ] }';
    expect(header(await bench.call(eventOf("/chat", spelt)), "Idempotency-Replayed")).toBe("true");
    const other = { messages: [{ role: "user", content: "Bye" }] };
    expectProblem(await bench.call(eventOf("/chat", other)), 422, "idempotency-key-reused");
    expect(bench.line()).toMatchObject({ outcome: "mismatch", Mismatches: 1 });
  });

  it("while the first runs is 409 and told when to come again; another on the same avatar is locked (B3.2)", async () => {
    const bench = createBench();
    let finish: (outcome: TryOutcome) => void = () => undefined;
    bench.agent = () => new Promise((resolve) => (finish = resolve));
    const first = bench.call(good("/avatar"));
    await new Promise((resolve) => setImmediate(resolve));
    expectProblem(await bench.call(good("/avatar")), 409, "request-in-flight");
    expect(bench.line()).toMatchObject({ outcome: "conflict", Conflicts: 1 });
    const other = good("/avatar", { headers: { "Idempotency-Key": '"key-2"' } });
    expectProblem(await bench.call(other), 409, "resource-locked");
    expect(bench.line()).toMatchObject({ outcome: "locked", LockWaits: 1 });
    finish(answerOf(202, goodAnswers["/avatar"].value));
    expect((await first).statusCode).toBe(202);
    expect(heldLocks(bench)).toEqual([]);
    bench.agent = () => Promise.resolve(answerOf(202, goodAnswers["/avatar"].value));
    expect((await bench.call(other)).statusCode).toBe(202);
  });

  it("shares nothing with another subject's or route's request under the same key", async () => {
    const bench = createBench();
    const other = "u_0000000000000000";
    await bench.call(good("/chat"));
    await bench.call(good("/chat", { headers: { "X-Subject": other }, authorizer: { subject: other } }));
    await bench.call(good("/vision"));
    expect(new Set(bench.sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
  });

  it("is replayed from the object store where the answer is large", async () => {
    const bench = createBench({ inlineAnswerBytes: 10 });
    const first = await bench.call(good("/chat"));
    expect((await bench.call(good("/chat"))).body).toBe(first.body);
    expect(bench.objects.objects.size).toBe(1);
    bench.objects.objects.clear();
    expectProblem(await bench.call(good("/chat")), 500, "fault");
    expect(bench.line()).toMatchObject({ outcome: "fault", errorClass: "AnswerLostError", Faults: 1 });
  });

  it("a few hundred at once, over some keys, cause one effect a key", async () => {
    const bench = createBench();
    bench.agent = async ({ path }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return answerOf(200, goodAnswers[path as Path].value);
    };
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, index) =>
        bench.call(good("/chat", { headers: { "Idempotency-Key": `"key-${index % 8}"` } })),
      ),
    );
    expect(bench.sent).toHaveLength(8);
    expect(countIn(bench)).toBe(8);
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8);
    expect(new Set(statuses)).toEqual(new Set([200, 409]));
    expect(bench.lines).toHaveLength(400);
  });
});

const newId = "5f0c1d7e-3a58-4c4b-9a0e-2f6d1b7c8e91";

describe("what is refused before it costs anything", () => {
  const free = async (bench: Bench, event: unknown): Promise<APIGatewayProxyResult> => {
    const answer = await bench.call(event);
    expect([bench.sent, bench.memory.items]).toEqual([[], []]);
    expect(bench.lines).toHaveLength(1);
    return answer;
  };

  it.each([
    ["null", null],
    ["a text", "event"],
    ["an empty object", {}],
    ["a test event of another service", { Records: [{ body: "x" }] }],
    ["a context that is none", { requestContext: 7, httpMethod: "POST", resource: "/chat" }],
    ["a body that is no text", { ...good("/chat"), body: { messages: [] } }],
  ])("%s instead of an event: 500, by our own ids", async (_name, event) => {
    expectProblem(await free(createBench(), event), 500, "broken-event");
  });

  it.each([
    ["route", good("/chat", { method: "GET" })],
    ["route of this agent", good("/chat", { domain: "vision-01.staging.example.com" })],
    ["domain", good("/chat", { domain: "other.example.com" })],
    ["path that every object has", { ...good("/chat"), resource: "constructor" }],
  ])("an unknown %s: 404", async (_name, event) => {
    expectProblem(await free(createBench(), event), 404, "no-such-route");
  });

  it("no client from the authorizer: 500, whatever the headers say", async () => {
    const bench = createBench();
    const event = good("/chat", {
      authorizer: { clientId: undefined, correlationId: undefined },
      headers: { "X-Client-Id": clientId, "X-Correlation-Id": newId },
    });
    const problem = expectProblem(await free(bench, event), 500, "no-identity");
    expect(problem["correlationId"]).not.toBe(newId);
    expect(bench.line()).toMatchObject({ outcome: "fault", Faults: 1 });
  });

  it.each([
    ["a client without a quota", good("/chat", { authorizer: { clientId: "stranger" } })],
    [
      "a subject in the header that the authorizer did not see",
      good("/chat", { authorizer: { subject: undefined } }),
    ],
    [
      "another subject than the authorizer's",
      good("/chat", { headers: { "X-Subject": "u_0000000000000000" } }),
    ],
    ["the authorizer's subject without the header", good("/chat", { headers: { "X-Subject": undefined } })],
  ])("%s: 403", async (_name, event) => {
    expectProblem(await free(createBench(), event), 403, "access-denied");
  });

  it("an outcome is counted by route: one without a route is none of a route", async () => {
    const bench = createBench();
    await free(bench, good("/chat", { headers: { "Idempotency-Key": undefined } }));
    const line = bench.line() as {
      _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    };
    const sets = line._aws.CloudWatchMetrics.filter(({ Metrics }) =>
      Metrics.some(({ Name }) => Name === "Outcomes"),
    );
    expect(sets.map(({ Dimensions }) => Dimensions)).toEqual([[["functionName", "route", "outcome"]]]);
    const other = createBench();
    await other.call(good("/chat", { domain: "other.example.com", method: "GET" }));
    expect(other.line()).not.toHaveProperty("Outcomes");
    expect(other.line()).not.toHaveProperty("RefusedFields");
  });

  it("a missing idempotency key: 400", async () => {
    const bench = createBench();
    const answer = await free(bench, good("/chat", { headers: { "Idempotency-Key": undefined } }));
    expect(expectProblem(answer, 400, "missing-header")["errors"]).toEqual([
      { pointer: "Idempotency-Key", detail: "is required" },
    ]);
    expect(bench.line()).toMatchObject({ outcome: "invalid", status: 400 });
  });

  it("an agent that is cut off: 503, until it is time to try", async () => {
    const bench = createBench();
    bench.breakerItems.set("chat-01", {
      token: "t",
      state: "open",
      untilMs: bench.time.nowMs + 4_200,
      openings: 1,
    });
    // The first request finds out beside its claim, which it gives back uncounted.
    const first = await bench.call(good("/chat"));
    expectProblem(first, 503, "agent-cut-off");
    expect(header(first, "Retry-After")).toBe("5");
    expect([bench.sent, recordsIn(bench), countIn(bench)]).toEqual([[], [], 0]);
    // The next ones at once: a look at what their key came to, and nothing is changed.
    const looks = createSpy(bench);
    expectProblem(await bench.call(good("/chat")), 503, "agent-cut-off");
    expect([looks(), recordsIn(bench), countIn(bench)]).toEqual([1, [], 0]);
    expect(bench.line()).toMatchObject({ outcome: "breaker-open", BreakerState: 2 });
    expect((await bench.call(good("/vision"))).statusCode).toBe(200);
  });
});

describe("while its agent is cut off, the edge", () => {
  const cutOff = async (): Promise<Bench> => {
    const bench = createBench();
    expect((await bench.call(good("/chat"))).statusCode).toBe(200);
    bench.breakerItems.set("chat-01", {
      token: "t",
      state: "open",
      untilMs: bench.time.nowMs + 15_000,
      openings: 1,
    });
    await bench.time.run(bench.time.nowMs + 2_000);
    expectProblem(
      await bench.call(good("/chat", { headers: { "Idempotency-Key": '"another"' } })),
      503,
      "agent-cut-off",
    );
    return bench;
  };

  it("still answers a repeat with the first answer, for nothing (B3.1)", async () => {
    const bench = await cutOff();
    const looks = createSpy(bench);
    const again = await bench.call(good("/chat"));
    expect(again.statusCode).toBe(200);
    expect(header(again, "Idempotency-Replayed")).toBe("true");
    expect(JSON.parse(again.body)).toEqual(goodAnswers["/chat"].value);
    expect(looks()).toBe(1);
    expect([bench.sent.length, countIn(bench)]).toEqual([1, 1]);
  });

  it("still refuses the key with another payload", async () => {
    const bench = await cutOff();
    const other = eventOf("/chat", { messages: [{ role: "user", content: "Something else" }] });
    expectProblem(await bench.call(other), 422, "idempotency-key-reused");
  });

  it("does not answer from a record that is over 24 h old", async () => {
    const bench = await cutOff();
    await bench.time.run(bench.time.nowMs + 24 * 3_600_000 + 1_001);
    bench.breakerItems.set("chat-01", {
      token: "u",
      state: "open",
      untilMs: bench.time.nowMs + 15_000,
      openings: 1,
    });
    await bench.time.run(bench.time.nowMs + 2_000);
    for (let call = 0; call < 2; call += 1)
      expectProblem(await bench.call(good("/chat")), 503, "agent-cut-off");
    expect(bench.sent).toHaveLength(1);
  });
});

/** Counts the store's writes from now on. */
function createSpy(bench: Bench): () => number {
  const before = JSON.stringify(bench.memory.items.length);
  const apply = bench.memory.apply.bind(bench.memory);
  let writes = 0;
  bench.memory.apply = (list) => {
    writes += 1;
    return apply(list);
  };
  return () => writes + Number(JSON.stringify(bench.memory.items.length) !== before);
}

describe("the month's quota (B4.1)", () => {
  it("refuses with 429 and says when it begins again; replays and refusals are free", async () => {
    const bench = createBench({ quota: 2 });
    const keyed = (key: number) => good("/chat", { headers: { "Idempotency-Key": `"key-${key}"` } });
    expect(header(await bench.call(keyed(1)), "RateLimit")).toMatch(/^"monthly";r=1;t=\d+$/);
    await bench.call(keyed(1));
    await bench.call(eventOf("/chat", {}));
    expect(header(await bench.call(keyed(2)), "RateLimit")).toMatch(/^"monthly";r=0;t=\d+$/);
    const refused = await bench.call(keyed(3));
    const problem = expectProblem(refused, 429, "quota-exceeded");
    expect(problem["detail"]).toContain("2026-12-01T00:00:00.000Z");
    const left = (Date.UTC(2026, 11, 1) - bench.time.nowMs) / 1000;
    expect(refused.headers).toMatchObject({
      "Retry-After": String(left),
      RateLimit: `"monthly";r=0;t=${left}`,
      "RateLimit-Policy": '"monthly";q=2;w=2592000',
    });
    expect(bench.line()).toMatchObject({ outcome: "over-quota", QuotaRefusals: 1, QuotaUse: 100 });
    expect(bench.sent).toHaveLength(2);
    // The key is free: next month it works.
    await bench.time.run(Date.UTC(2026, 11, 1));
    expect((await bench.call(keyed(3))).statusCode).toBe(200);
  });
});

const notSent: readonly (readonly [string, TryOutcome])[] = [
  ["no connection", { kind: "connection", reason: "refused", sent: false, stale: false }],
  ["no connection in time", { kind: "timeout", sent: false }],
  ["a refused certificate", { kind: "tls", reason: "untrusted" }],
  ["a request that cannot be written", { kind: "unsendable" }],
];

describe("the month's count, of what was admitted and not sent (B4.1),", () => {
  it.each(notSent)("is taken back: %s", async (_, outcome) => {
    const bench = createBench({ quota: 2 });
    for (const key of [1, 2, 3]) {
      agentSays(bench, outcome);
      const refused = await bench.callInTime(
        good("/chat", { headers: { "Idempotency-Key": `"key-${key}"` } }),
      );
      expect(refused.statusCode).toBeGreaterThanOrEqual(500);
      expect(header(refused, "RateLimit")).toMatch(/^"monthly";r=2;t=\d+$/);
      expect([countIn(bench), recordsIn(bench)]).toEqual([0, []]);
      // Whatever its breaker made of that is over.
      await bench.time.run(bench.time.nowMs + 600_000);
    }
  });

  it("is taken back of all but the one that may try an agent again", async () => {
    const bench = createBench();
    const { nowMs } = bench.time;
    bench.breakerItems.set("chat-01", { token: "t", state: "open", untilMs: nowMs - 1, openings: 1 });
    await bench.time.run(nowMs + 2_000);
    const calls = Array.from({ length: 5 }, (_, key) =>
      bench.callInTime(good("/chat", { headers: { "Idempotency-Key": `"key-${key}"` } })),
    );
    const statuses = (await Promise.all(calls)).map(({ statusCode }) => statusCode);
    expect(statuses.toSorted()).toEqual([200, 503, 503, 503, 503]);
    expect([bench.sent.length, countIn(bench)]).toEqual([1, 1]);
  });

  it("stays where an earlier try was sent, and where the last one may have been", async () => {
    const bench = createBench();
    agentSays(bench, { kind: "connection", reason: "reset", sent: true, stale: false });
    expectProblem(await bench.callInTime(good("/chat")), 502, "agent-failed");
    expect(countIn(bench)).toBe(1);
    let tries = 0;
    bench.agent = () => {
      tries += 1;
      return Promise.resolve(
        tries === 1
          ? { kind: "timeout", sent: true }
          : { kind: "connection", reason: "refused", sent: false, stale: false },
      );
    };
    await bench.callInTime(good("/avatar"));
    expect(tries).toBeGreaterThan(1);
    expect(countIn(bench)).toBe(2);
    // And so does the record: it may have had its effect.
    expect(recordsIn(bench)).toHaveLength(2);
  });

  it("is taken back where the caller has been answered by then", async () => {
    const memory = new MemoryStore();
    const time = new VirtualTime();
    const store: Store = {
      write: async (step, writes) => {
        const result = await memory.write(step, writes);
        // The instance was frozen, say.
        if (step === "count") await time.timing(() => 0.5).sleep(27_900);
        return result;
      },
    };
    const bench = createBench({ store, time });
    expectProblem(await bench.callInTime(good("/chat")), 503, "store-unavailable");
    expect(bench.sent).toEqual([]);
    expect(memory.items).toMatchObject([{ count: 0 }]);
  });

  it("stays where the table does not take it back, which changes no answer", async () => {
    const store = new FailingStore("uncount", "unavailable");
    const bench = createBench({ store });
    agentSays(bench, { kind: "tls", reason: "expired" });
    const refused = await bench.call(good("/chat"));
    expectProblem(refused, 503, "agent-unreachable");
    expect(header(refused, "RateLimit")).toMatch(/;r=999999;/);
    expect(bench.line()).toMatchObject({ errorClass: "StoreError" });
    // The claim is free all the same.
    expect(store.inner.items.map(({ id }) => id.split("#")[0])).toEqual(["quota"]);
  });
});

describe("what an agent may do", () => {
  const problemJson = { "content-type": "application/problem+json" };
  const json = { "content-type": "application/json" };

  it.each([
    ["a 500", answerOf(500, {}), 502, "agent-failed"],
    ["a 501", answerOf(501, {}), 502, "agent-failed"],
    ["a 401, which is about us", answerOf(401, {}), 502, "agent-answer-unusable"],
    ["a 404, which the contract does not know", answerOf(404, {}), 502, "agent-answer-unusable"],
    ["a success that the contract does not know", answerOf(201, {}), 502, "agent-answer-unusable"],
    ["an empty success", answerOf(200, "", {}), 502, "agent-answer-unusable"],
    ["an empty success that calls itself JSON", answerOf(200, "", json), 502, "agent-answer-unusable"],
    // As a JSON text it is twice as long, and over what Lambda hands on.
    ["4 MB of quotation marks", answerOf(200, '"'.repeat(4_000_000), json), 502, "agent-answer-unusable"],
    ["a success in another media type", answerOf(200, "x", problemJson), 502, "agent-answer-unusable"],
    ["garbage", { kind: "garbage", reason: "json" }, 502, "agent-answer-unusable"],
    [
      "no UTF-8",
      {
        kind: "answer",
        status: 200,
        headers: { "content-type": "text/event-stream" },
        body: Buffer.from([0xff]),
      },
      502,
      "agent-answer-unusable",
    ],
    ["a refused certificate", { kind: "tls", reason: "expired" }, 503, "agent-unreachable"],
    ["a request that cannot be written", { kind: "unsendable" }, 500, "fault"],
  ] as const)("%s", async (_name, outcome, status, code) => {
    const bench = createBench();
    agentSays(bench, outcome);
    expectProblem(await bench.call(good("/chat")), status, code);
    // Nothing of it is kept: the same key is asked again, under the same upstream key if it may have had its effect.
    await bench.time.run(bench.time.nowMs + 1_000);
    bench.agent = () => Promise.resolve(answerOf(200, goodAnswers["/chat"].value));
    expect((await bench.call(good("/chat"))).statusCode).toBe(200);
    const keys = new Set(bench.sent.map(({ idempotencyKey }) => idempotencyKey));
    const surelyNothingSent = ["tls", "unsendable"].includes(outcome.kind);
    expect(keys.size).toBe(surelyNothingSent ? 2 : 1);
  });

  it.each([
    ["silence", { kind: "timeout", sent: true }, 504, "agent-timeout"],
    [
      "a broken connection",
      { kind: "connection", reason: "reset", sent: true, stale: false },
      502,
      "agent-failed",
    ],
    [
      "no connection",
      { kind: "connection", reason: "refused", sent: false, stale: false },
      503,
      "agent-unreachable",
    ],
    ["a 503", answerOf(503, {}), 503, "agent-unreachable"],
    ["a 504", answerOf(504, {}), 504, "agent-timeout"],
    ["a 429", answerOf(429, {}), 429, "agent-throttled"],
  ] as const)("%s, tried again and told", async (_name, outcome, status, code) => {
    const bench = createBench();
    agentSays(bench, outcome);
    expectProblem(await bench.callInTime(good("/chat")), status, code);
    expect(bench.sent.length).toBe(3);
    expect(bench.line()).toMatchObject({ attempts: 3, Retries: 2 });
  });

  it("says in a 429 or 503 when to come again, and is heard", async () => {
    const bench = createBench();
    agentSays(bench, answerOf(429, {}, { ...json, "retry-after": "77" }));
    expect(header(await bench.callInTime(good("/chat")), "Retry-After")).toBe("77");
  });

  it("refuses the request: kept, in the contract's form, with its own words where they fit", async () => {
    const bench = createBench();
    const words = { code: "unsafe-content", title: "Unsafe", detail: "Not this.", secret: "x", status: 200 };
    agentSays(bench, answerOf(422, words, problemJson));
    const first = await bench.call(good("/chat"));
    const problem = expectProblem(first, 422, "unsafe-content");
    expect(problem).toMatchObject({ title: "Unsafe", detail: "Not this." });
    expect(problem).not.toHaveProperty("secret");
    const again = await bench.call(good("/chat"));
    expect([again.statusCode, again.body, header(again, "Idempotency-Replayed")]).toEqual([
      422,
      first.body,
      "true",
    ]);
    expect(bench.sent).toHaveLength(1);
  });

  it("refuses in no words, or in words of another form", async () => {
    for (const [index, [body, headers]] of [
      ["<html>", { "content-type": "text/html" }],
      ["{", problemJson],
      ["null", problemJson],
      [{ code: "NOT A CODE", title: "", detail: 7 }, problemJson],
    ].entries() as IterableIterator<[number, [unknown, Record<string, string>]]>) {
      const bench = createBench();
      agentSays(bench, answerOf(409, body, headers));
      const answer = await bench.call(good("/chat", { headers: { "Idempotency-Key": `"k${index}"` } }));
      expectProblem(answer, 409, "agent-refused");
    }
  });

  it("says that a first sending still runs: that is no answer to keep, and the true one comes later (B3.1)", async () => {
    const busy = answerOf(409, { code: "still-running" }, { ...problemJson, "retry-after": "7" });
    const lost: TryOutcome = { kind: "connection", reason: "reset", sent: true, stale: false };
    const bench = createBench();
    // To our own second try, and to the next request under the key.
    for (const outcomes of [[lost, busy], [busy]]) {
      bench.agent = () => Promise.resolve(outcomes.shift() ?? busy);
      const answer = await bench.callInTime(good("/chat"));
      expectProblem(answer, 409, "request-in-flight");
      expect(header(answer, "Retry-After")).toBe("7");
    }
    bench.agent = () => Promise.resolve(answerOf(200, goodAnswers["/chat"].value));
    const late = await bench.call(good("/chat"));
    expect([late.statusCode, header(late, "Idempotency-Replayed")]).toEqual([200, undefined]);
    expect(new Set(bench.sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    // Of a first sending it is the agent's last word.
    agentSays(bench, busy);
    const first = good("/chat", { headers: { "Idempotency-Key": '"another"' } });
    expectProblem(await bench.call(first), 409, "still-running");
    expect(header(await bench.call(first), "Idempotency-Replayed")).toBe("true");
  });

  it("answers as much as Lambda hands on", async () => {
    const bench = createBench();
    const body = JSON.stringify({ text: "x".repeat(5_400_000) });
    agentSays(bench, answerOf(200, body, json));
    const answer = await bench.call(good("/chat"));
    expect([answer.statusCode, answer.body.length]).toEqual([200, body.length]);
  });

  it("keeps failing: cut off for all, and let back in (B3.3)", async () => {
    const bench = createBench();
    agentSays(bench, answerOf(500, {}));
    const codes: unknown[] = [];
    for (let key = 0; key < 8; key += 1) {
      const answer = await bench.call(good("/chat", { headers: { "Idempotency-Key": `"k${key}"` } }));
      codes.push((JSON.parse(answer.body) as { code: string }).code);
    }
    expect(codes).toEqual([
      ...Array<string>(5).fill("agent-failed"),
      ...Array<string>(3).fill("agent-cut-off"),
    ]);
    expect(bench.lines.filter((line) => line.includes("BreakerOpenings"))).not.toHaveLength(0);
    expect(bench.breakerItems.get("chat-01")).toMatchObject({ state: "open" });
    await bench.time.run(bench.time.nowMs + 7_000);
    bench.agent = () => Promise.resolve(answerOf(200, goodAnswers["/chat"].value));
    expect((await bench.call(good("/chat", { headers: { "Idempotency-Key": '"after"' } }))).statusCode).toBe(
      200,
    );
  });

  it("leaves a lock in doubt until its lease is over, and says so", async () => {
    const bench = createBench();
    agentSays(bench, answerOf(500, {}));
    const answer = await bench.call(good("/avatar"));
    expectProblem(answer, 502, "agent-failed");
    expect(header(answer, "Retry-After")).toBe("29");
    expect(heldLocks(bench)).toHaveLength(1);
    expectProblem(await bench.call(good("/avatar")), 409, "request-in-flight");
  });

  it("is given no more time than is left, and nobody is left waiting", async () => {
    const bench = createBench();
    const granted: number[] = [];
    bench.agent = (_request, timeoutMs) => {
      granted.push(timeoutMs);
      return new Promise(() => undefined);
    };
    const answer = await bench.callInTime(good("/chat"));
    expectProblem(answer, 504, "agent-timeout");
    expect(Math.max(...granted)).toBeLessThanOrEqual(2_000);
    expect(bench.lines).toHaveLength(1);
  });

  it("is not asked, nor is anything counted, when too little time is left", async () => {
    const bench = createBench();
    const context = { ...bench.context, getRemainingTimeInMillis: () => 3_100 };
    expectProblem(await bench.edge(good("/avatar"), context), 504, "agent-timeout");
    expect([bench.sent, recordsIn(bench), heldLocks(bench), countIn(bench)]).toEqual([[], [], [], 0]);
  });
});

describe("a table that refuses", () => {
  const event = () => good("/avatar");

  it.each([
    ["claim", "unavailable", 503, "store-unavailable", 0],
    ["claim", "refused", 503, "store-unavailable", 0],
    ["claim", "conflict", 409, "request-in-flight", 0],
    ["count", "unavailable", 503, "store-unavailable", 0],
    ["count", "refused", 503, "store-unavailable", 0],
    ["count", "conflict", 503, "store-unavailable", 0],
    ["complete", "unavailable", 503, "store-unavailable", 1],
    ["complete", "refused", 503, "store-unavailable", 1],
    ["complete", "conflict", 503, "store-unavailable", 1],
  ] as const)("at %s with %s: %i %s, never the agent's answer", async (step, kind, status, code, sent) => {
    const bench = createBench({ store: new FailingStore(step, kind) });
    expectProblem(await bench.call(event()), status, code);
    expect(bench.sent).toHaveLength(sent);
    expect(bench.line()).toMatchObject(
      status === 409 ? { outcome: "conflict" } : { outcome: "store-failed", errorClass: "StoreError" },
    );
  });

  it("at the count: claim and lock are given back", async () => {
    const store = new FailingStore("count", "unavailable");
    await createBench({ store }).call(event());
    expect(store.inner.items.filter((item) => item["leaseUntilMs"] !== undefined)).toEqual([]);
  });

  it("gives an answer that was kept although the store's word was lost to every repeat", async () => {
    const store = new FailingStore("complete", "unavailable", true);
    const bench = createBench({ store });
    expectProblem(await bench.call(event()), 503, "store-unavailable");
    const again = await bench.call(event());
    expect([again.statusCode, header(again, "Idempotency-Replayed")]).toEqual([202, "true"]);
    expect(bench.sent).toHaveLength(1);
  });

  it("releasing fails: the answer stays what it was, and the line says so", async () => {
    const bench = createBench({ store: new FailingStore("release", "unavailable") });
    agentSays(bench, answerOf(500, {}));
    expectProblem(await bench.call(good("/chat")), 502, "agent-failed");
    expect(bench.line()).toMatchObject({ outcome: "upstream-failed", errorClass: "StoreError" });
  });

  it.each(["claim", "count", "complete", "release"])(
    "never answers at %s: 503 before the function is killed",
    async (step) => {
      const bench = createBench({ store: new FailingStore(step, "hang") });
      if (step === "release") agentSays(bench, answerOf(500, {}));
      expectProblem(await bench.callInTime(good("/chat")), 503, "store-unavailable");
      expect(bench.lines).toHaveLength(1);
    },
  );

  it("keeps a large answer where it cannot: 503, and the next one asks the agent under the same key", async () => {
    let failing = true;
    const stored = new Map<string, Uint8Array>();
    const objects = {
      put: (_step: string, key: string, bytes: Uint8Array) => {
        if (failing) throw Object.assign(new Error("jane.doe@example.com"), { name: "SlowDown" });
        stored.set(key, bytes);
        return Promise.resolve();
      },
      get: (_step: string, key: string) => Promise.resolve(stored.get(key)),
    };
    const bench = createBench({ inlineAnswerBytes: 10, objects });
    expectProblem(await bench.call(good("/chat")), 503, "store-unavailable");
    failing = false;
    expect((await bench.call(good("/chat"))).statusCode).toBe(200);
    expect(new Set(bench.sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });
});

describe("a fault of ours", () => {
  it("is a problem and a line with class and code", async () => {
    const bench = createBench();
    bench.agent = () => Promise.reject(Object.assign(new TypeError("jane"), { code: "EMFILE" }));
    expectProblem(await bench.call(good("/chat")), 500, "fault");
    expect(bench.line()).toMatchObject({
      outcome: "fault",
      errorClass: "TypeError",
      errorCode: "EMFILE",
      Faults: 1,
    });
    expect(bench.lines.join()).not.toContain("jane");
  });

  it("in the log itself is still an answer", async () => {
    const bench = createBench({
      write: () => {
        throw new Error("no output");
      },
    });
    expectProblem(await bench.call(good("/chat")), 500, "fault");
  });

  it("in the wiring is refused when the edge is made", () => {
    expect(() => createBench({ quota: 1 })).not.toThrow();
    expect(() => createBench({ quota: 0 })).toThrow(RangeError);
  });
});

describe("on DynamoDB", () => {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    dynamo = await startTestDynamo();
    await dynamo.createTable(table);
  });
  afterAll(() => dynamo.close());

  it("a first call takes three round trips, a replay one, a duplicate storm one effect", async () => {
    const { client, operations } = dynamo;
    const store = new DynamoStore({ client, sleep: () => Promise.resolve(), random: () => 0.5 });
    const bench = createBench({ store, breakerStore: new DynamoBreakerStore({ client, store, table }) });
    await bench.call(good("/vision"));
    operations.length = 0;
    expect((await bench.call(good("/avatar"))).statusCode).toBe(202);
    expect(operations.filter((each) => each !== "GetItem")).toEqual([
      "TransactWriteItems",
      "UpdateItem",
      "TransactWriteItems",
    ]);
    operations.length = 0;
    expect(header(await bench.call(good("/avatar")), "Idempotency-Replayed")).toBe("true");
    expect(operations).toEqual(["TransactWriteItems"]);
    // Few: the embedded store takes one request at a time, and a slow machine must not become a time-out.
    const storm = await Promise.all(Array.from({ length: 5 }, () => bench.call(good("/chat"))));
    expect(bench.sent).toHaveLength(3);
    const statuses = storm.map(({ statusCode }) => statusCode);
    expect(statuses).toContain(200);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    dynamo.failNext({ type: "AccessDeniedException" });
    expectProblem(await bench.call(good("/chat")), 503, "store-unavailable");
  });
});
