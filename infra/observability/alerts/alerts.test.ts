import { describe, expect, it } from "vitest";
import type { Settings } from "../../settings/settings.schema";
import { alertNames } from "./alertNames";
import { alerts } from "./alerts";
import {
  alertRuleUid,
  grafanaRuleGroups,
  provisioningFile,
  ruleContext,
  ruleGroupArgs,
} from "./grafanaRules";
import { parse } from "./interpreter/math";
import { stagingParts } from "./testSupport";

const { settings, contract } = stagingParts();
const all = alerts(settings, contract);
const context = ruleContext(settings, (_, name) => 100 + alertNames.indexOf(name));
const groups = grafanaRuleGroups(all, context);
const rules = groups.flatMap((group) => ruleGroupArgs(group).rules);

const namesAfter = (change: (settings: Settings) => Settings): readonly string[] =>
  alerts(change(settings), contract).map(({ name }) => name);

describe("staging's alerts", () => {
  it("are those of the list, each once, in its order", () => {
    expect(all.map(({ name }) => name)).toEqual([...alertNames]);
  });

  it("are without those that have no subject", () => {
    const without = (names: readonly string[]) => alertNames.filter((name) => !names.includes(name));
    expect(namesAfter((same) => ({ ...same, observability: { ...same.observability, queues: [] } }))).toEqual(
      without(["QueueLate", "DeadLetters"]),
    );
    expect(
      namesAfter((same) => ({ ...same, agents: same.agents.filter(({ id }) => !id.startsWith("avatar")) })),
    ).toEqual(without(["BreakerOpenTicket"]));
  });

  it.each(["QuotaNearEnd", "QuotaExhausted"] as const)("leave the scans' client out of %s", (name) => {
    const { clientId } = settings.scanning;
    const dimensions = {
      clientId: settings.clients.map((each) => each.clientId).filter((id) => id !== clientId),
    };
    expect(dimensions.clientId.length).toBe(settings.clients.length - 1);
    expect(all.find((alert) => alert.name === name)?.condition).toMatchObject({
      operands: { A: { query: { dimensions } } },
    });
  });

  it("ask for each agent by name, and for every one there is where the names would not fit", () => {
    const [first] = settings.agents;
    if (!first) throw new Error("staging has agents");
    const agents = Array.from({ length: 200 }, (_, i) => ({ ...first, id: `chat-agent-${i}` }));
    const many = alerts({ ...settings, agents }, contract);
    const breaker = many.find(({ name }) => name === "BreakerOpen");
    expect(breaker?.condition).toMatchObject({
      operands: { A: { query: { dimensions: { agentId: "*" } } } },
    });
    expect(many.some(({ name }) => name === "BreakerOpenTicket")).toBe(false);
  });

  it("give each queue its own age, and none the label of another", () => {
    const queue = (name: string, maximumAgeMinutes: number) => ({
      name,
      agentId: "avatar-01",
      kind: "work" as const,
      maximumAgeMinutes,
    });
    const queues = [queue("a", 1), queue("b", 2), queue("c", 3)];
    const late = alerts({ ...settings, observability: { ...settings.observability, queues } }, contract).find(
      ({ name }) => name === "QueueLate",
    );
    expect(late?.condition).toMatchObject({ math: "($A > 60 || $B > 120) || ($C > 180 || $A > 60)" });
  });
});

describe("the rules of Grafana", () => {
  it("are one for each alert, in a group for each dashboard that has any", () => {
    expect(rules.map(({ name }) => name).toSorted()).toEqual(alertNames.toSorted());
    expect(groups.map(({ name }) => name)).toEqual([
      "overview",
      "latency",
      "errors",
      "traffic",
      "resources",
      "queues",
      "firewall",
      "idempotency",
      "quotas",
      "lifetimes",
      "mutual-tls",
      "slo",
    ]);
  });

  it("have uids that are their own, stable, and short enough", () => {
    expect(alertRuleUid("fase-b-staging", "ChatLatencyHigh")).toBe("fase-b-staging-chat-latency-high");
    expect(alertRuleUid("fase-b-staging", "DomainCertificateRenewalFailed")).toBe(
      "fase-b-staging-domain-certifica-669521e4",
    );
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    for (const { uid } of rules) expect(uid).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  });

  it("are B1.2, B1.3, B1.4 and B1.5 as ordered: a page, by the threshold, for the time", () => {
    const ordered = ["B1.2", "B1.3", "B1.4", "B1.5"].map((clause) => {
      const rule = rules.find(({ labels }) => labels["clause"] === clause && labels["severity"] === "page");
      const { expression } = JSON.parse(rule?.datas.at(-1)?.model ?? "{}") as { expression?: string };
      return `${clause} ${rule?.name} ${rule?.for} ${expression} ${rule?.execErrState} ${rule?.noDataState}`;
    });
    expect(ordered).toEqual([
      // Nine minutes after the first of ten that are over: see pendingSeconds.
      "B1.2 ChatLatencyHigh 9m $B > 0 && 100 * $A > 5 * $B Alerting OK",
      "B1.3 ServerErrorsHigh 4m $B > 0 && 100 * $A > 1 * $B Alerting OK",
      "B1.4 ThrottlingSpike 2m $A > 50 && $A > 3 * $B * 5 / 60 Alerting OK",
      "B1.5 MutualTlsDown 2m !is_null($A) Alerting OK",
    ]);
  });

  it("ring for a source that cannot be asked where they speak for it, in words without a value, and no other does", () => {
    const speaking = rules.filter(({ execErrState }) => execErrState === "Alerting");
    expect(speaking.map(({ name }) => name).toSorted()).toEqual([
      "AccessLogSilent",
      "AgentsSilent",
      "ChatLatencyHigh",
      "EdgeSilent",
      "GatewaySilent",
      "MutualTlsDown",
      "ProberDown",
      "ServerErrorsHigh",
      "ThrottlingSpike",
      "TrustWatchSilent",
    ]);
    for (const { annotations, for: waits } of speaking) {
      const [, answered, unanswered] =
        /^\{\{ if \$values\.A \}\}(.+)\{\{ else \}\}(.+)\{\{ end \}\}$/.exec(annotations["summary"] ?? "") ??
        [];
      expect(answered).toMatch(/^\S.{15,}/);
      expect(unanswered).toMatch(/^(CloudWatch|Prometheus) gives no answer: [^{]+$/);
      expect(waits).not.toBe("0s");
    }
    expect(new Set(rules.map(({ execErrState }) => execErrState))).toEqual(new Set(["Alerting", "KeepLast"]));
    // A page for each source that any rule asks.
    const sourcesOf = (some: typeof rules) =>
      new Set(some.flatMap(({ datas }) => datas.map(({ datasourceUid }) => datasourceUid)));
    expect(sourcesOf(speaking.filter(({ labels }) => labels["severity"] === "page"))).toEqual(
      sourcesOf(rules),
    );
  });

  it("lead to the dashboard, its panel and the runbook, and say what they are about", () => {
    for (const { name, annotations, labels } of rules) {
      expect(annotations["runbook_url"]).toBe(
        `https://git.example.com/fase-b/blob/main/docs/runbook.md#${name.toLowerCase()}`,
      );
      expect(annotations["__dashboardUid__"]).toBe(`fase-b-staging-${labels["dashboard"]}`);
      expect(annotations["dashboard_url"]).toBe(
        `https://grafana.staging.example.com/d/fase-b-staging-${labels["dashboard"]}`,
      );
      expect(Number(annotations["__panelId__"])).toBeGreaterThanOrEqual(100);
      expect(annotations["summary"]).toMatch(/^\S.{15,}/);
      expect(annotations["description"]).toMatch(/^\S.{30,}/);
      expect(labels).toMatchObject({ stack: "staging", service: "fase-b" });
    }
  });

  it("ask expressions that Grafana's grammar takes, of references that stand before", () => {
    for (const { datas } of rules) {
      const models = datas.map(({ model }) => JSON.parse(model) as Readonly<Record<string, string>>);
      expect(models.map(({ refId }) => refId)).toEqual(datas.map(({ refId }) => refId));
      const named = models.map(({ type, expression = "" }) =>
        type === "math" ? [...expression.matchAll(/\$(\w+)/g)].map(([, name]) => name) : [expression],
      );
      const unknown = named.flatMap((names, i) =>
        models[i]?.["type"] === undefined
          ? []
          : names.filter((name) => !datas.slice(0, i).some(({ refId }) => refId === name)),
      );
      expect(unknown).toEqual([]);
      const last = models.at(-1);
      expect(last).toMatchObject({ refId: "condition", type: "math" });
      expect(() => parse(last?.["expression"] ?? "")).not.toThrow();
    }
  });

  it("use templates of values and labels that the rule has", () => {
    for (const { annotations, datas } of rules) {
      const text = `${annotations["summary"]} ${annotations["description"]}`;
      expect(text).not.toMatch(/\$value\b/);
      const references = [...text.matchAll(/\$values\.(\w+)\.Value/g)].map(([, name = ""]) => name);
      expect(references.filter((name) => !datas.some(({ refId }) => refId === name))).toEqual([]);
      for (const [, label = ""] of text.matchAll(/\$labels\.(\w+)/g)) {
        const models = datas.map(({ model }) => model).join();
        // A dimension of the query; or of PromQL, where the expressions keep the probes' and containers' labels.
        expect(models.includes(`"${label}":`) || ["domain", "probe", "pod"].includes(label)).toBe(true);
      }
    }
  });

  it("are exported as they are provisioned, to the byte (B7.2)", () => {
    const file = provisioningFile(groups, "Fase B staging");
    expect(file.apiVersion).toBe(1);
    const exported = file.groups.flatMap((group) => group.rules);
    expect(
      exported.map(({ uid, data }) => ({ uid, models: data.map(({ model }) => JSON.stringify(model)) })),
    ).toEqual(rules.map(({ uid, datas }) => ({ uid, models: datas.map(({ model }) => model) })));
    for (const [i, rule] of rules.entries()) {
      const { title, data, dashboardUid, panelId, ...rest } = exported[i] ?? {};
      const { name, datas, ...provisioned } = rule;
      expect(title).toBe(name);
      expect(rest).toEqual(provisioned);
      expect(data?.map(({ refId, relativeTimeRange }) => ({ refId, relativeTimeRange }))).toEqual(
        datas.map(({ refId, relativeTimeRange }) => ({ refId, relativeTimeRange })),
      );
      expect(`${dashboardUid} ${panelId}`).toBe(
        `${rule.annotations["__dashboardUid__"]} ${rule.annotations["__panelId__"]}`,
      );
    }
    expect(file.groups[0]).toMatchObject({ orgId: 1, folder: "Fase B staging", interval: "1m" });
  });
});
