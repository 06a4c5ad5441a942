import {
  KEY_CERT_SIGN,
  MalformedCertificate,
  readCertificate,
  SIGNATURE_ALGORITHMS,
  type Certificate,
} from "../authorizer/certificate";
import { readPrivateKey } from "./keys";
import { PkiProblem } from "./pkiProblem";

/** What a certificate says, as far as anybody here asks. Identifiers are lower-case hex. */
export interface CertificateFacts {
  /** Without leading zeros. */
  readonly serial: string;
  /** Key id of the issuer; undefined where the certificate does not say it. */
  readonly issuerKeyId: string | undefined;
  readonly subjectKeyId: string | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly isAuthority: boolean;
  /** May sign certificates, and says so with a digest of today. */
  readonly signsCertificates: boolean;
  /** SPKI */
  readonly publicKeyPem: string;
  /** The URIs among its names. */
  readonly uris: readonly string[];
}

/** @throws PkiProblem when the text is not exactly one certificate in PEM */
export function readFacts(what: string, pem: string): CertificateFacts {
  const certificate = readStrictly(what, pem);
  const { serial, authorityKeyId, subjectKeyId, notBeforeMs, notAfterMs, isAuthority } = certificate;
  return {
    serial,
    issuerKeyId: authorityKeyId,
    subjectKeyId,
    notBeforeMs,
    notAfterMs,
    isAuthority,
    signsCertificates:
      isAuthority &&
      ((certificate.keyUsage ?? 0) & KEY_CERT_SIGN) !== 0 &&
      SIGNATURE_ALGORITHMS.has(certificate.signatureAlgorithm),
    publicKeyPem: certificate.x509.publicKey.export({ type: "spki", format: "pem" }).toString(),
    uris: certificate.alternativeNames.flatMap(({ uri }) => (uri === undefined ? [] : [uri])),
  };
}

/** By the authorizer's own reader: what it would refuse is refused here. */
export function readStrictly(what: string, pem: string): Certificate {
  try {
    return readCertificate(pem);
  } catch (error) {
    if (!(error instanceof MalformedCertificate)) throw error;
    throw new PkiProblem(
      {
        what,
        got: `a text that is not read: ${error.message}`,
        allowed: "exactly one X.509 certificate in PEM",
        fix: "hand over the certificate as it was issued",
      },
      { cause: error },
    );
  }
}

/** @throws PkiProblem when the private key is not the certificate's */
export function checkKeyMatches(what: string, certificatePem: string, privateKeyPem: string): void {
  const { x509 } = readStrictly(`${what}: certificate`, certificatePem);
  if (x509.checkPrivateKey(readPrivateKey(`${what}: key`, privateKeyPem))) return;
  throw new PkiProblem({
    what,
    got: "a private key of another certificate",
    allowed: "the private key whose public key the certificate carries",
    fix: "hand over the two that were made together",
  });
}
