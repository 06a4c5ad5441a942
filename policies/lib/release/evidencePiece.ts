/** A file of evidence, from its name to the last signature: all of it agrees, or none of it is believed. */
import { openEnvelope, sha256, signatureHolds } from "./dsse";
import { inForce, type CollectorKey } from "./evidenceKeys";
import {
  askedOf,
  isEvidenceClause,
  readStatement,
  statementPayloadType,
  type EvidenceClause,
  type Kind,
  type Statement,
} from "./evidenceKinds";
import type { FoundFile } from "./record";

/** A file that is believed. */
export type Piece<K extends Kind = Kind> = Statement<K> & {
  readonly path: string;
  readonly sha256: string;
  readonly clause: EvidenceClause;
  readonly collectedAtMs: number;
  /** Names of the collectors who signed it. */
  readonly signedBy: readonly string[];
};

/** Clocks differ. */
export const clockSkewMs = 300_000;

interface Trusted {
  readonly stack: string;
  readonly keys: readonly CollectorKey[];
  readonly nowMs: number;
}

const pathPattern = /^(B\d\.\d)\/([A-Za-z]{1,32})\/(\d{8}T\d{9}Z)-([0-9a-f]{64})\.json$/;

/** @returns why it is not believed, as a text, where it is not */
export function openPiece({ path, bytes }: FoundFile, { stack, keys, nowMs }: Trusted): Piece | string {
  const [, clause = "", kind = "", time = "", named = ""] = pathPattern.exec(path) ?? [];
  if (!isEvidenceClause(clause) || !askedOf[clause].some((each) => each === kind))
    return "nobody asks for evidence of this name: <clause>/<kind>/<time>-<sha256>.json";
  const digest = sha256(bytes);
  if (digest !== named) return `its bytes are others: they have the digest ${digest}`;
  const envelope = openEnvelope(bytes);
  if (typeof envelope === "string") return `it is ${envelope}`;
  if (envelope.payloadType !== statementPayloadType) return `${envelope.payloadType} is signed in it`;
  const signers: CollectorKey[] = [];
  // One that holds is not enough: what anybody could add to it is not evidence.
  for (const signature of envelope.signatures) {
    const key = keys.find(({ keyId }) => keyId === signature.keyId);
    if (!key) return `the key ${signature.keyId} is no collector's`;
    if (!signatureHolds(envelope, signature, key.publicKey))
      return `the signature of ${key.name} is not of these bytes`;
    signers.push(key);
  }
  const statement = readStatement(envelope.payload);
  if (typeof statement === "string") return `it has ${statement}`;
  if (statement.stack !== stack) return `it is about the stack ${statement.stack}`;
  const { said } = statement;
  if (statement.kind !== kind || said.clause !== clause)
    return `it is ${statement.kind} of ${said.clause}, and lies elsewhere`;
  if (said.collectedAt.replace(/[-:.]/g, "") !== time)
    return `it was collected at ${said.collectedAt}, which its name does not say`;
  const collectedAtMs = Date.parse(said.collectedAt);
  if (collectedAtMs > nowMs + clockSkewMs)
    return `${said.collectedAt}, when it was collected, is yet to come`;
  const old = signers.find((key) => !inForce(key, collectedAtMs));
  if (old) return `the key of ${old.name} was not in force at ${said.collectedAt}`;
  return {
    ...statement,
    path,
    sha256: digest,
    clause,
    collectedAtMs,
    signedBy: signers.map(({ name }) => name),
  };
}
