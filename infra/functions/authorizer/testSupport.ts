import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { asUuid, type Uuid } from "../correlation/correlation";
import { CLIENT_AUTH, DIGITAL_SIGNATURE, KEY_CERT_SIGN } from "./certificate";
import { CLIENT_URI_PREFIX, type AuthorizationRequest } from "./authorizerRules";
import type { PlainSources } from "./sources";

/**
 * Real certificates, written byte by byte, so that a test can also ask for one that no authority's software would sign.
 * OpenSSL reads them all, which keeps this writer honest.
 */

const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
};
const sequence = (...contents: readonly Buffer[]): Buffer => der(0x30, ...contents);
const fromHex = (text: string): Buffer => Buffer.from(text, "hex");
const objectId = (content: string): Buffer => der(0x06, fromHex(content));
const TRUE = der(0x01, Buffer.from([0xff]));

export const SERVER_AUTH = "2b06010505070301";
export const SHA256_ECDSA = "2a8648ce3d040302";
export const SHA1_ECDSA = "2a8648ce3d0401";

export interface Name {
  readonly type: "uri" | "dns" | "email";
  readonly value: string;
}
const nameTags = { email: 0x81, dns: 0x82, uri: 0x86 } as const;

const commonName = (text: string): Buffer =>
  sequence(der(0x31, sequence(objectId("550403"), der(0x0c, Buffer.from(text)))));

/** UTCTime up to 2049, GeneralizedTime after it. */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

export const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(objectId(id), ...(critical ? [TRUE] : []), der(0x04, value));
export const namesExtension = (names: readonly Name[]): Buffer =>
  extension("551d11", sequence(...names.map(({ type, value }) => der(nameTags[type], Buffer.from(value)))));

export interface CertificateForm {
  readonly issuer: Authority;
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Hex. */
  readonly serial: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly isAuthority: boolean;
  /** Undefined leaves the extension out, here and below. */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly names: readonly Name[] | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly signatureAlgorithm: string;
  /** Whole extensions to add as they are. */
  readonly more: readonly Buffer[];
}

export interface Authority {
  readonly name: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly pem: string;
}

const pemOf = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;

export function writeCertificate(form: CertificateForm): string {
  const algorithm = sequence(objectId(form.signatureAlgorithm));
  const extensions = [
    ...(form.isAuthority ? [extension("551d13", sequence(TRUE), true)] : []),
    ...(form.keyUsage === undefined
      ? []
      : [extension("551d0f", der(0x03, Buffer.from([0, form.keyUsage])), true)]),
    ...(form.extendedKeyUsage === undefined
      ? []
      : [extension("551d25", sequence(...form.extendedKeyUsage.map(objectId)))]),
    ...(form.names === undefined ? [] : [namesExtension(form.names)]),
    ...(form.subjectKeyId === undefined ? [] : [extension("551d0e", der(0x04, fromHex(form.subjectKeyId)))]),
    ...(form.authorityKeyId === undefined
      ? []
      : [extension("551d23", sequence(der(0x80, fromHex(form.authorityKeyId))))]),
    ...form.more,
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, fromHex(form.serial)),
    algorithm,
    commonName(form.issuer.name),
    sequence(time(form.notBeforeMs), time(form.notAfterMs)),
    commonName(form.subject),
    form.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const digest = form.signatureAlgorithm === SHA1_ECDSA ? "sha1" : "sha256";
  const signature = sign(digest, body, form.issuer.privateKey);
  return pemOf(sequence(body, algorithm, der(0x03, Buffer.from([0]), signature)));
}

const DAY_MS = 86_400_000;
/** 2026-11-22, noon. */
export const nowMs = Date.UTC(2026, 10, 22, 12);

const newKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A self-signed authority. A foreign one may carry the same name, and even the same key id. */
export function newAuthority(name: string, changes: Partial<CertificateForm> = {}): Authority {
  const { publicKey, privateKey } = newKeys();
  const keyId =
    changes.subjectKeyId ??
    createHash("sha1")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex");
  const self = { name, keyId, privateKey, pem: "" };
  const pem = writeCertificate({
    issuer: self,
    subject: name,
    publicKey,
    serial: "01",
    notBeforeMs: nowMs - 30 * DAY_MS,
    notAfterMs: nowMs + 365 * DAY_MS,
    isAuthority: true,
    keyUsage: KEY_CERT_SIGN | 0x02,
    extendedKeyUsage: undefined,
    names: undefined,
    subjectKeyId: keyId,
    authorityKeyId: undefined,
    signatureAlgorithm: SHA256_ECDSA,
    more: [],
    ...changes,
  });
  return { ...self, pem };
}

const leafKeys = newKeys();

/** A client's leaf as it should be, save for what is changed. */
export function newLeaf(issuer: Authority, changes: Partial<CertificateForm> = {}): string {
  return writeCertificate({
    issuer,
    subject: "client",
    publicKey: leafKeys.publicKey,
    serial: "00c0ffee",
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + 6 * DAY_MS,
    isAuthority: false,
    keyUsage: DIGITAL_SIGNATURE,
    extendedKeyUsage: [CLIENT_AUTH],
    names: [clientName("web-app")],
    subjectKeyId: undefined,
    authorityKeyId: issuer.keyId,
    signatureAlgorithm: SHA256_ECDSA,
    more: [],
    ...changes,
  });
}

export const clientName = (clientId: string): Name => ({
  type: "uri",
  value: `${CLIENT_URI_PREFIX}${clientId}`,
});

export const ISSUER_NAME = "Fase B clients' issuer";
export const issuer = newAuthority(ISSUER_NAME);

export const apiKeys = {
  "web-app": "k".repeat(40),
  "qa-security": "q".repeat(40),
  next: "n".repeat(40),
  scanner: "s".repeat(40),
} as const;
export const digestOf = (apiKey: string): string => createHash("sha256").update(apiKey).digest("hex");

export const plainSources: PlainSources = {
  issuersPem: [issuer.pem],
  revocation: { issuedAtMs: nowMs - 60_000, maxAgeMs: 3_600_000, revoked: [] },
  agents: [
    {
      domain: "chat-01.staging.example.com",
      routes: ["POST /chat"],
      clients: ["web-app", "qa-security", "scanner"],
    },
    { domain: "vision-01.staging.example.com", routes: ["POST /vision"], clients: ["qa-security"] },
  ],
  clients: [
    { clientId: "web-app", keyDigests: [digestOf(apiKeys["web-app"]), digestOf(apiKeys.next)] },
    { clientId: "qa-security", keyDigests: [digestOf(apiKeys["qa-security"])] },
    { clientId: "keyless", keyDigests: [] },
    { clientId: "scanner", keyDigests: [digestOf(apiKeys.scanner)] },
  ],
  scanning: { clientId: "scanner", addresses: ["203.0.113.0/28", "2001:db8:77::/64"] },
};

export function uuid(text: string): Uuid {
  const id = asUuid(text);
  if (id === undefined) throw new Error(`${text} is no UUID`);
  return id;
}

export const ownCorrelationId = uuid("0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f");
export const leaf = newLeaf(issuer);

/** A request that is let through. */
export const goodRequest: AuthorizationRequest = {
  correlationId: ownCorrelationId,
  domain: "chat-01.staging.example.com",
  route: "POST /chat",
  clientCertPem: leaf,
  apiKeys: [apiKeys["web-app"]],
  subjects: ["u_7f3b2c9a1d4e4f60"],
  sourceIp: "192.0.2.1",
};

/** The same of a scan, which is let through too. */
export const goodScan: AuthorizationRequest = {
  ...goodRequest,
  clientCertPem: newLeaf(issuer, { names: [clientName("scanner")] }),
  apiKeys: [apiKeys.scanner],
  sourceIp: "203.0.113.7",
};

/** What the gateway sends for that request. */
export function goodEvent() {
  return {
    type: "REQUEST",
    methodArn: "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/v1/POST/chat",
    resource: "/chat",
    path: "/chat",
    httpMethod: "POST",
    headers: {
      "X-Api-Key": String(apiKeys["web-app"]),
      "X-Correlation-Id": String(ownCorrelationId),
      "X-Subject": "u_7f3b2c9a1d4e4f60",
    },
    multiValueHeaders: {
      "X-Api-Key": [String(apiKeys["web-app"])],
      "X-Correlation-Id": [String(ownCorrelationId)],
      "X-Subject": ["u_7f3b2c9a1d4e4f60"],
    },
    pathParameters: {},
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    stageVariables: {},
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdef1234",
      domainName: "chat-01.staging.example.com",
      domainPrefix: "chat-01",
      extendedRequestId: "JJbxmplHFiAFk4A=",
      httpMethod: "POST",
      identity: {
        apiKey: String(apiKeys["web-app"]),
        apiKeyId: "0123456789",
        clientCert: {
          clientCertPem: leaf,
          issuerDN: `CN=${ISSUER_NAME}`,
          serialNumber: "12648430",
          subjectDN: "CN=client",
          validity: { notBefore: "Nov 21 12:00:00 2026 GMT", notAfter: "Nov 28 12:00:00 2026 GMT" },
        },
        sourceIp: "192.0.2.1",
        userAgent: "curl/8",
      },
      path: "/chat",
      protocol: "HTTP/1.1",
      requestId: "c6af9ac6-7b61-4e4f-8f3a-1f2d3c4b5a69",
      requestTimeEpoch: nowMs,
      resourceId: "abc123",
      resourcePath: "/chat",
      stage: "v1",
    },
  };
}
