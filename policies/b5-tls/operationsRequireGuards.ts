import { bodyOf, integrationOf, isModel, label, operationsOf, schemesOf, strangersOf } from "../lib/openapi";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { isObject, object, objects, show, text, within, type Props } from "../lib/values";

const mostIntegrationMs = 29_000;
/** Of a version or an alias, so that a rollback needs no change here. */
const functionUri =
  /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/[\w-]+\/functions\/arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+:[\w-]+\/invocations$/;

/** The work order's HTTP routes. */
const orderedPaths = ["/chat", "/vision", "/avatar"];

/** What it may say of a server is `api-forbids-default-endpoint`'s. */
const endpointSettings = "x-amazon-apigateway-endpoint-configuration";

/** A request authorizer that is asked every time: a cached answer repeats the first request's context for the next. */
const isStrictAuthorizer = (scheme: Props): boolean => {
  const authorizer = object(scheme["x-amazon-apigateway-authorizer"]);
  return (
    text(authorizer.type).toLowerCase() === "request" &&
    authorizer.authorizerResultTtlInSeconds === 0 &&
    functionUri.test(text(authorizer.authorizerUri))
  );
};

const isKey = ({ type, name, in: place }: Props): boolean =>
  type === "apiKey" && text(name).toLowerCase() === "x-api-key" && place === "header";

export const operationsRequireGuards = resourcePolicy({
  name: "operations-require-guards",
  severity: "critical",
  clauses: ["B4.1", "B4.3", "B5.3"],
  summary: "No operation of the contract is reached without authorizer, client key and request validation.",
  reads:
    "aws:apigateway/restApi:RestApi.body: security, authorizers, request validators, integrations, request bodies",
  controls: ["CKV_AWS_59", "CKV2_AWS_53", "CKV2_AWS_70", "AwsSolutions-APIG2", "AwsSolutions-APIG4"],
  remediation:
    "require the authorizer (result cache 0 s) and the x-api-key scheme on each operation, validate body and parameters, and proxy to a function's alias within 29 s.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html",
  types: [types.restApi],
  check(resource, report) {
    const body = bodyOf(resource, report);
    if (!body) return;
    const validators = object(body["x-amazon-apigateway-request-validators"]);
    for (const operation of operationsOf(body)) {
      const where = label(operation);
      const choices = schemesOf(body, operation);
      const every = (test: (scheme: Props) => boolean): boolean =>
        choices.length > 0 && choices.every((schemes) => schemes.some(test));
      if (!every(isStrictAuthorizer)) {
        report({
          resource,
          got: `${where} without the authorizer`,
          expected: "a request authorizer on a function's alias, its result cached for 0 seconds",
        });
      }
      if (!every(isKey)) {
        report({
          resource,
          got: `${where} without a client key`,
          expected: "an apiKey scheme on the header x-api-key",
        });
      }
      const named =
        operation.definition["x-amazon-apigateway-request-validator"] ??
        body["x-amazon-apigateway-request-validator"];
      const validator = object(validators[text(named)]);
      if (validator.validateRequestBody !== true || validator.validateRequestParameters !== true) {
        report({
          resource,
          got: `${where} validated by ${show(named)}`,
          expected: "a validator of body and parameters",
        });
      }
      const integration = integrationOf(operation);
      if (text(integration.type).toLowerCase() !== "aws_proxy" || !functionUri.test(text(integration.uri))) {
        report({
          resource,
          got: `${where} to ${show(integration.type)} ${show(integration.uri)}`,
          expected: "aws_proxy to the alias of a function",
        });
      }
      if (!within(integration.timeoutInMillis, 50, mostIntegrationMs)) {
        report({
          resource,
          got: `${where} with timeoutInMillis ${show(integration.timeoutInMillis)}`,
          expected: `at most ${mostIntegrationMs}`,
        });
      }
      // The import leaves out content types without a model, and their bodies pass unvalidated.
      const content = object(object(operation.definition.requestBody).content);
      const unmodelled = Object.entries(content).filter(([, media]) => !isModel(body, object(media).schema));
      const takesBody = ["ANY", "PATCH", "POST", "PUT"].includes(operation.method);
      const { required } = object(operation.definition.requestBody);
      if (takesBody && (Object.keys(content).length === 0 || required !== true)) {
        report({
          resource,
          got: `${where} with ${Object.keys(content).length} content types, required ${show(required)}`,
          expected: "a required body with a schema: what is not declared passes unvalidated",
        });
      }
      if (integration.passthroughBehavior !== "never") {
        report({
          resource,
          got: `${where} with passthroughBehavior ${show(integration.passthroughBehavior)}`,
          expected: '"never"',
        });
      }
      if (unmodelled.length > 0) {
        report({
          resource,
          got: `${where}: ${unmodelled[0]?.[0] ?? ""} without a schema`,
          expected: "a schema for each type",
        });
      }
    }
    for (const { path, key } of strangersOf(body)) {
      report({
        resource,
        got: `"${key}" in ${path}`,
        expected: "methods in small letters, which are judged",
      });
    }
    for (const path of orderedPaths.filter((one) => !isObject(object(body.paths)[one]))) {
      report({ resource, got: `no ${path}`, expected: "the work order's routes" });
    }
    for (const server of objects(body.servers)) {
      const others = Object.keys(object(server[endpointSettings])).filter(
        (key) => key !== "disableExecuteApiEndpoint",
      );
      if (!text(server.url).includes("execute-api") && others.length === 0) continue;
      report({ resource, got: `server ${show(server)}`, expected: "custom domains only" });
    }
  },
});
