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

const view = (type: string, props: object, changes: Partial<ResourceView> = {}): ResourceView => ({
  urn: `urn:pulumi:staging::fase-b::${type}::x`,
  type,
  name: "x",
  props: props as ResourceView["props"],
  opts: { ignoreChanges: [], protect: false, aliases: [] },
  ...(type.startsWith("aws:") ? { provider: one } : {}),
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
  ])("as %s by the name in %j", (type, props) => {
    expect(notStaging(view(type, props))).toMatch(/the name ".+", outside staging\.example\.com/);
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
  ])("as %s with %j", (type, props) => {
    expect(notStaging(view(type, props))).toBeUndefined();
  });
});
