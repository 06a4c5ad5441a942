import { isObject, type JsonObject } from "../../preview/engine/signatures";
import type { Json } from "../../preview/model";
import type { EmulatorApi } from "../emulator/emulatorApi";
import type { Staging } from "../staging";

/** In the emulator's gateway responses: of which type the answer is, for the front door, which writes it. */
export const RESPONSE_TYPE_HEADER = "x-fase-b-local-gateway-response";

/**
 * The REST API from the OpenAPI body of the preview. The emulator's own import reads paths, integrations and
 * authorizers and leaves out models, validators, required parameters and gateway responses, so the body is unfolded
 * here into the calls that make each of them.
 *
 * @returns the API's id
 */
export async function deployRestApi(
  api: EmulatorApi,
  staging: Staging,
  apiKeys: ReadonlyMap<string, string>,
): Promise<string> {
  const deployment = new RestDeployment(api, staging);
  const apiId = await deployment.create();
  await deployment.meter(apiId, apiKeys);
  return apiId;
}

class RestDeployment {
  constructor(
    private readonly api: EmulatorApi,
    private readonly staging: Staging,
  ) {}

  async create(): Promise<string> {
    const { restApi } = this.staging;
    const { body } = restApi;
    const { id: apiId } = await this.call("POST", "/restapis", {
      name: restApi.name,
      apiKeySource: "HEADER",
    });
    const root = `/restapis/${String(apiId)}`;
    await this.createModels(root, body);
    const validator = await this.call("POST", `${root}/requestvalidators`, {
      name: "body-and-parameters",
      validateRequestBody: true,
      validateRequestParameters: true,
    });
    const authorizerId = await this.createAuthorizer(root, body);
    await this.createMethods(root, body, String(validator["id"]), authorizerId);
    await this.createGatewayResponses(root, body);
    // A snapshot: what comes after it is not in force.
    await this.call("POST", `${root}/deployments`, { stageName: restApi.stageName });
    await this.call("PATCH", `${root}/stages/${restApi.stageName}`, {
      patchOperations: restApi.methodSettings.flatMap(({ methodPath, rateLimit, burstLimit }) => [
        { op: "replace", path: `/${methodPath}/throttling/rateLimit`, value: String(rateLimit) },
        { op: "replace", path: `/${methodPath}/throttling/burstLimit`, value: String(burstLimit) },
      ]),
    });
    return String(apiId);
  }

  /** Each with all the others inside: a model of AWS refers to others by URL, and these need none. */
  private async createModels(root: string, body: JsonObject): Promise<void> {
    const schemas = field(field(body, "components"), "schemas");
    const definitions = moved(schemas);
    for (const name of Object.keys(schemas)) {
      await this.call("POST", `${root}/models`, {
        name,
        contentType: "application/json",
        schema: JSON.stringify({ $ref: `#/definitions/${name}`, definitions }),
      });
    }
  }

  private async createAuthorizer(root: string, body: JsonObject): Promise<string> {
    const schemes = Object.entries(field(field(body, "components"), "securitySchemes"));
    for (const [name, scheme] of schemes) {
      const authorizer = isObject(scheme) ? scheme["x-amazon-apigateway-authorizer"] : undefined;
      if (!isObject(authorizer)) continue;
      const made = await this.call("POST", `${root}/authorizers`, {
        ...authorizer,
        name,
        type: String(authorizer["type"]).toUpperCase(),
      });
      return String(made["id"]);
    }
    throw new Error("the OpenAPI body has no authorizer");
  }

  private async createMethods(
    root: string,
    body: JsonObject,
    validatorId: string,
    authorizerId: string,
  ): Promise<void> {
    const resources = new Map<string, string>();
    const listed = await this.call("GET", `${root}/resources`);
    const items = listed["item"] ?? (listed["_embedded"] as JsonObject | undefined)?.["item"];
    for (const resource of items as { id: string; path: string }[]) resources.set(resource.path, resource.id);
    for (const [path, operations] of Object.entries(field(body, "paths"))) {
      const resourceId = await this.resource(root, path, resources);
      for (const [method, operation] of Object.entries(isObject(operations) ? operations : {})) {
        if (!isObject(operation)) continue;
        const at = `${root}/resources/${resourceId}/methods/${method.toUpperCase()}`;
        await this.call("PUT", at, {
          authorizationType: "CUSTOM",
          authorizerId,
          apiKeyRequired: true,
          requestValidatorId: validatorId,
          requestParameters: requiredParameters(operation),
          requestModels: modelsOf(operation),
        });
        const integration = field(operation, "x-amazon-apigateway-integration");
        await this.call("PUT", `${at}/integration`, {
          type: String(integration["type"]).toUpperCase(),
          httpMethod: integration["httpMethod"],
          uri: integration["uri"],
          passthroughBehavior: String(integration["passthroughBehavior"]).toUpperCase(),
          timeoutInMillis: integration["timeoutInMillis"],
        });
      }
    }
  }

  private async resource(root: string, path: string, resources: Map<string, string>): Promise<string> {
    const known = resources.get(path);
    if (known !== undefined) return known;
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    const parentId = await this.resource(root, parent, resources);
    const made = await this.call("POST", `${root}/resources/${parentId}`, {
      pathPart: path.split("/").at(-1),
    });
    resources.set(path, String(made["id"]));
    return String(made["id"]);
  }

  /** Only the type: the front door renders the preview's template, of which the emulator knows half the variables. */
  private async createGatewayResponses(root: string, body: JsonObject): Promise<void> {
    for (const [type, response] of Object.entries(field(body, "x-amazon-apigateway-gateway-responses"))) {
      const statusCode = isObject(response) ? response["statusCode"] : undefined;
      await this.call("PUT", `${root}/gatewayresponses/${type}`, {
        ...(statusCode === undefined ? {} : { statusCode: String(statusCode) }),
        responseParameters: { [`gatewayresponse.header.${RESPONSE_TYPE_HEADER}`]: `'${type}'` },
        responseTemplates: { "application/json": "{}" },
      });
    }
  }

  /** A usage plan and a key for each client. */
  async meter(apiId: string, apiKeys: ReadonlyMap<string, string>): Promise<void> {
    for (const client of this.staging.clients) {
      const plan = await this.call("POST", "/usageplans", {
        name: client.planName,
        quota: client.quota,
        throttle: client.throttle,
        apiStages: [
          {
            apiId,
            stage: this.staging.restApi.stageName,
            throttle: Object.fromEntries(
              client.methodThrottles.map(({ path, rateLimit, burstLimit }) => [
                path,
                { rateLimit, burstLimit },
              ]),
            ),
          },
        ],
      });
      const key = await this.call("POST", "/apikeys", {
        name: client.planName,
        value: apiKeys.get(client.clientId),
        enabled: true,
      });
      await this.call("POST", `/usageplans/${String(plan["id"])}/keys`, {
        keyId: key["id"],
        keyType: "API_KEY",
      });
    }
  }

  private call(method: string, path: string, json?: unknown): Promise<Readonly<Record<string, unknown>>> {
    return this.api.call("apigateway", { method, path, ...(json === undefined ? {} : { json }) });
  }
}

function field(from: JsonObject, name: string): JsonObject {
  const value = from[name];
  if (!isObject(value)) throw new Error(`the OpenAPI body has no ${name}`);
  return value;
}

/** The schemas with their references to where they now stand. */
function moved(value: JsonObject): JsonObject {
  const text = JSON.stringify(value).replaceAll('"#/components/schemas/', '"#/definitions/');
  return JSON.parse(text) as JsonObject;
}

/** The gateway checks presence, of required ones only. */
function requiredParameters(operation: JsonObject): Record<string, true> {
  const parameters = Array.isArray(operation["parameters"])
    ? (operation["parameters"] as readonly Json[])
    : [];
  return Object.fromEntries(
    parameters
      .filter(isObject)
      .filter((parameter) => parameter["required"] === true && parameter["in"] === "header")
      .map((parameter) => [`method.request.header.${String(parameter["name"])}`, true as const]),
  );
}

function modelsOf(operation: JsonObject): Record<string, string> {
  const { requestBody } = operation;
  const content = isObject(requestBody) ? requestBody["content"] : undefined;
  return Object.fromEntries(
    Object.entries(isObject(content) ? content : {}).flatMap(([mediaType, of]) => {
      const schema = isObject(of) ? of["schema"] : undefined;
      const reference = isObject(schema) ? schema["$ref"] : undefined;
      return typeof reference === "string" ? [[mediaType, reference.split("/").at(-1) ?? ""]] : [];
    }),
  );
}
