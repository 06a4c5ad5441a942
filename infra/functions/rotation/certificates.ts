import { readFacts, readStrictly } from "../pki/certificateFacts";
import type { Issuer } from "../pki/issuer";
import { certificatesIn } from "../pki/pem";
import { parseFields } from "./json";
import { ensure, RotationProblem } from "./problem";
import { CURRENT, versionWith, type SecretStore } from "./secretStore";

/** A certificate, those of its issuers behind it, and its key: the value of a secret. */
export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export function parseCertificateAndKey(text: string): CertificateAndKey {
  const { certificatePem, privateKeyPem } = parseFields(text, {
    certificatePem: "string",
    privateKeyPem: "string",
  });
  return { certificatePem: String(certificatePem), privateKeyPem: String(privateKeyPem) };
}

/** The issuer whose secret the configuration names. */
export async function readIssuerSecret(secrets: SecretStore, secretName: string): Promise<Issuer> {
  const version = versionWith(await secrets.describe(secretName), CURRENT);
  const text = version === undefined ? undefined : await secrets.read(secretName, version);
  ensure(
    text !== undefined,
    `issuer's secret ${secretName}`,
    "no value",
    "the issuing generation's certificate and key",
    "let the program seed it",
  );
  return parseCertificateAndKey(text);
}

/** The leaf of a chain. */
export function leafOf(certificatePem: string): string {
  const [leaf] = certificatesIn(certificatePem);
  if (leaf !== undefined) return leaf;
  throw new RotationProblem("a certificate", "none", "a leaf in PEM", "seed the secret in its kind's form");
}

export const endOf = (certificatePem: string): number => readFacts("leaf", leafOf(certificatePem)).notAfterMs;

/** Longer than any of ours: leaf, issuer, root. */
const MOST_STEPS = 4;

/**
 * Whether a leaf is signed by issuers that lead to a trusted root, all of them in force.
 *
 * @param trustedPems certificates one after another; roots are those that sign themselves
 * @throws RotationProblem, PkiProblem
 */
export function verifyChain(what: string, certificatePem: string, trustedPems: string, nowMs: number): void {
  const [leaf = "", ...others] = certificatesIn(certificatePem);
  const trusted = certificatesIn(trustedPems).map((pem) => readStrictly(`${what}: trusted`, pem));
  const roots = trusted.filter(({ x509 }) => x509.verify(x509.publicKey));
  const issuers = others.map((pem) => readStrictly(`${what}: issuer`, pem));
  let at = readStrictly(what, leaf);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    ensure(
      nowMs >= at.notBeforeMs && nowMs <= at.notAfterMs,
      what,
      `a certificate (serial ${at.serial}) that is not in force`,
      "a chain in force from leaf to root",
      "issue from a generation that is in force",
    );
    const child = at;
    const signs = ({ x509, isAuthority, subject }: typeof at): boolean =>
      isAuthority && subject === child.issuer && child.x509.verify(x509.publicKey);
    const root = roots.find(signs);
    if (root !== undefined && nowMs >= root.notBeforeMs && nowMs <= root.notAfterMs) return;
    const next = issuers.find(signs);
    ensure(
      next !== undefined,
      what,
      "a chain that leads to no trusted root in force",
      "an issuer whose root is among the trusted ones",
      "name the issuing generation in the configuration, and trust it first",
    );
    at = next;
  }
  throw new RotationProblem(what, "a chain without an end", `${MOST_STEPS} steps at most`, "issue it anew");
}
