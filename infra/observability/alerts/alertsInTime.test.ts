import { describe, expect, it } from "vitest";
import type { Alert, CloudWatchCondition, Operand, Reducer } from "./alert";
import { alerts } from "./alerts";
import type { AlertName } from "./alertNames";
import { EVALUATION_SECONDS, ruleContext } from "./grafanaRules";
import type { ProvisionedRule } from "./interpreter/rule";
import { scenarios, START_MS, type Scenario } from "./interpreter/scenarios";
import { run } from "./interpreter/states";
import { expected, provisioned, verdict } from "./interpreter/verdict";
import { stagingParts } from "./testSupport";

const { settings, contract } = stagingParts();
const context = ruleContext(settings, () => 1);
const all = alerts(settings, contract);

const alertOf = (name: AlertName): Alert => {
  const alert = all.find((each) => each.name === name);
  if (!alert) throw new Error(`no alert ${name}`);
  return alert;
};

const ruleOf = (name: AlertName): ProvisionedRule => provisioned(alertOf(name), context);

describe("an alert in time (B1.2, B1.3, B1.4)", () => {
  it.each(scenarios.map((scenario) => [`${scenario.alert}: ${scenario.what}`, scenario] as const))(
    "%s",
    (_, scenario) => {
      expect(verdict(ruleOf(scenario.alert), scenario, EVALUATION_SECONDS)).toEqual(expected(scenario));
    },
  );

  it("is the same before Grafana named each series by its label", () => {
    for (const scenario of scenarios) {
      const before = { ...scenario, cloudWatch: { ...scenario.cloudWatch, seriesLabel: false } };
      expect({
        what: scenario.what,
        ...verdict(ruleOf(scenario.alert), before, EVALUATION_SECONDS),
      }).toEqual({ what: scenario.what, ...expected(scenario) });
    }
  });

  it.each([20, 30, 40, 50])(
    "is the same at the second %i of the minute: a window has as many minutes there",
    (atSecond) => {
      for (const scenario of scenarios.filter(isOfMinutes))
        expect({
          what: scenario.what,
          ...verdict(ruleOf(scenario.alert), scenario, EVALUATION_SECONDS, atSecond),
        }).toEqual({ what: scenario.what, ...expected(scenario) });
    },
  );

  it("comes a minute later at the very turn of the minute, since its last minute is not in yet", () => {
    for (const scenario of scenarios.filter(isOfMinutes)) {
      const { rings } = verdict(ruleOf(scenario.alert), scenario, EVALUATION_SECONDS, 0);
      expect({ what: scenario.what, from: rings?.from }).toEqual({
        what: scenario.what,
        from: scenario.rings && (hasAlwaysBeenSo(scenario) ? scenario.rings.from : scenario.rings.from + 1),
      });
    }
  });
});

/** Scenarios in which nothing happens within a minute: neither late values nor a source that is away. */
const isOfMinutes = ({ cloudWatch, metrics }: Scenario): boolean =>
  cloudWatch === undefined && metrics.every(({ lateSeconds }) => lateSeconds === undefined);

/** What held before the first evaluation rings as soon as it has waited. */
const hasAlwaysBeenSo = ({ rings, alert }: Scenario): boolean =>
  rings !== undefined && rings.from * 60 <= pendingOf(alert);
const pendingOf = (name: AlertName): number => Number(/^(\d+)m$/.exec(ruleOf(name).for)?.[1] ?? 0) * 60;

describe("an alert on Prometheus", () => {
  const ringing = (name: AlertName, value: (minute: number) => number | undefined): number[] =>
    run(
      ruleOf(name),
      {
        prometheus: (_, nowMs) => {
          const found = value(Math.floor((nowMs - START_MS) / 60_000));
          return found === undefined
            ? []
            : [{ labels: { domain: "chat-01.staging.example.com" }, value: found }];
        },
      },
      { fromMs: START_MS, toMs: START_MS + 20 * 60_000, intervalSeconds: EVALUATION_SECONDS },
    ).flatMap(({ nowMs, states }) =>
      [...states.values()].some(({ state }) => state === "Alerting")
        ? [Math.floor((nowMs - START_MS) / 60_000)]
        : [],
    );

  it.each([0, 1, 400, -3])("rings for a series whatever its value is, such as %d", (value) => {
    const from5To9 = (minute: number): number | undefined => (minute >= 5 && minute <= 9 ? value : undefined);
    // B1.5: two minutes.
    expect(ringing("MutualTlsDown", from5To9)).toEqual([7, 8, 9]);
    expect(ringing("MutualTlsOpen", from5To9)).toEqual([5, 6, 7, 8, 9]);
  });

  it("is calm without a series", () => {
    const asking = all.filter(({ condition: { source } }) => source === "prometheus");
    expect(asking.length).toBeGreaterThan(10);
    expect(asking.filter(({ name }) => ringing(name, () => undefined).length > 0)).toEqual([]);
  });

  it("begins anew where the series is away in between", () => {
    expect(
      ringing("MutualTlsDown", (minute) => (minute === 6 || minute === 8 ? undefined : 0)),
    ).not.toContain(9);
  });
});

/*
 * Each alert is broken on purpose, and something above must notice.
 */

const condition = ({ condition: of }: Alert): CloudWatchCondition => {
  if (of.source !== "cloudwatch") throw new Error("a mutant of an alert on CloudWatch");
  return of;
};
const withMath = (alert: Alert, from: string | RegExp, to: string): Alert => {
  const math = condition(alert).math.replace(from, to);
  if (math === condition(alert).math) throw new Error(`${alert.name}: the mutant is the alert`);
  return { ...alert, condition: { ...condition(alert), math } };
};
const withOperand = (alert: Alert, name: string, change: (operand: Operand) => Operand): Alert => {
  const operand = condition(alert).operands[name];
  if (!operand) throw new Error(`${alert.name} has no operand ${name}`);
  return {
    ...alert,
    condition: {
      ...condition(alert),
      operands: { ...condition(alert).operands, [name]: change(operand) },
    },
  };
};
const reducedBy = (name: string, reduce: Reducer) => (alert: Alert) =>
  withOperand(alert, name, (operand) => ({ ...operand, reduce }));
const statistic = (name: string, of: Operand["query"]["statistic"]) => (alert: Alert) =>
  withOperand(alert, name, (operand) => ({ ...operand, query: { ...operand.query, statistic: of } }));
const windowOf = (name: string, windowSeconds: number) => (alert: Alert) =>
  withOperand(alert, name, (operand) => ({ ...operand, windowSeconds }));
const endsAgo = (name: string, endsSecondsAgo: number) => (alert: Alert) =>
  withOperand(alert, name, (operand) => ({ ...operand, endsSecondsAgo }));
const dimensions = (name: string, of: Operand["query"]["dimensions"]) => (alert: Alert) =>
  withOperand(alert, name, (operand) => ({ ...operand, query: { ...operand.query, dimensions: of } }));
const gatewayCount = (name: string) => (alert: Alert) =>
  withOperand(alert, name, (operand) => ({
    ...operand,
    query: {
      ...operand.query,
      namespace: "AWS/ApiGateway",
      metricName: "Count",
      dimensions: { ApiName: "fase-b-staging", Stage: "v1" },
    },
  }));
const math = (from: string | RegExp, to: string) => (alert: Alert) => withMath(alert, from, to);
const holds =
  (forSeconds: number) =>
  (alert: Alert): Alert => ({ ...alert, forSeconds });
const silent =
  (whenSilent: Alert["whenSilent"]) =>
  (alert: Alert): Alert => ({ ...alert, whenSilent });
const unanswered =
  (ringsUnanswered: boolean) =>
  (alert: Alert): Alert => ({ ...alert, ringsUnanswered });

const mutants: readonly (readonly [AlertName, string, (alert: Alert) => Alert])[] = [
  ["ChatLatencyHigh", "a lower share", math("> 5 *", "> 4.9 *")],
  ["ChatLatencyHigh", "a higher share", math("> 5 *", "> 5.1 *")],
  ["ChatLatencyHigh", "at the share as well", math("> 5 *", ">= 5 *")],
  ["ChatLatencyHigh", "without a look at the count", math("$B > 0 && ", "")],
  ["ChatLatencyHigh", "a minute less", holds(540)],
  ["ChatLatencyHigh", "a minute more", holds(660)],
  ["ChatLatencyHigh", "at once", holds(0)],
  ["ChatLatencyHigh", "another statistic", statistic("A", "Average")],
  [
    "ChatLatencyHigh",
    "the worst of ten minutes",
    (alert) => reducedBy("A", "max")(windowOf("A", 600)(alert)),
  ],
  ["ChatLatencyHigh", "the sum of two", reducedBy("A", "sum")],
  ["ChatLatencyHigh", "no window for what is late", windowOf("A", 60)],
  ["ChatLatencyHigh", "the sum of ten minutes", (alert) => reducedBy("A", "sum")(windowOf("A", 600)(alert))],
  ["ChatLatencyHigh", "minutes that are not whole", endsAgo("A", 0)],
  ["ChatLatencyHigh", "the gateway's count for clients'", gatewayCount("B")],
  ["ChatLatencyHigh", "silence that rings", silent("alerting")],
  ["ServerErrorsHigh", "at 1 % as well", math(/> 1 \*/, ">= 1 *")],
  ["ServerErrorsHigh", "2 %", math("> 1 *", "> 2 *")],
  ["ServerErrorsHigh", "a share of one", math("100 * ", "")],
  ["ServerErrorsHigh", "without a look at the count", math("$B > 0 && ", "")],
  ["ServerErrorsHigh", "either of the two", math("&&", "||")],
  ["ServerErrorsHigh", "a minute less", holds(240)],
  ["ServerErrorsHigh", "a minute more", holds(360)],
  ["ServerErrorsHigh", "the number of samples", statistic("A", "SampleCount")],
  ["ThrottlingSpike", "no floor", math(/\$A > 50 && /, "")],
  ["ThrottlingSpike", "a lower floor", math("50", "49")],
  ["ThrottlingSpike", "a higher floor", math("50", "51")],
  ["ThrottlingSpike", "no baseline", math(/ && \$A > 3.*/, "")],
  ["ThrottlingSpike", "a smaller factor", math("3 *", "1.5 *")],
  ["ThrottlingSpike", "a larger factor", math("3 *", "3.1 *")],
  ["ThrottlingSpike", "a baseline that has the window in it", endsAgo("B", 120)],
  ["ThrottlingSpike", "a shorter window", windowOf("A", 240)],
  ["ThrottlingSpike", "the last minute alone", reducedBy("A", "last")],
  ["LatencyBudgetBurnsFast", "another share", math(/0\.72/g, "0.73")],
  ["LatencyBudgetBurns", "at the share as well", math(/> 0\.3 /g, ">= 0.3 ")],
  ["LatencyBudgetBurnsSlowly", "another share", math(/0\.05/g, "0.06")],
  ["ErrorBudgetBurnsFast", "the short window alone", math(/ && \$A > 0\.1008 \* \$B/, "")],
  ["ErrorBudgetBurnsFast", "the long window alone", math(/ && \$C > 0\.1008 \* \$D/, "")],
  ["ErrorBudgetBurnsFast", "either window", math("* $B && $C", "* $B || $C")],
  ["ErrorBudgetBurnsFast", "without a look at the count", math("$B > 0 && $D > 0 && ", "")],
  ["ErrorBudgetBurnsFast", "a shorter long window", windowOf("A", 1_800)],
  ["ErrorBudgetBurns", "another share", math(/0\.042/g, "0.05")],
  ["ErrorBudgetBurnsSlowly", "another share", math(/0\.007/g, "0.008")],
  ["BreakerOpen", "half-open as well", math(">= 2", ">= 1")],
  ["BreakerOpen", "never", math(">= 2", "> 2")],
  ["BreakerOpen", "at once", holds(0)],
  ["BreakerOpen", "the mildest instance", statistic("A", "Minimum")],
  ["BreakerOpen", "one agent alone", dimensions("A", { functionName: "edge", agentId: "chat-02" })],
  ["BreakerOpen", "every agent", dimensions("A", { functionName: "edge", agentId: "*" })],
  ["BreakerOpenTicket", "every agent", dimensions("A", { functionName: "edge", agentId: "*" })],
  ["ChatLatencyHigh", "calm without an answer", unanswered(false)],
  ["ServerErrorsHigh", "calm without an answer", unanswered(false)],
  ["ThrottlingSpike", "calm without an answer", unanswered(false)],
  ["GatewaySilent", "calm without an answer", unanswered(false)],
  ["ErrorBudgetBurnsFast", "an alarm for want of an answer", unanswered(true)],
  ["FunctionFaults", "an alarm for want of an answer", unanswered(true)],
  [
    "ErrorBudgetBurnsFast",
    "what the gateway counts in all",
    (alert) => gatewayCount("D")(gatewayCount("B")(alert)),
  ],
  ["QuotaNearEnd", "only beyond the threshold", math(">=", ">")],
  ["QuotaNearEnd", "a short memory", windowOf("A", 900)],
  ["FunctionMemoryHigh", "at the threshold as well", math(">", ">=")],
  ["FunctionMemoryHigh", "the mean", reducedBy("A", "mean")],
  ["DeadLetters", "two messages", math("> 0", "> 1")],
  ["QueueLate", "at the age as well", math(">", ">=")],
  ["SecretStale", "only beyond the age", math(">=", ">")],
  ["SecretStale", "a window shorter than the looks are apart", windowOf("A", 3_600)],
  ["GatewaySilent", "at one request as well", math("< 1", "<= 1")],
  ["GatewaySilent", "a shorter silence", windowOf("A", 300)],
  ["GatewaySilent", "at once", holds(0)],
  ["AccessLogSilent", "though nobody calls", math(" && $B > 0", "")],
  ["EdgeSilent", "though it does not run", math(" && $B > 0", "")],
  ["ScanMissing", "one that is not missed", math("$C < 1", "$B < 1")],
  ["ScanMissing", "all of them", math(/\|\|/g, "&&")],
  ["ScanMissing", "without pairs", math(/.*/, "$A < 1 && $B < 1 || $C < 1")],
  ["ScanMissing", "an hour less", (alert) => windowOf("C", 25 * 3_600)(windowOf("A", 25 * 3_600)(alert))],
  ["ServerErrorsHigh", "what the gateway counts in all", gatewayCount("B")],
  ["TrustWatchSilent", "one look that is late", windowOf("A", 6 * 3_600)],
];

describe("an alert that is broken", () => {
  it.each(mutants)("%s with %s is noticed", (name, _, mutate) => {
    const mutant = provisioned(mutate(alertOf(name)), context);
    const survives = scenarios
      .filter(({ alert }) => alert === name)
      .every(
        (scenario) =>
          JSON.stringify(verdict(mutant, scenario, EVALUATION_SECONDS)) ===
          JSON.stringify(expected(scenario)),
      );
    expect(survives).toBe(false);
  });

  it("would survive unbroken, so that its fall says something", () => {
    for (const scenario of scenarios)
      expect(JSON.stringify(verdict(ruleOf(scenario.alert), scenario, EVALUATION_SECONDS))).toBe(
        JSON.stringify(expected(scenario)),
      );
  });
});
