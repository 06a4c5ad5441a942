import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SERVICES_ID } from "../../authorizer/trustRecordIds";
import { newGeneration, servicePair, servicesPem, type Pair } from "../../pki/testSupport";
import type { TestDynamo } from "../../store/dynamoFront";
import { StoreError } from "../../store/store";
import { startTestDynamo } from "../../store/testDynamo";
import { FreshCredentials, PAUSE_MS, REFRESH_MS, type PlainCredentials } from "./freshCredentials";
import { readCredentials } from "./readCredentials";
import { secretOf, secretsDouble } from "./testSupport/secrets";

const HOUR_MS = 3_600_000;
const startMs = Date.now();
const caller = { use: "client", uri: "urn:fase-b:service:edge" } as const;

let first: PlainCredentials;
let second: PlainCredentials;
let pair: Pair;

beforeAll(async () => {
  const generation = await newGeneration(startMs);
  const until = { notAfterMs: startMs + HOUR_MS };
  pair = await servicePair(generation, { ...caller, ...until });
  first = { servicesPem: servicesPem(generation), ...pair };
  second = { servicesPem: servicesPem(generation), ...(await servicePair(generation, caller)) };
});

describe("an instance's credentials (B5.2, B5.3)", () => {
  let nowMs: number;
  let answers: (PlainCredentials | Error)[];
  let reads: number;
  let failures: unknown[];
  let fresh: FreshCredentials;

  beforeEach(() => {
    nowMs = startMs;
    reads = 0;
    answers = [first];
    failures = [];
    fresh = new FreshCredentials({
      read: async () => {
        reads += 1;
        const answer = answers[Math.min(reads, answers.length) - 1];
        await Promise.resolve();
        if (answer === undefined || answer instanceof Error) throw answer ?? new Error("none");
        return answer;
      },
      nowMs: () => nowMs,
      onFailure: (error) => failures.push(error),
    });
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const certificate = async (): Promise<string | undefined> =>
    (await fresh.current()).clientCertificate?.cert;

  it("are read once, at the first request, by all who ask at once", async () => {
    expect(reads).toBe(0);
    fresh.begin();
    const all = await Promise.all([fresh.current(), fresh.current(), fresh.current()]);
    expect(reads).toBe(1);
    expect(all[0]).toEqual({
      ca: first.servicesPem,
      clientCertificate: { cert: first.certificatePem, key: first.privateKeyPem },
    });
    nowMs += REFRESH_MS - 1;
    fresh.begin();
    await fresh.current();
    expect(reads).toBe(1);
  });

  it("are read again after minutes while nobody waits, and are the same object where nothing has changed", async () => {
    const before = await fresh.current();
    answers = [first, first, second];
    nowMs += REFRESH_MS;
    expect(await fresh.current()).toBe(before);
    await settled();
    expect(reads).toBe(2);
    expect(await fresh.current()).toBe(before);
    nowMs += REFRESH_MS;
    expect(await fresh.current()).toBe(before);
    await settled();
    expect(await certificate()).toBe(second.certificatePem);
  });

  it.each<[string, () => PlainCredentials | Error]>([
    ["fails", () => new StoreError("unavailable", "read", "TimeoutError")],
    ["brings another's key", () => ({ ...second, privateKeyPem: first.privateKeyPem })],
    ["brings no authority", () => ({ ...second, servicesPem: "" })],
    ["brings a leaf as authority", () => ({ ...second, servicesPem: second.certificatePem })],
    ["brings a certificate that has expired", () => second],
    ["brings no certificate", () => ({ ...second, certificatePem: "" })],
    ["brings no key", () => ({ ...second, privateKeyPem: "" })],
  ])("that are known are kept when a reading %s, until their certificate ends", async (what, bad) => {
    const generation = await newGeneration(startMs);
    const expired = await servicePair(generation, {
      ...caller,
      notBeforeMs: startMs - 2 * HOUR_MS,
      notAfterMs: startMs - HOUR_MS,
    });
    const answer = what.includes("expired") ? { ...second, ...expired } : bad();
    answers = [first, answer];
    await fresh.current();
    nowMs += REFRESH_MS;
    await fresh.current();
    await settled();
    expect(failures).toHaveLength(1);
    expect(JSON.stringify(failures.map(String))).not.toMatch(/BEGIN|MII/);
    expect(await certificate()).toBe(first.certificatePem);
    // Not asked again at once.
    expect(reads).toBe(2);
    nowMs += PAUSE_MS;
    await fresh.current();
    await settled();
    expect(reads).toBe(3);
    nowMs = startMs + HOUR_MS + 1_000;
    await expect(fresh.current()).rejects.toThrow();
    answers = [second];
    reads = 0;
    expect(await certificate()).toBe(second.certificatePem);
  });

  it("are not had while nothing was ever read, and are asked for again by the next request", async () => {
    answers = [new StoreError("unavailable", "read", "TimeoutError"), first];
    await expect(fresh.current()).rejects.toThrow(StoreError);
    expect(failures).toHaveLength(1);
    expect(await certificate()).toBe(first.certificatePem);
  });

  it("are read again soon after a certificate was refused, but not at every refusal", async () => {
    answers = [first, second];
    await fresh.current();
    fresh.onTlsFailure();
    await settled();
    expect(reads).toBe(1);
    nowMs += PAUSE_MS;
    fresh.onTlsFailure();
    await settled();
    expect(reads).toBe(2);
    expect(await certificate()).toBe(second.certificatePem);
    fresh.onTlsFailure();
    await settled();
    expect(reads).toBe(2);
  });
});

describe("what the credentials are read from", () => {
  let dynamo: TestDynamo;
  const facts = {
    trustTable: "trust",
    clientCertificateSecretName: "fase-b-staging/edge/client-certificate",
  };

  beforeAll(async () => {
    dynamo = await startTestDynamo();
    await dynamo.createTable("trust");
  });
  afterAll(() => dynamo.close());
  const reading = (secret?: string, table = "trust") => {
    const secrets = new Map(secret === undefined ? [] : [[facts.clientCertificateSecretName, secret]]);
    return readCredentials({ ...facts, trustTable: table }, dynamo.client, () =>
      Promise.resolve(secretsDouble(secrets)),
    )();
  };
  const failureOf = (made: Promise<unknown>): Promise<string> =>
    made.then(
      () => "none",
      (error: unknown) => (error instanceof StoreError ? error.message : "another"),
    );

  it("is refused without the table's item, and with a secret of another form, in words that hold nothing of it", async () => {
    expect(await failureOf(reading(secretOf(pair)))).toMatch(/services/);
    await dynamo.client.send(
      new PutItemCommand({
        TableName: "trust",
        Item: { id: { S: SERVICES_ID }, pems: { S: first.servicesPem } },
      }),
    );
    expect(await reading(secretOf(pair))).toEqual(first);
    expect(await failureOf(reading())).toMatch(/ResourceNotFoundException/);
    expect(await failureOf(reading(undefined, "none"))).not.toBe("another");
    for (const text of [
      "",
      "hush",
      "[]",
      "null",
      '{"certificatePem":"hush"}',
      '{"certificatePem":1,"privateKeyPem":"hush"}',
    ]) {
      const message = await failureOf(reading(text));
      expect(message).toMatch(/another form/);
      expect(message).not.toContain("hush");
    }
  });
});
