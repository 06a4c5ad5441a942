import { stackPolicy } from "../lib/policy";
import { isOfIssuers, sourcesOf, tableOf } from "../lib/records";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { join, peek, present, show } from "../lib/values";

/** What a record may say: a client's key, or who signs certificates. */
const known: readonly string[] = [types.apiKey, types.issuedCertificate, types.rootCertificate];

export const recordsBindTables = stackPolicy({
  name: "records-bind-tables",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "What the program itself writes into a table stands in one table of this stack, and says only whom functions trust.",
  reads: "TableItem: tableName → Table, hashKey, rangeKey, item → ApiKey, LocallySignedCert, SelfSignedCert",
  remediation:
    "name the table of trust of this stack, with its key, and make the item after it, of issuers, of one client's key, or of nothing of the stack.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
  check(stack, report) {
    const records = stack.ofType(types.tableItem);
    const leader = records.find(isOfIssuers) ?? records[0];
    const trusted = leader && tableOf(stack, leader);
    for (const record of records) {
      const table = tableOf(stack, record);
      if (!table) {
        report({
          resource: record,
          got: `table ${show(peek(() => record.props.tableName))}`,
          expected: "a table of this stack by its whole name",
        });
        continue;
      }
      if (table !== trusted) {
        report({
          resource: record,
          got: `table ${show(table.props.name)}`,
          expected: `${show(trusted?.props.name)}, where the authorizer looks`,
        });
      }
      const { hashKey } = record.props;
      if (hashKey !== "id" || table.props.hashKey !== hashKey || present(record.props, "rangeKey")) {
        report({
          resource: record,
          got: `hashKey ${show(hashKey)}`,
          expected: '"id" alone, as the table has',
        });
      }
      if (!record.dependencies.includes(table)) {
        report({
          resource: record,
          got: "an item that does not wait for its table",
          expected: "dependsOn the table",
        });
      }
      const strangers = sourcesOf(record).filter(({ type }) => !known.includes(type));
      if (strangers.length > 0) {
        report({
          resource: record,
          got: `an item of ${join(names(strangers))}`,
          expected: "issuers, one client's key, or nothing of the stack",
        });
      }
    }
  },
});
