import { blocks, clauses, milestones, type ClauseId } from "../../policies/clauses";
import { proofs } from "../../policies/proofs";
import { plural } from "../style";
import type {
  BlockRow,
  ClauseRow,
  EvidenceRow,
  Judgement,
  KickOff,
  LetterRow,
  MilestoneRow,
  PolicyRow,
  State,
} from "./model";

/** The board of B7.7: each clause and each block with owner, deadline and state. Pure. */

const HOUR_MS = 3_600_000;
const SEVERITY: readonly State[] = ["met", "unknown", "not-met"];

export const worstState = (states: readonly State[]): State =>
  states.reduce<State>((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), "met");

export interface BoardInput {
  readonly policies: readonly PolicyRow[];
  readonly evidence: readonly EvidenceRow[];
  /** Those that the stack needs. */
  readonly letters: readonly LetterRow[];
  readonly kickOff: KickOff;
  readonly atMs: number;
}

export function clauseRowsOf({
  policies,
  evidence,
  letters,
  kickOff,
  atMs,
}: BoardInput): readonly ClauseRow[] {
  return clauses.map((clause) => {
    const judging = policies.filter((policy) => policy.clauses.includes(clause.id));
    const shown = evidence.find((row) => row.clause === clause.id);
    const judgement = judgementOf(clause.id, judging, shown, letters);
    return {
      id: clause.id,
      shownBy: proofs[clause.id].shownBy,
      block: clause.block,
      text: clause.text,
      holdsWhen: clause.holdsWhen,
      owner: clause.owner,
      milestone: clause.milestone,
      dueHours: clause.dueHours,
      ...deadline(kickOff, clause.dueHours, judgement.state, atMs),
      ...judgement,
      policies: judging
        .map(({ name, verdict }) => ({ name, verdict }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ...(shown === undefined ? {} : { evidence: shown.state }),
      proofs: proofs[clause.id].tests.map(({ file, title }) => ({ file, title })),
    };
  });
}

/** The worst of all that is said counts. */
function judgementOf(
  id: ClauseId,
  judging: readonly PolicyRow[],
  evidence: EvidenceRow | undefined,
  letters: readonly LetterRow[],
): Judgement {
  const byPolicies = judging.map((policy) => judgementOfPolicy(id, policy));
  const parts: readonly Judgement[] = [
    ...byPolicies,
    ...(evidence === undefined
      ? []
      : [{ state: evidence.state, because: evidence.because.map((why) => `evidence: ${why}`) }]),
    ...beyondPolicies(id, judging.length, evidence, letters),
  ];
  const state = worstState(parts.map((part) => part.state));
  const held = byPolicies.filter((part) => part.state === "met").length;
  return {
    state,
    because: [
      ...(judging.length === 0
        ? []
        : [
            `${held} of ${plural(judging.length, "policy", "policies")} ${judging.length === 1 ? "holds" : "hold"}`,
          ]),
      ...exceptedOf(judging),
      ...parts.filter((part) => part.state === state).flatMap((part) => part.because),
    ],
  };
}

/** What a clause takes that no policy gives: what is declared may be right, and what it asks for not be there. */
function beyondPolicies(
  id: ClauseId,
  policies: number,
  evidence: EvidenceRow | undefined,
  letters: readonly LetterRow[],
): readonly Judgement[] {
  const { shownBy, tests } = proofs[id];
  switch (shownBy) {
    case "policies":
      return policies === 0 ? [{ state: "unknown", because: ["no policy judged it"] }] : [];
    case "tests": {
      const files = [...new Set(tests.map(({ file }) => file))].join(", ");
      return [
        {
          state: "unknown",
          because: [
            `${policies === 0 ? "it" : "the rest"} rests on tests, which an audit does not run: ${files}`,
          ],
        },
      ];
    }
    case "evidence":
      return evidence === undefined
        ? [{ state: "unknown", because: ["it is shown by evidence, and none was judged"] }]
        : [];
    case "letter":
      return letters.length === 0
        ? [{ state: "unknown", because: ["it is shown by a letter, and none was judged"] }]
        : letters.map(({ title, valid, says }) => ({
            state: valid ? "met" : "unknown",
            because: [`${title}: ${says}`],
          }));
  }
}

function judgementOfPolicy(id: ClauseId, policy: PolicyRow): Judgement {
  const { name, verdict, reason } = policy;
  switch (verdict) {
    case "violated":
      return { state: "not-met", because: [`${name} is violated`] };
    case "disabled":
      return { state: "unknown", because: [`${name} is disabled`] };
    case "not-applicable":
      return {
        state: "unknown",
        because: [`${name} found nothing to judge${reason === undefined ? "" : `: ${reason}`}`],
      };
    case "advisory": {
      const told = toldOf(id, policy);
      return told.length === 0 ? HOLDS : { state: "unknown", because: told };
    }
    case "passed":
      return HOLDS;
  }
}

const HOLDS: Judgement = { state: "met", because: [] };

const MOST_TOLD = 3;

/** An advisory policy stops nothing; what it tells leaves the clauses open that it names, or all of its own where it names none. */
function toldOf(id: ClauseId, { name, clauses: own, findings }: PolicyRow): readonly string[] {
  const told = findings
    .filter(({ verdict, message }) => {
      if (verdict !== "advisory") return false;
      const named = (message.match(CLAUSE_ID) ?? []).filter((one) => own.includes(one));
      return named.length === 0 || named.includes(id);
    })
    .map(({ message }) => `${name}: ${message}`);
  const left = told.length - MOST_TOLD;
  return left > 0 ? [...told.slice(0, MOST_TOLD), `${name}: and ${left} more`] : told;
}

const CLAUSE_ID = /\bB\d\.\d+\b/g;

/** `5 resources excepted (EX-001, EX-002 until 2027-11-26)`: where its policies do not hold, by a decision that ends. */
function exceptedOf(judging: readonly PolicyRow[]): readonly string[] {
  const excepted = judging.flatMap(({ findings }) =>
    findings.filter(({ verdict }) => verdict === "excepted"),
  );
  if (excepted.length === 0) return [];
  const ends = new Map<string, Set<string>>();
  for (const { exception } of excepted)
    if (exception) ends.set(exception.expires, (ends.get(exception.expires) ?? new Set()).add(exception.id));
  const until = [...ends]
    .map(([expires, ids]) => `${[...ids].sort().join(", ")} until ${expires}`)
    .join("; ");
  const resources = new Set(excepted.map(({ resource }) => resource)).size;
  return [`${plural(resources, "resource")} excepted${until === "" ? "" : ` (${until})`}`];
}

function deadline(
  kickOff: KickOff,
  hours: number | null,
  state: State,
  atMs: number,
): { readonly dueAt?: string; readonly overdue: boolean } {
  if (!kickOff.set || hours === null) return { overdue: false };
  const dueMs = Date.parse(kickOff.at) + hours * HOUR_MS;
  return { dueAt: new Date(dueMs).toISOString(), overdue: state !== "met" && dueMs <= atMs };
}

export function blockRowsOf(
  rows: readonly ClauseRow[],
  { kickOff, atMs }: Pick<BoardInput, "kickOff" | "atMs">,
): readonly BlockRow[] {
  return blocks.map(({ id, title }) => {
    const own = rows.filter(({ block }) => block === id);
    const state = worstState(own.map((row) => row.state));
    const hours = own.flatMap(({ dueHours }) => (dueHours === null ? [] : [dueHours]));
    const dueHours = hours.length === 0 ? null : Math.max(...hours);
    const count = (wanted: State): number => own.filter((row) => row.state === wanted).length;
    return {
      id,
      title,
      owners: [...new Set(own.flatMap(({ owner }) => (owner === null ? [] : [owner])))],
      milestones: milestones.map((one) => one.id).filter((one) => own.some((row) => row.milestone === one)),
      dueHours,
      ...deadline(kickOff, dueHours, state, atMs),
      state,
      met: count("met"),
      notMet: count("not-met"),
      unknown: count("unknown"),
    };
  });
}

export const milestoneRowsOf = (kickOff: KickOff, atMs: number): readonly MilestoneRow[] =>
  milestones.map(({ id, hours, text }) => {
    if (!kickOff.set) return { id, hours, text, passed: false };
    const ms = Date.parse(kickOff.at) + hours * HOUR_MS;
    return { id, hours, text, at: new Date(ms).toISOString(), passed: ms <= atMs };
  });
