/**
 * Mutants that nobody thought of: at each place of the program's inputs a property is dropped, a boolean flipped, a number
 * moved by one, an ARN widened to everything.
 *
 * Places of the same type of resource that differ in an index or a name alone are one: its first resource is changed, and
 * where nobody notices that, all of its resources at once.
 */
import type { Json } from "../../cli/preview/model";
import {
  ARCHIVE,
  ASSET,
  SIGNATURE,
  UNKNOWN,
  isObject,
  type JsonObject,
} from "../../cli/preview/engine/signatures";
import { decodeStruct } from "../../cli/preview/engine/values";
import type { Edit } from "./mutant";
import type { Recorded } from "./recording";

export const operators = ["drop", "flip", "plus one", "minus one", "widen"] as const;
export type Operator = (typeof operators)[number];

export interface GenericMutant {
  readonly type: string;
  readonly operator: Operator;
  /** Steps, in which an element of any list is `*`. */
  readonly place: string;
  readonly resource: Recorded;
  readonly edit: Edit;
}

interface Spot {
  readonly steps: readonly string[];
  readonly place: readonly string[];
  readonly value: Json;
  readonly inList: boolean;
}

/** Text of programs, pages and dashboards: what stands in it is content, which policies read as a whole. */
const OPAQUE = new Set(["kubernetes:core/v1:ConfigMap data"]);

function* spots(
  value: Json,
  type: string,
  steps: readonly string[] = [],
  place: readonly string[] = [],
): Generator<Spot> {
  if (typeof value === "string" && /^[[{]/.test(value) && !OPAQUE.has(`${type} ${place[0] ?? ""}`)) {
    const inner = parsed(value);
    if (inner !== undefined) yield* spots(inner, type, [...steps, "#"], [...place, "#"]);
    return;
  }
  if (Array.isArray(value)) {
    for (const [at, element] of value.entries() as IterableIterator<[number, Json]>) {
      const spot = { steps: [...steps, String(at)], place: [...place, "*"], value: element, inList: true };
      yield spot;
      yield* spots(element, type, spot.steps, spot.place);
    }
    return;
  }
  if (!isObject(value)) return;
  const signature = value[SIGNATURE];
  // Of what an archive holds, texts that the program writes are looked into; files are named by their hash.
  if (signature !== undefined && signature !== ARCHIVE && signature !== ASSET) return;
  for (const [key, element] of Object.entries(value)) {
    if (key === SIGNATURE || (signature !== undefined && key === "hash")) continue;
    const spot = { steps: [...steps, key], place: [...place, key], value: element, inList: false };
    // An archive or asset without its content is none, which the SDK refuses before any policy sees it.
    if (signature === undefined) yield spot;
    yield* spots(element, type, spot.steps, spot.place);
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

function* editsAt({ steps, value, inList }: Spot): Generator<readonly [Operator, Edit]> {
  if (!inList || value !== UNKNOWN) yield ["drop", { drop: steps }];
  if (typeof value === "boolean") yield ["flip", { set: steps, to: !value }];
  if (typeof value === "number") {
    yield ["plus one", { add: steps, by: 1 }];
    yield ["minus one", { add: steps, by: -1 }];
  }
  if (typeof value === "string" && value.startsWith("arn:")) yield ["widen", { set: steps, to: "*" }];
}

export interface Place {
  readonly first: GenericMutant;
  /** The same at all of its resources, one edit each. */
  readonly everywhere: readonly { readonly resource: Recorded; readonly edit: Edit }[];
}

/** All places of the program, sorted by type, place and operator. */
export function placesOf(resources: readonly Recorded[]): readonly Place[] {
  const places = new Map<
    string,
    { first: GenericMutant; everywhere: { resource: Recorded; edit: Edit }[] }
  >();
  for (const resource of resources) {
    const { type } = resource.analyzed;
    for (const spot of spots(decodeStruct(resource.inputs) as JsonObject, type)) {
      for (const [operator, edit] of editsAt(spot)) {
        const place = spot.place.join(".");
        const key = `${type} ${place} ${operator}`;
        const known = places.get(key);
        if (!known)
          places.set(key, {
            first: { type, operator, place, resource, edit },
            everywhere: [{ resource, edit }],
          });
        else if (known.everywhere.at(-1)?.resource !== resource) known.everywhere.push({ resource, edit });
      }
    }
  }
  return [...places].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, place]) => place);
}
