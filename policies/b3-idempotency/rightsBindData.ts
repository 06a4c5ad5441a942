import { leadingKeysOf, statementsOf, type Statement } from "../lib/iam";
import { stackPolicy, type Stack, type StackResource } from "../lib/policy";
import { arnResource, ownArnResource } from "../lib/relations";
import { types } from "../lib/types";
import { join, text } from "../lib/values";

/** Single items and objects, and the key for them: nothing that lists, scans, or changes a table, a bucket or a key. */
const actionsOn: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ["getitem", "batchgetitem", "putitem", "updateitem", "deleteitem", "conditioncheckitem"],
  s3: ["getobject", "putobject"],
  kms: ["decrypt", "generatedatakey"],
};

/**
 * True for a condition that names the beginnings of the items' keys. Every call on an item has a key: of an empty set
 * ForAllValues would be true.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
const limitsKeys = (statement: Statement): boolean => {
  const patterns = leadingKeysOf(statement);
  return patterns.length > 0 && patterns.every((pattern) => /^[^*?$]/.test(pattern));
};

/** A lock's fence and a client's count: whoever deletes one, or puts another in its place, sets it back. */
const onlyUpdated = ["lock#", "quota#"];
const replacing = ["dynamodb:putitem", "dynamodb:deleteitem"];

/** True for a pattern that lets through some key with this beginning. */
const mayMatch = (pattern: string, beginning: string): boolean => {
  const [literal = ""] = pattern.split(/[*?$]/);
  return literal.startsWith(beginning) || (literal !== pattern && beginning.startsWith(literal));
};

const namesOf = (stack: Stack, type: string, property: string): string[] =>
  stack.ofType(type).map(({ props }) => text(props[property]));

export const rightsBindData = stackPolicy({
  name: "rights-bind-data",
  severity: "critical",
  clauses: ["B3.1", "B4.1", "B5.3"],
  summary:
    "Functions reach single items and objects of this stack's tables and buckets, under its keys through the services, and nothing more.",
  reads:
    "RolePolicy.policy: actions, resources and conditions of dynamodb, s3 and kms; Table.name, Bucket.bucket, kms.Alias.name",
  remediation:
    "name the item's or object's actions and the ARN of one table with ForAllValues:StringLike on dynamodb:LeadingKeys, or of a prefix in one bucket, that the program declares, for lock# and quota# without PutItem and DeleteItem; a key by kms:ViaService and kms:ResourceAliases.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html",
  check(stack, report) {
    const tables = namesOf(stack, types.table, "name").map((name) => `table/${name}`);
    const buckets = namesOf(stack, types.bucket, "bucket");
    const aliases = namesOf(stack, types.keyAlias, "name");
    // A prefix at least: the whole of a bucket would be more than one kind of object.
    const isPrefix = (arn: string): boolean => {
      const [bucket = "", prefix = ""] = arnResource(arn).split("/");
      return arn.includes(":s3:::") && buckets.includes(bucket) && /^[^*?]+$/.test(prefix);
    };
    const reaches: Readonly<
      Record<string, { what: string; holds: (rights: StackResource, statement: Statement) => boolean }>
    > = {
      dynamodb: {
        what: "tables of this stack by their whole names, and the items' keys by dynamodb:LeadingKeys",
        holds: (rights, statement) =>
          limitsKeys(statement) &&
          statement.resources.every((arn) => tables.includes(ownArnResource(rights, arn))),
      },
      s3: {
        what: "a named prefix in a bucket of this stack",
        holds: (_, { resources }) => resources.every(isPrefix),
      },
      kms: {
        what: "a key of this stack by its alias, through one named service",
        holds: (rights, { resources, conditions }) => {
          const alias = conditions.get("foranyvalue:stringequals kms:resourcealiases") ?? [];
          const service = conditions.get("stringequals kms:viaservice") ?? [];
          return (
            resources.every((arn) => ownArnResource(rights, arn).startsWith("key/")) &&
            alias.length === 1 &&
            alias.every((name) => aliases.includes(name)) &&
            service.length === 1 &&
            service.every((name) => /^(dynamodb|s3|secretsmanager)\.[a-z0-9-]+\.amazonaws\.com$/.test(name))
          );
        },
      },
    };
    for (const rights of stack.ofType(types.rolePolicy)) {
      for (const statement of statementsOf(rights, "policy", report).filter(({ allows }) => allows)) {
        for (const [service, { what, holds }] of Object.entries(reaches)) {
          // IAM does not tell capitals apart.
          const actions = statement.actions.filter((action) =>
            action.toLowerCase().startsWith(`${service}:`),
          );
          if (actions.length === 0) continue;
          const known = actionsOn[service] ?? [];
          const beyond = actions.filter(
            (action) => !known.includes(action.slice(service.length + 1).toLowerCase()),
          );
          if (beyond.length > 0) {
            report({
              resource: rights,
              got: `actions ${join(beyond)}`,
              expected: `of ${service} only ${join(known)}`,
            });
          }
          if (statement.resources.length === 0 || !holds(rights, statement)) {
            report({
              resource: rights,
              got: `${join(actions)} on ${join(statement.resources)}`,
              expected: what,
            });
          }
        }
        const replaced = statement.actions.filter((action) => replacing.includes(action.toLowerCase()));
        const reached = leadingKeysOf(statement).filter((pattern) =>
          onlyUpdated.some((beginning) => mayMatch(pattern, beginning)),
        );
        if (replaced.length > 0 && reached.length > 0) {
          report({
            resource: rights,
            got: `${join(replaced)} on items ${join(reached)}`,
            expected: `no ${join(replacing)} on ${join(onlyUpdated)}, which are only updated`,
          });
        }
      }
    }
  },
});
