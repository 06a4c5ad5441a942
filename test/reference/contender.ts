import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Claims, type Claim } from "../../infra/functions/edge/claims/claims";
import { createDynamoClient, DynamoStore, writeTimeoutMs } from "../../infra/functions/store/dynamoStore";
import { StoreError } from "../../infra/functions/store/store";
import { MemoryObjectStore } from "../../infra/functions/store/objectStore";

/** What a process of the race is told. */
export interface Race {
  readonly url: string;
  readonly accessKeyId: string;
  readonly table: string;
  /** The key of each request, in the order of sending. */
  readonly keys: readonly number[];
  readonly atOnce: number;
  readonly locks: number;
  readonly quota: number;
}

/** One time that a process held a lock, by the machine's monotonic clock, which all processes share. */
export interface Holding {
  readonly key: number;
  readonly lock: number | undefined;
  readonly fence: number;
  readonly fromNs: string;
  readonly toNs: string;
}

/** What a process of the race has seen. */
export interface Seen {
  readonly holdings: readonly Holding[];
  /** By key, the bodies of what its own requests stored. */
  readonly stored: readonly (readonly [key: number, body: string])[];
  readonly replayed: readonly (readonly [key: number, body: string])[];
  /** Times that a request was told to come back. */
  readonly waits: Readonly<Record<"in-flight" | "locked", number>>;
  readonly admitted: number;
  /** Steps that the store did not answer in time, on a busy machine: each may have happened. */
  readonly unanswered: readonly string[];
  /** What must never be. */
  readonly faults: readonly string[];
}

/** Every second key holds a lock, so that the others are kept apart by their record alone. */
export const lockOf = (race: Pick<Race, "locks">, key: number): number | undefined =>
  key % 2 === 0 ? (key / 2) % race.locks : undefined;

/** A client that comes back until it has its answer; what it does while it holds the lock takes a moment. */
async function run(race: Race): Promise<Seen> {
  const client = createDynamoClient({
    endpoint: race.url,
    region: "eu-west-1",
    credentials: { accessKeyId: race.accessKeyId, secretAccessKey: "example" },
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
  });
  const claims = new Claims(
    {
      store: new DynamoStore({ client, sleep, random: Math.random }),
      objects: new MemoryObjectStore(),
      nowMs: Date.now,
      newToken: () => randomBytes(16).toString("base64url"),
    },
    { table: race.table, hardTimeoutMs: 28_000, skewAllowanceMs: 1_000, storeTimeoutMs: writeTimeoutMs },
  );
  const holdings: Holding[] = [];
  const stored: [number, string][] = [];
  const replayed: [number, string][] = [];
  const waits = { "in-flight": 0, locked: 0 };
  const unanswered: string[] = [];
  const faults: string[] = [];
  let admitted = 0;

  const work = async (key: number, claim: Claim): Promise<void> => {
    const fromNs = process.hrtime.bigint();
    if ((await claims.admit(claim, race.quota)).admitted) admitted += 1;
    await sleep(Math.random() * 4);
    const body = JSON.stringify({ jobId: randomBytes(8).toString("hex") });
    const toNs = process.hrtime.bigint();
    holdings.push({
      key,
      lock: lockOf(race, key),
      fence: claim.fence,
      fromNs: String(fromNs),
      toNs: String(toNs),
    });
    const outcome = await claims.complete(claim, { status: 202, headers: {}, body, isBase64Encoded: false });
    if (outcome.kind === "stored") stored.push([key, body]);
    else faults.push(`completed as ${outcome.kind}`);
  };
  const once = async (key: number): Promise<"answered" | "wait"> => {
    const lock = lockOf(race, key);
    const outcome = await claims.claim({
      clientId: "web-app",
      subject: "u_7f3b2c9a1d4e4f60",
      route: "POST /avatar",
      idempotencyKey: `"key-${key}"`,
      agentId: "chat-01",
      contentType: "application/json",
      body: JSON.stringify({ text: `hello ${key}` }),
      lockResource: lock === undefined ? undefined : `avatar/av_${lock}`,
    });
    if (outcome.kind === "fresh") await work(key, outcome.claim);
    else if (outcome.kind === "replay") replayed.push([key, outcome.answer.body]);
    else if (outcome.kind === "mismatch") faults.push("mismatch");
    else {
      waits[outcome.kind] += 1;
      return "wait";
    }
    return "answered";
  };
  const request = async (key: number): Promise<void> => {
    for (let waitMs = 20; ; waitMs = Math.min(1_000, waitMs * 1.5)) {
      const outcome = await once(key).catch((error: unknown) => {
        const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
        for (const each of errors) {
          if (!(each instanceof StoreError) || each.kind !== "unavailable") throw error;
          unanswered.push(each.step);
        }
        return "wait" as const;
      });
      if (outcome === "answered") return;
      await sleep(waitMs * Math.random());
    }
  };

  const queue = [...race.keys];
  const lane = async (): Promise<void> => {
    for (let key = queue.shift(); key !== undefined; key = queue.shift())
      await request(key).catch((error: unknown) => void faults.push(String(error)));
  };
  await Promise.all(Array.from({ length: race.atOnce }, lane));
  client.destroy();
  return { holdings, stored, replayed, waits, admitted, unanswered, faults };
}

// A process of its own: says that it is there, is told what to do, answers, and lives on until its parent ends it or dies.
process.on("message", (race: Race) => {
  void run(race).then((seen) => process.send?.(seen));
});
process.send?.("ready");
