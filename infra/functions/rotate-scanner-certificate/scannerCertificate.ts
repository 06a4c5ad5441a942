import { checkKeyMatches } from "../pki/certificateFacts";
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
} from "../rotation/clientCertificates";
import type { Clock } from "../rotation/clock";
import { ensure } from "../rotation/problem";
import type { Kind } from "../rotation/rotate";
import type { SecretStore } from "../rotation/secretStore";
import type { TrustTable } from "../rotation/trustTable";

export interface ScannerCertificateOptions {
  readonly secretName: string;
  /** The secret of the issuing generation's clients' issuer: its key stays with this function, the scans get a leaf. */
  readonly issuerSecretName: string;
  /** The client that the scans are. */
  readonly scannerId: string;
  readonly lifeMs: number;
  /** The longest time until the next rotation is due, its window included. */
  readonly nextRotationMs: number;
  /** For so long after that the certificate must still be good: longer than a scan that begins just before. */
  readonly overlapMs: number;
}

export interface ScannerCertificatePorts {
  readonly secrets: SecretStore;
  readonly trust: TrustTable;
  readonly clock: Clock;
}

/**
 * The certificate with which scans call, of days. Nothing of the authorizer's has to change for it, as its issuer is trusted
 * already: it is recorded, for the watch and for whoever must revoke it, and the one before it is good until it ends.
 *
 * @throws RangeError for lives that could never reach from one rotation to the next
 */
export function scannerCertificateKind(
  { secrets, trust, clock }: ScannerCertificatePorts,
  options: ScannerCertificateOptions,
): Kind<CertificateAndKey> {
  const { secretName, scannerId, lifeMs, nextRotationMs, overlapMs } = options;
  if (!(lifeMs > nextRotationMs + overlapMs))
    throw new RangeError(
      `life of the scans' certificate: got ${lifeMs} ms; allowed: more than ${nextRotationMs + overlapMs} (next rotation and overlap); fix: rotate sooner or issue for longer`,
    );
  const isFresh = ({ certificatePem }: CertificateAndKey): boolean =>
    endOf(certificatePem) >= clock.nowMs() + nextRotationMs + overlapMs;

  return {
    owns: (name) => name === secretName,
    parse: parseCertificateAndKey,
    isFresh,

    make: async () => {
      const issuer = await readIssuerSecret(secrets, options.issuerSecretName);
      const nowMs = clock.nowMs();
      return newClientPair(issuer, scannerId, {
        notBeforeMs: nowMs - CLOCK_DIFFERENCE_MS,
        notAfterMs: nowMs + lifeMs,
      });
    },

    install: async (_, pair) => {
      await recordIssued(trust, scannerId, [pair]);
      const ended = await endedOf(trust, scannerId, clock.nowMs());
      await forgetIssued(
        trust,
        scannerId,
        ended.map(({ text }) => text),
      );
    },

    tryOut: async ({ token }, pair) => {
      const what = `the scans' certificate, version ${token}`;
      checkKeyMatches(what, leafOf(pair.certificatePem), pair.privateKeyPem);
      const judge = await authorizerOf(trust, scannerId, clock.nowMs());
      const reason = judge(pair);
      ensure(
        reason === undefined,
        what,
        reason ?? "let in",
        "let in",
        "see whether the issuing generation is trusted; then rotate again",
      );
      ensure(
        isFresh(pair),
        what,
        "an end before the next rotation's overlap",
        "one after it",
        "rotate again; if it stays, see how long the issuer lives",
      );
    },
  };
}
