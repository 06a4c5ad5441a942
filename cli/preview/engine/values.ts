/**
 * Property values as they travel: JSON in which objects with a signature stand for what JSON has no word for
 * (secrets, outputs, assets, archives, references to resources) and one magic string for "unknown".
 *
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 */
import { isAbsolute, relative, sep } from "node:path";
import type { Json } from "../model";
import { hashArchive, hashAsset } from "./assets";
import { Reader, Writer } from "../../../runtime/protobuf";
import { readValue } from "../../../runtime/structValues";
import {
  ARCHIVE,
  ASSET,
  OUTPUT,
  RESOURCE,
  SECRET,
  SIGNATURE,
  UNKNOWN,
  isObject,
  type JsonObject,
} from "./signatures";

const signatureBytes = Buffer.from(SIGNATURE);
const internalPrefix = "__";
const internalBytes = Buffer.from(internalPrefix);

// --- google.protobuf.Struct --------------------------------------------------------------------------------

export function decodeStruct(bytes: Buffer): { [key: string]: Json } {
  return readStruct(new Reader(bytes));
}

function readStruct(reader: Reader): { [key: string]: Json } {
  const result: { [key: string]: Json } = {};
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const entry = reader.message();
    let key = "";
    let value: Json = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.string();
      else if (entry.field === 2) value = readValue(entry.message(), readStruct);
      else entry.skip();
    }
    // A plain assignment to "__proto__" would be lost.
    if (key === "__proto__") Object.defineProperty(result, key, { value, enumerable: true });
    else result[key] = value;
  }
  return result;
}

/** The keys of an encoded Struct; its values are passed over. */
export function structKeys(bytes: Buffer): string[] {
  const keys: string[] = [];
  const reader = new Reader(bytes);
  while (reader.next()) {
    const entry = reader.message();
    let key = "";
    while (entry.next()) {
      if (entry.field === 1) key = entry.string();
      else entry.skip();
    }
    keys.push(key);
  }
  return keys;
}

export function decodeValue(bytes: Buffer): Json {
  return readValue(new Reader(bytes), readStruct);
}

export function encodeStruct(value: JsonObject): Buffer {
  const writer = new Writer();
  writeStruct(writer, value);
  return writer.finish();
}

export function writeStruct(writer: Writer, value: JsonObject): void {
  for (const [key, element] of Object.entries(value)) {
    writer.message(1, (entry) => {
      entry.string(1, key);
      entry.message(2, (inner) => writeValue(inner, element));
    });
  }
}

function writeValue(writer: Writer, value: Json): void {
  if (value === null) writer.varint(1, 0);
  else if (typeof value === "number") writer.double(2, value);
  else if (typeof value === "string") writer.text(3, value);
  else if (typeof value === "boolean") writer.varint(4, value ? 1 : 0);
  else if (isObject(value)) writer.message(5, (inner) => writeStruct(inner, value));
  else {
    const list = value;
    writer.message(6, (inner) => {
      for (const element of list) inner.message(1, (item) => writeValue(item, element));
    });
  }
}

// --- What the engine makes of the properties that a program sends ------------------------------------------

/** `false`: the properties hold no object with a signature, so that their bytes may be handed on. */
export const hasSignature = (struct: Buffer): boolean => struct.includes(signatureBytes);

/** `false`: no property's name can begin with `__`, which the engine does not show to policies. */
export const mayHaveInternal = (struct: Buffer): boolean => struct.includes(internalBytes);

/**
 * Turns outputs into what they stand for (a plain value, a secret, an unknown), gives assets their hash.
 *
 * @param directory what relative paths of assets are relative to
 * @param dependencies receives the URNs that outputs say they depend on
 */
export function normalise(value: Json, directory: string, dependencies: Set<string>): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element: Json) => normalise(element, directory, dependencies));
  const object = value as JsonObject;
  switch (object[SIGNATURE]) {
    case undefined:
      return normaliseObject(object, directory, dependencies);
    case OUTPUT: {
      const listed = object["dependencies"];
      if (Array.isArray(listed)) for (const urn of listed) dependencies.add(String(urn));
      const known = object["value"];
      const element = known === undefined ? UNKNOWN : normalise(known, directory, dependencies);
      return object["secret"] === true ? { [SIGNATURE]: SECRET, value: element } : element;
    }
    case SECRET:
      return { [SIGNATURE]: SECRET, value: normalise(object["value"] ?? null, directory, dependencies) };
    case ASSET:
      return hashAsset(object, directory);
    case ARCHIVE:
      return hashArchive(object, directory);
    default:
      return object;
  }
}

export function normaliseObject(
  object: JsonObject,
  directory: string,
  dependencies: Set<string>,
): { [key: string]: Json } {
  const result: { [key: string]: Json } = {};
  for (const key of Object.keys(object))
    result[key] = normalise(object[key] ?? null, directory, dependencies);
  return result;
}

/** What a policy is shown: no internal properties, references to resources as their id (or URN). */
export function forPolicies(object: JsonObject): { [key: string]: Json } {
  const result: { [key: string]: Json } = {};
  for (const key of Object.keys(object)) {
    if (!key.startsWith(internalPrefix)) result[key] = withoutReferences(object[key] ?? null);
  }
  return result;
}

function withoutReferences(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutReferences);
  const object = value as JsonObject;
  if (object[SIGNATURE] === RESOURCE) {
    const id = object["id"];
    if (id === undefined) return object["urn"] ?? null;
    return id === "" ? UNKNOWN : id;
  }
  const result: { [key: string]: Json } = {};
  for (const key of Object.keys(object)) result[key] = withoutReferences(object[key] ?? null);
  return result;
}

/**
 * What the digest shows: secrets hidden, keys sorted.
 *
 * @param directory the project's; paths of assets inside it are shown relative to it
 */
export function forDigest(object: JsonObject, directory: string): { [key: string]: Json } {
  const result: { [key: string]: Json } = {};
  for (const key of Object.keys(object).sort()) result[key] = digestValue(object[key] ?? null, directory);
  return result;
}

export function digestValue(value: Json, directory: string): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element: Json) => digestValue(element, directory));
  const object = value as JsonObject;
  switch (object[SIGNATURE]) {
    case SECRET:
      return "[secret]";
    case RESOURCE: {
      const id = object["id"];
      return {
        [SIGNATURE]: RESOURCE,
        ...(id === undefined ? {} : { id: id === UNKNOWN ? "" : id }),
        packageVersion: object["packageVersion"] ?? "",
        urn: object["urn"] ?? "",
      };
    }
    case ASSET:
    case ARCHIVE: {
      const shown = forDigest({ ...object, [SIGNATURE]: null }, directory);
      const path = object["path"];
      if (typeof path === "string" && isAbsolute(path))
        shown["path"] = relative(directory, path).split(sep).join("/");
      shown[SIGNATURE] = object[SIGNATURE] ?? null;
      return shown;
    }
    default:
      return forDigest(object, directory);
  }
}
