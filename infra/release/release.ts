import * as path from "node:path";
import { readContract } from "../contract/contract";
import { readCollectorKeys, readCollectors } from "../evidence/record/collectorKeys";
import { demandsOf } from "../evidence/record/judge";
import { readCopy } from "../evidence/record/readCopy";
import { EVIDENCE_CLAUSES } from "../evidence/record/requirements";
import { sourceDigest } from "../evidence/record/sourceDigest";
import { verifyEvidence, type Verification } from "../evidence/record/verify";
import { loadSettings } from "../settings/loadSettings";
import { ProblemError } from "../shared/problem";
import { readLetters } from "./letter";
import type { Phase } from "./letter.schema";
import { readRoles } from "./roleKeys";
import { readStackFile } from "./stackFile";
import { STAGING } from "./stackFacts";
import { TRUSTED_ROLES, trustedOf, type TrustedRoles } from "./trustedRoles";
import { isRefusal, verifyLetter, type LetterRefusal, type ValidLetter } from "./verifyLetter";

export interface Where {
  /** The folder of `Pulumi.yaml`. */
  readonly projectDir: string;
  readonly stack: string;
  readonly nowMs: number;
  /** @default the ones of the program; tests have keys of their own */
  readonly trustedRoles?: TrustedRoles;
}

/** What the letter that releases a stack gives, or all that stands against it. */
export type Release = { readonly unprotect: readonly string[] } | { readonly problems: readonly string[] };

const stackDir = (projectDir: string, stack: string): string => path.join(projectDir, "stacks", stack);

/**
 * Whether a stack that is not staging may be deployed (B0.1, B0.2): by a Carta GO of Fase B for it, and by staging's evidence for every
 * clause that holds by evidence, all of it of the source that is here. What cannot be read is not met.
 */
export function releaseOf(where: Where): Release {
  const { projectDir, nowMs } = where;
  const problems: string[] = [];
  const source = told(problems, () => sourceDigest(projectDir));
  const evidence =
    source === undefined ? undefined : told(problems, () => verifiedEvidence(projectDir, source, nowMs));
  if (source === undefined || evidence === undefined) return { problems };
  const letter = told(problems, () => letterOf(where, "fase-b", source, evidence));
  if (letter !== undefined && isRefusal(letter)) problems.push(letter.refusal);
  problems.push(...missing(evidence));
  return problems.length > 0 || letter === undefined || isRefusal(letter)
    ? { problems }
    : { unprotect: letter.letter.unprotect };
}

/**
 * What the letter of Fase A lifts in staging, which is deployed with it or without: where there is none that is valid, nothing. That there
 * is none is the pack's to say.
 */
export function unprotectedInStaging(input: Omit<Where, "stack">): readonly string[] {
  const { projectDir, nowMs } = input;
  const where = { ...input, stack: STAGING.stack };
  const unread: string[] = [];
  const letter = told(unread, () => {
    if (readLetters(stackDir(projectDir, STAGING.stack)).length === 0) return undefined;
    const source = sourceDigest(projectDir);
    return letterOf(where, "fase-a", source, verifiedEvidence(projectDir, source, nowMs));
  });
  return letter === undefined || isRefusal(letter) ? [] : letter.letter.unprotect;
}

/** What a person can mend is one of the problems; anything else is a fault of ours, and nothing is deployed after it. */
function told<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProblemError) problems.push(error.message);
    else if (error instanceof Error && FOR_PEOPLE.includes(error.name))
      problems.push(...error.message.split("\n").map((line) => line.trim()));
    else throw error;
    return undefined;
  }
}

const FOR_PEOPLE: readonly string[] = ["SettingsError", "ContractError"];

/** Staging's evidence by what staging's own settings demand, whichever stack is to be released. */
function verifiedEvidence(projectDir: string, source: string, nowMs: number): Verification {
  const { stack } = STAGING;
  const config = { project: PROJECT, stack, values: readStackFile(projectDir, stack), secretKeys: [] };
  const folder = stackDir(projectDir, stack);
  return verifyEvidence({
    files: readCopy(path.join(folder, "evidence")),
    keys: readCollectorKeys(folder),
    stack,
    sourceDigest: source,
    nowMs,
    demands: demandsOf(loadSettings(config, readContract(), { nowMs })),
    clauses: EVIDENCE_CLAUSES,
  });
}

const PROJECT = "fase-b";

function letterOf(
  { projectDir, stack, nowMs, trustedRoles = TRUSTED_ROLES }: Where,
  phase: Phase,
  source: string,
  { clauses }: Verification,
): ValidLetter | LetterRefusal {
  const folder = stackDir(projectDir, stack);
  return verifyLetter({
    files: readLetters(folder),
    roles: readRoles(folder),
    trustedRoles: trustedOf(trustedRoles, stack),
    collectors: readCollectors(stackDir(projectDir, STAGING.stack)),
    stack,
    phase,
    sourceDigest: source,
    nowMs,
    believed: (clause, digest) =>
      clauses.some(
        (one) =>
          one.clause === clause &&
          one.verdict === "met" &&
          one.pieces.some(({ sha256 }) => sha256 === digest),
      ),
  });
}

/** A line for each clause that is not met, and for each file that is not believed, whatever clause it is of. */
export const missing = ({ clauses, refusals }: Verification): readonly string[] => [
  ...clauses
    .filter(({ verdict }) => verdict !== "met")
    .map(
      ({ clause, verdict, because }) =>
        `${clause}: got ${verdict}: ${because}; allowed: met, by evidence of this source; fix: npm run evidence -- collect ${clause} --key <file>`,
    ),
  ...refusals.map(
    ({ what, why }) =>
      `stacks/${STAGING.stack}/evidence/${what}: got a file that is not believed: ${why}; allowed: evidence as it was collected; fix: npm run evidence -- verify`,
  ),
];
