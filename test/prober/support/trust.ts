import { newRoot, newIssuer } from "../../../infra/functions/pki/authorities";
import type { Issuer } from "../../../infra/functions/pki/issuer";
import { newKey } from "../../../infra/functions/pki/keys";
import { issueClientLeaf, issueServiceLeaf, type Leaf } from "../../../infra/functions/pki/leaf";

const DAY_MS = 86_400_000;

export interface LeafAndKey {
  readonly leaf: Leaf;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface Authority {
  readonly root: Issuer;
  readonly clients: Issuer;
  readonly services: Issuer;
}

/** Root and issuers, as the program makes them. */
export async function newAuthority(nowMs: number): Promise<Authority> {
  const organization = "Fase B";
  const validity = { notBeforeMs: nowMs - 60 * DAY_MS, notAfterMs: nowMs + 60 * DAY_MS };
  const root = await newRoot({ organization, commonName: "Fase B root", ...validity });
  const issuer = (commonName: string) => newIssuer(root, { organization, commonName, ...validity });
  return { root, clients: await issuer("clients' issuer"), services: await issuer("services' issuer") };
}

/** A leaf of the prober, with its issuer behind it. */
export async function proberLeaf(
  by: Issuer,
  { notBeforeMs, notAfterMs }: { notBeforeMs: number; notAfterMs: number },
): Promise<LeafAndKey> {
  const { publicKeyPem, privateKeyPem } = await newKey();
  const leaf = await issueClientLeaf(by, { publicKeyPem, clientId: "prober", notBeforeMs, notAfterMs });
  return { leaf, certificatePem: leaf.certificatePem + by.certificatePem, privateKeyPem };
}

export async function serverLeaf(by: Issuer, nowMs: number, days: number): Promise<LeafAndKey> {
  const { publicKeyPem, privateKeyPem } = await newKey();
  const leaf = await issueServiceLeaf(by, {
    publicKeyPem,
    use: "server",
    dnsNames: ["localhost"],
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + days * DAY_MS,
  });
  return { leaf, certificatePem: leaf.certificatePem + by.certificatePem, privateKeyPem };
}

/** The four that the prober is given. */
export async function proberCertificates(authority: Authority, stranger: Authority, nowMs: number) {
  const alive = { notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + 7 * DAY_MS };
  return {
    good: await proberLeaf(authority.clients, alive),
    revoked: await proberLeaf(authority.clients, alive),
    expired: await proberLeaf(authority.clients, {
      notBeforeMs: nowMs - 8 * DAY_MS,
      notAfterMs: nowMs - DAY_MS,
    }),
    foreign: await proberLeaf(stranger.clients, alive),
  };
}
