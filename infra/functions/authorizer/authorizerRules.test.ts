import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readContract } from "../../contract/contract";
import { identifier } from "../../settings/primitives";
import {
  authorize,
  CLIENT_ID_PATTERN,
  MAX_CLIENT_ID_CHARACTERS,
  SUBJECT_PATTERN,
  type AuthorizationRequest,
  type Decision,
} from "./authorizerRules";
import { CLIENT_AUTH, KEY_CERT_SIGN, readCertificate } from "./certificate";
import type { DenyReason } from "./denyReasons";
import { MAX_REVOCATION_AGE_MS, prepareSources, type PlainSources } from "./sources";
import {
  apiKeys,
  clientName,
  digestOf,
  extension,
  goodRequest,
  goodScan,
  issuer,
  ISSUER_NAME,
  leaf,
  namesExtension,
  newAuthority,
  newLeaf,
  nowMs,
  ownCorrelationId,
  plainSources,
  SERVER_AUTH,
  SHA1_ECDSA,
} from "./testSupport";

const sources = prepareSources(plainSources);
const decide = (changes: Partial<AuthorizationRequest> = {}, plain: Partial<PlainSources> = {}): Decision =>
  authorize({ ...goodRequest, ...changes }, prepareSources({ ...plainSources, ...plain }), nowMs);
const reasonOf = (decision: Decision): DenyReason | "allowed" =>
  decision.effect === "deny" ? decision.reason : "allowed";
const reasonFor = (pem: string): DenyReason | "allowed" => reasonOf(decide({ clientCertPem: pem }));

describe("a request that meets every condition (B5.3)", () => {
  it("is let through, and passes on its correlation id, client and subject, nothing else", () => {
    expect(decide()).toEqual({
      effect: "allow",
      context: {
        correlationId: ownCorrelationId,
        clientId: "web-app",
        traffic: "client",
        subject: "u_7f3b2c9a1d4e4f60",
      },
    });
  });

  it("has no subject in its context where it names none", () => {
    expect(decide({ subjects: [] })).toEqual({
      effect: "allow",
      context: { correlationId: ownCorrelationId, clientId: "web-app", traffic: "client" },
    });
  });

  it("may use either of two live keys while they overlap", () => {
    expect(decide({ apiKeys: [apiKeys.next] }).effect).toBe("allow");
  });

  it("may be signed by either of two issuers of one name while they overlap", () => {
    const next = newAuthority(ISSUER_NAME);
    const both = { issuersPem: [issuer.pem, next.pem] };
    expect(decide({ clientCertPem: newLeaf(next) }, both).effect).toBe("allow");
    expect(decide({}, both).effect).toBe("allow");
  });

  it("is let through in the first and in the last instant of its certificate", () => {
    const edges = newLeaf(issuer, { notBeforeMs: nowMs, notAfterMs: nowMs });
    expect(reasonFor(edges)).toBe("allowed");
  });
});

describe("a certificate that is not a client's of ours (B5.3)", () => {
  const foreign = newAuthority(ISSUER_NAME);
  const copied = newAuthority(ISSUER_NAME, { subjectKeyId: issuer.keyId });
  const second = 1_000;

  it.each<[string, DenyReason, string]>([
    ["is missing", "certificate-missing", ""],
    ["has expired a second ago", "certificate-expired", newLeaf(issuer, { notAfterMs: nowMs - second })],
    ["begins in a second", "certificate-not-yet-valid", newLeaf(issuer, { notBeforeMs: nowMs + second })],
    ["is of a foreign authority of the same name", "issuer-unknown", newLeaf(foreign)],
    ["is of a foreign authority that copies name and key id", "signature-invalid", newLeaf(copied)],
    ["is of another authority", "issuer-unknown", newLeaf(newAuthority("Another issuer"))],
    [
      "names our issuer's key under another name",
      "issuer-unknown",
      newLeaf({ ...issuer, name: "Another issuer" }),
    ],
    ["does not say which key signed it", "issuer-unknown", newLeaf(issuer, { authorityKeyId: undefined })],
    ["is signed over SHA-1", "certificate-algorithm", newLeaf(issuer, { signatureAlgorithm: SHA1_ECDSA })],
    ["is a service's", "certificate-usage", newLeaf(issuer, { extendedKeyUsage: [SERVER_AUTH] })],
    [
      "is a service's and a client's",
      "certificate-usage",
      newLeaf(issuer, { extendedKeyUsage: [SERVER_AUTH, CLIENT_AUTH] }),
    ],
    ["has no extended usage", "certificate-usage", newLeaf(issuer, { extendedKeyUsage: undefined })],
    ["has no usage", "certificate-usage", newLeaf(issuer, { keyUsage: undefined })],
    ["may encipher only", "certificate-usage", newLeaf(issuer, { keyUsage: 0x20 })],
    ["may sign certificates", "certificate-usage", newLeaf(issuer, { keyUsage: 0x80 | KEY_CERT_SIGN })],
    ["is an authority", "certificate-usage", newLeaf(issuer, { isAuthority: true })],
    ["is the issuer itself", "issuer-unknown", issuer.pem],
    ["has no SAN", "identity-missing", newLeaf(issuer, { names: undefined })],
    ["has an empty SAN", "identity-missing", newLeaf(issuer, { names: [] })],
    ["has no URI", "identity-malformed", newLeaf(issuer, { names: [{ type: "dns", value: "web-app" }] })],
    [
      "has two client URIs",
      "identity-ambiguous",
      newLeaf(issuer, { names: [clientName("web-app"), clientName("qa-security")] }),
    ],
    [
      "has the same URI twice",
      "identity-ambiguous",
      newLeaf(issuer, { names: [clientName("web-app"), clientName("web-app")] }),
    ],
    [
      "has a host name beside its URI",
      "identity-ambiguous",
      newLeaf(issuer, {
        names: [clientName("web-app"), { type: "dns", value: "chat-01.staging.example.com" }],
      }),
    ],
    [
      "has a URI of another scheme",
      "identity-malformed",
      newLeaf(issuer, { names: [{ type: "uri", value: "spiffe://staging.example.com/client/web-app" }] }),
    ],
    [
      "has its client in an e-mail name",
      "identity-malformed",
      newLeaf(issuer, { names: [{ type: "email", value: "urn:fase-b:client:web-app" }] }),
    ],
    [
      "has a second name hidden in its URI",
      "identity-malformed",
      newLeaf(issuer, { names: [clientName("web-app, URI:urn:fase-b:client:qa-security")] }),
    ],
    [
      "has a zero byte in its URI",
      "identity-malformed",
      newLeaf(issuer, { names: [clientName("web-app\0.example.com")] }),
    ],
    [
      "has a line break in its URI",
      "identity-malformed",
      newLeaf(issuer, { names: [clientName("web-app\n")] }),
    ],
    [
      "has upper case in its URI",
      "identity-malformed",
      newLeaf(issuer, { names: [{ type: "uri", value: "URN:fase-b:client:web-app" }] }),
    ],
    [
      "has an id that is too long",
      "identity-malformed",
      newLeaf(issuer, { names: [clientName("a".repeat(33))] }),
    ],
    [
      "names a client that we do not know",
      "client-unknown",
      newLeaf(issuer, { names: [clientName("nobody")] }),
    ],
    [
      "has the SAN twice",
      "certificate-malformed",
      newLeaf(issuer, { more: [namesExtension([clientName("qa-security")])] }),
    ],
    [
      "has a critical extension that nobody knows",
      "certificate-malformed",
      newLeaf(issuer, { more: [extension("2a0304", Buffer.from([5, 0]), true)] }),
    ],
    ["has a negative serial number", "certificate-malformed", newLeaf(issuer, { serial: "ff" })],
    ["is no PEM", "certificate-malformed", "jane.doe@example.com"],
    ["is cut off", "certificate-malformed", leaf.slice(0, leaf.length / 2)],
    ["is two certificates", "certificate-malformed", leaf + leaf],
    ["has text before it", "certificate-malformed", `Subject: web-app\n${leaf}`],
    [
      "is PEM of something else",
      "certificate-malformed",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    [
      "is two megabytes",
      "certificate-malformed",
      `-----BEGIN CERTIFICATE-----\n${"A".repeat(2_000_000)}\n-----END CERTIFICATE-----\n`,
    ],
  ])("denies when it %s: %s", (_, reason, pem) => {
    expect(reasonFor(pem)).toBe(reason);
  });

  it("denies when it is padded beyond its limit, though it is good", () => {
    const padded = (lines: number): string => leaf.replace("\n-----END", `${"\n".repeat(lines)}-----END`);
    expect(reasonFor(padded(100))).toBe("allowed");
    expect(reasonFor(padded(10_000))).toBe("certificate-malformed");
  });

  it("is let through when it says that it is no authority, as most software writes it", () => {
    const saysSo = extension("551d13", Buffer.from([0x30, 0]), true);
    expect(reasonFor(newLeaf(issuer, { more: [saysSo] }))).toBe("allowed");
  });

  it("is let through with an extension that is not critical", () => {
    expect(reasonFor(newLeaf(issuer, { more: [extension("2a0304", Buffer.from([5, 0]))] }))).toBe("allowed");
  });

  it("is let through with lines that end as Windows ends them", () => {
    expect(reasonFor(leaf.replaceAll("\n", "\r\n"))).toBe("allowed");
  });

  it("denies once the issuer has expired, whatever the leaf says", () => {
    const old = newAuthority(ISSUER_NAME, { notAfterMs: nowMs - second });
    expect(reasonOf(decide({ clientCertPem: newLeaf(old) }, { issuersPem: [old.pem] }))).toBe(
      "issuer-not-in-force",
    );
  });

  it("denies when any one byte of it is changed", () => {
    const bytes = Buffer.from(leaf.replace(/-----[^-]+-----|\n/g, ""), "base64");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        const pem = `-----BEGIN CERTIFICATE-----\n${changed.toString("base64")}\n-----END CERTIFICATE-----\n`;
        const reason = reasonFor(pem);
        expect(reason).not.toBe("allowed");
        expect(reason).not.toBe("fault");
      }),
      { numRuns: 200 },
    );
  });
});

describe("the revocation list (B5.3)", () => {
  const { revocation } = plainSources;
  const { serial } = readCertificate(leaf);

  it.each(["00c0ffee", "c0ffee", "C0FFEE"])("denies the serial number %s of that issuer", (written) => {
    const revoked = [{ issuerKeyId: issuer.keyId.toUpperCase(), serial: written }];
    expect(serial).toBe("c0ffee");
    expect(reasonOf(decide({}, { revocation: { ...revocation, revoked } }))).toBe("certificate-revoked");
  });

  it("does not deny the same number of another issuer, or another number of this one", () => {
    const revoked = [
      { issuerKeyId: "ab".repeat(20), serial },
      { issuerKeyId: issuer.keyId, serial: "0c0ffee0" },
    ];
    expect(decide({}, { revocation: { ...revocation, revoked } }).effect).toBe("allow");
  });

  it.each([
    ["as old as it may be", nowMs - revocation.maxAgeMs, "allowed"],
    ["a millisecond older", nowMs - revocation.maxAgeMs - 1, "revocation-list-stale"],
    ["five minutes from now", nowMs + 300_000, "allowed"],
    ["later than that", nowMs + 300_001, "revocation-list-stale"],
  ])("that is %s: %s → %s", (_, issuedAtMs, expected) => {
    expect(reasonOf(decide({}, { revocation: { ...revocation, issuedAtMs } }))).toBe(expected);
  });

  it("cannot be given more than a day", () => {
    const stretched = { ...revocation, maxAgeMs: MAX_REVOCATION_AGE_MS + 1 };
    expect(() => decide({}, { revocation: stretched })).toThrow(/fix: confirm the list more often/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "denies when the clock says %s",
    (clock) => {
      expect(authorize(goodRequest, sources, clock).effect).toBe("deny");
    },
  );
});

describe("agent, key and subject (B5.3)", () => {
  const asQa = newLeaf(issuer, { names: [clientName("qa-security")] });

  it.each<[string, DenyReason, Partial<AuthorizationRequest>]>([
    ["a domain that is no agent's", "domain-unknown", { domain: "chat-02.staging.example.com" }],
    ["no domain", "domain-unknown", { domain: "" }],
    ["a domain that is a property of every object", "domain-unknown", { domain: "__proto__" }],
    [
      "an agent that does not list the client",
      "client-not-allowed",
      { domain: "vision-01.staging.example.com", route: "POST /vision" },
    ],
    ["a route that the agent does not serve", "route-not-served", { route: "POST /vision" }],
    ["another method of its route", "route-not-served", { route: "GET /chat" }],
    ["an event that contradicts itself", "event-malformed", { route: undefined }],
    ["no key", "key-missing", { apiKeys: [] }],
    ["an empty key", "key-missing", { apiKeys: [""] }],
    ["two keys, the first of them good", "key-ambiguous", { apiKeys: [apiKeys["web-app"], "x"] }],
    ["the same key twice", "key-ambiguous", { apiKeys: [apiKeys["web-app"], apiKeys["web-app"]] }],
    ["another client's key", "key-unknown", { apiKeys: [apiKeys["qa-security"]] }],
    ["our key with another client's certificate", "key-unknown", { clientCertPem: asQa }],
    ["the key's digest instead of the key", "key-unknown", { apiKeys: [digestOf(apiKeys["web-app"])] }],
    ["a key that begins like ours", "key-unknown", { apiKeys: [apiKeys["web-app"].slice(1)] }],
    ["a key of a megabyte", "key-unknown", { apiKeys: ["k".repeat(1_000_000)] }],
    ["two subjects", "subject-ambiguous", { subjects: ["u_7f3b2c9a1d4e4f60", "u_7f3b2c9a1d4e4f60"] }],
    ["an empty subject", "subject-malformed", { subjects: [""] }],
    ["an e-mail as subject", "subject-malformed", { subjects: ["jane.doe@example.com"] }],
    ["a subject that is too short", "subject-malformed", { subjects: ["u".repeat(15)] }],
    ["a subject that is too long", "subject-malformed", { subjects: ["u".repeat(65)] }],
    ["a subject with a line break", "subject-malformed", { subjects: [`${"u".repeat(20)}\n`] }],
  ])("denies %s: %s", (_, reason, changes) => {
    expect(reasonOf(decide(changes))).toBe(reason);
  });

  it("denies a client without a live key", () => {
    const agents = plainSources.agents.map((agent) => ({ ...agent, clients: ["keyless"] }));
    const clientCertPem = newLeaf(issuer, { names: [clientName("keyless")] });
    expect(reasonOf(decide({ clientCertPem }, { agents }))).toBe("key-unknown");
  });

  it("binds the subject as the contract does, and the client's id as the settings do", () => {
    const { parameters } = readContract().document.components;
    expect(parameters?.["Subject"]?.schema).toMatchObject({ pattern: SUBJECT_PATTERN });
    expect(parameters?.["OptionalSubject"]?.schema).toMatchObject({ pattern: SUBJECT_PATTERN });
    expect(z.toJSONSchema(identifier)).toMatchObject({
      pattern: CLIENT_ID_PATTERN,
      maxLength: MAX_CLIENT_ID_CHARACTERS,
    });
  });
});

describe("a scan is known by certificate and address together (B2.1, B2.2)", () => {
  const decideScan = (changes: Partial<AuthorizationRequest>, plain: Partial<PlainSources> = {}): Decision =>
    decide({ ...goodScan, ...changes }, plain);

  it.each(["203.0.113.0", "203.0.113.15", "::ffff:203.0.113.7", "2001:db8:77::1", "2001:DB8:77:0:ffff::"])(
    "the scans' client from %s, one of the scans' own addresses, is a scan",
    (sourceIp) => {
      expect(decideScan({ sourceIp })).toMatchObject({ effect: "allow", context: { traffic: "scan" } });
    },
  );

  it.each([
    ["the address before the first", "203.0.112.255"],
    ["the address after the last", "203.0.113.16"],
    ["the next network", "2001:db8:78::1"],
    ["a private address", "10.0.0.1"],
    ["none", ""],
    ["a network", "203.0.113.0/28"],
    ["two addresses", "203.0.113.7, 192.0.2.1"],
    ["one with a space", " 203.0.113.7"],
    ["one with a line break", "203.0.113.7\n"],
    ["one with a zero before it", "203.0.113.07"],
    ["one with a port", "203.0.113.7:443"],
    ["a name", "localhost"],
    ["a number", "3405803783"],
  ])("the scans' client is refused from any other place: %s", (_, sourceIp) => {
    expect(reasonOf(decideScan({ sourceIp }))).toBe("address-not-scans");
  });

  it("another client's request from the scans' address is that client's, and so is one without any address", () => {
    for (const sourceIp of [goodScan.sourceIp, "", "not an address"]) {
      expect(decide({ sourceIp })).toMatchObject({ effect: "allow", context: { traffic: "client" } });
    }
  });

  it.each<[string, DenyReason, Partial<AuthorizationRequest>]>([
    ["an expired certificate", "certificate-expired", { clientCertPem: expiredScan() }],
    ["no certificate", "certificate-missing", { clientCertPem: "" }],
    [
      "an agent that does not list it",
      "client-not-allowed",
      { domain: "vision-01.staging.example.com", route: "POST /vision" },
    ],
    ["another route", "route-not-served", { route: "POST /vision" }],
    ["another client's key", "key-unknown", { apiKeys: [apiKeys["web-app"]] }],
    ["no key", "key-missing", { apiKeys: [] }],
    ["a subject of another form", "subject-malformed", { subjects: ["jane.doe@example.com"] }],
  ])("is exempt from no check: %s denies it as everybody", (_, reason, changes) => {
    expect(reasonOf(decideScan(changes))).toBe(reason);
  });

  it("denies once its certificate is revoked", () => {
    const revocation = {
      ...plainSources.revocation,
      revoked: [{ issuerKeyId: issuer.keyId, serial: "c0ffee" }],
    };
    expect(reasonOf(decideScan({}, { revocation }))).toBe("certificate-revoked");
  });
});

function expiredScan(): string {
  return newLeaf(issuer, { names: [clientName("scanner")], notAfterMs: nowMs - 1_000 });
}

describe("whatever is asked", () => {
  it("denies when a source throws, and says so", () => {
    const broken = {
      ...sources,
      agents: {
        get: () => {
          throw new RangeError("no table");
        },
      } as unknown as typeof sources.agents,
    };
    expect(authorize(goodRequest, broken, nowMs)).toMatchObject({ effect: "deny", reason: "fault" });
  });

  it("never throws, and allows only when every part is the good one", () => {
    const other = <K extends keyof AuthorizationRequest>(key: K): fc.Arbitrary<unknown> =>
      fc.oneof(
        { weight: 3, arbitrary: fc.constant<unknown>(goodRequest[key]) },
        {
          weight: 1,
          arbitrary: fc.oneof(fc.anything(), fc.string(), fc.array(fc.string(), { maxLength: 3 })),
        },
      );
    const pem = fc.oneof(
      fc.constant(leaf),
      fc.constantFrom("", newLeaf(newAuthority(ISSUER_NAME)), newLeaf(issuer, { notAfterMs: nowMs - 1_000 })),
      fc.anything(),
    );
    let allowed = 0;
    fc.assert(
      fc.property(
        fc.record({
          correlationId: fc.constant(ownCorrelationId),
          domain: other("domain"),
          route: other("route"),
          clientCertPem: pem,
          apiKeys: other("apiKeys"),
          subjects: other("subjects"),
          sourceIp: other("sourceIp"),
        }),
        (request) => {
          const decision = authorize(request as AuthorizationRequest, sources, nowMs);
          if (decision.effect === "deny") return;
          allowed += 1;
          const { subjects, sourceIp } = goodRequest;
          expect({ ...request, subjects, sourceIp }).toEqual(goodRequest);
          const { subject, traffic } = decision.context;
          expect(traffic).toBe("client");
          expect(subject === undefined || new RegExp(SUBJECT_PATTERN).test(subject)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
    expect(allowed).toBeGreaterThan(0);
  });
});

describe("sources", () => {
  it.each<[string, RegExp, Partial<PlainSources>]>([
    ["no issuer", /at least one/, { issuersPem: [] }],
    ["a leaf as issuer", /name the issuer, not a leaf/, { issuersPem: [leaf] }],
    [
      "two agents on one domain",
      /agents: got one twice/,
      { agents: [...plainSources.agents, ...plainSources.agents] },
    ],
    [
      "a client twice",
      /clients: got one twice/,
      { clients: [...plainSources.clients, ...plainSources.clients] },
    ],
    [
      "a key instead of its digest",
      /store the key's SHA-256/,
      { clients: [{ clientId: "web-app", keyDigests: [apiKeys["web-app"]] }] },
    ],
    [
      "a revoked serial number with colons",
      /without colons/,
      { revocation: { ...plainSources.revocation, revoked: [{ issuerKeyId: "ab", serial: "c0:ff:ee" }] } },
    ],
    [
      "a list without a time",
      /date the list/,
      { revocation: { ...plainSources.revocation, issuedAtMs: Number.NaN } },
    ],
    [
      "no age at all",
      /confirm the list more often/,
      { revocation: { ...plainSources.revocation, maxAgeMs: Number.NaN } },
    ],
    ...[
      { what: "no address of the scans", addresses: [] },
      { what: "an address without a prefix", addresses: ["203.0.113.7"] },
      { what: "a name as address", addresses: ["scans.example.com/32"] },
      { what: "everybody's addresses", addresses: ["0.0.0.0/0"] },
      { what: "a prefix that is too long", addresses: ["203.0.113.7/33"] },
    ].map(({ what, addresses }): [string, RegExp, Partial<PlainSources>] => [
      what,
      /scans' addresses: got/,
      { scanning: { clientId: "scanner", addresses } },
    ]),
  ])("are refused with %s", (_, message, changes) => {
    expect(() => prepareSources({ ...plainSources, ...changes })).toThrow(message);
  });

  it("never say a key in their refusal", () => {
    const clients = [{ clientId: "web-app", keyDigests: [apiKeys["web-app"]] }];
    expect(() => prepareSources({ ...plainSources, clients })).not.toThrow(new RegExp(apiKeys["web-app"]));
  });
});
