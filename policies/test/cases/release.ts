/** What production needs before anything is made there, and what is kept from being lost. */
import type { ReleaseRecord } from "../../lib/release/record";
import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import {
  condition,
  inHours,
  listedAs,
  releasedSource,
  releaseOf,
  rolesFile,
  sha256,
  signer,
  stackRecord,
  starting,
  three,
  type Fields,
  type Said,
} from "../release/letters";
import { collector, complete, recordOf } from "../release/signed";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";
import { exception } from "./guardrails";

/** Manifests are applied to a cluster, and not only rendered. */
const applyTo = (stack: TestStack, context: unknown): TestResource =>
  stack.get(types.clusterProvider).set("renderYamlToDirectory", undefined).set("context", context);
const staged = "fase-b-staging";
const grafana = (stack: TestStack, url: string): TestResource =>
  stack.get(types.grafanaProvider).set("url", url);
const prometheus = (stack: TestStack, url: string): TestResource => {
  const [source] = stack.ofType(types.dataSource).filter(({ props }) => props.url !== undefined);
  if (!source) throw new Error("no data source with an address");
  return source.set("url", url);
};

const untouched = (): void => undefined;

/** Another stack in an account and a zone of its own. */
function production(stack: TestStack): void {
  stack.rename("production");
  for (const { props } of stack.resources) {
    for (const [key, value] of Object.entries(props)) props[key] = moved(value);
  }
}

const moved = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : (JSON.parse(
        JSON.stringify(value)
          .replaceAll("123456789012", "210987654321")
          .replaceAll(".staging.example.com", ".example.com"),
      ) as unknown);

const released = (said: Said = {}) => releaseOf(stackRecord(said));
const withFields = (fields: Fields) => released({ fields });
/** On staging. */
const started = (fields: Fields = {}) => releaseOf(stackRecord({ of: starting, fields }), "staging");

const [lead, code, ceo] = three;

/** A letter with one condition, beside staging's evidence. */
const key = collector();
const pieces = complete(key);
const evidenceOf = (clause: string): string =>
  pieces.find(({ path }) => path.startsWith(`${clause}/`))?.sha256 ?? "";
const conditional = (clause: string, evidence: string): ReleaseRecord => {
  const staging = recordOf(pieces, [key]);
  const collectors = sha256(staging.collectors ?? "");
  const fields = { decision: "GO condicional", conditions: [condition("C1", clause, evidence)], collectors };
  return {
    source: () => ({ digest: releasedSource }),
    ofStack: (stack) => (stack === "staging" ? staging : stackRecord({ fields })),
    trustedRoles: () => sha256(rolesFile(three)),
  };
};

const unprotected = (type: string) => ({
  when: `a ${type.split(":").at(-1)} can be deleted`,
  change: (stack: TestStack) => stack.first(type).protect(false),
  says: new RegExp(`${type} '.+': got no protection, and no letter that lifts it \\(.+no letter of fase-a`),
});
const open = (stack: TestStack): TestResource => stack.get(types.table, "requests").protect(false);
const named = { unprotect: [`${types.table}::requests`] };

const name = (stack: TestStack, domain: string): TestResource =>
  stack.first(types.domain).set("domainName", domain);

export const release: CaseBook = {
  "production-requires-letter": {
    violations: [
      {
        when: "the stack is production's, and there is no letter",
        change: production,
        says: /pulumi:pulumi:Stack '.+': got the stack "production" without a letter that releases it \(stacks\/production\/letters: got no letter of fase-b; allowed: .+\); expected a valid Carta GO/,
      },
      {
        when: "staging was renamed, and all else is staging's",
        change: (stack) => stack.rename("staging-2"),
        says: /got the stack "staging-2" without a letter/,
      },
      {
        when: "the provider's account is another",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", '["210987654321"]'),
        says: /Table 'requests': got a provider of AWS that allows the accounts \["210987654321"\] without a letter .+a stack that is not staging/,
      },
      {
        when: "one domain is of another zone",
        change: (stack) => name(stack, "chat-01.example.com"),
        says: /got the name "chat-01.example.com", outside staging.example.com without a letter/,
      },
      {
        when: "the cluster is another",
        change: (stack) => applyTo(stack, "production"),
        says: /providers:kubernetes 'kubernetes': got the cluster "production" without a letter .+; expected .+ or staging's stack, account, zone, cluster and Grafana/,
      },
      {
        when: "something is applied by another cluster's provider",
        change: (stack) => applyTo(stack, "production"),
        says: /NetworkPolicy '.+': got the cluster "production" without a letter/,
      },
      {
        when: "the cluster is whatever is current where somebody deploys",
        change: (stack) => applyTo(stack, undefined),
        says: /got the cluster "" without a letter/,
      },
      {
        when: "a context of staging's name is in another kubeconfig",
        change: (stack) => applyTo(stack, staged).set("kubeconfig", "/tmp/config"),
        says: /got the cluster "" without a letter/,
      },
      {
        when: "the cluster is not known yet",
        change: (stack) => applyTo(stack, unknownValue),
        says: /got the cluster a value not known yet without a letter/,
      },
      {
        when: "something in the cluster has no provider",
        change: (stack) => {
          stack.first(types.networkPolicy).provider = undefined;
        },
        says: /NetworkPolicy '.+': got the cluster "" without a letter/,
      },
      {
        when: "Grafana is another",
        change: (stack) => grafana(stack, "https://grafana.example.com"),
        says: /providers:grafana 'grafana': got the name "grafana.example.com", outside staging.example.com without a letter/,
      },
      {
        when: "a dashboard goes to another Grafana",
        change: (stack) => grafana(stack, "https://grafana.example.com"),
        says: /Dashboard '.+': got a provider of Grafana at "grafana.example.com" without a letter/,
      },
      {
        when: "dashboards show another Prometheus",
        change: (stack) => prometheus(stack, "https://prometheus.example.com"),
        says: /DataSource '.+': got the name "prometheus.example.com", outside/,
      },
      {
        when: "a stack called staging has another account, and the letter that starts the work",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", '["210987654321"]'),
        release: started(),
        says: /without a letter that releases it \(the stack: got "staging"/,
      },
      {
        when: "the letter is of another source",
        change: production,
        release: withFields({ sourceDigest: "6".repeat(64) }),
        says: /without a letter .+ got the source 6{64}/,
      },
      {
        when: "the letter has ended",
        change: production,
        release: withFields({ expiresAt: "2026-11-26T18:00:00.000Z" }),
        says: /got an end at 2026-11-26T18:00:00.000Z/,
      },
      {
        when: "the letter says NO-GO",
        change: production,
        release: withFields({ decision: "NO-GO" }),
        says: /the letter says NO-GO/,
      },
      {
        when: "a condition has no evidence",
        change: production,
        release: withFields({ decision: "GO condicional", conditions: [condition("C1")] }),
        says: /the condition C1 without its evidence of B8\.1/,
      },
      {
        when: "a condition names evidence of another clause",
        change: production,
        release: conditional("B8.2", evidenceOf("B8.1")),
        says: /the condition C1 without its evidence of B8\.2/,
      },
      {
        when: "whose keys count for production nobody has entered",
        change: production,
        release: { ...released(), trustedRoles: () => undefined },
        says: /stacks\/production\/roles\.json: got [0-9a-f]{64}, while whose keys count here nobody has entered/,
      },
      {
        when: "the list of keys is another than the one that was entered",
        change: production,
        release: { ...released(), trustedRoles: () => "0".repeat(64) },
        says: /roles\.json: got [0-9a-f]{64}; allowed: the list of policies\/lib\/trustedRoles\.ts, 0{64}/,
      },
      {
        when: "another list of collectors counts than when it was signed",
        change: production,
        release: withFields({ collectors: "1".repeat(64) }),
        says: /got the collectors 1{64}; allowed: those of stacks\/staging\/collectors\.json/,
      },
      {
        when: "the CEO has not signed",
        change: production,
        release: released({ signedBy: [lead, code] }),
        says: /got 2 signatures/,
      },
      {
        when: "the CEO's key was revoked",
        change: production,
        release: released({ listed: [lead, code, listedAs(ceo, { revokedAt: inHours(0) })] }),
        says: /revoked at/,
      },
      {
        when: "one person has signed for two roles",
        change: production,
        release: (() => {
          const again = signer("ceo", "person-b");
          return released({ signedBy: [lead, code, again], listed: [lead, code, again] });
        })(),
        says: /person-b as .+person-b as /,
      },
      {
        when: "an exception would lift it",
        change: production,
        exceptions: [
          exception({
            policy: "production-requires-letter",
            stack: "production",
            resource: "pulumi:pulumi:Stack::fase-b-staging",
          }),
        ],
        says: /pulumi:pulumi:Stack '.+': got the stack "production" without a letter/,
      },
      {
        when: "an exception of it is there, on whatever stack",
        change: untouched,
        exceptions: [
          exception({
            policy: "production-requires-letter",
            resource: "pulumi:pulumi:Stack::fase-b-staging",
          }),
        ],
        says: /EX-901: got an exception of a policy that none lifts; expected none\./,
      },
      {
        when: "the letter is valid, and the account is staging's",
        change: (stack) => {
          production(stack);
          stack.get(types.provider).set("allowedAccountIds", '["123456789012"]');
        },
        release: released(),
        says: /got the stack "production" with staging's account 123456789012/,
      },
      {
        when: "the letter is valid, and a domain is in staging's zone",
        change: (stack) => {
          production(stack);
          name(stack, "chat-01.staging.example.com");
        },
        release: released(),
        says: /with the name "chat-01.staging.example.com" in staging's zone/,
      },
      {
        when: "the letter is valid, and the cluster is staging's",
        change: (stack) => {
          production(stack);
          applyTo(stack, staged);
        },
        release: released(),
        says: /got the stack "production" with staging's cluster "fase-b-staging"/,
      },
      {
        when: "the letter is valid, and Grafana is staging's",
        change: (stack) => {
          production(stack);
          grafana(stack, "https://grafana.staging.example.com");
        },
        release: released(),
        says: /with the name "grafana.staging.example.com" in staging's zone/,
      },
    ],
    nearMisses: [
      { when: "the stack is staging, and nobody has written a letter", change: untouched },
      { when: "the stack is production's, and the letter is valid", change: production, release: released() },
      {
        when: "the stack is production's, the letter valid, and the cluster its own",
        change: (stack) => {
          production(stack);
          applyTo(stack, "production");
        },
        release: released(),
      },
      { when: "staging is applied to its own cluster", change: (stack) => applyTo(stack, staged) },
      {
        when: "the condition of the letter has its evidence, of a clause that is met",
        change: production,
        release: conditional("B8.1", evidenceOf("B8.1")),
      },
      {
        when: "a name is written in capitals and with the root's dot",
        change: (stack) => name(stack, "CHAT-01.Staging.Example.COM."),
      },
    ],
  },
  "stack-binds-facts": {
    violations: [
      {
        when: "the stack has another name",
        change: (stack) => stack.rename("production"),
        says: /DomainName '.+': got the name ".+staging.example.com"; expected nothing of staging's, since the stack is called "production"/,
      },
      {
        when: "the account is another",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", '["210987654321"]'),
        says: /Provider 'aws'|'aws': got the account 210987654321; expected staging's own/,
      },
      {
        when: "a second account is allowed",
        change: (stack) =>
          stack.get(types.provider).set("allowedAccountIds", '["123456789012","210987654321"]'),
        says: /got the accounts \["123456789012","210987654321"\]; expected one that is known/,
      },
      {
        when: "the account is not known yet",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", unknownValue),
        says: /got the accounts a value not known yet/,
      },
      {
        when: "there is no provider",
        change: (stack) => stack.remove(stack.get(types.provider)),
        says: /got no provider of AWS/,
      },
      {
        when: "a certificate has one name more, elsewhere",
        change: (stack) =>
          stack.first(types.certificate).set("subjectAlternativeNames", ["chat-01.example.com"]),
        says: /got the name "chat-01.example.com"; expected staging's own/,
      },
      {
        when: "a name only ends as the zone does",
        change: (stack) => name(stack, "notstaging.example.com"),
        says: /got the name "notstaging.example.com"/,
      },
      {
        when: "no name is taken at all",
        change: (stack) =>
          stack.remove(
            ...stack.resources.filter(({ type }) =>
              [
                ...[types.domain, types.voiceDomain, types.certificate, types.record, types.agentDomain],
                ...[types.basePathMapping, types.voiceMapping, types.clusterCertificate],
                ...[types.grafanaProvider, types.dataSource],
              ].some((one) => one === type),
            ),
          ),
        says: /got no name in any zone/,
      },
      {
        when: "staging is applied to another cluster",
        change: (stack) => applyTo(stack, "production"),
        says: /got the cluster "production"; expected staging's own/,
      },
      {
        when: "production is applied to staging's cluster",
        change: (stack) => {
          production(stack);
          applyTo(stack, staged);
        },
        says: /got the cluster "fase-b-staging"; expected nothing of staging's/,
      },
      {
        when: "production is applied to whatever cluster is current",
        change: (stack) => {
          production(stack);
          applyTo(stack, undefined);
        },
        says: /got the cluster ""; expected one that is known/,
      },
      {
        when: "the cluster is not known yet",
        change: (stack) => applyTo(stack, unknownValue),
        says: /got the cluster a value not known yet; expected one that is known/,
      },
      {
        when: "Grafana is another",
        change: (stack) => grafana(stack, "https://grafana.example.com:8443"),
        says: /got the name "grafana.example.com"; expected staging's own/,
      },
      {
        when: "Grafana's address is not known yet",
        change: (stack) => grafana(stack, unknownValue),
        says: /got as url a name that nobody knows yet/,
      },
      {
        when: "production's Prometheus is staging's",
        change: (stack) => {
          production(stack);
          prometheus(stack, "https://prometheus.staging.example.com");
        },
        says: /got the name "prometheus.staging.example.com"; expected nothing of staging's/,
      },
      {
        when: "a record's name comes from nobody",
        change: (stack) => {
          stack.add(types.record, "record", { name: unknownValue });
        },
        says: /Record 'record': got as name a name that nobody knows yet/,
      },
      {
        when: "a record's name comes from something else than a certificate",
        change: (stack) => {
          stack
            .add(types.record, "record", { name: unknownValue })
            .from("name", stack.first(types.bucket), stack.first(types.certificate));
        },
        says: /Record 'record': got as name a name that nobody knows yet/,
      },
      {
        when: "a certificate's further names come from another resource",
        change: (stack) => {
          stack
            .first(types.certificate)
            .set("subjectAlternativeNames", unknownValue)
            .from("subjectAlternativeNames", stack.first(types.bucket));
        },
        says: /Certificate '.+': got as subjectAlternativeNames a name that nobody knows yet/,
      },
      {
        when: "production has staging's account",
        change: (stack) => {
          production(stack);
          stack.get(types.provider).set("allowedAccountIds", '["123456789012"]');
        },
        says: /got the account 123456789012; expected nothing of staging's/,
      },
      {
        when: "a resource is of another stack",
        change: (stack) => {
          stack.first(types.bucket).stack = "production";
        },
        says: /got resources of "urn:pulumi:.+" and "urn:pulumi:.+"; expected one stack/,
      },
    ],
    nearMisses: [
      { when: "all facts are production's", change: production },
      { when: "staging is applied to its own cluster", change: (stack) => applyTo(stack, staged) },
      {
        when: "the provider fills in a certificate's further names",
        change: (stack) => stack.first(types.certificate).set("subjectAlternativeNames", unknownValue),
      },
      {
        when: "a record's name comes from a certificate",
        change: (stack) => {
          stack
            .add(types.record, "record", { name: unknownValue })
            .from("name", stack.first(types.certificate));
        },
      },
      {
        when: "a name is written in capitals and with the root's dot",
        change: (stack) => name(stack, "CHAT-01.Staging.Example.COM."),
      },
    ],
  },
  "aliases-forbid-other-stacks": {
    violations: [
      {
        when: "a table was production's",
        change: (stack) => {
          const table = stack.first(types.table);
          table.aliases = [table.urn, table.urn.replace(":staging::", ":production::")];
        },
        says: /Table '.+': got the alias "urn:pulumi:production::fase-b::.+; expected one that begins with urn:pulumi:staging::fase-b::/,
      },
      {
        when: "a table was another project's",
        change: (stack) => {
          const table = stack.first(types.table);
          table.aliases = [table.urn.replace("::fase-b::", "::fase-a::")];
        },
        says: /got the alias "urn:pulumi:staging::fase-a::/,
      },
      {
        when: "an alias is none",
        change: (stack) => {
          stack.first(types.table).aliases = ["requests"];
        },
        says: /got the alias "requests"/,
      },
    ],
    nearMisses: [
      {
        when: "a table had another name in this stack",
        change: (stack) => {
          const table = stack.first(types.table);
          table.aliases = [table.urn.replace(/::[^:]+$/, "::before")];
        },
      },
    ],
  },
  "stateful-resources-require-protection": {
    violations: [
      ...[types.table, types.bucket, types.key, types.secret, types.logGroup].map(unprotected),
      {
        when: "a bucket is declared under its former type",
        change: (stack) => stack.add("aws:s3/bucketV2:BucketV2", "bucket", {}),
        says: /BucketV2 'bucket': got no protection/,
      },
      {
        when: "a private key stands outside an authority",
        change: (stack) => stack.add(types.privateKey, "key", {}),
        says: /PrivateKey 'key': got no protection/,
      },
      {
        when: "a certificate stands below another component than an authority",
        change: (stack) => stack.add(types.rootCertificate, "root", {}, stack.first(types.evidenceStore)),
        says: /SelfSignedCert 'root': got no protection/,
      },
      {
        when: "a table is laid below an authority",
        change: (stack) => stack.add(types.table, "table", {}, stack.get(types.authority)),
        says: /Table 'table': got no protection/,
      },
      {
        when: "a client's secret is laid below an authority",
        change: (stack) => stack.add(types.secret, "client-one-secret", {}, stack.get(types.authority)),
        says: /Secret 'client-one-secret': got no protection/,
      },
      {
        when: "the letter in force names another",
        change: open,
        release: started({ unprotect: [`${types.table}::trust`] }),
        says: /got no protection, and a letter that does not name it; expected .+"aws:dynamodb\/table:Table::requests"/,
      },
      {
        when: "the letter that names it has ended",
        change: open,
        release: started({ ...named, expiresAt: "2026-11-26T18:00:00.000Z" }),
        says: /no letter that lifts it \(.+an end at/,
      },
      {
        when: "the letter that names it is of another stack",
        change: open,
        release: withFields(named),
        says: /no letter that lifts it \(stacks\/staging\/letters: got no letter of fase-a/,
      },
      {
        when: "production's is unprotected by the letter that started the work on staging",
        change: (stack) => {
          production(stack);
          open(stack);
        },
        release: started(named),
        says: /no letter that lifts it \(stacks\/production\/letters/,
      },
      {
        when: "an exception would lift it",
        change: open,
        exceptions: [
          exception({
            policy: "stateful-resources-require-protection",
            resource: `${types.table}::requests`,
          }),
        ],
        says: /got no protection, and no letter that lifts it/,
      },
    ],
    nearMisses: [
      { when: "the letter in force on staging names it", change: open, release: started(named) },
      {
        when: "the letter that releases production names it",
        change: (stack) => {
          production(stack);
          open(stack);
        },
        release: withFields(named),
      },
      {
        when: "an authority's key is unprotected, which is judged with its generation",
        change: (stack) => stack.get(types.privateKey, "root-key").protect(false),
      },
      {
        when: "the secret is unprotected in which an authority's key is kept",
        change: (stack) =>
          stack.add(types.secret, "authority-g0-root-secret", {}, stack.get(types.authority)),
      },
      { when: "a topic is unprotected", change: (stack) => stack.first(types.topic).protect(false) },
    ],
  },
};
