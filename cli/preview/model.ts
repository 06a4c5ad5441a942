/**
 * What a preview is, between the part that runs the program (`engine/`) and the parts that show it.
 *
 * The digest has the form of `pulumi preview --json` on an empty stack (`previewDigest` in the CLI), without
 * its duration, diagnostics and source positions, which differ from run to run.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A resource as the engine would write it to its state (`apitype.ResourceV3`). */
export interface ResourceState {
  readonly urn: string;
  /** `true` for a resource with a provider, `false` for a component. */
  readonly custom: boolean;
  readonly id?: string;
  readonly type: string;
  readonly inputs?: { readonly [key: string]: Json };
  readonly outputs?: { readonly [key: string]: Json };
  readonly parent?: string;
  readonly protect?: boolean;
  readonly dependencies?: readonly string[];
  /** Which resources each input depends on, by input name. */
  readonly propertyDependencies?: { readonly [input: string]: readonly string[] | null };
  /** `<urn of the provider>::<its id>` */
  readonly provider?: string;
  readonly additionalSecretOutputs?: readonly string[];
  readonly aliases?: readonly string[];
  readonly retainOnDelete?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly [other: string]: Json | undefined;
}

export interface PreviewStep {
  readonly op: "create";
  readonly urn: string;
  readonly provider?: string;
  readonly newState: ResourceState;
  /** The CLI always writes it; a creation has none. */
  readonly detailedDiff: null;
}

export interface PreviewDigest {
  readonly config?: { readonly [key: string]: string };
  readonly steps: readonly PreviewStep[];
  readonly changeSummary: { readonly [op: string]: number };
}

export type EnforcementLevel = "advisory" | "mandatory" | "remediate" | "disabled";

export interface PolicyInfo {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly enforcementLevel: EnforcementLevel;
  readonly severity: "low" | "medium" | "high" | "critical" | "unspecified";
  /** The work order's clauses, from the policy's framework reference, e.g. `["B5.1", "B8.4"]`. */
  readonly clauses: readonly string[];
  readonly remediationSteps: string;
  readonly url: string;
  /** e.g. `by-the-day`, and the published controls that it meets. */
  readonly tags: readonly string[];
}

export interface Violation {
  readonly pack: string;
  readonly policy: string;
  /** The level that counts: a mandatory policy that read an unknown value is advisory, as in the engine. */
  readonly enforcementLevel: EnforcementLevel;
  readonly severity: PolicyInfo["severity"];
  readonly message: string;
  /** Absent when the violation is the stack's as a whole. */
  readonly urn?: string;
}

export interface NotApplicable {
  readonly policy: string;
  readonly reason: string;
  /** Absent when the policy applies to nothing in the stack. */
  readonly urn?: string;
}

export interface PackReport {
  readonly name: string;
  readonly version: string;
  readonly policies: readonly PolicyInfo[];
  /** In a stable order: by policy, then URN, then message. */
  readonly violations: readonly Violation[];
  readonly notApplicable: readonly NotApplicable[];
}

/** What the program logged (errors, warnings, information), in order. */
export interface Diagnostic {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn?: string;
}

export interface PreviewResult {
  readonly project: string;
  readonly stack: string;
  readonly digest: PreviewDigest;
  /** The stack's named outputs; secrets hidden, unknowns marked. */
  readonly outputs: { readonly [name: string]: Json };
  readonly packs: readonly PackReport[];
  readonly diagnostics: readonly Diagnostic[];
  /** `false` when the program failed; the digest then holds what was registered before. */
  readonly programSucceeded: boolean;
  readonly durationMs: number;
}

export interface PreviewOptions {
  /** The folder of `Pulumi.yaml`. */
  readonly projectDir: string;
  readonly stack: string;
  /** Path of the stack's configuration; default `Pulumi.<stack>.yaml` in `projectDir`. */
  readonly configFile?: string;
  /** Folders of policy packs (each with a `PulumiPolicy.yaml`). */
  readonly policyPacks: readonly string[];
  /** What the packs' processes are told beside what the engine tells them. */
  readonly packEnvironment?: Readonly<Record<string, string>>;
  /** Called when something worth showing happened; never changes the result. */
  readonly onProgress?: (progress: {
    readonly registered: number;
    readonly phase: "starting" | "running" | "policies";
  }) => void;
  /** Called with the digest's steps while the policies still judge them; never changes the result. */
  readonly onSteps?: (steps: readonly PreviewStep[]) => void;
}
