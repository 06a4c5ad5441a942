import { beforeAll, describe, expect, it } from "vitest";
import { stagingSettings, stagingValues } from "../../../test/support/staging";
import { readContract, type Contract } from "../../contract/contract";
import type { Settings } from "../../settings/settings.schema";
import type { Alert } from "../alerts/alert";
import { alertNames } from "../alerts/alertNames";
import { alerts } from "../alerts/alerts";
import { dashboards, panelIdOf, type DashboardModel, type PlacedPanel } from "./dashboards";
import { dashboardIds, type DashboardId } from "./dashboardIds";
import { COLUMNS } from "./grid";
import { SCREEN_HEIGHT } from "./overview";
import { isDataPanel, type DataPanel, type Threshold } from "./panel";

interface Target {
  readonly refId: string;
  readonly id?: string;
  readonly hide?: boolean;
  readonly expression?: string;
  readonly expr?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, string | readonly string[]>>;
  readonly datasource: { readonly type: string; readonly uid: string };
}
interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly mappings?: readonly {
        readonly type: string;
        readonly options: {
          readonly match?: string;
          readonly result?: { readonly text: string; readonly color: string };
        };
      }[];
      readonly thresholds?: {
        readonly steps: readonly { readonly value: number | null; readonly color: string }[];
      };
    };
  };
  readonly targets?: readonly Target[];
  readonly links?: readonly { readonly url?: string }[];
}
interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly timezone: string;
  readonly refresh: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly multi?: boolean;
      readonly includeAll?: boolean;
      readonly query?: string;
      readonly options?: readonly { readonly value: string }[];
    }[];
  };
  readonly annotations: {
    readonly list: readonly { readonly target?: { readonly tags: readonly string[] } }[];
  };
  readonly links: readonly { readonly url?: string; readonly tags: readonly string[] }[];
}

let settings: Settings;
let contract: Contract;
let all: readonly DashboardModel[];
beforeAll(() => {
  contract = readContract();
  settings = stagingSettings();
  all = dashboards(settings, contract);
});

const parsed = ({ json }: DashboardModel): DashboardJson => JSON.parse(json) as DashboardJson;
const boardOf = (id: DashboardId, of = all): DashboardModel => {
  const found = of.find((each) => each.id === id);
  if (!found) throw new Error(`no dashboard ${id}`);
  return found;
};
const dataOf = (of = all): { readonly at: string; readonly panel: DataPanel }[] =>
  of.flatMap(({ id, panels }) =>
    panels.flatMap(({ panel }) => (isDataPanel(panel) ? [{ at: `${id}: ${panel.title}`, panel }] : [])),
  );

describe("the dashboards", () => {
  it("are one for each id, with a uid that does not change and that Grafana takes", () => {
    expect(all.map(({ id }) => id)).toEqual(dashboardIds);
    expect(all.map(({ uid }) => uid)).toEqual(dashboardIds.map((id) => `fase-b-staging-${id}`));
    expect(all.filter(({ uid }) => uid.length > 40 || !/^[a-zA-Z0-9_-]+$/.test(uid))).toEqual([]);
    expect(all.map((model) => parsed(model).uid)).toEqual(all.map(({ uid }) => uid));
  });

  it("are the same bytes for the same settings, and end with a line", () => {
    expect(dashboards(stagingSettings(), readContract()).map(({ json }) => json)).toEqual(
      all.map(({ json }) => json),
    );
    for (const { json } of all) expect(json).toMatch(/[^\n]\n$/);
  });

  it("fit the grid, and nothing overlaps", () => {
    for (const model of all) {
      const places = parsed(model).panels.map(({ gridPos, title }) => ({ ...gridPos, title }));
      for (const [i, a] of places.entries()) {
        expect([model.id, a.title, a.x >= 0 && a.x + a.w <= COLUMNS && a.w > 0 && a.h > 0]).toEqual([
          model.id,
          a.title,
          true,
        ]);
        for (const b of places.slice(i + 1)) {
          const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
          expect([model.id, a.title, b.title, apart]).toEqual([model.id, a.title, b.title, true]);
        }
      }
    }
  });

  it("have panels with a title, a description, an id of their own, and where there is data its source and unit", () => {
    for (const model of all) {
      const { panels } = parsed(model);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const panel of panels.filter(({ type }) => type !== "row")) {
        const at = `${model.id}: ${panel.title}`;
        expect([at, panel.title.length > 2, panel.description.length > 10]).toEqual([at, true, true]);
        if (panel.type === "alertlist" || panel.type === "text") continue;
        expect([at, panel.datasource?.uid]).toEqual([at, `fase-b-staging-${panel.datasource?.type}`]);
        expect([at, panel.fieldConfig?.defaults.unit]).toEqual([at, expect.stringMatching(/./)]);
        expect([at, panel.targets?.length]).not.toEqual([at, 0]);
        for (const target of panel.targets ?? [])
          expect([at, target.datasource]).toEqual([at, panel.datasource]);
        // Hidden lines are for others to reckon with, and what is reckoned is reckoned of lines that are there.
        const ids = (panel.targets ?? []).flatMap(({ id }) => (id ? [id] : []));
        expect([at, new Set(ids).size]).toEqual([at, ids.length]);
        for (const { expression } of panel.targets ?? [])
          for (const [word] of (expression ?? "").matchAll(/\b[a-z]\w*/g))
            expect([at, ids]).toEqual([at, expect.arrayContaining([word])]);
        expect([at, panel.targets?.some(({ hide }) => hide !== true)]).toEqual([at, true]);
      }
    }
  });

  it("lead to each other, to the runbook and to a request's log, and have the same tags, time zone and refresh", () => {
    for (const model of all) {
      const { links, tags, timezone, refresh, annotations } = parsed(model);
      expect(tags).toContain("fase-b-staging");
      expect([timezone, refresh]).toEqual(["utc", "1m"]);
      expect(links[0]?.tags).toEqual(["fase-b-staging"]);
      expect(links[1]?.url).toBe(settings.observability.runbookUrl);
      expect(links[2]?.url).toContain("${correlation_id:percentencode}");
      expect(annotations.list.flatMap(({ target }) => (target ? [target.tags] : []))).toEqual([
        ["fase-b-staging", "deployment"],
        ["fase-b-staging", "rotation"],
      ]);
    }
  });

  it("lead from a panel to dashboards that are there", () => {
    const paths = all.flatMap((model) =>
      parsed(model).panels.flatMap(({ links = [] }) =>
        links.flatMap(({ url }) => (url?.startsWith("/d/") ? [url] : [])),
      ),
    );
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) expect(all.map(({ uid }) => `/d/${uid}`)).toContain(path);
  });
});

describe("what can be chosen", () => {
  const optionsOf = (id: DashboardId, name: string, of = all): readonly string[] => {
    const variable = parsed(boardOf(id, of)).templating.list.find((each) => each.name === name);
    expect([variable?.type, variable?.multi, variable?.includeAll]).toEqual(["custom", true, true]);
    return (variable?.options ?? []).map(({ value }) => value).filter((value) => value !== "$__all");
  };

  it("is every route of the contract, every client and every agent of the settings", () => {
    expect(optionsOf("latency", "resource")).toEqual(contract.routes.map(({ path }) => path));
    expect(optionsOf("errors", "resource")).toEqual(contract.routes.map(({ path }) => path));
    expect(optionsOf("idempotency", "route")).toEqual(
      contract.routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    );
    for (const id of ["errors", "traffic", "quotas", "lifetimes"] as const)
      expect(optionsOf(id, "client")).toEqual(settings.clients.map(({ clientId }) => clientId));
    for (const id of ["overview", "idempotency", "resources"] as const)
      expect(optionsOf(id, "agent")).toEqual(settings.agents.map(({ id: agentId }) => agentId));
  });

  it("is what panels ask for: a variable that is there is used, and one that is used is there", () => {
    for (const model of all) {
      const { templating, panels } = parsed(model);
      const there = templating.list.map(({ name }) => name).filter((name) => name !== "correlation_id");
      const asked = JSON.stringify(panels.flatMap(({ targets = [] }) => targets));
      const used = [...asked.matchAll(/\$([a-z]\w*)/g)].map(([, name]) => name);
      expect([model.id, [...new Set(used)].sort()]).toEqual([model.id, there.toSorted()]);
    }
  });

  it("stands in a dimension as a whole text: in a list Grafana would not expand it", () => {
    const dimensions = all.flatMap((model) =>
      parsed(model).panels.flatMap(({ targets = [] }) =>
        targets.flatMap((target) => Object.values(target.dimensions ?? {})),
      ),
    );
    expect(
      dimensions.filter((value) => typeof value === "string" && value.startsWith("$")).length,
    ).toBeGreaterThan(5);
    for (const value of dimensions.filter((each) => JSON.stringify(each).includes("$")))
      expect(value).toMatch(/^\$\w+$/);
  });

  it("has each route in its own line where requests per second are drawn", () => {
    const panel = dataOf().find(({ at }) => at === "traffic: Requests per second by route")?.panel;
    expect(panel?.targets.filter((target) => "math" in target).map(({ legend }) => legend)).toEqual(
      contract.routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    );
  });
});

describe("what was ordered (B1.1)", () => {
  const shown = (): string[] =>
    all.flatMap((model) =>
      parsed(model).panels.flatMap(({ title, targets = [] }) =>
        targets.map(
          (target) =>
            `${model.id} | ${title} | ${target.metricName ?? target.expr ?? target.expression} | ${JSON.stringify(target.dimensions ?? {})} | ${(target as { statistic?: string }).statistic ?? ""}`,
        ),
      ),
    );

  it.each([
    ["latency p50 by route", /latency \| .* \| Latency \| .*\$resource.* \| p50/],
    ["latency p95 by route", /latency \| .* \| Latency \| .*\$resource.* \| p95/],
    ["latency p99 by route", /latency \| .* \| Latency \| .*\$resource.* \| p99/],
    ["4xx by route", /errors \| .* \| 4XXError \| .*\$resource/],
    ["5xx by route", /errors \| .* \| 5XXError \| .*\$resource/],
    ["429 by route", /errors \| .* \| ThrottledByRoute \| .*\$resource/],
    ["4xx by client", /errors \| .* \| ClientErrorsByClient \| .*\$client/],
    ["5xx by client", /errors \| .* \| ServerErrorsByClient \| .*\$client/],
    ["429 by client", /errors \| .* \| ThrottledByClient \| .*\$client/],
    ["4xx by reason", /errors \| .* \| ClientErrorsByReason \|/],
    ["5xx by reason", /errors \| .* \| ServerErrorsByReason \|/],
    ["429 by reason", /errors \| .* \| ThrottledByReason \|/],
    ["requests per second", /traffic \| Requests per second by route \| r0 \/ 60/],
    ["CPU of functions", /resources \| .* \| CpuUse/],
    ["memory of functions", /resources \| .* \| MemoryUse \|/],
    ["CPU of agents", /resources \| .* \| .*container_cpu_usage_seconds_total/],
    ["memory of agents", /resources \| .* \| .*container_memory_working_set_bytes/],
    ["agents' queues", /queues \| .* \| ApproximateNumberOfMessagesVisible \| .*avatar-render-dead-letters/],
    ["age of asynchronous events", /queues \| .* \| AsyncEventAge/],
    ["asynchronous events dropped", /queues \| .* \| AsyncEventsDropped/],
    [
      "the warnings of the firewall",
      /firewall \| Warned \| CountedRequests \| .*vision-key-warn.*rest-key-warn/,
    ],
    ["who is slowed down", /firewall \| .* \| BlockedRequests \| .*vision-key-slow-down/],
    ["who is blocked", /firewall \| Blocked \| BlockedRequests \| .*rest-ip-block/],
    [
      "what would have been blocked",
      /firewall \| .* \| CountedRequests \| .*managed-anonymous-ip-would-have-blocked/,
    ],
    ["replays", /idempotency \| .* \| Replays \| .*\$route/],
    ["conflicts", /idempotency \| .* \| Conflicts/],
    ["mismatches", /idempotency \| .* \| Mismatches/],
    ["takeovers", /idempotency \| .* \| Takeovers/],
    ["locks", /idempotency \| .* \| LockWaits/],
    ["breakers", /idempotency \| .* \| BreakerState \| .*\$agent/],
    ["voice sessions at once", /voice \| Sessions at once \| time \/ 60000/],
    ["voice bandwidth", /voice \| Bandwidth \| sent \/ 60/],
    ["voice connections by answer", /voice \| .* \| VoiceConnections \| .*status/],
    ["quotas used", /quotas \| .* \| QuotaUse \| .*\$client/],
    ["life of certificates", /lifetimes \| .* \| .*probe_ssl_earliest_cert_expiry/],
    ["age of secrets", /lifetimes \| .* \| SecretAge/],
    ["mutual TLS", /mutual-tls \| .* \| .*probe_success/],
    ["objective and budget", /slo \| Latency: budget left \| TIME_SERIES/],
  ])("has a panel: %s", (_what, line) => {
    expect(shown().filter((each) => line.test(each))).not.toEqual([]);
  });
});

describe("the overview", () => {
  it("fits a screen of 1080 lines", () => {
    expect(boardOf("overview").height).toBeLessThanOrEqual(SCREEN_HEIGHT);
  });

  it("says by colours how the four ordered alerts stand, the objectives, breakers, certificates, and what rings", () => {
    const coloured = boardOf("overview")
      .panels.filter(({ panel }) => panel.kind === "stat" && (panel.threshold || panel.meanings))
      .map(({ panel }) => panel.title);
    expect(coloured).toEqual([
      "p95 of POST /chat",
      "5xx",
      "429 in 5 min",
      "Doors that do not open",
      "Doors open to a bad certificate",
      "Probes that answer, of 105",
      "Breakers",
      "Least life of a domain",
      "Latency objective, 30 days",
      "Errors objective, 30 days",
      "Findings in the logs",
      "Scans that failed",
      "Scans that ended",
    ]);
    expect(parsed(boardOf("overview")).panels.map(({ type }) => type)).toContain("alertlist");
  });

  const tile = (title: string): PanelJson => {
    const found = parsed(boardOf("overview")).panels.find((panel) => panel.title === title);
    if (!found) throw new Error(`no tile ${title}`);
    return found;
  };

  it("is grey, and not green, where nothing is known", () => {
    const coloured = all.flatMap((model) =>
      model.panels.flatMap(({ id, panel }) =>
        panel.kind === "stat" && (panel.threshold || panel.meanings)
          ? parsed(model).panels.filter((each) => each.id === id)
          : [],
      ),
    );
    expect(coloured.length).toBeGreaterThan(10);
    for (const { title, fieldConfig } of coloured) {
      const { noValue, mappings = [] } = fieldConfig?.defaults ?? {};
      const [empty] = mappings.filter(({ type }) => type === "special");
      expect([title, empty?.options.match, empty?.options.result]).toEqual([
        title,
        "null+nan",
        expect.objectContaining({ text: noValue, color: "#808080" }),
      ]);
      expect(["no data", "none reported"]).toContain(noValue);
    }
    for (const title of ["Breakers", "Findings in the logs", "Scans that failed"])
      expect([title, tile(title).fieldConfig?.defaults.noValue]).toEqual([title, "none reported"]);
  });

  it("asks Prometheus for what is known now, and of no door or probe makes a 0", () => {
    const asked = parsed(boardOf("overview")).panels.flatMap(({ type, title, targets = [] }) =>
      type === "stat"
        ? targets.flatMap(({ expr, instant, range }) =>
            expr === undefined ? [] : [{ title, expr, instant, range }],
          )
        : [],
    );
    expect(asked.map(({ title }) => title)).toEqual([
      "Doors that do not open",
      "Doors open to a bad certificate",
      "Probes that answer, of 105",
      "Least life of a domain",
    ]);
    for (const { title, expr, instant, range } of asked) {
      expect([title, instant, range]).toEqual([title, true, false]);
      expect([title, expr]).not.toEqual([title, expect.stringContaining("vector(")]);
    }
  });

  it("calls a door open by the very condition that pages", () => {
    const condition = alerts(settings, contract).find(({ name }) => name === "MutualTlsOpen")?.condition;
    const [target] = tile("Doors open to a bad certificate").targets ?? [];
    expect(condition?.source === "prometheus" && target?.expr).toContain(
      condition?.source === "prometheus" ? condition.expr : "",
    );
  });

  it("is red with one probe fewer than the alert expects", () => {
    const condition = alerts(settings, contract).find(({ name }) => name === "ProberDown")?.condition;
    const steps = tile("Probes that answer, of 105").fieldConfig?.defaults.thresholds?.steps;
    expect(steps?.[1]).toEqual({ value: 105, color: "green" });
    expect(condition?.source === "prometheus" && condition.expr).toMatch(/ < 105$/);
  });

  it("reckons its objectives of what clients asked, and says so", () => {
    const metricsOf = (title: string) =>
      (tile(title).targets ?? []).flatMap(({ metricName }) => (metricName ? [metricName] : []));
    expect(metricsOf("Latency objective, 30 days")).toEqual(["ObjectiveSlowRequests", "ObjectiveRequests"]);
    expect(metricsOf("Errors objective, 30 days")).toEqual(["ServedServerErrors", "ServedRequests"]);
    for (const title of ["Latency objective, 30 days", "Errors objective, 30 days"])
      expect(tile(title).description).toContain("The prober's requests do not count");
  });

  it("says that the gateway counts the requests of prober and scans too, and counts 5xx as the page does", () => {
    expect(tile("p95 of POST /chat").description).toContain("the prober's own requests");
    expect((tile("5xx").targets ?? []).flatMap(({ metricName }) => metricName ?? [])).toEqual([
      "ServedServerErrors",
      "ServedRequests",
    ]);
  });

  it("leads to every other dashboard that it shows something of", () => {
    const more = new Set(boardOf("overview").panels.flatMap(({ panel }) => panel.more ?? []));
    expect([...more].sort()).toEqual(
      [
        "errors",
        "idempotency",
        "latency",
        "lifetimes",
        "mutual-tls",
        "quotas",
        "resources",
        "slo",
        "traffic",
      ].sort(),
    );
  });
});

describe("panels and alerts", () => {
  const panelOf = (of: readonly DashboardModel[], alert: Alert): PlacedPanel => {
    const id = panelIdOf(of, alert.dashboard, alert.name);
    const found = boardOf(alert.dashboard, of).panels.find((each) => each.id === id);
    if (!found) throw new Error(`${alert.name}: panel ${id} is not there`);
    return found;
  };
  const metricsIn = (expr: string): string[] =>
    [...expr.matchAll(/([a-z_]+)\{/g)].map(([, name = ""]) => name);

  it("every alert is shown by exactly one panel, of its own dashboard", () => {
    for (const name of alertNames) {
      const shown = all.flatMap(({ id, panels }) =>
        panels.flatMap(({ panel }) => (panel.alerts?.includes(name) ? [id] : [])),
      );
      expect([name, shown.length]).toEqual([name, 1]);
    }
    for (const alert of alerts(settings, contract))
      expect(panelOf(all, alert).panel.alerts).toContain(alert.name);
  });

  it("says which alert no panel of the dashboard shows", () => {
    expect(() => panelIdOf(all, "voice", "ChatLatencyHigh")).toThrow(
      /ChatLatencyHigh: got 0 panels of the dashboard voice/,
    );
  });

  it("a panel asks for the metrics that its alerts judge", () => {
    const judged = alerts(settings, contract).map((alert) => {
      const { panel } = panelOf(all, alert);
      const asked = isDataPanel(panel)
        ? panel.targets.flatMap((target) => ("math" in target ? [] : [target.query]))
        : [];
      const { condition } = alert;
      const isAsked =
        condition.source === "prometheus"
          ? metricsIn(condition.expr).some((metric) =>
              asked.some((query) => query.source === "prometheus" && metricsIn(query.expr).includes(metric)),
            )
          : asked.some(
              (query) =>
                query.source === "cloudwatch" &&
                query.namespace === condition.operands["A"]?.query.namespace &&
                query.metricName === condition.operands["A"].query.metricName &&
                query.statistic === condition.operands["A"].query.statistic,
            );
      return [alert.name, isAsked];
    });
    expect(judged.length).toBeGreaterThan(30);
    expect(judged.filter(([, isAsked]) => !isAsked)).toEqual([]);
  });

  /** The number of an alert as its panel shows it, from the alert's own mathematics. */
  function expectedThreshold({ name, condition }: Alert): Threshold | undefined {
    const text = condition.source === "cloudwatch" ? condition.math : condition.expr;
    const number = (pattern: RegExp): number => {
      const found = pattern.exec(text)?.[1];
      if (found === undefined) throw new Error(`${name}: ${text} is not ${String(pattern)}`);
      return Number(found);
    };
    const { latency, errors } = settings.observability.objectives;
    if (/^LatencyBudget/.test(name))
      return { value: number(/\$A > ([\d.]+) \* \$B/) / ((100 - latency.percentile) / 100), bad: "above" };
    if (/^ErrorBudget/.test(name))
      return { value: number(/\$A > ([\d.]+) \* \$B/) / (errors.maximumPercent / 100), bad: "above" };
    if (name === "ScanMissing") return { value: number(/^\(\$A < ([\d.]+) \|\|/), bad: "below" };
    if (["ChatLatencyHigh", "ServerErrorsHigh"].includes(name))
      return { value: number(/100 \* \$A > ([\d.]+) \* \$B/), bad: "above" };
    if (name === "ThrottlingSpike") return { value: number(/^\$A > ([\d.]+) &&/), bad: "above" };
    // The panel shows the share of each queue's own limit.
    if (name === "QueueLate") return { value: 100, bad: "above" };
    const simple = (condition.source === "cloudwatch" ? /^\$A (>=?|<=?) ([\d.]+)$/ : / (<|>) ([\d.]+)$/).exec(
      text,
    );
    if (!simple || name === "ProberDown" || name === "ProberSecretsStale") return undefined;
    const [, sign = "", value = ""] = simple;
    if (sign === ">" && value === "0") return { value: 1, bad: "above", including: true };
    return {
      value: Number(value),
      bad: sign.startsWith("<") ? "below" : "above",
      ...(sign.endsWith("=") ? { including: true as const } : {}),
    };
  }

  /** Those whose panel has states, or whose number is how many there should be. */
  const WITHOUT: readonly string[] = [
    "MutualTlsDown",
    "MutualTlsOpen",
    "MutualTlsUnproven",
    "MutualTlsRefusedLate",
    "DomainUnreachable",
    "UpstreamUnverified",
    "ProberDown",
    "ProberSecretsStale",
    "ProberCertificatesStale",
    "BreakerOpen",
    "BreakerOpenTicket",
    "GatewaySilent",
    "AccessLogSilent",
    "EdgeSilent",
    "TrustWatchSilent",
    "AgentsSilent",
  ];

  it("a panel's line stands where its alert's number is", () => {
    const compared: string[] = [];
    for (const alert of alerts(settings, contract)) {
      if (WITHOUT.includes(alert.name)) continue;
      const { panel, id } = panelOf(all, alert);
      const threshold = isDataPanel(panel) ? panel.threshold : undefined;
      const expected = expectedThreshold(alert);
      expect([alert.name, expected]).not.toEqual([alert.name, undefined]);
      expect([alert.name, { ...threshold, value: threshold?.value.toFixed(6) }]).toEqual([
        alert.name,
        { ...expected, value: expected?.value.toFixed(6) },
      ]);
      // And so in Grafana's model.
      const steps = parsed(boardOf(alert.dashboard)).panels.find((each) => each.id === id)?.fieldConfig
        ?.defaults.thresholds?.steps;
      expect([alert.name, steps]).toEqual([
        alert.name,
        threshold?.bad === "above"
          ? [
              { value: null, color: "green" },
              { value: threshold.value, color: "red" },
            ]
          : [
              { value: null, color: "red" },
              { value: threshold?.value, color: "green" },
            ],
      ]);
      compared.push(alert.name);
    }
    expect(compared.length).toBe(
      alerts(settings, contract).length -
        WITHOUT.filter((name) => alerts(settings, contract).some((alert) => alert.name === name)).length,
    );
  });

  it("each queue's own limit is what its line is reckoned by", () => {
    const alert = alerts(settings, contract).find(({ name }) => name === "QueueLate");
    const panel = dataOf().find(({ panel: each }) => each.alerts?.includes("QueueLate"))?.panel;
    expect(alert?.condition).toMatchObject({ math: "$A > 900" });
    expect(panel?.targets).toContainEqual(expect.objectContaining({ math: "100 * q0 / 900" }));
  });

  it("a changed setting moves the alert, its panel's line and the overview's colour together", () => {
    const values = stagingValues() as { observability: { alerts: { chatLatency: object } } };
    const changed = stagingSettings({
      observability: {
        ...values.observability,
        alerts: {
          ...values.observability.alerts,
          chatLatency: { route: "/chat", thresholdMs: 650, forMinutes: 10 },
        },
      },
    });
    const of = dashboards(changed, contract);
    const alert = alerts(changed, contract).find(({ name }) => name === "ChatLatencyHigh");
    if (!alert) throw new Error("no such alert");
    const lines = [
      ...boardOf("latency", of)
        .panels.map(({ panel }) => panel)
        .slice(0, 2),
      ...boardOf("overview", of).panels.map(({ panel }) => panel),
    ].flatMap((panel) =>
      isDataPanel(panel) && panel.unit === "milliseconds" ? [panel.threshold?.value] : [],
    );
    expect(alert.summary).toContain("over 650 ms");
    expect(lines).toEqual([650, 650, 650]);
  });

  it("leads to each alert's section of the runbook", () => {
    for (const alert of alerts(settings, contract)) {
      const { id } = panelOf(all, alert);
      const links = parsed(boardOf(alert.dashboard)).panels.find((each) => each.id === id)?.links ?? [];
      expect(links.map(({ url }) => url)).toContain(
        `${settings.observability.runbookUrl}#${alert.name.toLowerCase()}`,
      );
    }
  });
});

describe("settings that are unlike staging's", () => {
  it("with a hundred queues make no panel of more queries than Grafana has letters for", () => {
    const values = stagingValues() as { observability: object };
    const queues = Array.from({ length: 100 }, (_, i) => ({
      name: `queue-${i}`,
      agentId: "avatar-01",
      kind: "work",
      maximumAgeMinutes: 5,
    }));
    const of = dashboards(stagingSettings({ observability: { ...values.observability, queues } }), contract);
    const refIds = parsed(boardOf("queues", of)).panels.flatMap(({ targets = [] }) =>
      targets.map(({ refId }) => refId),
    );
    expect(refIds.length).toBeGreaterThan(200);
    expect(refIds.filter((refId) => !/^[A-Z]{1,2}$/.test(refId))).toEqual([]);
  });

  it("without a queue have no empty panel", () => {
    const values = stagingValues() as { observability: object };
    const of = dashboards(
      stagingSettings({ observability: { ...values.observability, queues: [] } }),
      contract,
    );
    expect(boardOf("queues", of).headings.map(({ text }) => text)).toEqual([
      "Events that wait for a function",
    ]);
  });

  it("with a firewall whose every rule blocks say so instead of asking for what nobody counts", () => {
    const values = stagingValues() as { firewall: { managedGroups: Record<string, object> } };
    const { managedGroups } = values.firewall;
    const AWSManagedRulesAnonymousIpList = { mode: "block", ruleOverrides: {} };
    const of = dashboards(
      stagingSettings({
        firewall: { ...values.firewall, managedGroups: { ...managedGroups, AWSManagedRulesAnonymousIpList } },
      }),
      contract,
    );
    const panel = boardOf("firewall", of).panels.find((each) => each.panel.title === "Would have blocked");
    expect(panel?.panel).toMatchObject({
      kind: "text",
      markdown: "No rule does so.",
      alerts: ["WouldHaveBlocked"],
    });
  });

  it("with a route that the contract does not have are refused", () => {
    const values = stagingValues() as { observability: { alerts: object } };
    expect(() =>
      dashboards(
        stagingSettings({
          observability: {
            ...values.observability,
            alerts: {
              ...values.observability.alerts,
              chatLatency: { route: "/nothing", thresholdMs: 800, forMinutes: 10 },
            },
          },
        }),
        contract,
      ),
    ).toThrow(/\/nothing/);
  });
});
