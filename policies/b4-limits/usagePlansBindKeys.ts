import { stackPolicy, type StackResource } from "../lib/policy";
import { names, pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const usagePlansBindKeys = stackPolicy({
  name: "usage-plans-bind-keys",
  severity: "high",
  clauses: ["B4.1"],
  summary:
    "Each client has one usage plan and one key; the gateway counts per plan and key, so neither is shared.",
  reads:
    "UsagePlanKey: usagePlanId → UsagePlan, keyId → ApiKey; UsagePlan.apiStages → RestApi; how many there are",
  remediation: "join each client's plan to its own key by one UsagePlanKey, and to the API's stage.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
  check(stack, report) {
    const plans = stack.ofType(types.usagePlan);
    const keys = stack.ofType(types.apiKey);
    const joints = stack.ofType(types.usagePlanKey);
    if (plans.length === 0) report({ got: "no usage plan", expected: "one for each client" });

    for (const joint of joints) {
      for (const [property, type] of [
        ["usagePlanId", types.usagePlan],
        ["keyId", types.apiKey],
      ] as const) {
        if (!source(joint, property, type)) {
          report({
            resource: joint,
            got: `${property} of no resource of this stack`,
            expected: `one ${type}`,
          });
        }
      }
    }
    const expectOneJoint = (end: StackResource, property: string): void => {
      const found = pointingAt(end, joints, property);
      if (found.length !== 1) {
        report({
          resource: end,
          got: `${found.length} plan keys (${join(names(found))})`,
          expected: "exactly one",
        });
      }
    };
    for (const plan of plans) {
      expectOneJoint(plan, "usagePlanId");
      if (!source(plan, "apiStages", types.restApi)) {
        report({ resource: plan, got: "no stage of the REST API", expected: "the API's stage in apiStages" });
      }
    }
    for (const key of keys) expectOneJoint(key, "keyId");
  },
});
