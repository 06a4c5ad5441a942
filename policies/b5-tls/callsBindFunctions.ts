import { bodyOf, calledArn, integrationOf, operationsOf } from "../lib/openapi";
import { stackPolicy, type StackResource } from "../lib/policy";
import { ownArnResource, source } from "../lib/relations";
import { types } from "../lib/types";
import { object, peek, present, show, text } from "../lib/values";

type Role = "answers" | "authorizes";

export const callsBindFunctions = stackPolicy({
  name: "calls-bind-functions",
  severity: "critical",
  clauses: ["B5.3"],
  summary:
    "The gateways call functions of this stack only, by an alias of one version, and no function both authorizes and answers.",
  reads:
    "RestApi.body: integrations, authorizers; Authorizer.authorizerUri; Integration: integrationType, integrationUri; Alias: functionName, functionVersion → Function, routingConfig",
  remediation:
    "call `functions/<ARN of an alias>/invocations` of a function of this stack, and give the authorizer one of its own.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html",
  check(stack, report) {
    const aliases = new Map(
      stack
        .ofType(types.functionAlias)
        .map((alias) => [`function:${text(alias.props.functionName)}:${text(alias.props.name)}`, alias]),
    );
    const roles = new Map<StackResource, Role>();
    const judge = (caller: StackResource, role: Role, uri: unknown): void => {
      const alias = aliases.get(ownArnResource(caller, calledArn(text(uri))));
      if (!alias) {
        report({
          resource: caller,
          got: `a call of ${show(uri)}`,
          expected: "the alias of a function of this stack",
        });
        return;
      }
      if ((roles.get(alias) ?? role) !== role) {
        report({
          resource: caller,
          got: `'${alias.name}', which authorizes and answers`,
          expected: "a function for each",
        });
      }
      roles.set(alias, role);
    };
    for (const api of stack.ofType(types.restApi)) {
      const body = bodyOf(api, report);
      if (!body) continue;
      for (const operation of operationsOf(body)) judge(api, "answers", integrationOf(operation).uri);
      for (const scheme of Object.values(object(object(body.components).securitySchemes))) {
        const authorizer = object(scheme)["x-amazon-apigateway-authorizer"];
        if (authorizer !== undefined) judge(api, "authorizes", object(authorizer).authorizerUri);
      }
    }
    for (const authorizer of stack.ofType(types.voiceAuthorizer)) {
      judge(authorizer, "authorizes", authorizer.props.authorizerUri);
    }
    for (const integration of stack.ofType(types.voiceIntegration)) {
      const { integrationType, integrationUri } = integration.props;
      if (integrationType !== "AWS_PROXY") {
        report({ resource: integration, got: `type ${show(integrationType)}`, expected: '"AWS_PROXY"' });
      }
      judge(integration, "answers", integrationUri);
    }
    for (const alias of aliases.values()) {
      const lambda = source(alias, "functionVersion", types.function);
      if (lambda?.props.name !== alias.props.functionName || present(alias.props, "routingConfig")) {
        report({
          resource: alias,
          got: `version ${show(peek(() => alias.props.functionVersion))} of ${show(lambda?.props.name)}`,
          expected: "one version of its own function for every call",
        });
      }
    }
  },
});
