import { liveValues, type LiveValue } from "../../infra/secrets/liveValues";

/** What `pulumi preview --refresh --json` says of one resource, as far as it is read here. */
export interface RefreshedStep {
  readonly op: string;
  readonly urn: string;
  readonly newState?: { readonly type?: string };
  readonly oldState?: { readonly type?: string };
  readonly diffReasons?: readonly string[] | null;
}

/** Something in the account that is not as the program says. */
export interface Drift {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** What an update would do about it. */
  readonly op: string;
  /** The inputs that differ; empty where the whole resource is gone or to go. */
  readonly properties: readonly string[];
}

/** A resource whose value a function or a person owns, so that it is no drift. */
export interface Owned {
  readonly name: string;
  readonly properties: readonly string[];
  readonly owner: string;
}

export interface DriftReport {
  readonly drifts: readonly Drift[];
  readonly owned: readonly Owned[];
  /** Resources that were looked at. */
  readonly lookedAt: number;
}

/** Operations that say that all is well: what was read, and what an update would leave. */
const harmless = ["refresh", "same", "read"];

const ownersOf = (type: string, name: string): LiveValue | undefined =>
  Object.values<LiveValue>(liveValues).find((value) => value.type === type && value.names.test(name));

/**
 * What an update would change after a refresh, less what the table of live values gives to somebody else.
 *
 * The program ignores changes of those values, so that the engine says nothing of them; should it all the same, by an output
 * that follows from one, the table decides. A resource that is gone is drift, whoever owns its value.
 */
export function driftOf(steps: readonly RefreshedStep[]): DriftReport {
  const drifts: Drift[] = [];
  const owned = new Map<string, Owned>();
  const urns = new Set<string>();
  for (const { op, urn, newState, oldState, diffReasons } of steps) {
    urns.add(urn);
    const type = newState?.type ?? oldState?.type ?? "";
    const name = urn.split("::").at(-1) ?? urn;
    const owner = ownersOf(type, name);
    if (owner) owned.set(urn, { name, properties: owner.properties, owner: owner.owner });
    if (harmless.includes(op)) continue;
    const changed = op === "update" ? (diffReasons ?? []) : [];
    const left = changed.filter(
      (property) => !owner || ![...owner.properties, ...owner.follows].includes(property),
    );
    if (changed.length > 0 && left.length === 0) continue;
    drifts.push({ urn, type, name, op, properties: left });
  }
  return { drifts, owned: [...owned.values()], lookedAt: urns.size };
}
