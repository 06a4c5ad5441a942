import { resourcePolicy } from "../lib/policy";
import { accountsOf, clusterOf, isInZone, namesOf, notStaging, stackOf } from "../lib/release/facts";
import { isRefusal } from "../lib/release/letter";
import { letterOf } from "../lib/release/standing";
import { stagingFacts } from "../lib/stackFacts";
import type { ResourceView } from "../lib/policy";
import { UNKNOWN } from "../lib/values";

export const productionRequiresLetter = resourcePolicy({
  name: "production-requires-letter",
  severity: "critical",
  clauses: ["B0.1", "B0.2"],
  summary:
    "Whatever is not staging's is production's, and nothing of it is deployed without a Carta GO of Fase B that Lead Security, CODE and the CEO have signed for this stack and this source.",
  reads:
    "stack, account, zone, cluster and Grafana of every resource; stacks/<stack>: letters, roles.json, whose digest policies/lib/trustedRoles.ts has; stacks/staging: collectors.json; the source's digest; the clock",
  remediation:
    "npm run letter -- draft --phase fase-b, have the three sign it, and commit letter and envelope.",
  url: "https://github.com/secure-systems-lab/dsse/blob/master/protocol.md",
  types: ["*"],
  byTheDay: true,
  neverExcepted: true,
  check(resource, report, context) {
    const why = notStaging(resource);
    if (why === undefined) return;
    const stack = stackOf(resource.urn);
    const letter = letterOf(context, stack, "fase-b");
    if (isRefusal(letter)) {
      report({
        resource,
        got: `${why} without a letter that releases it (${letter.refusal})`,
        expected: "a valid Carta GO of Fase B, or staging's stack, account, zone, cluster and Grafana",
      });
      return;
    }
    const ofStaging = stagingsOwn(resource);
    if (ofStaging !== undefined)
      report({
        resource,
        got: `${why} with ${ofStaging}`,
        expected: "nothing of staging's: a letter releases one stack",
      });
  },
});

/** What of staging's a resource of another stack has. */
function stagingsOwn(resource: ResourceView): string | undefined {
  const accounts = accountsOf(resource);
  if (Array.isArray(accounts) && accounts.includes(stagingFacts.accountId))
    return `staging's account ${stagingFacts.accountId}`;
  if (clusterOf(resource) === stagingFacts.clusterContext)
    return `staging's cluster "${stagingFacts.clusterContext}"`;
  const taken = namesOf(resource)
    .flatMap(({ names }) => (names === UNKNOWN ? [] : names))
    .find(isInZone);
  return taken === undefined ? undefined : `the name "${taken}" in staging's zone`;
}
