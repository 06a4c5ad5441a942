import type { PlannedState, PlannedStep } from "../../infra/release/plan";
import { UsageError } from "../usageError";

/** What the engine says before an update. */
export interface ReadPlan {
  readonly steps: readonly PlannedStep[];
  /** Why the engine itself, the program or a mandatory policy says no; none where it went through. */
  readonly errors: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads the output of `pulumi preview --json`: one digest, or an event a line, as `PULUMI_ENABLE_STREAMING_JSON_PREVIEW` makes it.
 *
 * @param name how to name it in errors
 * @throws UsageError for a text that is neither: no answer is not the answer that nothing is deleted
 */
export function readPlan(text: string, name: string): ReadPlan {
  const digest = jsonOf(text);
  const plan = isFields(digest) && !isEvent(digest) ? fromDigest(digest) : fromEvents(text);
  if (plan === undefined || (plan.steps.length === 0 && plan.errors.length === 0))
    throw new UsageError(
      `${name}: got a text without steps; allowed: the output of pulumi preview --json; fix: pulumi preview --json --stack <stack> > ${name}`,
    );
  return plan;
}

function fromDigest({ steps, diagnostics }: Fields): ReadPlan | undefined {
  if (!Array.isArray(steps)) return undefined;
  const read = steps.map((step: unknown) =>
    isFields(step) ? stepOf(step, step["oldState"], step["newState"]) : undefined,
  );
  if (!read.every((step) => step !== undefined)) return undefined;
  return { steps: read, errors: Array.isArray(diagnostics) ? errorsIn(diagnostics.filter(isFields)) : [] };
}

const isEvent = (value: Fields): boolean => typeof value["sequence"] === "number" || "timestamp" in value;

function fromEvents(text: string): ReadPlan | undefined {
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map(jsonOf);
  if (!events.every(isFields)) return undefined;
  const steps: PlannedStep[] = [];
  const told: Fields[] = [];
  const errors: string[] = [];
  let ended = false;
  for (const event of events) {
    const { resourcePreEvent, policyEvent, diagnosticEvent, summaryEvent } = event;
    ended ||= isFields(summaryEvent);
    if (isFields(diagnosticEvent)) told.push(diagnosticEvent);
    if (isFields(policyEvent) && policyEvent["enforcementLevel"] === "mandatory")
      errors.push(`${String(policyEvent["policyName"])}: ${String(policyEvent["message"]).trim()}`);
    if (!isFields(resourcePreEvent)) continue;
    const { metadata } = resourcePreEvent;
    const step = isFields(metadata) ? stepOf(metadata, metadata["old"], metadata["new"]) : undefined;
    if (step === undefined) return undefined;
    steps.push(step);
  }
  errors.push(...errorsIn(told));
  // What breaks off has not told everything that it would delete.
  if (!ended && errors.length === 0) return undefined;
  return { steps, errors };
}

const errorsIn = (diagnostics: readonly Fields[]): readonly string[] =>
  diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => String(message).trim());

function stepOf({ op, urn }: Fields, before: unknown, after: unknown): PlannedStep | undefined {
  if (typeof op !== "string" || typeof urn !== "string") return undefined;
  const [oldState, newState] = [stateOf(before), stateOf(after)];
  if (oldState === null || newState === null) return undefined;
  return { op, urn, ...(oldState ? { oldState } : {}), ...(newState ? { newState } : {}) };
}

/** @returns null for what is no state */
function stateOf(value: unknown): PlannedState | undefined | null {
  if (value === undefined || value === null) return undefined;
  if (!isFields(value)) return null;
  const { type, custom, parent, protect, inputs } = value;
  if (typeof type !== "string") return null;
  return {
    type,
    // A component says false, and says it by nothing.
    custom: custom === true,
    ...(typeof parent === "string" ? { parent } : {}),
    protect: protect === true,
    inputs: isFields(inputs) ? inputs : {},
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
