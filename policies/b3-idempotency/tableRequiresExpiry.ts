import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show, text } from "../lib/values";

export const tableRequiresExpiry = resourcePolicy({
  name: "table-requires-expiry",
  severity: "medium",
  clauses: ["B3.1"],
  summary: "What a table remembers of a request goes away by itself.",
  reads: "aws:dynamodb/table:Table.ttl",
  remediation: "set ttl.enabled true and ttl.attributeName to the attribute that the functions write.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
  types: [types.table],
  check(resource, report) {
    const { enabled, attributeName } = object(resource.props.ttl);
    if (enabled !== true || text(attributeName) === "") {
      report({
        resource,
        got: `ttl enabled ${show(enabled)} by ${show(attributeName)}`,
        expected: "enabled, by a named attribute",
      });
    }
  },
});
