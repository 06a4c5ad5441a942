import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show, within } from "../lib/values";

/** The account's limits: 10,000 requests per second and 5,000 at once. At or above them a throttle throttles nothing. */
const mostRequestsPerSecond = 5_000;
const mostBurst = 2_500;

export const methodSettingsLimitRate = resourcePolicy({
  name: "method-settings-limit-rate",
  severity: "high",
  clauses: ["B4.3", "B4.4"],
  summary: "Every method has a rate and a burst well under the account's.",
  reads: "aws:apigateway/methodSettings:MethodSettings.settings: throttlingRateLimit, throttlingBurstLimit",
  remediation: "set throttlingRateLimit and throttlingBurstLimit from the route's limits; -1 means no limit.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
  types: [types.methodSettings],
  check(resource, report) {
    const { throttlingRateLimit, throttlingBurstLimit } = object(resource.props.settings);
    if (!within(throttlingRateLimit, 0.1, mostRequestsPerSecond)) {
      report({
        resource,
        got: `throttlingRateLimit ${show(throttlingRateLimit)}`,
        expected: `more than 0 and at most ${mostRequestsPerSecond} requests per second`,
      });
    }
    if (!within(throttlingBurstLimit, 1, mostBurst)) {
      report({
        resource,
        got: `throttlingBurstLimit ${show(throttlingBurstLimit)}`,
        expected: `1 to ${mostBurst} requests`,
      });
    }
  },
});
