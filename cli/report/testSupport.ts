import type { Finding } from "../../infra/evidence/record/findings.schema";
import { verifyEvidence, type VerifyInput } from "../../infra/evidence/record/verify";
import { controlExceptions, policyExceptions } from "../../policies/exceptions";
import { auditOf, type AuditInput } from "../audit/audit";
import { evidencePartOf } from "../audit/evidencePart";
import type { JudgedStack } from "../audit/input/judged";
import { EMPTY } from "../findings/ledger";
import { Believed } from "./believed";
import { reportOf, type Report, type ReportInput } from "./report";

export const JUDGED: JudgedStack = {
  project: "fase-b",
  stack: "staging",
  subject: { from: "preview", resources: 0, hiddenSecrets: 0, beingDeleted: 0, pendingOperations: 0 },
  resources: [],
  pack: { name: "fase-b", version: "1", policies: [], violations: [], notApplicable: [] },
};

/** A report of this evidence on a stack with nothing in it. */
export function reportWith(
  evidence: VerifyInput,
  others: Partial<Omit<ReportInput, "believed" | "audit">> & { readonly audit?: Partial<AuditInput> } = {},
): Report {
  const { audit, ...rest } = others;
  return reportOf({
    audit: auditOf({
      judged: JUDGED,
      definitions: [],
      packVersion: "1",
      exceptions: { policies: policyExceptions, controls: controlExceptions },
      evidence: evidencePartOf(verifyEvidence(evidence), {
        stack: "staging",
        source: evidence.sourceDigest,
      }),
      kickOff: { set: false, because: "there is no valid Carta GO Fase A" },
      letters: [{ phase: "fase-a", title: "Carta GO Fase A", valid: false, says: "nobody may sign one" }],
      at: new Date(evidence.nowMs),
      ...audit,
    }),
    believed: Believed.of(evidence),
    ledger: EMPTY,
    // What the findings of these tests name as what mended them.
    history: { commits: [], merges: ["c".repeat(40)] },
    commit: { changed: [] },
    sample: false,
    ...rest,
  });
}

export const findingOf = (id: string, changes: Partial<Finding> = {}): Finding => ({
  id: id.repeat(16).slice(0, 16),
  tool: "zap",
  rule: "40018",
  title: `finding ${id}`,
  severity: "medium",
  classes: { owaspTop10: ["A03:2021"], owaspApiTop10: [], cwe: ["CWE-89"], advisories: [] },
  place: "POST /chat",
  evidence: "",
  fix: "",
  status: { state: "open" },
  firstSeen: "2026-11-24T12:00:00.000Z",
  lastSeen: "2026-11-26T09:00:00.000Z",
  reopened: 0,
  ...changes,
});

/** A page without its markup, as a reader has it: one space between words. */
export const textOf = (html: string): string =>
  html
    .replace(/<style>[^]*<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ");

/** Of a page's text what stands from one heading to the next. */
export function sectionOf(html: string, title: string): string {
  const [, rest = ""] = html.split(`<h2>${title}</h2>`);
  return textOf(rest.split("<h2>")[0] ?? "");
}
