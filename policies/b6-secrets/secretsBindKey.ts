import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { show } from "../lib/values";

export const secretsBindKey = stackPolicy({
  name: "secrets-bind-key",
  severity: "high",
  clauses: ["B6.1"],
  summary: "Every secret rests under a key of this stack that rotates, not under the account's default one.",
  reads: "Secret.kmsKeyId → kms.Key; Key.enableKeyRotation",
  controls: ["CKV_AWS_149"],
  remediation: "take kmsKeyId from the arn of the stack's kms.Key, with enableKeyRotation true.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
  check(stack, report) {
    for (const secret of stack.ofType(types.secret)) {
      const key = source(secret, "kmsKeyId", types.key);
      if (!key) {
        report({
          resource: secret,
          got: "a key from elsewhere, or the account's default one",
          expected: "the arn of a kms.Key of this stack",
        });
      } else if (key.props.enableKeyRotation !== true) {
        report({
          resource: secret,
          got: `'${key.name}' with enableKeyRotation ${show(key.props.enableKeyRotation)}`,
          expected: "a key that rotates",
        });
      }
    }
  },
});
