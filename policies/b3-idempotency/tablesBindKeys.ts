import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { object, show } from "../lib/values";

export const tablesBindKeys = stackPolicy({
  name: "tables-bind-keys",
  severity: "high",
  clauses: ["B3.1", "B8.3"],
  summary: "Every table rests under a key of this stack.",
  reads: "Table.serverSideEncryption → kms.Key; how many tables there are",
  controls: ["CKV_AWS_119"],
  remediation: "set serverSideEncryption.enabled true with kmsKeyArn of the stack's kms.Key.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html",
  check(stack, report) {
    const tables = stack.ofType(types.table);
    if (tables.length === 0) report({ got: "no table", expected: "those of keys, locks and counts" });
    for (const table of tables) {
      const { enabled } = object(table.props.serverSideEncryption);
      if (enabled !== true || !source(table, "serverSideEncryption", types.key)) {
        report({
          resource: table,
          got: `encryption enabled ${show(enabled)}, by a key from elsewhere or none`,
          expected: "enabled, by the arn of a kms.Key of this stack",
        });
      }
    }
  },
});
