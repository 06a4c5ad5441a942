import type { ShownBy } from "../../policies/proofs";
import type { EnforcementLevel, PolicyInfo } from "../preview/model";

/** What an audit says: the contents of `audit.json`, and all that the page shows. The same inputs and instant give the same bytes. */
export const AUDIT_FORMAT = "fase-b-audit/1";

/** Unknown is not met. */
export type State = "met" | "not-met" | "unknown";

export interface Judgement {
  readonly state: State;
  /** Why, a sentence each. */
  readonly because: readonly string[];
}

export interface AuditedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** What was judged. */
export interface Subject {
  readonly from: "preview" | "state";
  /** SHA-256 of the state file. */
  readonly sha256?: string;
  readonly resources: number;
  /** Secrets of the state that nobody could read here: to policies they are unknown. */
  readonly hiddenSecrets: number;
  /** Resources that wait to be deleted; they are not judged. */
  readonly beingDeleted: number;
  /** Operations that were broken off: the state may not be what is there. */
  readonly pendingOperations: number;
}

export type PolicyVerdict = "passed" | "violated" | "advisory" | "not-applicable" | "disabled";

/** What a policy says of one resource, or of the stack as a whole. */
export interface PolicyFinding {
  /** Index in `resources`; absent where it is about the stack. */
  readonly resource?: number;
  readonly verdict: "violated" | "advisory" | "excepted";
  readonly message: string;
  /** By which exception, and its last day; of what is excepted alone. */
  readonly exception?: { readonly id: string; readonly expires: string };
}

export interface PolicyRow {
  readonly name: string;
  /** Its first clause's block. */
  readonly block: string;
  readonly clauses: readonly string[];
  readonly severity: PolicyInfo["severity"];
  readonly level: EnforcementLevel;
  readonly kind: "resource" | "stack";
  readonly summary: string;
  readonly reads: string;
  readonly controls: readonly string[];
  readonly remediation: string;
  readonly url: string;
  readonly verdict: PolicyVerdict;
  /** Why it does not apply. */
  readonly reason?: string;
  readonly findings: readonly PolicyFinding[];
  /** What it looks at, in words. */
  readonly judges: string;
  /**
   * Of a policy on single resources: those that it judged and found nothing about, by index. Absent where it judges the stack as a whole:
   * which resources it looked at on its way nobody records.
   */
  readonly passed?: readonly number[];
}

export interface ClauseRow extends Judgement {
  readonly id: string;
  /** What it takes to say that it holds. */
  readonly shownBy: ShownBy;
  readonly block: string;
  readonly text: string;
  readonly holdsWhen: string;
  readonly owner: string | null;
  readonly milestone: string | null;
  /** Hours after T+0. */
  readonly dueHours: number | null;
  /** Absent while T+0 is not set. */
  readonly dueAt?: string;
  readonly overdue: boolean;
  readonly policies: readonly { readonly name: string; readonly verdict: PolicyVerdict }[];
  /** Absent where the clause does not hold by evidence. */
  readonly evidence?: State;
  /** Tests that show it, by file and title. They are not run by an audit. */
  readonly proofs: readonly { readonly file: string; readonly title: string }[];
}

export interface BlockRow {
  readonly id: string;
  readonly title: string;
  readonly owners: readonly string[];
  readonly milestones: readonly string[];
  readonly dueHours: number | null;
  readonly dueAt?: string;
  readonly overdue: boolean;
  /** The worst of its clauses'. */
  readonly state: State;
  readonly met: number;
  readonly notMet: number;
  readonly unknown: number;
}

/** Where the two days begin. */
export type KickOff =
  | { readonly set: true; readonly at: string; readonly letter: string }
  | { readonly set: false; readonly because: string };

export interface MilestoneRow {
  readonly id: string;
  readonly hours: number;
  readonly text: string;
  readonly at?: string;
  readonly passed: boolean;
}

export interface ExceptionRow {
  readonly id: string;
  /** A policy's name, or published controls. */
  readonly lifts: readonly string[];
  readonly of: "policy" | "controls";
  /** `<type>::<name>`, or a type. */
  readonly resource: string;
  readonly reason: string;
  readonly recorded: string;
  readonly expires: string;
  readonly daysLeft: number;
  readonly state: "in-force" | "void";
  /** Why it is void. */
  readonly defect?: string;
  /** How many of the judged resources it is about. */
  readonly resources: number;
}

export interface EvidencePiece {
  readonly path: string;
  readonly sha256: string;
  readonly kind: string;
  readonly collectedAt: string;
  readonly signedBy: readonly string[];
  readonly sourceDigest: string;
}

export interface EvidenceRow extends Judgement {
  readonly clause: string;
  readonly pieces: readonly EvidencePiece[];
}

export interface EvidencePart {
  /** Whose evidence counts. */
  readonly stack: string;
  readonly source: string;
  readonly clauses: readonly EvidenceRow[];
  readonly refusals: readonly { readonly what: string; readonly why: string }[];
}

export interface LetterRow {
  readonly phase: "fase-a" | "fase-b";
  readonly title: string;
  readonly valid: boolean;
  /** One line: what it says, or why there is no valid one. */
  readonly says: string;
}

export interface ArchitectureNode {
  readonly id: string;
  readonly block: string;
  /** `fase-b:index:Gateway` without what all have in common. */
  readonly type: string;
  readonly names: readonly string[];
  readonly clauses: readonly string[];
  /** Resources below it, components not counted. */
  readonly resources: number;
  /** Ids of the nodes whose resources its own refer to. */
  readonly uses: readonly string[];
  /** Types of its resources and how many, most first. */
  readonly types: readonly (readonly [type: string, count: number])[];
}

export interface Audit {
  readonly format: typeof AUDIT_FORMAT;
  readonly project: string;
  readonly stack: string;
  /** As of when it judges. */
  readonly at: string;
  readonly subject: Subject;
  readonly pack: { readonly name: string; readonly version: string; readonly policies: number };
  readonly summary: {
    /** No mandatory policy is violated. */
    readonly passes: boolean;
    readonly clauses: Readonly<Record<State, number>>;
    readonly policies: Readonly<Record<PolicyVerdict, number>>;
    readonly mandatoryViolations: number;
  };
  readonly kickOff: KickOff;
  readonly milestones: readonly MilestoneRow[];
  readonly blocks: readonly BlockRow[];
  readonly clauses: readonly ClauseRow[];
  readonly policies: readonly PolicyRow[];
  readonly exceptions: readonly ExceptionRow[];
  readonly evidence: EvidencePart;
  readonly letters: readonly LetterRow[];
  readonly architecture: readonly ArchitectureNode[];
  readonly resources: readonly AuditedResource[];
}
