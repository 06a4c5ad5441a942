import type { AuthorityRole } from "../log/fields";
import { readStrictly } from "../pki/certificateFacts";
import { certificatesIn } from "../pki/pem";
import { ensure } from "../rotation/problem";
import { CURRENT, versionInRotation, versionWith, type SecretDescription } from "../rotation/secretStore";
import { parseIssued } from "../rotation/issuedCertificates";
import type { WatchedSecret } from "./configuration";

const DAY_MS = 86_400_000;

/** The share of a life that is left: 0 from its end on, 100 before its beginning. */
export const lifeLeftPercent = (notBeforeMs: number, notAfterMs: number, nowMs: number): number =>
  Math.min(100, Math.max(0, (100 * (notAfterMs - nowMs)) / (notAfterMs - notBeforeMs)));

/**
 * Of a client's certificates the one that ends last counts, if it is not revoked. 0 for a client that has none.
 *
 * @throws RotationProblem when a record is not one of ours
 */
export function clientLifeLeft(
  clientId: string,
  issued: ReadonlySet<string>,
  revoked: ReadonlySet<string>,
  lifeMs: number,
  nowMs: number,
): number {
  const ends = [...issued].flatMap((text) => {
    const entry = parseIssued(text);
    ensure(
      entry !== undefined,
      `certificates of client ${clientId}`,
      "an entry of another form",
      "<issuer's key id>:<serial>:<end in milliseconds>",
      "see who wrote it, and enrol the client again",
    );
    return revoked.has(`${entry.issuerKeyId}:${entry.serial}`) ? [] : [entry.notAfterMs];
  });
  const end = Math.max(-Infinity, ...ends);
  return end === -Infinity ? 0 : lifeLeftPercent(end - lifeMs, end, nowMs);
}

/**
 * What is left of the life of the authority of each role that ends first.
 *
 * @throws PkiProblem, RotationProblem when a role has none
 */
export function authorityLifeLeft(
  clientsIssuers: string,
  services: string,
  nowMs: number,
): Readonly<Record<AuthorityRole, number>> {
  const read = (what: string, pems: string) => certificatesIn(pems).map((pem) => readStrictly(what, pem));
  const trusted = read("services", services);
  const isRoot = ({ x509 }: (typeof trusted)[number]): boolean => x509.verify(x509.publicKey);
  const least = (role: AuthorityRole, certificates: typeof trusted): number => {
    ensure(
      certificates.length > 0,
      `table of trust: ${role}`,
      "none",
      "at least one",
      "let the program write it",
    );
    return Math.min(
      ...certificates.map(({ notBeforeMs, notAfterMs }) => lifeLeftPercent(notBeforeMs, notAfterMs, nowMs)),
    );
  };
  return {
    root: least("root", trusted.filter(isRoot)),
    "clients-issuer": least("clients-issuer", read("issuers", clientsIssuers)),
    "services-issuer": least(
      "services-issuer",
      trusted.filter((each) => !isRoot(each)),
    ),
  };
}

export interface SecretState {
  readonly ageDays: number;
  /** Undefined where a person rotates it. */
  readonly overdue: boolean | undefined;
  readonly failed: boolean | undefined;
}

/**
 * How old a secret's value in force is, and whether its rotation is late or stuck.
 *
 * @param made when each version with a value was made
 * @throws RotationProblem for a secret without a value in force
 */
export function secretState(
  { name, rotationMs }: WatchedSecret,
  description: SecretDescription,
  made: ReadonlyMap<string, number>,
  { graceMs, stagedMs }: { readonly graceMs: number; readonly stagedMs: number },
  nowMs: number,
): SecretState {
  const current = versionWith(description, CURRENT);
  const madeMs = current === undefined ? undefined : made.get(current);
  ensure(madeMs !== undefined, `secret ${name}`, "no value in force", "one", "let the program seed it");
  const ageDays = Math.max(0, nowMs - madeMs) / DAY_MS;
  if (rotationMs === undefined) return { ageDays, overdue: undefined, failed: undefined };
  ensure(
    description.rotationEnabled,
    `secret ${name}`,
    "a rotation that is switched off",
    "one that is on",
    "switch it on; nothing rotates this secret now",
  );
  const staged = versionInRotation(description);
  // One without a value yet has no time of its own; staging it changed the secret.
  const stagedSinceMs = staged === undefined ? nowMs : (made.get(staged) ?? description.lastChangedMs);
  return {
    ageDays,
    overdue: nowMs - (description.lastRotatedMs ?? madeMs) > rotationMs + graceMs,
    failed: nowMs - stagedSinceMs > stagedMs,
  };
}
