import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { AlertRules } from "./alertRules";
import { alerts } from "./alerts";
import { grafanaRuleGroups, ruleContext, ruleGroupArgs } from "./grafanaRules";
import { stagingParts } from "./testSupport";

interface Registration {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
interface Texts {
  readonly summary: string;
  readonly details: Readonly<Record<string, string>>;
}
const registrations = new Map<string, Registration>();

const { settings, contract } = stagingParts();
const groups = grafanaRuleGroups(
  alerts(settings, contract),
  ruleContext(settings, () => 1),
);

describe("AlertRules", () => {
  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => {
          registrations.set(name, { type, inputs: inputs as Registration["inputs"] });
          return { id: `id-of-${name}`, state: inputs as object };
        },
        call: ({ token }) => {
          throw new Error(`no function is called while rules are declared; got ${token}`);
        },
      },
      "fase-b",
      "staging",
      true,
    );
    const rules = new AlertRules("alert-rules", {
      namePrefix: settings.namePrefix,
      stack: settings.stack,
      grafanaUrl: settings.observability.grafana.url,
      pagerAccount: "example.eu.pagerduty.com",
      groups,
      keys: { page: pulumi.output("key-of-pages"), ticket: "key-of-tickets" },
    });
    await new Promise<void>((done) => rules.urn.apply(() => done()));
    await pulumi.runtime.disconnect();
  });

  const inputsOf = (name: string): Registration["inputs"] => {
    const found = registrations.get(name);
    if (!found) throw new Error(`${name} is not registered: ${[...registrations.keys()].join(", ")}`);
    return found.inputs;
  };

  it("registers the groups as they are exported", () => {
    for (const group of groups)
      expect(inputsOf(`alert-rules-${group.name}`)).toEqual(JSON.parse(JSON.stringify(ruleGroupArgs(group))));
    expect([...registrations.values()].filter(({ type }) => /ruleGroup/i.test(type))).toHaveLength(
      groups.length,
    );
  });

  it("pages by severity, and leaves a ticket for everything else", () => {
    expect(inputsOf("alert-rules-policy")).toMatchObject({
      contactPoint: "fase-b-staging-ticket",
      groupBies: ["alertname", "severity"],
      policies: [
        {
          contactPoint: "fase-b-staging-page",
          groupBies: ["alertname", "severity"],
          matchers: [{ label: "severity", match: "=", value: "page" }],
        },
      ],
    });
  });

  it("tells the pager of a second alert of the same dashboard by another key, and of another instance by the same", () => {
    const { groupBies, policies } = inputsOf("alert-rules-policy") as {
      groupBies: string[];
      policies: { groupBies: string[] }[];
    };
    // The pager's key is made of these labels' values: https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/group-alert-notifications/
    for (const names of [groupBies, ...policies.map((route) => route.groupBies)]) {
      const keyOf = (labels: Readonly<Record<string, string>>): string =>
        JSON.stringify(names.map((name) => labels[name] ?? ""));
      const labelled = groups
        .flatMap(({ rules }) => rules)
        .map(({ title, labels }) => ({ alertname: title, ...(labels as Readonly<Record<string, string>>) }));
      expect(new Set(labelled.map(keyOf)).size).toBe(labelled.length);
      for (const labels of labelled)
        expect(keyOf({ ...labels, agentId: "chat-01" })).toBe(keyOf({ ...labels, agentId: "chat-02" }));
    }
  });

  it("says what rings before what has ended, and counts only what rings", () => {
    const [pager] = (
      JSON.parse(JSON.stringify(inputsOf("alert-rules-page"))) as { pagerduties: { value: [Texts] } }
    ).pagerduties.value;
    for (const text of [pager.summary, ...Object.values(pager.details)]) {
      if (!text.includes("range")) continue;
      expect(text).toContain("range");
      // Never of all alerts alone.
      expect(
        text.replaceAll("(or .Alerts.Firing .Alerts)", "").replaceAll(".Alerts.Firing", ""),
      ).not.toContain(".Alerts");
    }
    expect(pager.summary).toContain(
      "{{ if gt (len .Alerts.Firing) 1 }} (and {{ len (slice .Alerts.Firing 1) }} more)",
    );
  });

  it.each([
    ["page", "critical"],
    ["ticket", "warning"],
  ] as const)("reaches the pager by its service of a %s, whose key is a secret", (severity, level) => {
    const inputs = inputsOf(`alert-rules-${severity}`);
    expect(inputs["name"]).toBe(`fase-b-staging-${severity}`);
    // The signature by which the engine knows a secret.
    const secret = JSON.stringify(inputs["pagerduties"]);
    expect(secret).toContain("1b47061264138c4ac30d75fd1eb44270");
    const [pager] =
      (inputs["pagerduties"] as { value?: unknown[] }).value ?? (inputs["pagerduties"] as unknown[]);
    expect(pager).toMatchObject({
      severity: level,
      // A ticket that has ended and stays open would take in the next one.
      disableResolveMessage: false,
      group: "staging",
      url: "https://events.eu.pagerduty.com/v2/enqueue",
    });
    const plain = JSON.stringify(pager, (key, value: unknown) =>
      key === "integrationKey" ? undefined : value,
    );
    expect(plain).not.toMatch(/key-of-/);
    for (const part of ["runbook_url", "dashboard_url", "correlationId", "description"])
      expect(plain).toContain(part);
  });
});
