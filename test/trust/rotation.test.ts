import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  clientPair,
  newGeneration,
  servicePair,
  type Generation,
  type Pair,
} from "../../infra/functions/pki/testSupport";
import { AUTHORIZER_REFRESH_MS, CLIENT, World, type Verdict } from "./world";

/** Leaf, intermediate and root change while clients keep calling: nobody is cut off (B5.2). */

const CALLS_A_STEP = 6;
/** Whatever happens, a caller ends after so many. */
const MAX_CALLS = 400;
const callers = 2;

/** Clients that call one time after another, each with the certificate that it has at that moment. */
class Callers {
  private readonly verdicts: Verdict[] = [];
  private readonly ended: Promise<unknown>;
  private stopped = false;
  certificates: readonly Pair[];

  constructor(world: World, certificates: readonly Pair[]) {
    this.certificates = certificates;
    this.ended = Promise.all(
      certificates.map(async (_, index) => {
        for (let calls = 0; !this.stopped && calls < MAX_CALLS; calls += 1)
          this.verdicts.push(await world.call(this.certificates[index]));
      }),
    );
  }

  /** Until so many calls more have been answered, the authorizer's copy has been renewed among them. */
  async goOn(calls = CALLS_A_STEP): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, AUTHORIZER_REFRESH_MS * 2));
    const enough = this.verdicts.length + calls * callers;
    while (this.verdicts.length < Math.min(enough, MAX_CALLS * callers))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async end(): Promise<{ readonly calls: number; readonly failures: readonly Verdict[] }> {
    this.stopped = true;
    await this.ended;
    return { calls: this.verdicts.length, failures: this.verdicts.filter((verdict) => verdict !== "ok") };
  }
}

const edge = { use: "client", uri: "urn:fase-b:service:edge" } as const;
const agent = { use: "server", dnsNames: ["localhost"] } as const;

let g1: Generation;
let world: World;
let clients: Callers;

const newPairs = (generation: Generation): Promise<Pair[]> =>
  Promise.all(Array.from({ length: callers }, () => clientPair(generation, CLIENT)));

beforeEach(async () => {
  g1 = await newGeneration(Date.now());
  world = await World.start(g1);
  clients = new Callers(world, await newPairs(g1));
  await clients.goOn();
});
afterEach(async () => {
  await clients.end();
  world.close();
});

/** From one generation to the next, each step in force before the one after it. */
async function change(from: Generation, to: Generation): Promise<void> {
  world.trust(from, to);
  await clients.goOn();
  // The next one issues: everybody's next leaf comes from it, in any order.
  world.renewAgent(await servicePair(to, agent));
  await clients.goOn();
  clients.certificates = [...(await newPairs(to)).slice(0, 1), ...clients.certificates.slice(1)];
  await clients.goOn();
  world.renewEdge(await servicePair(to, edge));
  await clients.goOn();
  clients.certificates = await newPairs(to);
  await clients.goOn();
  world.trust(to);
  await clients.goOn();
}

const expectNoFailure = async (steps: number): Promise<void> => {
  const { calls, failures } = await clients.end();
  expect(failures).toEqual([]);
  expect(calls).toBeGreaterThanOrEqual(steps * CALLS_A_STEP * callers);
  expect(calls).toBeLessThan(MAX_CALLS * callers);
};

describe("with an overlap no call fails (B5.2)", () => {
  it("when the leaves of client, edge and agent change, each three times", async () => {
    for (let round = 0; round < 3; round += 1) {
      clients.certificates = await newPairs(g1);
      await clients.goOn();
      world.renewEdge(await servicePair(g1, edge));
      await clients.goOn();
      world.renewAgent(await servicePair(g1, agent));
      await clients.goOn();
    }
    await expectNoFailure(9);
  });

  it("when the issuers change under the same root, and the old ones are refused after it", async () => {
    const old = await clientPair(g1, CLIENT);
    const g2 = await newGeneration(Date.now(), { root: g1.root });
    await change(g1, g2);
    // The gateway knows the root still; the authorizer does not know the issuer any more.
    expect(await world.call(old)).toBe("authorizer: issuer-unknown");
    await expectNoFailure(6);
  });

  it("when root and issuers change, and the old ones are refused after it", async () => {
    const old = await clientPair(g1, CLIENT);
    await change(g1, await newGeneration(Date.now()));
    expect(await world.call(old)).toMatch(/^gateway: /);
    await expectNoFailure(6);
  });
});

describe("without an overlap calls fail, so that the proof above is one", () => {
  const failuresAfter = async (act: () => void | Promise<void>): Promise<readonly Verdict[]> => {
    await act();
    await clients.goOn();
    return (await clients.end()).failures;
  };

  it("when a client's certificate is revoked before the client has the next one", async () => {
    const [first] = clients.certificates;
    expect(await failuresAfter(() => first && world.revoke(first))).toContain(
      "authorizer: certificate-revoked",
    );
  });

  it("when the clients' issuer changes at once under the same root", async () => {
    const g2 = await newGeneration(Date.now(), { root: g1.root });
    expect(await failuresAfter(() => world.trustClientsOf(g2))).toContain("authorizer: issuer-unknown");
  });

  it("when the root changes at once", async () => {
    const g2 = await newGeneration(Date.now());
    const failures = await failuresAfter(() => world.trust(g2));
    expect(failures.some((verdict) => verdict.startsWith("gateway: "))).toBe(true);
  });

  it("when the agent has a leaf of the next generation before the edge believes it", async () => {
    const g2 = await newGeneration(Date.now());
    const next = await servicePair(g2, agent);
    expect(await failuresAfter(() => world.renewAgent(next))).toContain("edge: tls untrusted");
  });

  it("when the edge has one before the agent believes it", async () => {
    const g2 = await newGeneration(Date.now());
    const next = await servicePair(g2, edge);
    const failures = await failuresAfter(() => world.renewEdge(next));
    expect(failures.some((verdict) => /^edge: (tls|connection) /.test(verdict))).toBe(true);
  });
});
