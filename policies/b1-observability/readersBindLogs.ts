import { statementsOf } from "../lib/iam";
import { stackPolicy } from "../lib/policy";
import { queryAction, readingActions, trustsReader } from "../lib/readers";
import { ownArnResource, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, peek } from "../lib/values";

export const readersBindLogs = stackPolicy({
  name: "readers-bind-logs",
  severity: "high",
  clauses: ["B1.1", "B8.3"],
  summary:
    "Whoever reads from outside what is measured reads metrics of the stack's region and queries log groups of this stack, and does nothing else; no other role may do it.",
  reads:
    "RolePolicy: role → Role.assumeRolePolicy (sts:ExternalId), policy: actions, resources, aws:RequestedRegion; LogGroup.name",
  remediation:
    "give the reader's role cloudwatch:GetMetricData, cloudwatch:ListMetrics, logs:GetQueryResults and logs:StopQuery where aws:RequestedRegion is the stack's, and logs:StartQuery on <ARN of a log group of this stack>:*.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html",
  check(stack, report) {
    // The gateway names its execution logs after ids that are not known yet, and nobody queries those.
    const groups = new Set(stack.ofType(types.logGroup).map(({ props }) => peek(() => props.name)));
    for (const rights of stack.ofType(types.rolePolicy)) {
      const role = source(rights, "role", types.role);
      const isReader =
        role !== undefined && statementsOf(role, "assumeRolePolicy", report).some(trustsReader);
      for (const { allows, actions, resources, conditions } of statementsOf(rights, "policy", report)) {
        const names = actions.map((action) => action.toLowerCase());
        const reading = names.filter((name) => readingActions.includes(name));
        if (!allows || (!isReader && reading.length === 0)) continue;
        if (!isReader) {
          report({
            resource: rights,
            got: `${join(reading)} of '${role?.name ?? "no role of this stack"}'`,
            expected: "a reader's role, which one other role assumes with an external id",
          });
          continue;
        }
        const beyond = names.filter((name) => !readingActions.includes(name));
        if (beyond.length > 0)
          report({ resource: rights, got: join(beyond), expected: `at most ${join(readingActions)}` });
        const unbound = reading.filter((name) => name !== queryAction);
        const regions = conditions.get("stringequals aws:requestedregion") ?? [];
        if (unbound.length > 0 && (regions.length !== 1 || regions[0] !== rights.provider?.props.region))
          report({
            resource: rights,
            got: `${join(unbound)} in ${regions.length === 0 ? "any region" : join(regions)}`,
            expected: "aws:RequestedRegion of the stack's region",
          });
        if (!reading.includes(queryAction)) continue;
        const strangers = resources.filter((arn) => {
          const [, group] = /^log-group:([^*?]+):\*$/.exec(ownArnResource(rights, arn)) ?? [];
          return group === undefined || !groups.has(group);
        });
        if (strangers.length > 0 || resources.length === 0)
          report({
            resource: rights,
            got: `queries of ${join(resources.length === 0 ? ["everything"] : strangers)}`,
            expected: "log groups of this stack by their whole names",
          });
      }
    }
  },
});
