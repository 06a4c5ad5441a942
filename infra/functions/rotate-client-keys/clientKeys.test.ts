import { describe, expect, it } from "vitest";
import { createLog } from "../log/log";
import { createRotationFunction } from "../rotation/rotationFunction";
import { Crashes } from "../rotation/testSupport/crashes";
import { everyCrash, untilDone } from "../rotation/testSupport/everyCrash";
import { FakeApiKeys } from "../rotation/testSupport/fakeApiKeys";
import { FakeSecretsManager } from "../rotation/testSupport/fakeSecretsManager";
import { MemoryTrustTable } from "../rotation/testSupport/memoryTrustTable";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { clientKeyKind, digestOf, retireClientKeys, type ClientKey } from "./clientKeys";
import { clientKeySecret } from "./configuration";

const namePrefix = "fase-b-staging";
const clientIds = ["web", "web-app", "partner-north"];
const options = { namePrefix, clientIds, settleMs: 30_000, overlapMs: 7 * DAY_MS };
const seedValue = (clientId: string): string => `seed-key-of-${clientId}-000000`;
const secretOf = (clientId: string): string => clientKeySecret(namePrefix, clientId);

class World {
  readonly clock = new VirtualClock();
  readonly secrets = new FakeSecretsManager(this.clock.nowMs);
  readonly keys = new FakeApiKeys();
  readonly trust = new MemoryTrustTable();
  readonly lines: string[] = [];
  readonly handler: (event: unknown) => Promise<void>;

  constructor(crashes = new Crashes()) {
    for (const clientId of clientIds) {
      const id = `seed-${clientId}`;
      this.keys.keys.set(id, {
        name: `${namePrefix}-${clientId}`,
        value: seedValue(clientId),
        enabled: true,
      });
      this.keys.plans.set(`plan-${clientId}`, new Set([id]));
      this.secrets.seed(secretOf(clientId), { apiKeyId: id, apiKey: seedValue(clientId) });
      this.trust.put({ id: `client#${clientId}`, keyDigests: new Set([digestOf(seedValue(clientId))]) });
    }
    const ports = {
      keys: crashes.over(this.keys),
      trust: crashes.over(this.trust),
      secrets: crashes.over(this.secrets),
      clock: this.clock,
    };
    this.handler = createRotationFunction({
      kind: clientKeyKind(ports, options),
      secrets: ports.secrets,
      retire: () => retireClientKeys(ports, options),
      log: createLog({
        functionName: "rotate-client-keys",
        namePrefix,
        memoryLimitMb: 256,
        clientIds,
        agentIds: [],
        secretNames: clientIds.map(secretOf),
        write: (line) => this.lines.push(line),
      }),
    });
  }

  readonly rotate = (clientId = "web"): Promise<string> =>
    this.secrets.rotate(secretOf(clientId), this.handler);
  readonly retire = (): Promise<void> => this.handler({ task: "retire" });
  readonly current = (clientId = "web"): ClientKey => this.secrets.current(secretOf(clientId));

  /** The key opens: enabled, in its client's plan and no other, its digest known. */
  opens(value: string, clientId = "web"): boolean {
    const [id, key] = [...this.keys.keys].find(([, each]) => each.value === value) ?? [];
    const plans = [...this.keys.plans].filter(([, members]) => id !== undefined && members.has(id));
    return (
      key?.enabled === true &&
      plans.map(([plan]) => plan).join() === `plan-${clientId}` &&
      this.trust.texts(`client#${clientId}`, "keyDigests").includes(digestOf(value))
    );
  }

  get ofClient(): readonly string[] {
    return [...this.keys.keys.values()]
      .filter(({ name, enabled }) => enabled && /-web(\.|$)/.test(name))
      .map(({ name }) => name);
  }
}

describe("a client's API key (B6.1)", () => {
  it("is replaced by another in the same plan; both open for the overlap, then only the new one", async () => {
    const world = new World();
    await world.rotate();
    const { apiKey } = world.current();
    expect(apiKey).toMatch(/^[\w-]{40}$/);
    expect(apiKey).not.toBe(seedValue("web"));
    expect([world.opens(apiKey), world.opens(seedValue("web"))]).toEqual([true, true]);

    world.clock.advance(options.overlapMs - 60_000);
    await world.retire();
    expect(world.opens(seedValue("web"))).toBe(true);
    world.clock.advance(60_000);
    await world.retire();
    expect([world.opens(apiKey), world.opens(seedValue("web"))]).toEqual([true, false]);
    expect(world.ofClient).toHaveLength(1);
    expect(world.trust.texts("client#web", "keyDigests")).toEqual([digestOf(apiKey)]);
    // The program's own key is shut, and stays where the program has put it.
    expect(world.keys.keys.get("seed-web")).toMatchObject({ enabled: false });
    expect(await world.keys.plansOf("seed-web")).toEqual(["plan-web"]);
    // Another client whose id begins alike keeps its own.
    expect(world.opens(seedValue("web-app"), "web-app")).toBe(true);
  });

  it("is in force no sooner than every authorizer has read its digest", async () => {
    const world = new World();
    const beforeMs = world.clock.nowMs();
    await world.rotate();
    expect(world.clock.nowMs() - beforeMs).toBeGreaterThanOrEqual(options.settleMs);
  });

  it("survives a crash before and after every call of a rotation: one version, one new key", async () => {
    const crashes = new Crashes();
    const cutOff = await everyCrash(async (arm, disarm) => {
      const world = new World(crashes);
      arm();
      await untilDone(() => world.rotate());
      disarm();
      expect(await world.secrets.labelled(secretOf("web"), "AWSCURRENT")).toHaveLength(1);
      expect(world.ofClient).toHaveLength(2);
      expect(world.opens(world.current().apiKey)).toBe(true);
      expect(world.opens(seedValue("web"))).toBe(true);

      world.clock.advance(options.overlapMs);
      await world.retire();
      expect(world.ofClient).toEqual([world.keys.keys.get(world.current().apiKeyId)?.name]);
      expect(world.trust.texts("client#web", "keyDigests")).toEqual([digestOf(world.current().apiKey)]);
    }, crashes);
    expect(cutOff).toBeGreaterThan(30);
  });

  it("survives a crash before and after every call of retiring: never the key in force", async () => {
    const crashes = new Crashes();
    const cutOff = await everyCrash(async (arm, disarm) => {
      const world = new World(crashes);
      await world.rotate();
      world.clock.advance(options.overlapMs);
      arm();
      await world.retire().catch(() => undefined);
      disarm();
      expect(world.opens(world.current().apiKey)).toBe(true);
      // Whatever is left of the old one: who may not use it is not let in either.
      await world.retire();
      expect(world.ofClient).toHaveLength(1);
      expect(world.trust.texts("client#web", "keyDigests")).toEqual([digestOf(world.current().apiKey)]);
    }, crashes);
    expect(cutOff).toBeGreaterThan(10);
  });

  it("is not retired while its rotation is unfinished, nor is the one in force", async () => {
    const crashes = new Crashes();
    const world = new World(crashes);
    crashes.arm(100, "before");
    // The digest's record is gone, so that the rotation stops between create and set.
    world.trust.items.delete("client#web");
    await expect(world.rotate()).rejects.toThrow("no item client#web");
    world.clock.advance(30 * DAY_MS);
    await world.retire();
    expect(world.ofClient).toHaveLength(2);
    world.trust.put({ id: "client#web", keyDigests: new Set([digestOf(seedValue("web"))]) });
    await world.rotate();
    expect(world.ofClient).toHaveLength(2);
    expect(world.opens(world.current().apiKey)).toBe(true);
  });

  it("of a client whose secret can't be read is left alone and told; the others are retired", async () => {
    const world = new World();
    await world.rotate("web");
    await world.rotate("partner-north");
    world.clock.advance(options.overlapMs);
    const read = world.secrets.read.bind(world.secrets);
    world.secrets.read = (secretId, version) =>
      secretId.includes("/web/") ? Promise.reject(new Error("no")) : read(secretId, version);
    await expect(world.retire()).rejects.toThrow("failures with web (Error)");
    expect(world.opens(seedValue("web"))).toBe(true);
    expect(world.opens(seedValue("partner-north"), "partner-north")).toBe(false);
  });

  it("removes nothing where the gateway no longer has the key in force", async () => {
    const world = new World();
    await world.rotate();
    world.clock.advance(options.overlapMs);
    world.keys.keys.delete(world.current().apiKeyId);
    await expect(world.retire()).rejects.toThrow("no key in the gateway that is the one in force");
    expect(world.opens(seedValue("web"))).toBe(true);
  });

  it("stays as it is when the new one is switched off before it was tried", async () => {
    const world = new World();
    const create = world.keys.create.bind(world.keys);
    world.keys.create = async (key) => {
      const id = await create(key);
      Object.assign(world.keys.keys.get(id) ?? {}, { enabled: false });
      return id;
    };
    await expect(world.rotate()).rejects.toThrow("a key that is switched off");
    expect(world.current().apiKey).toBe(seedValue("web"));
  });

  it("is in no line and no error; the version and the secret's name are", async () => {
    const world = new World();
    const version = await world.rotate();
    await world.handler({ Step: "setSecret", SecretId: "x", ClientRequestToken: "y" }).catch(() => undefined);
    const written = world.lines.join("\n");
    expect(written).not.toContain(world.current().apiKey);
    expect(written).not.toContain(seedValue("web"));
    expect(written).not.toContain(digestOf(world.current().apiKey));
    expect(JSON.parse(world.lines[3] ?? "{}")).toMatchObject({
      step: "finishSecret",
      secret: secretOf("web"),
      secretVersion: version,
      outcome: "done",
    });
  });
});
