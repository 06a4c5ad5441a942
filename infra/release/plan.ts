import { addressesOf, ANY, contextsOf, hostOf, NAMES_OF, valueAt } from "./reached";
import { isStaging, type StackFacts } from "./stackFacts";
import { AUTHORITY_TYPE, isOfAuthority, isStateful, resourceId, RETIRED } from "./stateful";

/**
 * What an update would take away, judged before it is made: a policy pack is never shown what is deleted.
 */

/** A resource in a plan, as far as it is judged. */
export interface PlannedState {
  readonly type: string;
  /** False for a component, which is nothing in the account. */
  readonly custom: boolean;
  readonly parent?: string;
  readonly protect: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** One step of `pulumi preview --json`. */
export interface PlannedStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: PlannedState;
  readonly newState?: PlannedState;
}

/** https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step.go */
const HARMLESS: ReadonlySet<string> = new Set(["same", "create", "update", "read", "refresh", "import"]);
const DELETES: ReadonlySet<string> = new Set(["delete", "discard"]);
const REPLACES: ReadonlySet<string> = new Set([
  "replace",
  "create-replacement",
  "delete-replaced",
  "read-replacement",
  "import-replacement",
  "discard-replaced",
  "remove-pending-replace",
]);

/** What becomes of a resource that is not only made or changed. */
export type Loss = "deleted" | "replaced" | "unprotected" | "unknown";

export interface Judged {
  readonly urn: string;
  /** `<type>::<name>`, as a letter names it. */
  readonly id: string;
  readonly loss: Loss;
  /** The engine's word for it. */
  readonly op: string;
  /** Why it may be, or why not. */
  readonly allowed: boolean;
  readonly because: string;
}

export interface PlanJudgement {
  readonly staging: boolean;
  /** Deletions first, then replacements, then what loses its protection. */
  readonly losses: readonly Judged[];
  /** How many of each operation that takes nothing away. */
  readonly others: Readonly<Record<string, number>>;
}

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
export const stackOf = (urn: string): string => /^urn:pulumi:([^:]+)::/.exec(urn)?.[1] ?? "";

/** The facts, as the plan itself has them: of what is there and of what is to be. */
export function factsOf(steps: readonly PlannedStep[]): StackFacts {
  const states = steps.flatMap(({ oldState, newState }) =>
    [oldState, newState].filter((one) => one !== undefined),
  );
  const accounts = states
    .filter(({ type }) => type === "pulumi:providers:aws")
    .map(({ inputs }) => inputs["allowedAccountIds"]);
  const domains = states.flatMap(({ type, inputs }) => {
    const [name, ...others] = NAMES_OF.get(type) ?? [];
    if (name === undefined) return [];
    return [valueAt(inputs, name), ...others.flatMap((path) => valueAt(inputs, path) ?? [])].flat();
  });
  const found = (read: (type: string, inputs: PlannedState["inputs"]) => readonly unknown[]) =>
    unique(states.flatMap(({ type, inputs }) => read(type, inputs)).flatMap(namesIn));
  return {
    stacks: unique(steps.map(({ urn }) => stackOf(urn))),
    accounts: unique(accounts.flatMap(accountsIn)),
    zones: unique(domains.flatMap(namesIn)),
    clusters: found(contextsOf),
    services: found(addressesOf).map(hostOf),
  };
}

/** How the engine marks a value that only the deployment will know: a name that follows from one that is known. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
const namesIn = (value: unknown): readonly string[] =>
  value === UNKNOWN ? [] : [typeof value === "string" ? value.replace(/\.$/, "") : String(value)];

/** A provider that allows none but one account says it as JSON; what says anything else is no fact of staging. */
function accountsIn(value: unknown): readonly string[] {
  try {
    const list: unknown = typeof value === "string" ? JSON.parse(value) : value;
    return Array.isArray(list) && list.length > 0 ? list.map(String) : [ANY];
  } catch {
    return [ANY];
  }
}

/**
 * @param unprotect of the valid letter; without one nothing
 */
export function judgePlan(steps: readonly PlannedStep[], unprotect: readonly string[]): PlanJudgement {
  const staging = isStaging(factsOf(steps));
  const named = new Set(unprotect);
  const retired = retiredIn(steps);
  const losses = new Map<string, Judged>();
  const others: Record<string, number> = {};
  for (const step of steps) {
    const { op, urn } = step;
    const loss = lossOf(step, retired);
    if (loss === undefined) {
      others[op] = (others[op] ?? 0) + 1;
      continue;
    }
    // A replacement may be told in three steps; the first says it.
    if (losses.has(urn)) continue;
    const type = (step.oldState ?? step.newState)?.type ?? "";
    const id = resourceId(type, nameOf(urn));
    losses.set(urn, { urn, id, loss, op, ...verdict(step, loss, id, { staging, named, retired }) });
  }
  return { staging, losses: [...losses.values()].sort(byLoss), others };
}

const ORDER: readonly Loss[] = ["deleted", "replaced", "unprotected", "unknown"];
const byLoss = (a: Judged, b: Judged): number =>
  ORDER.indexOf(a.loss) - ORDER.indexOf(b.loss) || (a.urn < b.urn ? -1 : 1);

function lossOf({ op, newState, urn }: PlannedStep, retired: Retired): Loss | undefined {
  if (DELETES.has(op)) return "deleted";
  if (REPLACES.has(op)) return "replaced";
  if (!HARMLESS.has(op)) return "unknown";
  // Without protection the next update could delete it by the way.
  const open =
    op !== "refresh" &&
    newState !== undefined &&
    isStateful(newState.type) &&
    !newState.protect &&
    !retired.fromNowOn.has(urn);
  return open ? "unprotected" : undefined;
}

interface Rules {
  readonly staging: boolean;
  readonly named: ReadonlySet<string>;
  readonly retired: Retired;
}

function verdict(
  { oldState, newState, urn }: PlannedStep,
  loss: Loss,
  id: string,
  { staging, named, retired }: Rules,
): Pick<Judged, "allowed" | "because"> {
  if (loss === "unknown") return { allowed: false, because: "an operation that this command does not know" };
  if (named.has(id)) return { allowed: true, because: "the letter names it" };
  const state = oldState ?? newState;
  if (state === undefined) return { allowed: false, because: "the plan does not say what it is" };
  if (!state.custom) return { allowed: true, because: "a component, which is nothing in the account" };
  if (!staging)
    return { allowed: false, because: "in production nothing is taken away but what the letter names" };
  if (!isStateful(state.type)) return { allowed: true, because: "it holds no state" };
  if (loss !== "unprotected" && retired.before.has(urn))
    return { allowed: true, because: "its generation of the authority is retired" };
  return { allowed: false, because: "it holds state, and no letter names it" };
}

/** URNs of what a generation of the authority has of its own, where it is retired. */
interface Retired {
  /** It was before this update: it may be taken away. In one and the same update a key that is trusted could go. */
  readonly before: ReadonlySet<string>;
  /** It is from now on: it needs no protection. */
  readonly fromNowOn: ReadonlySet<string>;
}

function retiredIn(steps: readonly PlannedStep[]): Retired {
  const below = (state: (step: PlannedStep) => PlannedState | undefined): ReadonlySet<string> => {
    const retired = new Set(
      steps.flatMap((step) => {
        const { type, inputs = {} } = state(step) ?? {};
        return type === AUTHORITY_TYPE && inputs["state"] === RETIRED ? [step.urn] : [];
      }),
    );
    return new Set(
      steps.flatMap((step) => {
        const { type = "", parent = "" } = state(step) ?? {};
        return retired.has(parent) && isOfAuthority(type, nameOf(step.urn), nameOf(parent)) ? [step.urn] : [];
      }),
    );
  };
  return { before: below(({ oldState }) => oldState), fromNowOn: below(({ newState }) => newState) };
}
