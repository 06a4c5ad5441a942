import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { show } from "../lib/values";

/**
 * The account's own stack makes it, and who deploys can't change it. Under any other policy, or none, a role could be given more than
 * that stack allows.
 */
const boundary = "fase-b-account-boundary";

export const roleRequiresBoundary = resourcePolicy({
  name: "role-requires-boundary",
  severity: "high",
  clauses: ["B5.3"],
  summary: "What a role may do at most is bounded by the account's own policy, whatever its rights say.",
  reads: "aws:iam/role:Role.permissionsBoundary",
  remediation: `set permissionsBoundary to the ARN of ${boundary} in the provider's account, built from account and name; add a right that it lacks to that policy, in the account's own stack.`,
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
  types: [types.role],
  check(resource, report) {
    const { permissionsBoundary } = resource.props;
    const own = `arn:aws:iam::${accountOf(resource)}:policy/${boundary}`;
    if (permissionsBoundary !== own)
      report({ resource, got: `permissionsBoundary ${show(permissionsBoundary)}`, expected: own });
  },
});
