import { bodyOf, label, operationsOf } from "../lib/openapi";
import { stackPolicy, type StackResource } from "../lib/policy";
import { pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { number, object, objects, text } from "../lib/values";

/** `~1chat/POST`, `chat/POST` and `/chat/POST` name one method: a path's slashes are JSON pointer escapes. */
const normalize = (methodPath: string): string => methodPath.replaceAll("~1", "/").replace(/^\/+/, "");

const planThrottles = (plan: StackResource): ReadonlySet<string> =>
  new Set(
    objects(plan.props.apiStages).flatMap((stage) =>
      objects(stage.throttles)
        .filter(({ rateLimit, burstLimit }) => number(rateLimit) > 0 && number(burstLimit) > 0)
        .map(({ path }) => normalize(text(path))),
    ),
  );

export const operationsBindThrottles = stackPolicy({
  name: "operations-bind-throttles",
  severity: "high",
  clauses: ["B4.1", "B4.3", "B4.4"],
  summary: "Every operation of the contract has a throttle on the stage and in every client's plan.",
  reads:
    "RestApi.body: paths; MethodSettings: methodPath, restApi → RestApi, stageName → Stage; UsagePlan.apiStages.throttles",
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
      const onStage = new Set(
        pointingAt(api, stack.ofType(types.methodSettings), "restApi")
          .filter((settings) => {
            const stage = source(settings, "stageName", types.stage);
            return stage
              ? stages.includes(stage)
              : stages.some((known) => known.props.stageName === settings.props.stageName);
          })
          .map((settings) => normalize(text(settings.props.methodPath))),
      );
      if (!onStage.has("*/*")) {
        report({
          resource: api,
          got: "no method settings for */*",
          expected: "a throttle for what has none of its own",
        });
      }
      const plans = pointingAt(api, stack.ofType(types.usagePlan), "apiStages");
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
