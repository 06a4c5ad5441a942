import type { PolicyDefinition } from "../../policies/lib/policy";
import { isExpired, type ControlException, type PolicyException } from "../../policies/lib/exceptions";
import { STAGING } from "../../infra/release/stackFacts";
import { urnName } from "../preview/view";
import { architectureOf } from "./architecture/graph";
import { blockRowsOf, clauseRowsOf, milestoneRowsOf } from "./board";
import { exceptionRowsOf } from "./exceptionRows";
import type { JudgedStack } from "./input/judged";
import { AUDIT_FORMAT, type Audit, type EvidencePart, type KickOff, type LetterRow } from "./model";
import { policyRowsOf } from "./policyRows";

export interface AuditInput {
  readonly judged: JudgedStack;
  readonly definitions: readonly PolicyDefinition[];
  readonly packVersion: string;
  readonly exceptions: {
    readonly policies: readonly PolicyException[];
    readonly controls: readonly ControlException[];
  };
  readonly evidence: EvidencePart;
  readonly kickOff: KickOff;
  readonly letters: readonly LetterRow[];
  readonly at: Date;
}

/** Pure: the same input gives the same audit. */
export function auditOf(input: AuditInput): Audit {
  const { judged, definitions, evidence, kickOff, at } = input;
  const atMs = at.getTime();
  const resources = judged.resources.map(({ urn, type }) => ({ urn, type, name: urnName(urn) }));
  const policies = policyRowsOf(
    judged.pack,
    definitions,
    resources,
    input.exceptions.policies.filter((one) => !isExpired(one, at)),
  );
  const clauses = clauseRowsOf({
    policies,
    evidence: evidence.clauses,
    // Staging is released by none: a letter of Fase B lies with the stack that it releases.
    letters: input.letters.filter(({ phase }) => phase === "fase-a" || judged.stack !== STAGING.stack),
    kickOff,
    atMs,
  });
  const mandatoryViolations = policies.reduce(
    (sum, { findings }) => sum + findings.filter(({ verdict }) => verdict === "violated").length,
    0,
  );
  return {
    format: AUDIT_FORMAT,
    project: judged.project,
    stack: judged.stack,
    at: at.toISOString(),
    subject: judged.subject,
    pack: { name: judged.pack.name, version: input.packVersion, policies: policies.length },
    summary: {
      passes: mandatoryViolations === 0,
      clauses: counted(
        ["met", "not-met", "unknown"],
        clauses.map(({ state }) => state),
      ),
      policies: counted(
        ["violated", "advisory", "disabled", "not-applicable", "passed"],
        policies.map(({ verdict }) => verdict),
      ),
      mandatoryViolations,
    },
    kickOff,
    milestones: milestoneRowsOf(kickOff, atMs),
    blocks: blockRowsOf(clauses, { kickOff, atMs }),
    clauses,
    policies,
    exceptions: exceptionRowsOf(input.exceptions, judged.stack, resources, at),
    evidence,
    letters: input.letters,
    architecture: architectureOf(judged.resources),
    resources,
  };
}

function counted<K extends string>(names: readonly K[], found: readonly K[]): Readonly<Record<K, number>> {
  return Object.fromEntries(
    names.map((name) => [name, found.filter((one) => one === name).length]),
  ) as Record<K, number>;
}

/** One value a line where it is short, so that two audits can be compared line by line. */
export const auditJson = (audit: Audit): string => `${JSON.stringify(audit, null, 1)}\n`;
