// The library decorates its classes.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type JsonGeneralName,
} from "@peculiar/x509";
import { isIP } from "node:net";
import {
  CLIENT_ID_PATTERN,
  CLIENT_URI_PREFIX,
  MAX_CLIENT_ID_CHARACTERS,
} from "../authorizer/authorizerRules";
import { checkLifetime, readIssuer, type Issuer } from "./issuer";
import { checkStrength, readPublicKey } from "./keys";
import { PkiProblem } from "./pkiProblem";
import { certificateFrom, nameOf, newSerial, wholeSeconds, type Written } from "./writer";

/** What was issued. Identifiers are lower-case hex, the serial without leading zeros; times are whole seconds. */
export type Leaf = Written;

/** Seen from the time of issue; a beginning in the past helps callers whose clock is behind. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface ClientLeafRequest extends Validity {
  readonly publicKeyPem: string;
  readonly clientId: string;
  /** Of a leaf that is recorded already and given once more, with all else as it was. @default a new one */
  readonly serial?: string;
}

/** A service is known by a URI as a client, by host names as a server. */
export interface ServiceLeafRequest extends Validity {
  readonly publicKeyPem: string;
  readonly use: "client" | "server";
  /** `urn:fase-b:service:<name>` */
  readonly uri?: string;
  readonly dnsNames?: readonly string[];
  /** For servers without a name, as those of a test. */
  readonly ipAddresses?: readonly string[];
}

export const SERVICE_URI_PREFIX = "urn:fase-b:service:";

const idForm = new RegExp(CLIENT_ID_PATTERN);
const isId = (text: string): boolean => text.length <= MAX_CLIENT_ID_CHARACTERS && idForm.test(text);

/**
 * A client's leaf: its one name says who it is, and it may be a client and nothing else, as the authorizer demands.
 *
 * @throws PkiProblem
 */
export async function issueClientLeaf(issuer: Issuer, request: ClientLeafRequest): Promise<Leaf> {
  const { clientId } = request;
  if (!isId(clientId))
    throw new PkiProblem({
      what: "client_id",
      got: JSON.stringify(clientId.slice(0, 2 * MAX_CLIENT_ID_CHARACTERS)),
      allowed: `up to ${MAX_CLIENT_ID_CHARACTERS} lower-case letters, digits and single hyphens, beginning with a letter`,
      fix: "write it as the settings do",
    });
  return issue(issuer, request, clientId, ExtendedKeyUsage.clientAuth, [
    { type: "url", value: `${CLIENT_URI_PREFIX}${clientId}` },
  ]);
}

/**
 * A service's leaf, for one use.
 *
 * @throws PkiProblem
 */
export async function issueServiceLeaf(issuer: Issuer, request: ServiceLeafRequest): Promise<Leaf> {
  const names = namesOf(request);
  const usage = request.use === "client" ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
  return issue(issuer, request, commonNameOf(names), usage, names);
}

/** RFC 1123, section 2.1; lower case, so that two are equal only as texts. */
const HOST = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;

function namesOf(request: ServiceLeafRequest): readonly JsonGeneralName[] {
  const { use, uri, dnsNames = [], ipAddresses = [] } = request;
  const ok =
    use === "client"
      ? uri !== undefined && dnsNames.length + ipAddresses.length === 0
      : uri === undefined && dnsNames.length + ipAddresses.length > 0;
  const wrong = [
    ...(uri === undefined ||
    (uri.startsWith(SERVICE_URI_PREFIX) && isId(uri.slice(SERVICE_URI_PREFIX.length)))
      ? []
      : [uri]),
    ...dnsNames.filter((name) => !HOST.test(name)),
    ...ipAddresses.filter((address) => isIP(address) === 0),
  ];
  if (!ok || wrong.length > 0)
    throw new PkiProblem({
      what: "a service's names",
      got: wrong.length > 0 ? JSON.stringify(wrong[0]?.slice(0, 100)) : `none or others for a ${use}`,
      allowed: `for a client one URI ${SERVICE_URI_PREFIX}<name>, for a server lower-case host names`,
      fix: "name the service by what its use needs",
    });
  return [
    ...(uri === undefined ? [] : [{ type: "url" as const, value: uri }]),
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ];
}

/** RFC 5280, appendix A.1: at most 64 characters. For people: nobody decides by it. */
const commonNameOf = ([first]: readonly JsonGeneralName[]): string => {
  const text = first === undefined ? "service" : String(first.value);
  return text.startsWith(SERVICE_URI_PREFIX) ? text.slice(SERVICE_URI_PREFIX.length) : text.slice(0, 64);
};

async function issue(
  by: Issuer,
  {
    publicKeyPem,
    notBeforeMs,
    notAfterMs,
    serial = newSerial(),
  }: Validity & { readonly publicKeyPem: string; readonly serial?: string },
  commonName: string,
  usage: ExtendedKeyUsage,
  names: readonly JsonGeneralName[],
): Promise<Leaf> {
  const issuer = readIssuer(by);
  const validity = { notBeforeMs: wholeSeconds(notBeforeMs), notAfterMs: wholeSeconds(notAfterMs) };
  checkLifetime(issuer, validity);
  const publicKey = readPublicKey("leaf: public key", publicKeyPem);
  checkStrength("leaf: public key", publicKey);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return certificateFrom(issuer, {
    subject: nameOf({ CN: commonName }),
    serial,
    ...validity,
    spki,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      new SubjectAlternativeNameExtension([...names]),
      await SubjectKeyIdentifierExtension.create(spki),
      new AuthorityKeyIdentifierExtension(issuer.keyId),
    ],
  });
}
