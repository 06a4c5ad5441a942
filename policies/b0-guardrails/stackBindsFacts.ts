import { stackPolicy, type StackResource } from "../lib/policy";
import { accountsOf, clusterOf, isInZone, namesOf, stackOf } from "../lib/release/facts";
import { sources } from "../lib/relations";
import { stagingFacts } from "../lib/stackFacts";
import { types } from "../lib/types";
import { join, show, UNKNOWN } from "../lib/values";

const project = "fase-b";

/** A name that is not known before the deployment, and from which resource's names it must come. */
const namedBy: Readonly<Record<string, readonly [property: string, type: string]>> = {
  [types.record]: ["name", types.certificate],
  [types.basePathMapping]: ["domainName", types.domain],
  [types.voiceMapping]: ["domainName", types.voiceDomain],
};

export const stackBindsFacts = stackPolicy({
  name: "stack-binds-facts",
  severity: "critical",
  clauses: ["B0.1"],
  summary:
    "The facts by which staging is known are there and agree: the stack's name, the account, the zone, the cluster and Grafana. All are staging's, or none is.",
  reads:
    "the URN of every resource; allowedAccountIds of every provider of AWS; the names that domains, mappings, records and certificates take; url of Grafana's provider and of data sources; context of every provider of Kubernetes that does not render; Record.name → Certificate",
  remediation:
    "deploy staging under its own name, account and zone, into its own cluster and Grafana, and any other stack under none of these.",
  url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_securely_operate_multi_accounts.html",
  neverExcepted: true,
  check(stack, report) {
    const places = [...new Set(stack.resources.map(({ urn }) => urn.split("::").slice(0, 2).join("::")))];
    const [place = ""] = places;
    if (places.length !== 1 || place.split("::")[1] !== project) {
      report({
        got: `resources of ${join(places.map(show))}`,
        expected: `one stack of the project ${project}`,
      });
      return;
    }
    const name = stackOf(`${place}::`);
    const isStaging = name === stagingFacts.stack;
    const expected = isStaging
      ? `staging's own, ${stagingFacts.accountId}, ${stagingFacts.zoneSuffix} and ${stagingFacts.clusterContext}, since the stack is called staging`
      : `nothing of staging's, since the stack is called ${show(name)}`;

    const providers = stack.ofType(types.provider);
    if (providers.length === 0)
      report({ got: "no provider of AWS", expected: "one, which names the account" });
    for (const resource of providers) {
      const accounts = accountsOf(resource);
      const [account] = Array.isArray(accounts) && accounts.length === 1 ? accounts : [];
      if (typeof account !== "string")
        report({ resource, got: `the accounts ${show(accounts)}`, expected: "one that is known" });
      else if ((account === stagingFacts.accountId) !== isStaging)
        report({ resource, got: `the account ${account}`, expected });
    }

    for (const resource of stack.ofType(types.clusterProvider)) {
      const cluster = clusterOf(resource);
      if (cluster === undefined) continue;
      if (cluster === UNKNOWN || cluster === "")
        report({
          resource,
          got: `the cluster ${show(cluster)}`,
          expected: "one that is known, by its context in the deployer's kubeconfig",
        });
      else if ((cluster === stagingFacts.clusterContext) !== isStaging)
        report({ resource, got: `the cluster ${show(cluster)}`, expected });
    }

    let known = 0;
    for (const resource of stack.resources) {
      for (const { property, names } of namesOf(resource)) {
        if (names === UNKNOWN) {
          if (!mayBeUnknown(resource, property))
            report({
              resource,
              got: `as ${property} a name that nobody knows yet`,
              expected: "one that is known, or that of a certificate or domain of this stack",
            });
          continue;
        }
        known += names.length;
        const other = names.find((one) => isInZone(one) !== isStaging);
        if (other !== undefined) report({ resource, got: `the name ${show(other)}`, expected });
      }
    }
    if (known === 0)
      report({ got: "no name in any zone", expected: "the agents' domains, which name the zone" });
  },
});

function mayBeUnknown(resource: StackResource, property: string): boolean {
  const from = resource.propertyDependencies[property] ?? [];
  // Where the program gives none, the provider fills in the certificate's own name.
  if (resource.type === types.certificate && property === "subjectAlternativeNames") return from.length === 0;
  const [named, type] = namedBy[resource.type] ?? [];
  return (
    named === property &&
    type !== undefined &&
    from.length > 0 &&
    sources(resource, property, type).length === from.length
  );
}
