import type { Json, PolicyInfo, PreviewResult, PreviewStep, ResourceState } from "./model";

/** Small results made by hand, for the tests of what shows them. */

const STACK = "urn:pulumi:staging::small::pulumi:pulumi:Stack::small-staging";

export const urnOf = (type: string, name: string): string => `urn:pulumi:staging::small::${type}::${name}`;

export function stepOf(
  type: string,
  name: string,
  inputs: { readonly [key: string]: Json } = {},
  rest: Partial<ResourceState> = {},
): PreviewStep {
  const urn = urnOf(type, name);
  const custom = type.startsWith("aws:");
  return {
    op: "create",
    urn,
    newState: { urn, custom, type, inputs, parent: STACK, ...rest },
    detailedDiff: null,
  };
}

export const stackStep: PreviewStep = {
  op: "create",
  urn: STACK,
  newState: { urn: STACK, custom: false, type: "pulumi:pulumi:Stack" },
  detailedDiff: null,
};

export const policyOf = (name: string, rest: Partial<PolicyInfo> = {}): PolicyInfo => ({
  name,
  displayName: name,
  description: `About ${name}.`,
  enforcementLevel: "mandatory",
  severity: "high",
  clauses: ["B4.1"],
  remediationSteps: "Set a limit.",
  url: "https://example.com/limits",
  tags: [],
  ...rest,
});

export function resultOf(steps: readonly PreviewStep[], rest: Partial<PreviewResult> = {}): PreviewResult {
  return {
    project: "small",
    stack: "staging",
    digest: { config: { "small:limit": "10" }, steps, changeSummary: { create: steps.length } },
    outputs: {},
    packs: [],
    diagnostics: [],
    programSucceeded: true,
    durationMs: 0,
    ...rest,
  };
}

const gateway = stepOf("fase-b:index:Gateway", "gateway", { clauses: ["B1.6", "B4.1"] });
const below = { parent: gateway.urn };

/** A stack with a bit of everything that is shown. */
export const smallResult: PreviewResult = resultOf(
  [
    stackStep,
    gateway,
    stepOf("aws:apigateway/restApi:RestApi", "gateway-api", { name: "api" }, below),
    stepOf("aws:acm/certificate:Certificate", "chat-certificate", { domainName: "chat.example.com" }, below),
    stepOf(
      "aws:apigateway/domainName:DomainName",
      "chat-domain",
      {
        domainName: "chat.example.com",
        mutualTlsAuthentication: { truststoreUri: "s3://bucket/truststore.pem" },
        regionalCertificateArn: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        securityPolicy: "TLS_1_2",
      },
      below,
    ),
    stepOf("aws:apigatewayv2/domainName:DomainName", "voice-domain", {
      domainName: "voice.example.com",
      domainNameConfiguration: {
        certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        securityPolicy: "TLS_1_2",
      },
    }),
  ],
  {
    outputs: {
      domains: { chat: "chat.example.com" },
      apiId: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      token: "[secret]",
      none: [],
    },
    packs: [
      {
        name: "small-pack",
        version: "1.0.0",
        policies: [
          policyOf("api-limits-rate"),
          policyOf("domain-wants-tls", { severity: "critical", clauses: ["B5.1", "B8.4"] }),
          policyOf("key-rotates", { clauses: ["B6.1"] }),
          policyOf("name-is-short", { enforcementLevel: "advisory", severity: "low", clauses: [] }),
          policyOf("switched-off", { enforcementLevel: "disabled", clauses: [] }),
        ],
        violations: [
          {
            pack: "small-pack",
            policy: "api-limits-rate",
            enforcementLevel: "mandatory",
            severity: "high",
            message: "no limit is set;\nexpected one of at most 100",
            urn: urnOf("aws:apigateway/restApi:RestApi", "gateway-api"),
          },
          {
            pack: "small-pack",
            policy: "name-is-short",
            enforcementLevel: "advisory",
            severity: "low",
            message: "the names are long",
          },
        ],
        notApplicable: [{ policy: "key-rotates", reason: "the stack has no keys" }],
      },
    ],
  },
);
