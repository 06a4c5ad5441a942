import { createPrivateKey, X509Certificate } from "node:crypto";
import type { CredentialSource, Credentials } from "./credentials";

/** As table and secret hold them. */
export interface PlainCredentials {
  /** Certificates of the services' issuers and of the roots above them, one after another. */
  readonly servicesPem: string;
  /** Leaf, then its issuer. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface FreshCredentialsArgs {
  readonly read: () => Promise<PlainCredentials>;
  readonly nowMs: () => number;
  /** Told of each reading that failed. Must not throw. */
  readonly onFailure?: (error: unknown) => void;
}

/** What was read longer ago is read again, beside the request that finds it so. */
export const REFRESH_MS = 5 * 60_000;
/** After a reading that failed, or that a refused certificate asked for, there is no other for so long. */
export const PAUSE_MS = 5_000;

interface Known {
  readonly plain: PlainCredentials;
  readonly credentials: Credentials;
  readonly notAfterMs: number;
}

/**
 * An instance's credentials for its calls, read when they are first asked for and every few minutes after. Nobody waits
 * for a later reading: what is known is used meanwhile, and for as long as its certificate lives if readings fail.
 */
export class FreshCredentials implements CredentialSource {
  private known: Known | undefined;
  private askedMs = -Infinity;
  private askAgainMs = -Infinity;
  private asking: Promise<Credentials> | undefined;

  constructor(private readonly args: FreshCredentialsArgs) {}

  current(): Promise<Credentials> {
    const nowMs = this.args.nowMs();
    const { known } = this;
    if (known === undefined || nowMs > known.notAfterMs) return this.refresh();
    if (nowMs >= this.askAgainMs) this.begin();
    return Promise.resolve(known.credentials);
  }

  /** Begins to read, where that is due, so that it happens beside what else a request waits for. */
  begin(): void {
    const { known } = this;
    const nowMs = this.args.nowMs();
    if (known !== undefined && nowMs <= known.notAfterMs && nowMs < this.askAgainMs) return;
    // Whoever needs them asks for them, and is told.
    this.refresh().catch(() => undefined);
  }

  onTlsFailure(): void {
    this.askAgainMs = Math.min(this.askAgainMs, this.askedMs + PAUSE_MS);
    this.begin();
  }

  private refresh(): Promise<Credentials> {
    this.asking ??= this.read().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async read(): Promise<Credentials> {
    const { read, nowMs, onFailure } = this.args;
    this.askedMs = nowMs();
    try {
      const plain = await read();
      const notAfterMs = check(plain, nowMs());
      this.askAgainMs = this.askedMs + REFRESH_MS;
      // The same object while nothing has changed, so that connections are kept.
      if (this.known === undefined || !isSame(plain, this.known.plain))
        this.known = { plain, credentials: credentialsOf(plain), notAfterMs };
      return this.known.credentials;
    } catch (error) {
      this.askAgainMs = nowMs() + PAUSE_MS;
      onFailure?.(error);
      const { known } = this;
      if (known === undefined || nowMs() > known.notAfterMs) throw error;
      return known.credentials;
    }
  }
}

const credentialsOf = ({ servicesPem, certificatePem, privateKeyPem }: PlainCredentials): Credentials => ({
  ca: servicesPem,
  clientCertificate: { cert: certificatePem, key: privateKeyPem },
});

const isSame = (one: PlainCredentials, other: PlainCredentials): boolean =>
  one.servicesPem === other.servicesPem &&
  one.certificatePem === other.certificatePem &&
  one.privateKeyPem === other.privateKeyPem;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What can't be used must not take the place of what can.
 *
 * @returns when the certificate ends
 * @throws Error whose text holds nothing of what was read
 */
function check({ servicesPem, certificatePem, privateKeyPem }: PlainCredentials, nowMs: number): number {
  const authorities = (servicesPem.match(CERTIFICATE) ?? []).map(readCertificate);
  if (authorities.length === 0 || authorities.some(({ ca }) => !ca))
    throw unusable("services' trust", "a text without authorities", "certificates of issuers and roots");
  const leaf = readCertificate(certificatePem.match(CERTIFICATE)?.[0] ?? "");
  if (!leaf.checkPrivateKey(readKey(privateKeyPem)))
    throw unusable("client certificate", "another's key", "the key that belongs to it");
  const notAfterMs = Date.parse(leaf.validTo);
  if (nowMs < Date.parse(leaf.validFrom) || nowMs > notAfterMs)
    throw unusable("client certificate", "one that is not in force", "one that is");
  return notAfterMs;
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw unusable("certificate", "a text that OpenSSL does not read", "X.509 in PEM");
  }
}

function readKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unusable("client certificate's key", "a text that OpenSSL does not read", "PKCS #8 in PEM");
  }
}

const unusable = (what: string, got: string, allowed: string): Error =>
  new Error(`${what}: got ${got}; allowed: ${allowed}; fix: see who wrote it`);
