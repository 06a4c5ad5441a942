import { resourcePolicy } from "../lib/policy";
import { stackOf } from "../lib/release/facts";
import { isRefusal } from "../lib/release/letter";
import { letterInForce } from "../lib/release/standing";
import { isOfAuthority, stateful } from "../lib/stateful";

export const statefulResourcesRequireProtection = resourcePolicy({
  name: "stateful-resources-require-protection",
  severity: "critical",
  clauses: ["B0.1", "B0.2"],
  summary:
    "What would be lost with its resource is protected from being deleted or replaced; only a letter's list leaves one of them unprotected.",
  reads:
    "the option protect of every Table, Bucket, Key, Secret, LogGroup, PrivateKey and certificate that is none of an authority's own; unprotect of the letter in force in stacks/<stack>/letters",
  remediation:
    "leave the option protect to the stack; to delete or replace the resource, have it named in the list of a letter.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/protect/",
  types: stateful,
  byTheDay: true,
  neverExcepted: true,
  check(resource, report, context) {
    const { type, name, urn, opts } = resource;
    if (opts.protect || isOfAuthority(resource)) return;
    const letter = letterInForce(context, stackOf(urn));
    if (!isRefusal(letter) && letter.unprotect.includes(`${type}::${name}`)) return;
    report({
      resource,
      got: `no protection, and ${isRefusal(letter) ? `no letter that lifts it (${letter.refusal})` : "a letter that does not name it"}`,
      expected: `the option protect, or "${type}::${name}" in the list of the letter in force`,
    });
  },
});
