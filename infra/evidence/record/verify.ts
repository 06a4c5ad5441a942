import { parseEvidencePath } from "../evidenceNames";
import type { CollectorKey } from "./collectorKeys";
import { MAX_ENVELOPE_BYTES, openEnvelope, sha256, signatureHolds } from "./envelope";
import { judge, worst, type Demands, type Judgement } from "./judge";
import type { Predicate, Verdict } from "./predicates";
import { clauseOfPath, isEvidenceClause, isKind, requirements, type EvidenceClause } from "./requirements";
import { notInForce } from "./signerKeys";
import { readStatement, STATEMENT_PAYLOAD_TYPE, type Statement } from "./statement";

/** A file of a copy: where it lies below the folder of evidence, with slashes, and what is in it. */
export interface EvidenceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface VerifyInput {
  readonly files: readonly EvidenceFile[];
  readonly keys: readonly CollectorKey[];
  readonly stack: string;
  /** Of the source that is asked about. */
  readonly sourceDigest: string;
  /** The clock: nothing was collected after it. */
  readonly nowMs: number;
  /** The time that is asked about; what was collected after it does not count. @default nowMs */
  readonly atMs?: number;
  readonly demands: Demands;
  readonly clauses: readonly EvidenceClause[];
  /** Digests that were announced, and must be there: the end of a chain is the one link that no other misses. */
  readonly expected?: readonly string[];
}

/** What is not believed, and why. */
export interface Refusal {
  /** The file; of an announced digest without one that digest. */
  readonly what: string;
  readonly why: string;
  /** Which clause it leaves open, where it is about one. */
  readonly clause?: EvidenceClause;
}

/** A file that is believed. */
export interface Piece {
  readonly path: string;
  readonly sha256: string;
  readonly clause: EvidenceClause;
  readonly collectedAtMs: number;
  /** Names of the collectors whose signatures it has. */
  readonly signedBy: readonly string[];
  readonly statement: Statement;
}

export interface ClauseResult extends Judgement {
  readonly clause: EvidenceClause;
  /** The newest of each kind: those that count. */
  readonly pieces: readonly Piece[];
}

export interface Verification {
  readonly clauses: readonly ClauseResult[];
  readonly refusals: readonly Refusal[];
  /** All that is believed, by path. */
  readonly pieces: readonly Piece[];
}

/** Clocks differ. */
export const CLOCK_SKEW_MS = 300_000;

/** Judges a copy of the evidence by what is in it, the collectors' keys, and the source; it asks nobody. */
export function verifyEvidence(input: VerifyInput): Verification {
  const refusals: Refusal[] = [];
  const refuse = (what: string, why: string, clause = clauseOfPath(what)): void => {
    refusals.push({ what, why, ...(clause === undefined ? {} : { clause }) });
  };
  const pieces: Piece[] = [];
  for (const file of [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const read = openPiece(file, input);
    if (typeof read === "string") refuse(file.path, read);
    else pieces.push(read);
  }
  for (const [path, why] of brokenLinks(pieces, input.demands)) refuse(path, why);
  for (const digest of input.expected ?? [])
    if (!pieces.some((piece) => piece.sha256 === digest))
      refuse(digest, "is missing: it was announced, and no file that is believed has this digest");
  const atMs = input.atMs ?? input.nowMs;
  return {
    clauses: input.clauses.map((clause) => ofClause(clause, pieces, refusals, input, atMs)),
    refusals,
    pieces,
  };
}

/** @returns why it is not believed, as a text, where it is not */
export function openPiece(
  { path, bytes }: EvidenceFile,
  { keys, stack, nowMs }: Pick<VerifyInput, "keys" | "stack" | "nowMs">,
): Piece | string {
  const place = parseEvidencePath(path);
  if (!place) return "its name is none of evidence: <clause>/<kind>/<time>-<sha256>.json";
  const { clause, kind } = place;
  if (!isEvidenceClause(clause)) return `no evidence is asked for of ${clause}`;
  if (!isKind(kind) || !(requirements[clause] as readonly string[]).includes(kind))
    return `${clause} asks for ${requirements[clause].join(" and ")}, not for ${kind}`;
  if (bytes.length > MAX_ENVELOPE_BYTES) return `it has more than ${MAX_ENVELOPE_BYTES} bytes`;
  const digest = sha256(bytes);
  if (digest !== place.sha256) return `its bytes have the digest ${digest}, not the one in its name`;
  const envelope = openEnvelope(bytes);
  if (typeof envelope === "string") return `it is ${envelope}`;
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE)
    return `what is signed is ${envelope.payloadType}, not ${STATEMENT_PAYLOAD_TYPE}`;
  const signers: CollectorKey[] = [];
  // Every one of them, though one would do: what anybody could add is not evidence.
  for (const signature of envelope.signatures) {
    const key = keys.find(({ keyId }) => keyId === signature.keyId);
    if (!key) return `it is signed by the key ${signature.keyId}, which is no collector's`;
    if (!signatureHolds(envelope, signature, key.publicKey))
      return `the signature of ${key.name} (${key.keyId}) is not of these bytes`;
    signers.push(key);
  }
  const statement = readStatement(envelope.payload);
  if (typeof statement === "string") return `it has ${statement}`;
  const { predicate } = statement;
  if (statement.stack !== stack) return `it is about the stack ${statement.stack}, not about ${stack}`;
  if (statement.kind !== kind) return `it is ${statement.kind}, and lies under ${kind}`;
  if (predicate.clause !== clause) return `it is about ${predicate.clause}, and lies under ${clause}`;
  const collectedAtMs = Date.parse(predicate.collectedAt);
  if (collectedAtMs !== place.collectedAtMs)
    return `it was collected at ${predicate.collectedAt}, which is not the time in its name`;
  if (collectedAtMs > nowMs + CLOCK_SKEW_MS)
    return `it was collected at ${predicate.collectedAt}, which is yet to come`;
  for (const key of signers) {
    const why = notInForce(key, collectedAtMs);
    if (why !== undefined)
      return `the key of ${key.name} (${key.keyId}) ${why}, and it was collected at ${predicate.collectedAt}`;
  }
  return {
    path,
    sha256: digest,
    clause,
    collectedAtMs,
    signedBy: signers.map(({ name }) => name),
    statement,
  };
}

/**
 * Where a clause's chain is broken, by path. Two may follow the same one: collectors that ran at the same time; what was removed is seen
 * by what followed it.
 */
function brokenLinks(pieces: readonly Piece[], demands: Demands): readonly (readonly [string, string])[] {
  const byDigest = new Map(pieces.map((piece) => [piece.sha256, piece]));
  const first = new Map<string, string>();
  const broken: (readonly [string, string])[] = [];
  for (const piece of [...pieces].sort((a, b) => a.collectedAtMs - b.collectedAtMs)) {
    const { previous, collectedAt } = piece.statement.predicate;
    if (!keepsBaseline(piece, demands, byDigest))
      broken.push([piece.path, "its baseline is neither its own figure nor the one that it was handed"]);
    if (previous === undefined) {
      const other = first.get(piece.clause);
      if (other === undefined) first.set(piece.clause, piece.path);
      else broken.push([piece.path, `it follows nothing, and ${other} was the first of ${piece.clause}`]);
      continue;
    }
    const link = byDigest.get(previous);
    if (!link || link.clause !== piece.clause)
      broken.push([
        piece.path,
        `what it follows is missing: no file of ${piece.clause} that is believed has the digest ${previous}`,
      ]);
    else if (link.collectedAtMs > piece.collectedAtMs)
      broken.push([piece.path, `it was collected at ${collectedAt}, before what it follows`]);
  }
  return broken;
}

/**
 * A figure of before the work can neither be made up nor changed afterwards: it is the piece's own where what it follows has none, and from
 * then on what all that follow hand on.
 */
function keepsBaseline(
  piece: Piece,
  { minimumRequests }: Demands,
  byDigest: ReadonlyMap<string, Piece>,
): boolean {
  const { previous } = piece.statement.predicate;
  const link = previous === undefined ? undefined : byDigest.get(previous);
  const [kept, said] = [link && baselineOf(link), baselineOf(piece)];
  if (kept !== undefined) return sameFigure(said, kept);
  return said === undefined || (said.samples >= minimumRequests && sameFigure(said, figureOf(piece)));
}

type Figure = NonNullable<Predicate<"metrics">["baseline"]>;

export const baselineOf = ({ statement }: Piece): Figure | undefined =>
  statement.kind === "metrics" ? statement.predicate.baseline : undefined;

/** What a piece measured itself, in the form of a baseline. */
export function figureOf({ statement }: Piece): Figure | undefined {
  if (statement.kind !== "metrics" || statement.predicate.value === undefined) return undefined;
  const { value, samples, window } = statement.predicate;
  return { value, samples, window };
}

const sameFigure = (a: Figure | undefined, b: Figure | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.value === b.value &&
  a.samples === b.samples &&
  a.window.from === b.window.from &&
  a.window.to === b.window.to;

function ofClause(
  clause: EvidenceClause,
  pieces: readonly Piece[],
  refusals: readonly Refusal[],
  { sourceDigest, demands }: VerifyInput,
  atMs: number,
): ClauseResult {
  const own = pieces.filter(
    (piece) => piece.clause === clause && piece.collectedAtMs <= atMs + CLOCK_SKEW_MS,
  );
  const judged = requirements[clause].map((kind): Judgement & { readonly piece?: Piece } => {
    const piece = newest(own.filter(({ statement }) => statement.kind === kind));
    if (!piece) return { verdict: "unknown", because: `no ${kind} evidence was collected` };
    if (piece.statement.sourceDigest !== sourceDigest)
      return { verdict: "unknown", because: `its newest ${kind} is of another source`, piece };
    return { ...judge(clause, piece.statement, demands, atMs), piece };
  });
  const broken = refusals.filter((refusal) => refusal.clause === clause);
  const all: Judgement[] = judged.map(({ verdict, because }) => ({ verdict, because }));
  if (broken.length > 0) all.push({ verdict: "unknown", because: `${broken.length} of its files refused` });
  const [first, ...others] = all;
  const { verdict } = worst([first ?? { verdict: "unknown", because: "" }, ...others]);
  return {
    clause,
    verdict,
    because: [...new Set(all.filter((one) => one.verdict === verdict).map(({ because }) => because))].join(
      "; ",
    ),
    pieces: judged.flatMap(({ piece }) => (piece ? [piece] : [])),
  };
}

/** The last, which no other of them follows; of two of the same instant any, but always the same. */
export function newest(pieces: readonly Piece[]): Piece | undefined {
  const followed = new Set(pieces.map(({ statement }) => statement.predicate.previous));
  const [first, ...others] = pieces.filter((piece) => !followed.has(piece.sha256));
  return others.reduce(
    (a, b) =>
      !a || b.collectedAtMs > a.collectedAtMs || (b.collectedAtMs === a.collectedAtMs && b.sha256 > a.sha256)
        ? b
        : a,
    first,
  );
}

/** True where every clause that was asked about is met, and nothing was refused. */
export const holds = ({ clauses, refusals }: Verification): boolean =>
  refusals.length === 0 && clauses.every(({ verdict }): boolean => verdict === ("met" satisfies Verdict));
