import { keyOf, generationOf, authoritiesOf } from "../lib/certificates";
import { functionWith } from "../lib/functions";
import { statementsOf } from "../lib/iam";
import { stackPolicy, type Stack, type StackResource } from "../lib/policy";
import { groupBy, names, pointingAt, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, text } from "../lib/values";
import {
  aliasOf,
  leftIn,
  readingAction,
  roleNameOf,
  rotatingActions,
  rotationsBySecret,
  secretRightsOf,
} from "../lib/vault";

/** What reads ages and labels, and no value. */
const harmless = ["secretsmanager:describesecret", "secretsmanager:listsecretversionids"];
const known: readonly string[] = [...rotatingActions, ...harmless];
const isWrite = (action: string): boolean => action !== readingAction && !harmless.includes(action);

/** The secret that keeps an authority's key, with that authority. */
function authoritiesBySecret(stack: Stack): ReadonlyMap<StackResource | undefined, StackResource> {
  const byKey = groupBy(authoritiesOf(stack), keyOf);
  return new Map(
    stack
      .ofType(types.secretVersion)
      .flatMap((version) =>
        sources(version, "secretString", types.privateKey).flatMap((key) =>
          (byKey.get(key) ?? []).map(
            (authority) => [source(version, "secretId", types.secret), authority] as const,
          ),
        ),
      ),
  );
}

export const secretsBindUses = stackPolicy({
  name: "secrets-bind-uses",
  severity: "critical",
  clauses: ["B5.2", "B6.1"],
  summary:
    "Who may read a secret is named in its policy, and no function is named there that may not; only its rotation writes it, only a rotation of leaves reads an issuer's key, and no function a root's.",
  reads:
    "RolePolicy: policy (actions and resources of secretsmanager), role → Role ← Function; Secret: name, policy; SecretRotation: secretId, rotationLambdaArn; SecretVersion.secretString → PrivateKey; fase-b:index:Authority.state",
  remediation:
    "give the role secretsmanager actions on arn:…:secret:<name>-?????? of one secret of this stack, and name the role in that secret's policy; take both away where the function does not need it.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
  check(stack, report) {
    const rotations = rotationsBySecret(stack);
    const rotatorOf = (secret: StackResource): StackResource | undefined => {
      const [rotation] = rotations.get(secret) ?? [];
      const alias = rotation && aliasOf(stack, rotation, text(rotation.props.rotationLambdaArn));
      return alias && source(alias, "functionVersion", types.function);
    };
    const rotators = new Set(stack.ofType(types.secret).map(rotatorOf));
    const authorities = authoritiesBySecret(stack);
    const roles = new Map(stack.ofType(types.role).map((role) => [text(role.props.name), role]));
    const named = new Map(
      stack.ofType(types.secret).map((secret) => [
        secret,
        new Set(
          statementsOf(secret, "policy", report)
            .flatMap(leftIn)
            .map((arn) => roleNameOf(secret, arn)),
        ),
      ]),
    );
    /** Secret by secret: which function has which actions. */
    const granted = new Map<StackResource, Map<StackResource | undefined, Set<string>>>();
    for (const { rights, actions, secrets, statement } of secretRightsOf(stack, report)) {
      const beyond = actions.filter((action) => !known.includes(action));
      if (beyond.length > 0) {
        report({ resource: rights, got: `actions ${join(beyond)}`, expected: `only ${join(known)}` });
      }
      if (secrets.length === 0 || secrets.includes(undefined)) {
        report({
          resource: rights,
          got: `${join(actions)} on ${join(statement.resources)}`,
          expected: "secrets of this stack by their whole names and six question marks",
        });
      }
      const lambda = functionWith(stack, rights);
      const role = text(source(rights, "role", types.role)?.props.name);
      for (const secret of secrets) {
        if (!secret) continue;
        const mine = granted.get(secret) ?? new Map<StackResource | undefined, Set<string>>();
        granted.set(secret, mine);
        mine.set(lambda, new Set([...(mine.get(lambda) ?? []), ...actions]));
        if (actions.includes(readingAction) && !named.get(secret)?.has(role)) {
          report({
            resource: secret,
            got: `no mention of role ${role}, which may read it`,
            expected: "it named: the policy refuses everybody else",
          });
        }
        const writes = actions.filter(isWrite);
        if (writes.length > 0 && rotatorOf(secret) !== lambda) {
          report({
            resource: rights,
            got: `${join(writes)} on '${secret.name}'`,
            expected: "only what the function rotates",
          });
        }
        const authority = actions.includes(readingAction) ? authorities.get(secret) : undefined;
        if (!authority) continue;
        if (authority.type === types.rootCertificate) {
          report({
            resource: rights,
            got: `the key of root '${authority.name}'`,
            expected: "no function reads it: a root signs issuers, from the program",
          });
        } else if (!rotators.has(lambda) || generationOf(authority)?.props.state !== "issuing") {
          report({
            resource: rights,
            got: `the key of '${authority.name}'`,
            expected: "a rotation of leaves, with the issuer of the generation that issues",
          });
        }
      }
    }
    for (const secret of stack.ofType(types.secret)) {
      for (const name of named.get(secret) ?? []) {
        const role = roles.get(name);
        // Roles of elsewhere are people's and the cluster's.
        if (!role) continue;
        const users = pointingAt(role, stack.ofType(types.function), "role");
        if (users.some((lambda) => granted.get(secret)?.get(lambda)?.has(readingAction))) continue;
        report({
          resource: secret,
          got: `role ${name} of ${join(names(users))} named, which has no right to read it`,
          expected: "only who reads it",
        });
      }
      const rotator = rotatorOf(secret);
      const own = granted.get(secret)?.get(rotator);
      const missing = rotatingActions.filter((action) => rotator && !own?.has(action));
      if (missing.length > 0) {
        report({
          resource: secret,
          got: `a rotation by '${rotator?.name ?? ""}' without ${join(missing)}`,
          expected: "the rights of all four steps",
        });
      }
    }
  },
});
