import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { number, object, show, within } from "../lib/values";

/** The account's own limit, which would hold without a plan: a plan above it limits nobody. */
const mostRequestsPerSecond = 10_000;

const longestMonthSeconds = 31 * 24 * 60 * 60;

export const usagePlanRequiresQuota = resourcePolicy({
  name: "usage-plan-requires-quota",
  severity: "high",
  clauses: ["B4.1"],
  summary: "Every usage plan has a quota by the month and a throttle of its own.",
  reads: "aws:apigateway/usagePlan:UsagePlan: quotaSettings, throttleSettings",
  remediation:
    "set quotaSettings to the client's monthly quota with period MONTH, and throttleSettings to the tier's rate.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
  types: [types.usagePlan],
  check(resource, report) {
    const { limit, period, offset } = object(resource.props.quotaSettings);
    if (period !== "MONTH" || !(number(limit) >= 1)) {
      report({
        resource,
        got: `a quota of ${show(limit)} by ${show(period)}`,
        expected: "a positive limit by MONTH",
      });
    }
    // An offset starts the month with requests already spent, or with a period cut short.
    if (offset !== undefined && offset !== 0)
      report({ resource, got: `offset ${show(offset)}`, expected: "none" });
    const { rateLimit, burstLimit } = object(resource.props.throttleSettings);
    if (number(limit) > number(rateLimit) * longestMonthSeconds) {
      report({
        resource,
        got: `a quota of ${show(limit)} at ${show(rateLimit)} requests per second`,
        expected: "a quota that a month at this rate could spend: a higher one limits nobody",
      });
    }
    if (!within(rateLimit, 0.1, mostRequestsPerSecond) || !within(burstLimit, 1, mostRequestsPerSecond)) {
      report({
        resource,
        got: `rate ${show(rateLimit)}, burst ${show(burstLimit)}`,
        expected: `a rate and a burst, at most ${mostRequestsPerSecond} requests per second`,
      });
    }
  },
});
