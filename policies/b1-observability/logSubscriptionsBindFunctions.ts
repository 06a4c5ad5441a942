import { aliasCalled, logGroupCalled, logGroupOf } from "../lib/logs";
import { stackPolicy } from "../lib/policy";
import { ownArnResource, source } from "../lib/relations";
import { types } from "../lib/types";
import { object, peek, show, text } from "../lib/values";

export const logSubscriptionsBindFunctions = stackPolicy({
  name: "log-subscriptions-bind-functions",
  severity: "high",
  clauses: ["B8.3"],
  summary:
    "What leaves a log goes to a function of this stack by its alias, by a stated pattern, and never back to the log that it came from.",
  reads:
    "LogSubscriptionFilter: logGroup → LogGroup, destinationArn → Alias, filterPattern; Alias.functionVersion → Function.loggingConfig; Permission of logs.amazonaws.com: sourceArn → LogGroup",
  remediation:
    "send chosen lines to the ARN of an alias of a function of this stack, which writes to another log.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
  check(stack, report) {
    for (const permission of stack.ofType(types.functionPermission)) {
      if (permission.props.principal !== "logs.amazonaws.com") continue;
      const [, name = ""] =
        /^log-group:([^*?:]+):\*$/.exec(ownArnResource(permission, text(permission.props.sourceArn))) ?? [];
      if (!logGroupCalled(stack, name))
        report({
          resource: permission,
          got: `lines of ${show(permission.props.sourceArn)}`,
          expected: "of one log group of this stack",
        });
    }
    for (const filter of stack.ofType(types.logSubscription)) {
      const group = logGroupOf(stack, filter, "logGroup");
      if (!group) {
        report({
          resource: filter,
          got: `log group ${show(peek(() => filter.props.logGroup))}`,
          expected: "a log group of this stack",
        });
      }
      const alias = aliasCalled(stack, filter, text(filter.props.destinationArn));
      const lambda = alias && source(alias, "functionVersion", types.function);
      if (!lambda) {
        report({
          resource: filter,
          got: `destination ${show(filter.props.destinationArn)}`,
          expected: "the alias of a function of this stack",
        });
      }
      // Each line that it writes would call it again.
      if (lambda && group && text(object(lambda.props.loggingConfig).logGroup) === text(group.props.name)) {
        report({ resource: filter, got: "its own function's log", expected: "another function's" });
      }
      if (!/^\{ .+ \}$/.test(text(filter.props.filterPattern))) {
        report({
          resource: filter,
          got: `pattern ${show(filter.props.filterPattern)}`,
          expected: "one for JSON that says which lines are meant",
        });
      }
    }
  },
});
