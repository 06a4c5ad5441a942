import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newIssuer, newRoot } from "../../infra/functions/pki/authorities";
import type { Issuer } from "../../infra/functions/pki/issuer";
import {
  clientPair,
  DAY_MS,
  newGeneration,
  servicePair,
  type Generation,
  type Pair,
} from "../../infra/functions/pki/testSupport";
import { AUTHORIZER_REFRESH_MS, CLIENT, OTHER_DOMAIN, weakLeaf, World, type Verdict } from "./world";

/** Real chains over real TLS, to the gateway and from the edge (B5.2, B5.3). */

const nowMs = Date.now();
const past = { notBeforeMs: nowMs - 2 * DAY_MS, notAfterMs: nowMs - DAY_MS };
const future = { notBeforeMs: nowMs + DAY_MS, notAfterMs: nowMs + 2 * DAY_MS };
const clientName = { type: "url", value: `urn:fase-b:client:${CLIENT}` } as const;
const hostName = { type: "dns", value: "localhost" } as const;
const facts = { organization: "Fase B", notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + 30 * DAY_MS };

/** A text means itself and nothing more. */
const whole = (expected: string | RegExp): RegExp =>
  typeof expected === "string" ? new RegExp(`^${expected}$`) : expected;

let ours: Generation;
let foreign: Generation;
let world: World;

beforeAll(async () => {
  ours = await newGeneration(nowMs);
  foreign = await newGeneration(nowMs);
  world = await World.start(ours);
});
afterAll(() => world.close());

/** An issuer below one that may have none below it. */
const rogue = (by: Issuer): Promise<Issuer> =>
  newIssuer(by, { ...facts, commonName: "Fase B clients' issuer of an issuer" });

describe("a client that calls through gateway, authorizer and edge (B5.3)", () => {
  it.each<[string, () => Promise<Pair | undefined>, Verdict | RegExp]>([
    ["a good certificate", () => clientPair(ours, CLIENT), "ok"],
    ["none", () => Promise.resolve(undefined), "gateway: UNABLE_TO_GET_ISSUER_CERT"],
    ["one that has expired", () => clientPair(ours, CLIENT, past), "gateway: CERT_HAS_EXPIRED"],
    ["one that is not valid yet", () => clientPair(ours, CLIENT, future), "gateway: CERT_NOT_YET_VALID"],
    [
      "one of a foreign authority of the same names",
      () => clientPair(foreign, CLIENT),
      /^gateway: (SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_SIGNATURE_FAILURE)$/,
    ],
    ["another client's", () => clientPair(ours, "qa-security"), "authorizer: client-unknown"],
    [
      "a service's, of the issuer of services under the same root",
      () => servicePair(ours, { use: "client", uri: "urn:fase-b:service:edge" }),
      "authorizer: issuer-unknown",
    ],
    [
      "a server's, of that issuer",
      () => servicePair(ours, { use: "server", dnsNames: ["localhost"] }),
      "gateway: INVALID_PURPOSE",
    ],
    [
      "a server's, of the clients' issuer",
      () => weakLeaf(ours.clientsIssuer, { usage: "server", name: clientName, chainPem: "" }),
      "gateway: INVALID_PURPOSE",
    ],
    [
      "one of an issuer below the clients' issuer",
      async () => {
        const below = await rogue(ours.clientsIssuer);
        return clientPair({ clientsIssuer: { ...below, certificatePem: below.certificatePem } }, CLIENT).then(
          (pair) => ({ ...pair, certificatePem: pair.certificatePem + ours.clientsIssuer.certificatePem }),
        );
      },
      "gateway: PATH_LENGTH_EXCEEDED",
    ],
    [
      "one that is signed over SHA-1",
      () => weakLeaf(ours.clientsIssuer, { hash: "SHA-1", usage: "client", name: clientName, chainPem: "" }),
      /^gateway: (UNSPECIFIED|\w+_TOO_(SMALL|WEAK))$/,
    ],
    [
      "one for a key of RSA-1024",
      () => weakLeaf(ours.clientsIssuer, { rsaBits: 1_024, usage: "client", name: clientName, chainPem: "" }),
      /^gateway: (UNSPECIFIED|\w+_TOO_(SMALL|WEAK))$/,
    ],
  ])("with %s", async (_, make, verdict) => {
    const pair = await make();
    const got = await world.call(pair);
    expect(got).toMatch(whole(verdict));
    // Nobody was shut out by it.
    expect(await world.call(await clientPair(ours, CLIENT))).toBe("ok");
  });

  it("with a good certificate at an agent that does not list it", async () => {
    expect(await world.call(await clientPair(ours, CLIENT), OTHER_DOMAIN)).toBe(
      "authorizer: client-not-allowed",
    );
  });

  it("with a certificate that is revoked while it is used, within the time of the settings", async () => {
    const pair = await clientPair(ours, CLIENT);
    const other = await clientPair(ours, CLIENT);
    expect(await world.call(pair)).toBe("ok");
    world.revoke(pair);
    await new Promise((resolve) => setTimeout(resolve, AUTHORIZER_REFRESH_MS + 10));
    expect(await world.call(pair)).toBe("authorizer: certificate-revoked");
    expect(await world.call(other)).toBe("ok");
  });

  it("with a chain of five certificates, though the truststore's authority allows it", async () => {
    const root = await newRoot({ ...facts, commonName: "A lenient root" }, 3);
    const [first, second, third] = ["one", "two", "three"];
    const one = await newIssuer(root, { ...facts, commonName: String(first) }, 2);
    const two = await newIssuer(one, { ...facts, commonName: String(second) }, 1);
    const three = await newIssuer(two, { ...facts, commonName: String(third) });
    const lenient = await World.start({ root, clientsIssuer: three, servicesIssuer: ours.servicesIssuer });
    try {
      lenient.setTruststore([root, one, two, three].map(({ certificatePem }) => certificatePem).join(""));
      expect(await lenient.call(await clientPair({ clientsIssuer: three }, CLIENT))).toBe(
        "gateway: chain too long",
      );
    } finally {
      lenient.close();
    }
  });
});

describe("an agent that the edge calls", () => {
  const agentWith = async (pair: Pair): Promise<string> => {
    world.renewAgent(pair);
    const outcome = await world.askAgent();
    return outcome.kind === "answer"
      ? String(outcome.status)
      : `${outcome.kind} ${"reason" in outcome ? outcome.reason : ""}`;
  };
  const named = { use: "server", dnsNames: ["localhost"] } as const;

  it.each<[string, () => Promise<Pair>, string | RegExp]>([
    ["a good certificate", () => servicePair(ours, named), "200"],
    ["one that has expired", () => servicePair(ours, { ...named, ...past }), "tls expired"],
    ["one that is not valid yet", () => servicePair(ours, { ...named, ...future }), "tls expired"],
    ["one of a foreign authority of the same names", () => servicePair(foreign, named), "tls untrusted"],
    [
      "another agent's",
      () => servicePair(ours, { use: "server", dnsNames: ["chat-02.agents.staging.example.com"] }),
      "tls name",
    ],
    [
      "the edge's own, a client's",
      () => servicePair(ours, { use: "client", uri: "urn:fase-b:service:edge" }),
      "tls untrusted",
    ],
    [
      "a client's, of the clients' issuer under the same root",
      () => clientPair(ours, CLIENT),
      "tls untrusted",
    ],
    [
      "one of an issuer below the services' issuer",
      async () => {
        const below = await rogue(ours.servicesIssuer);
        const pair = await servicePair({ servicesIssuer: below }, named);
        return { ...pair, certificatePem: pair.certificatePem + ours.servicesIssuer.certificatePem };
      },
      "tls untrusted",
    ],
    [
      "one that is signed over SHA-1",
      () =>
        weakLeaf(ours.servicesIssuer, {
          hash: "SHA-1",
          usage: "server",
          name: hostName,
          chainPem: ours.servicesIssuer.certificatePem,
        }),
      "tls untrusted",
    ],
    [
      "one for a key of RSA-1024",
      () =>
        weakLeaf(ours.servicesIssuer, {
          rsaBits: 1_024,
          usage: "server",
          name: hostName,
          chainPem: ours.servicesIssuer.certificatePem,
        }),
      "tls untrusted",
    ],
  ])("with %s", async (_, make, expected) => {
    const got = await agentWith(await make());
    expect(got).toMatch(whole(expected));
    expect(await agentWith(await servicePair(ours, named))).toBe("200");
  });

  it("is not called by whoever is not the edge", async () => {
    const edge = { use: "client", uri: "urn:fase-b:service:edge" } as const;
    const callAs = async (pair: Pair): Promise<string> => {
      const other = await World.start(ours);
      try {
        await other.askAgent();
        other.renewEdge(pair);
        // May still be made with what was known before.
        await other.askAgent();
        const outcome = await other.askAgent();
        return outcome.kind === "answer" ? String(outcome.status) : outcome.kind;
      } finally {
        other.close();
      }
    };
    expect(await callAs(await servicePair(ours, edge))).toBe("200");
    // Of an authority that the agent does not know: broken off, whatever the system calls it.
    expect(await callAs(await servicePair(foreign, edge))).toMatch(/^(tls|connection)$/);
    // Under the same root, so that only the name tells it apart.
    expect(await callAs(await clientPair(ours, CLIENT))).toBe("403");
  });
});
