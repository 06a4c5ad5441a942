import { newIssuer, newRoot } from "../../../infra/functions/pki/authorities";
import type { Issuer } from "../../../infra/functions/pki/issuer";
import { newKey } from "../../../infra/functions/pki/keys";
import { issueClientLeaf, issueServiceLeaf, SERVICE_URI_PREFIX } from "../../../infra/functions/pki/leaf";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** As short as a leaf is meant to live; a run seldom lives as long. */
const LEAF_DAYS = 7;
/** Begun after its issuer, a leaf would otherwise outlive it. */
const MARGIN_MS = HOUR_MS;

export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface ServerNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

export interface AuthorityOptions {
  readonly organization: string;
  readonly rootDays: number;
  readonly issuerDays: number;
}

/**
 * The authority of one run, of the shape of `infra/trust/trust.ts`: a root that signs issuers, one for clients and one for
 * services. Lives in memory; only leaves reach the disk.
 */
export class Authority {
  private constructor(
    private readonly leafDays: number,
    private readonly root: Issuer,
    private readonly clients: Issuer,
    private readonly services: Issuer,
  ) {}

  static async create({ organization, rootDays, issuerDays }: AuthorityOptions): Promise<Authority> {
    // One time for all: of the same days none outlives its root by the second in which it is made.
    const nowMs = Date.now();
    const root = await newRoot({ organization, commonName: "Fase B root", ...validity(rootDays, 0, nowMs) });
    const issuer = (commonName: string): Promise<Issuer> =>
      newIssuer(root, { organization, commonName, ...validity(issuerDays, 0, nowMs) });
    return new Authority(
      Math.min(LEAF_DAYS, issuerDays),
      root,
      await issuer("Fase B clients' issuer"),
      await issuer("Fase B services' issuer"),
    );
  }

  /** What the gateway is given: the clients' issuer, then the root. */
  get truststorePem(): string {
    return this.clients.certificatePem + this.root.certificatePem;
  }

  get clientsIssuerPem(): string {
    return this.clients.certificatePem;
  }

  /** By which services verify each other: their issuer, then the root. */
  get servicesPem(): string {
    return this.services.certificatePem + this.root.certificatePem;
  }

  /** What callers of the local servers trust. */
  get rootPem(): string {
    return this.root.certificatePem;
  }

  /** A client is who its certificate's one name says. */
  async client(clientId: string, days = this.leafDays): Promise<CertificateAndKey> {
    const { publicKeyPem, privateKeyPem } = await newKey();
    const leaf = await issueClientLeaf(this.clients, {
      publicKeyPem,
      clientId,
      ...validity(days, MARGIN_MS),
    });
    return { certificatePem: leaf.certificatePem, keyPem: privateKeyPem };
  }

  /** The certificate of a server, with its issuer's behind it. */
  server(names: ServerNames): Promise<CertificateAndKey> {
    return this.service({ use: "server", ...names });
  }

  /** The certificate by which a service calls others, with its issuer's behind it. */
  caller(name: string): Promise<CertificateAndKey> {
    return this.service({ use: "client", uri: `${SERVICE_URI_PREFIX}${name}` });
  }

  private async service(
    who: ({ readonly use: "server" } & ServerNames) | { readonly use: "client"; readonly uri: string },
  ): Promise<CertificateAndKey> {
    const { publicKeyPem, privateKeyPem } = await newKey();
    const leaf = await issueServiceLeaf(this.services, {
      publicKeyPem,
      ...who,
      ...validity(this.leafDays, MARGIN_MS),
    });
    return { certificatePem: leaf.certificatePem + this.services.certificatePem, keyPem: privateKeyPem };
  }
}

/** An hour back: the clocks of callers differ. */
const validity = (
  days: number,
  shorterMs = 0,
  nowMs = Date.now(),
): { readonly notBeforeMs: number; readonly notAfterMs: number } => ({
  notBeforeMs: nowMs - HOUR_MS,
  notAfterMs: nowMs + days * DAY_MS - shorterMs,
});
