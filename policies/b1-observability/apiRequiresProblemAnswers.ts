import { bodyOf } from "../lib/openapi";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { isObject, join, object, show, within } from "../lib/values";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const answers = [
  "ACCESS_DENIED",
  "BAD_REQUEST_BODY",
  "DEFAULT_4XX",
  "DEFAULT_5XX",
  "INTEGRATION_TIMEOUT",
  "INVALID_API_KEY",
  "QUOTA_EXCEEDED",
  "REQUEST_TOO_LARGE",
  "THROTTLED",
  "WAF_FILTERED",
];

/** Where waiting helps. */
const waits = ["QUOTA_EXCEEDED", "THROTTLED"];

/** What a client reads from the status alone; the rest must be some refusal. */
const statuses: Readonly<Record<string, number>> = {
  QUOTA_EXCEEDED: 429,
  REQUEST_TOO_LARGE: 413,
  THROTTLED: 429,
};

/** The gateway's own ids and words. Anything else could hand the request back: `$input`, `$method`, error texts. */
const allowedVariables = [
  "$context.requestId",
  "$context.extendedRequestId",
  "$context.authorizer.correlationId",
  "$context.error.responseType",
  "$context.status",
];

const problem = "application/problem+json";

export const apiRequiresProblemAnswers = resourcePolicy({
  name: "api-requires-problem-answers",
  severity: "medium",
  clauses: ["B1.6", "B4.4"],
  summary:
    "What the gateway answers by itself is problem+json with a refusing status and the gateway's id, and never repeats the request.",
  reads: "aws:apigateway/restApi:RestApi.body: x-amazon-apigateway-gateway-responses",
  remediation:
    "give each type a problem+json template of the gateway's ids, and Retry-After where one can wait.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
  types: [types.restApi],
  check(resource, report) {
    const body = bodyOf(resource, report);
    if (!body) return;
    const responses = object(body["x-amazon-apigateway-gateway-responses"]);
    const missing = answers.filter((type) => !isObject(responses[type]));
    if (missing.length > 0) {
      report({
        resource,
        got: `no gateway response for ${join(missing)}`,
        expected: "one for each of these types",
      });
    }
    for (const [type, response] of Object.entries(responses)) {
      const { responseParameters, responseTemplates, statusCode } = object(response);
      const status = Number(statusCode ?? statuses[type] ?? 400);
      if (status !== (statuses[type] ?? status) || !within(status, 400, 599)) {
        report({
          resource,
          got: `${type} answered with ${show(statusCode)}`,
          expected: show(statuses[type] ?? "a status from 400 to 599"),
        });
      }
      const headers = new Map(
        Object.entries(object(responseParameters)).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const contentType = headers.get("gatewayresponse.header.content-type");
      const templates = Object.entries(object(responseTemplates));
      if (templates.length === 0) {
        report({ resource, got: `${type} without a template`, expected: `a template of ${problem}` });
      }
      for (const [mediaType, template] of templates) {
        if (mediaType !== problem && contentType !== `'${problem}'`) {
          report({ resource, got: `${type} answered as ${mediaType}`, expected: problem });
        }
        const variables =
          show(template) === "nothing" ? [] : [...String(template).matchAll(/\$!?\{?[\w.]+/g)];
        const strangers = variables
          .map(([found]) => found.replace(/[!{]/g, ""))
          .filter((found) => !allowedVariables.includes(found));
        if (strangers.length > 0) {
          report({
            resource,
            got: `${type} with ${join(strangers)}`,
            expected: `only ${join(allowedVariables)}`,
          });
        }
        if (!variables.some(([found]) => /\$!?\{?context\.(extendedR|r)equestId$/.test(found))) {
          report({
            resource,
            got: `${type} without the gateway's id`,
            expected: "$context.requestId in the template",
          });
        }
      }
      for (const [name, value] of headers) {
        if (/^'[^']*'$/.test(String(value))) continue;
        if (!allowedVariables.includes(`$${String(value)}`)) {
          report({
            resource,
            got: `${type}: ${name} from ${show(value)}`,
            expected: "a constant or one of the gateway's ids",
          });
        }
      }
      if (
        waits.includes(type) &&
        !/^'[1-9]\d*'$/.test(String(headers.get("gatewayresponse.header.retry-after")))
      ) {
        report({ resource, got: `${type} without Retry-After`, expected: "Retry-After in whole seconds" });
      }
    }
  },
});
