/** What the evidence of staging comes to for one clause. Whatever is not known is not met. */
import { stagingFacts } from "../stackFacts";
import { brokenLinks, newest } from "./evidenceChain";
import { readCollectors } from "./evidenceKeys";
import {
  askedOf,
  evidenceClauses,
  isEvidenceClause,
  type EvidenceClause,
  type Kind,
  type Said,
  type Verdict,
} from "./evidenceKinds";
import { openPiece, type Piece } from "./evidencePiece";
import type { StackRecord } from "./record";

export interface Judgement {
  readonly verdict: Verdict;
  /** Words after "since". */
  readonly because: string;
}

export const met = (because: string): Judgement => ({ verdict: "met", because });
export const notMet = (because: string): Judgement => ({ verdict: "not-met", because });
export const unknown = (because: string): Judgement => ({ verdict: "unknown", because });

export const hourMs = 3_600_000;
/** What was collected so long ago, or shows a window that ended then, is not fresh. */
export const longestAgeHours = 24;

/** When, and of which source, it is asked. */
export interface Asked {
  readonly nowMs: number;
  readonly sourceDigest: string;
}

/** What each kind of evidence that a clause needs says of it. */
export type Shows<C extends EvidenceClause> = {
  readonly [K in (typeof askedOf)[C][number]]: (said: Said<K>, asked: Asked) => Judgement;
};

export interface ClauseRule<C extends EvidenceClause = EvidenceClause> {
  readonly clause: C;
  readonly shows: Shows<C>;
}

export interface ClauseJudgement extends Judgement {
  /** All of the clause that is believed, by path. */
  readonly pieces: readonly {
    readonly sha256: string;
    readonly path: string;
    readonly signedBy: readonly string[];
    readonly collectedAt: string;
  }[];
}

/** A record, read once. */
export interface Opened {
  readonly pieces: readonly Piece[];
  /** Why a file is not believed, by its path. */
  readonly refused: ReadonlyMap<string, string>;
  /** Why nothing of it can be judged. */
  readonly defect?: string;
}

/** @param record of staging, and of no other stack: what is released was tried there */
export function openRecord(record: StackRecord, nowMs: number): Opened {
  const pieces: Piece[] = [];
  const refused = new Map<string, string>();
  const keys = readCollectors(record.collectors);
  const [unread] = record.defects;
  if (unread !== undefined) return { pieces, refused, defect: unread };
  if (typeof keys === "string")
    return { pieces, refused, defect: `stacks/${stagingFacts.stack}/collectors.json ${keys}` };
  const trusted = { stack: stagingFacts.stack, keys, nowMs };
  for (const file of record.evidence) {
    const piece = openPiece(file, trusted);
    if (typeof piece === "string") refused.set(file.path, piece);
    else pieces.push(piece);
  }
  pieces.sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const clause of evidenceClauses)
    for (const [path, why] of brokenLinks(pieces.filter((piece) => piece.clause === clause)))
      refused.set(path, why);
  const stray = [...refused.keys()].find((path) => !isEvidenceClause(clauseOf(path)));
  return stray === undefined
    ? { pieces, refused }
    : { pieces, refused, defect: `${stray} among the evidence is none: ${refused.get(stray)}` };
}

/** By its folder, be the rest of it as it may. */
const clauseOf = (path: string): string => path.split("/")[0] ?? "";

export function judgeClause(
  rule: ClauseRule,
  { pieces, refused, defect }: Opened,
  asked: Asked,
): ClauseJudgement {
  const own = pieces.filter(({ clause }) => clause === rule.clause);
  const judgements = askedOf[rule.clause].map((kind) => ofKind(rule, own, kind, asked));
  if (defect !== undefined) judgements.push(unknown(defect));
  const [broken] = [...refused].filter(([path]) => clauseOf(path) === rule.clause);
  if (broken) judgements.push(unknown(`${broken[0]} is refused: ${broken[1]}`));
  const { verdict } = leastMet(judgements);
  return {
    verdict,
    because: [
      ...new Set(judgements.filter((one) => one.verdict === verdict).map(({ because }) => because)),
    ].join("; "),
    pieces: own.map(({ sha256, path, signedBy, said }) => ({
      sha256,
      path,
      signedBy,
      collectedAt: said.collectedAt,
    })),
  };
}

function ofKind<K extends Kind>(
  { shows }: ClauseRule,
  own: readonly Piece[],
  kind: K,
  asked: Asked,
): Judgement {
  const show = (shows as { readonly [Each in K]?: (said: Said<K>, asked: Asked) => Judgement })[kind];
  const piece = newest(own, kind);
  if (!piece || !show) return unknown(`no ${kind} evidence was collected`);
  if (piece.sourceDigest !== asked.sourceDigest) return unknown(`its last ${kind} is of another source`);
  const ageMs = asked.nowMs - piece.collectedAtMs;
  if (ageMs > longestAgeHours * hourMs)
    return unknown(`its last ${kind} is ${hours(ageMs)} old, of ${longestAgeHours} h at most`);
  const shown = show(piece.said as Said<K>, asked);
  const { verdict, because } = piece.said;
  // What the figures say counts, and is said first; a collector's own opinion can make it worse.
  return {
    verdict: leastMet([shown, { verdict, because }]).verdict,
    because: `${shown.because}; its collector says ${verdict}: ${because}`,
  };
}

const order: readonly Verdict[] = ["not-met", "unknown", "met"];

/** The first of the least met; where there is nothing, nothing is known. */
const leastMet = (all: readonly Judgement[]): Judgement =>
  order.flatMap((verdict) => all.filter((one) => one.verdict === verdict))[0] ?? unknown("nobody judges it");

export const hours = (ms: number): string => `${(ms / hourMs).toFixed(1)} h`;

/** Why a window of time is none to go by; `undefined` where it is. */
export function windowAmiss(
  {
    window: { from, to },
    collectedAt,
  }: { readonly window: { readonly from: string; readonly to: string }; readonly collectedAt: string },
  { nowMs }: Asked,
): string | undefined {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (toMs > Date.parse(collectedAt)) return "its window ends after it was collected";
  if (toMs - fromMs < shortestWindowHours * hourMs)
    return `its window is ${hours(toMs - fromMs)} long, of ${shortestWindowHours} h at least`;
  if (toMs - fromMs > longestWindowHours * hourMs)
    return `its window is ${hours(toMs - fromMs)} long, of ${longestWindowHours} h at most`;
  return nowMs - toMs > longestAgeHours * hourMs ? `its window ended ${hours(nowMs - toMs)} ago` : undefined;
}

/** B8.1. */
const shortestWindowHours = 24;
/** In a longer one a bad day would not show among good ones; not every source can cut one at the minute. */
const longestWindowHours = 26;
