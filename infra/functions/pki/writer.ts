// The library decorates its classes.
import "reflect-metadata";
import { Name, X509Certificate, X509CertificateGenerator, type Extension } from "@peculiar/x509";
import { randomBytes } from "node:crypto";
import { readFacts } from "./certificateFacts";
import type { ReadyIssuer } from "./issuer";
import { digestOf, toSigningKey } from "./keys";
import { toPem } from "./pem";
import { PkiProblem } from "./pkiProblem";

/** A certificate that was made. Identifiers are lower-case hex, the serial without leading zeros. */
export interface Written {
  readonly certificatePem: string;
  readonly serial: string;
  readonly issuerKeyId: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface Body {
  /** Lower-case hex, without leading zeros. */
  readonly serial: string;
  readonly subject: Name;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly spki: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Certificates tell time in seconds. */
export const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

/**
 * 16 random bytes (RFC 5280, section 4.1.2.2: positive, 20 at most): the first bit says positive, the second that all
 * are there.
 */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

export const nameOf = (parts: { readonly CN: string; readonly O?: string }): Name =>
  new Name(Object.entries(parts).map(([type, value]) => ({ [type]: [{ utf8String: value }] })));

/** Writes a certificate and reads it back with the reader that will judge it. */
export async function certificateFrom(issuer: ReadyIssuer, body: Body): Promise<Written> {
  const made = await X509CertificateGenerator.create({
    subject: body.subject,
    // As the issuer's certificate encodes it, since names are compared byte for byte.
    issuer: new X509Certificate(issuer.certificate.x509.raw).subjectName,
    serialNumber: body.serial,
    notBefore: new Date(body.notBeforeMs),
    notAfter: new Date(body.notAfterMs),
    publicKey: body.spki,
    signingKey: await toSigningKey(issuer.privateKey),
    signingAlgorithm: { name: "ECDSA", hash: digestOf(issuer.privateKey) },
    extensions: [...body.extensions],
  });
  const certificatePem = toPem("CERTIFICATE", new Uint8Array(made.rawData));
  const facts = readFacts("what was issued", certificatePem);
  if (
    facts.serial !== body.serial ||
    facts.issuerKeyId !== issuer.keyId ||
    facts.notBeforeMs !== body.notBeforeMs ||
    facts.notAfterMs !== body.notAfterMs
  )
    throw new PkiProblem({
      what: "what was issued",
      got: "another certificate than was asked for",
      allowed: "serial number, issuer and times as asked for",
      fix: "hand out nothing of it; look at the library's version",
    });
  return {
    certificatePem,
    serial: body.serial,
    issuerKeyId: issuer.keyId,
    notBeforeMs: facts.notBeforeMs,
    notAfterMs: facts.notAfterMs,
  };
}
