import { stackPolicy, type StackResource } from "../lib/policy";
import { groupBy, names, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, show, text } from "../lib/values";
import { aliasOf, rotationsBySecret } from "../lib/vault";

const service = "secretsmanager.amazonaws.com";

export const secretsBindRotation = stackPolicy({
  name: "secrets-bind-rotation",
  severity: "critical",
  clauses: ["B6.1"],
  summary:
    "Every secret is rotated by one function of this stack, which Secrets Manager may invoke for that secret and for none that it does not rotate.",
  reads:
    "Secret, and for each: SecretRotation: secretId, rotationLambdaArn → Alias, rotateImmediately; Permission: principal, function, qualifier, sourceArn → Secret; how many secrets there are",
  controls: ["FSBP SecretsManager.1", "CKV2_AWS_57", "AwsSolutions-SMG4"],
  remediation:
    "declare one SecretRotation by the ARN of an alias of this stack and, before it, a Permission for secretsmanager.amazonaws.com with sourceArn of the secret; what no function can rotate takes a dated exception.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html#secretsmanager-1",
  check(stack, report) {
    const secrets = stack.ofType(types.secret);
    if (secrets.length === 0) report({ got: "no secret", expected: "the stack's own, in Secrets Manager" });
    const rotations = rotationsBySecret(stack);
    const permissions = stack
      .ofType(types.functionPermission)
      .filter(({ props }) => props.principal === service);
    const bySource = groupBy(permissions, (permission) => source(permission, "sourceArn", types.secret));
    const needed = new Set<StackResource>();
    for (const secret of secrets) {
      const own = rotations.get(secret) ?? [];
      const [rotation] = own;
      if (!rotation || own.length > 1) {
        report({
          resource: secret,
          got: `${own.length} rotations (${join(names(own))})`,
          expected: "exactly one",
        });
        continue;
      }
      const arn = text(rotation.props.rotationLambdaArn);
      const alias = aliasOf(stack, rotation, arn);
      if (!alias) {
        report({
          resource: rotation,
          got: `a rotation by ${show(arn)}`,
          expected: "the ARN of an alias of a function of this stack",
        });
        continue;
      }
      const permission = (bySource.get(secret) ?? []).find(
        ({ props }) => props.function === alias.props.functionName && props.qualifier === alias.props.name,
      );
      if (permission) needed.add(permission);
      if (!permission || !rotation.dependencies.includes(permission)) {
        report({
          resource: rotation,
          got: permission
            ? `a rotation that does not wait for '${permission.name}'`
            : `'${alias.name}', which Secrets Manager may not invoke for this secret`,
          expected: "a Permission of this alias with the secret's ARN, before the rotation",
        });
      }
      // What is seeded was seen by whoever deployed it.
      if (rotation.props.rotateImmediately === false) {
        report({
          resource: rotation,
          got: "a first rotation that waits",
          expected: "rotateImmediately true",
        });
      }
    }
    for (const rotation of stack.ofType(types.secretRotation)) {
      if (source(rotation, "secretId", types.secret)) continue;
      report({ resource: rotation, got: "a rotation of no secret of this stack", expected: "one Secret" });
    }
    for (const permission of permissions.filter((one) => !needed.has(one))) {
      report({
        resource: permission,
        got: `Secrets Manager may invoke ${show(permission.props.function)} for what it does not rotate`,
        expected: "a Permission of a rotation",
      });
    }
  },
});
