import { judgePlan, type Loss, type PlannedState, type PlannedStep } from "../../infra/release/plan";
import { clauses as ordered } from "../../policies/clauses";
import { diffResources, diffValues, type PropertyChange } from "./diff";
import { isArray, type JsonObject } from "./json";
import type { Json, PreviewStep } from "./model";
import { urnName } from "./view";

/** What becomes of a resource, for who reviews a pull request. */
export interface Change {
  readonly deed: Loss | "changed" | "created";
  readonly type: string;
  readonly name: string;
  /** Of the component that it lies in. */
  readonly clauses: readonly string[];
  /** Empty where nothing of it is compared. */
  readonly properties: readonly PropertyChange[];
  /** Of what is taken away: whether it may be, and why. */
  readonly judged?: { readonly allowed: boolean; readonly because: string };
}

/** What costs something comes first. */
const ORDER: readonly Change["deed"][] = [
  "deleted",
  "replaced",
  "unprotected",
  "unknown",
  "changed",
  "created",
];
const byRisk = (a: Change, b: Change): number =>
  ORDER.indexOf(a.deed) - ORDER.indexOf(b.deed) ||
  (a.type < b.type ? -1 : a.type > b.type ? 1 : a.name < b.name ? -1 : 1);

/** What the engine's plan does to what is there; what stays as it is is left out. */
export function changesOfPlan(
  steps: readonly PlannedStep[],
  unprotect: readonly string[],
): readonly Change[] {
  const states = new Map(steps.map(({ urn, oldState, newState }) => [urn, newState ?? oldState]));
  const losses = new Map(judgePlan(steps, unprotect).losses.map((loss) => [loss.urn, loss]));
  const changes = new Map<string, Change>();
  for (const { op, urn, oldState, newState } of steps) {
    const state = newState ?? oldState;
    // Components are nothing in the account; what they hold is told by itself.
    if (state === undefined || (!state.custom && !losses.has(urn))) continue;
    const loss = losses.get(urn);
    const deed = loss?.loss ?? (op === "update" ? "changed" : op === "create" ? "created" : undefined);
    if (deed === undefined) continue;
    const properties =
      newState === undefined
        ? []
        : oldState === undefined
          ? addedTo(newState.inputs)
          : diffValues(oldState.inputs as JsonObject, newState.inputs as JsonObject);
    // A replacement is told in three steps, of which one has both states; the others would say that all of it is new.
    if (changes.has(urn) && (oldState === undefined || properties.length === 0)) continue;
    changes.set(urn, {
      deed,
      type: state.type,
      name: urnName(urn),
      clauses: clausesAbove(state, (parent) => states.get(parent)),
      properties,
      ...(loss === undefined ? {} : { judged: { allowed: loss.allowed, because: loss.because } }),
    });
  }
  return [...changes.values()].sort(byRisk);
}

/** What differs between two previews of an empty account: nobody knows there what would be replaced. */
export function changesBetween(
  before: readonly PreviewStep[],
  after: readonly PreviewStep[],
): readonly Change[] {
  const states = new Map([...before, ...after].map(({ urn, newState }) => [urn, newState]));
  return diffResources(before, after)
    .filter(({ urn }) => states.get(urn)?.custom === true)
    .map(({ kind, urn, type, properties, wasProtected = false }): Change => {
      const state = states.get(urn);
      return {
        deed: DEEDS[kind],
        type,
        name: urnName(urn),
        clauses: state === undefined ? [] : clausesAbove(state, (parent) => states.get(parent)),
        properties: kind === "added" ? addedTo(state?.inputs) : properties,
        ...(kind === "removed" ? { judged: removed(wasProtected) } : {}),
      };
    })
    .sort(byRisk);
}

const DEEDS = { added: "created", changed: "changed", removed: "deleted" } as const;

const addedTo = (inputs: PlannedState["inputs"] = {}): readonly PropertyChange[] =>
  Object.entries(inputs).map(([path, after]) => ({ path, after: after as Json }));

const removed = (wasProtected: boolean): Change["judged"] =>
  wasProtected
    ? { allowed: false, because: "it is protected, and the engine refuses" }
    : { allowed: true, because: "it was not protected" };

type State = Pick<PlannedState, "type" | "custom" | "parent"> & {
  readonly inputs?: Readonly<Record<string, unknown>>;
};

const known: readonly string[] = ordered.map(({ id }) => id);

/** The clauses of the nearest component above that names some; text of the plan is believed only where it is a clause's id. */
function clausesAbove(state: State, stateOf: (urn: string) => State | undefined): readonly string[] {
  for (let at: State | undefined = state, depth = 0; at !== undefined && depth < 50; depth++) {
    const named = at.custom ? undefined : (at.inputs?.["clauses"] as Json | undefined);
    if (isArray(named)) return known.filter((id) => named.includes(id));
    at = at.parent === undefined ? undefined : stateOf(at.parent);
  }
  return [];
}
