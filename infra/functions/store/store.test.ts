import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import * as fc from "fast-check";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { TestDynamo } from "./dynamoFront";
import { createDynamoClient, DynamoStore, writeTimeoutMs } from "./dynamoStore";
import { Statement } from "./expressions";
import { MemoryStore } from "./memoryStore";
import {
  absent,
  all,
  any,
  holds,
  is,
  not,
  parameter,
  StoreError,
  type Condition,
  type Item,
  type Parameters,
  type Write,
  type WriteResult,
} from "./store";
import { startTestDynamo } from "./testDynamo";

let dynamo: TestDynamo;
let sleeps: number[];
let store: DynamoStore;
let tables = 0;
let table: string;

beforeAll(async () => {
  dynamo = await startTestDynamo();
});
afterAll(() => dynamo.close());

beforeEach(async () => {
  sleeps = [];
  store = new DynamoStore({
    client: dynamo.client,
    sleep: (milliseconds) => Promise.resolve(void sleeps.push(milliseconds)),
    random: () => 0.5,
  });
  table = `claims-${(tables += 1)}`;
  await dynamo.createTable(table);
  dynamo.operations.length = 0;
});

const credentials = { accessKeyId: "example", secretAccessKey: "example" };

const put = (item: Item, condition: Condition = absent("id")): Write => ({
  kind: "put",
  table,
  item,
  condition,
});

/** A store whose every request is answered by this. */
const answeredBy = (send: () => Promise<object>): DynamoStore =>
  new DynamoStore({
    client: { send } as unknown as typeof dynamo.client,
    sleep: () => Promise.resolve(),
    random: () => 0.5,
  });

describe("a write's time", () => {
  afterEach(() => void vi.useRealTimers());

  /** A server that answers nothing, or only `failure`; `requests` are the times of their coming. */
  async function serve(failure?: { readonly status: number; readonly body: object }) {
    const requests: number[] = [];
    const server = createServer((request, response) => {
      requests.push(performance.now());
      request.resume();
      if (failure !== undefined) response.writeHead(failure.status).end(JSON.stringify(failure.body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = (): Promise<unknown> => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    };
    return { endpoint: `http://127.0.0.1:${port}`, requests, close };
  }

  async function givenUp(
    client: DynamoDBClient,
    writes: readonly [Write, ...Write[]],
  ): Promise<{ readonly error: unknown; readonly ms: number }> {
    const patient = new DynamoStore({ client, sleep: () => Promise.resolve(), random: () => 0.5 });
    const startMs = performance.now();
    const error: unknown = await patient.write("claim", writes).catch((thrown: unknown) => thrown);
    return { error, ms: performance.now() - startMs };
  }

  const failure = { status: 500, body: { __type: "InternalServerError" } };
  /** Whatever the SDK may repeat, every 100 ms without end. */
  const tokenOf = (times: number) => ({ getRetryCount: () => times, getRetryDelay: () => 100 });
  const often: DynamoDBClientConfig = {
    retryStrategy: {
      acquireInitialRetryToken: () => Promise.resolve(tokenOf(0)),
      refreshRetryTokenForRetry: (token, { errorType }) =>
        errorType === "CLIENT_ERROR"
          ? Promise.reject(new Error("not to be repeated"))
          : Promise.resolve(tokenOf(token.getRetryCount() + 1)),
      recordSuccess: () => undefined,
    },
  };
  it.each<[string, typeof failure | undefined, DynamoDBClientConfig, () => [Write, ...Write[]]]>([
    [
      "a request that is not answered",
      undefined,
      { requestHandler: { requestTimeout: 60_000 } },
      () => [put({ id: "a" })],
    ],
    ["repeats of what fails at once", failure, often, () => [put({ id: "a" })]],
    [
      "repeats of an update",
      failure,
      often,
      () => [{ kind: "update", table, id: "a", condition: absent("id") }],
    ],
    [
      "repeats of a deletion",
      failure,
      often,
      () => [{ kind: "delete", table, id: "a", condition: absent("id") }],
    ],
    ["repeats of a transaction", failure, often, () => [put({ id: "a" }), put({ id: "b" })]],
  ])("ends %s", async (_, failure, config, writes) => {
    const server = await serve(failure);
    const { endpoint, requests } = server;
    const client = createDynamoClient({ ...{ endpoint, region: "eu-west-1", credentials }, ...config });
    const { error, ms } = await givenUp(client, writes());
    expect(error).toMatchObject({ kind: "unavailable", message: expect.stringContaining("TimeoutError") });
    expect(ms).toBeGreaterThan(writeTimeoutMs - 20);
    expect(ms).toBeLessThan(writeTimeoutMs + 1_000);
    const sent = requests.length;
    expect(sent).toBeGreaterThan(failure === undefined ? 0 : 10);
    // Nothing goes on behind the caller's back.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(requests).toHaveLength(sent);
    client.destroy();
    await server.close();
  });

  it("is let go of with the answer, whatever that is", async () => {
    vi.useFakeTimers();
    await answeredBy(() => Promise.resolve({})).write("claim", [put({ id: "a" })]);
    expect(vi.getTimerCount()).toBe(0);
    const refused = answeredBy(() => Promise.reject(new Error("refused"))).write("claim", [put({ id: "a" })]);
    await expect(refused).rejects.toBeInstanceOf(StoreError);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the store over DynamoDB", () => {
  it("answers a refused condition with the item that stood there, in one round trip", async () => {
    await store.write("first", [put({ id: "a", owner: "one", seen: new Set(["x", "y"]), count: 3 })]);
    dynamo.operations.length = 0;
    expect(await store.write("second", [put({ id: "a", owner: "two" })])).toEqual({
      done: false,
      verdicts: [{ held: false, old: { id: "a", owner: "one", seen: new Set(["x", "y"]), count: 3 } }],
    });
    expect(dynamo.operations).toEqual(["PutItem"]);
  });

  it("writes all of a transaction or nothing, and says which condition failed", async () => {
    await store.write("first", [put({ id: "a", owner: "one" })]);
    dynamo.operations.length = 0;
    const result = await store.write("both", [
      put({ id: "b", owner: "two" }),
      put({ id: "a", owner: "two" }),
    ]);
    expect(result).toEqual({
      done: false,
      verdicts: [{ held: true }, { held: false, old: { id: "a", owner: "one" } }],
    });
    expect(await store.write("b is free", [put({ id: "b", owner: "three" })])).toMatchObject({ done: true });
    expect(dynamo.operations).toEqual(["TransactWriteItems", "PutItem"]);
  });

  it("answers a deletion with what it deleted, once", async () => {
    await store.write("first", [put({ id: "a", owner: "one" })]);
    const remove: Write = { kind: "delete", table, id: "a", condition: is("owner", "=", "one") };
    expect(await store.write("second", [remove])).toEqual({ done: true, before: { id: "a", owner: "one" } });
    expect(await store.write("third", [remove])).toEqual({
      done: false,
      verdicts: [{ held: false, old: undefined }],
    });
  });

  it("sends back what it has updated, only where that is wanted", async () => {
    const update: Write = {
      kind: "update",
      table,
      id: "a",
      set: { owner: "one" },
      condition: absent("owner"),
    };
    expect(await store.write("first", [update])).toEqual({ done: true, after: undefined });
    expect(dynamo.bodies.at(-1)).toContain('"ReturnValues":"NONE"');
    const wanted: Write = {
      ...update,
      set: { state: "two" },
      condition: absent("none"),
      returnsUpdated: true,
    };
    expect(await store.write("second", [wanted])).toEqual({ done: true, after: { id: "a", state: "two" } });
  });

  it("tells a conflict of transactions from a refused condition, and tries it again", async () => {
    dynamo.failNext({
      type: "TransactionCanceledException",
      body: { CancellationReasons: [{ Code: "TransactionConflict" }, { Code: "ConditionalCheckFailed" }] },
    });
    expect(await store.write("both", [put({ id: "a" }), put({ id: "b" })])).toMatchObject({ done: true });
    expect(sleeps).toHaveLength(1);
  });

  it("gives a conflict up after four tries", async () => {
    for (let i = 0; i < 4; i += 1) dynamo.failNext({ type: "TransactionConflictException" });
    await expect(store.write("claim", [put({ id: "a" })])).rejects.toMatchObject({
      kind: "conflict",
      step: "claim",
    });
    expect(dynamo.operations).toHaveLength(4);
  });

  it("repeats after a lost answer, and the condition sees its own first writing", async () => {
    dynamo.failNext({ type: "InternalServerError", after: true });
    expect(await store.write("claim", [put({ id: "a", owner: "me" })])).toEqual({
      done: false,
      verdicts: [{ held: false, old: { id: "a", owner: "me" } }],
    });
  });

  it.each([
    ["AccessDeniedException", "refused"],
    ["ValidationException", "refused"],
    ["ResourceNotFoundException", "refused"],
    ["SomethingNewException", "unavailable"],
  ])("calls %s %s", async (type, kind) => {
    dynamo.failNext({ type });
    const error: unknown = await store
      .write("claim", [put({ id: "secret-id" })])
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ kind });
    expect(String(error)).not.toContain("secret-id");
  });

  it("calls a table that answers nothing unavailable", async () => {
    for (let i = 0; i < 3; i += 1) dynamo.failNext({ type: "InternalServerError" });
    await expect(store.write("claim", [put({ id: "a" })])).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("writes of one condition", () => {
  const isOwn = is("owner", "=", parameter("owner"));
  const update = (set: Readonly<Record<string, string>>, owner: string): Write => ({
    ...{ kind: "update", table, id: "a", set },
    ...{ condition: isOwn, parameters: { owner } },
  });

  it("bring their own values, and update what each of them names", async () => {
    await store.write("first", [put({ id: "a", owner: "one" })]);
    expect(await store.write("second", [update({ state: "x" }, "one")])).toMatchObject({ done: true });
    expect(await store.write("third", [update({ owner: "two" }, "one")])).toMatchObject({ done: true });
    expect(await store.write("fourth", [update({ state: "y" }, "one")])).toEqual({
      done: false,
      verdicts: [{ held: false, old: { id: "a", owner: "two", state: "x" } }],
    });
    expect(await store.write("fifth", [update({ state: "y", plan: "z" }, "two")])).toMatchObject({
      done: true,
    });
    const remove: Write = {
      ...{ kind: "delete", table, id: "a" },
      ...{ condition: isOwn, parameters: { owner: "two" } },
    };
    expect(await store.write("sixth", [remove])).toMatchObject({
      before: { id: "a", owner: "two", state: "y", plan: "z" },
    });
  });

  it("are rendered once for the names that they update", () => {
    const first = Statement.of(update({ state: "x" }, "one"));
    expect(Statement.of(update({ owner: "x" }, "one"))).not.toBe(first);
    expect(Statement.of(update({ state: "y" }, "two"))).toBe(first);
  });

  it("name the parameter that one of them lacks, and send nothing", async () => {
    const { parameters: _, ...bare } = update({ state: "x" }, "one");
    // Also where the rest of the condition decides already.
    const beside: Write = { ...bare, condition: any(absent("id"), isOwn) };
    for (const each of [store, new MemoryStore()])
      for (const write of [bare, beside])
        await expect(each.write("first", [write])).rejects.toThrow(
          /^a write's parameters: got no owner; allowed: /,
        );
    expect(dynamo.operations).toEqual([]);
  });
});

describe("the table in memory", () => {
  it("does what the DynamoDB-compatible store does, for any conditions and updates", async () => {
    await fc.assert(
      fc.asyncProperty(batchesOfFewConditions, async (batches) => {
        table = `claims-${(tables += 1)}`;
        await dynamo.createTable(table);
        const memory = new MemoryStore();
        for (const writes of batches) {
          const [first, ...rest] = writes.map((write) => ({ ...write, table }));
          if (first === undefined) throw new Error("an empty batch");
          const expected: WriteResult = await store.write("step", [first, ...rest]);
          expect(memory.apply([first, ...rest])).toEqual(expected);
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 8_000 },
    );
  }, 30_000);
});

// Names and values overlap on purpose, types too: comparisons of unlike types are part of the semantics.
const scalar = fc.oneof(fc.constantFrom("", "a", "b", "é", "😀", "ab"), fc.integer({ min: -2, max: 12 }));
const set = fc.uniqueArray(fc.constantFrom("a", "b", "ab"), { minLength: 1 }).map((texts) => new Set(texts));
const scalarName = fc.constantFrom("owner", "state", "fence");
// What a condition is compared with: written in it, or brought along by each of its writes.
const scalarParameters = ["p", "q"].map(parameter);
const textParameter = parameter("text");
const parameters: fc.Arbitrary<Parameters> = fc.record({
  p: scalar,
  q: scalar,
  text: fc.constantFrom("a", "b"),
});
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom("owner", "state", "fence", "seen", "id").map(absent),
    fc
      .tuple(
        fc.constantFrom("owner", "state", "fence", "count"),
        fc.constantFrom("=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const),
        fc.oneof(scalar, fc.constantFrom(...scalarParameters)),
      )
      .map(([name, operator, value]) => is(name, operator, value)),
    fc
      .tuple(fc.constantFrom("seen", "owner"), fc.constantFrom("a", "b", textParameter))
      .map(([name, text]) => holds(name, text)),
    tie("condition").map(not),
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((parts) => all(...parts)),
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((parts) => any(...parts)),
  ),
}));
// Half of the conditions hold for sure, so that the items come to something.
const someCondition = fc.oneof(condition, fc.constant(any(absent("id"), not(absent("id")))));
const contents = fc.record(
  {
    owner: scalar,
    state: scalar,
    fence: scalar,
    count: fc.integer({ min: 0, max: 9 }),
    seen: set,
    plan: scalar,
  },
  { requiredKeys: [] },
);

const writeTo = (id: string, when: fc.Arbitrary<Condition>): fc.Arbitrary<Write> => {
  const conditional = fc.record({ table: fc.constant(""), condition: when, parameters });
  return fc.oneof(
    fc.tuple(conditional, contents).map(([rest, item]): Write => ({
      ...rest,
      kind: "put",
      item: { ...item, id },
    })),
    conditional.map((rest): Write => ({ ...rest, kind: "delete", id })),
    fc
      .tuple(
        conditional,
        fc.record({
          set: fc.dictionary(scalarName, scalar, { maxKeys: 2, noNullPrototype: true }),
          add: fc.record({ count: fc.integer({ min: -1, max: 2 }), seen: set }),
          remove: fc.constantFrom<readonly string[]>([], ["plan"], ["stale"]),
          returnsUpdated: fc.boolean(),
        }),
      )
      .map(([rest, update]): Write => ({ ...rest, ...update, kind: "update", id })),
  );
};

// Few, so that the same one comes with other values, other names, and other kinds of writes.
const batchesOfFewConditions = fc.array(someCondition, { minLength: 1, maxLength: 4 }).chain((conditions) => {
  const when = fc.constantFrom(...conditions);
  const batch = fc.oneof(
    fc.constantFrom("x", "y").chain((id) => writeTo(id, when).map((write) => [write])),
    fc.tuple(writeTo("x", when), writeTo("y", when)).map((writes): Write[] => writes),
  );
  return fc.array(batch, { minLength: 1, maxLength: 12 });
});
