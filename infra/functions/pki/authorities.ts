// The library decorates its classes.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { checkLifetime, readIssuer, type Issuer } from "./issuer";
import { digestOf, newKey, toSigningKey, type KeyPair } from "./keys";
import type { Validity } from "./leaf";
import { toPem } from "./pem";
import { certificateFrom, nameOf, newSerial, wholeSeconds } from "./writer";

/**
 * Authorities of the shape of `infra/trust/trust.ts`, for the data plane on a person's machine and for tests. Staging's
 * are the program's.
 */
export interface AuthorityRequest extends Validity {
  readonly organization: string;
  readonly commonName: string;
  /** @default a new one */
  readonly key?: KeyPair;
}

const SIGNING = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;

/** Signs issuers, and below them leaves only. */
export async function newRoot(request: AuthorityRequest, pathLength = 1): Promise<Issuer> {
  const { privateKeyPem, publicKeyPem } = request.key ?? (await newKey());
  const spki = spkiOf(publicKeyPem);
  const name = nameOf({ CN: request.commonName, O: request.organization });
  const privateKey = createPrivateKey(privateKeyPem);
  const made = await X509CertificateGenerator.create({
    subject: name,
    issuer: name,
    serialNumber: newSerial(),
    notBefore: new Date(wholeSeconds(request.notBeforeMs)),
    notAfter: new Date(wholeSeconds(request.notAfterMs)),
    publicKey: spki,
    signingKey: await toSigningKey(privateKey),
    signingAlgorithm: { name: "ECDSA", hash: digestOf(privateKey) },
    extensions: [...constraints(pathLength), await SubjectKeyIdentifierExtension.create(spki)],
  });
  return { certificatePem: toPem("CERTIFICATE", new Uint8Array(made.rawData)), privateKeyPem };
}

/** Signs leaves; with a path length, issuers below it. */
export async function newIssuer(by: Issuer, request: AuthorityRequest, pathLength = 0): Promise<Issuer> {
  const issuer = readIssuer(by);
  const validity = {
    notBeforeMs: wholeSeconds(request.notBeforeMs),
    notAfterMs: wholeSeconds(request.notAfterMs),
  };
  checkLifetime(issuer, validity);
  const { privateKeyPem, publicKeyPem } = request.key ?? (await newKey());
  const spki = spkiOf(publicKeyPem);
  const { certificatePem } = await certificateFrom(issuer, {
    serial: newSerial(),
    subject: nameOf({ CN: request.commonName, O: request.organization }),
    ...validity,
    spki,
    extensions: [
      ...constraints(pathLength),
      await SubjectKeyIdentifierExtension.create(spki),
      new AuthorityKeyIdentifierExtension(issuer.keyId),
    ],
  });
  return { certificatePem, privateKeyPem };
}

const constraints = (pathLength: number) => [
  new BasicConstraintsExtension(true, pathLength, true),
  new KeyUsagesExtension(SIGNING, true),
];

const spkiOf = (publicKeyPem: string): Buffer =>
  createPublicKey(publicKeyPem).export({ type: "spki", format: "der" });
