import { isExpired, urnParts } from "../lib/exceptions";
import { stackPolicy } from "../lib/policy";
import { join } from "../lib/values";

export const exceptionsListUse = stackPolicy({
  name: "exceptions-list-use",
  severity: "low",
  level: "advisory",
  clauses: ["B0.4"],
  summary: "What is left open on purpose is shown on every run.",
  reads: "policies/exceptions.ts",
  remediation: "nothing to do before the exception ends.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html",
  check(stack, report, { now, exceptions, controlExceptions }) {
    for (const exception of exceptions.filter((candidate) => !isExpired(candidate, now))) {
      const { id, policy, resource, reason, expires } = exception;
      const found = stack.resources.find(
        ({ urn, type, name }) => urnParts(urn).stack === exception.stack && resource === `${type}::${name}`,
      );
      if (found)
        report({
          resource: found,
          got: `${id}, lifting ${policy}: ${reason}`,
          expected: `its end on ${expires}`,
        });
    }
    const open = controlExceptions
      .filter((exception) => !isExpired(exception, now))
      .map(({ id, controls, expires }) => `${id} (${join(controls)}, until ${expires})`);
    if (open.length > 0) {
      report({
        got: `published controls left open: ${join(open)}`,
        expected: "their ends; reasons are in policies/controls.md",
      });
    }
  },
});
