import type {
  MediaType,
  OpenApiDocument,
  Operation,
  Parameter,
  RequestBody,
  Response,
  SchemaObject,
} from "./contract.schema";

/**
 * What API Gateway's import is given of each keyword that the contract may use, and why not the rest. The tables are
 * total: a keyword that is added to the contract's schema does not compile until it has its row here.
 *
 * The import runs with `failOnWarnings`, so what it would ignore with a warning is as bad as what it rejects.
 * "Notes": https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
export type Treatment = typeof KEPT | Drop;

export interface Drop {
  /**
   * What is lost at the gateway: a `constraint` that the edge function must check instead, or a `mark` of ours, an
   * `answer`'s description or `documentation`, which check nothing about a request.
   */
  readonly kind: "constraint" | "mark" | "answer" | "documentation";
  readonly why: string;
}

export const KEPT = "kept";

const constraint = (why: string): Drop => ({ kind: "constraint", why });
const documentation: Drop = {
  kind: "documentation",
  why: "each description would become a documentation part",
};
const mark: Drop = {
  kind: "mark",
  why: "a mark of ours: it becomes throttles, sizes and the functions' rules",
};
const answer: Drop = { kind: "answer", why: "the gateway does not check what a proxied function answers" };

type Table<T> = Readonly<Record<keyof Required<T>, Treatment>>;

export const SCHEMA: Table<SchemaObject> = {
  $ref: KEPT,
  type: KEPT,
  enum: KEPT,
  minLength: KEPT,
  maxLength: KEPT,
  pattern: KEPT,
  minimum: KEPT,
  maximum: KEPT,
  items: KEPT,
  required: KEPT,
  properties: KEPT,
  uniqueItems: constraint("not among the keywords that the vendor documents for models"),
  multipleOf: constraint("not among the keywords that the vendor documents for models"),
  format: constraint("the notes refuse int32, int64 and decimal; no format is checked"),
  exclusiveMinimum: constraint("the notes: not supported"),
  exclusiveMaximum: constraint("the counterpart of exclusiveMinimum, which the notes do not support"),
  minItems: constraint("the notes: not included in request validation"),
  maxItems: constraint("the notes: not included in request validation"),
  additionalProperties: constraint("the notes: not supported in models"),
  oneOf: constraint("the notes: not supported"),
  anyOf: constraint("the notes: not supported in models"),
  discriminator: constraint("the notes: not supported in any schema"),
  nullable: constraint("unknown to JSON Schema draft 4; kept out together with the type that it widens"),
  readOnly: constraint("the notes: not supported"),
  writeOnly: constraint("the counterpart of readOnly, which the notes do not support"),
  default: documentation,
  title: documentation,
  description: documentation,
  example: { kind: "documentation", why: "the notes: not supported; a model that has one is refused" },
  deprecated: { kind: "documentation", why: "the notes: not supported" },
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html: presence only */
export const PARAMETER: Table<Parameter> = {
  name: KEPT,
  in: KEPT,
  required: KEPT,
  schema: KEPT,
  description: documentation,
  example: documentation,
};

/** Of a parameter's schema the gateway knows the type; every bound on it is the functions'. */
export const PARAMETER_SCHEMA: Table<SchemaObject> = {
  ...(Object.fromEntries(
    Object.entries(SCHEMA).map(([keyword, treatment]) => [
      keyword,
      treatment === KEPT
        ? constraint("the notes: of a parameter only name, in, required and type count")
        : treatment,
    ]),
  ) as Table<SchemaObject>),
  type: KEPT,
};

export const MEDIA_TYPE: Table<MediaType> = { schema: KEPT, example: documentation };

export const REQUEST_BODY: Table<RequestBody> = { required: KEPT, content: KEPT, description: documentation };

export const RESPONSE: Table<Response> = { description: KEPT, headers: answer, content: answer };

export const OPERATION: Table<Operation> = {
  operationId: KEPT,
  parameters: KEPT,
  requestBody: KEPT,
  responses: KEPT,
  summary: documentation,
  description: documentation,
  tags: documentation,
  deprecated: documentation,
  "x-fase-b-body-limit": mark,
  "x-fase-b-rate-class": mark,
  "x-fase-b-idempotency": mark,
  "x-fase-b-lock": mark,
  "x-fase-b-session": mark,
};

export const DOCUMENT: Table<OpenApiDocument> = {
  openapi: KEPT,
  info: KEPT,
  paths: KEPT,
  components: KEPT,
  security: KEPT,
  servers: { kind: "documentation", why: "the domains are mapped to the stage, one for each agent" },
  tags: documentation,
};

export const INFO: Table<OpenApiDocument["info"]> = {
  title: KEPT,
  version: KEPT,
  description: documentation,
  contact: documentation,
};

export const SECURITY_SCHEME: Table<OpenApiDocument["components"]["securitySchemes"]["apiKey"]> = {
  type: KEPT,
  in: KEPT,
  name: KEPT,
  description: documentation,
};

/** See `nullable`. */
export const NULLABLE_TYPE = constraint("the schema is nullable, which the gateway would refuse");
/** A schema that no request body reaches would be imported as a model that nothing uses. */
export const UNREACHED_SCHEMA: Drop = answer;
/** Shared responses and parameters are written out where they are used; headers describe answers. */
export const UNUSED_SHARED: Drop = answer;
