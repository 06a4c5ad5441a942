import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { protectionPolicy } from "../shared/logProtection";
import { Firewall, type FirewallArgs } from "./firewall";
import { firewallRules } from "./firewallRules";
import { ROUTES, stagingSettings } from "./testSupport";

const SCOPE = { partition: "aws", accountId: "123456789012", region: "eu-west-1" };
const STAGE_ARN = "arn:aws:apigateway:eu-west-1::/restapis/abc123/stages/v1";
const KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const LOG_GROUP_ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-fase-b-staging";

interface Registration {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

const registrations = new Map<string, Registration>();
const arnOf = (name: string): string => `arn:of:${name}`;

const args = (over: Partial<FirewallArgs> = {}): FirewallArgs => ({
  ...ROUTES,
  namePrefix: "fase-b-staging",
  scope: SCOPE,
  settings: stagingSettings((s) => {
    s.blockedAddresses = ["203.0.113.0/24", "2001:db8:bad::/48", "198.51.100.7/32"];
    s.exemptAddresses = ["192.0.2.0/28"];
  }),
  scanAddresses: ["203.0.113.7/32", "2001:db8:5ca::/64"],
  stageArn: STAGE_ARN,
  logsKmsKeyArn: KEY_ARN,
  ...over,
});

const resolve = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((done) => output.apply(done));

describe("Firewall", () => {
  const children: pulumi.Resource[] = [];
  const waitsFor = new Map<string, unknown>();
  let urns: string[];
  let outputs: unknown;

  const inputsOf = (name: string): Record<string, unknown> => {
    const registration = registrations.get(name);
    if (!registration)
      throw new Error(`no resource ${name}; there are: ${[...registrations.keys()].join(", ")}`);
    return registration.inputs;
  };

  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => {
          registrations.set(name, { type, inputs: inputs as Record<string, unknown> });
          return { id: `id-of-${name}`, state: { ...(inputs as object), arn: arnOf(name) } };
        },
        call: ({ token }) => {
          throw new Error(`no function is called while the firewall is declared; got ${token}`);
        },
      },
      "fase-b",
      "staging",
      true,
    );
    const firewall = new Firewall("firewall", args(), {
      transformations: [
        ({ resource, name, props, opts }) => {
          children.push(resource);
          waitsFor.set(name, opts.dependsOn);
          return { props, opts };
        },
      ],
    });
    urns = await Promise.all(children.map(({ urn }) => resolve(urn)));
    outputs = await resolve(pulumi.all({ arn: firewall.webAclArn, id: firewall.webAclId }));
  });

  it("registers exactly these resources, each under the component", () => {
    const under = "urn:pulumi:staging::fase-b::fase-b:index:Firewall";
    expect(urns.sort()).toEqual(
      [
        `${under}::firewall`,
        `${under}$aws:wafv2/ipSet:IpSet::firewall-blocked-ipv4`,
        `${under}$aws:wafv2/ipSet:IpSet::firewall-blocked-ipv6`,
        `${under}$aws:wafv2/ipSet:IpSet::firewall-exempt-ipv4`,
        `${under}$aws:wafv2/ipSet:IpSet::firewall-exempt-ipv6`,
        `${under}$aws:wafv2/webAcl:WebAcl::firewall-acl`,
        `${under}$aws:wafv2/webAclAssociation:WebAclAssociation::firewall-association`,
        `${under}$aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration::firewall-logging`,
        `${under}$aws:cloudwatch/logGroup:LogGroup::firewall-log`,
        `${under}$aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy::firewall-log-masking`,
        `${under}$aws:cloudwatch/logResourcePolicy:LogResourcePolicy::firewall-log-delivery`,
      ].sort(),
    );
  });

  it("registers the clauses that it serves", () => {
    expect(inputsOf("firewall")).toEqual({ clauses: ["B4.3", "B4.4", "B8.3"] });
  });

  it("puts each address into the set of its family, sorted", () => {
    const set = (list: string, version: string, addresses: string[]) => ({
      name: `fase-b-staging-${list}-${version.toLowerCase()}`,
      scope: "REGIONAL",
      ipAddressVersion: version,
      addresses,
    });
    expect(inputsOf("firewall-blocked-ipv4")).toEqual(
      set("blocked", "IPV4", ["198.51.100.7/32", "203.0.113.0/24"]),
    );
    expect(inputsOf("firewall-blocked-ipv6")).toEqual(set("blocked", "IPV6", ["2001:db8:bad::/48"]));
    expect(inputsOf("firewall-exempt-ipv4")).toEqual(
      set("exempt", "IPV4", ["192.0.2.0/28", "203.0.113.7/32"]),
    );
    expect(inputsOf("firewall-exempt-ipv6")).toEqual(set("exempt", "IPV6", ["2001:db8:5ca::/64"]));
  });

  it("gives the web ACL the pure rules and nothing that hides or shows more", () => {
    const { rules, customResponseBodies } = firewallRules(args().settings, ROUTES, {
      blockedIpv4: arnOf("firewall-blocked-ipv4"),
      blockedIpv6: arnOf("firewall-blocked-ipv6"),
      exemptIpv4: arnOf("firewall-exempt-ipv4"),
      exemptIpv6: arnOf("firewall-exempt-ipv6"),
    });
    const hidden = (fieldType: string) => ({
      action: "SUBSTITUTION",
      field: { fieldType },
      excludeRateBasedDetails: false,
      excludeRuleMatchDetails: false,
    });
    expect(inputsOf("firewall-acl")).toEqual({
      name: "fase-b-staging-firewall",
      description: expect.stringMatching(/^[\w+=:#@/\-,. ]{1,256}$/),
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      rules,
      customResponseBodies,
      associationConfig: { requestBodies: [{ apiGateway: { defaultSizeInspectionLimit: "KB_16" } }] },
      dataProtectionConfig: {
        dataProtections: [
          hidden("SINGLE_HEADER"),
          hidden("SINGLE_COOKIE"),
          hidden("SINGLE_QUERY_ARGUMENT"),
          hidden("QUERY_STRING"),
          hidden("BODY"),
        ],
      },
      visibilityConfig: {
        cloudwatchMetricsEnabled: true,
        metricName: "fase-b-staging-firewall",
        sampledRequestsEnabled: false,
      },
    });
  });

  it("stands in front of the stage", () => {
    expect(inputsOf("firewall-association")).toEqual({
      resourceArn: STAGE_ARN,
      webAclArn: arnOf("firewall-acl"),
    });
  });

  it("logs only refusals and counts, without path, query and identifying headers", () => {
    expect(inputsOf("firewall-logging")).toEqual({
      resourceArn: arnOf("firewall-acl"),
      logDestinationConfigs: [LOG_GROUP_ARN],
      redactedFields: [
        { uriPath: {} },
        { queryString: {} },
        { singleHeader: { name: "x-api-key" } },
        { singleHeader: { name: "authorization" } },
        { singleHeader: { name: "cookie" } },
        { singleHeader: { name: "idempotency-key" } },
        { singleHeader: { name: "user-agent" } },
        { singleHeader: { name: "x-correlation-id" } },
        { singleHeader: { name: "x-forwarded-for" } },
        { singleHeader: { name: "x-subject" } },
      ],
      loggingFilter: {
        defaultBehavior: "DROP",
        filters: [
          {
            behavior: "KEEP",
            requirement: "MEETS_ANY",
            conditions: [
              { actionCondition: { action: "BLOCK" } },
              { actionCondition: { action: "COUNT" } },
              { actionCondition: { action: "EXCLUDED_AS_COUNT" } },
            ],
          },
        ],
      },
    });
  });

  it("keeps its log encrypted, for a stated time, with addresses masked", () => {
    expect(inputsOf("firewall-log")).toEqual({
      name: "aws-waf-logs-fase-b-staging",
      retentionInDays: 365,
      kmsKeyId: KEY_ARN,
    });
    const { logGroupName, policyDocument } = inputsOf("firewall-log-masking");
    expect(logGroupName).toBe("aws-waf-logs-fase-b-staging");
    expect(policyDocument).toBe(
      protectionPolicy({
        scope: { partition: "aws", accountId: "123456789012", region: "eu-west-1" },
        namePrefix: "fase-b-staging",
        name: "fase-b-staging-firewall-log",
      }),
    );
    expect(policyDocument).toContain("arn:aws:dataprotection::aws:data-identifier/IpAddress");
  });

  it("lets only the delivery service of this account write to only this log group", () => {
    const { policyName, policyDocument } = inputsOf("firewall-log-delivery");
    expect(policyName).toBe("fase-b-staging-firewall-log");
    expect(JSON.parse(String(policyDocument))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "FirewallLogDelivery",
          Effect: "Allow",
          Principal: { Service: "delivery.logs.amazonaws.com" },
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: `${LOG_GROUP_ARN}:log-stream:*`,
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:logs:eu-west-1:123456789012:*" },
          },
        },
      ],
    });
  });

  it("delivers nothing before the log group is there, masks, and may be written to", async () => {
    const urnsBefore = async (name: string): Promise<string[]> => {
      const resources = waitsFor.get(name);
      if (!Array.isArray(resources)) throw new Error(`${name} waits for no list of resources`);
      const found = await Promise.all((resources as pulumi.Resource[]).map(({ urn }) => resolve(urn)));
      return found.map((urn) => urn.split("::").at(-1) ?? "");
    };
    expect(await urnsBefore("firewall-logging")).toEqual([
      "firewall-log",
      "firewall-log-masking",
      "firewall-log-delivery",
    ]);
    expect(await urnsBefore("firewall-log-masking")).toEqual(["firewall-log"]);
  });

  it("hands out the web ACL's ARN and id", () => {
    expect(outputs).toEqual({ arn: arnOf("firewall-acl"), id: "id-of-firewall-acl" });
  });

  it("refuses rules over the capacity before it registers anything but itself", () => {
    const settings = stagingSettings((s) => {
      s.maxCapacityWcu = 100;
    });
    const before = registrations.size;
    expect(() => new Firewall("too-large", args({ settings }))).toThrow(
      /firewall\.maxCapacityWcu: got rules of \d+ WCU; allowed: 100 WCU.*fix:/,
    );
    expect([...registrations.keys()].slice(before).filter((name) => name !== "too-large")).toEqual([]);
  });
});
