import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readContract } from "../../contract/contract";
import { validatorOf } from "../../contract/testSupport";
import type { TestDynamo } from "../store/dynamoFront";
import { DynamoStore } from "../store/dynamoStore";
import { startTestDynamo } from "../store/testDynamo";
import { grant, sessionId } from "./testSupport";
import { OFFER_PATTERN, ticketOf } from "./subprotocols";
import { ticketLifetimeMs, Tickets } from "./tickets";

const table = "voice";
const skewAllowanceMs = 1_000;
const startMs = Date.UTC(2026, 10, 22, 12);

let dynamo: TestDynamo;
let store: DynamoStore;
let nowMs: number;
beforeAll(async () => {
  dynamo = await startTestDynamo();
  await dynamo.createTable(table);
  store = new DynamoStore({ client: dynamo.client, sleep: () => Promise.resolve(), random: () => 0 });
});
afterAll(() => dynamo.close());
beforeEach(() => {
  nowMs = startMs;
  dynamo.operations.length = dynamo.bodies.length = 0;
});

const ticketsAt = (offsetMs: number, bytes: () => Uint8Array = () => randomBytes(32)): Tickets =>
  new Tickets(
    {
      store: { write: (step, writes) => store.write(step, writes) },
      nowMs: () => nowMs + offsetMs,
      random32Bytes: bytes,
      newUuid: () => sessionId,
    },
    { table, skewAllowanceMs },
  );
const tickets = ticketsAt(0);
const issue = () => tickets.issue(grant, "voice-01.staging.example.com");

describe("a ticket (B4.2, B5.3)", () => {
  it("is what the contract says, and is redeemed for exactly what it was issued for", async () => {
    const issued = await issue();
    expect(validatorOf(readContract().document.components.schemas, "VoiceTicket")(issued)).toBe(true);
    expect(issued.expiresAt).toBe("2026-11-22T12:00:30.000Z");
    expect(issued.url).not.toContain(issued.ticket);
    expect(ticketOf(issued.subprotocols.join(", "))).toBe(issued.ticket);
    expect(await tickets.redeem(issued.ticket, "voice-01")).toEqual({ ...grant, sessionId });
    expect(dynamo.operations).toEqual(["PutItem", "DeleteItem"]);
  });

  it("is redeemed once, also by fifty connections at the same moment", async () => {
    const { ticket } = await issue();
    const all = await Promise.all(Array.from({ length: 50 }, () => tickets.redeem(ticket, "voice-01")));
    expect(all.filter((each) => each !== undefined)).toHaveLength(1);
  });

  it("is stored as a digest only", async () => {
    const { ticket } = await issue();
    expect(ticket).toMatch(/^[A-Za-z0-9_-]{43}$/);
    await tickets.redeem(ticket, "voice-01");
    expect(dynamo.bodies.join()).not.toContain(ticket);
  });

  it.each([
    [0, ticketLifetimeMs - skewAllowanceMs - 1, true],
    [0, ticketLifetimeMs - skewAllowanceMs, false],
    [-skewAllowanceMs, ticketLifetimeMs - 1, true],
    [-skewAllowanceMs, ticketLifetimeMs, false],
    [skewAllowanceMs, ticketLifetimeMs - 2 * skewAllowanceMs - 1, true],
    [skewAllowanceMs, ticketLifetimeMs - 2 * skewAllowanceMs, false],
  ])(
    "by a clock %d ms off, after %d ms: honoured %s, with its item still there",
    async (offset, age, good) => {
      const { ticket } = await issue();
      nowMs += age;
      expect((await ticketsAt(offset).redeem(ticket, "voice-01")) !== undefined).toBe(good);
    },
  );

  it("is not taken by TTL while any clock honours it, nor kept for long: its subject stands there in clear", async () => {
    await issue();
    const [body = ""] = dynamo.bodies;
    const { Item } = JSON.parse(body) as { Item: { expiresAtSeconds: { N: string } } };
    const expiresMs = 1_000 * Number(Item.expiresAtSeconds.N);
    expect(expiresMs).toBeGreaterThan(startMs + ticketLifetimeMs + 2 * skewAllowanceMs);
    expect(expiresMs).toBeLessThan(startMs + 86_400_000);
  });

  it("is neither honoured nor lost at another agent", async () => {
    const { ticket } = await issue();
    expect(await tickets.redeem(ticket, "voice-02")).toBeUndefined();
    expect(await tickets.redeem(ticket, "voice-01")).toBeDefined();
  });

  it.each(["", "x".repeat(42), "x".repeat(44), `${"x".repeat(42)}=`])(
    "that is %j costs the table nothing",
    async (ticket) => {
      expect(await tickets.redeem(ticket, "voice-01")).toBeUndefined();
      expect(dynamo.operations).toEqual([]);
    },
  );

  it("whose deletion happened but was not answered is refused by the repeat, never honoured twice", async () => {
    const { ticket } = await issue();
    dynamo.failNext({ type: "InternalServerError", after: true });
    expect(await tickets.redeem(ticket, "voice-01")).toBeUndefined();
  });

  it("is issued once though the first answer was lost", async () => {
    dynamo.failNext({ type: "InternalServerError", after: true });
    const { ticket } = await issue();
    expect(await tickets.redeem(ticket, "voice-01")).toBeDefined();
  });

  it("is refused where the bytes are too few", async () => {
    const few = ticketsAt(0, () => new Uint8Array(16));
    await expect(few.issue(grant, "voice-01.staging.example.com")).rejects.toThrow("got 16 random bytes");
    expect(dynamo.operations).toEqual([]);
  });
});

describe("the offer in Sec-WebSocket-Protocol", () => {
  it("has the contract's form", () => {
    const contract = readFileSync(join(__dirname, "../../contract/realtime-voice.asyncapi.yaml"), "utf8");
    expect(contract).toContain(`pattern: '${OFFER_PATTERN}'`);
  });

  const ticket = "a".repeat(43);
  it.each([
    "",
    "fase-b.voice.v1",
    `fase-b.ticket.${ticket}`,
    `fase-b.ticket.${ticket}, fase-b.voice.v1`,
    `fase-b.voice.v1, fase-b.ticket.${ticket}, fase-b.ticket.${ticket}`,
    `fase-b.voice.v2, fase-b.ticket.${ticket}`,
    `fase-b.voice.v1, fase-b.ticket.${ticket}\n`,
    `fase-b.voice.v1,  fase-b.ticket.${ticket}`,
  ])("%j holds no ticket", (header) => expect(ticketOf(header)).toBeUndefined());
});
