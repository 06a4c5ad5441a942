import { describe, expect, it } from "vitest";
import { createLog } from "../log/log";
import { rotate, steps, type Kind } from "./rotate";
import { createRotationFunction } from "./rotationFunction";
import { Crashes } from "./testSupport/crashes";
import { everyCrash, untilDone } from "./testSupport/everyCrash";
import { FakeSecretsManager } from "./testSupport/fakeSecretsManager";
import { VirtualClock } from "./testSupport/virtualClock";

const NAME = "fase-b-staging/example";
const OLD = { value: "the old value, which nobody may see" };

/** A secret whose other side is a list of what is let in. */
class Example implements Kind<{ readonly value: string }> {
  readonly letIn = new Set([OLD.value]);
  made = 0;
  fresh = true;
  owns = (name: string): boolean => name === NAME;
  parse = (text: string): { readonly value: string } => JSON.parse(text) as { readonly value: string };
  make = (): Promise<{ readonly value: string }> => {
    this.made += 1;
    return Promise.resolve({ value: `value ${this.made}, which nobody may see` });
  };
  install = (_: unknown, { value }: { readonly value: string }): Promise<void> => {
    this.letIn.add(value);
    return Promise.resolve();
  };
  tryOut = (_: unknown, { value }: { readonly value: string }): Promise<void> =>
    this.letIn.has(value) ? Promise.resolve() : Promise.reject(new Error(`refused: ${value}`));
  isFresh = (): boolean => this.fresh;
}

function start(crashes = new Crashes()) {
  const clock = new VirtualClock();
  const secrets = new FakeSecretsManager(clock.nowMs);
  const first = secrets.seed(NAME, OLD);
  const kind = new Example();
  const lines: string[] = [];
  const handler = createRotationFunction({
    kind: {
      owns: (name) => kind.owns(name),
      parse: (text) => kind.parse(text),
      isFresh: () => kind.fresh,
      make: () => crashes.over({ make: () => kind.make() }).make(),
      install: (...args) => crashes.over({ install: () => kind.install(...args) }).install(),
      tryOut: (...args) => crashes.over({ tryOut: () => kind.tryOut(...args) }).tryOut(),
    },
    secrets: crashes.over(secrets),
    log: createLog({
      functionName: "rotate-edge-certificate",
      namePrefix: "fase-b-staging",
      memoryLimitMb: 256,
      clientIds: [],
      agentIds: [],
      secretNames: [NAME],
      write: (line) => lines.push(line),
    }),
  });
  return { secrets, kind, handler, lines, first, rotate: () => secrets.rotate(NAME, handler) };
}

describe("a rotation", () => {
  it("puts a new version in force, and the one before it behind", async () => {
    const { secrets, rotate: run, first } = start();
    const version = await run();
    expect(await secrets.labelled(NAME, "AWSCURRENT")).toEqual([version]);
    expect(await secrets.labelled(NAME, "AWSPREVIOUS")).toEqual([first]);
  });

  it("survives a crash before and after every call: one version in force, whose value is let in", async () => {
    const crashes = new Crashes();
    const cutOff = await everyCrash(async (arm, disarm) => {
      const { secrets, kind, rotate: run, first } = start(crashes);
      arm();
      await untilDone(run);
      disarm();
      const current = await secrets.labelled(NAME, "AWSCURRENT");
      expect(current).toHaveLength(1);
      expect(current).not.toContain(first);
      expect(kind.letIn.has(secrets.current<typeof OLD>(NAME).value)).toBe(true);
      expect((await secrets.labelled(NAME, "AWSPENDING")).filter((each) => !current.includes(each))).toEqual(
        [],
      );
    }, crashes);
    expect(cutOff).toBeGreaterThan(20);
  });

  it("does each step as often as it is called, in any number, with one result", async () => {
    const { secrets, kind, handler } = start();
    const token = secrets.newToken();
    const thrice = async (event: unknown): Promise<void> => {
      for (let time = 0; time < 3; time += 1) await handler(event);
    };
    await secrets.rotate(NAME, thrice, token);
    expect(kind.made).toBe(1);
    expect(await secrets.labelled(NAME, "AWSCURRENT")).toEqual([token]);
    expect(await secrets.labelled(NAME, "AWSPREVIOUS")).toHaveLength(1);
  });

  it("does nothing for a version that is in force", async () => {
    const { secrets, kind, first } = start();
    for (const step of steps)
      expect(await rotate(kind, secrets, { step, secretId: NAME, token: first })).toBe("unneeded");
    expect(kind.made).toBe(0);
  });

  it("takes up what failed with its version and its value", async () => {
    const { secrets, kind, rotate: run } = start();
    const { tryOut } = kind;
    kind.tryOut = () => Promise.reject(new Error("not now"));
    await expect(run()).rejects.toThrow();
    const [pending] = await secrets.labelled(NAME, "AWSPENDING");
    expect(secrets.current(NAME)).toEqual(OLD);
    kind.tryOut = tryOut;
    expect(await run()).toBe(pending);
    expect(kind.made).toBe(1);
  });

  it("gives up a value that waited too long, and the next one makes another", async () => {
    const { secrets, kind, rotate: run } = start();
    const { install } = kind;
    kind.install = () => Promise.reject(new Error("not now"));
    await expect(run()).rejects.toThrow();
    kind.install = install;
    kind.fresh = false;
    await expect(run()).rejects.toThrow("a value that waited too long for this try");
    expect(secrets.current(NAME)).toEqual(OLD);
    await run();
    expect(secrets.current(NAME)).toEqual({ value: "value 2, which nobody may see" });
  });

  it.each([
    ["a version that is not staged", "nowhere", {}, /a version that is not staged/],
    ["a secret whose rotation is off", "staged", { enabled: false }, /a secret without rotation/],
    ["a secret of another kind", "staged", { owns: false }, /a secret of another kind/],
  ] as const)(
    "is refused for %s",
    async (_, token, { enabled = true, owns = true }: { enabled?: boolean; owns?: boolean }, message) => {
      const { secrets, kind } = start();
      await secrets.rotate(NAME, () => Promise.reject(new Error("not yet")), "staged").catch(() => undefined);
      secrets.enable(NAME, enabled);
      kind.owns = () => owns;
      for (const step of steps)
        await expect(rotate(kind, secrets, { step, secretId: NAME, token })).rejects.toThrow(message);
    },
  );

  it("is refused for the version before: it has a label, and not that one", async () => {
    const { secrets, kind, rotate: run, first } = start();
    await run();
    await expect(
      rotate(kind, secrets, { step: "finishSecret", secretId: NAME, token: first }),
    ).rejects.toThrow("a version without the label AWSPENDING");
  });

  it("never finishes a version without a value", async () => {
    const { secrets, kind } = start();
    await secrets.rotate(NAME, () => Promise.reject(new Error("not yet")), "staged").catch(() => undefined);
    await expect(
      rotate(kind, secrets, { step: "finishSecret", secretId: NAME, token: "staged" }),
    ).rejects.toThrow("no value in version staged");
  });

  it("throws and writes no value, whatever throws", async () => {
    const { kind, rotate: run, lines, handler } = start();
    kind.letIn.add = () => kind.letIn;
    const thrown: unknown = await run().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: "RotationFailed", message: "Error" });
    expect(thrown).not.toHaveProperty("cause");
    expect(lines.join()).not.toContain("nobody may see");
    expect(JSON.parse(lines.at(-1) ?? "{}")).toMatchObject({
      outcome: "fault",
      step: "testSecret",
      Faults: 1,
    });
    await expect(handler({ Step: "stealSecret" })).rejects.toThrow("event: got another form");
    await expect(handler({ task: "retire" })).rejects.toThrow("event: got another form");
  });
});
