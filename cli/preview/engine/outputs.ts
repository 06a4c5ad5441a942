/** What a provider would answer to a preview: it echoes the inputs and leaves unknown what only it can tell. */
import type { Json } from "../model";
import type { OutputShape, SdkTypes } from "./sdkTypes";
import { SIGNATURE, UNKNOWN, isObject, type JsonObject } from "./signatures";
import { decodeStruct, encodeStruct, forPolicies, structKeys } from "./values";

/**
 * Adds what is missing. Returns the same object when nothing is.
 *
 * @param makeUp the value for a missing output of this TypeScript type
 */
export function complete(
  given: JsonObject,
  shape: OutputShape,
  makeUp: (name: string, type: string) => Json,
): JsonObject {
  let result: { [key: string]: Json } | undefined;
  for (const [name, value] of Object.entries(completeBlocks(given, shape, makeUp) ?? {})) {
    result ??= { ...given };
    result[name] = value;
  }
  for (const [name, type] of shape.certain) {
    if (given[name] !== undefined) continue;
    result ??= { ...given };
    result[name] = makeUp(name, type);
  }
  return result ?? given;
}

/** The blocks that had something missing, completed. */
function completeBlocks(
  given: JsonObject,
  shape: OutputShape,
  makeUp: (name: string, type: string) => Json,
): JsonObject | undefined {
  let changed: { [key: string]: Json } | undefined;
  for (const [name, block] of shape.blocks) {
    const value = given[name];
    const completed = completeValue(value, block, makeUp);
    if (completed === value || completed === undefined) continue;
    changed ??= {};
    changed[name] = completed;
  }
  return changed;
}

function completeValue(
  value: Json | undefined,
  block: () => OutputShape,
  makeUp: (name: string, type: string) => Json,
): Json | undefined {
  if (isObject(value)) return SIGNATURE in value ? value : complete(value, block(), makeUp);
  if (!Array.isArray(value)) return value;
  const completed = value.map((element: Json) => completeValue(element, block, makeUp) ?? null);
  return completed.some((element, index) => element !== value[index]) ? completed : value;
}

const unknown = (): Json => UNKNOWN;

/** Encoded forms of one resource's outputs. */
export interface EncodedOutputs {
  /** For the program: its SDK takes what is missing for unknown by itself. */
  readonly answer: Buffer;
  /** For the policies. */
  readonly seen: Buffer;
}

export class Outputs {
  private readonly unknownEntries = new Map<
    string,
    readonly { readonly name: string; readonly entry: Buffer }[]
  >();

  constructor(private readonly sdkTypes: SdkTypes) {}

  /**
   * @param inputs encoded, or decoded where the engine changed them
   * @param shown the inputs as policies see them, encoded
   */
  of(type: string, inputs: Buffer | JsonObject, shown: Buffer): EncodedOutputs {
    const shape = this.sdkTypes.outputs(type);
    const keys = new Set(structKeys(shown));
    const entries = this.entries(type, shape).filter(({ name }) => !keys.has(name));
    const unknowns = Buffer.concat(entries.map(({ entry }) => entry));
    if ([...shape.blocks.keys()].some((name) => keys.has(name))) {
      const object = Buffer.isBuffer(inputs) ? decodeStruct(inputs) : inputs;
      const blocks = completeBlocks(object, shape, unknown);
      if (blocks) {
        const completed = { ...object, ...blocks };
        return {
          answer: encodeStruct(completed),
          seen: Buffer.concat([encodeStruct(forPolicies(completed)), unknowns]),
        };
      }
    }
    return { answer: answerOf(inputs), seen: Buffer.concat([shown, unknowns]) };
  }

  private entries(
    type: string,
    shape: OutputShape,
  ): readonly { readonly name: string; readonly entry: Buffer }[] {
    const known = this.unknownEntries.get(type);
    if (known) return known;
    const entries = [...shape.certain.keys()].map((name) => ({
      name,
      entry: encodeStruct({ [name]: UNKNOWN }),
    }));
    this.unknownEntries.set(type, entries);
    return entries;
  }
}

/** The engine keeps its own notes on a provider from the program. */
function answerOf(inputs: Buffer | JsonObject): Buffer {
  if (Buffer.isBuffer(inputs)) return inputs;
  const echoed = { ...inputs };
  delete echoed["__internal"];
  return encodeStruct(echoed);
}
