// The library decorates its classes.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  AuthorityKeyIdentifierExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
  type JsonGeneralNames,
  type X509Certificate,
} from "@peculiar/x509";
import { KeyObject, randomBytes, webcrypto } from "node:crypto";
import { CLIENT_URI_PREFIX } from "../../../infra/functions/authorizer/authorizerRules";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** As short as a leaf is meant to live; a run seldom lives as long. */
const LEAF_DAYS = 7;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const SIGNING = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;

export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface Issuer extends CertificateAndKey {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface AuthorityOptions {
  readonly organization: string;
  readonly rootDays: number;
  readonly issuerDays: number;
}

/**
 * The authority of one run, of the shape of `infra/trust/trust.ts`: a root that signs issuers, an issuer that signs
 * clients. Servers have an issuer of their own under the same root. Lives in memory; only leaves reach the disk.
 */
export class Authority {
  private constructor(
    private readonly root: Issuer,
    private readonly clients: Issuer,
    private readonly servers: Issuer,
  ) {}

  static async create({ organization, rootDays, issuerDays }: AuthorityOptions): Promise<Authority> {
    const name = (commonName: string): string => `CN=${quoted(commonName)}, O=${quoted(organization)}`;
    const keys = await newKeys();
    const root = await finish(
      keys,
      X509CertificateGenerator.createSelfSigned({
        name: name("Fase B root"),
        serialNumber: newSerial(),
        ...validity(rootDays),
        signingAlgorithm: ALGORITHM,
        keys,
        extensions: [
          new BasicConstraintsExtension(true, 1, true),
          new KeyUsagesExtension(SIGNING, true),
          await SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      }),
    );
    const issuer = async (commonName: string): Promise<Issuer> => {
      const own = await newKeys();
      return sign(root, own, name(commonName), issuerDays, [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(SIGNING, true),
        await SubjectKeyIdentifierExtension.create(own.publicKey),
      ]);
    };
    return new Authority(
      root,
      await issuer("Fase B clients' issuer"),
      await issuer("Fase B servers' issuer"),
    );
  }

  /** What the gateway is given: the clients' issuer, then the root. */
  get truststorePem(): string {
    return this.clients.certificatePem + this.root.certificatePem;
  }

  get clientsIssuerPem(): string {
    return this.clients.certificatePem;
  }

  /** What callers of the local servers trust. */
  get rootPem(): string {
    return this.root.certificatePem;
  }

  /** A client is who its certificate's one name says. */
  client(clientId: string, days = LEAF_DAYS): Promise<CertificateAndKey> {
    return this.leaf(this.clients, clientId, days, ExtendedKeyUsage.clientAuth, [
      { type: "url", value: `${CLIENT_URI_PREFIX}${clientId}` },
    ]);
  }

  /** The certificate of a server, with its issuer's behind it. */
  async server(commonName: string, names: JsonGeneralNames): Promise<CertificateAndKey> {
    const { certificatePem, keyPem } = await this.leaf(
      this.servers,
      commonName,
      LEAF_DAYS,
      ExtendedKeyUsage.serverAuth,
      names,
    );
    return { certificatePem: certificatePem + this.servers.certificatePem, keyPem };
  }

  private async leaf(
    issuer: Issuer,
    commonName: string,
    days: number,
    usage: ExtendedKeyUsage,
    names: JsonGeneralNames,
  ): Promise<CertificateAndKey> {
    return sign(issuer, await newKeys(), `CN=${quoted(commonName)}`, days, [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      new SubjectAlternativeNameExtension(names),
    ]);
  }
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

/** Positive, and random enough that none comes twice. */
const newSerial = (): string => `01${randomBytes(15).toString("hex")}`;

/** An hour back: the clocks of callers differ. */
const validity = (days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - HOUR_MS),
  notAfter: new Date(Date.now() + days * DAY_MS),
});

/** https://www.rfc-editor.org/rfc/rfc4514#section-2.4 */
const quoted = (text: string): string => text.replace(/[,+"\\<>;=#']/g, (character) => `\\${character}`);

async function sign(
  issuer: Issuer,
  keys: webcrypto.CryptoKeyPair,
  subject: string,
  days: number,
  extensions: readonly Extension[],
): Promise<Issuer> {
  return finish(
    keys,
    X509CertificateGenerator.create({
      subject,
      issuer: issuer.certificate.subject,
      serialNumber: newSerial(),
      ...validity(days),
      publicKey: keys.publicKey,
      signingKey: issuer.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [...extensions, await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey)],
    }),
  );
}

async function finish(keys: webcrypto.CryptoKeyPair, made: Promise<X509Certificate>): Promise<Issuer> {
  const certificate = await made;
  return {
    certificate,
    keys,
    certificatePem: `${certificate.toString("pem")}\n`,
    keyPem: KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
