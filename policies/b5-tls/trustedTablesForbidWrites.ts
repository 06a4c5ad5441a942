import { statementsOf } from "../lib/iam";
import { stackPolicy } from "../lib/policy";
import { tableOf } from "../lib/records";
import { ownArnResource } from "../lib/relations";
import { types } from "../lib/types";
import { join, text } from "../lib/values";

const reads = ["dynamodb:getitem", "dynamodb:batchgetitem", "dynamodb:conditioncheckitem"];

export const trustedTablesForbidWrites = stackPolicy({
  name: "trusted-tables-forbid-writes",
  severity: "critical",
  clauses: ["B5.3"],
  summary:
    "No function writes where the authorizer reads whom it trusts: who carries requests could let itself in.",
  reads: "TableItem.tableName → Table; RolePolicy.policy: dynamodb actions on that table",
  remediation:
    "let functions only read the table of trust; who rotates keys there is judged by a change of this policy.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html",
  check(stack, report) {
    const trusted = new Set(
      stack.ofType(types.tableItem).flatMap((record) => {
        const table = tableOf(stack, record);
        return table ? [`table/${text(table.props.name)}`] : [];
      }),
    );
    for (const rights of stack.ofType(types.rolePolicy)) {
      for (const { allows, actions, resources } of statementsOf(rights, "policy", report)) {
        const writes = actions.filter(
          (action) => /^dynamodb:/i.test(action) && !reads.includes(action.toLowerCase()),
        );
        const reached = resources.filter((arn) => trusted.has(ownArnResource(rights, arn)));
        if (!allows || writes.length === 0 || reached.length === 0) continue;
        report({
          resource: rights,
          got: `${join(writes)} on ${join(reached)}`,
          expected: `only ${join(reads)} there`,
        });
      }
    }
  },
});
