import { resourcePolicy } from "../lib/policy";
import { show } from "../lib/values";

/**
 * The engine hands over those aliases under which it has found the resource in the state: what another stack has made and somebody brought
 * into this one's state would be taken over, and replaced or deleted from here on.
 */
export const aliasesForbidOtherStacks = resourcePolicy({
  name: "aliases-forbid-other-stacks",
  severity: "critical",
  clauses: ["B0.1"],
  summary: "No resource says that it is another stack's or project's: an alias is of this stack alone.",
  reads: "the option aliases of every resource, against its URN",
  remediation: "leave stack and project out of the alias; move resources between stacks by nobody's program.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/aliases/",
  types: ["*"],
  neverExcepted: true,
  check(resource, report) {
    const { aliases } = resource.opts;
    if (aliases.length === 0) return;
    const own = placeOf(resource.urn);
    const other = aliases.find((alias) => placeOf(alias) !== own);
    if (other !== undefined)
      report({ resource, got: `the alias ${show(other)}`, expected: `one that begins with ${own}` });
  },
});

/** `urn:pulumi:<stack>::<project>::` */
const placeOf = (urn: string): string => urn.split("::", 2).join("::") + "::";
