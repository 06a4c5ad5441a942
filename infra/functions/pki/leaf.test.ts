import * as fc from "fast-check";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { describe, expect, it } from "vitest";
import { authorize } from "../authorizer/authorizerRules";
import { readCertificate } from "../authorizer/certificate";
import { prepareSources, type PlainSources } from "../authorizer/sources";
import {
  digestOf,
  goodRequest,
  newAuthority,
  nowMs,
  SHA1_ECDSA,
  type Authority,
} from "../authorizer/testSupport";
import { newIssuer } from "./authorities";
import { checkKeyMatches, readFacts } from "./certificateFacts";
import { checkInForce, readIssuer, type Issuer } from "./issuer";
import { isSameKey, newKey } from "./keys";
import { issueClientLeaf, issueServiceLeaf } from "./leaf";
import { toPem } from "./pem";
import { PkiProblem } from "./pkiProblem";
import { DAY_MS, newGeneration } from "./testSupport";

const API_KEY = "k".repeat(40);
const DOMAIN = "chat-01.staging.example.com";
const month = { notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + 30 * DAY_MS };
const week = { notBeforeMs: nowMs - 3_600_000, notAfterMs: nowMs + 7 * DAY_MS };

/** What the authorizer says to a leaf, all else being as it should be. */
function verdictOn(
  pem: string,
  clientId: string,
  { issuers, atMs = nowMs }: { readonly issuers: readonly Issuer[]; readonly atMs?: number },
): string {
  const plain: PlainSources = {
    issuersPem: issuers.map(({ certificatePem }) => certificatePem),
    revocation: { issuedAtMs: atMs, maxAgeMs: 55_000, revoked: [] },
    agents: [{ domain: DOMAIN, routes: ["POST /chat"], clients: [clientId] }],
    clients: [{ clientId, keyDigests: [digestOf(API_KEY)] }],
    scanning: { clientId: "scanner", addresses: ["203.0.113.7/32"] },
  };
  const request = { ...goodRequest, domain: DOMAIN, clientCertPem: pem, apiKeys: [API_KEY] };
  const decision = authorize(request, prepareSources(plain), atMs);
  return decision.effect === "allow" ? decision.context.clientId : decision.reason;
}

/** The same, its names written as PrintableString; nobody verifies an issuer's own signature. */
function asPrintable({ pem, privateKey }: Authority): Issuer {
  const der = bytesOf(pem).toString("latin1");
  const printable = der.replaceAll("\x0c\x0dFase B issuer", "\x13\x0dFase B issuer");
  expect(printable).not.toBe(der);
  return {
    certificatePem: toPem("CERTIFICATE", Buffer.from(printable, "latin1")),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** No two primes are behind it; only its length is of interest. */
const rsaOf = (bits: number): KeyObject =>
  createPublicKey({
    key: { kty: "RSA", n: Buffer.alloc(bits / 8, 0xab).toString("base64url"), e: "AQAB" },
    format: "jwk",
  });

const bytesOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----|\n/g, ""), "base64");

const spki = ({ publicKey }: { readonly publicKey: KeyObject }): string =>
  publicKey.export({ type: "spki", format: "pem" }).toString();

const problemOf = async (made: Promise<unknown>): Promise<PkiProblem> => {
  const error: unknown = await made.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PkiProblem)) throw new Error(`no PkiProblem: ${String(error)}`);
  return error;
};

const clientId = fc
  .stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,6}){0,3}$/)
  .filter((id) => id.length <= 32);
/** To 2070, so that both of X.509's forms of time are written; milliseconds that it can't say included. */
const beginMs = fc.integer({ min: nowMs, max: Date.UTC(2070, 0) });
const lifeMs = fc.integer({ min: 1_000, max: 400 * DAY_MS });

describe("certificates that are issued", async () => {
  const { clientsIssuer, servicesIssuer, root } = await newGeneration(nowMs);
  const key = await newKey();

  describe("a client's leaf (B5.2, B5.3)", () => {
    it("is let through by the authorizer as the client that it was issued to, from its first second to its last", async () => {
      const { clientsIssuer: issuer } = await newGeneration(nowMs, { days: 50 * 365 });
      await fc.assert(
        fc.asyncProperty(clientId, beginMs, lifeMs, async (id, begin, life) => {
          const asked = { notBeforeMs: begin, notAfterMs: begin + life };
          const leaf = await issueClientLeaf(issuer, {
            publicKeyPem: key.publicKeyPem,
            clientId: id,
            ...asked,
          });
          expect(leaf.notBeforeMs).toBe(Math.floor(begin / 1000) * 1000);
          expect(leaf.notAfterMs).toBe(Math.floor((begin + life) / 1000) * 1000);
          expect(leaf.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
          const issuers = [issuer];
          expect(verdictOn(leaf.certificatePem, id, { issuers, atMs: leaf.notAfterMs })).toBe(id);
          expect(verdictOn(leaf.certificatePem, id, { issuers, atMs: leaf.notBeforeMs })).toBe(id);
          for (const [atMs, reason] of [
            [leaf.notBeforeMs - 1, "certificate-not-yet-valid"],
            [leaf.notAfterMs + 1, "certificate-expired"],
          ] as const)
            expect(verdictOn(leaf.certificatePem, id, { issuers, atMs })).toBe(reason);
        }),
        { numRuns: 60 },
      );
    });

    it("is one that OpenSSL links to its issuer, for the key that was asked for, with names of its own", async () => {
      const leaf = await issueClientLeaf(clientsIssuer, {
        publicKeyPem: key.publicKeyPem,
        clientId: "web-app",
        ...week,
      });
      const [x509, by] = [leaf, clientsIssuer].map(
        ({ certificatePem }) => new X509Certificate(certificatePem),
      );
      expect(by !== undefined && x509?.checkIssued(by)).toBe(true);
      expect(x509?.checkPrivateKey(createPrivateKey(key.privateKeyPem))).toBe(true);
      expect(x509?.subject).toBe("CN=web-app");
      expect(x509?.subjectAltName).toBe("URI:urn:fase-b:client:web-app");
      expect(x509?.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
      expect(readFacts("leaf", leaf.certificatePem)).toMatchObject({
        serial: leaf.serial,
        issuerKeyId: leaf.issuerKeyId,
        isAuthority: false,
        signsCertificates: false,
        uris: ["urn:fase-b:client:web-app"],
      });
      expect(leaf.issuerKeyId).toBe(readFacts("issuer", clientsIssuer.certificatePem).subjectKeyId);
    });

    it("never bears a serial number twice", async () => {
      const leaves = await Promise.all(
        Array.from({ length: 50 }, () =>
          issueClientLeaf(clientsIssuer, { publicKeyPem: key.publicKeyPem, clientId: "web-app", ...week }),
        ),
      );
      expect(new Set(leaves.map(({ serial }) => serial)).size).toBe(50);
    });

    it("that is given once more is the same but for its signature", async () => {
      const asked = { publicKeyPem: key.publicKeyPem, clientId: "web-app", ...week };
      const { serial, ...first } = await issueClientLeaf(clientsIssuer, asked);
      const again = await issueClientLeaf(clientsIssuer, { ...asked, serial });
      const body = ({ certificatePem }: { readonly certificatePem: string }): string =>
        bytesOf(certificatePem).toString("hex").slice(8, 600);
      expect(body(again)).toBe(body(first));
      expect({ ...again, certificatePem: "" }).toEqual({ ...first, serial, certificatePem: "" });
    });

    it("may be signed by an issuer whose key is RSA or P-384, in the forms PKCS #1 and SEC 1", async () => {
      for (const { privateKey, form } of [
        { privateKey: generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey, form: "sec1" as const },
        {
          privateKey: generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey,
          form: "pkcs1" as const,
        },
      ]) {
        const own = {
          privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
          publicKeyPem: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
        };
        const issuer = await newIssuer(root, {
          organization: "Fase B",
          commonName: "issuer",
          ...month,
          key: own,
        });
        const privateKeyPem = privateKey.export({ type: form, format: "pem" }).toString();
        const leaf = await issueClientLeaf(
          { ...issuer, privateKeyPem },
          { publicKeyPem: key.publicKeyPem, clientId: "web-app", ...week },
        );
        expect(verdictOn(leaf.certificatePem, "web-app", { issuers: [issuer] })).toBe("web-app");
      }
    });

    it("keeps the issuer's name byte for byte, in whatever string type it is written", async () => {
      // Go's library, by which the program's authority is made, writes PrintableString where it can.
      const printable = asPrintable(newAuthority("Fase B issuer"));
      const leaf = await issueClientLeaf(printable, {
        publicKeyPem: key.publicKeyPem,
        clientId: "web-app",
        ...week,
      });
      expect(readCertificate(leaf.certificatePem).issuer).toBe(
        readCertificate(printable.certificatePem).subject,
      );
      expect(verdictOn(leaf.certificatePem, "web-app", { issuers: [printable] })).toBe("web-app");
    });

    it.each<[string, object, string]>([
      ["an id in upper case", { clientId: "Web-App" }, "client_id"],
      ["an id with a second name in it", { clientId: "web-app, URI:urn:fase-b:client:qa" }, "client_id"],
      ["an id with a line break", { clientId: "web-app\n" }, "client_id"],
      ["an id that is too long", { clientId: "a".repeat(33) }, "client_id"],
      ["an end before its beginning", { notAfterMs: week.notBeforeMs }, "leaf"],
      ["an end that is no time", { notAfterMs: Number.NaN }, "leaf"],
      ["an end after its issuer's", { notAfterMs: nowMs + 301 * DAY_MS }, "leaf"],
      [
        "a key that is none",
        { publicKeyPem: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" },
        "leaf: public key",
      ],
      [
        "a weak key",
        { publicKeyPem: spki(generateKeyPairSync("rsa", { modulusLength: 1_024 })) },
        "leaf: public key",
      ],
      ["a key that is too long", { publicKeyPem: spki({ publicKey: rsaOf(4_608) }) }, "leaf: public key"],
      [
        "a key on another curve",
        { publicKeyPem: spki(generateKeyPairSync("ec", { namedCurve: "P-224" })) },
        "leaf: public key",
      ],
      ["a key of another kind", { publicKeyPem: spki(generateKeyPairSync("ed25519")) }, "leaf: public key"],
    ])("is not issued with %s", async (_, changes, what) => {
      const request = { publicKeyPem: key.publicKeyPem, clientId: "web-app", ...week, ...changes };
      const problem = await problemOf(issueClientLeaf(clientsIssuer, request));
      expect(problem.what).toBe(what);
      expect(problem.message).toMatch(/^.+: got .+; allowed: .+; fix: .+$/s);
    });
  });

  describe("an issuer", () => {
    const issueBy = (issuer: Issuer): Promise<unknown> =>
      issueClientLeaf(issuer, { publicKeyPem: key.publicKeyPem, clientId: "web-app", ...week });

    it("that is a leaf signs nothing", async () => {
      const leaf = await issueClientLeaf(clientsIssuer, {
        publicKeyPem: key.publicKeyPem,
        clientId: "web-app",
        ...week,
      });
      const problem = await problemOf(
        issueBy({ certificatePem: leaf.certificatePem, privateKeyPem: key.privateKeyPem }),
      );
      expect(problem.got).toBe("a certificate that may not sign others");
    });

    it("without keyCertSign, or signed over SHA-1, signs nothing", async () => {
      for (const changes of [
        { keyUsage: 0x80 },
        { keyUsage: undefined },
        { signatureAlgorithm: SHA1_ECDSA },
      ]) {
        const { pem, privateKey } = newAuthority("weak", changes);
        const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
        expect((await problemOf(issueBy({ certificatePem: pem, privateKeyPem }))).got).toBe(
          "a certificate that may not sign others",
        );
      }
    });

    it("with another's key signs nothing, and the message holds no key", async () => {
      const problem = await problemOf(issueBy({ ...clientsIssuer, privateKeyPem: root.privateKeyPem }));
      expect(problem.got).toBe("a private key of another certificate");
      const spoilt = root.privateKeyPem.slice(0, 120);
      const other = await problemOf(issueBy({ ...clientsIssuer, privateKeyPem: spoilt }));
      expect(other.got).toBe("a text that OpenSSL does not read as a private key");
      for (const { message, cause } of [problem, other]) {
        expect(message).not.toContain(root.privateKeyPem.slice(30, 60));
        expect(cause).toBeUndefined();
      }
    });

    it("is in force between its two times, and says so otherwise", async () => {
      const { notBeforeMs, notAfterMs } = readFacts("issuer", clientsIssuer.certificatePem);
      expect(() => checkInForce(clientsIssuer, notBeforeMs)).not.toThrow();
      expect(() => checkInForce(clientsIssuer, notAfterMs)).not.toThrow();
      expect(() => checkInForce(clientsIssuer, notBeforeMs - 1)).toThrow(/got one that begins on 2026-10-23/);
      expect(() => checkInForce(clientsIssuer, notAfterMs + 1)).toThrow(
        /got one that expired on .+; fix: issue from/,
      );
    });

    it("knows its key, and two keys from each other", async () => {
      expect(() => readIssuer(clientsIssuer)).not.toThrow();
      expect(() =>
        checkKeyMatches("pair", clientsIssuer.certificatePem, servicesIssuer.privateKeyPem),
      ).toThrow(/^pair: got a private key of another certificate/);
      expect(isSameKey(key.publicKeyPem, key.publicKeyPem.replaceAll("\n", "\r\n"))).toBe(true);
      expect(isSameKey(key.publicKeyPem, (await newKey()).publicKeyPem)).toBe(false);
    });

    it.each(["", "no PEM", `${clientsIssuer.certificatePem}${root.certificatePem}`])(
      "that is not one certificate is refused: %#",
      async (certificatePem) => {
        expect((await problemOf(issueBy({ ...clientsIssuer, certificatePem }))).allowed).toBe(
          "exactly one X.509 certificate in PEM",
        );
      },
    );
  });

  describe("a service's leaf (B5.2)", () => {
    const request = { publicKeyPem: key.publicKeyPem, ...week };

    it("is a client's or a server's, never both", async () => {
      const edge = await issueServiceLeaf(servicesIssuer, {
        ...request,
        use: "client",
        uri: "urn:fase-b:service:edge",
      });
      const agent = await issueServiceLeaf(servicesIssuer, {
        ...request,
        use: "server",
        dnsNames: ["chat-01.example.com"],
      });
      const [client, server] = [edge, agent].map(({ certificatePem }) => new X509Certificate(certificatePem));
      expect(client?.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
      expect(client?.subjectAltName).toBe("URI:urn:fase-b:service:edge");
      expect(server?.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
      expect(server?.checkHost("chat-01.example.com")).toBe("chat-01.example.com");
      expect(server?.checkHost("chat-02.example.com")).toBeUndefined();
    });

    it("is no client's to the authorizer: not by its issuer, not by its name, not by its use", async () => {
      const edge = { ...request, use: "client" as const, uri: "urn:fase-b:service:edge" };
      const agent = { ...request, use: "server" as const, dnsNames: ["chat-01.example.com"] };
      const by = async (issuer: Issuer, asked: typeof edge | typeof agent): Promise<string> =>
        verdictOn((await issueServiceLeaf(issuer, asked)).certificatePem, "edge", {
          issuers: [clientsIssuer],
        });
      expect(await by(servicesIssuer, edge)).toBe("issuer-unknown");
      expect(await by(clientsIssuer, edge)).toBe("identity-malformed");
      expect(await by(clientsIssuer, agent)).toBe("certificate-usage");
    });

    it.each<[string, Parameters<typeof issueServiceLeaf>[1]]>([
      [
        "a client with a host name",
        { ...request, use: "client", uri: "urn:fase-b:service:edge", dnsNames: ["a.example.com"] },
      ],
      ["a client without a name", { ...request, use: "client" }],
      ["a client with a client's name", { ...request, use: "client", uri: "urn:fase-b:client:web-app" }],
      ["a server without a name", { ...request, use: "server", dnsNames: [] }],
      ["a server with a wildcard", { ...request, use: "server", dnsNames: ["*.example.com"] }],
      ["a server in upper case", { ...request, use: "server", dnsNames: ["Chat-01.example.com"] }],
      ["a server with an address that is none", { ...request, use: "server", ipAddresses: ["127.0.0.256"] }],
    ])("is not issued to %s", async (_, asked) => {
      expect((await problemOf(issueServiceLeaf(servicesIssuer, asked))).what).toBe("a service's names");
    });

    it("has a common name of 64 characters at most, as long as its host's name may be", async () => {
      const name = `${"a".repeat(60)}.${"b".repeat(60)}.example.com`;
      const { certificatePem } = await issueServiceLeaf(servicesIssuer, {
        ...request,
        use: "server",
        dnsNames: [name],
      });
      const x509 = new X509Certificate(certificatePem);
      expect(x509.subject).toBe(`CN=${name.slice(0, 64)}`);
      expect(x509.checkHost(name)).toBe(name);
    });
  });
});
