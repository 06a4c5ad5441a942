import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { newKey } from "../pki/keys";
import { issueServiceLeaf } from "../pki/leaf";
import { newGeneration, type Generation } from "../pki/testSupport";
import type { CertificateAndKey } from "../rotation/certificates";
import { Crashes } from "../rotation/testSupport/crashes";
import { everyCrash, untilDone } from "../rotation/testSupport/everyCrash";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { servicesIssuerSecret, TrustWorld } from "../rotation/testSupport/world";
import { askAgent } from "./askAgent";
import {
  edgeCertificateKind,
  type EdgeCertificateOptions,
  type EdgeCertificatePorts,
} from "./edgeCertificate";

const SECRET = "fase-b-staging/edge/client-certificate";
const options: EdgeCertificateOptions = {
  secretName: SECRET,
  issuerSecretName: servicesIssuerSecret,
  serviceUri: "urn:fase-b:service:edge",
  lifeMs: 14 * DAY_MS,
  nextRotationMs: 4 * DAY_MS,
  overlapMs: 3 * DAY_MS,
};
const OLD = { certificatePem: "the old one", privateKeyPem: "its key" };

function rotating(world: TrustWorld, more: Partial<EdgeCertificatePorts> = {}): () => Promise<string> {
  world.secrets.seed(SECRET, OLD);
  const kind = edgeCertificateKind({ ...world.ports, ...more }, options);
  const handler = world.function("rotate-edge-certificate", kind, SECRET);
  return () => world.secrets.rotate(SECRET, handler);
}

describe("the edge's client certificate (B5.2, B6.1)", () => {
  it("is replaced by one of the services' issuer with a new key each time", async () => {
    const world = await TrustWorld.start();
    const rotate = rotating(world);
    await rotate();
    const first = world.secrets.current<CertificateAndKey>(SECRET);
    expect(first.certificatePem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(first.privateKeyPem).toContain("BEGIN PRIVATE KEY");
    await rotate();
    expect(world.secrets.current<CertificateAndKey>(SECRET).privateKeyPem).not.toBe(first.privateKeyPem);
    expect(world.lines.join()).not.toContain(first.privateKeyPem.slice(40, 60));
  });

  it("survives a crash before and after every call: one version in force, a whole one", async () => {
    const crashes = new Crashes();
    const clock = new VirtualClock();
    const generation = await newGeneration(clock.nowMs());
    const cutOff = await everyCrash(async (arm, disarm) => {
      const world = new TrustWorld(generation, new VirtualClock(), crashes);
      const rotate = rotating(world);
      arm();
      await untilDone(rotate);
      disarm();
      expect(await world.secrets.labelled(SECRET, "AWSCURRENT")).toHaveLength(1);
      expect(world.secrets.current<CertificateAndKey>(SECRET).certificatePem).toContain("BEGIN CERTIFICATE");
    }, crashes);
    expect(cutOff).toBeGreaterThan(20);
  });

  it.each([
    [
      "whose root is not trusted",
      /leads to no trusted root/,
      async (world: TrustWorld) => {
        const other = await newGeneration(world.clock.nowMs());
        world.trust.put({ id: "services", pems: other.root.certificatePem });
      },
    ],
    [
      "while nothing is trusted",
      /leads to no trusted root/,
      async (world: TrustWorld) => {
        world.trust.items.delete("services");
      },
    ],
    [
      "of the clients' issuer's secret without a value",
      /no value/,
      async (world: TrustWorld) => {
        world.secrets.read = () => Promise.resolve(undefined);
      },
    ],
    [
      "that would outlive its issuer",
      /after its issuer's/,
      async (world: TrustWorld) => {
        world.trustGeneration(await newGeneration(world.clock.nowMs(), { days: 13 }));
      },
    ],
  ])("is not put in force %s", async (_, message, spoil) => {
    const world = await TrustWorld.start();
    const rotate = rotating(world);
    await spoil(world);
    await expect(rotate()).rejects.toThrow(message);
    expect(await world.secrets.labelled(SECRET, "AWSPREVIOUS")).toEqual([]);
  });

  it.each([
    [
      "with another key",
      async (good: CertificateAndKey) => ({ ...good, privateKeyPem: (await newKey()).privateKeyPem }),
    ],
    [
      "of a server",
      async (_: CertificateAndKey, { servicesIssuer }: Generation, nowMs: number) => {
        const { publicKeyPem, privateKeyPem } = await newKey();
        const leaf = await issueServiceLeaf(servicesIssuer, {
          publicKeyPem,
          use: "server",
          dnsNames: ["edge.example.com"],
          notBeforeMs: nowMs - 1_000,
          notAfterMs: nowMs + 14 * DAY_MS,
        });
        return { certificatePem: `${leaf.certificatePem}${servicesIssuer.certificatePem}`, privateKeyPem };
      },
    ],
    [
      "that ends before the next rotation's overlap",
      async (_: CertificateAndKey, { servicesIssuer }: Generation, nowMs: number) => {
        const { publicKeyPem, privateKeyPem } = await newKey();
        const leaf = await issueServiceLeaf(servicesIssuer, {
          publicKeyPem,
          use: "client",
          uri: options.serviceUri,
          notBeforeMs: nowMs - 1_000,
          notAfterMs: nowMs + 7 * DAY_MS - 60_000,
        });
        return { certificatePem: `${leaf.certificatePem}${servicesIssuer.certificatePem}`, privateKeyPem };
      },
    ],
  ])("is refused by its own test %s", async (_, spoil) => {
    const world = await TrustWorld.start();
    const kind = edgeCertificateKind(world.ports, options);
    const rotation = {
      secretName: SECRET,
      token: "t",
      current: () => Promise.reject(new Error("not asked")),
    };
    const good = await kind.make(rotation);
    await expect(kind.tryOut(rotation, good)).resolves.toBeUndefined();
    const bad = await spoil(good, world.generation, world.clock.nowMs());
    await expect(kind.tryOut(rotation, bad)).rejects.toThrow(
      /another certificate|another use|before the next/,
    );
  });

  it("is made anew when it waited too long for a failed try", async () => {
    const world = await TrustWorld.start();
    let refuses = true;
    const rotate = rotating(world, {
      askAgent: () => (refuses ? Promise.reject(new Error("no")) : Promise.resolve()),
    });
    await expect(rotate()).rejects.toThrow();
    world.clock.advance(8 * DAY_MS);
    refuses = false;
    await expect(rotate()).rejects.toThrow("waited too long");
    await rotate();
    expect(world.secrets.current(SECRET)).not.toEqual(OLD);
  });

  it("refuses a life that does not reach over the next rotation", async () => {
    const world = await TrustWorld.start();
    expect(() => edgeCertificateKind(world.ports, { ...options, lifeMs: 7 * DAY_MS })).toThrow(RangeError);
  });
});

describe("the agent that is asked (B5.3)", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function start(world: TrustWorld, trusts: string, status = 200): Promise<number> {
    const { publicKeyPem, privateKeyPem } = await newKey();
    const { servicesIssuer } = world.generation;
    const leaf = await issueServiceLeaf(servicesIssuer, {
      publicKeyPem,
      use: "server",
      dnsNames: ["localhost"],
      notBeforeMs: Date.now() - DAY_MS,
      notAfterMs: Date.now() + DAY_MS,
    });
    server = createServer(
      {
        cert: `${leaf.certificatePem}${servicesIssuer.certificatePem}`,
        key: privateKeyPem,
        ca: trusts,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (_, response) => response.writeHead(status).end(),
    );
    await new Promise<void>((done) => server?.listen(0, "localhost", done));
    return (server.address() as AddressInfo).port;
  }

  /** In the time of this machine: TLS has no other. */
  const real = (): Promise<TrustWorld> => TrustWorld.start(new Crashes(), new VirtualClock(Date.now()));
  const agent = (port: number) => ({ host: "localhost", port, path: "/healthz", timeoutMs: 5_000 });

  it("answers, and the certificate comes into force", async () => {
    const world = await real();
    const port = await start(world, world.generation.root.certificatePem);
    await rotating(world, { askAgent: (...args) => askAgent(agent(port), ...args) })();
    expect(world.secrets.current(SECRET)).not.toEqual(OLD);
  });

  it.each([
    ["does not trust the issuer", true, 200, /TLSV1_ALERT|ECONNRESET|EPIPE|UNKNOWN_CA/],
    ["answers that it wants no such certificate", false, 400, /the status 400/],
  ])("%s, and the old certificate stays", async (_, foreign, status, message) => {
    const world = await real();
    const { root } = foreign ? await newGeneration(Date.now()) : world.generation;
    const port = await start(world, root.certificatePem, status);
    await expect(
      rotating(world, { askAgent: (...args) => askAgent(agent(port), ...args) })(),
    ).rejects.toThrow(message);
    expect(world.secrets.current(SECRET)).toEqual(OLD);
  });

  it("does not answer in time, and the old certificate stays", async () => {
    const world = await real();
    const port = await start(world, world.generation.root.certificatePem);
    server?.removeAllListeners("request");
    const slow = { ...agent(port), timeoutMs: 300 };
    await expect(rotating(world, { askAgent: (...args) => askAgent(slow, ...args) })()).rejects.toThrow(
      /ABORT_ERR|23/,
    );
    expect(world.secrets.current(SECRET)).toEqual(OLD);
  });
});
