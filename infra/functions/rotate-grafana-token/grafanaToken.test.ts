import { afterEach, describe, expect, it } from "vitest";
import { Crashes } from "../rotation/testSupport/crashes";
import { everyCrash, untilDone } from "../rotation/testSupport/everyCrash";
import { FakeSecretsManager } from "../rotation/testSupport/fakeSecretsManager";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { createLog } from "../log/log";
import { createRotationFunction } from "../rotation/rotationFunction";
import { GrafanaApi } from "./grafana";
import { grafanaTokenKind, retireGrafanaTokens, type GrafanaToken } from "./grafanaToken";
import { GrafanaDouble } from "./testSupport";

const SECRET = "fase-b-staging/grafana/token";
const NAME = "fase-b-staging";
const options = {
  secretName: SECRET,
  tokenName: NAME,
  lifeMs: 90 * DAY_MS,
  nextRotationMs: 31 * DAY_MS,
  overlapMs: 7 * DAY_MS,
};

let open: GrafanaDouble[] = [];
afterEach(() => {
  for (const double of open) double.stop();
  open = [];
});

async function start(crashes = new Crashes()) {
  const clock = new VirtualClock();
  const grafana = await GrafanaDouble.start(clock.nowMs);
  open.push(grafana);
  const secrets = new FakeSecretsManager(clock.nowMs);
  const seed = grafana.add(NAME, 90 * 86_400);
  const others = grafana.add("fase-b-staging-other", 90 * 86_400);
  secrets.seed(SECRET, { tokenId: seed.id, token: seed.key });
  const ports = {
    grafana: crashes.over(new GrafanaApi({ url: grafana.url, serviceAccountId: 7, timeoutMs: 5_000 })),
    secrets: crashes.over(secrets),
    clock,
  };
  const lines: string[] = [];
  const handler = createRotationFunction({
    kind: grafanaTokenKind(ports, options),
    secrets: ports.secrets,
    retire: () => retireGrafanaTokens(ports, options),
    log: createLog({
      functionName: "rotate-grafana-token",
      namePrefix: NAME,
      memoryLimitMb: 256,
      clientIds: [],
      agentIds: [],
      secretNames: [SECRET],
      write: (line) => lines.push(line),
    }),
  });
  return {
    clock,
    grafana,
    secrets,
    seed,
    others,
    lines,
    handler,
    rotate: () => secrets.rotate(SECRET, handler),
    retire: () => handler({ task: "retire" }),
    current: () => secrets.current<GrafanaToken>(SECRET),
  };
}

describe("Grafana's token (B6.1)", () => {
  it("is replaced by one that it made itself; the old one opens for the overlap", async () => {
    const { rotate, retire, current, grafana, seed, others, clock } = await start();
    await rotate();
    expect(current().token).not.toBe(seed.key);
    expect([grafana.opens(current().token), grafana.opens(seed.key)]).toEqual([true, true]);
    clock.advance(options.overlapMs - 1);
    await retire();
    expect(grafana.opens(seed.key)).toBe(true);
    clock.advance(1);
    await retire();
    expect([grafana.opens(current().token), grafana.opens(seed.key), grafana.opens(others.key)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("survives a crash before and after every call: one version, one new token, and the old gone in the end", async () => {
    const crashes = new Crashes();
    const cutOff = await everyCrash(async (arm, disarm) => {
      const { rotate, retire, current, grafana, secrets, clock, seed } = await start(crashes);
      arm();
      await untilDone(rotate);
      disarm();
      expect(await secrets.labelled(SECRET, "AWSCURRENT")).toHaveLength(1);
      expect(grafana.tokens.size).toBe(3);
      expect([grafana.opens(current().token), grafana.opens(seed.key)]).toEqual([true, true]);
      clock.advance(options.overlapMs);
      await retire();
      expect(grafana.tokens.size).toBe(2);
      expect(grafana.opens(current().token)).toBe(true);
    }, crashes);
    expect(cutOff).toBeGreaterThan(25);
  });

  it("survives a crash before and after every call of retiring", async () => {
    const crashes = new Crashes();
    await everyCrash(async (arm, disarm) => {
      const { rotate, retire, current, grafana, clock, seed } = await start(crashes);
      await rotate();
      clock.advance(options.overlapMs);
      arm();
      await retire().catch(() => undefined);
      disarm();
      expect(grafana.opens(current().token)).toBe(true);
      await retire();
      expect(grafana.opens(seed.key)).toBe(false);
    }, crashes);
  });

  it("stays when Grafana fails, and nothing of an answer or a token is in error or log", async () => {
    const { rotate, current, grafana, seed, lines } = await start();
    grafana.failsWith = 500;
    const thrown: unknown = await rotate().catch((error: unknown) => error);
    expect(String(thrown)).toContain("Grafana: got the status 500 to GET");
    expect(`${String(thrown)}${lines.join()}`).not.toContain("glsa_");
    expect(current().token).toBe(seed.key);
  });

  it("deletes nothing where the token in force is not Grafana's", async () => {
    const { rotate, retire, current, grafana, clock } = await start();
    await rotate();
    clock.advance(options.overlapMs);
    const { id, key, endsMs } = [...grafana.tokens.values()].find((each) => each.key === current().token) ?? {
      id: 0,
      key: "",
      endsMs: 0,
    };
    grafana.tokens.delete(id);
    grafana.tokens.set(99, { id: 99, name: "moved", key, endsMs });
    await expect(retire()).rejects.toThrow("a token id that Grafana does not list");
    expect(grafana.tokens.size).toBe(3);
  });
});
