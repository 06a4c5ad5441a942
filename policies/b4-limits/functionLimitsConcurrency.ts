import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show, text, within } from "../lib/values";

/** A proxied request ends at 29 s: a function that runs longer answers nobody. */
const mostSeconds = 28;
/** A rotation asks other services, one step an invocation, and may try again. */
const mostSecondsAlone = 300;
/** Half of what an account has by default. */
const mostConcurrency = 500;

export const functionLimitsConcurrency = stackPolicy({
  name: "function-limits-concurrency",
  severity: "medium",
  clauses: ["B4.4"],
  summary:
    "A function takes a bounded share of the account's concurrency and ends before the gateway gives up, or where no gateway waits for it within minutes.",
  reads: "Function: reservedConcurrentExecutions, timeout, name; Permission: principal, function",
  controls: ["CKV_AWS_115"],
  remediation: `reserve a concurrency of at least 1 and set a timeout of at most ${mostSeconds} s, ${mostSecondsAlone} s where no gateway may invoke it.`,
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  check(stack, report) {
    const awaited = new Set(
      stack
        .ofType(types.functionPermission)
        .filter(({ props }) => props.principal === "apigateway.amazonaws.com")
        .map(({ props }) => text(props.function)),
    );
    for (const resource of stack.ofType(types.function)) {
      const { reservedConcurrentExecutions, timeout, name } = resource.props;
      // 0 would close the function, -1 leaves it unreserved.
      if (!within(reservedConcurrentExecutions, 1, mostConcurrency)) {
        report({
          resource,
          got: `reservedConcurrentExecutions ${show(reservedConcurrentExecutions)}`,
          expected: `1 to ${mostConcurrency}`,
        });
      }
      const most = awaited.has(text(name)) ? mostSeconds : mostSecondsAlone;
      if (!within(timeout, 1, most)) {
        report({ resource, got: `timeout ${show(timeout)}`, expected: `1 to ${most} seconds` });
      }
    }
  },
});
