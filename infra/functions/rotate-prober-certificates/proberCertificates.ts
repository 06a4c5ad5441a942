import { createHash } from "node:crypto";
import { authorize } from "../authorizer/authorizerRules";
import type { DenyReason } from "../authorizer/denyReasons";
import { prepareSources, revocationId, type Sources } from "../authorizer/sources";
import { certificatesRecordId, ISSUERS_ID, REVOCATION_ID } from "../authorizer/trustRecordIds";
import { correlationId } from "../correlation/correlation";
import { newIssuer, newRoot } from "../pki/authorities";
import { checkKeyMatches, readFacts } from "../pki/certificateFacts";
import type { Issuer } from "../pki/issuer";
import { newKey } from "../pki/keys";
import { issueClientLeaf, type Leaf } from "../pki/leaf";
import { certificatesIn } from "../pki/pem";
import {
  endOf,
  leafOf,
  parseCertificateAndKey,
  readIssuerSecret,
  type CertificateAndKey,
} from "../rotation/certificates";
import type { Clock } from "../rotation/clock";
import { objectOf } from "../rotation/json";
import { ensure } from "../rotation/problem";
import type { Kind } from "../rotation/rotate";
import type { SecretStore } from "../rotation/secretStore";
import { ISSUED, issuedText, parseIssued, REVOKED } from "../rotation/issuedCertificates";
import { textsOf, type TrustTable } from "../rotation/trustTable";

export interface ProberCertificatesOptions {
  readonly secretName: string;
  /** The secret of the issuing generation's clients' issuer. */
  readonly issuerSecretName: string;
  /** The client that the prober is. */
  readonly proberId: string;
  readonly lifeMs: number;
  /** The longest time until the next rotation is due, its window included. */
  readonly nextRotationMs: number;
  readonly overlapMs: number;
  /** After so long every authorizer has read the table since: its refresh time, and the time-out of a reading. */
  readonly settleMs: number;
}

/** What the prober shows, and what must become of it. */
const EXPECTED = {
  good: undefined,
  expired: "certificate-expired",
  revoked: "certificate-revoked",
  foreign: "issuer-unknown",
} as const satisfies Readonly<Record<string, DenyReason | undefined>>;
type Role = keyof typeof EXPECTED;
const roles = ["good", "expired", "revoked", "foreign"] as const satisfies readonly Role[];

export type ProberCertificates = Readonly<Record<Role, CertificateAndKey>>;

export interface ProberCertificatesPorts {
  readonly secrets: SecretStore;
  readonly trust: TrustTable;
  readonly clock: Clock;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const CLOCK_DIFFERENCE_MS = 5 * MINUTE_MS;
/** When rotations stop, the revoked one is refused in TLS while the good one still shows that the door is not shut. */
const REVOKED_ENDS_EARLIER_MS = DAY_MS;

/**
 * The prober's certificates: one that is let in, and three that are refused, each for its own reason.
 *
 * @throws RangeError for lives that could never reach from one rotation to the next
 */
export function proberCertificatesKind(
  { secrets, trust, clock }: ProberCertificatesPorts,
  options: ProberCertificatesOptions,
): Kind<ProberCertificates> {
  const { secretName, proberId, lifeMs, nextRotationMs, overlapMs } = options;
  const neededMs = nextRotationMs + overlapMs + REVOKED_ENDS_EARLIER_MS;
  if (!(lifeMs > neededMs))
    throw new RangeError(
      `life of the prober's certificates: got ${lifeMs} ms; allowed: more than ${neededMs} (next rotation, overlap, and the day by which the revoked one ends earlier); fix: rotate sooner or issue for longer`,
    );
  const isFresh = ({ good, revoked }: ProberCertificates): boolean =>
    // One that is refused for its age says nothing about revocation.
    [good, revoked].every(
      ({ certificatePem }) => endOf(certificatePem) >= clock.nowMs() + nextRotationMs + overlapMs,
    );

  return {
    owns: (name) => name === secretName,
    parse: parseProberCertificates,
    isFresh,

    make: async () => {
      const issuer = await readIssuerSecret(secrets, options.issuerSecretName);
      const nowMs = clock.nowMs();
      const inForce = { notBeforeMs: nowMs - CLOCK_DIFFERENCE_MS, notAfterMs: nowMs + lifeMs };
      const revokedFor = { ...inForce, notAfterMs: inForce.notAfterMs - REVOKED_ENDS_EARLIER_MS };
      const past = { notBeforeMs: nowMs - 2 * DAY_MS, notAfterMs: nowMs - DAY_MS };
      const leaf = (by: Issuer, validity: typeof inForce) => newPair(by, proberId, validity);
      return {
        good: await leaf(issuer, inForce),
        expired: await leaf(issuer, past),
        revoked: await leaf(issuer, revokedFor),
        foreign: await leaf(await foreignIssuer(inForce), inForce),
      };
    },

    install: async (_, { good, revoked }) => {
      const record = certificatesRecordId(proberId);
      await trust.add(record, ISSUED, [good, revoked].map(issuedOf), true);
      await trust.add(REVOCATION_ID, REVOKED, [revokedOf(revoked)], false);
      await forgetExpired(trust, record, clock.nowMs());
    },

    tryOut: async ({ token }, pending) => {
      const what = `the prober's certificates, version ${token}`;
      const sources = await sourcesOf(trust, proberId, clock.nowMs());
      for (const role of roles) {
        const { certificatePem, privateKeyPem } = pending[role];
        checkKeyMatches(`${what}: ${role}`, leafOf(certificatePem), privateKeyPem);
        const reason = judge(leafOf(certificatePem), sources, clock.nowMs());
        ensure(
          reason === EXPECTED[role],
          `${what}: ${role}`,
          reason ?? "let in",
          EXPECTED[role] ?? "let in",
          "see whether the issuing generation is trusted and the records are in the table; then rotate again",
        );
      }
      ensure(
        isFresh(pending),
        what,
        "an end before the next rotation's overlap",
        "one after it",
        "rotate again",
      );
      // Else a prober that takes them at once would find the revoked one let in.
      await clock.sleep(options.settleMs);
    },
  };
}

async function newPair(
  issuer: Issuer,
  clientId: string,
  validity: { readonly notBeforeMs: number; readonly notAfterMs: number },
): Promise<CertificateAndKey> {
  const { privateKeyPem, publicKeyPem } = await newKey();
  const { certificatePem }: Leaf = await issueClientLeaf(issuer, { publicKeyPem, clientId, ...validity });
  return { certificatePem: `${certificatePem}${issuer.certificatePem}`, privateKeyPem };
}

/** An authority of nobody's: its keys are thrown away. */
async function foreignIssuer(validity: {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}): Promise<Issuer> {
  const organization = "Not Fase B";
  const root = await newRoot({ organization, commonName: "Foreign root", ...validity });
  return newIssuer(root, { organization, commonName: "Foreign issuer", ...validity });
}

function parseProberCertificates(text: string): ProberCertificates {
  const value = objectOf(text) as Readonly<Record<string, unknown>>;
  const pair = (role: Role): CertificateAndKey => parseCertificateAndKey(JSON.stringify(value[role] ?? null));
  return {
    good: pair("good"),
    expired: pair("expired"),
    revoked: pair("revoked"),
    foreign: pair("foreign"),
  };
}

const factsOf = ({ certificatePem }: CertificateAndKey) => {
  const { issuerKeyId = "", serial, notAfterMs } = readFacts("leaf", leafOf(certificatePem));
  return { issuerKeyId, serial, notAfterMs };
};
const issuedOf = (pair: CertificateAndKey): string => issuedText(factsOf(pair));
const revokedOf = (pair: CertificateAndKey): string => revocationId(factsOf(pair));

/**
 * A certificate that has ended needs no revocation: the prober's own go, so that the record can't grow for ever. First from
 * the revocations, while the other record still says that they are the prober's.
 */
async function forgetExpired(trust: TrustTable, record: string, nowMs: number): Promise<void> {
  const ended = [...textsOf(await trust.item(record), ISSUED)].flatMap((text) => {
    const issued = parseIssued(text);
    return issued !== undefined && issued.notAfterMs < nowMs - DAY_MS ? [{ text, issued }] : [];
  });
  await trust.remove(
    REVOCATION_ID,
    REVOKED,
    ended.map(({ issued }) => revocationId(issued)),
  );
  await trust.remove(
    record,
    ISSUED,
    ended.map(({ text }) => text),
  );
}

const DOMAIN = "prober.example.com";
const ROUTE = "GET /";
const KEY = "any key will do: only the certificate is judged here";

/** What the authorizer would know, with a place for the prober that says nothing but yes. */
async function sourcesOf(trust: TrustTable, proberId: string, nowMs: number): Promise<Sources> {
  const pems = (await trust.item(ISSUERS_ID))?.["pems"];
  const revoked = [...textsOf(await trust.item(REVOCATION_ID), REVOKED)].map((text) => {
    const [issuerKeyId = "", serial = ""] = text.split(":");
    return { issuerKeyId, serial };
  });
  return prepareSources({
    issuersPem: certificatesIn(typeof pems === "string" ? pems : ""),
    revocation: { issuedAtMs: nowMs, maxAgeMs: MINUTE_MS, revoked },
    agents: [{ domain: DOMAIN, routes: [ROUTE], clients: [proberId] }],
    clients: [{ clientId: proberId, keyDigests: [createHash("sha256").update(KEY).digest("hex")] }],
  });
}

/** By the authorizer's own rules: the reason of a refusal; undefined for who is let in. */
function judge(clientCertPem: string, sources: Sources, nowMs: number): DenyReason | undefined {
  const decision = authorize(
    {
      correlationId: correlationId([]),
      route: ROUTE,
      domain: DOMAIN,
      clientCertPem,
      apiKeys: [KEY],
      subjects: [],
    },
    sources,
    nowMs,
  );
  return decision.effect === "deny" ? decision.reason : undefined;
}
