import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/**
 * Makes X.509 certificates (RFC 5280) for tests: node:crypto reads them but writes none. Elliptic keys, SHA-256.
 */
export interface CertificateRequest {
  readonly subject: string;
  /** DNS names; none for an authority. */
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** @default signs itself */
  readonly issuer?: Certificate;
}

export interface Certificate {
  readonly subject: string;
  /** PEM */
  readonly cert: string;
  /** PEM, PKCS #8 */
  readonly key: string;
}

const day = 86_400_000;

export function makeCertificate(request: CertificateRequest): Certificate {
  const { subject, names = [], issuer } = request;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const isAuthority = names.length === 0;
  const extensions = [
    extension([2, 5, 29, 19], sequence(...(isAuthority ? [boolean(true)] : [])), true),
    ...(isAuthority
      ? []
      : [extension([2, 5, 29, 17], sequence(...names.map((name) => der(0x82, Buffer.from(name)))))]),
  ];
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer?.subject ?? subject),
    sequence(
      time(request.notBefore ?? new Date(Date.now() - day)),
      time(request.notAfter ?? new Date(Date.now() + day)),
    ),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signer: KeyObject = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const signature = sign("sha256", body, signer);
  const certificate = sequence(
    body,
    ecdsaWithSha256,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    subject,
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function der(tag: number, content: Buffer): Buffer {
  const size = content.byteLength;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
const time = (date: Date): Buffer => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));

function objectId([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const base128 = (value: number): number[] =>
    value < 0x80 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f];
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

const ecdsaWithSha256 = sequence(objectId([1, 2, 840, 10045, 4, 3, 2]));

const distinguishedName = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(objectId([2, 5, 4, 3]), der(0x0c, Buffer.from(commonName)))));

const extension = (id: readonly number[], value: Buffer, critical = false): Buffer =>
  sequence(objectId(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
