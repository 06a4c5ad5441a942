import { bodyOf, label, operationsOf } from "../lib/openapi";
import { stackPolicy, type StackResource } from "../lib/policy";
import { groupBy, pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, object, objects, text, within } from "../lib/values";

/** `~1chat/POST`, `chat/POST` and `/chat/POST` name one method: a path's slashes are JSON pointer escapes. */
const normalize = (methodPath: string): string => methodPath.replaceAll("~1", "/").replace(/^\/+/, "");

/** The account's own limit: a throttle above it throttles nobody. */
const mostRequestsPerSecond = 10_000;

/** What every stage of a plan throttles. */
function planThrottles(plan: StackResource): ReadonlySet<string> {
  const [first = new Set<string>(), ...others] = objects(plan.props.apiStages).map(
    ({ throttles }) =>
      new Set(
        objects(throttles)
          .filter(
            ({ rateLimit, burstLimit }) =>
              within(rateLimit, 0.1, mostRequestsPerSecond) && within(burstLimit, 1, mostRequestsPerSecond),
          )
          .map(({ path }) => normalize(text(path))),
      ),
  );
  return new Set([...first].filter((path) => others.every((other) => other.has(path))));
}

export const operationsBindThrottles = stackPolicy({
  name: "operations-bind-throttles",
  severity: "high",
  clauses: ["B4.1", "B4.3", "B4.4"],
  summary: "Every operation of the contract has a throttle on each stage and in every client's plan.",
  reads:
    "RestApi.body: paths; MethodSettings: methodPath, restApi → RestApi, stageName → Stage; UsagePlan.apiStages: stage, throttles",
  remediation:
    "declare MethodSettings and a plan's throttle for each operation, and MethodSettings for */* beside them.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
  check(stack, report) {
    const apis = stack.ofType(types.restApi);
    if (apis.length === 0) report({ got: "no REST API", expected: "one, with its contract as the body" });
    for (const api of apis) {
      const body = bodyOf(api, report);
      if (!body) continue;
      const stages = pointingAt(api, stack.ofType(types.stage), "restApi");
      const settings = pointingAt(api, stack.ofType(types.methodSettings), "restApi");
      const onStages = stages.map(
        (stage) =>
          new Set(
            settings
              .filter((one) => {
                const named = source(one, "stageName", types.stage);
                return named ? named === stage : one.props.stageName === stage.props.stageName;
              })
              .map((one) => normalize(text(one.props.methodPath))),
          ),
      );
      const twice = groupBy(settings, (one) =>
        [
          source(one, "stageName", types.stage)?.name ?? one.props.stageName,
          normalize(text(one.props.methodPath)),
        ].join(),
      );
      for (const [, other] of [...twice.values()].filter((alike) => alike.length > 1)) {
        report({
          resource: other ?? api,
          got: "a second throttle of one method",
          expected: "one: the last wins",
        });
      }
      const onStage = {
        has: (method: string): boolean =>
          onStages.length > 0 && onStages.every((methods) => methods.has(method)),
      };
      if (!onStage.has("*/*")) {
        report({
          resource: api,
          got: "no method settings for */*",
          expected: "a throttle for what has none of its own",
        });
      }
      const stageNames = stages.map(({ props }) => text(props.stageName));
      const plans = pointingAt(api, stack.ofType(types.usagePlan), "apiStages");
      for (const plan of plans) {
        const strange = objects(plan.props.apiStages)
          .map(({ stage }) => text(stage))
          .filter((name) => !stageNames.includes(name));
        if (strange.length > 0) {
          report({ resource: plan, got: `stage ${join(strange)}`, expected: `one of ${join(stageNames)}` });
        }
      }
      for (const operation of operationsOf(body)) {
        const method = normalize(`${operation.path}/${operation.method}`);
        if (!onStage.has(method)) {
          report({
            resource: api,
            got: `no method settings for ${label(operation)}`,
            expected: "a throttle on the stage",
          });
        }
        for (const plan of plans.filter((candidate) => !planThrottles(candidate).has(method))) {
          report({
            resource: plan,
            got: `no throttle for ${label(operation)}`,
            expected: "a rate and a burst in the plan",
          });
        }
      }
      for (const path of Object.keys(object(body.paths)).filter((candidate) => !candidate.startsWith("/"))) {
        report({ resource: api, got: `path "${path}"`, expected: "a path that starts with a slash" });
      }
    }
  },
});
