import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runPreview } from "../cli/preview/engine";
import type { PreviewResult, ResourceState } from "../cli/preview/model";
import { readContract } from "../infra/contract/contract";
import { validatorOf } from "../infra/contract/testSupport";
import { stagingValues } from "./support/staging";

const projectDir = path.join(__dirname, "..");
/** How the engine marks a value that only the deployment will know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let result: PreviewResult;
let resources: readonly ResourceState[];

beforeAll(async () => {
  result = await runPreview({
    projectDir,
    stack: "staging",
    policyPacks: [path.join(projectDir, "policies")],
  });
  resources = result.digest.steps.map((step) => step.newState);
});

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
const ofType = (type: string): ResourceState[] => resources.filter((resource) => resource.type === type);
const named = (name: string): ResourceState => {
  const found = resources.filter((resource) => nameOf(resource.urn) === name);
  expect(found.map((resource) => resource.urn)).toHaveLength(1);
  return found[0] as ResourceState;
};
const inputsOf = (name: string): Record<string, unknown> => named(name).inputs as Record<string, unknown>;
const dependenciesOf = (resource: ResourceState, input: string): string[] =>
  (resource.propertyDependencies?.[input] ?? []).map(nameOf);

describe("staging as a whole", () => {
  it("succeeds, and no mandatory policy is violated", () => {
    expect(result.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(result.programSucceeded).toBe(true);
    // The one advice lists what is left open on purpose, on every run.
    // What evidence is missing is of the day, not of the program.
    const violations = result.packs
      .flatMap((pack) => pack.violations)
      .filter(({ policy }) => policy !== "staging-lists-missing-evidence");
    const said = violations.map(({ policy, enforcementLevel }) => `${policy} ${enforcementLevel}`);
    expect([...new Set(said)]).toEqual(["exceptions-list-use advisory"]);
    expect(violations.flatMap(({ urn }) => (urn === undefined ? [] : [nameOf(urn)])).sort()).toEqual([
      "authority-g1-clients-issuer-secret",
      "authority-g1-root-secret",
      "authority-g1-services-issuer-secret",
      "pagerduty-key-secret",
      "trust-records-services-secret",
    ]);
  });

  it("lets every policy judge: none met a value unknown at preview", () => {
    const blinded = result.packs
      .flatMap((pack) => pack.violations)
      .filter(({ message }) => /unknown value|can't run policy/i.test(message));
    expect(blinded).toEqual([]);
  });

  it("B5.1, B8.4: issues 13 certificates, each validated by DNS before its domain takes it", () => {
    const certificates = ofType("aws:acm/certificate:Certificate");
    expect(certificates).toHaveLength(13);
    for (const certificate of certificates) {
      expect(certificate.inputs).toMatchObject({ validationMethod: "DNS" });
      const agent = nameOf(certificate.urn).replace(/^certificate-(.*)-certificate$/, "$1");
      expect(dependenciesOf(named(`certificate-${agent}-validation-record`), "name")).toEqual([
        nameOf(certificate.urn),
      ]);
      expect(dependenciesOf(named(`certificate-${agent}-validation`), "validationRecordFqdns")).toEqual([
        `certificate-${agent}-validation-record`,
      ]);
      const domain = named(`agent-${agent}-domain`);
      const input = domain.type.startsWith("aws:apigatewayv2")
        ? "domainNameConfiguration"
        : "regionalCertificateArn";
      expect(dependenciesOf(domain, input)).toContain(`certificate-${agent}-validation`);
    }
  });

  it("B8.4: gives each of the 18 agents a domain, a mapping, an address and an alarm", () => {
    const agents = stagingValues()["agents"] as { id: string; domain: string; protocol: string }[];
    expect(agents).toHaveLength(18);
    for (const { id, domain, protocol } of agents) {
      expect(inputsOf(`agent-${id}-domain`)).toMatchObject({ domainName: domain });
      expect(dependenciesOf(named(`agent-${id}-mapping`), "domainName")).toEqual([`agent-${id}-domain`]);
      expect(dependenciesOf(named(`agent-${id}-mapping`), protocol === "http" ? "restApi" : "apiId")).toEqual(
        [protocol === "http" ? "gateway-api" : "voice-gateway-api"],
      );
      expect(inputsOf(`agent-${id}-alias`)).toMatchObject({ name: domain, type: "A" });
      expect(inputsOf(`certificate-watch-${id}`)).toMatchObject({
        comparisonOperator: "LessThanThreshold",
        threshold: 20,
      });
    }
  });

  it("B5.3: asks for a client certificate on every HTTP domain, by the pinned version of the truststore", () => {
    const domains = ofType("aws:apigateway/domainName:DomainName");
    expect(domains).toHaveLength(14);
    for (const domain of domains) {
      expect(domain.inputs).toMatchObject({
        securityPolicy: "TLS_1_2",
        mutualTlsAuthentication: {
          truststoreUri: "s3://fase-b-staging-truststore-123456789012/truststore.pem",
          truststoreVersion: UNKNOWN,
        },
      });
      expect(dependenciesOf(domain, "mutualTlsAuthentication")).toEqual(["trust-truststore"]);
    }
  });

  it("B5.3: leaves no way around the custom domains", () => {
    expect(inputsOf("gateway-api")).toMatchObject({ disableExecuteApiEndpoint: true });
    expect(inputsOf("voice-gateway-api")).toMatchObject({ disableExecuteApiEndpoint: true });
  });

  it("B4.1: gives every client one plan and one key, with the contract's quota and a margin", () => {
    const clients = stagingValues()["clients"] as { clientId: string; monthlyQuotaRequests: number }[];
    expect(ofType("aws:apigateway/usagePlan:UsagePlan")).toHaveLength(clients.length);
    for (const { clientId, monthlyQuotaRequests } of clients) {
      expect(inputsOf(`client-${clientId}-plan`)).toMatchObject({
        quotaSettings: { limit: monthlyQuotaRequests * 1.05, period: "MONTH" },
      });
      const bond = named(`client-${clientId}-plan-key`);
      expect(dependenciesOf(bond, "keyId")).toEqual([`client-${clientId}-key`]);
      expect(dependenciesOf(bond, "usagePlanId")).toEqual([`client-${clientId}-plan`]);
    }
  });

  it("throttles every method of the contract, on the stage and in every plan", () => {
    const paths = Object.keys(
      (JSON.parse(inputsOf("gateway-api")["body"] as string) as { paths: object }).paths,
    );
    expect(paths).toEqual(["/chat", "/vision", "/avatar", "/realtime-voice/tickets"]);
    const methodPaths = ofType("aws:apigateway/methodSettings:MethodSettings").map(
      ({ inputs }) => inputs?.["methodPath"],
    );
    expect(methodPaths.sort()).toEqual(
      ["*/*", ...paths.map((p) => `${p.replaceAll("/", "~1")}/POST`)].sort(),
    );
    for (const plan of ofType("aws:apigateway/usagePlan:UsagePlan")) {
      const [stage] = plan.inputs?.["apiStages"] as unknown as {
        throttles: { path: string; rateLimit: number }[];
      }[];
      expect(stage?.throttles.map((throttle) => throttle.path)).toEqual(paths.map((p) => `${p}/POST`));
      for (const { rateLimit } of stage?.throttles ?? []) expect(rateLimit).toBeGreaterThan(0);
    }
  });

  it("keeps old deployments, since a rollback points the stage at one of them", () => {
    for (const name of ["gateway-deployment", "voice-gateway-deployment"]) {
      expect(named(name).retainOnDelete).toBe(true);
      expect((inputsOf(name)["triggers"] as { model: string }).model).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it("B1.6: writes both ids to the access log, and nothing about a person", () => {
    const { format } = inputsOf("gateway-stage")["accessLogSettings"] as { format: string };
    const fields = JSON.parse(format) as Record<string, string>;
    expect(fields).toMatchObject({
      correlationId: "$context.authorizer.correlationId",
      requestId: "$context.requestId",
      extendedRequestId: "$context.extendedRequestId",
    });
    expect(format).not.toMatch(
      /sourceIp|userAgent|identity\.(user|caller|apiKey"|clientCert)|\$context\.path|validationError|claims/,
    );
  });

  it("B4.4: stands the firewall before the stage", () => {
    const [association, ...others] = ofType("aws:wafv2/webAclAssociation:WebAclAssociation");
    expect(others).toEqual([]);
    expect(dependenciesOf(association as ResourceState, "resourceArn")).toEqual(["gateway-stage"]);
  });

  it("B4.4: lets the firewall answer in the contract's words", () => {
    const isFirewallProblem = validatorOf(readContract().document.components.schemas, "FirewallProblem");
    const bodies = inputsOf("firewall-acl")["customResponseBodies"] as { content: string }[];
    expect(bodies).toHaveLength(3);
    for (const { content } of bodies) expect(isFirewallProblem(JSON.parse(content))).toBe(true);
  });

  it("B0.1: gives every resource to an explicit provider that may touch one account", () => {
    expect(
      resources
        .filter(({ type }) => type.startsWith("pulumi:providers:"))
        .map(({ urn }) => nameOf(urn))
        .sort(),
    ).toEqual(["aws", "grafana", "kubernetes", "pagerduty", "tls"]);
    expect(inputsOf("aws")).toMatchObject({ region: "eu-west-1", allowedAccountIds: '["123456789012"]' });
    for (const { custom, provider, type } of resources) {
      if (!custom || type.startsWith("pulumi:")) continue;
      const [packageName] = type.split(":");
      expect(provider).toContain(`::pulumi:providers:${packageName}::${packageName}::`);
    }
  });

  it("B0.1: protects every resource that holds state, and what the authority is made of, from deletion", () => {
    const stateful =
      /^(aws:(dynamodb\/table:Table|s3\/bucket:Bucket|kms\/key:Key|secretsmanager\/secret:Secret|cloudwatch\/logGroup:LogGroup)|tls:index\/.*)$/;
    const kept = resources.filter(({ type }) => stateful.test(type));
    expect(kept.filter(({ protect }) => protect !== true).map(({ urn }) => urn)).toEqual([]);
    expect(kept).toHaveLength(4 + 3 + 4 + 15 + 19 + 8);
    // What can be made again is not: an update may replace it.
    const others = resources.filter(({ type, protect }) => protect === true && !stateful.test(type));
    expect(others.map(({ urn }) => urn)).toEqual([]);
  });

  it("registers the clauses of every component as an input", () => {
    const components = resources.filter(({ type }) => type.startsWith("fase-b:"));
    expect(components.length).toBeGreaterThan(40);
    for (const { inputs } of components) {
      expect(inputs?.["clauses"]).toEqual(expect.arrayContaining([expect.stringMatching(/^B\d\.\d$/)]));
    }
  });

  it("puts every resource into a component", () => {
    const orphans = resources.filter(
      ({ custom, type, parent }) =>
        custom && !type.startsWith("pulumi:") && !parent?.includes("fase-b:index:"),
    );
    expect(orphans.map(({ urn }) => urn)).toEqual([]);
  });

  it("shows no private key and no secret value", () => {
    const text = JSON.stringify(result.digest);
    expect(text).not.toMatch(/PRIVATE KEY/);
    for (const name of [
      "authority-g1-clients-issuer",
      "authority-g1-root",
      "authority-g1-services-issuer-request",
    ]) {
      const key = Object.keys(inputsOf(name)).find((input) => /privateKeyPem/i.test(input)) ?? "";
      expect(JSON.stringify(inputsOf(name)[key])).toMatch(new RegExp(`secret|${UNKNOWN}`));
    }
    const values = resources.filter(({ type }) => type.endsWith(":SecretVersion"));
    expect(values).toHaveLength(15);
    for (const { inputs } of values) expect(["[secret]", UNKNOWN]).toContain(inputs?.["secretString"]);
  });

  it("rotates every secret but the authority's own and the pager's, each by its own function", () => {
    const secrets = resources
      .filter(({ type }) => type.endsWith(":Secret"))
      .map(({ urn }) => nameOf(urn).replace(/-secret$/, ""));
    const rotated = resources
      .filter(({ type }) => type.endsWith(":SecretRotation"))
      .map(({ urn, inputs }) => [
        nameOf(urn).replace(/-rotation$/, ""),
        /function:fase-b-staging-([\w-]+):live$/.exec(String(inputs?.["rotationLambdaArn"]))?.[1],
      ]);
    const clients = ["web-app", "mobile-app", "partner-north", "qa-security", "prober", "scanner"];
    expect(Object.fromEntries(rotated)).toEqual({
      ...Object.fromEntries(clients.map((id) => [`client-${id}`, "rotate-client-keys"])),
      "edge-certificate": "rotate-edge-certificate",
      "prober-certificates": "rotate-prober-certificates",
      "scanner-certificate": "rotate-scanner-certificate",
      "grafana-token": "rotate-grafana-token",
    });
    const names = new Set(rotated.map(([name]) => name));
    expect(secrets.filter((name) => !names.has(name)).sort()).toEqual([
      "authority-g1-clients-issuer",
      "authority-g1-root",
      "authority-g1-services-issuer",
      "pagerduty-key",
      "trust-records-services",
    ]);
  });
});
