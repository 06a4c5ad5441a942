import { partsOf } from "../lib/buckets";
import { evidenceBuckets } from "../lib/evidence";
import { statementsOf } from "../lib/iam";
import { stackPolicy } from "../lib/policy";
import { names, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, object, objects, show } from "../lib/values";

export const evidenceBucketBindsKey = stackPolicy({
  name: "evidence-bucket-binds-key",
  severity: "high",
  clauses: ["B0.4"],
  summary:
    "Evidence rests under a key of its own, whose policy refuses everybody but named roles, and its end to everybody, whatever their own rights say.",
  reads:
    "BucketServerSideEncryptionConfiguration.rules → kms.Key; Key.policy; every other property → that Key",
  remediation:
    "encrypt the bucket by aws:kms with a kms.Key that nothing else uses, deny its use where aws:PrincipalArn is none of the named roles, and deny kms:DisableKey and kms:ScheduleKeyDeletion to all.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
  check(stack, report) {
    for (const bucket of evidenceBuckets(stack)) {
      for (const encryption of partsOf(stack, bucket, types.bucketEncryption)) {
        const key = source(encryption, "rules", types.key);
        const algorithms = objects(encryption.props.rules).map(
          ({ applyServerSideEncryptionByDefault: rule }) => object(rule).sseAlgorithm,
        );
        if (!key || algorithms.join() !== "aws:kms") {
          report({
            resource: encryption,
            got: `encryption by ${join(algorithms.map(show))}, under a key from elsewhere or none`,
            expected: '"aws:kms" by the arn of a kms.Key of this stack',
          });
          continue;
        }
        // By a key of the bucket's own the trail would name the bucket, and no piece of evidence.
        if (objects(encryption.props.rules).some(({ bucketKeyEnabled }) => bucketKeyEnabled === true)) {
          report({
            resource: encryption,
            got: "bucketKeyEnabled true",
            expected: "false: each use of the key is to stand in the account's trail with its object",
          });
        }
        const others = stack.resources.filter(
          (other) =>
            other !== encryption &&
            other.type !== types.keyAlias &&
            !other.type.startsWith("fase-b:index:") &&
            other.type !== types.stack &&
            Object.values(other.propertyDependencies).some((ends) => ends.includes(key)),
        );
        if (others.length > 0)
          report({
            resource: key,
            got: `uses by ${join(names(others))}`,
            expected: "the evidence's bucket alone",
          });
        const statements = statementsOf(key, "policy", report);
        const kept = statements.some(
          ({ allows, principals, actions, conditions }) =>
            !allows &&
            principals.includes("*") &&
            ["kms:DisableKey", "kms:ScheduleKeyDeletion"].every((action) => actions.includes(action)) &&
            conditions.size === 0,
        );
        if (!kept)
          report({
            resource: key,
            got: "an end that somebody may set it",
            expected: "a Deny of kms:DisableKey and kms:ScheduleKeyDeletion to *, under no condition",
          });
        const closed = statements.some(
          ({ allows, principals, actions, conditions }) =>
            !allows &&
            principals.includes("*") &&
            ["kms:Decrypt", "kms:GenerateDataKey*"].every((action) => actions.includes(action)) &&
            conditions.size === 1 &&
            namesRoles(conditions.get("stringnotequals aws:principalarn")),
        );
        if (!closed)
          report({
            resource: key,
            got: "use by whoever has the right from elsewhere",
            expected:
              "a Deny of kms:Decrypt and kms:GenerateDataKey* to * where aws:PrincipalArn is none of the named roles",
          });
      }
    }
  },
});

/** Roles by their whole ARNs. */
const namesRoles = (values: readonly string[] | undefined): boolean =>
  values !== undefined &&
  values.length > 0 &&
  values.every((arn) => /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn));
