import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { runPreview } from "../cli/preview/engine";
import type { PreviewResult } from "../cli/preview/model";
import { stagingValues } from "./support/staging";

/** Staging with the settings that staging itself does not use. */
const projectDir = path.join(__dirname, "..");
const folder = mkdtempSync(path.join(tmpdir(), "fase-b-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ownership = "arn:aws:acm:eu-west-1:123456789012:certificate/00000009-1111-4222-8333-444444444449";
let result: PreviewResult;

beforeAll(async () => {
  const values = stagingValues();
  const agents = values["agents"] as Record<string, unknown>[];
  const [first, second] = agents as [Record<string, unknown>, Record<string, unknown>];
  first["certificate"] = {
    ...(first["certificate"] as object),
    source: "imported",
    ownershipVerificationCertificateArn: ownership,
  };
  second["mutualTlsException"] = {
    reason: "A partner's client cannot show a certificate before its next release.",
    recorded: "2026-11-01",
    expires: "2027-02-01",
  };
  const firewall = values["firewall"] as Record<string, unknown>;
  firewall["blockedAddresses"] = ["198.51.100.0/24", "2001:db8:bad::/48"];
  const functions = values["functions"] as Record<string, Record<string, unknown>>;
  (functions["edge"] ?? {})["provisionedConcurrency"] = 5;
  const configFile = path.join(folder, "Pulumi.variant.yaml");
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`fase-b:${key}`, value]));
  writeFileSync(configFile, stringify({ config }, { defaultStringType: "QUOTE_DOUBLE" }));
  result = await runPreview({
    projectDir,
    stack: "staging",
    configFile,
    policyPacks: [path.join(projectDir, "policies")],
  });
});

const inputsOf = (name: string): Record<string, unknown> => {
  const found = result.digest.steps.filter(({ urn }) => urn.endsWith(`::${name}`));
  expect(found).toHaveLength(1);
  return found[0]?.newState.inputs as Record<string, unknown>;
};

describe("staging with other settings", () => {
  it("B5.3: proves to the gateway that an imported certificate's domain is ours", () => {
    expect(inputsOf("agent-chat-01-domain")).toMatchObject({
      ownershipVerificationCertificateArn: ownership,
    });
    expect(inputsOf("agent-chat-02-domain")).not.toHaveProperty("ownershipVerificationCertificateArn");
  });

  it("B5.3: gives a domain without mutual TLS the newest policy and strict access", () => {
    const domain = inputsOf("agent-chat-02-domain");
    expect(domain).toMatchObject({
      securityPolicy: "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
      endpointAccessMode: "STRICT",
    });
    expect(domain).not.toHaveProperty("mutualTlsAuthentication");
  });

  it("B5.3: does not let a setting excuse itself: the policy pack has exceptions of its own", () => {
    const violations = result.packs.flatMap((pack) => pack.violations);
    expect(violations.map(({ policy, urn }) => [policy, urn?.split("::").at(-1)])).toContainEqual([
      "domain-requires-mutual-tls",
      "agent-chat-02-domain",
    ]);
  });

  it("B8.1: keeps instances warm on the alias that callers invoke, and only where it is asked for", () => {
    expect(inputsOf("edge-warm")).toMatchObject({
      functionName: "fase-b-staging-edge",
      qualifier: "live",
      provisionedConcurrentExecutions: 5,
    });
    expect(result.digest.steps.filter(({ urn }) => urn.endsWith("-warm"))).toHaveLength(1);
    const violations = result.packs.flatMap((pack) => pack.violations);
    expect(violations.filter(({ urn }) => urn?.endsWith("::edge-warm"))).toEqual([]);
  });

  it("B4.4: puts blocked networks on the list of their family", () => {
    expect(inputsOf("firewall-blocked-ipv4")).toMatchObject({ addresses: ["198.51.100.0/24"] });
    expect(inputsOf("firewall-blocked-ipv6")).toMatchObject({ addresses: ["2001:db8:bad::/48"] });
  });
});
