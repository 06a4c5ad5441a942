import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDynamoClient, DynamoStore } from "../infra/functions/store/dynamoStore";
import { MemoryStore } from "../infra/functions/store/memoryStore";
import {
  absent,
  all,
  any,
  holds,
  is,
  not,
  type Condition,
  type Operator,
  type Write,
} from "../infra/functions/store/store";
import { conditionOf, updateOf } from "./expressionReader";
import { startStandInStore, type StandInStore } from "./standInStore";

let standIn: StandInStore;
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  standIn = await startStandInStore();
  client = createDynamoClient({
    endpoint: standIn.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "example", secretAccessKey: "example" },
  });
});
afterAll(async () => {
  client.destroy();
  await standIn.close();
});

async function newTable(): Promise<string> {
  const TableName = `bench-${(tables += 1)}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  return TableName;
}

const id = fc.constantFrom("a", "b");
const text = fc.constantFrom("", "x", "é");
const number = fc.integer({ min: -2, max: 2 });
const operator = fc.constantFrom<Operator>("=", "<", "<=", ">", ">=");
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.constantFrom("t", "n", "s").map(absent),
  fc.tuple(fc.constantFrom("t", "n"), operator, fc.oneof(text, number)).map((parts) => is(...parts)),
  fc.tuple(fc.constantFrom("s", "t"), fc.constantFrom("x", "y")).map((parts) => holds(...parts)),
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  leaf,
  leaf.map(not),
  fc.array(leaf, { minLength: 2, maxLength: 3 }).map((parts) => all(...parts)),
  fc.tuple(leaf, leaf, leaf).map(([one, two, three]) => any(one, all(two, not(three)))),
);
const set = fc.uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1 }).map((parts) => new Set(parts));
type Draft = (table: string) => Write;
const write: fc.Arbitrary<Draft> = fc.oneof(
  fc
    .record({ id, t: text, n: number, s: set, condition })
    .map(({ condition: when, ...item }): Draft => (table) => ({ kind: "put", table, item, condition: when })),
  fc
    .record({ id, t: text, n: number, s: set, condition })
    .map(({ id: key, t, n, s, condition: when }): Draft => (table) => ({
      kind: "update",
      table,
      id: key,
      set: { t },
      add: { n, s },
      remove: ["u"],
      condition: when,
    })),
  fc.record({ id, condition }).map(({ id: key, condition: when }): Draft => (table) => ({
    kind: "delete",
    table,
    id: key,
    condition: when,
  })),
);

describe("the stand-in for the store", () => {
  it("does what the functions' table in memory does, for any conditions, updates and transactions", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(write, write, fc.boolean()), { maxLength: 10 }), async (steps) => {
        const table = await newTable();
        const store = new DynamoStore({ client, sleep: () => Promise.resolve(), random: () => 0.5 });
        const memory = new MemoryStore();
        for (const [first, second, both] of steps) {
          const [one, two] = [first(table), second(table)];
          // A transaction may not name an item twice.
          const writes: [Write, ...Write[]] = both && keyOf(one) !== keyOf(two) ? [one, two] : [one];
          expect(await store.write("step", writes)).toEqual(memory.apply(writes));
        }
      }),
      { numRuns: 150, interruptAfterTimeLimit: 8_000 },
    );
  }, 30_000);

  it("refuses a table that it does not have, as the service does", async () => {
    const command = new GetItemCommand({ TableName: "none", Key: { id: { S: "a" } } });
    await expect(client.send(command)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it.each(["#a = :b AND", "size(#a) = :b", "(#a = :b", "#a = :b #c"])(
    "refuses the condition %s instead of guessing",
    (expression) => {
      expect(() => conditionOf(expression)).toThrow(SyntaxError);
    },
  );

  it("refuses an update that it cannot do", () => {
    expect(() => updateOf("DELETE #a :b")).toThrow(SyntaxError);
  });
});

const keyOf = (one: Write): string => (one.kind === "put" ? one.item.id : one.id);
