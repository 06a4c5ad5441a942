import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDynamo } from "../store/dynamoFront";
import { startTestDynamo } from "../store/testDynamo";
import { MemoryTrustTable } from "./testSupport/memoryTrustTable";
import { DynamoTrustTable, textsOf, type TrustTable } from "./trustTable";

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startTestDynamo();
  await dynamo.createTable("trust");
});
afterAll(() => dynamo.close());

describe.each<[string, () => TrustTable]>([
  ["DynamoDB", () => new DynamoTrustTable(dynamo.client, "trust")],
  ["memory", () => new MemoryTrustTable()],
])("the table of trust in %s", (_, start) => {
  it("adds to a set and takes out of it, and leaves what else is there", async () => {
    const table = start();
    expect(await table.item("certificates#one")).toBeUndefined();
    await table.add("certificates#one", "issued", ["a", "b"], true);
    await table.add("certificates#one", "issued", ["b", "c"], false);
    await table.remove("certificates#one", "issued", ["b", "nowhere"]);
    expect(textsOf(await table.item("certificates#one"), "issued")).toEqual(new Set(["a", "c"]));
    await table.remove("certificates#one", "issued", ["a", "c"]);
    expect(await table.item("certificates#one")).toEqual({ id: "certificates#one" });
    await table.add("certificates#one", "issued", [], true);
    expect(textsOf(await table.item("certificates#one"), "issued").size).toBe(0);
  });

  it("makes no item that others own too, neither to add nor to take out", async () => {
    const table = start();
    await expect(table.add("revocation", "revoked", ["a"], false)).rejects.toThrow("no item revocation");
    await table.remove("revocation", "revoked", ["a"]);
    expect(await table.item("revocation")).toBeUndefined();
  });
});
