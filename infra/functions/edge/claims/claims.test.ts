import { buildSync } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestDynamo } from "../../store/dynamoFront";
import { DynamoStore, writeTimeoutMs } from "../../store/dynamoStore";
import { MemoryStore } from "../../store/memoryStore";
import { MemoryObjectStore } from "../../store/objectStore";
import { startTestDynamo } from "../../store/testDynamo";
import { dispositionOf, type Answer, type UpstreamResult } from "./answers";
import { Claims, upstreamKeyOf, type Claim, type ClaimOutcome, type ClaimRequest } from "./claims";
import { payloadDigestOf } from "./fingerprint";
import { maxCountsPerSecond, monthOf } from "./quota";

const hardTimeoutMs = 28_000;
const skewAllowanceMs = 1_000;
const dayMs = 24 * 3_600_000;
const start = Date.UTC(2026, 10, 22, 12, 0, 0, 250);
const answer: Answer = {
  status: 202,
  headers: { "Content-Type": "application/json" },
  body: '{"jobId":"1"}',
  isBase64Encoded: false,
};

let dynamo: TestDynamo;
let nowMs: number;
let objects: MemoryObjectStore;
let claims: Claims;
let tables = 0;
let tokens = 0;

beforeAll(async () => {
  dynamo = await startTestDynamo();
});
afterAll(() => dynamo.close());
beforeEach(async () => {
  nowMs = start;
  objects = new MemoryObjectStore();
  const table = `claims-${(tables += 1)}`;
  await dynamo.createTable(table);
  dynamo.operations.length = 0;
  const store = new DynamoStore({ client: dynamo.client, sleep: () => Promise.resolve(), random: () => 0.5 });
  const newToken = (): string => `token-number-${String((tokens += 1)).padStart(9, "0")}`.slice(-22);
  claims = new Claims(
    { store, objects, nowMs: () => nowMs, newToken: () => [...newToken()].reverse().join("") },
    { table, hardTimeoutMs, skewAllowanceMs, storeTimeoutMs: writeTimeoutMs, inlineAnswerBytes: 1_000 },
  );
});

const request = (changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  clientId: "web-app",
  subject: "u_7f3b2c9a1d4e4f60",
  route: "POST /avatar",
  idempotencyKey: '"6f1c3a52-0c1e-4f0c-9d43-8d1f0a8e2b77"',
  agentId: "chat-01",
  contentType: "application/json",
  body: '{"avatarId":"av_12345678","text":"hello"}',
  ...changes,
});
const locked = { lockResource: "avatar/av_12345678" };

function claimOf(outcome: ClaimOutcome): Claim {
  if (outcome.kind !== "fresh") throw new Error(`expected a fresh claim, got ${outcome.kind}`);
  return outcome.claim;
}
const fresh = async (changes: Partial<ClaimRequest> = {}): Promise<Claim> =>
  claimOf(await claims.claim(request(changes)));

describe("idempotency (B3.1)", () => {
  it("refuses the key at another agent: its effect there would be a second one", async () => {
    const elsewhere = request({ agentId: "chat-02" });
    const claim = await fresh();
    expect(await claims.claim(elsewhere)).toEqual({ kind: "mismatch" });
    await claims.complete(claim, answer);
    expect(await claims.claim(elsewhere)).toEqual({ kind: "mismatch" });
    expect(await claims.recall(elsewhere)).toEqual({ kind: "mismatch" });
    expect(await claims.recall(request())).toEqual({ kind: "replay", answer });
  });

  it("takes three round trips for a first call with lock and quota, one for its replay", async () => {
    const claim = await fresh(locked);
    expect(await claims.admit(claim, 10)).toMatchObject({ admitted: true, remaining: 9 });
    expect(await claims.complete(claim, answer)).toEqual({ kind: "stored" });
    expect(dynamo.operations).toEqual(["TransactWriteItems", "UpdateItem", "TransactWriteItems"]);
    dynamo.operations.length = 0;
    expect(await claims.claim(request(locked))).toEqual({ kind: "replay", answer });
    expect(dynamo.operations).toEqual(["TransactWriteItems"]);
  });

  it("takes a single conditional write where there is no lock", async () => {
    await claims.complete(await fresh(), answer);
    await claims.claim(request());
    expect(dynamo.operations).toEqual(["PutItem", "UpdateItem", "PutItem"]);
  });

  it("refuses another payload under the same key, while the first runs and after it", async () => {
    const other = request({ body: '{"avatarId":"av_12345678","text":"bye"}' });
    const claim = await fresh();
    expect(await claims.claim(other)).toEqual({ kind: "mismatch" });
    await claims.complete(claim, answer);
    expect(await claims.claim(other)).toEqual({ kind: "mismatch" });
  });

  it("takes the same JSON in another form for the same payload", async () => {
    await claims.complete(await fresh(), answer);
    const spaced = request({
      contentType: "Application/JSON; charset=utf-8",
      body: Buffer.from('{ "text": "\\u0068ello",\n "avatarId": "av_12345678" }'),
    });
    expect(await claims.claim(spaced)).toEqual({ kind: "replay", answer });
  });

  it.each([
    ["client", { clientId: "mobile-app" }],
    ["subject", { subject: "u_0000000000000000" }],
    ["missing subject", { subject: undefined }],
    ["route", { route: "POST /vision" }],
    ["key", { idempotencyKey: '"another"' }],
  ])("keeps requests of another %s apart, upstream too", async (_what, changes) => {
    const first = await fresh();
    expect(upstreamKeyOf(await fresh(changes))).not.toBe(upstreamKeyOf(first));
  });

  it("says of a running request how long its lease still is", async () => {
    await fresh();
    nowMs += 10_100;
    expect(await claims.claim(request())).toEqual({ kind: "in-flight", retryAfterSeconds: 19 });
  });

  it("lets another take over when the lease is over, upstream under the same key and a higher fence", async () => {
    const first = await fresh(locked);
    nowMs += hardTimeoutMs + skewAllowanceMs - 1;
    expect(await claims.claim(request(locked))).toEqual({ kind: "in-flight", retryAfterSeconds: 1 });
    nowMs += 1;
    const second = await fresh(locked);
    expect(second.inherited).toBe(true);
    expect(upstreamKeyOf(second)).toBe(upstreamKeyOf(first));
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  it("keeps a late owner from overwriting, and tells it the answer that counts", async () => {
    const late = await fresh(locked);
    nowMs += hardTimeoutMs + skewAllowanceMs;
    const next = await fresh(locked);
    const lateAnswer = { ...answer, body: '{"jobId":"2"}' };
    expect(await claims.complete(late, lateAnswer)).toMatchObject({ kind: "in-flight" });
    expect(await claims.complete(next, answer)).toEqual({ kind: "stored" });
    expect(await claims.complete(late, lateAnswer)).toEqual({ kind: "replay", answer });
  });

  it("keeps an answer for 24 h and the clocks' difference, by the condition and not by TTL", async () => {
    const first = await fresh();
    await claims.complete(first, answer);
    nowMs += dayMs + skewAllowanceMs - 1;
    expect(await claims.claim(request())).toEqual({ kind: "replay", answer });
    nowMs += 1;
    const next = await fresh({ body: "{}" });
    expect(next).toMatchObject({ inherited: false });
    expect(upstreamKeyOf(next)).not.toBe(upstreamKeyOf(first));
  });

  it("waits, past 24 h too, for an owner that still runs, whatever the payload", async () => {
    await claims.release(await fresh(), "in-doubt");
    nowMs += dayMs - 1_000;
    expect(await fresh()).toMatchObject({ inherited: true });
    nowMs += 3_000;
    for (const body of ["{}", request().body])
      expect(await claims.claim(request({ body }))).toEqual({ kind: "in-flight", retryAfterSeconds: 26 });
  });

  it("keeps a large answer in the object store before the record says so, and knows when it is lost", async () => {
    const large = { ...answer, body: "x".repeat(2_000) };
    await claims.complete(await fresh(), large);
    const [[key, bytes] = []] = [...objects.objects];
    if (key === undefined || bytes === undefined) throw new Error("no object was put");
    expect(await claims.claim(request())).toEqual({ kind: "replay", answer: large });
    objects.objects.set(key, Buffer.from(Buffer.from(bytes).toString().replace("xx", "xy")));
    await expect(claims.claim(request())).rejects.toThrow("another digest");
    objects.objects.clear();
    await expect(claims.claim(request())).rejects.toThrow("no object");
  });

  it("recognizes its own claim and its own answer after a lost answer of the store", async () => {
    for (const changes of [{}, locked]) {
      dynamo.failNext({ type: "InternalServerError", after: true });
      const claim = await fresh({ ...changes, idempotencyKey: `"${tokens}"` });
      dynamo.failNext({ type: "InternalServerError", after: true });
      expect(await claims.complete(claim, answer)).toEqual({ kind: "stored" });
    }
  });

  it("answers in flight where others are at the same items all the time", async () => {
    for (let i = 0; i < 4; i += 1) {
      const body = { CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict" }] };
      dynamo.failNext({ type: "TransactionCanceledException", body });
    }
    expect(await claims.claim(request(locked))).toEqual({ kind: "in-flight", retryAfterSeconds: 1 });
  });
});

describe("locks (B3.2)", () => {
  const other = { ...locked, idempotencyKey: '"another"' };

  it("lets one request at a time hold a resource of a subject", async () => {
    const first = await fresh(locked);
    expect(await claims.claim(request(other))).toEqual({ kind: "locked", retryAfterSeconds: 29 });
    await claims.complete(first, answer);
    expect((await fresh(other)).fence).toBeGreaterThan(first.fence);
  });

  it("claims no record where the lock is held", async () => {
    const first = await fresh(locked);
    await claims.claim(request(other));
    await claims.complete(first, answer);
    expect((await fresh({ ...other, body: "{}" })).inherited).toBe(false);
  });

  it("grows the fence also for a clock that is behind", async () => {
    const first = await fresh(locked);
    await claims.complete(first, answer);
    nowMs -= 900;
    expect((await fresh(other)).fence).toBe(first.fence + 1);
  });

  it("is not given back by a late owner whose lock another one holds by now", async () => {
    const late = await fresh(locked);
    nowMs += hardTimeoutMs + skewAllowanceMs;
    const next = await fresh(other);
    await claims.release(late, "retry-now");
    expect(await claims.claim(request({ ...locked, idempotencyKey: '"third"' }))).toMatchObject({
      kind: "locked",
    });
    expect(await claims.complete(next, answer)).toEqual({ kind: "stored" });
  });

  it.each([
    ["client's with the same subject", { clientId: "mobile-app" }],
    ["subject's of the same client", { subject: "u_0000000000000000" }],
    ["one's without a subject", { subject: undefined }],
    ["resource's of the same subject", { lockResource: "avatar/av_87654321" }],
  ])("is held apart from another %s", async (_whose, changes) => {
    await fresh(locked);
    expect(await claims.claim(request({ ...other, ...changes }))).toMatchObject({ kind: "fresh" });
    // Each of the two is held, by itself.
    for (const again of [{}, changes])
      expect(await claims.claim(request({ ...locked, ...again, idempotencyKey: '"third"' }))).toMatchObject({
        kind: "locked",
      });
  });

  it("is given back where nothing was sent, and stays until the lease is over where something was", async () => {
    await claims.release(await fresh(locked), "retry-now");
    await claims.release(await fresh({ ...locked, body: "{}" }), "in-doubt");
    expect(await claims.claim(request(other))).toMatchObject({ kind: "locked" });
    nowMs += hardTimeoutMs + skewAllowanceMs;
    await fresh(other);
  });
});

describe("a claim without an answer", () => {
  it("frees the key for any payload where nothing was sent", async () => {
    await claims.release(await fresh(), "retry-now");
    expect(await fresh({ body: "{}" })).toMatchObject({ inherited: false });
  });

  it("goes upstream at once under the same key where it is in doubt, and for the same payload only", async () => {
    const first = await fresh();
    await claims.release(first, "in-doubt");
    expect(await claims.claim(request({ body: "{}" }))).toEqual({ kind: "mismatch" });
    const second = await fresh();
    expect(second.inherited).toBe(true);
    expect(upstreamKeyOf(second)).toBe(upstreamKeyOf(first));
  });

  it("keeps the upstream key where an earlier attempt may have had its effect", async () => {
    const first = await fresh();
    await claims.release(first, "in-doubt");
    await claims.release(await fresh(), "retry-now");
    expect(upstreamKeyOf(await fresh())).toBe(upstreamKeyOf(first));
  });

  it.each<[UpstreamResult, UpstreamResult[], string]>([
    [{ kind: "answered", status: 202 }, [], "store"],
    [{ kind: "answered", status: 404 }, [], "store"],
    [{ kind: "answered", status: 422 }, [{ kind: "unknown" }], "store"],
    [{ kind: "answered", status: 429 }, [], "retry-now"],
    [{ kind: "answered", status: 429 }, [{ kind: "unknown" }], "in-doubt"],
    [{ kind: "not-sent" }, [], "retry-now"],
    [{ kind: "not-sent" }, [{ kind: "answered", status: 503 }], "in-doubt"],
    [{ kind: "unknown" }, [], "in-doubt"],
    [{ kind: "answered", status: 500 }, [], "in-doubt"],
    [{ kind: "answered", status: 100 }, [], "in-doubt"],
  ])("is what %j after %j calls for: %s", (last, earlier, expected) => {
    expect(dispositionOf(last, earlier)).toBe(expected);
  });
});

describe("the monthly count (B4.1)", () => {
  const key = (n: number) => ({ idempotencyKey: `"k${n}"` });

  it("admits exactly the quota, also at once, and gives a refused claim back", async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => fresh(key(n))));
    const admissions = await Promise.all(all.map((claim) => claims.admit(claim, 5)));
    expect(admissions.filter(({ admitted }) => admitted)).toHaveLength(5);
    const refused = admissions.findIndex(({ admitted }) => !admitted);
    expect(admissions[refused]).toMatchObject({ remaining: 0, resetMs: Date.UTC(2026, 11, 1) });
    await fresh({ ...key(refused), body: "{}" });
  });

  it("counts once where the store's answer was lost", async () => {
    dynamo.failNext({ type: "InternalServerError", after: true });
    expect(await claims.admit(await fresh(key(1)), 2)).toMatchObject({ admitted: true, remaining: 1 });
    dynamo.failNext({ type: "InternalServerError", after: true });
    expect(await claims.admit(await fresh(key(2)), 2)).toMatchObject({ admitted: true, remaining: 0 });
    expect(await claims.admit(await fresh(key(3)), 2)).toMatchObject({ admitted: false, remaining: 0 });
  });

  it("remembers whom it counted across the turn of its evidence, whoever counts in between", async () => {
    const evidenceMs = writeTimeoutMs + skewAllowanceMs;
    const first = await fresh(key(1));
    nowMs = Math.ceil(start / evidenceMs) * evidenceMs - 1;
    const firstMs = nowMs;
    await claims.admit(first, 9);
    nowMs = firstMs + writeTimeoutMs;
    await claims.admit(await fresh(key(2)), 9);
    // The SDK's repeat: the same request as at first.
    nowMs = firstMs;
    expect(await claims.admit(first, 9)).toMatchObject({ admitted: true, remaining: 7 });
  });

  it("sends nothing and gives the claim back where the table refuses", async () => {
    const claim = await fresh(key(1));
    dynamo.failNext({ type: "AccessDeniedException" });
    await expect(claims.admit(claim, 5)).rejects.toMatchObject({ kind: "refused", step: "count" });
    expect(await fresh({ ...key(1), body: "{}" })).toMatchObject({ inherited: false });
  });

  it("begins again with the month, by UTC", async () => {
    nowMs = Date.UTC(2026, 11, 31, 23, 59, 59, 999);
    expect(await claims.admit(await fresh(key(1)), 1)).toMatchObject({ admitted: true, resetSeconds: 1 });
    expect(await claims.admit(await fresh(key(2)), 1)).toMatchObject({ admitted: false });
    nowMs += 1;
    const admission = await claims.admit(await fresh(key(2)), 1);
    expect(admission).toMatchObject({ admitted: true, resetSeconds: 31 * 86_400 });
    expect(monthOf(nowMs).name).toBe("2027-01");
  });

  it("is apart for each client", async () => {
    await claims.admit(await fresh(), 1);
    const other = await fresh({ clientId: "mobile-app" });
    expect(await claims.admit(other, 1)).toMatchObject({ admitted: true });
  });

  it("refuses a quota that is none", async () => {
    await expect(claims.admit(await fresh(), 0)).rejects.toThrow("allowed: a whole number from 1");
  });

  it("knows the rate that one counter carries", () => {
    expect(maxCountsPerSecond(3_500)).toBe(83);
    expect(maxCountsPerSecond(500)).toBe(200);
  });
});

describe("what stands in the table", () => {
  it("holds no user, key, resource or payload in clear", async () => {
    dynamo.bodies.length = 0;
    const claim = await fresh({
      ...locked,
      subject: "u_jane.doe@example.com",
      body: '{"text":"call 555-0100"}',
    });
    await claims.admit(claim, 5);
    await claims.complete(claim, answer);
    expect(dynamo.bodies).toHaveLength(3);
    for (const planted of ["jane", "6f1c3a52", "av_12345678", "555-0100"])
      expect(dynamo.bodies.join("\n")).not.toContain(planted);
  });
});

describe("TTL", () => {
  const hourMs = 3_600_000;
  // Either may be the last to need the record: its window, or a lease that was taken at the window's end.
  const leases = [hardTimeoutMs, 3 * hourMs];

  /** Claims with a lease of another length, and when TTL takes an item of theirs. */
  function timed(timeoutMs: number) {
    const store = new MemoryStore();
    const ports = { store, objects, nowMs: () => nowMs, newToken: () => `token-${(tokens += 1)}` };
    const table = "claims";
    const options = { table, hardTimeoutMs: timeoutMs, skewAllowanceMs, storeTimeoutMs: writeTimeoutMs };
    const claimed = new Claims(ports, options);
    return {
      claimed,
      take: async (changes: Partial<ClaimRequest> = {}) =>
        claimOf(await claimed.claim(request({ ...locked, ...changes }))),
      expiresMs: (id: string | undefined) =>
        1_000 * Number(store.get(table, String(id))?.["expiresAtSeconds"]),
    };
  }

  // Twice the clocks' difference: a claimant's clock may be behind, and the table's ahead.
  const byAnyClock = (ms: number): number => ms + 2 * skewAllowanceMs;
  function expectCleanUp(expiresMs: number, neededUntilMs: number): void {
    expect(expiresMs).toBeGreaterThan(byAnyClock(neededUntilMs));
    expect(expiresMs).toBeLessThan(neededUntilMs + dayMs);
  }

  it.each(leases)("takes no record that a clock still needs, with leases of %d ms", async (timeoutMs) => {
    const { claimed, take, expiresMs } = timed(timeoutMs);
    const first = await take();
    const windowEndsMs = start + dayMs + skewAllowanceMs;
    expectCleanUp(expiresMs(first.recordId), windowEndsMs);
    await claimed.release(first, "in-doubt");
    nowMs = windowEndsMs - 1;
    const heir = await take();
    expect(heir).toMatchObject({ inherited: true, recordId: first.recordId });
    expectCleanUp(expiresMs(heir.recordId), heir.leaseUntilMs);
    await claimed.complete(heir, answer);
    expectCleanUp(expiresMs(heir.recordId), heir.leaseUntilMs);
  });

  it("takes no answer that may be replayed", async () => {
    const { claimed, take, expiresMs } = timed(hardTimeoutMs);
    const claim = await take();
    await claimed.complete(claim, answer);
    expectCleanUp(expiresMs(claim.recordId), start + dayMs + skewAllowanceMs);
  });

  it.each(leases)("takes no lock that is held, with leases of %d ms", async (timeoutMs) => {
    const { claimed, take, expiresMs } = timed(timeoutMs);
    const first = await take();
    expectCleanUp(expiresMs(first.lockId), first.leaseUntilMs);
    await claimed.complete(first, answer);
    // The item of the one before, with its fence, serves the next holder.
    nowMs += 10 * dayMs;
    const next = await take({ idempotencyKey: '"another"' });
    expect(next.lockId).toBe(first.lockId);
    expectCleanUp(expiresMs(next.lockId), next.leaseUntilMs);
  });
});

describe("the fingerprint", () => {
  it.each([
    ["a nested order of fields", '{"b":[1,{"y":2,"x":1}],"a":1.0}', '{"a":1,"b":[1,{"x":1,"y":2}]}'],
    ["an escape", '"\\u00e9"', '"é"'],
  ])("does not depend on %s", (_what, one, two) => {
    expect(payloadDigestOf("application/json", one)).toBe(payloadDigestOf("application/json", two));
  });

  it.each([
    ["the order of an array", "application/json", "[1,2]", "application/json", "[2,1]"],
    ["a type", "application/json", '{"a":"1"}', "application/json", '{"a":1}'],
    ["a field that is null", "application/json", '{"a":null}', "application/json", "{}"],
    ["the media type", "application/json", "{}", "application/problem+json", "{}"],
    ["a space that is no JSON's", "text/plain", "{}", "text/plain", "{ }"],
    ["what does not parse", "application/json", "{", "application/json", "{ "],
    ["a lone surrogate", "application/json", '"\\ud800"', "application/json", '"\\ud801"'],
  ])("depends on %s", (_what, type, one, otherType, two) => {
    expect(payloadDigestOf(type, one)).not.toBe(payloadDigestOf(otherType, two));
  });
});

describe("the bundle", () => {
  it("stays well below 500 KB with the claims, the store and DynamoDB's client in it", () => {
    const { outputFiles } = buildSync({
      stdin: {
        contents:
          'export { Claims } from "./claims"; export { DynamoStore, createDynamoClient } from "../../store/dynamoStore";',
        resolveDir: __dirname,
      },
      bundle: true,
      write: false,
      minify: true,
      legalComments: "none",
      platform: "node",
      target: "node24",
      format: "cjs",
      mainFields: ["module", "main"],
      logLevel: "silent",
    });
    const bytes = outputFiles[0]?.contents.length ?? Infinity;
    expect(bytes).toBeLessThan(420 * 1024);
  });
});
