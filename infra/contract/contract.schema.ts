import { z } from "zod";

/**
 * The part of OpenAPI 3.0.3 that the contract is written in, strict: a keyword that is not here is a mistake until
 * somebody decides what the gateway does with it (`apiGatewayTreatment.ts`). https://spec.openapis.org/oas/v3.0.3
 */

const reference = z.strictObject({ $ref: z.string() });
export type Reference = z.infer<typeof reference>;

/** Either a reference or the thing itself, judged by the presence of `$ref`, so that only one of them complains. */
const orReference = <T extends z.ZodType>(schema: T) =>
  z.unknown().transform((value, context): z.output<T> | Reference => {
    const isReference = typeof value === "object" && value !== null && "$ref" in value;
    const result = (isReference ? reference : schema).safeParse(value);
    if (result.success) return result.data as z.output<T> | Reference;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  });

/** A text of one form, with what is said of any other. */
const text = (form: RegExp, allowed: string) => z.string({ error: allowed }).regex(form, { error: allowed });

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const count = z.number().int().min(0);

export const SCHEMA_TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;

export const schemaObject = z.strictObject({
  $ref: z.string().optional(),
  type: z.enum(SCHEMA_TYPES).optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  format: z.string().optional(),
  enum: z.array(scalar).min(1).optional(),
  default: z.json().optional(),
  example: z.json().optional(),
  nullable: z.boolean().optional(),
  readOnly: z.boolean().optional(),
  writeOnly: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  minLength: count.optional(),
  maxLength: count.optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.boolean().optional(),
  exclusiveMaximum: z.boolean().optional(),
  multipleOf: z.number().positive().optional(),
  minItems: count.optional(),
  maxItems: count.optional(),
  uniqueItems: z.boolean().optional(),
  get items() {
    return schemaObject.optional();
  },
  required: z.array(z.string()).min(1).optional(),
  get properties() {
    return z.record(z.string(), schemaObject).optional();
  },
  additionalProperties: z.boolean().optional(),
  get oneOf() {
    return z.array(schemaObject).min(1).optional();
  },
  get anyOf() {
    return z.array(schemaObject).min(1).optional();
  },
  discriminator: z
    .strictObject({ propertyName: z.string(), mapping: z.record(z.string(), z.string()).optional() })
    .optional(),
});
export type SchemaObject = z.infer<typeof schemaObject>;

const mediaType = z.strictObject({ schema: schemaObject, example: z.json().optional() });
export type MediaType = z.infer<typeof mediaType>;

const parameter = z.strictObject({
  name: text(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "letters, digits and hyphens, starting with a letter"),
  in: z.enum(["header", "query", "path"]),
  required: z.boolean(),
  description: z.string().optional(),
  schema: schemaObject,
  example: z.json().optional(),
});
export type Parameter = z.infer<typeof parameter>;

const header = z.strictObject({
  description: z.string().optional(),
  required: z.boolean().optional(),
  schema: schemaObject,
});
export type Header = z.infer<typeof header>;

const response = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), orReference(header)).optional(),
  content: z.record(z.string(), mediaType).optional(),
});
export type Response = z.infer<typeof response>;

const requestBody = z.strictObject({
  required: z.literal(true, { error: "true" }),
  description: z.string().optional(),
  content: z.record(z.string(), mediaType),
});
export type RequestBody = z.infer<typeof requestBody>;

const className = text(
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  "the name of a class in the settings' limits: lower-case letters, digits and single hyphens",
);

/** Our marks on an operation. They name classes; the numbers are the settings' (`limits.schema.ts`). */
const marks = {
  "x-fase-b-body-limit": className,
  "x-fase-b-rate-class": className,
  /** Whether the operation runs only under an `Idempotency-Key`. */
  "x-fase-b-idempotency": z.enum(["required", "none"], { error: "required or none" }),
  /**
   * What a request holds alone, beside its subject, while it runs. The resource is an OpenAPI runtime expression.
   * https://spec.openapis.org/oas/v3.0.3#runtime-expressions
   */
  "x-fase-b-lock": z.union(
    [
      z.literal("none"),
      z.strictObject({ resource: z.string().regex(/^\$request\.body#(\/[A-Za-z0-9]+)+$/) }),
    ],
    { error: "none, or { resource: $request.body#/<a required property> }" },
  ),
  /** The WebSocket channel that the operation lets a user into. */
  "x-fase-b-session": text(
    /^(none|\/[a-z][a-z0-9-]*)$/,
    "none, or the channel of realtime-voice.asyncapi.yaml",
  ),
};
export const MARKS = Object.keys(marks) as readonly (keyof typeof marks)[];

const operation = z.strictObject({
  operationId: text(/^[a-z][A-Za-z0-9]{2,63}$/, "camelCase, 3 to 64 letters and digits"),
  summary: z.string().min(1),
  description: z.string().optional(),
  tags: z.array(z.string()).min(1),
  deprecated: z.boolean().optional(),
  ...marks,
  parameters: z.array(orReference(parameter)),
  requestBody: requestBody.optional(),
  responses: z.record(text(/^[1-5]\d\d$/, "a status of three digits, in quotes"), orReference(response)),
});
export type Operation = z.infer<typeof operation>;

export const METHODS = ["get", "put", "post", "delete", "patch"] as const;
export type Method = (typeof METHODS)[number];

const pathItem = z.strictObject({
  get: operation.optional(),
  put: operation.optional(),
  post: operation.optional(),
  delete: operation.optional(),
  patch: operation.optional(),
});

/** API Gateway's model names are alphanumeric. */
const componentName = text(
  /^[A-Za-z][A-Za-z0-9]{0,63}$/,
  "letters and digits: the gateway's models are named so",
);

export const openApiDocument = z.strictObject({
  openapi: z.literal("3.0.3", { error: "3.0.3" }),
  info: z.strictObject({
    title: z.string().min(1),
    version: z.string().min(1),
    description: z.string().optional(),
    contact: z.strictObject({ name: z.string().optional(), url: z.string().optional() }).optional(),
  }),
  servers: z.array(z.strictObject({ url: z.string(), description: z.string().optional() })).optional(),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })).optional(),
  /** One requirement, for every operation; the authorizer is added on the way to the gateway. */
  security: z.tuple([z.strictObject({ apiKey: z.tuple([]) })], {
    error: "[{ apiKey: [] }], for every operation",
  }),
  paths: z.record(
    // Segments are plain words or whole parameters: what the gateway's resources can be, without `{proxy+}`.
    text(
      /^(\/([a-z][a-z0-9-]*|\{[A-Za-z][A-Za-z0-9]*\}))+$/,
      "segments of lower-case letters, digits and hyphens, or whole {parameters}",
    ),
    pathItem,
  ),
  components: z.strictObject({
    securitySchemes: z.strictObject({
      apiKey: z.strictObject({
        type: z.literal("apiKey"),
        in: z.literal("header"),
        name: z.literal("x-api-key"),
        description: z.string().optional(),
      }),
    }),
    parameters: z.record(componentName, parameter).optional(),
    headers: z.record(componentName, header).optional(),
    responses: z.record(componentName, response).optional(),
    schemas: z.record(componentName, schemaObject),
  }),
});
export type OpenApiDocument = z.infer<typeof openApiDocument>;
