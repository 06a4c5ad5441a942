import { createHash } from "node:crypto";
import { authorize } from "../authorizer/authorizerRules";
import type { DenyReason } from "../authorizer/denyReasons";
import { prepareSources, revocationId } from "../authorizer/sources";
import { certificatesRecordId, ISSUERS_ID, REVOCATION_ID } from "../authorizer/trustRecordIds";
import { correlationId } from "../correlation/correlation";
import { readFacts } from "../pki/certificateFacts";
import type { Issuer } from "../pki/issuer";
import { newKey } from "../pki/keys";
import { issueClientLeaf, type Validity } from "../pki/leaf";
import { certificatesIn } from "../pki/pem";
import { leafOf, type CertificateAndKey } from "./certificates";
import { ISSUED, issuedText, parseIssued, REVOKED, type IssuedCertificate } from "./issuedCertificates";
import { textsOf, type TrustTable } from "./trustTable";

/*
 * What the rotations share that give a client its certificate: issuing it, recording it, trying it by the authorizer's own rules.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Whose clock is behind believes it too. */
export const CLOCK_DIFFERENCE_MS = 5 * MINUTE_MS;

/** A new key, and the client's leaf for it with its issuer behind it. */
export async function newClientPair(
  issuer: Issuer,
  clientId: string,
  validity: Validity,
): Promise<CertificateAndKey> {
  const { privateKeyPem, publicKeyPem } = await newKey();
  const { certificatePem } = await issueClientLeaf(issuer, { publicKeyPem, clientId, ...validity });
  return { certificatePem: `${certificatePem}${issuer.certificatePem}`, privateKeyPem };
}

const factsOf = ({ certificatePem }: CertificateAndKey): IssuedCertificate => {
  const { issuerKeyId = "", serial, notAfterMs } = readFacts("leaf", leafOf(certificatePem));
  return { issuerKeyId, serial, notAfterMs };
};
export const revokedOf = (pair: CertificateAndKey): string => revocationId(factsOf(pair));

/** Says in the table what was issued to a client. */
export const recordIssued = (
  trust: TrustTable,
  clientId: string,
  pairs: readonly CertificateAndKey[],
): Promise<void> =>
  trust.add(
    certificatesRecordId(clientId),
    ISSUED,
    pairs.map((pair) => issuedText(factsOf(pair))),
    true,
  );

/** What stands in a client's record and ended more than a day ago. */
export async function endedOf(
  trust: TrustTable,
  clientId: string,
  nowMs: number,
): Promise<readonly { readonly text: string; readonly issued: IssuedCertificate }[]> {
  return [...textsOf(await trust.item(certificatesRecordId(clientId)), ISSUED)].flatMap((text) => {
    const issued = parseIssued(text);
    return issued !== undefined && issued.notAfterMs < nowMs - DAY_MS ? [{ text, issued }] : [];
  });
}

/** Takes entries out of a client's record, so that it can't grow for ever. */
export const forgetIssued = (trust: TrustTable, clientId: string, texts: readonly string[]): Promise<void> =>
  trust.remove(certificatesRecordId(clientId), ISSUED, texts);

const DOMAIN = "tried.example.com";
const ROUTE = "GET /";
const KEY = "any key will do: only the certificate is judged here";
/** Who is a scan is judged by its address as well, which no certificate says: here it calls from where it may. */
const ADDRESS = "192.0.2.1";

/**
 * How the authorizer would judge this client's certificates by what stands in the table now, at a place that says nothing but yes.
 *
 * @returns the reason of a refusal; undefined for who is let in
 */
export async function authorizerOf(
  trust: TrustTable,
  clientId: string,
  nowMs: number,
): Promise<(pair: CertificateAndKey) => DenyReason | undefined> {
  const pems = (await trust.item(ISSUERS_ID))?.["pems"];
  const revoked = [...textsOf(await trust.item(REVOCATION_ID), REVOKED)].map((text) => {
    const [issuerKeyId = "", serial = ""] = text.split(":");
    return { issuerKeyId, serial };
  });
  const sources = prepareSources({
    issuersPem: certificatesIn(typeof pems === "string" ? pems : ""),
    revocation: { issuedAtMs: nowMs, maxAgeMs: MINUTE_MS, revoked },
    agents: [{ domain: DOMAIN, routes: [ROUTE], clients: [clientId] }],
    clients: [{ clientId, keyDigests: [createHash("sha256").update(KEY).digest("hex")] }],
    scanning: { clientId, addresses: [`${ADDRESS}/32`] },
  });
  return ({ certificatePem }) => {
    const decision = authorize(
      {
        correlationId: correlationId([]),
        route: ROUTE,
        domain: DOMAIN,
        clientCertPem: leafOf(certificatePem),
        apiKeys: [KEY],
        subjects: [],
        sourceIp: ADDRESS,
      },
      sources,
      nowMs,
    );
    return decision.effect === "deny" ? decision.reason : undefined;
  };
}
