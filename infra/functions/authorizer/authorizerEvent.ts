import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { correlationIdOf, type NewUuid } from "../correlation/correlation";
import { headerValues, type WithHeaders } from "../correlation/headers";
import type { AuthorizationRequest, Decision } from "./authorizerRules";

/**
 * `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<METHOD>/<path>`, without wildcards: an answer for more than the
 * method that was asked for would be an answer to another request.
 */
const METHOD_ARN =
  /^arn:aws[a-z-]*:execute-api:[a-z0-9-]+:\d{12}:([a-z0-9]+)\/([A-Za-z0-9_-]+)\/([A-Z]+)((?:\/[a-z0-9-]+)+)$/;

/** What a broken event is denied: everything. */
const EVERYTHING = "*";

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/**
 * What a REQUEST authorizer of a REST API is asked. Trusts no field to be there.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
 */
export function readRequest(event: unknown, newUuid?: NewUuid): AuthorizationRequest {
  const context = asRecord(asRecord(event)["requestContext"]);
  const identity = asRecord(context["identity"]);
  const headers = headersOf(event);
  const metered = identity["apiKey"];
  const sent = headerValues(headers, "x-api-key");
  return {
    correlationId: correlationIdOf(headers, newUuid),
    domain: asText(context["domainName"]).toLowerCase(),
    route: routeOf(event),
    clientCertPem: asText(asRecord(identity["clientCert"])["clientCertPem"]),
    // What the gateway meters must be what is checked: a second key beside the header's makes it ambiguous.
    apiKeys: typeof metered === "string" && !sent.includes(metered) ? [...sent, metered] : sent,
    subjects: headerValues(headers, "X-Subject"),
    sourceIp: asText(identity["sourceIp"]),
  };
}

function headersOf(event: unknown): WithHeaders {
  const { headers, multiValueHeaders } = asRecord(event);
  return {
    headers: asRecord(headers) as WithHeaders["headers"],
    multiValueHeaders: asRecord(multiValueHeaders) as WithHeaders["multiValueHeaders"],
  };
}

/** `POST /chat`, when the event and its method ARN say the same. */
function routeOf(event: unknown): string | undefined {
  const { type, methodArn, httpMethod, resource, requestContext } = asRecord(event);
  const { apiId, stage } = asRecord(requestContext);
  const [, arnApi, arnStage, arnMethod, arnPath] = METHOD_ARN.exec(asText(methodArn)) ?? [];
  const agrees =
    type === "REQUEST" &&
    arnApi === apiId &&
    arnStage === stage &&
    arnMethod === httpMethod &&
    arnPath === resource &&
    arnPath !== undefined;
  return agrees ? `${arnMethod} ${arnPath}` : undefined;
}

/**
 * A decision as the gateway wants it. The reason of a denial is not in it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function toResult(decision: Decision, event: unknown): APIGatewayAuthorizerResult {
  const methodArn = asText(asRecord(event)["methodArn"]);
  const known = METHOD_ARN.test(methodArn);
  if (decision.effect === "deny" || !known) return result("Deny", "unknown", known ? methodArn : EVERYTHING);
  const { correlationId, clientId, traffic, subject } = decision.context;
  return {
    ...result("Allow", clientId, methodArn),
    context: { correlationId, clientId, traffic, ...(subject === undefined ? {} : { subject }) },
  };
}

const result = (
  effect: "Allow" | "Deny",
  principalId: string,
  resource: string,
): APIGatewayAuthorizerResult => ({
  principalId,
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }],
  },
});
