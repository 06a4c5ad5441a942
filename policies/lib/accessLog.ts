/**
 * What an access log may hold, by the policies' own list: what is not on it is refused, so that a new `$context`
 * variable is safe until somebody has judged it.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
import { isObject, parseObject, show, type Props } from "./values";

const common = [
  "apiId",
  "authorizer.clientId",
  "authorizer.correlationId",
  "authorizer.integrationLatency",
  "authorizer.integrationStatus",
  "authorizer.latency",
  "authorizer.requestId",
  "authorizer.status",
  "domainName",
  "error.responseType",
  "extendedRequestId",
  "integration.integrationStatus",
  "integration.latency",
  "integration.requestId",
  "integration.status",
  "integrationLatency",
  "integrationStatus",
  "requestId",
  "requestTime",
  "requestTimeEpoch",
  "stage",
  "status",
];

/** A key's id is a name of ours for a client; its value would be a secret. */
const rest = [
  "authorizer.traffic",
  "authenticate.latency",
  "authenticate.status",
  "authorize.latency",
  "authorize.status",
  "customDomain.basePathMatched",
  "deploymentId",
  "httpMethod",
  "identity.apiKeyId",
  "protocol",
  "resourceId",
  "resourcePath",
  "responseLatency",
  "responseLength",
  "waf.latency",
  "waf.status",
  "wafResponseCode",
  "xrayTraceId",
];

const webSocket = ["connectedAt", "connectionId", "eventType", "messageDirection", "messageId", "routeKey"];

export interface LogRules {
  readonly allowed: ReadonlySet<string>;
  readonly required: readonly string[];
}

const correlation = ["requestId", "extendedRequestId", "authorizer.correlationId", "status"];

export const restLog: LogRules = {
  allowed: new Set([...common, ...rest]),
  // Without the authorizer's mark a scan would page, or a client's trouble pass for a scan's.
  required: [...correlation, "authorizer.traffic", "httpMethod", "resourcePath"],
};

export const webSocketLog: LogRules = {
  allowed: new Set([...common, ...webSocket]),
  required: [...correlation, "connectionId", "eventType", "routeKey"],
};

/** The gateway fills in variables wherever they stand, in a field's name too. */
const namesOf = (value: unknown): readonly string[] =>
  isObject(value) ? Object.entries(value).flatMap(([name, inner]) => [name, ...namesOf(inner)]) : [];

function leaves(value: unknown): readonly unknown[] {
  return isObject(value) ? Object.values(value).flatMap(leaves) : [value];
}

/** What is wrong with a format, one entry a defect: what was found and what was expected. */
export function defectsOfFormat(
  format: unknown,
  { allowed, required }: LogRules,
): readonly { readonly got: string; readonly expected: string }[] {
  const fields: Props | undefined = typeof format === "string" ? parseObject(format) : undefined;
  // Written anew it must be the same text: of two fields of one name a reader sees the last, the log has both.
  if (!fields || JSON.stringify(fields) !== format) {
    return [
      {
        got: `format ${show(format)}`,
        expected: "one JSON object, compact and without a name twice, its values $context variables",
      },
    ];
  }
  const defects: { got: string; expected: string }[] = [];
  const variables = new Set<string>();
  for (const name of namesOf(fields).filter((candidate) => candidate.includes("$"))) {
    defects.push({ got: `log field named ${show(name)}`, expected: "a name without a variable" });
  }
  for (const value of leaves(fields)) {
    const variable = typeof value === "string" ? /^\$context\.([\w.]+)$/.exec(value)?.[1] : undefined;
    if (variable === undefined) {
      defects.push({ got: `log field ${show(value)}`, expected: "exactly one $context variable" });
    } else if (allowed.has(variable)) {
      variables.add(variable);
    } else {
      defects.push({
        got: `log field $context.${variable}`,
        expected:
          "a variable of the allow list in policies/lib/accessLog.ts, none of which can carry personal data",
      });
    }
  }
  for (const name of required.filter((candidate) => !variables.has(candidate))) {
    defects.push({ got: `a log without $context.${name}`, expected: `${name} in every line` });
  }
  return defects;
}
