import { X509Certificate } from "node:crypto";
import { derElement, DerError, DerSequence, expectTag, tags } from "./der";

/** What was presented is no certificate that this reader understands completely. */
export class MalformedCertificate extends Error {
  override readonly name = "MalformedCertificate";
}

/** The fields of an X.509 certificate (RFC 5280) that decide about a client. Identifiers are lower-case hex. */
export interface Certificate {
  /** OpenSSL's view of the same bytes: for signatures. */
  readonly x509: X509Certificate;
  /** Without leading zeros. */
  readonly serial: string;
  /** Content of the object identifier. */
  readonly signatureAlgorithm: string;
  /** Distinguished names as encoded, so that two are equal only byte for byte. */
  readonly issuer: string;
  readonly subject: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly isAuthority: boolean;
  readonly authorityKeyId: string | undefined;
  readonly subjectKeyId: string | undefined;
  /** First byte of the bits; undefined where the extension is missing. */
  readonly keyUsage: number | undefined;
  /** Contents of the object identifiers; empty where the extension is missing. */
  readonly extendedKeyUsage: readonly string[];
  /** Every name in the SAN; `uri` where it is one. */
  readonly alternativeNames: readonly { readonly uri: string | undefined }[];
}

/** An RSA-4096 leaf with a long chain of names takes less than 4 KiB. */
const MAX_PEM_CHARACTERS = 8_192;
/** One certificate, nothing before or after. */
const PEM = /^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----(?:\r?\n)?$/;
/** RFC 5280, section 4.1.2.2 */
const MAX_SERIAL_BYTES = 20;

const oid = {
  subjectKeyId: "551d0e",
  keyUsage: "551d0f",
  subjectAlternativeName: "551d11",
  basicConstraints: "551d13",
  authorityKeyId: "551d23",
  extendedKeyUsage: "551d25",
} as const;

/** The usage `clientAuth`, 1.3.6.1.5.5.7.3.2. */
export const CLIENT_AUTH = "2b06010505070302";
/** Bits of the key usage's first byte. */
export const DIGITAL_SIGNATURE = 0x80;
export const KEY_CERT_SIGN = 0x04;

/** ECDSA and RSA with SHA-256, SHA-384, SHA-512; weaker digests are refused. */
export const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set([
  "2a8648ce3d040302",
  "2a8648ce3d040303",
  "2a8648ce3d040304",
  "2a864886f70d01010b",
  "2a864886f70d01010c",
  "2a864886f70d01010d",
]);

const VERSION_3 = 2;
const contextConstructed = (number: number): number => 0xa0 | number;
const contextPrimitive = (number: number): number => 0x80 | number;
const URI_NAME = contextPrimitive(6);

/**
 * Reads one certificate in PEM. OpenSSL must understand it too; the extensions are read from the bytes, since the
 * runtime shows names as one text and no key usage.
 *
 * @throws MalformedCertificate
 */
export function readCertificate(pem: string): Certificate {
  const base64 = pem.length <= MAX_PEM_CHARACTERS ? PEM.exec(pem)?.[1] : undefined;
  if (base64 === undefined) throw new MalformedCertificate("not one certificate in PEM");
  const der = Buffer.from(base64, "base64");
  const x509 = parseByOpenSsl(der);
  if (!x509.raw.equals(der)) throw new MalformedCertificate("not DER");
  try {
    return { x509, ...readFields(der) };
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new MalformedCertificate(error.message, { cause: error });
  }
}

function parseByOpenSsl(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (error) {
    throw new MalformedCertificate("OpenSSL does not read it", { cause: error });
  }
}

function readFields(der: Buffer): Omit<Certificate, "x509"> {
  const certificate = DerSequence.of(derElement(der, tags.sequence));
  const body = DerSequence.of(certificate.take(tags.sequence));
  const outerAlgorithm = certificate.take(tags.sequence);
  certificate.take(tags.bitString);
  certificate.end();

  const version = derElement(body.take(contextConstructed(0)).content, tags.integer).content;
  if (version.length !== 1 || version[0] !== VERSION_3) throw new DerError("not a version 3 certificate");
  const serial = readSerial(body.take(tags.integer).content);
  const algorithm = body.take(tags.sequence);
  if (!algorithm.whole.equals(outerAlgorithm.whole)) throw new DerError("two signature algorithms");
  const issuer = hex(body.take(tags.sequence).whole);
  const validity = DerSequence.of(body.take(tags.sequence));
  const notBeforeMs = readTime(validity);
  const notAfterMs = readTime(validity);
  validity.end();
  const subject = hex(body.take(tags.sequence).whole);
  body.take(tags.sequence);
  const extensions = readExtensions(
    DerSequence.of(derElement(body.take(contextConstructed(3)).content, tags.sequence)),
  );
  body.end();

  return {
    serial,
    signatureAlgorithm: hex(DerSequence.of(algorithm).take(tags.objectId).content),
    issuer,
    subject,
    notBeforeMs,
    notAfterMs,
    ...extensions,
  };
}

type Extensions = Pick<
  Certificate,
  "isAuthority" | "authorityKeyId" | "subjectKeyId" | "keyUsage" | "extendedKeyUsage" | "alternativeNames"
>;

/** RFC 5280, section 4.2: none twice, and a critical one that is not understood refuses the certificate. */
function readExtensions(list: DerSequence): Extensions {
  const values = new Map<string, Buffer>();
  const known = new Set<string>(Object.values(oid));
  for (const element of list.rest()) {
    const extension = DerSequence.of(element);
    const id = hex(extension.take(tags.objectId).content);
    const critical = readBoolean(extension);
    const value = extension.take(tags.octetString).content;
    extension.end();
    if (values.has(id)) throw new DerError("an extension twice");
    if (critical && !known.has(id)) throw new DerError("a critical extension that is not known");
    values.set(id, value);
  }
  const sequenceOf = (id: string): DerSequence | undefined => {
    const value = values.get(id);
    return value === undefined ? undefined : DerSequence.of(derElement(value, tags.sequence));
  };

  const constraints = sequenceOf(oid.basicConstraints);
  const keyId = sequenceOf(oid.authorityKeyId)?.takeOptional(contextPrimitive(0))?.content;
  const subjectKeyId = values.get(oid.subjectKeyId);
  const keyUsage = values.get(oid.keyUsage);
  return {
    isAuthority: constraints !== undefined && readBoolean(constraints),
    authorityKeyId: keyId === undefined ? undefined : hex(keyId),
    subjectKeyId:
      subjectKeyId === undefined ? undefined : hex(derElement(subjectKeyId, tags.octetString).content),
    // The first byte of a BIT STRING counts the bits that are not used.
    keyUsage: keyUsage === undefined ? undefined : (derElement(keyUsage, tags.bitString).content[1] ?? 0),
    extendedKeyUsage: (sequenceOf(oid.extendedKeyUsage)?.rest() ?? []).map((usage) =>
      hex(expectTag(usage, tags.objectId).content),
    ),
    alternativeNames: (sequenceOf(oid.subjectAlternativeName)?.rest() ?? []).map((name) => ({
      uri: name.tag === URI_NAME ? name.content.toString("latin1") : undefined,
    })),
  };
}

const hex = (bytes: Buffer): string => bytes.toString("hex");

function readBoolean(sequence: DerSequence): boolean {
  const element = sequence.takeOptional(tags.boolean);
  if (element === undefined) return false;
  if (element.content.length !== 1) throw new DerError("a boolean of another length than 1");
  return element.content[0] !== 0;
}

function readSerial(content: Buffer): string {
  const first = content[0];
  if (first === undefined || content.length > MAX_SERIAL_BYTES || first >= 0x80) {
    throw new DerError("a serial number that is negative, empty or too long");
  }
  return normalSerial(hex(content));
}

/** A serial number in hex as it is compared: lower case, without leading zeros. */
export const normalSerial = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, "");

/** RFC 5280, section 4.1.2.5: UTC with seconds; two digits of a year mean 1950 to 2049. */
function readTime(validity: DerSequence): number {
  const element = validity.takeAny();
  const text = element.content.toString("latin1");
  const digits =
    element.tag === tags.utcTime && /^\d{12}Z$/.test(text)
      ? `${Number(text.slice(0, 2)) >= 50 ? "19" : "20"}${text}`
      : element.tag === tags.generalizedTime && /^\d{14}Z$/.test(text)
        ? text
        : undefined;
  const timeMs =
    digits === undefined
      ? Number.NaN
      : Date.parse(digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(timeMs)) throw new DerError("a time of another form");
  return timeMs;
}
