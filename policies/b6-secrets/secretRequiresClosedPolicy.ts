import { statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";
import { leftIn, roleNameOf } from "../lib/vault";

/** Whatever shows a value, replaces one, or opens the secret again. */
const guarded = [
  "GetSecretValue",
  "BatchGetSecretValue",
  "PutSecretValue",
  "UpdateSecret",
  "UpdateSecretVersionStage",
  "RotateSecret",
  "CancelRotateSecret",
  "DeleteSecret",
  "PutResourcePolicy",
  "DeleteResourcePolicy",
].map((action) => `secretsmanager:${action}`);

/** A service begins a rotation by itself, as no role of the account. */
const conditions = ["arnnotequals aws:principalarn", "bool aws:principalisawsservice"];

export const secretRequiresClosedPolicy = resourcePolicy({
  name: "secret-requires-closed-policy",
  severity: "critical",
  clauses: ["B6.1"],
  summary:
    "A secret refuses everybody but the roles that it names, whatever their own rights say, and lets nobody in by itself.",
  reads: "aws:secretsmanager/secret:Secret.policy",
  remediation:
    "deny the guarded actions to * on * where aws:PrincipalArn is none of the named roles' ARNs nor the account's root, and aws:PrincipalIsAWSService is false.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
  types: [types.secret],
  check(resource, report) {
    const statements = statementsOf(resource, "policy", report);
    const [statement] = statements;
    if (!statement) return;
    if (statements.length > 1) {
      report({ resource, got: `${statements.length} statements`, expected: "one, which refuses the rest" });
    }
    // Another account could be let in here, and nowhere else.
    const granting = statements.filter(({ allows }) => allows);
    if (granting.length > 0) {
      report({
        resource,
        got: `rights for ${join(granting.flatMap(({ principals }) => principals))}`,
        expected: "none: what the named roles may do stands in their own documents",
      });
      return;
    }
    const { actions, principals, resources, definition } = statement;
    const open = guarded.filter(
      (action) => !actions.includes(action) && !actions.includes("secretsmanager:*"),
    );
    if (open.length > 0 || definition.NotAction !== undefined) {
      report({ resource, got: `no refusal of ${join(open)}`, expected: `one of ${join(guarded)}` });
    }
    if (principals.join() !== "*" || resources.join() !== "*") {
      report({
        resource,
        got: `a refusal for ${join(principals)} on ${join(resources)}`,
        expected: 'Principal "*" and Resource "*", which is this secret',
      });
    }
    const found = [...statement.conditions.keys()].sort();
    const services = statement.conditions.get("bool aws:principalisawsservice") ?? [];
    // Each further condition would have to hold as well, and whoever it leaves out is let in.
    if (found.join() !== conditions.join() || services.join() !== "false") {
      report({
        resource,
        got: `a refusal where ${join(found)}`,
        expected: `${join(conditions)} (false), and nothing else`,
      });
    }
    const named = leftIn(statement);
    const isRoot = (arn: string): boolean =>
      new RegExp(`^arn:[\\w-]+:iam::${accountOf(resource)}:root$`).test(arn);
    // ArnNotEquals takes wildcards as ArnNotLike does, so a name is whole.
    const strangers = named.filter((arn) => !isRoot(arn) && roleNameOf(resource, arn) === "");
    if (strangers.length > 0) {
      report({
        resource,
        got: `${join(strangers)} left in`,
        expected: "roles of this account by their whole names",
      });
    }
    if (named.every(isRoot)) {
      report({ resource, got: "no role named", expected: "at least who deploys it" });
    }
    if (!named.some(isRoot)) {
      report({
        resource,
        got: "the account's root refused",
        expected: "it kept in: with the named roles gone, nobody could open the secret again",
      });
    }
  },
});
