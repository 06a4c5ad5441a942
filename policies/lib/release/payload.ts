/** What a letter says: the JSON that is signed, field by field. */
import { hasExactly, isSha256 } from "./dsse";
import { isInstant } from "./instant";

export const payloadType = "application/vnd.fase-b.carta-go+json";
const letterType = "https://example.com/fase-b/carta-go/v1";

const phases = ["fase-a", "fase-b"] as const;
/** `fase-a` starts the work on staging; `fase-b` releases production. */
export type Phase = (typeof phases)[number];

const decisions = ["GO", "GO condicional", "NO-GO"] as const;
/** On which report each phase is decided. */
const reports = { "fase-a": "Informe A", "fase-b": "Informe B" } as const;

/** From its issue on: the work takes two days, and what a release rests on is fresh for one. */
const longestLifeDays: Readonly<Record<Phase, number>> = { "fase-a": 30, "fase-b": 7 };
const dayMs = 24 * 60 * 60 * 1000;

/** Clauses that hold by evidence, to which a condition can be tied. */
export const evidenceClauses = [
  "B6.2",
  "B6.3",
  "B8.1",
  "B8.2",
  "B8.3",
  "B8.4",
  "B8.5",
  "B8.6",
  "B8.7",
  "B8.8",
] as const;
export type EvidenceClause = (typeof evidenceClauses)[number];

export interface Condition {
  readonly id: string;
  readonly text: string;
  readonly clause: EvidenceClause;
  /** SHA-256 of the envelope of evidence that shows that it is kept. */
  readonly evidence: string;
}

export interface Letter {
  readonly phase: Phase;
  readonly number: number;
  /** SHA-256 of the payload of the letter before it. */
  readonly previous?: string;
  readonly stack: string;
  readonly sourceDigest: string;
  readonly commit: string;
  readonly decision: (typeof decisions)[number];
  readonly conditions: readonly Condition[];
  /** `<type>::<name>` of resources that may be unprotected. */
  readonly unprotect: readonly string[];
  readonly informe: { readonly name: (typeof reports)[Phase]; readonly sha256: string };
  readonly issuedAt: string;
  readonly startsAt: string;
  readonly expiresAt: string;
  /** SHA-256 of `roles.json`. */
  readonly roles: string;
  /** SHA-256 of staging's `collectors.json`. */
  readonly collectors: string;
  /** SHA-256 of the letter as people read it. */
  readonly text: string;
}

const fields = [
  "type",
  "phase",
  "number",
  "stack",
  "sourceDigest",
  "commit",
  "decision",
  "conditions",
  "unprotect",
  "informe",
  "issuedAt",
  "startsAt",
  "expiresAt",
  "roles",
  "collectors",
  "text",
] as const;

const oneOf = <One>(values: readonly One[], value: unknown): One | undefined =>
  values.find((one) => one === value);
const matches = (value: unknown, pattern: RegExp): value is string =>
  typeof value === "string" && pattern.test(value);
const ascends = <Item extends string | number>(items: readonly Item[]): boolean =>
  items.every((item, at) => at === 0 || (items[at - 1] as Item) < item);

/** @returns the letter, or as a text what is wrong with it */
export function readPayload(value: unknown): Letter | string {
  const hasPrevious = hasExactly(value, [...fields, "previous"]);
  if (!hasPrevious && !hasExactly(value, fields))
    return "a payload without the fields of a letter, or with others";
  const phase = oneOf(phases, value.phase);
  const decision = oneOf(decisions, value.decision);
  if (value.type !== letterType || phase === undefined || decision === undefined)
    return "a type, phase or decision that no letter has";
  const { number, stack, sourceDigest, commit, roles, collectors, text } = value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 1 || number > 999)
    return "a number that is not from 1 to 999";
  const previous = hasPrevious ? value.previous : undefined;
  if (hasPrevious && !isSha256(previous)) return "a letter before it that is no SHA-256";
  if (number > 1 !== hasPrevious)
    return `number ${number} ${hasPrevious ? "with" : "without"} a letter before it`;
  if (!matches(stack, /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)) return "a stack without a name";
  if (!isSha256(sourceDigest) || !isSha256(roles) || !isSha256(collectors) || !isSha256(text))
    return "a source, roles, collectors or text that are no SHA-256";
  if (!matches(commit, /^[0-9a-f]{40}$/)) return "a commit that is none";
  const conditions = readConditions(value.conditions);
  if (!conditions)
    return "conditions that are not each an id, a text, a clause and its evidence, by their ids";
  if (conditions.length > 0 !== (decision === "GO condicional"))
    return `${conditions.length} conditions of ${decision}`;
  const unprotect = readUnprotect(value.unprotect);
  if (!unprotect) return "resources to unprotect that are not <type>::<name>, each once, in their order";
  if (decision === "NO-GO" && unprotect.length > 0) return "NO-GO with resources to unprotect";
  const { informe } = value;
  if (!hasExactly(informe, ["name", "sha256"]) || !isSha256(informe.sha256)) return "a report that is none";
  const report = reports[phase];
  if (informe.name !== report) return `a letter of ${phase} that does not rest on ${report}`;
  const { issuedAt, startsAt, expiresAt } = value;
  if (!isInstant(issuedAt) || !isInstant(startsAt) || !isInstant(expiresAt)) return "an instant that is none";
  const issuedMs = Date.parse(issuedAt);
  const expiresMs = Date.parse(expiresAt);
  if (!(issuedMs <= Date.parse(startsAt) && Date.parse(startsAt) < expiresMs))
    return `a life from ${issuedAt} over ${startsAt} to ${expiresAt}`;
  if (expiresMs - issuedMs > longestLifeDays[phase] * dayMs)
    return `a life of more than ${longestLifeDays[phase]} days`;
  return {
    phase,
    number,
    ...(isSha256(previous) ? { previous } : {}),
    stack,
    sourceDigest,
    commit,
    decision,
    conditions,
    unprotect,
    informe: { name: report, sha256: informe.sha256 },
    issuedAt,
    startsAt,
    expiresAt,
    roles,
    collectors,
    text,
  };
}

function readConditions(value: unknown): readonly Condition[] | undefined {
  if (!Array.isArray(value) || value.length > 20) return undefined;
  const conditions: Condition[] = [];
  for (const one of value as unknown[]) {
    if (!hasExactly(one, ["id", "text", "clause", "evidence"])) return undefined;
    const clause = oneOf(evidenceClauses, one.clause);
    if (!matches(one.id, /^C[1-9]\d?$/) || !matches(one.text, /^[^\p{Cc}]{10,400}$/u)) return undefined;
    if (clause === undefined || !isSha256(one.evidence)) return undefined;
    conditions.push({ id: one.id, text: one.text, clause, evidence: one.evidence });
  }
  return ascends(conditions.map(({ id }) => Number(id.slice(1)))) ? conditions : undefined;
}

function readUnprotect(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > 200) return undefined;
  const names = (value as unknown[]).filter((one) => matches(one, /^[\w:/.-]+::[\w./-]+$/));
  return names.length === value.length && ascends(names) ? names : undefined;
}
