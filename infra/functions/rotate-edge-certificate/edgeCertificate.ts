import { CLIENT_AUTH } from "../authorizer/certificate";
import { checkKeyMatches, readFacts, readStrictly } from "../pki/certificateFacts";
import { newKey } from "../pki/keys";
import { issueServiceLeaf } from "../pki/leaf";
import {
  endOf,
  leafOf,
  parseCertificateAndKey,
  readIssuerSecret,
  verifyChain,
  type CertificateAndKey,
} from "../rotation/certificates";
import type { Clock } from "../rotation/clock";
import { ensure } from "../rotation/problem";
import type { Kind } from "../rotation/rotate";
import type { SecretStore } from "../rotation/secretStore";
import type { TrustTable } from "../rotation/trustTable";
import { SERVICES_ID } from "../authorizer/trustRecordIds";

export interface EdgeCertificateOptions {
  readonly secretName: string;
  /** The secret of the issuing generation's services' issuer. */
  readonly issuerSecretName: string;
  /** e.g. `urn:fase-b:service:edge` */
  readonly serviceUri: string;
  readonly lifeMs: number;
  /** The longest time until the next rotation is due, its window included. */
  readonly nextRotationMs: number;
  /** For so long after that the certificate must still be good. */
  readonly overlapMs: number;
}

export interface EdgeCertificatePorts {
  readonly secrets: SecretStore;
  readonly trust: TrustTable;
  readonly clock: Clock;
  /** Asks an agent with it; throws when it is refused. @default no agent is asked */
  readonly askAgent?: (pair: CertificateAndKey, trustedPems: string) => Promise<void>;
}

/** Whose clock is behind believes it too. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

/**
 * The certificate with which edge and voice call agents. It is installed by being in force: they read the secret, and the one
 * before it is good until it ends.
 *
 * @throws RangeError for lives that could never reach from one rotation to the next
 */
export function edgeCertificateKind(
  { secrets, trust, clock, askAgent }: EdgeCertificatePorts,
  options: EdgeCertificateOptions,
): Kind<CertificateAndKey> {
  const { secretName, serviceUri, lifeMs, nextRotationMs, overlapMs } = options;
  if (!(lifeMs > nextRotationMs + overlapMs))
    throw new RangeError(
      `life of the edge's certificate: got ${lifeMs} ms; allowed: more than ${nextRotationMs + overlapMs} (next rotation and overlap); fix: rotate sooner or issue for longer`,
    );
  const isFresh = ({ certificatePem }: CertificateAndKey): boolean =>
    endOf(certificatePem) >= clock.nowMs() + nextRotationMs + overlapMs;
  return {
    owns: (name) => name === secretName,
    parse: parseCertificateAndKey,
    isFresh,

    make: async () => {
      const issuer = await readIssuerSecret(secrets, options.issuerSecretName);
      const { privateKeyPem, publicKeyPem } = await newKey();
      const nowMs = clock.nowMs();
      const { certificatePem } = await issueServiceLeaf(issuer, {
        publicKeyPem,
        use: "client",
        uri: serviceUri,
        notBeforeMs: nowMs - CLOCK_DIFFERENCE_MS,
        notAfterMs: nowMs + lifeMs,
      });
      return { certificatePem: `${certificatePem}${issuer.certificatePem}`, privateKeyPem };
    },

    install: () => Promise.resolve(),

    tryOut: async ({ token }, pair) => {
      const what = `the edge's certificate, version ${token}`;
      const leaf = leafOf(pair.certificatePem);
      checkKeyMatches(what, leaf, pair.privateKeyPem);
      const { extendedKeyUsage } = readStrictly(what, leaf);
      ensure(
        extendedKeyUsage.join() === CLIENT_AUTH && readFacts(what, leaf).uris.join() === serviceUri,
        what,
        "a leaf of another use or service",
        `clientAuth alone, for ${serviceUri}`,
        "rotate again",
      );
      const pems = (await trust.item(SERVICES_ID))?.["pems"];
      const trustedPems = typeof pems === "string" ? pems : "";
      verifyChain(what, pair.certificatePem, trustedPems, clock.nowMs());
      ensure(
        isFresh(pair),
        what,
        "an end before the next rotation's overlap",
        "one after it",
        "rotate again; if it stays, see how long the issuer lives",
      );
      await askAgent?.(pair, trustedPems);
    },
  };
}
