import { clauses } from "../clauses";
import { resourcePolicy } from "../lib/policy";
import { join, list, show } from "../lib/values";

const known: ReadonlySet<unknown> = new Set(clauses.map(({ id }) => id));

export const componentRequiresClauses = resourcePolicy({
  name: "component-requires-clauses",
  severity: "medium",
  clauses: ["B7.7"],
  summary: "Every component of the program names the clauses of the work order that it serves.",
  reads: "fase-b:index:*.clauses",
  remediation: "pass the clause ids of policies/work-order.md that the component serves.",
  url: "https://www.pulumi.com/docs/iac/concepts/components/",
  types: ["*"],
  check(resource, report) {
    if (!resource.type.startsWith("fase-b:")) return;
    const ids = list(resource.props.clauses);
    if (ids.length === 0) {
      report({
        resource,
        got: `clauses ${show(resource.props.clauses)}`,
        expected: "at least one clause id",
      });
    }
    const strangers = ids.filter((id) => !known.has(id)).map(show);
    if (strangers.length > 0) {
      report({
        resource,
        got: `unknown clauses ${join(strangers)}`,
        expected: "ids of the work order, such as B4.1",
      });
    }
  },
});
