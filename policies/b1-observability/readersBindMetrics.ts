import { statementsOf } from "../lib/iam";
import { stackPolicy } from "../lib/policy";
import { readingActions, trustsReader } from "../lib/readers";
import { accountOf, source } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const readersBindMetrics = stackPolicy({
  name: "readers-bind-metrics",
  severity: "high",
  clauses: ["B1.1", "B8.3"],
  summary:
    "Whoever reads from outside what is measured reads metrics of the stack's region and no log, by a role that trusts one role and nobody beside it; no other role may read metrics.",
  reads:
    "RolePolicy: role → Role.assumeRolePolicy (sts:ExternalId, how many statements), policy: actions, aws:RequestedRegion",
  remediation:
    "give the reader's role cloudwatch:GetMetricData and cloudwatch:ListMetrics where aws:RequestedRegion is the stack's, and one statement of trust.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
  check(stack, report) {
    for (const role of stack.ofType(types.role)) {
      const trust = statementsOf(role, "assumeRolePolicy", report);
      if (trust.length > 1 && trust.some((statement) => trustsReader(statement, accountOf(role))))
        report({ resource: role, got: `a reader with ${trust.length} statements of trust`, expected: "one" });
    }
    for (const rights of stack.ofType(types.rolePolicy)) {
      const role = source(rights, "role", types.role);
      const isReader =
        role !== undefined &&
        statementsOf(role, "assumeRolePolicy", report).some((one) => trustsReader(one, accountOf(role)));
      for (const { allows, actions, conditions } of statementsOf(rights, "policy", report)) {
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
        const regions = conditions.get("stringequals aws:requestedregion") ?? [];
        if (reading.length > 0 && (regions.length !== 1 || regions[0] !== rights.provider?.props.region))
          report({
            resource: rights,
            got: `${join(reading)} in ${regions.length === 0 ? "any region" : join(regions)}`,
            expected: "aws:RequestedRegion of the stack's region",
          });
      }
    }
  },
});
