import { blocks, clauses, milestones, type ClauseId } from "../../policies/clauses";
import { proofs } from "../../policies/proofs";
import type {
  BlockRow,
  ClauseRow,
  EvidenceRow,
  Judgement,
  KickOff,
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
  readonly kickOff: KickOff;
  readonly atMs: number;
}

export function clauseRowsOf({ policies, evidence, kickOff, atMs }: BoardInput): readonly ClauseRow[] {
  return clauses.map((clause) => {
    const judging = policies.filter((policy) => policy.clauses.includes(clause.id));
    const shown = evidence.find((row) => row.clause === clause.id);
    const judgement = judgementOf(clause.id, judging, shown);
    return {
      id: clause.id,
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

/** The worst counts; what nothing here judges is not known, and what nobody has built is not met. */
function judgementOf(
  id: ClauseId,
  judging: readonly PolicyRow[],
  evidence: EvidenceRow | undefined,
): Judgement {
  const { notBuilt } = proofs[id];
  const parts: Judgement[] = [
    ...(notBuilt === undefined ? [] : [{ state: "not-met" as const, because: [`not built: ${notBuilt}`] }]),
    ...judging.map(judgementOfPolicy),
    ...(evidence === undefined
      ? []
      : [{ state: evidence.state, because: evidence.because.map((why) => `evidence: ${why}`) }]),
  ];
  if (parts.length === 0) return { state: "unknown", because: [BY_TESTS] };
  const state = worstState(parts.map((part) => part.state));
  const because = parts.filter((part) => part.state === state).flatMap((part) => part.because);
  return { state, because: state === "met" ? [metBecause(judging.length, evidence)] : because };
}

const BY_TESTS = "no policy and no evidence is about it: its proofs are tests, which an audit does not run";

function metBecause(policies: number, evidence: EvidenceRow | undefined): string {
  const said = policies === 0 ? [] : [`${policies} ${policies === 1 ? "policy holds" : "policies hold"}`];
  return [...said, ...(evidence === undefined ? [] : ["its evidence is met"])].join(", and ");
}

/** An advisory policy tells and does not judge. */
function judgementOfPolicy({ name, verdict, reason }: PolicyRow): Judgement {
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
    default:
      return { state: "met", because: [] };
  }
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
