import type { PredicateKind } from "../../infra/evidence/record/predicates";
import { requirements, type EvidenceClause } from "../../infra/evidence/record/requirements";
import type { ClauseResult, Piece, Verification } from "../../infra/evidence/record/verify";
import type { Audit } from "../audit/model";
import { unknowns } from "../findings/listing";
import type { Findings } from "../findings/ledger";
import type { SourceCommit } from "../sourceCommit";
import type { Believed } from "./believed";
import { mayHave, type History } from "./commits";
import { proposalOf, type Proposal } from "./decision";
import { findingRowsOf, type FindingRow } from "./findingRows";

export interface ReportInput {
  readonly audit: Audit;
  readonly believed: Believed;
  readonly ledger: Findings;
  readonly history: History;
  /** Of the source that is reported on; nothing where this checkout has another, whose commit says nothing of that. */
  readonly commit: SourceCommit | undefined;
  /** Whether its evidence was made up here, to show what a report looks like. */
  readonly sample: boolean;
}

/** All that the page shows. */
export interface Report extends ReportInput {
  readonly proposal: Proposal;
  readonly verification: Verification;
  readonly findings: readonly FindingRow[];
  /** Why nothing can be said of what scans would find, by the committed list. */
  readonly unread: readonly string[];
  /** By which a piece is called in the report, by its digest. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Pure: the same input gives the same report. */
export function reportOf(input: ReportInput): Report {
  const { audit, believed, ledger, history } = input;
  const { verification } = believed;
  const pieces = (["B8.5", "B6.3"] as const).flatMap((clause) => {
    const { piece } = fitPiece(believed, clause, "findings");
    return piece === undefined ? [] : [piece];
  });
  return {
    ...input,
    verification,
    proposal: proposalOf(audit, verification),
    findings: findingRowsOf(pieces, ledger.findings, Date.parse(audit.at), (commit) =>
      mayHave(history, commit),
    ),
    unread: unknowns(ledger),
    labels: new Map(believed.pieces.map(({ sha256 }, index) => [sha256, `E${index + 1}`])),
  };
}

/** Why evidence of a kind gives no figure. */
export type Lack = "none" | "refused" | "source" | "age";

/** The newest evidence of a clause and kind, where its figures say something of this source at this time; else why they do not. */
export function fitPiece(
  believed: Believed,
  clause: EvidenceClause,
  kind: PredicateKind,
):
  { readonly piece: Piece; readonly lack?: undefined } | { readonly piece?: undefined; readonly lack: Lack } {
  const piece = resultOf(believed, clause)?.pieces.find(({ statement }) => statement.kind === kind);
  if (piece === undefined) return { lack: "none" };
  const lack = believed.unfit(piece);
  return lack === undefined ? { piece } : { lack };
}

export const resultOf = ({ verification }: Believed, clause: EvidenceClause): ClauseResult | undefined =>
  verification.clauses.find((one) => one.clause === clause);

/** Kinds of evidence that a clause needs and that give no figure, with why. */
export const lacksOf = (
  believed: Believed,
  clause: EvidenceClause,
): readonly { readonly kind: PredicateKind; readonly lack: Lack }[] =>
  requirements[clause].flatMap((kind) => {
    const { lack } = fitPiece(believed, clause, kind);
    return lack === undefined ? [] : [{ kind, lack }];
  });
