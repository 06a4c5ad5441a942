import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { buildSync } from "esbuild";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { monthOf } from "../../infra/functions/edge/claims/quota";
import { createTable } from "../../infra/functions/store/dynamoFront";
import type { Holding, Race, Seen } from "./contender";
import { clientOf, referenceUrl } from "./referenceClient";

const accessKeyId = "200000000001";
const table = "requests";
const requests = 2_000;
const keys = 100;
const keysAtATime = 10;
const locks = 2;
const processes = 4;
const atOnce = 32;

const client = clientOf(accessKeyId);
const folder = mkdtempSync(join(tmpdir(), "fase-b-race-"));
const contender = join(folder, "contender.cjs");

beforeAll(async () => {
  // Bundled, as the functions are: what they are made of is no module of its own there.
  buildSync({
    entryPoints: [join(__dirname, "contender.ts")],
    outfile: contender,
    bundle: true,
    platform: "node",
    mainFields: ["module", "main"],
  });
  await createTable(client, table);
});
afterAll(() => {
  client.destroy();
  rmSync(folder, { recursive: true });
});

/** Starts together, since who starts late finds everything answered. */
async function contend(races: readonly Race[]): Promise<Seen[]> {
  const children = races.map(() =>
    fork(contender, { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
  const died = children.map(async (child) => {
    const [code] = (await once(child, "exit")) as [number | null];
    throw new Error(`a process of the race ended with ${code} before it had answered`);
  });
  const next = (child: ChildProcess): Promise<unknown[]> => Promise.race([once(child, "message"), ...died]);
  try {
    await Promise.all(children.map(next));
    const answers = children.map(next);
    races.forEach((race, index) => children[index]?.send(race));
    return (await Promise.all(answers)).map(([seen]) => seen as Seen);
  } finally {
    for (const each of died) each.catch(() => undefined);
    for (const child of children) child.kill();
  }
}

/**
 * Each key as often as the others, ten keys at a time, so that all processes are at the same few; mixed in an order that
 * is the same in every run, and dealt out in turn.
 */
function dealt(): number[][] {
  let state = 20_261_122;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const repeats = requests / keys;
  const order = Array.from({ length: requests }, (_, index) => {
    const key = Math.floor(index / repeats);
    return { key, at: Math.floor(key / keysAtATime) + random() };
  })
    .sort((one, other) => one.at - other.at)
    .map(({ key }) => key);
  return Array.from({ length: processes }, (_, hand) =>
    order.filter((_key, index) => index % processes === hand),
  );
}

describe("2,000 requests over 100 keys and 2 locks, 32 at once from 4 processes (B3.1, B3.2, B4.1)", () => {
  const seen: Seen[] = [];
  beforeAll(async () => {
    const common = {
      url: referenceUrl,
      accessKeyId,
      table,
      atOnce: atOnce / processes,
      locks,
      quota: 1_000_000,
    };
    seen.push(...(await contend(dealt().map((hand) => ({ ...common, keys: hand })))));
    // A lease of 29 s is waited for where a claim was not answered in time.
  }, 300_000);
  const sum = (of: (each: Seen) => number): number => seen.reduce((total, each) => total + of(each), 0);

  const unanswered = (...steps: string[]): number =>
    sum((each) => each.unanswered.filter((step) => steps.includes(step)).length);

  it("every request has its answer, and they met at keys and at locks", () => {
    expect(seen.flatMap(({ faults }) => faults)).toEqual([]);
    expect(sum(({ stored, replayed }) => stored.length + replayed.length)).toBe(requests);
    expect(sum(({ waits }) => waits["in-flight"])).toBeGreaterThan(0);
    expect(sum(({ waits }) => waits.locked)).toBeGreaterThan(0);
  });

  it("each key is run and stored once, and all of its requests get that answer", () => {
    const lost = unanswered("complete", "complete-alone");
    const runs = sum(({ holdings }) => holdings.length);
    expect(runs).toBeGreaterThanOrEqual(keys);
    expect(runs).toBeLessThanOrEqual(keys + lost);
    const stored = seen.flatMap((each) => each.stored);
    expect(new Set(stored.map(([key]) => key)).size).toBe(stored.length);
    // A store that did not answer in time may have kept it: then a repeat was told so.
    expect(stored.length).toBeGreaterThanOrEqual(keys - lost);
    const answers = new Set(
      seen.flatMap((each) => [...each.stored, ...each.replayed]).map((pair) => pair.join()),
    );
    expect(answers.size).toBe(keys);
  });

  it("no lock is held twice at a time, and its fence only grows", () => {
    const all = seen.flatMap(({ holdings }) => holdings);
    for (let lock = 0; lock < locks; lock += 1) {
      const inOrder = all
        .filter((each) => each.lock === lock)
        .sort((one, other) => Number(BigInt(one.fromNs) - BigInt(other.fromNs)));
      expect(inOrder.length).toBeGreaterThan(1);
      expect(inOrder.filter((each, index) => !follows(inOrder[index - 1], each))).toEqual([]);
    }
  });

  it("the month's count is exact: what was admitted, and at most what was not answered beside it", async () => {
    const id = `quota#web-app#${monthOf(Date.now()).name}`;
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true }),
    );
    const admitted = sum((each) => each.admitted);
    const count = Number(Item?.["count"]?.N);
    expect(admitted).toBeGreaterThanOrEqual(keys - unanswered("count"));
    expect(count).toBeGreaterThanOrEqual(admitted);
    expect(count).toBeLessThanOrEqual(admitted + unanswered("count"));
    expect(admitted).toBeLessThanOrEqual(keys + unanswered("count", "complete", "complete-alone"));
  });
});

const follows = (before: Holding | undefined, each: Holding): boolean =>
  before === undefined || (BigInt(before.toNs) <= BigInt(each.fromNs) && before.fence < each.fence);
