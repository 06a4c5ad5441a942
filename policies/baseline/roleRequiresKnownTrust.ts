import { statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { trustsReader } from "../lib/readers";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join, list, show } from "../lib/values";
import { assumeByWebIdentity, trustedServiceAccount } from "../lib/webIdentity";

const services = [
  "Service:lambda.amazonaws.com",
  "Service:apigateway.amazonaws.com",
  // Without rights: evidence-binds-channel.
  "Service:chatbot.amazonaws.com",
];

export const roleRequiresKnownTrust = resourcePolicy({
  name: "role-requires-known-trust",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "A role is assumed by the one service that needs it, by a reader's one role that says for whom it asks, or by one service account of the cluster, and has no rights beside its own documents.",
  reads: "aws:iam/role:Role: assumeRolePolicy, managedPolicyArns, inlinePolicies, name",
  controls: ["CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_274", "CKV2_AWS_56", "AwsSolutions-IAM4"],
  remediation:
    "trust one AWS service, a reader by its role and an external id, or one service account by the cluster's OIDC provider with exactly its sub and the aud sts.amazonaws.com; attach no managed policy, give the role a fixed name and write its rights as a RolePolicy.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
  types: [types.role],
  check(resource, report) {
    const { managedPolicyArns, inlinePolicies, name } = resource.props;
    for (const statement of statementsOf(resource, "assumeRolePolicy", report)) {
      const { allows, actions, principals } = statement;
      if (!allows) continue;
      if (trustedServiceAccount(statement, accountOf(resource))) continue;
      if (
        !trustsReader(statement, accountOf(resource)) &&
        (principals.length !== 1 || !services.includes(principals[0] ?? ""))
      ) {
        report({
          resource,
          got: `trust in ${join(principals)}`,
          expected: `one of ${join(services)}, one role of this account by its ARN with an sts:ExternalId of 16 characters or more, or one service account by sub and aud with ${assumeByWebIdentity}`,
        });
      }
      if (actions.some((action) => action !== "sts:AssumeRole")) {
        report({ resource, got: `trust for ${join(actions)}`, expected: "sts:AssumeRole" });
      }
    }
    if (list(managedPolicyArns).length > 0 || list(inlinePolicies).length > 0) {
      report({
        resource,
        got: "managed or inline policies on the role",
        expected: "RolePolicy resources, which are judged",
      });
    }
    // A generated name would make every ARN that holds it unknown at preview.
    if (typeof name !== "string" || name === "") {
      report({ resource, got: `name ${show(name)}`, expected: "a fixed name" });
    }
  },
});
