import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join } from "../lib/values";

/** Each would take what is in a table somewhere that no policy looks, or bring in what no function wrote. */
const copies = [
  "replicas",
  "streamEnabled",
  "streamViewType",
  "globalTableWitness",
  "globalSecondaryIndexes",
  "localSecondaryIndexes",
  "importTable",
  "restoreSourceName",
  "restoreSourceTableArn",
  "restoreBackupArn",
];

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

export const tableForbidsCopies = resourcePolicy({
  name: "table-forbids-copies",
  severity: "medium",
  clauses: ["B3.1"],
  summary: "What a table holds is in that table only: no replica in another region, no stream, no index.",
  reads: `aws:dynamodb/table:Table: ${copies.join(", ")}`,
  remediation: "leave these out; judge the copy by a policy before it is declared.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html",
  types: [types.table],
  check(resource, report) {
    const found = copies.filter((property) => isSet(resource.props[property]));
    if (found.length > 0) report({ resource, got: join(found), expected: "one table, by its key" });
  },
});
