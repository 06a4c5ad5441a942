import { isOwn, namesSource, refusesPlainText, statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join, peek, UNKNOWN } from "../lib/values";

export const bucketPolicyRequiresTls = resourcePolicy({
  name: "bucket-policy-requires-tls",
  severity: "high",
  clauses: ["B5.3"],
  summary: "A bucket refuses plain text to everybody and opens to nobody outside the account.",
  reads: "aws:s3/bucketPolicy:BucketPolicy: policy, and bucket where it is known",
  controls: ["FSBP S3.5", "FSBP S3.6", "CKV_AWS_70", "CKV_AWS_93", "AwsSolutions-S10"],
  remediation: "deny s3:* on the bucket and its objects to everybody where aws:SecureTransport is false.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5",
  types: [types.bucketPolicy],
  check(resource, report) {
    const statements = statementsOf(resource, "policy", report);
    const bucket = peek(() => resource.props.bucket);
    const refusal = statements.find(
      (statement) =>
        refusesPlainText(statement) &&
        statement.actions.includes("s3:*") &&
        ["", "/*"].every((objects) =>
          statement.resources.some((arn) =>
            bucket === UNKNOWN || bucket === undefined
              ? arn.endsWith("/*") === (objects !== "")
              : arn.endsWith(`:::${String(bucket)}${objects}`),
          ),
        ),
    );
    if (!refusal) {
      report({
        resource,
        got: "plain text allowed",
        expected: "a Deny of s3:* on the bucket and its objects where aws:SecureTransport is false",
      });
    }
    const account = accountOf(resource);
    for (const statement of statements.filter(({ allows }) => allows)) {
      const { principals } = statement;
      const service = principals.some((one) => one.startsWith("Service:"));
      if (
        principals.length === 0 ||
        !principals.every((one) => isOwn(one, account)) ||
        (service && !namesSource(statement, account))
      ) {
        report({
          resource,
          got: `access for ${join(principals)}`,
          expected: "named principals of this account, services with a condition on their source",
        });
      }
    }
  },
});
