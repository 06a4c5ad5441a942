import { functionCalled, functionWith } from "../lib/functions";
import { leadingKeysOf, statementsOf, type Statement } from "../lib/iam";
import { stackPolicy, type Stack, type StackResource } from "../lib/policy";
import { tableOf } from "../lib/records";
import { ownArnResource } from "../lib/relations";
import { types } from "../lib/types";
import { join, text } from "../lib/values";

const reads = ["dynamodb:getitem", "dynamodb:batchgetitem", "dynamodb:conditioncheckitem"];

/** Who changes what is trusted, each with one action on records of its own. */
const owners: Readonly<Record<string, readonly string[]>> = {
  "rotate-client-keys": ["client#*"],
  "rotate-prober-certificates": ["revocation", "certificates#prober"],
  "rotate-scanner-certificate": ["certificates#scanner"],
};

/** True for the one function that owns these records and for the one action that keeps what it does not know. */
function isOwners(
  stack: Stack,
  rights: StackResource,
  statement: Statement,
  writes: readonly string[],
): boolean {
  const lambda = functionWith(stack, rights);
  const [, keys = []] = Object.entries(owners).find(([name]) => lambda === functionCalled(stack, name)) ?? [];
  const asked = leadingKeysOf(statement);
  return (
    lambda !== undefined &&
    writes.every((action) => action.toLowerCase() === "dynamodb:updateitem") &&
    asked.length > 0 &&
    asked.every((key) => keys.includes(key))
  );
}

export const trustedTablesForbidWrites = stackPolicy({
  name: "trusted-tables-forbid-writes",
  severity: "critical",
  clauses: ["B5.3"],
  summary:
    "Where functions read whom to trust, only a rotation writes, into its own records: who carries requests could let itself in.",
  reads:
    "TableItem.tableName → Table; RolePolicy: role → Role ← Function, policy: dynamodb actions and keys on that table",
  remediation:
    "let functions only read the table of trust; rotate-client-keys may dynamodb:UpdateItem client#*, rotate-prober-certificates revocation and certificates#prober, rotate-scanner-certificate certificates#scanner.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html",
  check(stack, report) {
    const trusted = new Set(
      stack.ofType(types.tableItem).flatMap((record) => {
        const table = tableOf(stack, record);
        return table ? [`table/${text(table.props.name)}`] : [];
      }),
    );
    for (const rights of stack.ofType(types.rolePolicy)) {
      for (const statement of statementsOf(rights, "policy", report)) {
        const { allows, actions, resources } = statement;
        const writes = actions.filter(
          (action) => /^dynamodb:/i.test(action) && !reads.includes(action.toLowerCase()),
        );
        const reached = resources.filter((arn) => trusted.has(ownArnResource(rights, arn)));
        if (!allows || writes.length === 0 || reached.length === 0) continue;
        if (isOwners(stack, rights, statement, writes)) continue;
        report({
          resource: rights,
          got: `${join(writes)} on ${join(reached)}`,
          expected: `only ${join(reads)} there, or the owner's dynamodb:UpdateItem on its own records`,
        });
      }
    }
  },
});
