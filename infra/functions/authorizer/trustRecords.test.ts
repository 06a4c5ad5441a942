import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestDynamo } from "../store/dynamoFront";
import { startTestDynamo } from "../store/testDynamo";
import { toAttributes } from "../store/expressions";
import type { Item } from "../store/store";
import { issuer, newAuthority } from "./testSupport";
import { readTrustRecords } from "./trustRecords";

const digest = "a".repeat(64);
const next = newAuthority("The next issuer");

describe("the table of trust", () => {
  let dynamo: TestDynamo;
  let table: string;
  let tables = 0;

  beforeAll(async () => {
    dynamo = await startTestDynamo();
  });
  afterAll(() => dynamo.close());
  beforeEach(async () => {
    tables += 1;
    table = `trust-${tables}`;
    await dynamo.createTable(table);
  });

  const put = async (...items: readonly Item[]): Promise<void> => {
    for (let at = 0; at < items.length; at += 25) {
      const requests = items.slice(at, at + 25).map((item) => ({ PutRequest: { Item: toAttributes(item) } }));
      await dynamo.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
  };
  const read = (...clientIds: string[]) => readTrustRecords(dynamo.client, table, clientIds);
  const seeds: readonly Item[] = [{ id: "issuers", pems: issuer.pem }, { id: "revocation" }];

  it("hands over issuers, live keys and revoked certificates, as they were seeded", async () => {
    await put(...seeds, { id: "client#web-app", keyDigests: new Set([digest]) });
    expect(await read("web-app")).toEqual({
      issuersPem: [issuer.pem.trim()],
      revoked: [],
      clients: [{ clientId: "web-app", keyDigests: [digest] }],
    });
  });

  it("takes several issuers one after another, and several revoked certificates", async () => {
    await put(
      { id: "issuers", pems: `${issuer.pem}${next.pem}` },
      { id: "revocation", revoked: new Set(["0a:01", "0b:02"]) },
    );
    const { issuersPem, revoked } = await read();
    expect(issuersPem).toEqual([issuer.pem.trim(), next.pem.trim()]);
    expect([...revoked].sort((a, b) => (a.serial < b.serial ? -1 : 1))).toEqual([
      { issuerKeyId: "0a", serial: "01" },
      { issuerKeyId: "0b", serial: "02" },
    ]);
  });

  it("knows no live key of a client without a record", async () => {
    await put(...seeds);
    expect((await read("web-app")).clients).toEqual([{ clientId: "web-app", keyDigests: [] }]);
  });

  it.each([["issuers"], ["revocation"]])("throws where the item %s is missing", async (missing) => {
    await put(...seeds.filter(({ id }) => id !== missing));
    await expect(read()).rejects.toThrow(`no item ${missing}`);
  });

  it.each([
    ["a key id with colons", new Set(["AA:BB:CC:0bad"])],
    ["no serial", new Set(["0a0b"])],
    ["no hex", new Set(["0a:xyz"])],
    ["a text that is no set", "0a:01"],
    ["a number", 7],
  ])(
    "throws for a revoked certificate of another form, which would revoke nothing: %s",
    async (_, revoked) => {
      await put({ id: "issuers", pems: issuer.pem }, { id: "revocation", revoked });
      await expect(read()).rejects.toMatchObject({ name: "StoreError", kind: "refused" });
    },
  );

  it("throws for a revocation under another name", async () => {
    await put({ id: "issuers", pems: issuer.pem }, { id: "revocation", Revoked: new Set(["0a:01"]) });
    await expect(read()).rejects.toMatchObject({ name: "StoreError", kind: "refused" });
  });

  it("knows no live key of a client whose record is spoilt, and those of all others", async () => {
    await put(
      ...seeds,
      { id: "client#web-app", keyDigests: new Set([digest, digest.toUpperCase()]) },
      { id: "client#mobile-app", keyDigests: digest },
      { id: "client#qa-security", keyDigests: new Set([digest]) },
    );
    expect((await read("web-app", "mobile-app", "qa-security")).clients).toEqual([
      { clientId: "web-app", keyDigests: [] },
      { clientId: "mobile-app", keyDigests: [] },
      { clientId: "qa-security", keyDigests: [digest] },
    ]);
  });

  it("reads consistently, a hundred items a call", async () => {
    const clientIds = Array.from({ length: 250 }, (_, index) => `client-${index}`);
    await put(
      ...seeds,
      ...clientIds.map((id): Item => ({ id: `client#${id}`, keyDigests: new Set([digest]) })),
    );
    const before = dynamo.bodies.length;
    const { clients } = await read(...clientIds);
    expect(clients.every(({ keyDigests }) => keyDigests.length === 1)).toBe(true);
    const calls = dynamo.bodies.slice(before);
    expect(calls).toHaveLength(3);
    expect(calls.every((call) => call.includes('"ConsistentRead":true'))).toBe(true);
  });

  it("names table and step, and nothing of the vendor's answer, when it fails", async () => {
    await put(...seeds);
    for (let call = 0; call < 4; call += 1) dynamo.failNext({ type: "AccessDeniedException" });
    await expect(read()).rejects.toMatchObject({ name: "StoreError", step: "read-trust" });
  });
});
