import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { dataIdentifiers } from "../../shared/logProtection";
import { LogMetrics } from "./logMetrics";
import { LogFindings, LogProtection } from "./logProtection";

const scope = { partition: "aws", accountId: "123456789012", region: "eu-west-1" };
const logs = { namePrefix: "fase-b-staging", scope, logRetentionDays: 365, logKeyArn: "arn:key" };
const inputs = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, type, inputs: given }) => {
      inputs.set(`${type.split(":").at(-1)} ${name}`, given as Record<string, unknown>);
      return { id: name, state: given as Record<string, unknown> };
    },
    call: ({ token }) => {
      throw new Error(`no call is expected: ${token}`);
    },
  });
  const findings = new LogFindings("log-findings", logs);
  const metrics = new LogMetrics("log-metrics", {
    ...logs,
    objective: { route: "/chat", thresholdMs: 700 },
    page: { route: "/chat", thresholdMs: 800 },
    proberClientId: "prober",
    groups: [findings.logGroup],
  });
  new LogProtection("log-protection", { ...logs, findings, groups: { scans: metrics.scansLogGroup } });
  await new Promise((done) => setTimeout(done, 200));
});

describe("metrics and protection of logs", () => {
  it("register a filter a metric: counted as 1, with either dimensions or a 0 for silence", () => {
    expect(inputs.get("LogMetricFilter log-metrics-throttled")).toEqual({
      name: "Throttled",
      logGroupName: "/aws/apigateway/fase-b-staging-access",
      pattern: '{ $.traffic != "scan" && $.status = "429" }',
      metricTransformation: {
        name: "Throttled",
        namespace: "fase-b-staging/logs",
        value: "1",
        unit: "Count",
        defaultValue: "0",
      },
    });
    expect(inputs.get("LogMetricFilter log-metrics-throttled-by-client")?.["metricTransformation"]).toEqual({
      name: "ThrottledByClient",
      namespace: "fase-b-staging/logs",
      value: "1",
      unit: "Count",
      dimensions: { clientId: "$.clientId" },
    });
    expect([...inputs.keys()].filter((name) => name.startsWith("LogMetricFilter "))).toHaveLength(21);
  });

  it("protect a log by one list of identifiers, and report to the group of findings", () => {
    const { logGroupName, policyDocument } = inputs.get("LogDataProtectionPolicy log-protection-scans") ?? {};
    expect(logGroupName).toBe("/fase-b/fase-b-staging/scans");
    const { Statement } = JSON.parse(String(policyDocument)) as {
      Statement: { DataIdentifier: string[]; Operation: object }[];
    };
    const list = dataIdentifiers.map((name) => `arn:aws:dataprotection::aws:data-identifier/${name}`);
    expect(Statement.map(({ DataIdentifier }) => DataIdentifier)).toEqual([list, list]);
    expect(Statement.map(({ Operation }) => Operation)).toEqual([
      {
        Audit: {
          FindingsDestination: {
            CloudWatchLogs: { LogGroup: "/aws/vendedlogs/fase-b-staging-log-findings" },
          },
        },
      },
      { Deidentify: { MaskConfig: {} } },
    ]);
  });
});
