import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newGeneration } from "../pki/testSupport";
import type { CertificateAndKey } from "../rotation/certificates";
import { Crashes } from "../rotation/testSupport/crashes";
import { everyCrash, untilDone } from "../rotation/testSupport/everyCrash";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { clientsIssuerSecret, servicesIssuerSecret, TrustWorld } from "../rotation/testSupport/world";
import { scannerCertificateKind, type ScannerCertificateOptions } from "./scannerCertificate";

const HOUR_MS = DAY_MS / 24;
const SECRET = "fase-b-staging/scanner/certificate";
const options: ScannerCertificateOptions = {
  secretName: SECRET,
  issuerSecretName: clientsIssuerSecret,
  scannerId: "scanner",
  lifeMs: 2 * DAY_MS,
  nextRotationMs: 28 * HOUR_MS,
  overlapMs: 15 * HOUR_MS,
};
/** Of nobody's certificate that the tests make. */
const FOREIGN_REVOCATION = "0abc:0def";

function rotating(
  world: TrustWorld,
  changes: Partial<ScannerCertificateOptions> = {},
): () => Promise<string> {
  world.secrets.seed(SECRET, {});
  const handler = world.function(
    "rotate-scanner-certificate",
    scannerCertificateKind(world.ports, { ...options, ...changes }),
    SECRET,
  );
  return () => world.secrets.rotate(SECRET, handler);
}
const read = (pem: string): X509Certificate => new X509Certificate(pem);
const serialOf = (pem: string): string => read(pem).serialNumber.toLowerCase().replace(/^0+/, "");
const issued = (world: TrustWorld): readonly string[] => world.trust.texts("certificates#scanner", "issued");

describe("the scans' certificate (B2.1, B2.2)", () => {
  it("is the scans' client's, lives two days, and is recorded", async () => {
    const world = await TrustWorld.start();
    await rotating(world)();
    const { certificatePem, privateKeyPem } = world.secrets.current<CertificateAndKey>(SECRET);
    const leaf = read(certificatePem);
    expect(leaf.subjectAltName).toBe("URI:urn:fase-b:client:scanner");
    const lifeMs = Date.parse(leaf.validTo) - world.clock.nowMs();
    expect(Math.abs(lifeMs - 2 * DAY_MS)).toBeLessThan(1_000);
    expect(issued(world).map((text) => text.split(":")[1])).toEqual([serialOf(certificatePem)]);
    expect(privateKeyPem).toContain("PRIVATE KEY");
  });

  it("brings its issuer's certificate along, and no key of the issuer's", async () => {
    const world = await TrustWorld.start();
    await rotating(world)();
    const value = world.secrets.current<CertificateAndKey>(SECRET);
    const { clientsIssuer } = world.generation;
    expect(value.certificatePem).toContain(clientsIssuer.certificatePem.trim());
    expect(JSON.stringify(value)).not.toContain(JSON.stringify(clientsIssuer.privateKeyPem).slice(1, -1));
    expect(Object.keys(value)).toEqual(["certificatePem", "privateKeyPem"]);
  });

  it("is a new one with a new key each time, the one before it staying good until it ends", async () => {
    const world = await TrustWorld.start();
    const rotate = rotating(world);
    await rotate();
    const first = world.secrets.current<CertificateAndKey>(SECRET);
    world.clock.advance(DAY_MS);
    await rotate();
    const second = world.secrets.current<CertificateAndKey>(SECRET);
    expect(second.privateKeyPem).not.toBe(first.privateKeyPem);
    expect(world.trust.texts("revocation", "revoked")).toEqual([FOREIGN_REVOCATION]);
    expect(issued(world)).toHaveLength(2);
  });

  it("is not begun with where its life leaves no time for the next rotation and its overlap", async () => {
    const world = await TrustWorld.start();
    const lifeMs = options.nextRotationMs + options.overlapMs;
    expect(() => scannerCertificateKind(world.ports, { ...options, lifeMs })).toThrow(
      `got ${lifeMs} ms; allowed: more than ${lifeMs} (`,
    );
    expect(() => scannerCertificateKind(world.ports, { ...options, lifeMs: lifeMs + 1 })).not.toThrow();
  });

  it("is not put in force while the authorizer would refuse it", async () => {
    const untrusted = await TrustWorld.start();
    const other = await newGeneration(untrusted.clock.nowMs());
    untrusted.trust.put({ id: "issuers", pems: other.clientsIssuer.certificatePem });
    await expect(rotating(untrusted)()).rejects.toThrow("got issuer-unknown; allowed: let in");

    const ofServices = await TrustWorld.start();
    await expect(rotating(ofServices, { issuerSecretName: servicesIssuerSecret })()).rejects.toThrow(
      "got issuer-unknown; allowed: let in",
    );
  });

  it("is not put in force once somebody revoked it", async () => {
    const world = await TrustWorld.start();
    const add = world.trust.add.bind(world.trust);
    world.trust.add = async (id, attribute, texts, make) => {
      await add(id, attribute, texts, make);
      const [issuerKeyId = "", serial = ""] = (texts[0] ?? "").split(":");
      world.trust.put({ id: "revocation", revoked: new Set([`${issuerKeyId}:${serial}`]) });
    };
    await expect(rotating(world)()).rejects.toThrow("got certificate-revoked; allowed: let in");
  });

  it("survives a crash before and after every call: one version, and a record that says what is in it", async () => {
    const crashes = new Crashes();
    const generation = await newGeneration(new VirtualClock().nowMs());
    const cutOff = await everyCrash(async (arm, disarm) => {
      const world = new TrustWorld(generation, new VirtualClock(), crashes);
      const rotate = rotating(world);
      arm();
      await untilDone(rotate);
      disarm();
      expect(await world.secrets.labelled(SECRET, "AWSCURRENT")).toHaveLength(1);
      const { certificatePem } = world.secrets.current<CertificateAndKey>(SECRET);
      expect(issued(world)).toEqual([expect.stringContaining(`:${serialOf(certificatePem)}:`)]);
      expect(world.trust.texts("revocation", "revoked")).toEqual([FOREIGN_REVOCATION]);
    }, crashes);
    expect(cutOff).toBeGreaterThan(20);
  });

  it("leaves no growing record: what has ended goes, other clients' records stay as they are", async () => {
    const world = await TrustWorld.start();
    world.trust.put({ id: "certificates#prober", issued: new Set(["0a:0b:1"]) });
    const rotate = rotating(world);
    for (let time = 0; time < 12; time += 1) {
      await rotate();
      world.clock.advance(DAY_MS);
    }
    expect(issued(world).length).toBeLessThanOrEqual(5);
    expect(world.trust.texts("certificates#prober", "issued")).toEqual(["0a:0b:1"]);
  });
});
