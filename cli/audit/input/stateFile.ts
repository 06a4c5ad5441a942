/**
 * Reads a state as `pulumi stack export` writes it.
 *
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go (`DeploymentV3`, `ResourceV3`)
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import type { Json } from "../../preview/model";
import { SECRET, SIGNATURE, UNKNOWN, isObject, type JsonObject } from "../../preview/engine/signatures";
import { qualifiedTypeOf } from "../../preview/engine/urn";
import { UsageError } from "../../usageError";

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id: string;
  readonly parent: string;
  /** `<urn>::<id>`, or "". */
  readonly provider: string;
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly timeouts: { readonly create: number; readonly update: number; readonly delete: number };
}

export interface StateFile {
  readonly project: string;
  readonly stack: string;
  readonly sha256: string;
  readonly resources: readonly StateResource[];
  readonly hiddenSecrets: number;
  readonly beingDeleted: number;
  readonly pendingOperations: number;
}

/** V8 holds no longer text. https://nodejs.org/api/buffer.html#bufferconstantsmax_string_length */
const MAX_BYTES = 500 * 1024 * 1024;
/**
 * A secret that nobody can read here is not known, as at a preview; a policy that needs it says so. (`pulumi policy analyze` shows a text there,
 * which a policy takes for the value.)
 */
const HIDDEN = UNKNOWN;
/** The engine's own provider, which no program asks for. */
const ENGINE_PROVIDER = "pulumi:providers:pulumi";
/** Below the top such a name is a person's, as in Grafana's `__panelId__`, but for the note that bridged providers leave in each object. */
const INTERNAL = "__";
const BRIDGE_NOTE = "__defaults";

const URN = /^urn:pulumi:([^:]+)::([^:]+)::([^:].*?)::(.+)$/s;
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

// As it was read: a copy by zod would lose a property that is called __proto__.
const properties = z.custom<JsonObject>((value) => isObject(value as Json));
const names = z.array(z.string()).nullish();
const seconds = z.number().nonnegative().nullish();
// Not strict: the engine adds fields from version to version, and what is not read here is not judged by a pack either.
const resourceSchema = z.looseObject({
  urn: z.string().regex(URN),
  custom: z.boolean(),
  delete: z.boolean().optional(),
  id: z.string().optional(),
  type: z.string().min(1),
  inputs: properties.nullish(),
  outputs: properties.nullish(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  protect: z.boolean().optional(),
  ignoreChanges: names,
  additionalSecretOutputs: names,
  dependencies: names,
  propertyDependencies: z.record(z.string(), names).nullish(),
  customTimeouts: z.looseObject({ create: seconds, update: seconds, delete: seconds }).nullish(),
});
const exportSchema = z.looseObject({
  version: z.union([z.literal(3), z.literal(4)]),
  deployment: z.looseObject({
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});

/**
 * @param path as the person wrote it, for messages
 * @throws UsageError in one line for whatever is no whole state of one stack
 */
export function readStateFile(path: string, file: string): StateFile {
  const bytes = bytesOf(path, file);
  return { sha256: createHash("sha256").update(bytes).digest("hex"), ...parseState(bytes, path) };
}

function bytesOf(path: string, file: string): Buffer {
  try {
    if (statSync(file).size > MAX_BYTES) throw refused(path, `more than ${MAX_BYTES} bytes`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw refused(path, (error as NodeJS.ErrnoException).code ?? "a file that cannot be read");
  }
}

export function parseState(bytes: Uint8Array, path: string): Omit<StateFile, "sha256"> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw refused(path, bytes.length === 0 ? "an empty file" : "no JSON");
  }
  refuseVersion(value, path);
  const read = exportSchema.safeParse(value);
  if (!read.success) throw refused(path, problemOf(value, read.error));
  const { resources: all, pending_operations: pending } = read.data.deployment;
  const whole = (all ?? []).filter((one) => one.delete !== true && one.type !== ENGINE_PROVIDER);
  const identity = identityOf(
    whole.map(({ urn }) => urn),
    path,
  );
  const secrets = { hidden: 0 };
  const resources = whole.map((one): StateResource => {
    if (qualifiedTypeOf(one.urn).split("$").at(-1) !== one.type)
      throw refused(path, `the type ${JSON.stringify(one.type)} at ${one.urn}`);
    return {
      urn: one.urn,
      type: one.type,
      custom: one.custom,
      id: one.id ?? "",
      parent: one.parent ?? "",
      provider: one.provider ?? "",
      inputs: shown(one.inputs ?? {}, secrets),
      outputs: shown(readable(one.outputs ?? {}, one.inputs ?? {}), secrets),
      protect: one.protect ?? false,
      ignoreChanges: one.ignoreChanges ?? [],
      additionalSecretOutputs: one.additionalSecretOutputs ?? [],
      dependencies: one.dependencies ?? [],
      propertyDependencies: Object.fromEntries(
        Object.entries(one.propertyDependencies ?? {}).map(([key, on]) => [key, on ?? []]),
      ),
      timeouts: {
        create: one.customTimeouts?.create ?? 0,
        update: one.customTimeouts?.update ?? 0,
        delete: one.customTimeouts?.delete ?? 0,
      },
    };
  });
  return {
    ...identity,
    resources: resources.sort((a, b) => (a.urn < b.urn ? -1 : 1)),
    hiddenSecrets: secrets.hidden,
    beingDeleted: (all ?? []).filter((one) => one.delete === true).length,
    pendingOperations: pending?.length ?? 0,
  };
}

/** Of which stack of which project it is: of one, and each resource stands there once. */
function identityOf(urns: readonly string[], path: string): { project: string; stack: string } {
  const [first] = urns;
  if (first === undefined) throw refused(path, "a state without resources");
  const [, stack = "", project = ""] = URN.exec(first) ?? [];
  if (!PLAIN.test(stack) || !PLAIN.test(project)) throw refused(path, `the URN ${JSON.stringify(first)}`);
  const seen = new Set<string>();
  for (const urn of urns) {
    if (!urn.startsWith(`urn:pulumi:${stack}::${project}::`))
      throw refused(path, `${urn} beside those of ${project}/${stack}`);
    if (seen.has(urn)) throw refused(path, `${urn} twice`);
    seen.add(urn);
  }
  return { project, stack };
}

/** What a pack is shown: no notes of the engine and its bridges, secrets where they can be read. */
const shown = (object: JsonObject, secrets: { hidden: number }): JsonObject =>
  objectOf(object, (key) => key.startsWith(INTERNAL), secrets);

function objectOf(
  object: JsonObject,
  isNote: (key: string) => boolean,
  secrets: { hidden: number },
): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key]) => !isNote(key))
      .map(([key, value]) => [key, shownValue(value, secrets)]),
  );
}

function shownValue(value: Json, secrets: { hidden: number }): Json {
  if (Array.isArray(value)) return value.map((element: Json) => shownValue(element, secrets));
  if (!isObject(value)) return value;
  if (value[SIGNATURE] !== SECRET) return objectOf(value, (key) => key === BRIDGE_NOTE, secrets);
  return { [SIGNATURE]: SECRET, value: secretOf(value, secrets) };
}

/**
 * The outputs, with the input of the same name where an output is encrypted as a whole: bridged providers hide a block in which one value is
 * secret, and a preview shows the input there too.
 */
const readable = (outputs: JsonObject, inputs: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [
      key,
      isObject(value) && typeof value["ciphertext"] === "string" && value[SIGNATURE] === SECRET
        ? (inputs[key] ?? value)
        : value,
    ]),
  );

/** `--show-secrets` writes the value as JSON in a text; otherwise it is encrypted. */
function secretOf(value: JsonObject, secrets: { hidden: number }): Json {
  const { plaintext } = value;
  if (typeof plaintext === "string") {
    try {
      return shownValue(JSON.parse(plaintext) as Json, secrets);
    } catch {
      // Whoever wrote that wrote no state; nobody can say what the secret is.
    }
  }
  secrets.hidden++;
  return HIDDEN;
}

function problemOf(value: unknown, error: z.ZodError): string {
  if (typeof value === "object" && value !== null && "checkpoint" in value)
    return "a checkpoint of a backend, not an export";
  const [issue] = error.issues;
  const place = issue?.path.join(".") ?? "";
  return place === "" ? "no object" : `something else at ${place}`;
}

const VERSIONS: readonly unknown[] = [3, 4];

/** Before all else: of another version nobody here knows what is where. */
function refuseVersion(value: unknown, path: string): void {
  if (!isObject(value as Json)) return;
  const { version, checkpoint } = value as JsonObject;
  if (checkpoint !== undefined || VERSIONS.includes(version)) return;
  throw refused(
    path,
    version === undefined ? "no version" : `the version ${JSON.stringify(version).slice(0, 40)}`,
    `a stack's whole state in JSON, of version ${VERSIONS.join(" or ")}`,
  );
}

const refused = (path: string, got: string, allowed = "a stack's whole state in JSON"): UsageError =>
  new UsageError(
    `--file: got ${got} in ${path}; allowed: ${allowed}; fix: pulumi stack export --stack <stack> --file state.json`,
  );
