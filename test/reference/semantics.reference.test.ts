import {
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestDynamo } from "../../infra/functions/store/dynamoFront";
import { DynamoStore } from "../../infra/functions/store/dynamoStore";
import { absent, is, type Item, type Write } from "../../infra/functions/store/store";
import { startTestDynamo } from "../../infra/functions/store/testDynamo";
import { clientOf, emulatorDiffers } from "./referenceClient";

const table = "semantics";
let dynamo: TestDynamo;
let store: DynamoStore;
let made = 0;
/** An item of its own for each test. */
let id: string;

beforeAll(async () => {
  dynamo = await startTestDynamo();
  store = new DynamoStore({ client: dynamo.client, sleep: () => Promise.resolve(), random: () => 0 });
  await dynamo.createTable(table);
});
afterAll(() => dynamo.close());
beforeEach(() => void (id = `item-${(made += 1)}`));

const put = (item: Item, condition = absent("id")): Write => ({ kind: "put", table, item, condition });
const transact = (items: TransactWriteItem[], token?: string) =>
  dynamo.client.send(
    new TransactWriteItemsCommand({
      TransactItems: items,
      ...(token === undefined ? {} : { ClientRequestToken: token }),
    }),
  );
async function read(key: string): Promise<unknown> {
  const Key = { id: { S: key } };
  return (await dynamo.client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item;
}
const increment = (key: string): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: { id: { S: key } },
    UpdateExpression: "ADD hits :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  },
});
/** A little over what an item may have. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const tooLong = "x".repeat(400 * 1024);

describe("a refused condition, as DynamoDB has it", () => {
  it.each([
    [undefined, undefined],
    ["ALL_OLD", { id: { S: "asked-ALL_OLD" }, owner: { S: "one" } }],
  ] as const)("gives the old item of a single write where %s is asked for: %j", async (asked, old) => {
    const key = `asked-${asked}`;
    await store.write("first", [put({ id: key, owner: "one" })]);
    const again = new PutItemCommand({
      TableName: table,
      Item: { id: { S: key } },
      ConditionExpression: "attribute_not_exists(id)",
      ...(asked === undefined ? {} : { ReturnValuesOnConditionCheckFailure: asked }),
    });
    const refused = { name: "ConditionalCheckFailedException", Item: old };
    await expect(dynamo.client.send(again)).rejects.toMatchObject(refused);
  });

  it("gives one reason for each action of a transaction, in order, with the old item where it is asked for", async () => {
    await store.write("first", [put({ id, owner: "one" })]);
    const refused = {
      TableName: table,
      Item: { id: { S: id } },
      ConditionExpression: "attribute_not_exists(id)",
    };
    const other = { TableName: table, Item: { id: { S: `${id}-other` } } };
    const reasonsOf = (action: TransactWriteItem): Promise<unknown> =>
      transact([{ Put: other }, action]).catch((error: unknown) =>
        error instanceof TransactionCanceledException
          ? error.CancellationReasons?.map(({ Code, Item: old }) => [Code, old])
          : error,
      );
    expect(await reasonsOf({ Put: refused })).toEqual([
      ["None", undefined],
      ["ConditionalCheckFailed", undefined],
    ]);
    const asking = { ...refused, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
    expect(await reasonsOf({ Put: asking })).toEqual([
      ["None", undefined],
      ["ConditionalCheckFailed", { id: { S: id }, owner: { S: "one" } }],
    ]);
    expect(await read(`${id}-other`)).toBeUndefined();
  });
});

describe("a transaction under a client's token", () => {
  it("happens once when the SDK repeats it after a lost answer, and is told that it happened", async () => {
    const writes: [Write, Write] = [put({ id, owner: "me" }), put({ id: `${id}-b` })];
    dynamo.bodies.length = 0;
    dynamo.failNext({ type: "InternalServerError", after: true });
    expect(await store.write("both", writes)).toMatchObject({ done: true });
    const tokens = dynamo.bodies.map(
      (body) => (JSON.parse(body) as Record<string, unknown>)["ClientRequestToken"],
    );
    expect(tokens).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), tokens[0]]);
  });

  it("is one transaction for each call of the store, so a second call sees what the first did", async () => {
    const writes: [Write, Write] = [put({ id, owner: "me" }), put({ id: `${id}-b` })];
    await store.write("both", writes);
    expect(await store.write("both", writes)).toMatchObject({
      done: false,
      verdicts: [{ old: { owner: "me" } }, { held: false }],
    });
  });

  it("does not count again what was counted, and takes nothing else under the token", async () => {
    await transact([increment(id)], `token-${id}`);
    await transact([increment(id)], `token-${id}`);
    expect(await read(id)).toEqual({ id: { S: id }, hits: { N: "1" } });
    const other = transact([increment(`${id}-other`)], `token-${id}`);
    await expect(other).rejects.toMatchObject({ name: "IdempotentParameterMismatchException" });
  });
});

describe("a transaction that DynamoDB does not take is refused, and nothing of it is written", () => {
  const padded = (length: number, count: number): Write[] =>
    Array.from({ length: count }, (_, index) =>
      put({ id: `padded-${length}-${index}`, x: "x".repeat(length) }),
    );

  it.each<[string, () => Write[]]>([
    [
      "the same item twice",
      () => ["one", "two"].map((owner) => put({ id: `${id}-b`, owner }, absent("neither-has-it"))),
    ],
    ["more than 100 actions", () => padded(1, 100)],
    ["more than 4 MB", () => padded(380 * 1024, 12)],
    ["an item over 400 KB", () => [put({ id: `${id}-b`, x: tooLong })]],
    ["a table that is not there", () => [{ ...put({ id: `${id}-b` }), table: "no-such-table" }]],
    ["an empty set", () => [put({ id: `${id}-b`, seen: new Set() })]],
    ["an id over 2 KB", () => [put({ id: "k".repeat(2_049) })]],
  ])("%s", async (_what, others) => {
    const error: unknown = await store
      .write("many", [put({ id }), ...others()])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "StoreError", kind: "refused", step: "many" });
    expect([await read(id), await read(`${id}-b`)]).toEqual([undefined, undefined]);
  });

  it("an item that an update makes too large", async () => {
    await store.write("first", [put({ id: `${id}-b`, x: "x".repeat(390 * 1024) })]);
    const grow: Write = {
      kind: "update",
      table,
      id: `${id}-b`,
      set: { y: "y".repeat(11 * 1024) },
      condition: is("id", "=", `${id}-b`),
    };
    await expect(store.write("many", [put({ id }), grow])).rejects.toMatchObject({ kind: "refused" });
    expect(await read(id)).toBeUndefined();
  });
});

describe("what else only the reference says", () => {
  it("a condition of more than 4 KB or 300 operators is refused", async (context) => {
    emulatorDiffers(context, "the emulator takes conditions of any length");
    const refused = { name: "ValidationException" };
    const condition = (ConditionExpression: string) =>
      dynamo.client.send(
        new PutItemCommand({ TableName: table, Item: { id: { S: id } }, ConditionExpression }),
      );
    const long = Array.from({ length: 200 }, () => "attribute_not_exists(zzzzzzzz)").join(" AND ");
    await expect(condition(long)).rejects.toMatchObject(refused);
    await expect(condition(Array.from({ length: 302 }, () => "a<>b").join(" OR "))).rejects.toMatchObject(
      refused,
    );
  });

  it("a set comes back in an order of the store's, not of the writer's", async (context) => {
    emulatorDiffers(context, "the emulator keeps the writer's order");
    await store.write("first", [put({ id, seen: new Set(["c", "a", "b"]) })]);
    expect(await read(id)).toEqual({ id: { S: id }, seen: { SS: ["a", "b", "c"] } });
  });

  it("tables of one access key are nothing to another, so test files don't meet", async () => {
    const stranger = clientOf("200000000002");
    const get = new GetItemCommand({ TableName: table, Key: { id: { S: id } } });
    await expect(stranger.send(get)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    stranger.destroy();
  });
});
