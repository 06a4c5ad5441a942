import { describe, expect, it } from "vitest";
import { notStaging } from "../../lib/release/facts";
import type { ResourceView } from "../../lib/policy";
import { types } from "../../lib/types";

const aws = (allowedAccountIds: unknown) => ({
  urn: "urn:pulumi:staging::fase-b::pulumi:providers:aws::aws",
  name: "aws",
  props: { allowedAccountIds },
});
const one = aws('["123456789012"]');

const serviceProvider = (type: string, props: object) => ({
  urn: `urn:pulumi:staging::fase-b::${type}::x`,
  name: "x",
  props: props as ResourceView["props"],
});
const rendering = serviceProvider(types.clusterProvider, { kubeconfig: "", renderYamlToDirectory: "out" });
const grafana = serviceProvider(types.grafanaProvider, { url: "https://grafana.staging.example.com" });

const view = (type: string, props: object, changes: Partial<ResourceView> = {}): ResourceView => ({
  urn: `urn:pulumi:staging::fase-b::${type}::x`,
  type,
  name: "x",
  props: props as ResourceView["props"],
  opts: { ignoreChanges: [], protect: false, aliases: [] },
  ...(type.startsWith("aws:") ? { provider: one } : {}),
  ...(type.startsWith("kubernetes:") ? { provider: rendering } : {}),
  ...(type.startsWith("grafana:") ? { provider: grafana } : {}),
  ...changes,
});

describe("a resource is not staging's", () => {
  it.each([
    ["production", /the stack "production"/],
    ["staging-2", /the stack "staging-2"/],
    ["Staging", /the stack "Staging"/],
    ["", /the stack ""/],
  ])("in the stack '%s'", (stack, says) => {
    expect(notStaging(view(types.stack, {}, { urn: `urn:pulumi:${stack}::fase-b::x::x` }))).toMatch(says);
  });

  it.each([
    ["another account", '["210987654321"]', /allows the accounts \["210987654321"\]/],
    ["a second account", '["123456789012","210987654321"]', /210987654321/],
    ["the same account twice", ["123456789012", "123456789012"], /allows the accounts/],
    ["any account", undefined, /allows the accounts \[\]/],
    ["what is no list", '"123456789012"', /allows the accounts \[\]/],
    ["what is no JSON", "[123", /allows the accounts \[\]/],
    ["a number", [123456789012], /allows the accounts \[123456789012\]/],
  ])("by a provider that allows %s", (_, allowed, says) => {
    const provider = aws(allowed);
    expect(notStaging(view(types.bucket, {}, { provider }))).toMatch(says);
    expect(notStaging(view(types.provider, provider.props, { urn: provider.urn }))).toMatch(says);
  });

  it("without a provider that is named", () => {
    const { provider: _, ...bare } = view(types.bucket, {});
    expect(notStaging(bare)).toMatch(/no explicit provider/);
  });

  it.each([
    [types.domain, { domainName: "chat-01.example.com" }],
    [types.voiceDomain, { domainName: "voice-01.example.com" }],
    [types.basePathMapping, { domainName: "chat-01.example.com" }],
    [types.voiceMapping, { domainName: "voice-01.example.com" }],
    [types.record, { name: "chat-01.example.com" }],
    [types.record, { name: "chat-01" }],
    [types.record, { name: "*.example.com" }],
    [types.certificate, { domainName: "a.notstaging.example.com" }],
    [types.certificate, { domainName: "staging.example.com.example.org" }],
    [types.certificate, { domainName: "staging.example.com", subjectAlternativeNames: ["example.com"] }],
    [types.clusterCertificate, { spec: { dnsNames: ["a.staging.example.com", "api.example.com"] } }],
    [types.clusterCertificate, { spec: { commonName: "api.example.com" } }],
    [types.agentDomain, { configuration: { domain: "chat-01.example.com" } }],
    [types.grafanaProvider, { url: "https://grafana.example.com" }],
    [types.grafanaProvider, { url: "https://grafana.staging.example.com@example.com" }],
    [types.grafanaProvider, { url: "grafana" }],
    [types.dataSource, { url: "https://prometheus.example.com/staging.example.com" }],
  ])("as %s by the name in %j", (type, props) => {
    expect(notStaging(view(type, props))).toMatch(/the name ".+", outside staging\.example\.com/);
  });
});

describe("a resource of a cluster or of Grafana is not staging's", () => {
  it.each([
    [{ context: "production" }, /the cluster "production"/],
    [{ context: "Fase-B-Staging" }, /the cluster "Fase-B-Staging"/],
    [{}, /the cluster ""/],
    [{ context: "fase-b-staging", kubeconfig: "apiVersion: v1" }, /the cluster ""/],
    [{ context: "fase-b-staging", cluster: "production" }, /the cluster ""/],
    [{ renderYamlToDirectory: "", context: "production" }, /the cluster "production"/],
  ])("by a provider of Kubernetes with %j", (props, says) => {
    const provider = serviceProvider(types.clusterProvider, { kubeconfig: "", ...props });
    expect(notStaging(view(types.clusterProvider, provider.props))).toMatch(says);
    expect(notStaging(view(types.namespace, {}, { provider }))).toMatch(says);
  });

  it.each([types.namespace, types.dashboard])("as %s without a provider that is named", (type) => {
    const { provider: _, ...bare } = view(type, {});
    expect(notStaging(bare)).toMatch(/the cluster ""|a provider of Grafana at ""/);
  });

  it.each([{}, { url: "https://grafana.example.com" }])("by a provider of Grafana with %j", (props) => {
    const provider = serviceProvider(types.grafanaProvider, props);
    expect(notStaging(view(types.dashboard, {}, { provider }))).toMatch(/a provider of Grafana at "/);
    expect(notStaging(view(types.grafanaProvider, props))).toMatch(/the name "/);
  });
});

describe("a resource says nothing against staging", () => {
  it.each([
    [types.stack, {}],
    [types.provider, { allowedAccountIds: ["123456789012"] }],
    [types.bucket, { bucket: "www.example.com" }],
    [types.domain, { domainName: "chat-01.staging.example.com" }],
    [types.record, { name: "Staging.Example.com." }],
    [types.certificate, { domainName: "*.staging.example.com", subjectAlternativeNames: [] }],
    [types.clusterCertificate, { spec: { dnsNames: ["chat-01.agents.staging.example.com"] } }],
    [types.pagerUser, { email: "devops@example.org" }],
    [types.namespace, {}],
    [types.dashboard, {}],
    [types.clusterProvider, { kubeconfig: "", context: "fase-b-staging" }],
    [types.clusterProvider, { renderYamlToDirectory: "out" }],
    [types.grafanaProvider, { url: "https://grafana.staging.example.com:3000" }],
    [types.dataSource, { url: "https://prometheus.staging.example.com" }],
    [types.dataSource, { type: "cloudwatch" }],
  ])("as %s with %j", (type, props) => {
    expect(notStaging(view(type, props))).toBeUndefined();
  });
});
