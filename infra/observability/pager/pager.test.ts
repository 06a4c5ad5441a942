import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { AlarmTopic } from "../../alarms/alarms";
import { GrafanaWatch } from "../grafanaWatch";
import { createGrafanaProvider, createPagerProvider, readCredentials } from "../providers";
import { Reader } from "../reader/reader";
import { readerRights } from "../reader/readerRules";
import { Pager } from "./pager";
import { pagerSettings } from "./testSupport";

const scope = { partition: "aws", accountId: "123456789012", region: "eu-west-1" };
const registrations = new Map<string, Record<string, unknown>>();
const inputsOf = (name: string): Record<string, unknown> => {
  const found = registrations.get(name);
  if (!found) throw new Error(`no resource ${name}; there are: ${[...registrations.keys()].join(", ")}`);
  return found;
};
const urnOf = (resource: pulumi.Resource): Promise<string> => new Promise((done) => resource.urn.apply(done));
const isSecret = (output: pulumi.Output<unknown>): Promise<boolean> =>
  (output as unknown as { readonly isSecret: Promise<boolean> }).isSecret;

let pager: Pager;
let urns: string[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => {
        registrations.set(name, inputs as Record<string, unknown>);
        const key = /-(events|alarms)-k\d$/.test(name) ? { integrationKey: `key-of-${name}` } : {};
        return { id: `id-of-${name}`, state: { ...(inputs as object), ...key, arn: `arn-of-${name}` } };
      },
      call: ({ token }) => {
        throw new Error(`nothing is looked up, since a preview has no account; got ${token}`);
      },
    },
    "fase-b",
    "staging",
    true,
  );
  const namePrefix = "fase-b-staging";
  pager = new Pager("pager", { namePrefix, settings: pagerSettings() });
  const topic = { namePrefix, scope, keyArn: "arn-of-key" };
  const alarms = new AlarmTopic("alarms", { ...topic, kind: "ticket", pagerEndpoint: pager.alarmsEndpoint });
  const pages = new AlarmTopic("pages", { ...topic, kind: "page", pagerEndpoint: pager.pageAlarmsEndpoint });
  const watch = new GrafanaWatch("watch", {
    namePrefix,
    alarms,
    pages,
    silentMinutes: 10,
    runbookUrl: "https://git.example.com/runbook.md",
  });
  const reader = new Reader("reader", {
    namePrefix,
    scope,
    principalArn: "arn:aws:iam::123456789012:role/grafana",
    externalId: "fase-b-staging-grafana",
  });
  urns = await Promise.all([pager, alarms, pages, watch, reader].map(urnOf));
  await new Promise((done) => pulumi.all([pager.pageKey, pager.alarmsEndpoint]).apply(done));
  // What children are made of is known a few turns of the loop later.
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
});

describe("Pager", () => {
  it("declares exactly this", () => {
    expect(urns).toHaveLength(5);
    expect([...registrations.keys()].filter((name) => name.startsWith("pager")).sort()).toEqual([
      "pager",
      "pager-escalation",
      "pager-first",
      "pager-page",
      "pager-page-alarms-k1",
      "pager-page-events-k1",
      "pager-schedule",
      "pager-second",
      "pager-ticket",
      "pager-ticket-alarms-k1",
      "pager-ticket-events-k1",
    ]);
  });

  it("knows people by what they do, and lets them change nothing", () => {
    expect(inputsOf("pager-first")).toMatchObject({
      name: "first",
      email: "first@example.com",
      jobTitle: "First",
      role: "limited_user",
    });
  });

  it("pages whoever's turn it is, then the others, and begins again", () => {
    expect(inputsOf("pager-schedule")).toMatchObject({
      timeZone: "Europe/Madrid",
      layers: [
        {
          start: "2026-11-30T09:00:00+01:00",
          rotationVirtualStart: "2026-11-30T09:00:00+01:00",
          rotationTurnLengthSeconds: 604_800,
          users: ["id-of-pager-first", "id-of-pager-second"],
        },
      ],
    });
    expect(inputsOf("pager-escalation")).toMatchObject({
      numLoops: 3,
      rules: [
        {
          escalationDelayInMinutes: 10,
          targets: [{ type: "schedule_reference", id: "id-of-pager-schedule" }],
        },
        { escalationDelayInMinutes: 10, targets: [{ type: "user_reference", id: "id-of-pager-second" }] },
      ],
    });
  });

  it("has a service that wakes and one that waits; a storm is one incident, and no clock ends it", () => {
    const common = {
      escalationPolicy: "id-of-pager-escalation",
      alertCreation: "create_alerts_and_incidents",
      alertGroupingParameters: { type: "time", config: { timeout: 5 } },
      autoResolveTimeout: "null",
    };
    expect(inputsOf("pager-page")).toMatchObject({
      ...common,
      incidentUrgencyRule: { type: "constant", urgency: "high" },
      acknowledgementTimeout: "1800",
    });
    expect(inputsOf("pager-ticket")).toMatchObject({
      ...common,
      incidentUrgencyRule: { type: "constant", urgency: "low" },
      acknowledgementTimeout: "null",
    });
  });

  it("gives every key out as a secret, and none as an output of its own", async () => {
    for (const output of [pager.pageKey, pager.ticketKey, pager.alarmsEndpoint, pager.pageAlarmsEndpoint])
      expect(await isSecret(output)).toBe(true);
    expect(inputsOf("pager")).toEqual({
      clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
      account: "example.pagerduty.com",
      keyGeneration: "k1",
    });
  });
});

describe("the topics of alarms", () => {
  it("are heard by the pager: alarms as tickets, Grafana's silence as a page", () => {
    const keys = { alarms: "pager-ticket-alarms-k1", pages: "pager-page-alarms-k1" };
    for (const [topic, key] of Object.entries(keys)) {
      expect(inputsOf(`${topic}-pager`)).toMatchObject({
        topic: `arn-of-${topic}-topic`,
        protocol: "https",
        endpointAutoConfirms: true,
        rawMessageDelivery: false,
      });
      expect(JSON.stringify(inputsOf(`${topic}-pager`)["endpoint"])).toContain(
        `https://events.pagerduty.com/integration/key-of-${key}/enqueue`,
      );
    }
  });

  it("take messages of CloudWatch's alarms, and only the first of EventBridge's events too", () => {
    const publishers = (topic: string): unknown[] =>
      (
        JSON.parse(String(inputsOf(`${topic}-policy`)["policy"])) as {
          Statement: { Effect: string; Principal: { Service: string } }[];
        }
      ).Statement.filter(({ Effect }) => Effect === "Allow").map(({ Principal }) => Principal.Service);
    expect(publishers("alarms")).toEqual(["cloudwatch.amazonaws.com", "events.amazonaws.com"]);
    expect(publishers("pages")).toEqual(["cloudwatch.amazonaws.com"]);
  });

  it("page when nobody has asked CloudWatch for metrics in any of so many minutes", () => {
    expect(inputsOf("watch-silent")).toMatchObject({
      namespace: "AWS/Usage",
      metricName: "CallCount",
      dimensions: { Service: "CloudWatch", Type: "API", Resource: "GetMetricData", Class: "None" },
      statistic: "Sum",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      period: 60,
      evaluationPeriods: 10,
      datapointsToAlarm: 10,
      treatMissingData: "breaching",
      alarmActions: ["arn:aws:sns:eu-west-1:123456789012:fase-b-staging-page-alarms"],
    });
  });

  it.each([
    ["watch-alarms-lost", "fase-b-staging-alarms", "fase-b-staging-page-alarms"],
    ["watch-page-alarms-lost", "fase-b-staging-page-alarms", "fase-b-staging-alarms"],
  ])("say by each other what the pager did not take: %s", (alarm, lost, by) => {
    const topic = `arn:aws:sns:eu-west-1:123456789012:${by}`;
    expect(inputsOf(alarm)).toMatchObject({
      name: `${lost}-lost`,
      namespace: "AWS/SNS",
      metricName: "NumberOfNotificationsFailed",
      dimensions: { TopicName: lost },
      alarmActions: [topic],
      okActions: [topic],
    });
  });

  it.each([
    ["watch-silent", "grafanasilent"],
    ["watch-alarms-lost", "alarmslost"],
    ["watch-page-alarms-lost", "pagealarmslost"],
  ])("lead to the runbook: %s", (alarm, section) => {
    const description = String(inputsOf(alarm)["alarmDescription"]);
    expect(description.endsWith(` Runbook: https://git.example.com/runbook.md#${section}`)).toBe(true);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    expect(description.length).toBeLessThanOrEqual(1_024);
  });
});

describe("Grafana's reader", () => {
  it("is assumed by Grafana's role alone, which says for whom it asks", () => {
    const { Statement } = JSON.parse(String(inputsOf("reader-role")["assumeRolePolicy"])) as {
      Statement: unknown[];
    };
    expect(Statement).toEqual([
      {
        Sid: "GrafanaAsks",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:role/grafana" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "fase-b-staging-grafana" } },
      },
    ]);
  });

  it("reads metrics, in one region only, and no log", () => {
    const rights = readerRights(scope);
    expect(rights.map(({ conditions }) => conditions)).toEqual([
      { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
    ]);
    expect(rights.flatMap(({ actions }) => actions)).toEqual([
      "cloudwatch:GetMetricData",
      "cloudwatch:ListMetrics",
    ]);
  });
});

describe("credentials of the services", () => {
  const both = { GRAFANA_AUTH: "one", PAGERDUTY_TOKEN: "two" };

  it("are needed by an update, and not by a preview", () => {
    expect(readCredentials(both, false)).toEqual({ grafanaAuth: "one", pagerDutyToken: "two" });
    expect(readCredentials({}, true)).toEqual({ grafanaAuth: "", pagerDutyToken: "" });
    expect(() => readCredentials({ GRAFANA_AUTH: "one" }, false)).toThrow(
      /PAGERDUTY_TOKEN: got nothing; allowed: .*; fix: /,
    );
  });

  it("reach the providers, and nothing else of the environment does", async () => {
    const noise = { GRAFANA_URL: "https://example.net", GRAFANA_INSECURE_SKIP_VERIFY: "true" };
    const before = Object.fromEntries(Object.keys(noise).map((name) => [name, process.env[name]]));
    Object.assign(process.env, noise);
    try {
      const credentials = readCredentials(both, false);
      await Promise.all(
        [
          createGrafanaProvider("grafana", "https://grafana.example.com", credentials),
          createPagerProvider("pagerduty", "example.eu.pagerduty.com", credentials),
        ].map(urnOf),
      );
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    expect(inputsOf("grafana")).toMatchObject({
      url: "https://grafana.example.com",
      insecureSkipVerify: "false",
    });
    expect(inputsOf("pagerduty")).toMatchObject({ serviceRegion: "eu", skipCredentialsValidation: "false" });
  });
});
