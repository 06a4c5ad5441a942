import { createHash, createPublicKey } from "node:crypto";
import { readFacts } from "../../infra/functions/pki/certificateFacts";
import { checkInForce, type Issuer } from "../../infra/functions/pki/issuer";
import { issueClientLeaf } from "../../infra/functions/pki/leaf";
import { certificatesIn } from "../../infra/functions/pki/pem";
import { readRequest } from "../../infra/functions/pki/request";
import { normalSerial } from "../../infra/functions/authorizer/certificate";
import type { LedgerEntry } from "../../infra/trust/ledger";
import { ClientError } from "./errors";
import type { LedgerFile } from "./files";
import { revocationIdOf, type IssuedLeaf, type TrustState, type TrustTable } from "./trustTable";

/** What the settings say of clients' certificates. */
export interface EnrolmentSettings {
  readonly clientIds: readonly string[];
  /** The clients whose certificates a rotation issues, by that function's name. */
  readonly issuedByRotation: Readonly<Record<string, string>>;
  readonly leafLifetimeDays: number;
  /** The one generation that issues. */
  readonly generation: string;
  /** Within so long a revocation is in force. */
  readonly revocationSeconds: number;
}

export interface CertificatePorts {
  readonly settings: EnrolmentSettings;
  readonly trust: TrustTable;
  readonly ledger: LedgerFile;
  readonly issuerOf: (generation: string) => Promise<Issuer>;
  readonly nowMs: () => number;
}

export interface IssueRequest {
  readonly kind: "enroll" | "renew";
  readonly clientId: string;
  readonly csrPem: string;
}

export interface Issued {
  readonly entry: LedgerEntry;
  /** Leaf, then its issuer. */
  readonly chainPem: string;
  /** It was recorded before: this is that one, not another. */
  readonly again: boolean;
  /** Those that stay good beside it. */
  readonly others: readonly IssuedLeaf[];
}

const DAY_MS = 86_400_000;
/** The clocks of client and gateway differ. */
const EARLY_MS = 5 * 60_000;

/**
 * Issues a client's certificate, and records it before anybody has it.
 *
 * The ledger is written first, then the table: whatever a crash leaves, the same request finds its entry and is given
 * that very certificate again, of the same serial number and times.
 *
 * @throws ClientError, PkiProblem
 */
export async function issue(ports: CertificatePorts, request: IssueRequest): Promise<Issued> {
  const { settings, trust, ledger } = ports;
  const { clientId, kind } = request;
  checkClient(settings.clientIds, clientId);
  checkNotRotated(settings, request);
  const { publicKeyPem } = await readRequest(request.csrPem);
  const nowMs = ports.nowMs();
  const state = await trust.read([clientId]);
  const entries = ledger.read().certificates.filter((entry) => entry.clientId === clientId);
  const publicKeyDigest = digestOf(publicKeyPem);
  const known = entries.find((entry) => entry.publicKeyDigest === publicKeyDigest);
  const live = liveLeaves(state, clientId, nowMs);
  if (known === undefined) checkMayIssue(kind, clientId, live, entries);
  else {
    checkMayRepeat(kind, known, recorded(ports, state, clientId), state, nowMs);
    checkLife(known, settings, nowMs);
  }

  const generation = known?.generation ?? settings.generation;
  const issuer = await ports.issuerOf(generation);
  checkInForce(issuer, nowMs);
  const times =
    known === undefined
      ? { notBeforeMs: nowMs - EARLY_MS, notAfterMs: nowMs + settings.leafLifetimeDays * DAY_MS }
      : {
          notBeforeMs: Date.parse(known.notBefore),
          notAfterMs: Date.parse(known.notAfter),
          serial: known.serial,
        };
  const leaf = await issueClientLeaf(issuer, { publicKeyPem, clientId, ...times });
  if (known !== undefined && known.issuerKeyId !== leaf.issuerKeyId) throw otherIssuer(known);
  const entry: LedgerEntry = {
    clientId,
    serial: leaf.serial,
    issuerKeyId: leaf.issuerKeyId,
    generation,
    publicKeyDigest,
    notBefore: new Date(leaf.notBeforeMs).toISOString(),
    notAfter: new Date(leaf.notAfterMs).toISOString(),
  };
  if (known === undefined)
    await ledger.change(({ certificates }) => {
      checkUnchanged(clientId, entries, certificates);
      return { certificates: [...certificates, entry] };
    });
  const { issuerKeyId, serial, notAfterMs } = leaf;
  await trust.record(clientId, { issuerKeyId, serial, notAfterMs });
  return {
    entry,
    chainPem: leaf.certificatePem + issuer.certificatePem.trimEnd() + "\n",
    again: known !== undefined,
    others: live.filter((other) => other.serial !== serial),
  };
}

/** What was recorded for a request before, if anything. */
export async function recordedFor(
  { ledger }: Pick<CertificatePorts, "ledger">,
  { clientId, csrPem }: IssueRequest,
): Promise<LedgerEntry | undefined> {
  const publicKeyDigest = digestOf((await readRequest(csrPem)).publicKeyPem);
  return ledger
    .read()
    .certificates.find((entry) => entry.clientId === clientId && entry.publicKeyDigest === publicKeyDigest);
}

/** Whether a file holds that very certificate already. */
export function holds(text: string, { serial, issuerKeyId }: LedgerEntry): boolean {
  const [leaf] = certificatesIn(text);
  if (leaf === undefined) return false;
  try {
    const facts = readFacts("file", leaf);
    return facts.serial === serial && facts.issuerKeyId === issuerKeyId;
  } catch {
    return false;
  }
}

export interface RevokeRequest {
  readonly clientId: string;
  /** A serial number, or `<issuer's key id>:<serial>` for one that nobody recorded; undefined with `all`. */
  readonly serial?: string;
  readonly all: boolean;
}

export interface Revoked {
  readonly ids: readonly string[];
  /** Of them, those that were revoked before. */
  readonly already: number;
}

/** Adds certificates to the list by which the authorizer refuses. May be repeated. */
export async function revoke(ports: CertificatePorts, request: RevokeRequest): Promise<Revoked> {
  const { clientId } = request;
  checkClient(clientsOf(ports), clientId);
  const state = await ports.trust.read([clientId]);
  const leaves = recorded(ports, state, clientId);
  const ids = chosen(request, leaves, state, ports.nowMs());
  await ports.trust.revoke(ids);
  return { ids, already: ids.filter((id) => state.revoked.has(id)).length };
}

export type CertificateState = "live" | "revoked" | "expired";

export interface ListedLeaf extends IssuedLeaf {
  readonly clientId: string;
  readonly state: CertificateState;
  /** Undefined where the ledger does not know it. */
  readonly generation: string | undefined;
  /** The table knows it. */
  readonly recorded: boolean;
}

/** Every certificate that table or ledger know, by client and end. */
export async function list(ports: CertificatePorts, clientId?: string): Promise<readonly ListedLeaf[]> {
  if (clientId !== undefined) checkClient(clientsOf(ports), clientId);
  const clientIds = clientId === undefined ? clientsOf(ports) : [clientId];
  const state = await ports.trust.read(clientIds);
  const nowMs = ports.nowMs();
  const { certificates } = ports.ledger.read();
  return clientIds.flatMap((id) =>
    recorded(ports, state, id)
      .map((leaf) => ({
        ...leaf,
        clientId: id,
        state: stateOf(leaf, state, nowMs),
        generation: certificates.find((entry) => isSame(entry, leaf))?.generation,
        recorded: (state.issued.get(id) ?? []).some((one) => isSame(one, leaf)),
      }))
      .sort((one, other) => one.notAfterMs - other.notAfterMs),
  );
}

/** So long after its end nobody's clock takes it for live any more. */
const FORGET_AFTER_MS = 3_600_000;

/** Forgets what has expired, in table and ledger. */
export async function prune(ports: CertificatePorts, clientId?: string): Promise<readonly ListedLeaf[]> {
  const endedBefore = ports.nowMs() - FORGET_AFTER_MS;
  const gone = (await list(ports, clientId)).filter(({ notAfterMs }) => notAfterMs < endedBefore);
  for (const id of new Set(gone.map((leaf) => leaf.clientId)))
    await ports.trust.forget(
      id,
      gone.filter((leaf) => leaf.clientId === id),
    );
  if (gone.length === 0) return gone;
  await ports.ledger.change(({ certificates }) => ({
    certificates: certificates.filter(
      (entry) => !gone.some((leaf) => leaf.clientId === entry.clientId && isSame(entry, leaf)),
    ),
  }));
  return gone;
}

/** Of the settings, and those that left them while their certificates live. */
const clientsOf = ({ settings, ledger }: CertificatePorts): readonly string[] =>
  [...new Set([...settings.clientIds, ...ledger.read().certificates.map(({ clientId }) => clientId)])].sort();

type Named = Pick<IssuedLeaf, "issuerKeyId" | "serial">;
const isSame = (one: Named, other: Named): boolean => revocationIdOf(one) === revocationIdOf(other);

/** What table and ledger know of a client, each once. */
function recorded(ports: CertificatePorts, state: TrustState, clientId: string): readonly IssuedLeaf[] {
  const inTable = state.issued.get(clientId) ?? [];
  const inLedger = ports.ledger
    .read()
    .certificates.filter((entry) => entry.clientId === clientId)
    .map(({ issuerKeyId, serial, notAfter }) => ({ issuerKeyId, serial, notAfterMs: Date.parse(notAfter) }));
  return [...inTable, ...inLedger.filter((leaf) => !inTable.some((other) => isSame(leaf, other)))];
}

const stateOf = (leaf: IssuedLeaf, { revoked }: TrustState, nowMs: number): CertificateState =>
  leaf.notAfterMs < nowMs ? "expired" : revoked.has(revocationIdOf(leaf)) ? "revoked" : "live";

const liveLeaves = (state: TrustState, clientId: string, nowMs: number): readonly IssuedLeaf[] =>
  (state.issued.get(clientId) ?? []).filter((leaf) => stateOf(leaf, state, nowMs) === "live");

const digestOf = (publicKeyPem: string): string =>
  createHash("sha256")
    .update(createPublicKey(publicKeyPem).export({ type: "spki", format: "der" }))
    .digest("hex");

function checkClient(clientIds: readonly string[], clientId: string): void {
  if (clientIds.includes(clientId)) return;
  throw new ClientError({
    what: "client_id",
    got: JSON.stringify(clientId.slice(0, 64)),
    allowed: [...clientIds].sort().join(", "),
    fix: "name a client of the settings, or add it to fase-b:clients first",
  });
}

/** Another certificate would pass for the prober's or a scan's, and its rotation would know nothing of it. */
function checkNotRotated({ issuedByRotation }: EnrolmentSettings, { kind, clientId }: IssueRequest): void {
  const rotation = Object.hasOwn(issuedByRotation, clientId) ? issuedByRotation[clientId] : undefined;
  if (rotation === undefined) return;
  throw new ClientError({
    what: `${kind} ${clientId}`,
    got: `the client ${clientId}, whose certificates its own rotation issues`,
    allowed: `${kind} for every other client; list, revoke and prune for this one too`,
    fix: `let ${rotation} rotate its secret: it issues new ones`,
  });
}

/** What another run issued since they were judged could be a certificate that speaks against this one. */
function checkUnchanged(
  clientId: string,
  judged: readonly LedgerEntry[],
  certificates: readonly LedgerEntry[],
): void {
  const news = certificates.filter(
    (entry) => entry.clientId === clientId && !judged.some((one) => isSame(one, entry)),
  );
  if (news.length === 0) return;
  throw new ClientError({
    what: clientId,
    got: `a certificate that another run issued just now (${news.map(({ serial }) => serial).join(", ")})`,
    allowed: "one run at a time for a client",
    fix: "run the command again: it is judged anew",
  });
}

/** The ledger is a file that anybody may edit: its times are signed again only where the settings would allow them. */
function checkLife(known: LedgerEntry, { leafLifetimeDays }: EnrolmentSettings, nowMs: number): void {
  const allowedMs = leafLifetimeDays * DAY_MS + EARLY_MS;
  const notAfterMs = Date.parse(known.notAfter);
  if (notAfterMs - Date.parse(known.notBefore) <= allowedMs && notAfterMs - nowMs <= allowedMs) return;
  throw new ClientError({
    what: `the ledger's entry of the certificate ${known.serial}`,
    got: `a life from ${known.notBefore} to ${known.notAfter}`,
    allowed: `${leafLifetimeDays} days (trust.leaves.clients.lifetimeDays) and ${EARLY_MS / 60_000} minutes, from now at the latest`,
    fix: "take the ledger from version control again; where the settings were shortened since, revoke it by its --serial and enroll with a new key",
  });
}

function checkMayIssue(
  kind: IssueRequest["kind"],
  clientId: string,
  live: readonly IssuedLeaf[],
  entries: readonly LedgerEntry[],
): void {
  if (kind === "enroll" && live.length > 0)
    throw new ClientError({
      what: `${clientId}`,
      got: `${live.length === 1 ? "a certificate that lives" : `${live.length} certificates that live`} (${shown(live)})`,
      allowed: "enroll for a client without one",
      fix: `npm run client -- renew ${clientId} with a request of a new key; what got lost is revoked by its --serial`,
    });
  if (kind === "renew" && live.length === 0)
    throw new ClientError({
      what: `${clientId}`,
      got: "no certificate that lives",
      allowed: "renew for a client with one",
      fix: `npm run client -- enroll ${clientId}`,
    });
  // Without their keys nobody could tell whether the request's is a new one.
  const strange = live.filter((leaf) => !entries.some((entry) => isSame(entry, leaf)));
  if (strange.length > 0)
    throw new ClientError({
      what: `${clientId}`,
      got: `certificates that the ledger does not know (${shown(strange)})`,
      allowed: "a ledger with every certificate that lives",
      fix: "get the commit of whoever enrolled it",
    });
}

/** Somebody who runs a command that crashed once more does it by then. */
const REPEATED_WITHIN_MS = DAY_MS;

/**
 * A key that was certified is the same request again, or a key that is not new. A renewal by the key in use is refused:
 * only while the one before it lives, and soon, can it be the renewal that was broken off.
 */
function checkMayRepeat(
  kind: IssueRequest["kind"],
  known: LedgerEntry,
  leaves: readonly IssuedLeaf[],
  state: TrustState,
  nowMs: number,
): void {
  const leaf = { ...known, notAfterMs: Date.parse(known.notAfter) };
  const others = leaves.filter((other) => !isSame(known, other) && other.notAfterMs >= nowMs);
  const isNewest = others.every(({ notAfterMs }) => notAfterMs <= leaf.notAfterMs);
  const isRenewal = others.length > 0 && nowMs - Date.parse(known.notBefore) < REPEATED_WITHIN_MS;
  const is = stateOf(leaf, state, nowMs);
  if (is === "live" && isNewest && (kind === "enroll" || isRenewal)) return;
  throw new ClientError({
    what: "the request's key",
    got: `the key of the certificate ${known.serial}, which ${is === "live" ? "lives" : is === "revoked" ? "was revoked" : "has expired"}`,
    allowed: "a new private key for each certificate",
    fix: "let the client make a new key and a request from it",
  });
}

const otherIssuer = ({ serial, generation }: LedgerEntry): ClientError =>
  new ClientError({
    what: `the certificate ${serial}`,
    got: `another issuer in generation ${generation} than the one that signed it`,
    allowed: "the same",
    fix: "revoke it by its --serial and enroll with a new key",
  });

const shown = (leaves: readonly IssuedLeaf[]): string =>
  leaves.map(({ serial, notAfterMs }) => `${serial} until ${new Date(notAfterMs).toISOString()}`).join(", ");

const SERIAL = /^(?:([0-9a-f]+):)?([0-9a-f]+)$/;

function chosen(
  { clientId, serial, all }: RevokeRequest,
  leaves: readonly IssuedLeaf[],
  state: TrustState,
  nowMs: number,
): readonly string[] {
  const current = leaves.filter((leaf) => leaf.notAfterMs >= nowMs);
  if (serial !== undefined) return [namedId(clientId, serial, leaves, state)];
  const live = current.filter((leaf) => stateOf(leaf, state, nowMs) === "live");
  if (current.length === 0)
    throw new ClientError({
      what: clientId,
      got: "no certificate that has not expired",
      allowed: "a client with one",
      fix: "nothing is left to revoke; one that nobody recorded is named by --serial <issuer's key id>:<serial>",
    });
  if (!all && live.length > 1)
    throw new ClientError({
      what: clientId,
      got: `${live.length} certificates that live (${shown(live)})`,
      allowed: "one of them by --serial, or --all",
      fix: "say which",
    });
  // Without one that lives they are revoked once more, which changes nothing.
  return (all || live.length === 0 ? current : live).map(revocationIdOf);
}

function namedId(clientId: string, text: string, leaves: readonly IssuedLeaf[], state: TrustState): string {
  const [, keyId, digits] = SERIAL.exec(text.toLowerCase()) ?? [];
  if (digits === undefined)
    throw new ClientError({
      what: "--serial",
      got: JSON.stringify(text.slice(0, 80)),
      allowed: "hex without colons, or <issuer's key id>:<serial>",
      fix: `take it from npm run client -- list ${clientId}`,
    });
  const serial = normalSerial(digits);
  if (keyId !== undefined) {
    checkKeyId(keyId, leaves, state);
    return revocationIdOf({ issuerKeyId: keyId, serial });
  }
  const found = leaves.find((leaf) => leaf.serial === serial);
  if (found !== undefined) return revocationIdOf(found);
  throw new ClientError({
    what: "--serial",
    got: serial.slice(0, 64),
    allowed: leaves.map((leaf) => leaf.serial).join(", ") || "none: nothing is recorded",
    fix: "name one of them, or <issuer's key id>:<serial> for one that nobody recorded",
  });
}

/** By a key id that nobody signs with nothing would be revoked, and it would be told that it is. */
function checkKeyId(keyId: string, leaves: readonly IssuedLeaf[], { issuersPem }: TrustState): void {
  const trusted = issuersPem.map((pem) => readFacts("the table's issuers", pem).subjectKeyId);
  const known = new Set([...trusted, ...leaves.map(({ issuerKeyId }) => issuerKeyId)]);
  if (known.has(keyId)) return;
  throw new ClientError({
    what: "--serial: issuer's key id",
    got: keyId.slice(0, 64),
    allowed: [...known].filter((id) => id !== undefined).join(", ") || "none: the table knows no issuer",
    fix: "write the certificate's authority key id (openssl x509 -noout -ext authorityKeyIdentifier), lower-case hex without colons",
  });
}
