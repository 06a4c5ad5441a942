import { domainsOf } from "../lib/domains";
import { ordered } from "../lib/orderedAgents";
import { stackPolicy } from "../lib/policy";
import { groupBy, ownArnResource, pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, objects, peek, show, text, UNKNOWN } from "../lib/values";

/** Records by which a name is found. */
const addressTypes: readonly unknown[] = ["A", "AAAA", "CNAME"];

export const domainsCountEighteen = stackPolicy({
  name: "domains-count-eighteen",
  severity: "critical",
  clauses: ["B5.4", "B8.4"],
  summary: `Each of the ${ordered.agents} agents has a domain, found in DNS and mapped to the API; ${ordered.existing} of them use the certificate that exists already.`,
  reads:
    "DomainName: domainName, certificate; BasePathMapping and ApiMapping: domainName, API, stage; Record: name, aliases → DomainName",
  controls: ["CKV2_AWS_23"],
  remediation:
    "declare for each agent a domain, its mapping to the API's stage and an alias record of the same name.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
  check(stack, report) {
    const domains = domainsOf(stack);
    if (domains.length !== ordered.agents) {
      report({ got: `${domains.length} domains`, expected: String(ordered.agents) });
    }
    const existing = domains.filter(
      ({ resource, validation, arn = "" }) =>
        !validation &&
        /^arn:[\w-]+:acm:/.test(arn) &&
        ownArnResource(resource, arn).startsWith("certificate/"),
    );
    if (existing.length !== ordered.existing) {
      report({
        got: `${existing.length} domains with an existing certificate`,
        expected: `${ordered.existing}, each by the ARN of its own`,
      });
    }
    const byArn = groupBy(existing, ({ arn }) => arn);
    const shared = [...byArn.values()].flatMap(([, ...others]) => others);
    for (const { resource, arn } of shared) {
      report({
        resource,
        got: `certificate ${show(arn)} of another domain`,
        expected: "a certificate of its own",
      });
    }
    for (const mapping of [...stack.ofType(types.basePathMapping), ...stack.ofType(types.voiceMapping)]) {
      const ends =
        mapping.type === types.basePathMapping
          ? [source(mapping, "domainName", types.domain), source(mapping, "restApi", types.restApi)]
          : [source(mapping, "domainName", types.voiceDomain), source(mapping, "apiId", types.voiceApi)];
      if (ends.includes(undefined)) {
        report({
          resource: mapping,
          got: "a domain or an API of no resource of this stack",
          expected: "a domain of this stack, mapped to its API",
        });
      }
    }
    const records = groupBy(
      stack.ofType(types.record).filter(({ props }) => addressTypes.includes(peek(() => props.type))),
      ({ props }) => peek(() => props.name),
    );
    const byName = groupBy(domains, ({ name }) => name);
    for (const { resource, kind, name } of domains) {
      if (name === "" || name.includes("*") || byName.get(name)?.[0]?.resource !== resource) {
        report({ resource, got: `the name ${show(name)}`, expected: "an exact name of its own" });
      }
      const http = kind === "http";
      const mappings = pointingAt(
        resource,
        stack.ofType(http ? types.basePathMapping : types.voiceMapping),
        "domainName",
      );
      const [mapping] = mappings;
      const mapped =
        mapping &&
        (http
          ? source(mapping, "restApi", types.restApi) && source(mapping, "stageName", types.stage)
          : source(mapping, "apiId", types.voiceApi) && source(mapping, "stage", types.voiceStage));
      if (mappings.length !== 1 || !mapped) {
        report({
          resource,
          got: `${mappings.length} mappings to a stage`,
          expected: "exactly one, to the API's stage",
        });
      }
      for (const record of records.get(name) ?? []) {
        const target = peek(() => text(objects(record.props.aliases)[0]?.name));
        const own = peek(() => text(resource.props.regionalDomainName));
        const known = target !== UNKNOWN && target !== own && kind === "http";
        if (source(record, "aliases", resource.type) === resource && !known) continue;
        report({
          resource: record,
          got: `${name} led elsewhere`,
          expected: `an alias of '${resource.name}'`,
        });
      }
      const aliases = pointingAt(resource, stack.ofType(types.record), "aliases").filter(
        ({ props }) => props.name === name && props.type === "A",
      );
      if (aliases.length !== 1) {
        report({
          resource,
          got: `${aliases.length} alias records (${join(aliases.map((record) => record.name))})`,
          expected: `exactly one A record ${name}`,
        });
      }
    }
  },
});
