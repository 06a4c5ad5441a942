import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDynamo } from "../../store/dynamoFront";
import { DynamoStore } from "../../store/dynamoStore";
import { startTestDynamo } from "../../store/testDynamo";
import type { BreakerItem } from "./breakerStore";
import { DynamoBreakerStore } from "./dynamoBreakerStore";

const table = "fase-b-staging-edge";
let dynamo: TestDynamo;
let store: DynamoBreakerStore;
beforeAll(async () => {
  dynamo = await startTestDynamo();
  await dynamo.createTable(table);
  const { client } = dynamo;
  const writes = new DynamoStore({ client, sleep: () => Promise.resolve(), random: () => 0 });
  store = new DynamoBreakerStore({ client, store: writes, table });
});
afterAll(() => dynamo.close());

const open: BreakerItem = { token: "token-1", state: "open", untilMs: 1_795_000_000_000, openings: 1 };
const closed: BreakerItem = {
  token: "token-2",
  state: "closed",
  count: { startMs: 1_795_000_000_000, calls: 12, failures: 3 },
  since: "token-1",
};

describe("the breakers' items in the table (B3.3)", () => {
  it("gives back what was put, every field of it", async () => {
    expect(await store.get("chat-01")).toBeUndefined();
    expect(await store.put("chat-01", open, undefined)).toEqual({ written: true });
    expect(await store.get("chat-01")).toEqual(open);
    expect(await store.put("chat-01", closed, open.token)).toEqual({ written: true });
    expect(await store.get("chat-01")).toEqual(closed);
    expect(await store.get("chat-02")).toBeUndefined();
  });

  it("writes over nothing but the token that was seen, and shows what stands there instead", async () => {
    await store.put("vision-01", open, undefined);
    expect(await store.put("vision-01", closed, undefined)).toEqual({ written: false, current: open });
    expect(await store.put("vision-01", closed, "token-0")).toEqual({ written: false, current: open });
    expect(await store.get("vision-01")).toEqual(open);
    expect(await store.put("vision-02", closed, "token-0")).toEqual({ written: false, current: undefined });
  });

  it("reads strongly consistently", async () => {
    await store.get("chat-01");
    expect(JSON.parse(dynamo.bodies.at(-1) ?? "")).toMatchObject({ ConsistentRead: true });
  });

  it("rejects an item that it has not written", async () => {
    await dynamo.client.send(
      new PutItemCommand({ TableName: table, Item: { id: { S: "breaker#odd" }, token: { S: "t" } } }),
    );
    await expect(store.get("odd")).rejects.toThrow(TypeError);
  });
});
