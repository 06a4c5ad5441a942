import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { Settings } from "../infra/settings/settings.schema";
import { stagingSettings } from "../test/support/staging";
import { holding } from "./facts";

const staging = stagingSettings();
const { account, agents, cluster, observability } = staging;
const applied: Settings = { ...staging, cluster: { ...cluster, context: "fase-b-staging" } };

const RECORD = "aws:route53/record:Record";
const CERTIFICATE = "aws:acm/certificate:Certificate";
const ISSUED = "kubernetes:cert-manager.io/v1:Certificate";
const DATA_SOURCE = "grafana:oss/dataSource:DataSource";
const TABLE = "aws:dynamodb/table:Table";
const provider = (packageName: string): string => `pulumi:providers:${packageName}`;

/** As `stacks/staging.ts` and the SDK have them: what is no text comes as an output. */
const TOLD: Readonly<Record<string, object>> = {
  aws: {
    region: account.region,
    allowedAccountIds: pulumi.output(JSON.stringify([account.id])),
    skipCredentialsValidation: pulumi.output("false"),
    skipRegionValidation: pulumi.output("true"),
    endpoints: pulumi.output(undefined),
  },
  grafana: { url: observability.grafana.url, auth: pulumi.secret("token"), insecureSkipVerify: "false" },
  kubernetes: { kubeconfig: "", renderYamlToDirectory: "../.build/manifests/staging" },
  pagerduty: { token: pulumi.secret("token"), serviceRegion: "eu" },
  tls: { proxy: pulumi.output(undefined) },
};

interface Declared {
  readonly type: string;
  readonly props?: object;
  readonly opts?: pulumi.ComponentResourceOptions;
  readonly settings?: Settings;
}

const asResource = (one: object): pulumi.Resource => one as pulumi.Resource;

/** What the stack says against a resource below a component that has the stack's providers; nothing where it may be. */
async function saidOf({ type, props = {}, opts = {}, settings = staging }: Declared): Promise<string> {
  const hold = holding({ project: "fase-b", stack: "staging", settings });
  const own = new Map<string, pulumi.Resource>();
  const declare = (
    one: pulumi.Resource,
    { type: of, props: inputs = {}, opts: options = {} }: Declared,
  ): object =>
    (hold({ resource: one, type: of, name: "one", props: inputs, opts: options })?.props as object) ?? inputs;
  if (!type.startsWith("pulumi:providers:"))
    for (const [name, told] of Object.entries(TOLD)) {
      const one = asResource({ name });
      own.set(name, one);
      if (settings === staging) declare(one, { type: provider(name), props: told });
    }
  const parent = asResource({ getProvider: (token: string) => own.get(token.split(":")[0] ?? "") });
  try {
    const judged = declare(asResource({}), { type, props, opts: { parent, ...opts } });
    await Promise.all(Object.values(judged).map(settled));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Waits for an output as the SDK does, which keeps these to itself; all of them are rejected where it is. */
async function settled(value: unknown): Promise<void> {
  if (!pulumi.Output.isInstance(value)) return;
  const { promise, isKnown, isSecret, allResources } = value as unknown as {
    readonly promise: () => Promise<unknown>;
    readonly isKnown: Promise<unknown>;
    readonly isSecret: Promise<unknown>;
    readonly allResources: () => Promise<unknown>;
  };
  const all = [promise(), isKnown, isSecret, allResources()];
  await Promise.allSettled(all);
  await Promise.all(all);
}

const inZone = "a.staging.example.com";
const foreign = "api.example.com";
const [called = ""] = agents.flatMap(({ upstream }) =>
  upstream === undefined ? [] : [new URL(upstream.url).hostname],
);

describe("what a stack holds itself to", () => {
  it.each<[string, Declared]>([
    ...Object.entries(TOLD).map(([name, props]): [string, Declared] => [
      `its provider of ${name}`,
      { type: provider(name), props },
    ]),
    [
      "its provider of a cluster that the settings name",
      {
        type: provider("kubernetes"),
        props: { kubeconfig: "", context: "fase-b-staging" },
        settings: applied,
      },
    ],
    ["a component", { type: "fase-b:index:AgentDomain" }],
    ["a record in its zone", { type: RECORD, props: { name: pulumi.output(`${inZone}.`) } }],
    ["a certificate without further names", { type: CERTIFICATE, props: { domainName: inZone } }],
    ["a certificate of what functions call", { type: ISSUED, props: { spec: { dnsNames: [called] } } }],
    ["its Prometheus", { type: DATA_SOURCE, props: { url: observability.grafana.prometheusUrl } }],
    ["a data source without an address", { type: DATA_SOURCE, props: { type: "cloudwatch" } }],
    [
      "an alias of its own",
      { type: TABLE, opts: { aliases: [`urn:pulumi:staging::fase-b::${TABLE}::before`] } },
    ],
  ])("lets %s through", async (_what, declared) => {
    expect(await saidOf(declared)).toBe("");
  });

  it.each<[string, Declared, RegExp]>([
    ...["aws-native", "command", "random", "pulumi-nodejs", "docker", "constructor"].map(
      (name): [string, Declared, RegExp] => [
        `a resource of ${name}`,
        { type: `${name}:x:Y` },
        new RegExp(`^${name}:x:Y 'one': got a resource of the package ${name}; allowed: those of aws, `),
      ],
    ),
    ["a provider of another package", { type: provider("aws-native") }, /the package aws-native/],
    ["another stack's outputs", { type: "pulumi:pulumi:StackReference" }, /the package pulumi;/],
    ["a component of elsewhere", { type: "awsx:ec2:Vpc" }, /the package awsx/],
    [
      "a provider of the resource's own",
      { type: TABLE, opts: { provider: asResource({ name: "other" }) as pulumi.ProviderResource } },
      /got another provider than the one that was judged/,
    ],
    ["no parent and no provider", { type: TABLE, opts: { parent: undefined } }, /got no explicit provider/],
    ["transforms", { type: TABLE, opts: { transforms: [() => undefined] } }, /got the option transforms;/],
    [
      "transformations of a component",
      { type: "fase-b:index:DataPlane", opts: { transformations: [() => undefined] } },
      /got the option transformations;/,
    ],
    [
      "an alias of another stack",
      { type: TABLE, opts: { aliases: [`urn:pulumi:production::fase-b::${TABLE}::a`] } },
      /got the alias "urn:pulumi:production/,
    ],
    ["an alias that is an output", { type: TABLE, opts: { aliases: [pulumi.output("x")] } }, /of an output/],
    [
      "another Prometheus",
      { type: DATA_SOURCE, props: { url: "https://p.example.com" } },
      /which was judged/,
    ],
    [
      "another Prometheus, as an output",
      { type: DATA_SOURCE, props: { url: pulumi.output("https://p.example.com") } },
      /which was judged/,
    ],
  ])("refuses %s", async (_what, declared, says) => {
    expect(await saidOf(declared)).toMatch(says);
  });

  it.each<[string, string, object]>([
    ["aws", "endpoints", { endpoints: pulumi.output('[{"sts":"https://sts.example.com"}]') }],
    ["aws", "skipRequestingAccountId", { skipRequestingAccountId: pulumi.output("true") }],
    ["aws", "skipCredentialsValidation", { skipCredentialsValidation: pulumi.output("true") }],
    ["aws", "assumeRoles", { assumeRoles: [{ roleArn: "arn:aws:iam::210987654321:role/a" }] }],
    ["aws", "profile", { profile: "production" }],
    ["aws", "region", { region: "us-east-1" }],
    ["aws", "allowedAccountIds", { allowedAccountIds: pulumi.output('["210987654321"]') }],
    ["aws", "allowedAccountIds", { allowedAccountIds: undefined }],
    ["grafana", "url", { url: "https://grafana.example.com" }],
    ["grafana", "url", { url: undefined }],
    ["grafana", "insecureSkipVerify", { insecureSkipVerify: "true" }],
    ["grafana", "oncallUrl", { oncallUrl: "https://oncall.example.com" }],
    ["kubernetes", "context", { context: "production" }],
    ["kubernetes", "context", { context: pulumi.output("production") }],
    ["kubernetes", "renderYamlToDirectory", { renderYamlToDirectory: undefined }],
    ["kubernetes", "kubeconfig", { kubeconfig: "/home/one/.kube/config" }],
    ["kubernetes", "cluster", { cluster: "production" }],
    ["tls", "proxy", { proxy: pulumi.output('{"url":"https://proxy.example.com"}') }],
  ])("refuses a provider of %s by its %s, when it is %j", async (name, input, props) => {
    expect(await saidOf({ type: provider(name), props: { ...TOLD[name], ...props } })).toMatch(
      new RegExp(`^${provider(name)} 'one': got ${input} .+; allowed: .+; fix: take it from the settings`),
    );
  });

  it.each([{ context: "production" }, {}, { renderYamlToDirectory: "out", context: "fase-b-staging" }])(
    "refuses a provider of Kubernetes with %j where the settings name a context",
    async (props) => {
      const type = provider("kubernetes");
      expect(await saidOf({ type, props: { kubeconfig: "", ...props }, settings: applied })).toMatch(/got /);
    },
  );

  it("never shows what may be a credential", async () => {
    const props = { ...TOLD["aws"], secretKey: pulumi.secret("hidden") };
    const said = await saidOf({ type: provider("aws"), props });
    expect(said).toMatch(/got secretKey set/);
    expect(said).not.toContain("hidden");
  });

  it.each([
    [RECORD, (name: pulumi.Input<string>) => ({ name })],
    [CERTIFICATE, (domainName: pulumi.Input<string>) => ({ domainName })],
    [CERTIFICATE, (name: pulumi.Input<string>) => ({ subjectAlternativeNames: [inZone, name] })],
    ["aws:apigateway/domainName:DomainName", (domainName: pulumi.Input<string>) => ({ domainName })],
    ["aws:apigatewayv2/domainName:DomainName", (domainName: pulumi.Input<string>) => ({ domainName })],
    [
      "aws:apigateway/basePathMapping:BasePathMapping",
      (domainName: pulumi.Input<string>) => ({ domainName }),
    ],
    ["aws:apigatewayv2/apiMapping:ApiMapping", (domainName: pulumi.Input<string>) => ({ domainName })],
    [ISSUED, (name: pulumi.Input<string>) => ({ spec: { dnsNames: [called, name] } })],
    [ISSUED, (commonName: pulumi.Input<string>) => ({ spec: { dnsNames: [called], commonName } })],
    [ISSUED, (name: pulumi.Input<string>) => ({ spec: pulumi.output({ dnsNames: [name] }) })],
  ])("refuses %s of a foreign domain, told or as an output", async (type, propsOf) => {
    const says = /got "api\.example\.com"; allowed: a name in the zone staging\.example\.com/;
    expect(await saidOf({ type, props: propsOf(foreign) })).toMatch(says);
    expect(await saidOf({ type, props: propsOf(pulumi.output(foreign)) })).toMatch(says);
    expect(await saidOf({ type, props: propsOf(pulumi.output(inZone)) })).toBe("");
    expect(await saidOf({ type, props: propsOf(pulumi.output("notstaging.example.com")) })).not.toBe("");
  });

  it("refuses a second provider of a package", () => {
    const hold = holding({ project: "fase-b", stack: "staging", settings: staging });
    const declare = (name: string): unknown =>
      hold({
        resource: asResource({ name }),
        type: provider("kubernetes"),
        name,
        props: TOLD["kubernetes"] ?? {},
        opts: {},
      });
    declare("kubernetes");
    expect(() => declare("other")).toThrow(/'other': got a second provider of kubernetes; allowed: one/);
  });
});
