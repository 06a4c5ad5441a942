import type { DenyReason } from "../authorizer/denyReasons";
import { revocationId } from "../authorizer/sources";
import { REVOCATION_ID } from "../authorizer/trustRecordIds";
import { newIssuer, newRoot } from "../pki/authorities";
import { checkKeyMatches } from "../pki/certificateFacts";
import type { Issuer } from "../pki/issuer";
import {
  endOf,
  leafOf,
  parseCertificateAndKey,
  readIssuerSecret,
  type CertificateAndKey,
} from "../rotation/certificates";
import {
  authorizerOf,
  CLOCK_DIFFERENCE_MS,
  endedOf,
  forgetIssued,
  newClientPair,
  recordIssued,
  revokedOf,
} from "../rotation/clientCertificates";
import type { Clock } from "../rotation/clock";
import { objectOf } from "../rotation/json";
import { ensure } from "../rotation/problem";
import type { Kind } from "../rotation/rotate";
import type { SecretStore } from "../rotation/secretStore";
import { REVOKED } from "../rotation/issuedCertificates";
import type { TrustTable } from "../rotation/trustTable";

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

const DAY_MS = 86_400_000;
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
      const leaf = (by: Issuer, validity: typeof inForce) => newClientPair(by, proberId, validity);
      return {
        good: await leaf(issuer, inForce),
        expired: await leaf(issuer, past),
        revoked: await leaf(issuer, revokedFor),
        foreign: await leaf(await foreignIssuer(inForce), inForce),
      };
    },

    install: async (_, { good, revoked }) => {
      await recordIssued(trust, proberId, [good, revoked]);
      await trust.add(REVOCATION_ID, REVOKED, [revokedOf(revoked)], false);
      await forgetExpired(trust, proberId, clock.nowMs());
    },

    tryOut: async ({ token }, pending) => {
      const what = `the prober's certificates, version ${token}`;
      const judge = await authorizerOf(trust, proberId, clock.nowMs());
      for (const role of roles) {
        const { certificatePem, privateKeyPem } = pending[role];
        checkKeyMatches(`${what}: ${role}`, leafOf(certificatePem), privateKeyPem);
        const reason = judge(pending[role]);
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

/**
 * A certificate that has ended needs no revocation: the prober's own go, so that the record can't grow for ever. First from
 * the revocations, while the other record still says that they are the prober's.
 */
async function forgetExpired(trust: TrustTable, proberId: string, nowMs: number): Promise<void> {
  const ended = await endedOf(trust, proberId, nowMs);
  await trust.remove(
    REVOCATION_ID,
    REVOKED,
    ended.map(({ issued }) => revocationId(issued)),
  );
  await forgetIssued(
    trust,
    proberId,
    ended.map(({ text }) => text),
  );
}
