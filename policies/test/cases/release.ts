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
    ],
    nearMisses: [
      { when: "the stack is staging, and nobody has written a letter", change: untouched },
      { when: "the stack is production's, and the letter is valid", change: production, release: released() },
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
              ].some((one) => one === type),
            ),
          ),
        says: /got no name in any zone/,
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
      { when: "all three facts are production's", change: production },
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
      { when: "a topic is unprotected", change: (stack) => stack.first(types.topic).protect(false) },
    ],
  },
};
