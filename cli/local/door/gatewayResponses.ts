import { isObject, type JsonObject } from "../../preview/engine/signatures";

export interface GatewayContext {
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** The authorizer's, where it has run. */
  readonly correlationId?: string;
}

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where a type stands for several statuses the preview names none. */
const DEFAULT_STATUS: Readonly<Record<string, number>> = { DEFAULT_4XX: 403, DEFAULT_5XX: 500 };

/** Writes what the gateway answers by itself, from the preview's own gateway responses. */
export class GatewayResponses {
  private readonly responses: JsonObject;

  /** @param body the OpenAPI document that the gateway imports */
  constructor(body: JsonObject) {
    const responses = body["x-amazon-apigateway-gateway-responses"];
    if (!isObject(responses)) throw new Error("the OpenAPI body has no gateway responses");
    this.responses = responses;
  }

  /** @param status the emulator's, for a type that names none */
  render(type: string, context: GatewayContext, status?: number): GatewayAnswer {
    const response = this.responses[type];
    if (!isObject(response)) throw new Error(`the OpenAPI body has no gateway response ${type}`);
    const templates = response["responseTemplates"];
    const template = isObject(templates) ? templates["application/json"] : undefined;
    const parameters = isObject(response["responseParameters"]) ? response["responseParameters"] : {};
    const headers = Object.entries(parameters).flatMap(([name, source]): [string, string][] => {
      const value = headerValue(String(source), context);
      return value === undefined ? [] : [[name.replace("gatewayresponse.header.", ""), value]];
    });
    return {
      status: Number(response["statusCode"] ?? status ?? DEFAULT_STATUS[type] ?? 500),
      headers: Object.fromEntries(headers),
      body: String(template ?? "").replace(/\$context\.[A-Za-z.]+/g, (name) => variable(name, context)),
    };
  }
}

function headerValue(source: string, context: GatewayContext): string | undefined {
  if (source.startsWith("'") && source.endsWith("'")) return source.slice(1, -1);
  return source.startsWith("context.") ? variable(`$${source}`, context) : undefined;
}

/** What is not there becomes an empty text, as in the gateway. */
function variable(name: string, context: GatewayContext): string {
  switch (name) {
    case "$context.requestId":
      return context.requestId;
    case "$context.extendedRequestId":
      return context.extendedRequestId;
    case "$context.authorizer.correlationId":
      return context.correlationId ?? "";
    default:
      throw new Error(
        `the gateway's variable ${name} is unknown here: add it to cli/local/door/gatewayResponses.ts`,
      );
  }
}
