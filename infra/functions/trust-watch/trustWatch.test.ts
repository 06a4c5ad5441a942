import { beforeAll, describe, expect, it } from "vitest";
import type { Generation } from "../pki/testSupport";
import { newGeneration } from "../pki/testSupport";
import { FakeStages } from "../rotation/testSupport/fakeStages";
import { DAY_MS, HOUR_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { namePrefix, TrustWorld } from "../rotation/testSupport/world";
import { isInAlarm, trustAlarms } from "./alarms";
import type { TrustWatchConfiguration } from "./configuration";
import { trustThresholdsSchema } from "./trustThresholds.schema";
import { watchTrust } from "./trustWatch";

const SECRET = `${namePrefix}/grafana/token`;
const BY_HAND = `${namePrefix}/pagerduty/integration-key`;
const configuration: TrustWatchConfiguration = {
  namePrefix,
  memoryLimitMb: 256,
  clientIds: ["web-app", "prober"],
  agentIds: [],
  trustTable: "trust",
  apiName: "api",
  stageName: "stage",
  clientLivesMs: { "web-app": 90 * DAY_MS, prober: 10 * DAY_MS },
  secrets: [{ name: SECRET, rotationMs: 30 * DAY_MS }, { name: BY_HAND }],
  graceMs: DAY_MS,
  stagedMs: DAY_MS,
};

let generation: Generation;
beforeAll(async () => {
  generation = await newGeneration(new VirtualClock().nowMs());
});

type Started = Awaited<ReturnType<typeof start>>;
async function start() {
  const world = new TrustWorld(generation);
  const { clock, secrets, trust } = world;
  secrets.seed(SECRET, { tokenId: 1, token: "a token" });
  secrets.seed(BY_HAND, { integrationKey: "a key" }, false);
  const nowMs = clock.nowMs();
  trust.put({
    id: "certificates#web-app",
    issued: new Set([`aa:01:${nowMs + 9 * DAY_MS}`, `aa:02:${nowMs + 45 * DAY_MS}`]),
  });
  trust.put({ id: "certificates#prober", issued: new Set([`aa:03:${nowMs + 5 * DAY_MS}`]) });
  const stages = new FakeStages(clock.nowMs);
  await stages.use((await stages.generate("ours")).id);
  const watch = async (): Promise<readonly Record<string, unknown>[]> => {
    world.lines.length = 0;
    await watchTrust(
      {
        trust,
        secrets,
        clock,
        stageCertificate: () => Promise.resolve(stages.all.get(stages.inUse ?? "")),
        log: world.log(
          "trust-watch",
          configuration.secrets.map(({ name }) => name),
          configuration.clientIds,
        ),
      },
      configuration,
    );
    return world.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const lineOf = (lines: readonly Record<string, unknown>[], of: object) =>
    lines.find((line) => Object.entries(of).every(([name, value]) => line[name] === value)) ?? {};
  return { world, clock, secrets, trust, stages, watch, lineOf };
}

describe("the watch (B5.2, B6.1)", () => {
  it("writes for each client, authority, secret and the stage what is left, by names of the settings only", async () => {
    const { watch, lineOf } = await start();
    const lines = await watch();
    expect(lineOf(lines, { clientId: "web-app" })["CertificateLife"]).toBe(50);
    expect(lineOf(lines, { clientId: "prober" })["CertificateLife"]).toBe(50);
    expect(lineOf(lines, { authority: "clients-issuer" })["AuthorityLife"]).toBeCloseTo((100 * 300) / 330, 2);
    expect(lineOf(lines, { authority: "services-issuer" })["AuthorityLife"]).toBeCloseTo(
      (100 * 300) / 330,
      2,
    );
    expect(lineOf(lines, { authority: "root" })["AuthorityLife"]).toBeCloseTo((100 * 1300) / 1330, 2);
    expect(lineOf(lines, { secret: SECRET })).toMatchObject({
      SecretAge: 0,
      RotationOverdue: 0,
      RotationFailed: 0,
    });
    expect(lineOf(lines, { secret: BY_HAND })).not.toHaveProperty("RotationOverdue");
    expect(lines.filter((line) => "StageCertificateLife" in line)).toHaveLength(1);
    expect(lines.filter((line) => "Faults" in line || "RefusedFields" in line)).toEqual([]);
  });

  it("does not count a certificate that is revoked, and has 0 for a client without one", async () => {
    const { watch, lineOf, trust } = await start();
    trust.put({ id: "revocation", revoked: new Set(["aa:02"]) });
    trust.items.delete("certificates#prober");
    const lines = await watch();
    expect(lineOf(lines, { clientId: "web-app" })["CertificateLife"]).toBe(10);
    expect(lineOf(lines, { clientId: "prober" })["CertificateLife"]).toBe(0);
  });

  it("counts of two generations the one that ends first", async () => {
    const { watch, lineOf, trust, clock } = await start();
    const other = await newGeneration(clock.nowMs(), { days: 30 });
    trust.put({
      id: "issuers",
      pems: `${generation.clientsIssuer.certificatePem}${other.clientsIssuer.certificatePem}`,
    });
    expect(lineOf(await watch(), { authority: "clients-issuer" })["AuthorityLife"]).toBeCloseTo(50, 2);
  });

  it("says that a rotation is overdue when its interval and the grace have passed, and not before", async () => {
    const { watch, lineOf, clock } = await start();
    clock.advance(31 * DAY_MS);
    expect(lineOf(await watch(), { secret: SECRET })).toMatchObject({ SecretAge: 31, RotationOverdue: 0 });
    clock.advance(1);
    expect(lineOf(await watch(), { secret: SECRET })).toMatchObject({
      RotationOverdue: 1,
      RotationFailed: 0,
    });
  });

  it.each([
    ["without a value", (): Promise<void> => Promise.reject(new Error("at once"))],
    [
      "with a value",
      async (event: unknown, secrets: Started["secrets"]) => {
        const { Step, SecretId, ClientRequestToken } = event as Record<
          "Step" | "SecretId" | "ClientRequestToken",
          string
        >;
        if (Step !== "createSecret") throw new Error("later");
        await secrets.putPending({ secretId: SecretId, token: ClientRequestToken }, "{}");
      },
    ],
  ])(
    "says that a rotation has failed when a version %s is staged for more than a day",
    async (_, handler) => {
      const { watch, lineOf, clock, secrets } = await start();
      await secrets.rotate(SECRET, (event) => handler(event, secrets)).catch(() => undefined);
      clock.advance(DAY_MS);
      expect(lineOf(await watch(), { secret: SECRET })).toMatchObject({ RotationFailed: 0 });
      clock.advance(HOUR_MS);
      expect(lineOf(await watch(), { secret: SECRET })).toMatchObject({ RotationFailed: 1 });
    },
  );

  it.each([
    [
      "a client's record",
      { clientId: "web-app" },
      "CertificateLife",
      ({ trust }: Started): unknown =>
        trust.put({ id: "certificates#web-app", issued: new Set(["what is this"]) }),
    ],
    [
      "the revocations",
      { clientId: "prober" },
      "CertificateLife",
      ({ trust }: Started): unknown => trust.items.delete("revocation"),
    ],
    [
      "a secret whose rotation was switched off",
      { secret: SECRET },
      "RotationOverdue",
      ({ secrets }: Started): unknown => secrets.enable(SECRET, false),
    ],
    [
      "the services",
      { step: "watch", clientId: undefined, secret: undefined },
      "AuthorityLife",
      ({ trust }: Started): unknown => trust.items.delete("services"),
    ],
    [
      "the stage",
      { step: "watch", clientId: undefined, secret: undefined, authority: undefined, outcome: "fault" },
      "StageCertificateLife",
      ({ stages }: Started): unknown => (stages.inUse = undefined),
    ],
  ])(
    "counts a fault for %s that can't be read, writes no number for it, and goes on",
    async (_, of, metric, spoil) => {
      const started = await start();
      spoil(started);
      const lines = await started.watch();
      expect(started.lineOf(lines, of)).toMatchObject({ outcome: "fault", Faults: 1 });
      expect(started.lineOf(lines, of)).not.toHaveProperty(metric);
      expect(lines.filter((line) => line["outcome"] === "done").length).toBeGreaterThan(3);
    },
  );
});

describe("the alarms over it", () => {
  const thresholds = {
    certificateLifePercent: 25,
    authorityLifePercent: 25,
    stageCertificateLifePercent: 25,
    secretAgeDays: 75,
  };

  it("fire at their threshold, and where a number does not come", () => {
    for (const alarm of trustAlarms(trustThresholdsSchema.parse(thresholds))) {
      const step = alarm.comparison === "at most" ? 0.001 : -0.001;
      expect(
        [alarm.threshold, alarm.threshold + step, undefined].map((value) => isInAlarm(alarm, value)),
      ).toEqual([true, false, true]);
    }
  });

  it("can't be set so that they come after the deadline", () => {
    expect(trustThresholdsSchema.safeParse({ ...thresholds, secretAgeDays: 90 }).success).toBe(false);
    expect(trustThresholdsSchema.safeParse({ ...thresholds, certificateLifePercent: 0 }).success).toBe(false);
  });
});
