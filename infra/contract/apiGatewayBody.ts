import {
  DOCUMENT,
  INFO,
  KEPT,
  MEDIA_TYPE,
  OPERATION,
  PARAMETER,
  PARAMETER_SCHEMA,
  REQUEST_BODY,
  RESPONSE,
  NULLABLE_TYPE,
  SCHEMA,
  SECURITY_SCHEME,
  UNREACHED_SCHEMA,
  UNUSED_SHARED,
  type Drop,
  type Treatment,
} from "./apiGatewayTreatment";
import type { Contract } from "./contract";
import { METHODS, type OpenApiDocument, type Operation, type SchemaObject } from "./contract.schema";
import { gatewayResponses, type RetryAfter } from "./gatewayResponses";
import { escapeStep, isReference, parseReference, resolveParameter, resolveResponse } from "./references";

export { bodyLimits, methodThrottles, type BodyLimit, type MethodThrottle } from "./limitsRules";

/** Plain values only, so that the body is known at preview. */
export interface ApiGatewayBodyArgs {
  /** The API's name in the gateway. */
  readonly title: string;
  /** `arn:…:apigateway:…:lambda:path/2015-03-31/functions/…/invocations` of the edge function. */
  readonly edgeInvocationUri: string;
  /** The same of the authorizer. */
  readonly authorizerInvocationUri: string;
  /**
   * The role by which the gateway invokes the authorizer.
   * @default none: the function's own policy lets the gateway in
   */
  readonly authorizerRoleArn?: string;
  /** 50 to 29,000 ms. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
  readonly integrationTimeoutMs: number;
  readonly retryAfter: RetryAfter;
}

/** A keyword of the contract that the gateway is not given. */
export interface DroppedKeyword extends Drop {
  /** JSON Pointer into `openapi.yaml`; everything below it is dropped with it. */
  readonly pointer: string;
  readonly keyword: string;
}

export type JsonObject = { [key: string]: unknown };

export interface ApiGatewayBody {
  /** What `RestApi` imports. */
  readonly body: JsonObject;
  /** In the order of the file. Whatever is a `constraint` here is the functions' to check. */
  readonly dropped: readonly DroppedKeyword[];
}

const VALIDATOR = "body-and-parameters";
const AUTHORIZER = "clientAuthorizer";
const API_KEY = "apiKey";

/**
 * The contract, lowered to what API Gateway's import accepts without a warning.
 *
 * What is left is never stricter than the contract: whatever the contract accepts, the gateway lets through.
 *
 * @throws RangeError on an integration timeout that the gateway refuses
 */
export function toApiGatewayBody({ document }: Contract, args: ApiGatewayBodyArgs): ApiGatewayBody {
  if (args.integrationTimeoutMs < 50 || args.integrationTimeoutMs > 29_000) {
    throw new RangeError(
      `integrationTimeoutMs: got ${args.integrationTimeoutMs}; allowed: 50 to 29000; fix: set gateway.integrationTimeoutMs`,
    );
  }
  const lowering = new Lowering(document);
  const info = lowering.pick(document.info, INFO, "/info");
  const { paths = {} } = lowering.pick(document, DOCUMENT, "");
  const loweredPaths = lowerPaths(lowering, paths, args);
  const { schemas, securitySchemes } = lowering.components();
  const body = {
    // The version that the gateway's own exports carry.
    openapi: "3.0.1",
    // Also a property of the API, which the provider sets by a second call after each import; here it holds from the import on. In this
    // version of OpenAPI it is read in a server and nowhere else:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-endpoint-configuration.html
    servers: [
      { url: "/", "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true } },
    ],
    info: { ...info, title: args.title },
    paths: loweredPaths,
    components: { schemas, securitySchemes: { ...securitySchemes, [AUTHORIZER]: authorizer(args) } },
    "x-amazon-apigateway-api-key-source": "HEADER",
    "x-amazon-apigateway-request-validators": {
      [VALIDATOR]: { validateRequestBody: true, validateRequestParameters: true },
    },
    // Also for whatever names none.
    "x-amazon-apigateway-request-validator": VALIDATOR,
    "x-amazon-apigateway-gateway-responses": gatewayResponses(args.retryAfter),
  };
  return { body, dropped: lowering.dropped };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html */
function authorizer(args: ApiGatewayBodyArgs): JsonObject {
  return {
    type: "apiKey",
    // A scheme needs a header's name; the authorizer reads the whole request.
    name: "Unused",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "request",
      authorizerUri: args.authorizerInvocationUri,
      ...(args.authorizerRoleArn ? { authorizerCredentials: args.authorizerRoleArn } : {}),
      // No cache: a cached answer would give one request's correlation id and user to the next. Without a cache
      // the source is no cache key, and spares the call for requests that lack the header (401).
      authorizerResultTtlInSeconds: 0,
      identitySource: "method.request.header.x-api-key",
    },
  };
}

function lowerPaths(
  lowering: Lowering,
  paths: OpenApiDocument["paths"],
  args: ApiGatewayBodyArgs,
): JsonObject {
  const integration = {
    type: "aws_proxy",
    httpMethod: "POST",
    uri: args.edgeInvocationUri,
    timeoutInMillis: args.integrationTimeoutMs,
    passthroughBehavior: "never",
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        METHODS.flatMap((method) => {
          const operation = item[method];
          if (!operation) return [];
          const lowered = {
            ...lowering.operation(operation, `/paths/${escapeStep(path)}/${method}`),
            security: [{ [AUTHORIZER]: [], [API_KEY]: [] }],
            "x-amazon-apigateway-request-validator": VALIDATOR,
            "x-amazon-apigateway-integration": integration,
          };
          return [[method, lowered]];
        }),
      ),
    ]),
  );
}

/** One pass over the contract, which remembers what it leaves out. */
class Lowering {
  readonly dropped: DroppedKeyword[] = [];
  private readonly seen = new Set<string>();
  /** Names of the schemas that request bodies reach. */
  private readonly reached = new Set<string>();
  /** Pointers of the shared parameters and responses that were written out. */
  private readonly inlined = new Set<string>();

  constructor(private readonly document: OpenApiDocument) {}

  /** The keywords of `thing` that the table keeps; the others are noted. */
  pick<T extends object>(
    thing: T,
    table: Readonly<Record<keyof Required<T>, Treatment>>,
    pointer: string,
  ): Partial<T> {
    const kept: Partial<T> = {};
    for (const keyword of Object.keys(thing) as (keyof T & string)[]) {
      const treatment = table[keyword];
      if (treatment === KEPT) kept[keyword] = thing[keyword];
      else this.drop(treatment, `${pointer}/${escapeStep(keyword)}`, keyword);
    }
    return kept;
  }

  operation(operation: Operation, pointer: string): JsonObject {
    const { requestBody, ...kept } = this.pick(operation, OPERATION, pointer);
    return {
      ...kept,
      parameters: operation.parameters.map((entry, i) => {
        const at = this.located(entry, `${pointer}/parameters/${i}`);
        const { schema, ...rest } = this.pick(resolveParameter(this.document, entry), PARAMETER, at);
        return { ...rest, schema: schema && this.pick(schema, PARAMETER_SCHEMA, `${at}/schema`) };
      }),
      ...(requestBody ? { requestBody: this.requestBody(requestBody, `${pointer}/requestBody`) } : {}),
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, entry]) => {
          const at = this.located(entry, `${pointer}/responses/${status}`);
          return [status, this.pick(resolveResponse(this.document, entry), RESPONSE, at)];
        }),
      ),
    };
  }

  private requestBody(requestBody: NonNullable<Operation["requestBody"]>, pointer: string): JsonObject {
    const { content = {}, ...kept } = this.pick(requestBody, REQUEST_BODY, pointer);
    return {
      ...kept,
      content: Object.fromEntries(
        Object.entries(content).map(([name, mediaType]) => {
          const at = `${pointer}/content/${escapeStep(name)}`;
          const { schema } = this.pick(mediaType, MEDIA_TYPE, at);
          return [name, { schema: schema && this.schema(schema, `${at}/schema`) }];
        }),
      ),
    };
  }

  private schema(schema: SchemaObject, pointer: string): JsonObject {
    const { items, properties, ...kept } = this.pick(schema, SCHEMA, pointer);
    if (kept.$ref !== undefined) this.reached.add(parseReference(kept.$ref)?.[1] ?? "");
    // The gateway knows no null: a type that admits it must go, or the gateway would refuse what the contract takes.
    if (schema.nullable && kept.type !== undefined) {
      delete kept.type;
      this.drop(NULLABLE_TYPE, `${pointer}/type`, "type");
    }
    return {
      ...kept,
      ...(items ? { items: this.schema(items, `${pointer}/items`) } : {}),
      ...(properties
        ? {
            properties: Object.fromEntries(
              Object.entries(properties).map(([name, property]) => [
                name,
                this.schema(property, `${pointer}/properties/${escapeStep(name)}`),
              ]),
            ),
          }
        : {}),
    };
  }

  /** What the operations reached of the shared parts; call it after them. */
  components(): { schemas: JsonObject; securitySchemes: JsonObject } {
    const {
      schemas,
      securitySchemes,
      parameters = {},
      headers = {},
      responses = {},
    } = this.document.components;
    const lowered = new Map<string, JsonObject>();
    // Lowering one schema may reach more, which the set then hands out too.
    for (const name of this.reached) {
      const schema = schemas[name];
      if (schema) lowered.set(name, this.schema(schema, `/components/schemas/${name}`));
    }
    const unused = { parameters, headers, responses };
    for (const [section, things] of Object.entries(unused)) {
      for (const name of Object.keys(things)) {
        const pointer = `/components/${section}/${name}`;
        if (!this.inlined.has(pointer)) this.drop(UNUSED_SHARED, pointer, name);
      }
    }
    for (const name of Object.keys(schemas)) {
      if (!lowered.has(name)) this.drop(UNREACHED_SCHEMA, `/components/schemas/${name}`, name);
    }
    return {
      schemas: Object.fromEntries(
        Object.keys(schemas).flatMap((name) => {
          const model = lowered.get(name);
          return model ? [[name, model]] : [];
        }),
      ),
      securitySchemes: {
        [API_KEY]: this.pick(securitySchemes.apiKey, SECURITY_SCHEME, "/components/securitySchemes/apiKey"),
      },
    };
  }

  /** Where a thing is written: in place, or at what it refers to, which is then written out in its stead. */
  private located(entry: object, inPlace: string): string {
    if (!isReference(entry)) return inPlace;
    const pointer = entry.$ref.slice(1);
    this.inlined.add(pointer);
    return pointer;
  }

  private drop(what: Drop, pointer: string, keyword: string): void {
    // A shared parameter or response is met once for each operation that refers to it.
    if (this.seen.has(pointer)) return;
    this.seen.add(pointer);
    this.dropped.push({ pointer, keyword, ...what });
  }
}
