import { bodyOf, calledArn, integrationOf, label, operationsOf } from "../lib/openapi";
import { stackPolicy, type StackResource } from "../lib/policy";
import { ownArnResource } from "../lib/relations";
import { types } from "../lib/types";
import { number, object, show, text } from "../lib/values";

/** What the gateways wait where nothing is said. */
const defaultMs = 29_000;
/**
 * The quota that is published for an authorizer, of HTTP APIs; for these APIs none is. Whoever is not let in by then is
 * better refused. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const authorizerMs = 10_000;

export const integrationsBindTimeouts = stackPolicy({
  name: "integrations-bind-timeouts",
  severity: "high",
  clauses: ["B3.1", "B3.2"],
  summary:
    "A function ends before the gateway that waits for it, so that no effect goes without an answer; an authorizer within 10 s.",
  reads:
    "RestApi.body: timeoutInMillis of integrations, authorizers; Integration.timeoutMilliseconds; Authorizer.authorizerUri; Function.timeout of what they call",
  remediation: "set the function's timeout below the integration's, an authorizer's below 10 s.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
  check(stack, report) {
    const functions = new Map(stack.ofType(types.function).map((lambda) => [lambda.props.name, lambda]));
    const judge = (caller: StackResource, where: string, uri: unknown, waits: unknown): void => {
      // calls-bind-functions names what is called and is not there.
      const [, name] = ownArnResource(caller, calledArn(text(uri))).split(":");
      const lambda = functions.get(name);
      if (!lambda) return;
      const waitsMs = number(waits ?? defaultMs);
      if (number(lambda.props.timeout) * 1000 < waitsMs) return;
      report({
        resource: lambda,
        got: `timeout ${show(lambda.props.timeout)} s, called by ${where}`,
        expected: `less than the ${show(waits ?? defaultMs)} ms that it waits`,
      });
    };
    for (const api of stack.ofType(types.restApi)) {
      const body = bodyOf(api, report);
      if (!body) continue;
      for (const operation of operationsOf(body)) {
        const { uri, timeoutInMillis } = integrationOf(operation);
        judge(api, label(operation), uri, timeoutInMillis);
      }
      for (const [name, scheme] of Object.entries(object(object(body.components).securitySchemes))) {
        const authorizer = object(scheme)["x-amazon-apigateway-authorizer"];
        if (authorizer !== undefined)
          judge(api, `the scheme '${name}'`, object(authorizer).authorizerUri, authorizerMs);
      }
    }
    for (const integration of stack.ofType(types.voiceIntegration)) {
      const { integrationUri, timeoutMilliseconds } = integration.props;
      judge(integration, `'${integration.name}'`, integrationUri, timeoutMilliseconds);
    }
    for (const authorizer of stack.ofType(types.voiceAuthorizer))
      judge(authorizer, `'${authorizer.name}'`, authorizer.props.authorizerUri, authorizerMs);
  },
});
