import { describe, expect, it } from "vitest";
import { Crash, Crashes } from "../rotation/testSupport/crashes";
import { everyCrash, untilDone } from "../rotation/testSupport/everyCrash";
import { FakeStages } from "../rotation/testSupport/fakeStages";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { replaceStageCertificate } from "./stageCertificate";

const OURS = "fase-b-staging: the stage's";
const options = { description: OURS, replaceAfterMs: 60 * DAY_MS, overlapMs: 7 * DAY_MS, quota: 60 };

async function start(crashes = new Crashes()) {
  const clock = new VirtualClock();
  const stages = new FakeStages(clock.nowMs);
  await stages.use((await stages.generate(OURS)).id);
  await stages.generate("somebody else's");
  const run = (): Promise<string> =>
    replaceStageCertificate({ stages: crashes.over(stages), clock }, options);
  const ours = (): readonly string[] =>
    [...stages.all.values()].filter(({ description }) => description === OURS).map(({ id }) => id);
  return { clock, stages, run, ours };
}

describe("the stage's client certificate (B5.2, B6.1)", () => {
  it("is replaced when it is old; the one before goes after the overlap, others' stay", async () => {
    const { clock, stages, run, ours } = await start();
    expect(await run()).toBe("unneeded");
    clock.advance(options.replaceAfterMs);
    expect(await run()).toBe("done");
    expect(stages.inUse).toBe("c3");
    clock.advance(options.overlapMs - 1);
    expect(await run()).toBe("unneeded");
    expect(ours()).toEqual(["c1", "c3"]);
    clock.advance(1);
    expect(await run()).toBe("done");
    expect([...stages.all.keys()]).toEqual(["c2", "c3"]);
    expect(await run()).toBe("unneeded");
  });

  it("survives a crash before and after every call: one new one, in use, and the old gone in the end", async () => {
    const crashes = new Crashes();
    const cutOff = await everyCrash(async (arm, disarm) => {
      const { clock, stages, run, ours } = await start(crashes);
      clock.advance(options.replaceAfterMs);
      arm();
      await untilDone(run);
      clock.advance(options.overlapMs);
      await untilDone(run);
      disarm();
      await run();
      expect(ours()).toEqual([stages.inUse]);
      expect(stages.inUse).toBe("c3");
    }, crashes);
    expect(cutOff).toBeGreaterThan(10);
  });

  it("fills no quota when every run is cut off before the stage takes the new one", async () => {
    const { clock, stages, run, ours } = await start();
    clock.advance(options.replaceAfterMs);
    const { use } = stages;
    stages.use = () => Promise.reject(new Crash("always"));
    for (let day = 0; day < 50; day += 1) {
      await run().catch(() => undefined);
      clock.advance(DAY_MS);
    }
    expect(ours()).toHaveLength(2);
    stages.use = use.bind(stages);
    await run();
    expect(stages.inUse).toBe("c3");
  });

  it("makes room at the quota with one of its own that nothing uses, and never with another's", async () => {
    const { clock, stages, run, ours } = await start();
    await stages.generate(OURS);
    while (stages.all.size < 60) await stages.generate("somebody else's");
    clock.advance(options.replaceAfterMs);
    await run();
    expect(ours()).toContain(stages.inUse);
    expect(stages.all.size).toBe(60);

    clock.advance(options.overlapMs);
    await run();
    while (stages.all.size < 60) await stages.generate("somebody else's");
    clock.advance(options.replaceAfterMs);
    await expect(run()).rejects.toThrow("fewer than the quota of 60");
    expect([...stages.all.values()].filter(({ description }) => description !== OURS)).toHaveLength(59);
  });

  it("is made where a stage has none", async () => {
    const { stages, run } = await start();
    stages.inUse = undefined;
    stages.all.clear();
    expect(await run()).toBe("done");
    expect(stages.all.has(stages.inUse ?? "")).toBe(true);
  });
});
