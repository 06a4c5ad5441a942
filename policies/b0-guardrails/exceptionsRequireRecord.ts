import { defectOf, urnParts } from "../lib/exceptions";
import { stackPolicy } from "../lib/policy";

export const exceptionsRequireRecord = stackPolicy({
  name: "exceptions-require-record",
  severity: "high",
  clauses: ["B0.4"],
  summary:
    "Every exception is dated, reasoned, at most a year long, unexpired, and about something that is there.",
  reads: "policies/exceptions.ts against the stack's resources and the pack's policies",
  remediation:
    "mend what the exception was for and remove it, or record it anew with a reason and a new end.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html",
  check(stack, report, { now, exceptions, controlExceptions, policyNames }) {
    const all = [...exceptions, ...controlExceptions];
    for (const [at, exception] of all.entries()) {
      const complain = (got: string, expected: string): void =>
        report({ got: `exception ${exception.id} with ${got}`, expected });
      const defect = defectOf(exception, now);
      if (defect) complain(defect, "a record that stands today");
      if (all.findIndex(({ id }) => id === exception.id) !== at)
        complain("the id of another", "an id of its own");
    }
    for (const exception of exceptions) {
      if (!policyNames.includes(exception.policy)) {
        report({
          got: `exception ${exception.id} from '${exception.policy}'`,
          expected: "the name of a policy of this pack",
        });
      }
      const own = stack.resources.filter(({ urn }) => urnParts(urn).stack === exception.stack);
      const found = own.some(({ urn, type, name }) => {
        const parts = urnParts(urn);
        return exception.resource === `${type}::${name}` && parts.name === name;
      });
      if (own.length > 0 && !found) {
        report({
          got: `exception ${exception.id} for ${exception.resource}, which is not there`,
          expected: "a resource of the stack",
        });
      }
    }
    for (const { id, resourceType } of controlExceptions) {
      if (stack.ofType(resourceType).length === 0) {
        report({
          got: `exception ${id} for ${resourceType}, of which there is none`,
          expected: "a type of the stack",
        });
      }
    }
  },
});
