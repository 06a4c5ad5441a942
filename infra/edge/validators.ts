import type { Contract } from "../contract/contract";
import {
  METHODS,
  type OpenApiDocument,
  type Operation,
  type SchemaObject,
} from "../contract/contract.schema";
import { parseReference } from "../contract/references";
import { headersValidator } from "../functions/validation/contractFacts";
import { boundHeaders } from "./contractRoutes";

/**
 * The contract's schemas as one text of CommonJS that requires nothing and evaluates no text: for each operation its
 * body's validator under the operation's id, and its headers' under `headersValidator(operationId)`. The same contract
 * gives the same text. It holds every keyword of the contract, those that the gateway is not given among them.
 *
 * @throws RangeError when an operation has a body that is no JSON, for nothing would check it
 * @throws Error when a schema has a format that is not in {@link formats}
 * @see https://ajv.js.org/standalone.html
 */
export function compileValidators({ document }: Pick<Contract, "document">): string {
  const { Ajv, _, standaloneCode } = loadAjv();
  const ajv = new Ajv({
    strict: true,
    // OpenAPI's `type` beside `nullable` and unions is no mistake.
    strictTypes: false,
    discriminator: true,
    // `constructor` in a body is no property of the caller's.
    ownProperties: true,
    // A problem names place and keyword only.
    messages: false,
    code: { source: true, lines: false, formats: _`formats` },
    formats,
  });
  const references: Record<string, string> = {};
  const definitions: Record<string, object> = Object.fromEntries(
    Object.entries(document.components.schemas).map(([name, schema]) => [name, lowered(schema)]),
  );
  for (const operation of operationsOf(document)) {
    const name = `headers of ${operation.operationId}`;
    definitions[name] = headersSchema(document, operation);
    references[headersValidator(operation.operationId)] = pointerTo(encodeURIComponent(name));
    const body = bodySchemaName(operation);
    if (body !== undefined) references[operation.operationId] = pointerTo(body);
  }
  ajv.addSchema({ $id: ID, definitions });
  return withRuntime(standaloneCode(ajv, references));
}

/** Loaded when there is something to compile: most previews find everything compiled. */
function loadAjv() {
  /* eslint-disable @typescript-eslint/no-require-imports */
  const { Ajv, _ } = require("ajv") as typeof import("ajv");
  const { default: standaloneCode } = require("ajv/dist/standalone") as typeof import("ajv/dist/standalone");
  /* eslint-enable @typescript-eslint/no-require-imports */
  return { Ajv, _, standaloneCode };
}

const ID = "contract";
const pointerTo = (name: string): string => `${ID}#/definitions/${name}`;

const operationsOf = (document: OpenApiDocument): Operation[] =>
  Object.values(document.paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []));

// ---- schemas ---------------------------------------------------------------------------------------------------

/** Keywords that mean the same in both and say something about a value; the others are for readers. */
const ASSERTIONS = [
  "type",
  "format",
  "enum",
  "nullable",
  "minLength",
  "maxLength",
  "pattern",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "required",
  "additionalProperties",
] as const satisfies readonly (keyof SchemaObject)[];

/**
 * A schema of OpenAPI 3.0 in JSON Schema's words of today: the exclusive bounds are numbers there, not flags.
 * https://spec.openapis.org/oas/v3.0.3#schema-object
 */
function lowered(schema: SchemaObject): object {
  if (schema.$ref !== undefined) {
    const [, name = ""] = parseReference(schema.$ref) ?? [];
    return { $ref: `#/definitions/${name}` };
  }
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, items, properties, discriminator } = schema;
  return {
    ...Object.fromEntries(
      ASSERTIONS.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])),
    ),
    ...(minimum === undefined ? {} : { [exclusiveMinimum ? "exclusiveMinimum" : "minimum"]: minimum }),
    ...(maximum === undefined ? {} : { [exclusiveMaximum ? "exclusiveMaximum" : "maximum"]: maximum }),
    ...(items === undefined ? {} : { items: lowered(items) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, property]) => [name, lowered(property)]),
          ),
        }),
    ...(schema.oneOf === undefined ? {} : { oneOf: schema.oneOf.map(lowered) }),
    ...(schema.anyOf === undefined ? {} : { anyOf: schema.anyOf.map(lowered) }),
    ...(discriminator === undefined ? {} : { discriminator: { propertyName: discriminator.propertyName } }),
  };
}

const JSON_TYPE = "application/json";

/** @returns the schema's name; `undefined` where the operation has no body */
function bodySchemaName({ operationId, requestBody }: Operation): string | undefined {
  if (requestBody === undefined) return undefined;
  const types = Object.keys(requestBody.content);
  const schema = requestBody.content[JSON_TYPE]?.schema;
  const [, name] = parseReference(schema?.$ref ?? "") ?? [];
  if (types.length !== 1 || name === undefined)
    throw new RangeError(
      `${operationId}: got a body of ${types.join(", ")}; allowed: ${JSON_TYPE} with a $ref, alone; fix: describe the body so, or teach infra/edge/validators.ts and infra/functions/validation the other type`,
    );
  return name;
}

/** The headers that were sent, as one object by the contract's names. */
function headersSchema(document: OpenApiDocument, operation: Operation): object {
  const headers = boundHeaders(document, operation);
  const required = headers.filter((header) => header.required).map(({ name }) => name);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(headers.map(({ name, schema }) => [name, lowered(schema)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

// ---- what the compiled text needs at run time --------------------------------------------------------------------

/**
 * Formats that a request may be held to. Those with code are in {@link RUNTIME}: here only their names count, for
 * nothing is validated by this instance of ajv.
 *
 * Not by ajv-formats: its `byte` looks at each line by itself, so that anything with a line break passes, and a group
 * repeated a million times, as an image has it, overflows the stack of the regular expressions' machine.
 */
const formats = {
  uuid: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  byte: notHere,
} as const;

function notHere(): boolean {
  throw new Error(
    "validators: got a value; allowed: none while they are compiled; fix: run the compiled text",
  );
}

/** A text's length as JSON Schema counts it, in code points, and the formats that are no regular expression. */
const RUNTIME = `const codePoints=(text)=>{let count=text.length;for(let at=text.length-1;at>0;at-=1){const unit=text.charCodeAt(at);if(unit>=0xdc00&&unit<=0xdfff){const before=text.charCodeAt(at-1);if(before>=0xd800&&before<=0xdbff){count-=1;at-=1;}}}return count;};
const formats={byte:(text)=>text.length%4===0&&/^[A-Za-z0-9+/]*={0,2}$/.test(text)};
`;

const LENGTH_HELPER = /require\("ajv\/dist\/runtime\/ucs2length"\)\.default/g;

function withRuntime(compiled: string): string {
  const strict = '"use strict";';
  const body = compiled.replace(strict, "").replace(LENGTH_HELPER, "codePoints");
  const left = /require\([^)]*\)/.exec(body);
  if (left !== null)
    throw new Error(
      `validators: got ${left[0]} in the compiled text; allowed: no module; fix: give RUNTIME in infra/edge/validators.ts what it does`,
    );
  return `${strict}\n${RUNTIME}${body}\n`;
}
