import { showValue, type Problem } from "../shared/problem";
import {
  METHODS,
  type MediaType,
  type Method,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type Reference,
  type Response,
  type SchemaObject,
} from "./contract.schema";
import { escapeStep, isReference, parseReference } from "./references";

/** Every operation can be answered with these; what one of them means is in components/responses. */
export const ERROR_STATUSES = [400, 401, 403, 409, 413, 415, 422, 429, 500, 502, 503, 504] as const;
/** Those after which the caller may try again, and is told when. */
export const WAIT_STATUSES: readonly number[] = [409, 429, 503, 504];
export const PROBLEM_MEDIA_TYPE = "application/problem+json";
const PROBLEM_SCHEMA = "#/components/schemas/Problem";

/** How the parts of a well-formed contract fit together: all that is wrong, or nothing. */
export function checkDocument(document: OpenApiDocument): Problem[] {
  const { parameters = {}, headers = {}, responses = {}, schemas } = document.components;
  const here = "/components";
  return [
    ...Object.entries(schemas).flatMap(([name, schema]) =>
      checkSchema(document, schema, `${here}/schemas/${name}`),
    ),
    ...Object.entries(parameters).flatMap(([name, parameter]) =>
      checkParameterSchema(document, parameter, `${here}/parameters/${name}`),
    ),
    ...Object.entries(headers).flatMap(([name, { schema }]) =>
      checkSchema(document, schema, `${here}/headers/${name}/schema`),
    ),
    ...Object.entries(responses).flatMap(([name, response]) =>
      checkResponseParts(document, response, `${here}/responses/${name}`),
    ),
    ...checkOperations(document),
  ];
}

// ---- schemas ---------------------------------------------------------------------------------------------------

/** That nothing in a schema is unbounded: no text, number, list or object may be as large as a caller likes. */
export function checkSchema(document: OpenApiDocument, schema: SchemaObject, pointer: string): Problem[] {
  if (schema.$ref !== undefined) return checkSchemaReference(document, schema, pointer);
  const branches = (["oneOf", "anyOf"] as const).flatMap((keyword) =>
    (schema[keyword] ?? []).flatMap((branch, i) =>
      checkSchema(document, branch, `${pointer}/${keyword}/${i}`),
    ),
  );
  if (schema.type === undefined) {
    if (schema.oneOf ?? schema.anyOf) return branches;
    return [problem(pointer, showValue(schema), "a type, or a $ref", "say which type it has")];
  }
  return [...branches, ...checkPattern(schema, pointer), ...checkBounds(document, schema, pointer)];
}

function checkSchemaReference(document: OpenApiDocument, schema: SchemaObject, pointer: string): Problem[] {
  const ref = schema.$ref ?? "";
  const [section, name] = parseReference(ref) ?? [];
  if (section !== "schemas" || !name || !Object.hasOwn(document.components.schemas, name)) {
    return [
      problem(
        `${pointer}/$ref`,
        showValue(ref),
        `#/components/schemas/ and one of ${list(document.components.schemas)}`,
        "correct the name, or add the schema",
      ),
    ];
  }
  const beside = Object.keys(schema).filter((key) => key !== "$ref");
  return beside.map((key) =>
    problem(
      `${pointer}/${key}`,
      "a keyword beside $ref",
      "$ref alone: OpenAPI 3.0 ignores what stands beside it",
      "move it into the schema that is referred to",
    ),
  );
}

/** The gateway knows of a parameter's schema the type only, so that it must be written in place. */
function checkParameterSchema(document: OpenApiDocument, { schema }: Parameter, pointer: string): Problem[] {
  const at = `${pointer}/schema`;
  const scalars = ["string", "number", "integer", "boolean"];
  return schema.type !== undefined && scalars.includes(schema.type)
    ? checkSchema(document, schema, at)
    : [
        problem(
          `${at}/type`,
          showValue(schema.type),
          `${scalars.join(", ")}, in place`,
          "write the schema in place",
        ),
      ];
}

function checkPattern(schema: SchemaObject, pointer: string): Problem[] {
  if (schema.pattern === undefined) return [];
  try {
    new RegExp(schema.pattern, "u");
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [
      problem(
        `${pointer}/pattern`,
        showValue(schema.pattern),
        "a regular expression (ECMA-262)",
        error.message,
      ),
    ];
  }
}

function checkBounds(document: OpenApiDocument, schema: SchemaObject, pointer: string): Problem[] {
  switch (schema.type) {
    case "string":
      return schema.enum ? [] : checkRange(schema, "minLength", "maxLength", "or an enum", pointer);
    case "number":
    case "integer":
      return schema.enum ? [] : checkRange(schema, "minimum", "maximum", "or an enum", pointer);
    case "array":
      return [
        ...checkRange(schema, "minItems", "maxItems", "", pointer),
        ...(schema.items
          ? checkSchema(document, schema.items, `${pointer}/items`)
          : [problem(`${pointer}/items`, "nothing", "a schema", "say what the list holds")]),
      ];
    case "object":
      return checkObject(document, schema, pointer);
    default:
      return [];
  }
}

function checkRange(
  schema: SchemaObject,
  low: "minLength" | "minimum" | "minItems",
  high: "maxLength" | "maximum" | "maxItems",
  alternative: string,
  pointer: string,
): Problem[] {
  const allowed = [`${low} and ${high}`, alternative].filter(Boolean).join(", ");
  const missing = [low, high].filter((keyword) => schema[keyword] === undefined);
  if (missing.length > 0) {
    return missing.map((keyword) =>
      problem(
        `${pointer}/${keyword}`,
        "nothing",
        allowed,
        `bound the ${schema.type ?? "value"}: add ${keyword}`,
      ),
    );
  }
  const [from, to] = [schema[low] ?? 0, schema[high] ?? 0];
  return from <= to
    ? []
    : [problem(`${pointer}/${low}`, String(from), `at most ${high}, which is ${to}`, "swap or correct them")];
}

function checkObject(document: OpenApiDocument, schema: SchemaObject, pointer: string): Problem[] {
  const properties = schema.properties ?? {};
  const closed =
    schema.additionalProperties === false
      ? []
      : [
          problem(
            `${pointer}/additionalProperties`,
            showValue(schema.additionalProperties),
            "false",
            "close the object: name every property and add additionalProperties: false",
          ),
        ];
  const unknown = (schema.required ?? []).filter((name) => !Object.hasOwn(properties, name));
  return [
    ...closed,
    ...unknown.map((name) =>
      problem(
        `${pointer}/required`,
        showValue(name),
        `names of properties: ${list(properties)}`,
        "correct the name, or add the property",
      ),
    ),
    ...Object.entries(properties).flatMap(([name, property]) =>
      checkSchema(document, property, `${pointer}/properties/${escapeStep(name)}`),
    ),
  ];
}

// ---- operations ------------------------------------------------------------------------------------------------

interface LocatedOperation {
  readonly path: string;
  readonly method: Method;
  readonly operation: Operation;
  readonly pointer: string;
}

function checkOperations(document: OpenApiDocument): Problem[] {
  const all = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): LocatedOperation[] => {
      const operation = item[method];
      return operation ? [{ path, method, operation, pointer: `/paths/${escapeStep(path)}/${method}` }] : [];
    }),
  );
  return [
    ...all.flatMap((located) => [
      ...checkParameters(document, located),
      ...checkBody(document, located),
      ...checkResponses(document, located),
      ...checkLock(document, located),
    ]),
    ...checkUniqueIds(all),
    ...checkOneChannel(all),
  ];
}

function checkUniqueIds(all: readonly LocatedOperation[]): Problem[] {
  return all
    .filter(
      ({ operation }, i) =>
        all.findIndex((other) => other.operation.operationId === operation.operationId) < i,
    )
    .map(({ operation, pointer }) =>
      problem(
        `${pointer}/operationId`,
        showValue(operation.operationId),
        "an id that no other operation has",
        "rename it",
      ),
    );
}

function checkOneChannel(all: readonly LocatedOperation[]): Problem[] {
  const channels = [...new Set(all.map(({ operation }) => operation["x-fase-b-session"]))].filter(
    (c) => c !== "none",
  );
  return channels.length === 1
    ? []
    : [
        problem(
          "/paths",
          channels.length === 0 ? "no x-fase-b-session but none" : channels.join(", "),
          "one WebSocket channel",
          "mark the operation that issues the voice tickets, and no other, with the channel",
        ),
      ];
}

function checkParameters(document: OpenApiDocument, located: LocatedOperation): Problem[] {
  const { path, operation, pointer } = located;
  const shared = document.components.parameters ?? {};
  const problems: Problem[] = [];
  const found: Parameter[] = [];
  for (const [i, entry] of operation.parameters.entries()) {
    const at = `${pointer}/parameters/${i}`;
    const parameter = isReference(entry) ? lookUp(entry, "parameters", shared) : entry;
    if (!parameter) {
      problems.push(unresolved(entry, `${at}/$ref`, "parameters", shared));
      continue;
    }
    if (!isReference(entry)) problems.push(...checkParameterSchema(document, parameter, at));
    if (
      found.some(
        (other) => other.in === parameter.in && other.name.toLowerCase() === parameter.name.toLowerCase(),
      )
    ) {
      problems.push(
        problem(at, `${parameter.in} ${parameter.name} twice`, "each parameter once", "remove one"),
      );
    }
    found.push(parameter);
  }
  return [
    ...problems,
    ...checkHeaders(operation, found, pointer),
    ...checkPathParameters(path, found, pointer),
  ];
}

/** That the headers fit the marks: a mark whose header nobody sends would be a control that never runs. */
function checkHeaders(operation: Operation, parameters: readonly Parameter[], pointer: string): Problem[] {
  const required = (name: string): boolean | undefined =>
    parameters.find((parameter) => parameter.in === "header" && parameter.name === name)?.required;
  const at = `${pointer}/parameters`;
  const problems: Problem[] = [];
  if (required("X-Correlation-Id") !== false) {
    problems.push(
      problem(
        at,
        "no optional X-Correlation-Id",
        "X-Correlation-Id, not required: a missing one is replaced",
        "add #/components/parameters/CorrelationId",
      ),
    );
  }
  const wantsKey = operation["x-fase-b-idempotency"] === "required";
  if (wantsKey && required("Idempotency-Key") !== true) {
    problems.push(
      problem(
        at,
        "no required Idempotency-Key",
        "Idempotency-Key, since x-fase-b-idempotency is required",
        "add #/components/parameters/IdempotencyKey, or set the mark to none",
      ),
    );
  }
  if (!wantsKey && required("Idempotency-Key") !== undefined) {
    problems.push(
      problem(
        `${pointer}/x-fase-b-idempotency`,
        "none",
        "required, since the operation takes an Idempotency-Key",
        "set the mark to required, or remove the header",
      ),
    );
  }
  const needsSubject = (["x-fase-b-lock", "x-fase-b-session"] as const).filter(
    (name) => operation[name] !== "none",
  );
  if (needsSubject.length > 0 && required("X-Subject") !== true) {
    problems.push(
      problem(
        at,
        "no required X-Subject",
        `X-Subject, since ${needsSubject.join(" and ")} hold for a user`,
        "add #/components/parameters/Subject, or set the mark to none",
      ),
    );
  }
  return problems;
}

function checkPathParameters(path: string, parameters: readonly Parameter[], pointer: string): Problem[] {
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? "");
  const declared = parameters.filter((parameter) => parameter.in === "path");
  return [
    ...inPath
      .filter((name) => !declared.some((parameter) => parameter.name === name && parameter.required))
      .map((name) =>
        problem(
          `${pointer}/parameters`,
          `nothing for {${name}}`,
          "a required path parameter for each",
          `add ${name}`,
        ),
      ),
    ...declared
      .filter((parameter) => !inPath.includes(parameter.name))
      .map((parameter) =>
        problem(
          `${pointer}/parameters`,
          showValue(parameter.name),
          `parameters of ${path}`,
          "remove it, or put it in the path",
        ),
      ),
  ];
}

function checkBody(document: OpenApiDocument, { method, operation, pointer }: LocatedOperation): Problem[] {
  const takesBody = method === "post" || method === "put" || method === "patch";
  if (!operation.requestBody) {
    return takesBody
      ? [problem(`${pointer}/requestBody`, "nothing", `a body: ${method} sends one`, "describe it")]
      : [];
  }
  if (!takesBody) {
    return [
      problem(`${pointer}/requestBody`, "a body", `none: ${method} sends none`, "remove it, or use post"),
    ];
  }
  const at = `${pointer}/requestBody/content`;
  const contents = Object.entries(operation.requestBody.content);
  if (contents.length === 0)
    return [problem(at, "nothing", "at least one media type", "say what the body is")];
  return contents.flatMap(([mediaType, { schema }]) => [
    ...(mediaType === mediaType.toLowerCase() && /^[a-z]+\/[a-z0-9.+-]+$/.test(mediaType)
      ? []
      : [
          problem(
            `${at}/${escapeStep(mediaType)}`,
            showValue(mediaType),
            "a media type in lower case without parameters",
            "correct it",
          ),
        ]),
    ...(schema.$ref === undefined
      ? [
          problem(
            `${at}/${escapeStep(mediaType)}/schema`,
            "a schema in place",
            "a $ref: the gateway's models have names",
            "move it to components/schemas",
          ),
        ]
      : checkSchema(document, schema, `${at}/${escapeStep(mediaType)}/schema`)),
    ...(schema.$ref !== undefined && inPlace(document, schema)?.type === undefined
      ? [
          problem(
            `${at}/${escapeStep(mediaType)}/schema`,
            showValue(schema.$ref),
            "a schema with a type",
            "give it one: a model without a type checks nothing",
          ),
        ]
      : []),
  ]);
}

function checkResponses(document: OpenApiDocument, { operation, pointer }: LocatedOperation): Problem[] {
  const at = `${pointer}/responses`;
  const shared = document.components.responses ?? {};
  const statuses = Object.keys(operation.responses);
  const missing = ERROR_STATUSES.filter((status) => !statuses.includes(String(status)));
  const problems = missing.map((status) =>
    problem(
      `${at}/${status}`,
      "nothing",
      `every one of ${ERROR_STATUSES.join(", ")}`,
      "refer to components/responses",
    ),
  );
  if (!statuses.some((status) => status.startsWith("2"))) {
    problems.push(problem(at, "no success", "a response of 200 to 299", "say what the caller gets"));
  }
  for (const [status, entry] of Object.entries(operation.responses)) {
    const response = isReference(entry) ? lookUp(entry, "responses", shared) : entry;
    if (!response) {
      problems.push(unresolved(entry, `${at}/${status}/$ref`, "responses", shared));
      continue;
    }
    if (!isReference(entry)) problems.push(...checkResponseParts(document, response, `${at}/${status}`));
    problems.push(...checkAnswer(Number(status), response, `${at}/${status}`));
  }
  return problems;
}

/** That an answer carries the gateway's id, an error is problem details, and who may try again is told when. */
function checkAnswer(status: number, response: Response, pointer: string): Problem[] {
  const has = (name: string): boolean => name in (response.headers ?? {});
  const problems: Problem[] = [];
  if (!has("X-Extended-Request-Id")) {
    problems.push(
      problem(
        `${pointer}/headers`,
        "no X-Extended-Request-Id",
        "the gateway's id on every answer",
        "add #/components/headers/ExtendedRequestId",
      ),
    );
  }
  if (WAIT_STATUSES.includes(status) && !has("Retry-After")) {
    problems.push(
      problem(
        `${pointer}/headers`,
        "no Retry-After",
        `Retry-After on ${WAIT_STATUSES.join(", ")}`,
        "add #/components/headers/RetryAfter",
      ),
    );
  }
  if (status >= 400 && response.content?.[PROBLEM_MEDIA_TYPE]?.schema.$ref !== PROBLEM_SCHEMA) {
    problems.push(
      problem(
        `${pointer}/content`,
        list(response.content ?? {}) || "nothing",
        `${PROBLEM_MEDIA_TYPE} with ${PROBLEM_SCHEMA}`,
        "refer to components/responses",
      ),
    );
  }
  return problems;
}

function checkResponseParts(document: OpenApiDocument, response: Response, pointer: string): Problem[] {
  const shared = document.components.headers ?? {};
  return [
    ...Object.entries(response.headers ?? {}).flatMap(([name, header]) => {
      const at = `${pointer}/headers/${escapeStep(name)}`;
      if (!isReference(header)) return checkSchema(document, header.schema, `${at}/schema`);
      return lookUp(header, "headers", shared) ? [] : [unresolved(header, `${at}/$ref`, "headers", shared)];
    }),
    ...Object.entries(response.content ?? {}).flatMap(([mediaType, { schema }]: [string, MediaType]) =>
      checkSchema(document, schema, `${pointer}/content/${escapeStep(mediaType)}/schema`),
    ),
  ];
}

/** That a lock's resource is a text which every body of the operation has. */
function checkLock(document: OpenApiDocument, { operation, pointer }: LocatedOperation): Problem[] {
  const lock = operation["x-fase-b-lock"];
  if (lock === "none") return [];
  const steps = lock.resource.split("/").slice(1);
  return Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) => {
    let at: SchemaObject | undefined = inPlace(document, schema);
    for (const step of steps) {
      const property: SchemaObject | undefined = at?.required?.includes(step)
        ? at.properties?.[step]
        : undefined;
      at = property && inPlace(document, property);
    }
    return at?.type === "string"
      ? []
      : [
          problem(
            `${pointer}/x-fase-b-lock/resource`,
            showValue(lock.resource),
            "$request.body#/ and a required text of the body",
            "correct the pointer, or make the property required",
          ),
        ];
  });
}

// ---- small helpers ---------------------------------------------------------------------------------------------

const problem = (path: string, got: string, allowed: string, fix: string): Problem => ({
  path,
  got,
  allowed,
  fix,
});

const list = (things: object): string => Object.keys(things).join(", ");

function inPlace(document: OpenApiDocument, schema: SchemaObject): SchemaObject | undefined {
  if (schema.$ref === undefined) return schema;
  const [, name = ""] = parseReference(schema.$ref) ?? [];
  return document.components.schemas[name];
}

function lookUp<T>(
  reference: Reference,
  section: string,
  shared: Readonly<Record<string, T>>,
): T | undefined {
  const [where, name = ""] = parseReference(reference.$ref) ?? [];
  return where === section && Object.hasOwn(shared, name) ? shared[name] : undefined;
}

const unresolved = (entry: object, pointer: string, section: string, shared: object): Problem =>
  problem(
    pointer,
    "$ref" in entry ? showValue(entry.$ref) : "nothing",
    `#/components/${section}/ and one of ${list(shared)}`,
    "correct the name, or add it there",
  );
