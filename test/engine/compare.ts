/** Brings the engine's results and the preview's into one form: what differs from run to run is left out. */
import type { Json, PreviewDigest, PreviewStep, Violation } from "../../cli/preview/model";

export interface NormalisedDigest {
  readonly config: Readonly<Record<string, string>>;
  readonly steps: readonly PreviewStep[];
  readonly changeSummary: Readonly<Record<string, number>>;
}

const sorted = (list: readonly string[]): string[] => [...list].sort();

function normaliseStep(step: PreviewStep): PreviewStep {
  const state: { [key: string]: Json | undefined } = { ...step.newState };
  // Of the machine, not of the program.
  for (const key of ["sourcePosition", "stackTrace", "created", "modified"]) delete state[key];
  const { dependencies, propertyDependencies } = step.newState;
  // The engine holds them as sets, and writes them in an order that changes.
  if (dependencies) state["dependencies"] = sorted(dependencies);
  if (propertyDependencies) {
    state["propertyDependencies"] = Object.fromEntries(
      Object.entries(propertyDependencies).map(([name, urns]) => [name, sorted(urns ?? [])]),
    );
  }
  return { ...step, newState: sortKeys(state) as PreviewStep["newState"] };
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const entries = Object.entries(value).filter(([, element]) => element !== undefined);
  return Object.fromEntries(
    entries
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, element]) => [key, sortKeys(element)]),
  );
}

export function normalise({ config, steps, changeSummary }: PreviewDigest): NormalisedDigest {
  return {
    config: config ?? {},
    steps: steps.map(normaliseStep).sort((left, right) => (left.urn < right.urn ? -1 : 1)),
    changeSummary,
  };
}

/** What was built of sources that change more often than the program asks for it. */
const BUILT = /^(\.\.\/)*\.build\//;
const HASH_OF_BUILT = "of what was built";

/** What announces a deployment is told the digest of all that is deployed, built files included. */
const DEPLOYMENT = /^\{"kind":"deployment","digest":"([0-9a-f]{64})"\}$/;

/**
 * For what is kept: without the digests of built files, of the archives that hold them and of the deployment, so that a changed function
 * needs no engine. That these are the engine's own is shown by the sample, whose files do not change, and wherever
 * the engine runs.
 */
export function withoutBuilds<T>(value: T): T {
  return strip(value).value as T;
}

function strip(value: unknown): { readonly value: unknown; readonly built: boolean } {
  if (typeof value !== "object" || value === null) return { value, built: false };
  if (Array.isArray(value)) {
    const parts = value.map(strip);
    return { value: parts.map((part) => part.value), built: parts.some(({ built }) => built) };
  }
  const { input } = value as { readonly input?: unknown };
  const [, deployed] = (typeof input === "string" && DEPLOYMENT.exec(input)) || [];
  if (deployed !== undefined)
    return {
      value: JSON.parse(JSON.stringify(value).replaceAll(deployed, HASH_OF_BUILT)) as unknown,
      built: false,
    };
  const parts = Object.entries(value).map(([key, element]) => [key, strip(element)] as const);
  const path: unknown = (value as { readonly path?: unknown }).path;
  const own = typeof path === "string" && BUILT.test(path);
  const within = parts.some(([key, { built }]) => key === "assets" && built);
  const stripped = Object.fromEntries(
    parts.map(([key, part]) => [key, key === "hash" && (own || within) ? HASH_OF_BUILT : part.value]),
  );
  return { value: stripped, built: own || parts.some(([, { built }]) => built) };
}

/** Violations in a stable order; of the stack as a whole, which the engine says of its root resource, without a URN. */
export function verdicts(violations: readonly Violation[]): readonly Violation[] {
  return violations
    .map((violation) => {
      const isStack = violation.urn?.includes("::pulumi:pulumi:Stack::") ?? true;
      const { urn, ...rest } = violation;
      return isStack ? rest : { ...rest, ...(urn === undefined ? {} : { urn }) };
    })
    .sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

/** What a pack says when it could not judge because of a value that only the deployment tells. */
export const isUnknown = ({ message }: Violation): boolean =>
  message.includes("can't be known during preview");

/** Which policy is violated by which resource, at which level. */
export function briefly(violations: readonly Violation[]): readonly string[] {
  return sorted(
    verdicts(violations).map(
      ({ policy, urn, enforcementLevel }) => `${policy} ${enforcementLevel} ${urn ?? "stack"}`,
    ),
  );
}
