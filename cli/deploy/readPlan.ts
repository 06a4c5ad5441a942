import type { PlannedState, PlannedStep } from "../../infra/release/plan";
import { jsonOf } from "../../infra/shared/json";
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
      // Never into the file that was named: that may be one that is needed.
      `${name}: got ${whatItIs(text)}; allowed: the output of pulumi preview --json; fix: pulumi preview --json --stack <stack> > plan.json`,
    );
  return plan;
}

/** Of a text that is no plan. */
function whatItIs(text: string): string {
  const whole = text.trim();
  if (whole === "") return "nothing, an empty text";
  // What is no UTF-8 was read as the replacement character; UTF-16, as PowerShell 5 writes it, has zeros.
  if (/[\0\uFFFD]/.test(text)) return "something binary, or a text that is no UTF-8";
  const value = jsonOf(whole);
  if (isFields(value) && !isEvent(value))
    return Array.isArray(value["steps"]) && value["steps"].length > 0
      ? "JSON with a step that is none of the engine's"
      : "JSON without steps";
  if (value !== undefined && !isFields(value)) return "JSON that is no object";
  const lines = whole.split("\n");
  const [first] = lines.map(jsonOf);
  if (isFields(first) && isEvent(first)) return eventsThatAreNone(lines);
  return whole.startsWith("{") || whole.startsWith("[") ? "JSON that breaks off" : "a text that is no JSON";
}

/** The engine ends with a summary; without one it has not told everything that it would delete. */
function eventsThatAreNone(lines: readonly string[]): string {
  const events = lines.map(jsonOf);
  const ended = events.some((event) => isFields(event) && isFields(event["summaryEvent"]));
  if (!ended || events.at(-1) === undefined) return "events that break off";
  return events.every(isFields)
    ? "events without steps, or with one that is none of the engine's"
    : "events with a line that is no JSON";
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
