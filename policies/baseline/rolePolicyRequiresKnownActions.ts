import { statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { readingActions } from "../lib/readers";
import { types } from "../lib/types";
import { join } from "../lib/values";

/** A function's own log and traces, and what readers-bind-metrics gives to readers. In small letters: IAM does not tell capitals apart. */
const known = [
  "logs:createlogstream",
  "logs:putlogevents",
  "xray:puttracesegments",
  "xray:puttelemetryrecords",
  ...readingActions,
];

/**
 * Services whose actions and resources have a policy of their own: rights-bind-data, connection-rights-bind-stages,
 * secrets-bind-uses, gateway-rights-bind-rotations.
 */
const judged = ["dynamodb", "s3", "kms", "execute-api", "secretsmanager", "apigateway"];

export const rolePolicyRequiresKnownActions = resourcePolicy({
  name: "role-policy-requires-known-actions",
  severity: "high",
  clauses: ["B5.3"],
  summary: "A role may do what a policy of this pack knows, and nothing beside it.",
  reads: "aws:iam/rolePolicy:RolePolicy.policy: actions",
  remediation:
    "leave the action out; where a function needs it, judge it and its resources by a policy, then name it here.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  types: [types.rolePolicy],
  check(resource, report) {
    for (const { allows, actions } of statementsOf(resource, "policy", report)) {
      const strangers = actions.filter((action) => {
        const name = action.toLowerCase();
        return !known.includes(name) && !judged.includes(name.split(":")[0] ?? "");
      });
      if (!allows || strangers.length === 0) continue;
      report({ resource, got: `actions ${join(strangers)}`, expected: "those that the pack judges" });
    }
  },
});
