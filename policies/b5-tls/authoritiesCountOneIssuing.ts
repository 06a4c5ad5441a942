import { stackPolicy } from "../lib/policy";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const authoritiesCountOneIssuing = stackPolicy({
  name: "authorities-count-one-issuing",
  severity: "high",
  clauses: ["B5.2"],
  summary: "One generation of the authority issues; those before and after it are only trusted.",
  reads: "fase-b:index:Authority.state, and how many there are",
  remediation:
    "introduce the next generation, let it issue once everybody trusts it, and let the one before it retire.",
  url: "https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final",
  check(stack, report) {
    const issuing = stack.ofType(types.authority).filter(({ props }) => props.state === "issuing");
    if (issuing.length !== 1) {
      report({
        got: `${issuing.length} generations that issue (${join(names(issuing))})`,
        expected: "exactly one",
      });
    }
  },
});
