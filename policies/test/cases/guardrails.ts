import { types } from "../../lib/types";
import type { PolicyException } from "../../lib/exceptions";
import { stackName, type TestStack } from "../stack";
import type { CaseBook } from "./case";

export const guardrails: CaseBook = {
  "provider-requires-one-account": {
    violations: [
      {
        when: "a second account is allowed",
        change: (stack) =>
          stack.get(types.provider).set("allowedAccountIds", '["123456789012","210987654321"]'),
        says: /allowedAccountIds \["123456789012","210987654321"\]/,
      },
      {
        when: "no account is named",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", undefined),
        says: /exactly one account/,
      },
      {
        when: "nothing is tagged",
        change: (stack) => stack.get(types.provider).set("defaultTags", '{"tags":{}}'),
        says: /at least one default tag/,
      },
      {
        when: "the region is missing",
        change: (stack) => stack.get(types.provider).set("region", undefined),
        says: /got region nothing/,
      },
      {
        when: "credentials are taken as they are",
        change: (stack) => stack.get(types.provider).set("skipCredentialsValidation", "true"),
        says: /got skipCredentialsValidation set; expected AWS itself, asked which account it is/,
      },
      {
        when: "the account is not asked for",
        change: (stack) => stack.get(types.provider).set("skipRequestingAccountId", "true"),
        says: /got skipRequestingAccountId set/,
      },
      {
        when: "an exception would lift it",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", undefined),
        exceptions: [
          exception({ policy: "provider-requires-one-account", resource: `${types.provider}::aws` }),
        ],
        says: /exactly one account/,
      },
      {
        when: "a default provider appears",
        change: (stack) => stack.add(types.provider, "default_7_48_0", { version: "7.48.0" }),
        says: /default provider/,
      },
    ],
    nearMisses: [
      {
        when: "the account is another one, alone",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", '["210987654321"]'),
      },
      {
        when: "credentials are checked, as the SDK says by itself",
        change: (stack) => stack.get(types.provider).set("skipCredentialsValidation", "false"),
      },
      {
        when: "a provider of another kind is a default one",
        change: (stack) => stack.add("pulumi:providers:tls", "default_5_0_0", {}),
      },
    ],
  },
  "resources-bind-one-provider": {
    violations: [
      {
        when: "a resource has no provider",
        change: (stack) => {
          stack.first(types.bucket).provider = undefined;
        },
        says: /Bucket 'bucket': got provider none/,
      },
      {
        when: "there are two AWS providers",
        change: (stack) => stack.add(types.provider, "aws-us", { region: "us-east-1" }),
        says: /2 aws providers \(aws and aws-us\)/,
      },
      {
        when: "there is no AWS provider at all",
        change: (stack) => stack.remove(stack.get(types.provider)),
        says: /0 aws providers/,
      },
      {
        when: "there are two clusters",
        change: (stack) => stack.add(types.clusterProvider, "other", { renderYamlToDirectory: "other" }),
        says: /got 2 kubernetes providers \(kubernetes and other\); expected exactly one/,
      },
      {
        when: "there is no provider of Kubernetes",
        change: (stack) => stack.remove(stack.get(types.clusterProvider)),
        says: /0 kubernetes providers/,
      },
      {
        when: "something in the cluster has no provider",
        change: (stack) => {
          stack.first(types.networkPolicy).provider = undefined;
        },
        says: /NetworkPolicy '.+': got provider none; expected the explicit provider 'kubernetes'/,
      },
      {
        when: "the one provider of Kubernetes is the engine's own",
        change: (stack) => {
          stack.remove(stack.get(types.clusterProvider));
          stack.add(types.clusterProvider, "default_4_34_2", {});
        },
        says: /'default_4_34_2': got a default provider/,
      },
      {
        when: "an exception would lift it",
        change: (stack) => {
          stack.first(types.bucket).provider = undefined;
        },
        exceptions: [
          exception({ policy: "resources-bind-one-provider", resource: `${types.bucket}::bucket` }),
        ],
        says: /Bucket 'bucket': got provider none/,
      },
    ],
    nearMisses: [
      {
        when: "a resource of another vendor has a provider of its own",
        change: (stack) => stack.add("random:index/randomId:RandomId", "id", {}),
      },
    ],
  },
  "resources-forbid-unjudged-types": {
    violations: [
      {
        when: "an exception would lift it",
        change: (stack) => stack.add("aws:lambda/functionUrl:FunctionUrl", "extra", {}),
        exceptions: [
          exception({
            policy: "resources-forbid-unjudged-types",
            resource: "aws:lambda/functionUrl:FunctionUrl::extra",
          }),
        ],
        says: /'extra': got a resource of aws:lambda\/functionUrl:FunctionUrl/,
      },
    ],
    nearMisses: [
      { when: "there is a provider of Kubernetes, which other policies judge", change: () => undefined },
    ],
  },
  "component-requires-clauses": {
    violations: [
      {
        when: "a component serves nothing",
        change: (stack) => stack.first("fase-b:index:AgentDomain").set("clauses", []),
        says: /at least one clause id/,
      },
      {
        when: "a component serves a clause that nobody wrote",
        change: (stack) => stack.first("fase-b:index:AgentDomain").set("clauses", ["B5.1", "B5.9"]),
        says: /unknown clauses "B5.9"/,
      },
    ],
    nearMisses: [
      {
        when: "a resource that is no component has no clauses",
        change: (stack) => stack.add("random:index/randomId:RandomId", "id", {}),
      },
    ],
  },
  "exceptions-require-record": {
    violations: [
      {
        when: "an exception has ended",
        change: () => undefined,
        exceptions: [exception({ recorded: "2025-11-01", expires: "2026-10-31" })],
        says: /an end on 2026-10-31, which has passed/,
      },
      {
        when: "an exception lasts longer than a year",
        change: () => undefined,
        exceptions: [exception({ recorded: "2026-11-01", expires: "2028-11-01" })],
        says: /expected one year at most|one year at most/,
      },
      {
        when: "an exception's resource is not there",
        change: () => undefined,
        exceptions: [exception({ resource: `${types.domain}::agent-99-domain` })],
        says: /agent-99-domain, which is not there/,
      },
      {
        when: "an exception's policy is not there",
        change: () => undefined,
        exceptions: [exception({ policy: "domain-requires-nothing" })],
        says: /expected the name of a policy/,
      },
      {
        when: "an exception gives no reason",
        change: () => undefined,
        exceptions: [exception({ reason: "legacy" })],
        says: /the reason "legacy"/,
      },
    ],
    nearMisses: [
      {
        when: "an exception ends today",
        change: (stack) => withoutMutualTls(stack),
        exceptions: [exception({ expires: "2026-11-26" })],
      },
      {
        when: "an exception is for another stack",
        change: () => undefined,
        exceptions: [exception({ stack: "elsewhere", resource: `${types.domain}::agent-99-domain` })],
      },
    ],
  },
  "exceptions-list-use": {
    violations: [
      {
        when: "an exception stands",
        change: (stack) => withoutMutualTls(stack),
        exceptions: [exception({})],
        says: /got EX-901, lifting domain-requires-mutual-tls: .*; expected its end on 2027-06-30/,
      },
    ],
    nearMisses: [
      {
        when: "the exception is another stack's",
        change: () => undefined,
        exceptions: [exception({ stack: "elsewhere" })],
      },
    ],
  },
};

export function exception(changes: Partial<PolicyException>): PolicyException {
  return {
    id: "EX-901",
    policy: "domain-requires-mutual-tls",
    stack: stackName,
    resource: `${types.domain}::agent-06-domain`,
    reason: "The partner's clients learn to show a certificate in spring.",
    recorded: "2026-11-01",
    expires: "2027-06-30",
    ...changes,
  };
}

/** The sixth agent opens to callers without a certificate, under the stricter TLS policy that it can then have. */
export function withoutMutualTls(stack: TestStack): void {
  const domain = stack.get(types.domain, "agent-06-domain");
  domain
    .set("mutualTlsAuthentication", undefined)
    .set("securityPolicy", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09")
    .set("endpointAccessMode", "STRICT");
  delete domain.takesFrom.mutualTlsAuthentication;
}
