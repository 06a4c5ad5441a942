import { X509Certificate } from "node:crypto";
import {
  KEY_CERT_SIGN,
  MalformedCertificate,
  readCertificate,
  SIGNATURE_ALGORITHMS,
} from "../functions/authorizer/certificate";
import type { Problem } from "../shared/problem";
import type { Generation, TrustSettings } from "./trust.schema";

type Imported = Extract<Generation, { state: "introduced" }>["imported"] & {};
type Part = keyof Imported;

/** Each part, and the one that signed it. */
const signedBy: Readonly<Record<Part, Part>> = {
  rootPem: "rootPem",
  clientsIssuerPem: "rootPem",
  servicesIssuerPem: "rootPem",
};
const MIN_RSA_BITS = 2_048;
const CURVES: readonly string[] = ["prime256v1", "secp384r1"];

/**
 * What the gateway or the authorizer would refuse of authorities that were made elsewhere, before anything trusts them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 *
 * @param nowMs milliseconds since the epoch
 */
export function checkImportedAuthorities({ generations }: TrustSettings, nowMs: number): Problem[] {
  return generations.flatMap((generation, i) =>
    generation.state === "issuing" || generation.imported === undefined
      ? []
      : checkImported(generation.imported, `trust.generations[${i}].imported`, nowMs),
  );
}

function checkImported(imported: Imported, place: string, nowMs: number): Problem[] {
  const parts = Object.keys(signedBy) as Part[];
  const read = new Map(parts.map((part) => [part, certificateOf(imported[part])]));
  const same = parts.filter((part, i) =>
    parts.some((other, j) => j < i && imported[other].trim() === imported[part].trim()),
  );
  return parts.flatMap((part): Problem[] => {
    const path = `${place}.${part}`;
    const certificate = read.get(part);
    if (certificate === undefined) {
      return [
        {
          path,
          got: "a certificate that OpenSSL or the authorizer can't read",
          allowed: "an X.509 version 3 certificate in PEM",
          fix: `export it again: openssl x509 -in <file> -outform pem`,
        },
      ];
    }
    if (same.includes(part)) {
      return [
        {
          path,
          got: "the certificate of another part",
          allowed: "three certificates: a root, and below it an issuer for clients and one for services",
          fix: "give each use an issuer of its own: the authorizer must not believe a root",
        },
      ];
    }
    const issuer = read.get(signedBy[part]);
    const fault = faultOf(certificate, issuer, nowMs);
    return fault === undefined ? [] : [{ path, ...fault }];
  });
}

interface Authority {
  readonly x509: X509Certificate;
  readonly signatureAlgorithm: string;
  readonly isAuthority: boolean;
  readonly subjectKeyId: string | undefined;
  readonly keyUsage: number | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

function certificateOf(pem: string): Authority | undefined {
  try {
    return readCertificate(pem);
  } catch (error) {
    if (error instanceof MalformedCertificate) return undefined;
    throw error;
  }
}

function faultOf(
  certificate: Authority,
  issuer: Authority | undefined,
  nowMs: number,
): Omit<Problem, "path"> | undefined {
  const { x509, notBeforeMs, notAfterMs } = certificate;
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  // The authorizer demands both of an issuer, and without one good issuer of all it would let in nobody.
  const signs = certificate.keyUsage !== undefined && (certificate.keyUsage & KEY_CERT_SIGN) !== 0;
  if (certificate.isAuthority && (!signs || certificate.subjectKeyId === undefined)) {
    return {
      got: signs
        ? "an authority without a subject key identifier"
        : "an authority without the key usage keyCertSign",
      allowed:
        "an authority with both: the authorizer knows an issuer by its key, and takes none that may not sign",
      fix: "have it issued again with keyUsage = keyCertSign and subjectKeyIdentifier = hash",
    };
  }
  if (!certificate.isAuthority || !x509.ca) {
    return {
      got: "a certificate that may not sign others",
      allowed: "an authority's: basic constraints with CA:TRUE",
      fix: "paste the authority's certificate, not one that it signed",
    };
  }
  if (notAfterMs <= nowMs) {
    return {
      got: `an authority that expired on ${day(notAfterMs)}`,
      allowed: "one that is in force",
      fix: "remove the generation: nothing that it signed is accepted any more",
    };
  }
  if (notBeforeMs > nowMs) {
    return {
      got: `an authority that is valid from ${day(notBeforeMs)} on`,
      allowed: "one that is in force",
      fix: "introduce it when it is valid, or have it issued again",
    };
  }
  if (!SIGNATURE_ALGORITHMS.has(certificate.signatureAlgorithm)) {
    return {
      got: "a signature of another digest",
      allowed: "ECDSA or RSA with SHA-256, SHA-384 or SHA-512",
      fix: "have it signed again: the gateway refuses weaker ones",
    };
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
  const strong =
    (type === "rsa" && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) ||
    (type === "ec" && CURVES.includes(details?.namedCurve ?? ""));
  if (!strong) {
    return {
      got: `a key of ${type} ${details?.modulusLength ?? details?.namedCurve ?? ""}`.trim(),
      allowed: `ECDSA on P-256 or P-384, or RSA with ${MIN_RSA_BITS} bits or more`,
      fix: "make the authority anew with a stronger key",
    };
  }
  // Without a readable issuer its own line says why; nothing can be said of the signature.
  if (issuer !== undefined && !(x509.checkIssued(issuer.x509) && x509.verify(issuer.x509.publicKey))) {
    return {
      got: "a certificate that another key than rootPem's signed",
      allowed: "rootPem signed by itself, and both issuers signed by rootPem",
      fix: "paste the three certificates of one authority",
    };
  }
  return undefined;
}
