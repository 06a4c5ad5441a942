import { stackPolicy } from "../lib/policy";
import { idOf, isSeeded, sourcesOf } from "../lib/records";
import { types } from "../lib/types";
import { join, show } from "../lib/values";

const revocation = "revocation";

export const revocationRecordsCountOne = stackPolicy({
  name: "revocation-records-count-one",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "One list of revoked certificates is there from the start, and no update writes over what was revoked since.",
  reads: "TableItem: item where it takes nothing from the stack, its option ignoreChanges",
  remediation: `seed one TableItem with the key "${revocation}", known at preview, with ignoreChanges ["item"].`,
  url: "https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/",
  check(stack, report) {
    const records = stack.ofType(types.tableItem).filter((record) => sourcesOf(record).length === 0);
    const lists = records.filter((record) => idOf(record) === revocation);
    if (lists.length !== 1) {
      report({ got: `${lists.length} lists of revoked certificates`, expected: "exactly one" });
    }
    for (const record of records) {
      if (idOf(record) !== revocation) {
        report({ resource: record, got: `an item ${show(idOf(record))}`, expected: show(revocation) });
      }
      if (!isSeeded(record)) {
        report({
          resource: record,
          got: `ignoreChanges ${join(record.opts.ignoreChanges)}`,
          expected: "item: an update would be an amnesty",
        });
      }
    }
  },
});
