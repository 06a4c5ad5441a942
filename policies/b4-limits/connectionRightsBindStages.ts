import { connectionsOf, manageConnections } from "../lib/connections";
import { statementsOf } from "../lib/iam";
import { calledArn } from "../lib/openapi";
import { stackPolicy, type Stack, type StackResource } from "../lib/policy";
import { ownArnResource, pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, show, text } from "../lib/values";

/** What a session needs: an answer, and an end. */
const verbs = ["POST", "DELETE"];

/** Roles of the functions that the API of a stage calls. */
function rolesBehind(stack: Stack, stage: StackResource): readonly unknown[] {
  const api = source(stage, "apiId", types.voiceApi);
  if (!api) return [];
  return pointingAt(api, stack.ofType(types.voiceIntegration), "apiId").map((integration) => {
    const [, name] = ownArnResource(integration, calledArn(text(integration.props.integrationUri))).split(
      ":",
    );
    const lambda = stack.ofType(types.function).find(({ props }) => props.name === name);
    return lambda && source(lambda, "role", types.role);
  });
}

export const connectionRightsBindStages = stackPolicy({
  name: "connection-rights-bind-stages",
  severity: "high",
  clauses: ["B4.2", "B5.3"],
  summary:
    "The function behind a WebSocket stage, and no other, may answer on that stage's connections and end them.",
  reads:
    "RolePolicy.policy: actions and resources of execute-api; RolePolicy.role → Role ← Function; Stage.name of apigatewayv2, Stage.stageName, Integration.integrationUri",
  remediation:
    "allow execute-api:ManageConnections alone on <any API>/<the stage's whole name>/POST/@connections/* and DELETE, to the role of the function that the stage's API calls; give the stage a name that no other stage has.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html",
  check(stack, report) {
    const stages = stack.ofType(types.voiceStage);
    const restNames = stack.ofType(types.stage).map(({ props }) => props.stageName);
    const reached = new Map<StackResource, Set<string>>(stages.map((stage) => [stage, new Set<string>()]));
    let holder: StackResource | undefined;
    for (const rights of stack.ofType(types.rolePolicy)) {
      for (const { allows, actions, resources } of statementsOf(rights, "policy", report)) {
        if (!allows || !actions.some((action) => /^execute-api:/i.test(action))) continue;
        if (actions.some((action) => action.toLowerCase() !== manageConnections)) {
          report({
            resource: rights,
            got: `actions ${join(actions)}`,
            expected: "execute-api:ManageConnections alone",
          });
        }
        const role = source(rights, "role", types.role);
        if (holder && role !== holder) {
          report({
            resource: rights,
            got: "a second role",
            expected: `the right for '${holder.name}' alone`,
          });
        }
        holder ??= role;
        if (resources.length === 0) {
          report({ resource: rights, got: "no resource", expected: "the connections of one stage" });
        }
        for (const arn of resources) {
          const connections = ownArnResource(rights, arn) === "" ? undefined : connectionsOf(arn);
          const named = stages.filter(({ props }) => props.name === connections?.stage);
          const [stage] = named;
          if (!connections || !stage || named.length > 1 || restNames.includes(connections.stage)) {
            report({
              resource: rights,
              got: `connections of ${show(arn)}`,
              expected: "those of one WebSocket stage of this stack, by a name that no other stage has",
            });
            continue;
          }
          if (!role || !rolesBehind(stack, stage).includes(role)) {
            report({
              resource: rights,
              got: `the connections of '${stage.name}'`,
              expected: "the right for the function that its API calls",
            });
          }
          reached.get(stage)?.add(connections.verb);
        }
      }
    }
    for (const [stage, allowed] of reached) {
      const missing = verbs.filter((verb) => !allowed.has(verb));
      if (missing.length === 0) continue;
      report({
        resource: stage,
        got: `nobody who may ${join(missing)} on its connections`,
        expected: "its function, which warns a session and ends it",
      });
    }
  },
});
