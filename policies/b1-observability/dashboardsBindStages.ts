import { askedOf } from "../lib/alertRules";
import { asks, boardOf } from "../lib/boards";
import { accessLogOf, isOf, logMetricsOf } from "../lib/logMetrics";
import { bodyOf, operationsOf } from "../lib/openapi";
import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { join, text } from "../lib/values";

const namespace = "AWS/ApiGateway";
/** B1.1, route by route. */
const ofRoute = [
  ["Latency", "p50"],
  ["Latency", "p95"],
  ["Latency", "p99"],
  ["4XXError", "Sum"],
  ["5XXError", "Sum"],
  ["Count", "Sum"],
] as const;

/** B1.1's others, by what a metric is called: who emits them is for the program's tests to prove. */
const others: Readonly<Record<string, RegExp>> = {
  CPU: /cpu/i,
  RAM: /memory/i,
  queues: /ApproximateNumberOfMessages|ApproximateAgeOfOldestMessage|AsyncEventAge/,
};

export const dashboardsBindStages = stackPolicy({
  name: "dashboards-bind-stages",
  severity: "high",
  clauses: ["B1.1"],
  summary:
    "Every stage has its panels, and every route of its API: latency p50, p95, p99, 4xx, 5xx, requests and 429; and CPU, RAM and queues have theirs.",
  reads:
    "grafana Dashboard.configJson: panels' types, places and shown targets, custom variables; DataSource: type, uid; the provider's region; RestApi.body: paths; Stage: names; LogMetricFilter of the stages' access logs",
  remediation:
    "add a panel whose CloudWatch query names ApiName, Stage, Resource and Method (by value, list or variable), and one on a metric filter of the access log by $.resourcePath for 429.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
  check(stack, report) {
    const [cloudwatch, prometheus] = [askedOf(stack, "cloudwatch"), askedOf(stack, "prometheus")];
    const panels = stack
      .ofType(types.dashboard)
      .map((board) => boardOf(board, cloudwatch, prometheus))
      .flatMap((board) => board.panels);
    const questions = panels.flatMap((panel) => panel.questions);
    for (const stage of stack.ofType(types.stage)) {
      const api = source(stage, "restApi", types.restApi);
      const body = api && bodyOf(api, report);
      if (!api || !body) continue;
      const ofStage = { ApiName: text(api.props.name), Stage: text(stage.props.stageName) };
      const missing = (["Count", "5XXError"] as const).filter(
        (metric) => !asks(questions, namespace, metric, "Sum", ofStage),
      );
      if (missing.length > 0)
        report({
          resource: stage,
          got: `no panel of ${join(missing)}`,
          expected: "both, of the whole stage",
        });
      const by429 = logMetricsOf(stack, accessLogOf(stage), true).filter(
        ({ dimensions }) => Object.values(dimensions).join() === "$.resourcePath",
      );
      for (const { path, method } of operationsOf(body)) {
        const dimensions = { ...ofStage, Resource: path, Method: method };
        const absent = ofRoute.filter(
          ([metric, statistic]) => !asks(questions, namespace, metric, statistic, dimensions),
        );
        const has429 = by429.some((metric) =>
          asks(
            questions,
            metric.namespace,
            metric.metricName,
            "Sum",
            Object.fromEntries(Object.keys(metric.dimensions).map((name) => [name, path])),
          ),
        );
        const names = [...absent.map((one) => one.join(" ")), ...(has429 ? [] : ["429"])];
        if (names.length > 0)
          report({
            resource: api,
            got: `no panel of ${join(names)} of ${method} ${path}`,
            expected: "one each",
          });
      }
    }
    for (const stage of stack.ofType(types.voiceStage)) {
      const metrics = logMetricsOf(stack, accessLogOf(stage), false);
      if (questions.some((question) => metrics.some((metric) => isOf(metric, question)))) continue;
      report({
        resource: stage,
        got: "no panel of a metric of its access log",
        expected: "one: the API's own metrics are by an id that is not known yet",
      });
    }
    const asked = panels.flatMap((panel) => [
      ...panel.questions.map(({ metricName }) => metricName),
      ...panel.expressions,
    ]);
    for (const [what, form] of Object.entries(others)) {
      if (!asked.some((one) => form.test(one))) report({ got: `no panel of ${what}`, expected: "one" });
    }
  },
});
