import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Claims, type Claim } from "../../infra/functions/edge/claims/claims";
import { createDynamoClient, DynamoStore, writeTimeoutMs } from "../../infra/functions/store/dynamoStore";
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
  readonly lock: number;
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
  readonly faults: readonly string[];
}

const lockOf = (race: Race, key: number): number => key % race.locks;

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
  const faults: string[] = [];
  let admitted = 0;

  const work = async (key: number, claim: Claim): Promise<void> => {
    const fromNs = process.hrtime.bigint();
    if ((await claims.admit(claim, race.quota)).admitted) admitted += 1;
    await sleep(Math.random() * 4);
    const body = JSON.stringify({ jobId: randomBytes(8).toString("hex") });
    const toNs = process.hrtime.bigint();
    const outcome = await claims.complete(claim, { status: 202, headers: {}, body, isBase64Encoded: false });
    if (outcome.kind === "stored") stored.push([key, body]);
    else faults.push(`completed as ${outcome.kind}`);
    holdings.push({
      key,
      lock: lockOf(race, key),
      fence: claim.fence,
      fromNs: String(fromNs),
      toNs: String(toNs),
    });
  };
  const request = async (key: number): Promise<void> => {
    for (;;) {
      const outcome = await claims.claim({
        clientId: "web-app",
        subject: "u_7f3b2c9a1d4e4f60",
        route: "POST /avatar",
        idempotencyKey: `"key-${key}"`,
        contentType: "application/json",
        body: JSON.stringify({ text: `hello ${key}` }),
        lockResource: `avatar/av_${lockOf(race, key)}`,
      });
      if (outcome.kind === "fresh") return work(key, outcome.claim);
      if (outcome.kind === "replay") return void replayed.push([key, outcome.answer.body]);
      if (outcome.kind === "mismatch") return void faults.push("mismatch");
      waits[outcome.kind] += 1;
      await sleep(10 + Math.random() * 40);
    }
  };

  const queue = [...race.keys];
  const lane = async (): Promise<void> => {
    for (let key = queue.shift(); key !== undefined; key = queue.shift())
      await request(key).catch((error: unknown) => void faults.push(String(error)));
  };
  await Promise.all(Array.from({ length: race.atOnce }, lane));
  client.destroy();
  return { holdings, stored, replayed, waits, admitted, faults };
}

// A process of its own: says that it is there, is told what to do, answers, and lives on until its parent ends it or dies.
process.on("message", (race: Race) => {
  void run(race).then((seen) => process.send?.(seen));
});
process.send?.("ready");
