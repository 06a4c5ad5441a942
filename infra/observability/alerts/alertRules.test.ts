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
      groupBies: ["dashboard", "severity"],
      policies: [
        {
          contactPoint: "fase-b-staging-page",
          groupBies: ["dashboard", "severity"],
          matchers: [{ label: "severity", match: "=", value: "page" }],
        },
      ],
    });
  });

  it.each([
    ["page", "critical", false],
    ["ticket", "warning", true],
  ] as const)("reaches the pager by its service of a %s, whose key is a secret", (severity, level, stays) => {
    const inputs = inputsOf(`alert-rules-${severity}`);
    expect(inputs["name"]).toBe(`fase-b-staging-${severity}`);
    // The signature by which the engine knows a secret.
    const secret = JSON.stringify(inputs["pagerduties"]);
    expect(secret).toContain("1b47061264138c4ac30d75fd1eb44270");
    const [pager] =
      (inputs["pagerduties"] as { value?: unknown[] }).value ?? (inputs["pagerduties"] as unknown[]);
    expect(pager).toMatchObject({ severity: level, disableResolveMessage: stays, group: "staging" });
    const plain = JSON.stringify(pager, (key, value: unknown) =>
      key === "integrationKey" ? undefined : value,
    );
    expect(plain).not.toMatch(/key-of-/);
    for (const part of ["runbook_url", "dashboard_url", "correlationId", "description"])
      expect(plain).toContain(part);
  });
});
