import { BlockList, isIP } from "node:net";
import {
  KEY_CERT_SIGN,
  normalSerial,
  readCertificate,
  SIGNATURE_ALGORITHMS,
  type Certificate,
} from "./certificate";

/** A certificate that must not be honoured, by its issuer's key and its serial number, both in hex. */
export interface RevokedCertificate {
  readonly issuerKeyId: string;
  readonly serial: string;
}

/** What the authorizer knows, as settings and tables hold it. */
export interface PlainSources {
  /** The clients' issuers, one certificate each; two while they overlap. Roots do not belong here. */
  readonly issuersPem: readonly string[];
  readonly revocation: {
    /** When the list was last confirmed, changed or not; milliseconds since the epoch. */
    readonly issuedAtMs: number;
    /** Older than this, the list denies everybody. */
    readonly maxAgeMs: number;
    readonly revoked: readonly RevokedCertificate[];
  };
  /** The agents behind mutual TLS. */
  readonly agents: readonly {
    readonly domain: string;
    /** e.g. `POST /chat` */
    readonly routes: readonly string[];
    readonly clients: readonly string[];
  }[];
  readonly clients: readonly {
    readonly clientId: string;
    /** SHA-256 of each live key, lower-case hex: two while they overlap. */
    readonly keyDigests: readonly string[];
  }[];
  /** The client as which scans call, and the only networks from where it may; by both together a request is a scan's. */
  readonly scanning: {
    readonly clientId: string;
    /** e.g. `203.0.113.7/32` */
    readonly addresses: readonly string[];
  };
}

export interface AgentAccess {
  readonly routes: ReadonlySet<string>;
  readonly clients: ReadonlySet<string>;
}

/** The same, checked and ready to look things up in. */
export interface Sources {
  readonly issuers: readonly Certificate[];
  readonly revocation: {
    readonly issuedAtMs: number;
    readonly maxAgeMs: number;
    readonly revoked: ReadonlySet<string>;
  };
  /** By domain. */
  readonly agents: ReadonlyMap<string, AgentAccess>;
  /** By `client_id`. */
  readonly keyDigests: ReadonlyMap<string, readonly Buffer[]>;
  readonly scanning: { readonly clientId: string; readonly addresses: BlockList };
}

/** No setting may stretch the list's age beyond a day. */
export const MAX_REVOCATION_AGE_MS = 24 * 60 * 60_000;

const HEX = /^[0-9a-f]+$/i;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** The name under which a certificate stands in the list. */
export const revocationId = ({ issuerKeyId, serial }: RevokedCertificate): string =>
  `${issuerKeyId.toLowerCase()}:${normalSerial(serial)}`;

/**
 * Checks sources and makes them ready, once an instance and after each refresh.
 *
 * @throws MalformedCertificate when an issuer is no certificate
 * @throws Error for anything else that would weaken a check; its text holds no key and no digest
 */
export function prepareSources(plain: PlainSources): Sources {
  const { issuedAtMs, maxAgeMs, revoked } = plain.revocation;
  ensure(
    maxAgeMs > 0 && maxAgeMs <= MAX_REVOCATION_AGE_MS,
    `revocation list: got a maximal age of ${maxAgeMs} ms; allowed: 1 to ${MAX_REVOCATION_AGE_MS}; fix: confirm the list more often`,
  );
  ensure(
    Number.isFinite(issuedAtMs),
    "revocation list: got no time; allowed: milliseconds since the epoch; fix: date the list",
  );
  ensure(
    revoked.every(({ issuerKeyId, serial }) => HEX.test(issuerKeyId) && HEX.test(serial)),
    "revocation list: got an entry that is not hex; allowed: hex without colons; fix: write key id and serial number in hex",
  );
  ensure(
    plain.issuersPem.length > 0,
    "clients' issuers: got none; allowed: at least one; fix: name the issuer that signs clients' certificates",
  );
  return {
    issuers: plain.issuersPem.map(readIssuer),
    revocation: { issuedAtMs, maxAgeMs, revoked: new Set(revoked.map(revocationId)) },
    agents: indexed(
      "agents",
      plain.agents.map(({ domain, routes, clients }) => [
        domain,
        { routes: new Set(routes), clients: new Set(clients) },
      ]),
    ),
    keyDigests: indexed(
      "clients",
      plain.clients.map(({ clientId, keyDigests }) => [clientId, keyDigests.map(readDigest)]),
    ),
    scanning: { clientId: plain.scanning.clientId, addresses: readNetworks(plain.scanning.addresses) },
  };
}

const CIDR = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/;

/** Node calls any list of networks a block list. https://nodejs.org/api/net.html#class-netblocklist */
function readNetworks(cidrs: readonly string[]): BlockList {
  ensure(
    cidrs.length > 0,
    "scans' addresses: got none; allowed: at least one network; fix: name the cluster's own addresses",
  );
  const networks = new BlockList();
  for (const cidr of cidrs) {
    const [, address = "", prefix = ""] = CIDR.exec(cidr) ?? [];
    const family = isIP(address);
    ensure(
      family !== 0 && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128),
      "scans' addresses: got one that is no network; allowed: an address, a slash and a prefix of at least 1; fix: write it as 203.0.113.7/32",
    );
    networks.addSubnet(address, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  }
  return networks;
}

/** An authority that signs with a strong digest and whose key has a name. */
function readIssuer(pem: string): Certificate {
  const issuer = readCertificate(pem);
  const { isAuthority, keyUsage, subjectKeyId, signatureAlgorithm } = issuer;
  ensure(
    isAuthority &&
      keyUsage !== undefined &&
      (keyUsage & KEY_CERT_SIGN) !== 0 &&
      subjectKeyId !== undefined &&
      SIGNATURE_ALGORITHMS.has(signatureAlgorithm),
    "clients' issuers: got a certificate that may not sign others; allowed: an authority with key usage, key id and SHA-256 or better; fix: name the issuer, not a leaf",
  );
  return issuer;
}

function readDigest(digest: string): Buffer {
  ensure(
    SHA256_HEX.test(digest),
    "clients: got a key digest of another form; allowed: 64 lower-case hex digits; fix: store the key's SHA-256",
  );
  return Buffer.from(digest, "hex");
}

function indexed<T>(what: string, entries: readonly (readonly [string, T])[]): ReadonlyMap<string, T> {
  const map = new Map(entries);
  ensure(
    map.size === entries.length,
    `${what}: got one twice; allowed: each once; fix: merge or remove the double`,
  );
  return map;
}

function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
