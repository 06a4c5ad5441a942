import type { KeyObject } from "node:crypto";
import type { Certificate } from "../authorizer/certificate";
import { checkKeyMatches, readFacts, readStrictly } from "./certificateFacts";
import { checkStrength, readPrivateKey } from "./keys";
import { PkiProblem } from "./pkiProblem";

/** Who signs. The key may be of any form that OpenSSL reads. */
export interface Issuer {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** An issuer that was checked. */
export interface ReadyIssuer {
  readonly certificate: Certificate;
  /** Lower-case hex. */
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/**
 * Checks that an issuer may sign: an authority with the right to, whose key is its own and strong.
 *
 * @throws PkiProblem
 */
export function readIssuer({ certificatePem, privateKeyPem }: Issuer): ReadyIssuer {
  const what = "issuer";
  const { signsCertificates, subjectKeyId } = readFacts(what, certificatePem);
  if (!signsCertificates || subjectKeyId === undefined)
    throw new PkiProblem({
      what,
      got: "a certificate that may not sign others",
      allowed: "an authority with the key usage keyCertSign, a key id, and SHA-256 or better",
      fix: "name the issuer, not a leaf",
    });
  checkKeyMatches(what, certificatePem, privateKeyPem);
  const privateKey = readPrivateKey(what, privateKeyPem);
  checkStrength(`${what}: key`, privateKey);
  return { certificate: readStrictly(what, certificatePem), keyId: subjectKeyId, privateKey };
}

/** @throws PkiProblem when the issuer's certificate is not in force at that time */
export function checkInForce({ certificatePem }: Issuer, nowMs: number): void {
  const { notBeforeMs, notAfterMs } = readFacts("issuer", certificatePem);
  if (nowMs >= notBeforeMs && nowMs <= notAfterMs) return;
  throw new PkiProblem({
    what: "issuer",
    got:
      nowMs > notAfterMs
        ? `one that expired on ${iso(notAfterMs)}`
        : `one that begins on ${iso(notBeforeMs)}`,
    allowed: `an issuer in force on ${iso(nowMs)}`,
    fix: "issue from a generation that is in force",
  });
}

/** A leaf that outlives its issuer would be refused one day while its owner reads that it is good. */
export function checkLifetime(
  { certificate }: ReadyIssuer,
  { notBeforeMs, notAfterMs }: { readonly notBeforeMs: number; readonly notAfterMs: number },
): void {
  if (!(notAfterMs > notBeforeMs))
    throw new PkiProblem({
      what: "leaf",
      got: `an end, ${iso(notAfterMs)}, that is not after its beginning, ${iso(notBeforeMs)}`,
      allowed: "a lifetime of at least a second",
      fix: "give it the lifetime of the settings",
    });
  if (notAfterMs > certificate.notAfterMs)
    throw new PkiProblem({
      what: "leaf",
      got: `an end, ${iso(notAfterMs)}, after its issuer's, ${iso(certificate.notAfterMs)}`,
      allowed: "a leaf that ends with its issuer or before",
      fix: "issue from the next generation, or give it a shorter lifetime",
    });
}

const iso = (ms: number): string =>
  Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
