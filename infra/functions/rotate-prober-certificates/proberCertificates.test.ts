import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newGeneration } from "../pki/testSupport";
import { Crashes } from "../rotation/testSupport/crashes";
import { everyCrash, untilDone } from "../rotation/testSupport/everyCrash";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { clientsIssuerSecret, TrustWorld } from "../rotation/testSupport/world";
import {
  proberCertificatesKind,
  type ProberCertificates,
  type ProberCertificatesOptions,
} from "./proberCertificates";

const SECRET = "fase-b-staging/prober/certificates";
const options: ProberCertificatesOptions = {
  secretName: SECRET,
  issuerSecretName: clientsIssuerSecret,
  proberId: "prober",
  lifeMs: 14 * DAY_MS,
  nextRotationMs: 4 * DAY_MS,
  overlapMs: 3 * DAY_MS,
  settleMs: 30_000,
};
/** Of nobody's certificate that the tests make. */
const FOREIGN_REVOCATION = "0abc:0def";

function rotating(world: TrustWorld): () => Promise<string> {
  world.secrets.seed(SECRET, {});
  const handler = world.function(
    "rotate-prober-certificates",
    proberCertificatesKind(world.ports, options),
    SECRET,
  );
  return () => world.secrets.rotate(SECRET, handler);
}
const serialOf = (pem: string): string =>
  new X509Certificate(pem).serialNumber.toLowerCase().replace(/^0+/, "");
const revoked = (world: TrustWorld): readonly string[] => world.trust.texts("revocation", "revoked");
const issued = (world: TrustWorld): readonly string[] => world.trust.texts("certificates#prober", "issued");

describe("the prober's certificates (B1.5)", () => {
  it("are four, of which the authorizer lets in the good one only; their records are in the table", async () => {
    const world = await TrustWorld.start();
    const beforeMs = world.clock.nowMs();
    await rotating(world)();
    const value = world.secrets.current<ProberCertificates>(SECRET);
    const serials = Object.values(value).map(({ certificatePem }) => serialOf(certificatePem));
    expect(new Set(serials).size).toBe(4);
    expect(revoked(world)).toHaveLength(2);
    expect(revoked(world)[1]).toContain(`:${serialOf(value.revoked.certificatePem)}`);
    expect(
      issued(world)
        .map((text) => text.split(":")[1])
        .toSorted(),
    ).toEqual([value.good, value.revoked].map(({ certificatePem }) => serialOf(certificatePem)).toSorted());
    expect(world.clock.nowMs() - beforeMs).toBeGreaterThanOrEqual(options.settleMs);
  });

  it("end with the revoked one, a day before the good one, so that the alert comes while that still works", async () => {
    const world = await TrustWorld.start();
    await rotating(world)();
    const { good, revoked: other } = world.secrets.current<ProberCertificates>(SECRET);
    const endOf = ({ certificatePem }: { readonly certificatePem: string }): number =>
      Date.parse(new X509Certificate(certificatePem).validTo);
    expect(endOf(good) - endOf(other)).toBe(DAY_MS);
  });

  it("are not begun with where that day leaves no time for the next rotation and its overlap", async () => {
    const world = await TrustWorld.start();
    const lifeMs = options.nextRotationMs + options.overlapMs + DAY_MS;
    expect(() => proberCertificatesKind(world.ports, { ...options, lifeMs })).toThrow(
      `got ${lifeMs} ms; allowed: more than ${lifeMs} (`,
    );
    expect(() => proberCertificatesKind(world.ports, { ...options, lifeMs: lifeMs + 1 })).not.toThrow();
  });

  it("are not put in force while the authorizer would let in the revoked one, or refuse the good one", async () => {
    const unseen = await TrustWorld.start();
    unseen.trust.add = () => Promise.resolve();
    await expect(rotating(unseen)()).rejects.toThrow("revoked: got let in; allowed: certificate-revoked");

    const untrusted = await TrustWorld.start();
    const other = await newGeneration(untrusted.clock.nowMs());
    untrusted.trust.put({ id: "issuers", pems: other.clientsIssuer.certificatePem });
    await expect(rotating(untrusted)()).rejects.toThrow("good: got issuer-unknown; allowed: let in");
  });

  it("survive a crash before and after every call: one version, and a record that says what is in it", async () => {
    const crashes = new Crashes();
    const generation = await newGeneration(new VirtualClock().nowMs());
    const cutOff = await everyCrash(async (arm, disarm) => {
      const world = new TrustWorld(generation, new VirtualClock(), crashes);
      const rotate = rotating(world);
      arm();
      await untilDone(rotate);
      disarm();
      expect(await world.secrets.labelled(SECRET, "AWSCURRENT")).toHaveLength(1);
      const value = world.secrets.current<ProberCertificates>(SECRET);
      expect(revoked(world)).toEqual([
        FOREIGN_REVOCATION,
        expect.stringContaining(serialOf(value.revoked.certificatePem)),
      ]);
      expect(issued(world)).toHaveLength(2);
    }, crashes);
    expect(cutOff).toBeGreaterThan(25);
  });

  it("leave no growing record: what has ended goes, other people's entries stay", async () => {
    const world = await TrustWorld.start();
    const rotate = rotating(world);
    for (let time = 0; time < 12; time += 1) {
      await rotate();
      world.clock.advance(options.nextRotationMs);
    }
    expect(issued(world).length).toBeLessThanOrEqual(10);
    expect(revoked(world).length).toBeLessThanOrEqual(6);
    expect(revoked(world)).toContain(FOREIGN_REVOCATION);
  });

  it("survive a crash in the middle of forgetting: no revoked certificate in force is forgotten", async () => {
    const crashes = new Crashes();
    const generation = await newGeneration(new VirtualClock().nowMs());
    await everyCrash(async (arm, disarm) => {
      const world = new TrustWorld(generation, new VirtualClock(), crashes);
      const rotate = rotating(world);
      await rotate();
      world.clock.advance(options.lifeMs + 2 * DAY_MS);
      arm();
      await untilDone(rotate);
      disarm();
      const value = world.secrets.current<ProberCertificates>(SECRET);
      expect(revoked(world)).toEqual([
        FOREIGN_REVOCATION,
        expect.stringContaining(serialOf(value.revoked.certificatePem)),
      ]);
      expect(issued(world)).toHaveLength(2);
    }, crashes);
  });

  it("make no record of revocations where somebody removed it", async () => {
    const world = await TrustWorld.start();
    world.trust.items.delete("revocation");
    await expect(rotating(world)()).rejects.toThrow("no item revocation");
    expect(world.trust.items.has("revocation")).toBe(false);
  });
});
