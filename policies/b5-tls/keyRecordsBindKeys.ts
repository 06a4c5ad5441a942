import { stackPolicy } from "../lib/policy";
import { isSeeded, sourcesOf, textsOf } from "../lib/records";
import { names, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, peek, text, UNKNOWN } from "../lib/values";

export const keyRecordsBindKeys = stackPolicy({
  name: "key-records-bind-keys",
  severity: "high",
  clauses: ["B5.3", "B6.1"],
  summary:
    "Each client's key has one record of its own, which holds its digest and which an update leaves as its rotation made it.",
  reads:
    "TableItem.item → ApiKey, its option ignoreChanges, and once it is known whether the key itself stands in it",
  remediation:
    'seed one TableItem for each ApiKey with the digest of its value, with ignoreChanges ["item"], and take nothing else into it.',
  url: "https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/",
  check(stack, report) {
    const records = stack.ofType(types.tableItem);
    for (const key of stack.ofType(types.apiKey)) {
      const own = records.filter((record) => sources(record, "item", types.apiKey).includes(key));
      if (own.length !== 1) {
        report({
          resource: key,
          got: `${own.length} records (${join(names(own))})`,
          expected: "exactly one, by which the authorizer knows it",
        });
      }
    }
    for (const record of records) {
      const [key] = sources(record, "item", types.apiKey);
      if (!key) continue;
      const all = sourcesOf(record);
      if (all.length !== 1) {
        report({
          resource: record,
          got: `an item of ${join(names(all))}`,
          expected: "of one key and nothing else",
        });
      }
      if (!isSeeded(record)) {
        report({
          resource: record,
          got: `ignoreChanges ${join(record.opts.ignoreChanges)}`,
          expected: "item: the next update would undo the rotation",
        });
      }
      const value = peek(() => text(key.props.value));
      if (value !== UNKNOWN && value !== "" && textsOf(record).some((one) => one.includes(value))) {
        report({ resource: record, got: "the key itself", expected: "its digest" });
      }
    }
  },
});
