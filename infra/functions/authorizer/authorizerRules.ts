import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { Uuid } from "../correlation/correlation";
import {
  CLIENT_AUTH,
  DIGITAL_SIGNATURE,
  KEY_CERT_SIGN,
  MalformedCertificate,
  readCertificate,
  SIGNATURE_ALGORITHMS,
  type Certificate,
} from "./certificate";
import type { DenyReason } from "./denyReasons";
import { revocationId, type AgentAccess, type Sources } from "./sources";

/**
 * The one form of a client's identity: the only name in its certificate's SAN. A URN, as the problem types are, since a
 * SPIFFE id would want a trust domain of its own.
 */
export const CLIENT_URI_PREFIX = "urn:fase-b:client:";
/** What a `client_id` looks like in the settings. */
export const CLIENT_ID_PATTERN = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";
export const MAX_CLIENT_ID_CHARACTERS = 32;
/** The contract's pattern of `X-Subject`; a test holds the two together. */
export const SUBJECT_PATTERN = "^[A-Za-z0-9_-]{16,64}$";

/** A clock that runs ahead of the list's author by more than this is wrong, and so may be the list's age. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** What is asked, taken from the gateway's event and not yet judged. */
export interface AuthorizationRequest {
  readonly correlationId: Uuid;
  readonly domain: string;
  /** e.g. `POST /chat`; undefined when the event contradicts itself. */
  readonly route: string | undefined;
  /** The one that the gateway took in the handshake; empty without mutual TLS. */
  readonly clientCertPem: string;
  /** Every value of `x-api-key`. */
  readonly apiKeys: readonly string[];
  /** Every value of `X-Subject`. */
  readonly subjects: readonly string[];
  /** The other end of the connection, as the gateway saw it; never what a header says. */
  readonly sourceIp: string;
}

/** Whose a request is: what pages, counts and reads as a client's leaves scans out. It decides nothing else. */
export type Traffic = "scan" | "client";

/** What the edge function and the access log get to know of a request that was let through; nothing else. */
export interface AuthorizedContext {
  readonly correlationId: Uuid;
  readonly clientId: string;
  readonly traffic: Traffic;
  readonly subject?: string;
}

export type Decision =
  | { readonly effect: "allow"; readonly context: AuthorizedContext }
  | {
      readonly effect: "deny";
      readonly reason: DenyReason;
      /** What was thrown, for the log's class and code. */
      readonly cause?: unknown;
    };

/** Carries a reason out of the checks; never leaves this file. */
class Denied extends Error {
  constructor(readonly reason: DenyReason) {
    super(reason);
  }
}

function ensure(condition: boolean, reason: DenyReason): asserts condition {
  if (!condition) throw new Denied(reason);
}

/**
 * Lets a request through only when every condition holds; anything else, a fault included, denies (B5.3).
 *
 * The client is who its certificate says. The API key is a meter: it must be that client's, and says nothing of who
 * that is.
 *
 * @param nowMs milliseconds since the epoch
 */
export function authorize(request: AuthorizationRequest, sources: Sources, nowMs: number): Decision {
  try {
    const { route } = request;
    ensure(route !== undefined, "event-malformed");
    const clientId = clientOf(request.clientCertPem, sources, nowMs);
    const keyDigests = sources.keyDigests.get(clientId);
    ensure(keyDigests !== undefined, "client-unknown");
    const traffic = trafficOf(clientId, request.sourceIp, sources.scanning);
    const agent = sources.agents.get(request.domain);
    ensure(agent !== undefined, "domain-unknown");
    checkAgent(agent, clientId, route);
    checkKey(request.apiKeys, keyDigests);
    const subject = subjectOf(request.subjects);
    const { correlationId } = request;
    return {
      effect: "allow",
      context: { correlationId, clientId, traffic, ...(subject === undefined ? {} : { subject }) },
    };
  } catch (error) {
    if (error instanceof Denied) return { effect: "deny", reason: error.reason };
    return { effect: "deny", reason: "fault", cause: error };
  }
}

/** The client that a certificate of ours names. */
function clientOf(pem: string, sources: Sources, nowMs: number): string {
  ensure(pem !== "", "certificate-missing");
  const certificate = readOrDeny(pem);
  const issuer = checkIssuer(certificate, sources.issuers, nowMs);
  ensure(nowMs >= certificate.notBeforeMs, "certificate-not-yet-valid");
  ensure(nowMs <= certificate.notAfterMs, "certificate-expired");
  checkUsage(certificate);
  checkRevocation(certificate, issuer, sources, nowMs);
  return readIdentity(certificate);
}

function readOrDeny(pem: string): Certificate {
  try {
    return readCertificate(pem);
  } catch (error) {
    if (error instanceof MalformedCertificate) throw new Denied("certificate-malformed");
    throw error;
  }
}

/** By name, then by key, then by signature: a foreign authority can copy the first two. */
function checkIssuer(certificate: Certificate, issuers: readonly Certificate[], nowMs: number): Certificate {
  ensure(SIGNATURE_ALGORITHMS.has(certificate.signatureAlgorithm), "certificate-algorithm");
  const issuer = issuers.find(
    (known) =>
      known.subject === certificate.issuer &&
      known.subjectKeyId !== undefined &&
      known.subjectKeyId === certificate.authorityKeyId,
  );
  ensure(issuer !== undefined, "issuer-unknown");
  ensure(certificate.x509.verify(issuer.x509.publicKey), "signature-invalid");
  ensure(nowMs >= issuer.notBeforeMs && nowMs <= issuer.notAfterMs, "issuer-not-in-force");
  return issuer;
}

/** A client's leaf and nothing else: a leaf that may also serve is a service's. */
function checkUsage({ isAuthority, keyUsage, extendedKeyUsage }: Certificate): void {
  const signs =
    keyUsage !== undefined && (keyUsage & DIGITAL_SIGNATURE) !== 0 && (keyUsage & KEY_CERT_SIGN) === 0;
  const onlyClientAuth = extendedKeyUsage.length === 1 && extendedKeyUsage[0] === CLIENT_AUTH;
  ensure(!isAuthority && signs && onlyClientAuth, "certificate-usage");
}

/** A list that is too old says nothing about today: it denies everybody, and its age is watched long before. */
function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  sources: Sources,
  nowMs: number,
): void {
  const { issuedAtMs, maxAgeMs, revoked } = sources.revocation;
  const ageMs = nowMs - issuedAtMs;
  ensure(ageMs >= -MAX_CLOCK_SKEW_MS && ageMs <= maxAgeMs, "revocation-list-stale");
  const id = revocationId({ issuerKeyId: issuer.subjectKeyId ?? "", serial: certificate.serial });
  ensure(!revoked.has(id), "certificate-revoked");
}

const clientIdForm = new RegExp(CLIENT_ID_PATTERN);

function readIdentity({ alternativeNames }: Certificate): string {
  const [name, ...others] = alternativeNames;
  ensure(name !== undefined, "identity-missing");
  ensure(others.length === 0, "identity-ambiguous");
  ensure(name.uri?.startsWith(CLIENT_URI_PREFIX) === true, "identity-malformed");
  const clientId = name.uri.slice(CLIENT_URI_PREFIX.length);
  ensure(clientId.length <= MAX_CLIENT_ID_CHARACTERS && clientIdForm.test(clientId), "identity-malformed");
  return clientId;
}

/**
 * A scan is who has the scans' certificate and calls from the scans' addresses: neither is enough alone. Its certificate is refused
 * from anywhere else, so that a stolen one can hide nobody from those who are paged.
 */
function trafficOf(clientId: string, sourceIp: string, scanning: Sources["scanning"]): Traffic {
  if (clientId !== scanning.clientId) return "client";
  const family = isIP(sourceIp);
  ensure(
    family !== 0 && scanning.addresses.check(sourceIp, family === 4 ? "ipv4" : "ipv6"),
    "address-not-scans",
  );
  return "scan";
}

function checkAgent(agent: AgentAccess, clientId: string, route: string): void {
  ensure(agent.clients.has(clientId), "client-not-allowed");
  ensure(agent.routes.has(route), "route-not-served");
}

/** Compared by digest and with every live one, so that the time says nothing about which was nearly right. */
function checkKey(apiKeys: readonly string[], liveDigests: readonly Buffer[]): void {
  const [apiKey, ...others] = apiKeys;
  ensure(apiKey !== undefined && apiKey !== "", "key-missing");
  ensure(others.length === 0, "key-ambiguous");
  const digest = createHash("sha256").update(apiKey, "utf8").digest();
  const matches = liveDigests.map((live) => timingSafeEqual(live, digest));
  ensure(matches.includes(true), "key-unknown");
}

const subjectForm = new RegExp(SUBJECT_PATTERN);

function subjectOf(subjects: readonly string[]): string | undefined {
  const [subject, ...others] = subjects;
  if (subject === undefined) return undefined;
  ensure(others.length === 0, "subject-ambiguous");
  ensure(subjectForm.test(subject), "subject-malformed");
  return subject;
}
