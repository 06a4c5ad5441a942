// The library decorates its classes.
import "reflect-metadata";
import {
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from "@peculiar/x509";
import { KeyObject, webcrypto } from "node:crypto";
import { newIssuer, newRoot } from "./authorities";
import type { Issuer } from "./issuer";
import { newKey } from "./keys";
import { issueClientLeaf, issueServiceLeaf, type ServiceLeafRequest, type Validity } from "./leaf";

export const DAY_MS = 86_400_000;

export const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
export const p384 = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" } as const;
export const p521 = { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" } as const;
export const rsa = (modulusLength: number, hash = "SHA-256", exponent = [1, 0, 1]) => ({
  name: "RSASSA-PKCS1-v1_5",
  modulusLength,
  publicExponent: new Uint8Array(exponent),
  hash,
});

export interface MadeRequest {
  readonly csrPem: string;
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
}

/** A request as a client makes it, which also asks for what it must not get. */
export async function newRequest(
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams = p256,
  hash = "SHA-256",
): Promise<MadeRequest> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: "CN=another, O=Fase B",
    keys,
    signingAlgorithm: { name: algorithm.name, hash },
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      new SubjectAlternativeNameExtension([{ type: "url", value: "urn:fase-b:client:another" }]),
    ],
  });
  return {
    csrPem: `${request.toString("pem")}\n`,
    publicKeyPem: KeyObject.from(keys.publicKey).export({ type: "spki", format: "pem" }).toString(),
    privateKeyPem: KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

export interface Generation {
  readonly root: Issuer;
  readonly clientsIssuer: Issuer;
  readonly servicesIssuer: Issuer;
}

/** Root and issuers as the program makes them. */
export async function newGeneration(
  nowMs: number,
  { root, days = 300 }: { readonly root?: Issuer; readonly days?: number } = {},
): Promise<Generation> {
  const organization = "Fase B";
  const notBeforeMs = nowMs - 30 * DAY_MS;
  const own =
    root ??
    (await newRoot({
      organization,
      commonName: "Fase B root",
      notBeforeMs,
      notAfterMs: nowMs + (days + 1_000) * DAY_MS,
    }));
  const issuer = (commonName: string): Promise<Issuer> =>
    newIssuer(own, { organization, commonName, notBeforeMs, notAfterMs: nowMs + days * DAY_MS });
  return {
    root: own,
    clientsIssuer: await issuer("Fase B clients' issuer"),
    servicesIssuer: await issuer("Fase B services' issuer"),
  };
}

/** By which services verify each other: issuers, then roots. */
export const servicesPem = (...generations: readonly Generation[]): string =>
  [
    ...generations.map(({ servicesIssuer }) => servicesIssuer.certificatePem),
    ...new Set(generations.map(({ root }) => root.certificatePem)),
  ].join("");

export interface Pair {
  /** Leaf, then its issuer. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** A service's certificate and key. */
export async function servicePair(
  { servicesIssuer }: Pick<Generation, "servicesIssuer">,
  who: Pick<ServiceLeafRequest, "use" | "uri" | "dnsNames"> & Partial<Validity>,
): Promise<Pair> {
  const { publicKeyPem, privateKeyPem } = await newKey();
  const validity = { notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + DAY_MS };
  const leaf = await issueServiceLeaf(servicesIssuer, { publicKeyPem, ...validity, ...who });
  return { certificatePem: leaf.certificatePem + servicesIssuer.certificatePem, privateKeyPem };
}

/** A client's, as the command hands it out. */
export async function clientPair(
  { clientsIssuer }: Pick<Generation, "clientsIssuer">,
  clientId: string,
  validity: Partial<Validity> = {},
): Promise<Pair> {
  const { publicKeyPem, privateKeyPem } = await newKey();
  const lived = { notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + DAY_MS, ...validity };
  const leaf = await issueClientLeaf(clientsIssuer, { publicKeyPem, clientId, ...lived });
  return { certificatePem: leaf.certificatePem + clientsIssuer.certificatePem, privateKeyPem };
}
