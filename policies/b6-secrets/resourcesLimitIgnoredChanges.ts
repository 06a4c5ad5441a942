import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join } from "../lib/values";

/** What a function owns once it is there, by type: what an update leaves as it is, and nothing more. */
const owned: Readonly<Record<string, readonly string[]>> = {
  [types.apiKey]: ["enabled"],
  [types.secretVersion]: ["secretString", "versionStages"],
  [types.stage]: ["clientCertificateId"],
  [types.tableItem]: ["item"],
};

/** Types of which every resource has to be left alone so. */
const always: readonly string[] = [types.apiKey, types.stage];

export const resourcesLimitIgnoredChanges = stackPolicy({
  name: "resources-limit-ignored-changes",
  severity: "high",
  clauses: ["B5.2", "B6.1"],
  summary:
    "An update leaves alone exactly what a rotation owns: a key's state, a secret's value, the stage's certificate, a record; everything else is as the program says.",
  reads: "the option ignoreChanges of every resource",
  remediation:
    "ignore nothing but what a function owns; a new live value with an owner of its own goes to the list in this policy.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/",
  check(stack, report) {
    for (const resource of stack.resources) {
      const mine = owned[resource.type] ?? [];
      const { ignoreChanges } = resource.opts;
      const strangers = ignoreChanges.filter((property) => !mine.includes(property));
      if (strangers.length > 0) {
        report({
          resource,
          got: `ignoreChanges ${join(strangers)}`,
          expected: mine.length > 0 ? `${join(mine)} at most` : "none: nobody else owns it",
        });
      }
      const missing = mine.filter((property) => !ignoreChanges.includes(property));
      if (always.includes(resource.type) && missing.length > 0) {
        report({
          resource,
          got: `ignoreChanges without ${join(missing)}`,
          expected: `${join(mine)}: an update would undo the rotation`,
        });
      }
    }
  },
});
