import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show, within } from "../lib/values";

/** A proxied request ends at 29 s: a function that runs longer answers nobody. */
const mostSeconds = 28;
/** Half of what an account has by default. */
const mostConcurrency = 500;

export const functionLimitsConcurrency = resourcePolicy({
  name: "function-limits-concurrency",
  severity: "medium",
  clauses: ["B4.4"],
  summary:
    "A function takes a bounded share of the account's concurrency and ends before the gateway gives up.",
  reads: "aws:lambda/function:Function: reservedConcurrentExecutions, timeout",
  controls: ["CKV_AWS_115"],
  remediation: "reserve a concurrency of at least 1 and set a timeout of at most 28 s.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  types: [types.function],
  check(resource, report) {
    const { reservedConcurrentExecutions, timeout } = resource.props;
    // 0 would close the function, -1 leaves it unreserved.
    if (!within(reservedConcurrentExecutions, 1, mostConcurrency)) {
      report({
        resource,
        got: `reservedConcurrentExecutions ${show(reservedConcurrentExecutions)}`,
        expected: `1 to ${mostConcurrency}`,
      });
    }
    if (!within(timeout, 1, mostSeconds)) {
      report({ resource, got: `timeout ${show(timeout)}`, expected: `1 to ${mostSeconds} seconds` });
    }
  },
});
