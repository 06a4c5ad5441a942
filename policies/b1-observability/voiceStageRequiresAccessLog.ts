import { defectsOfFormat, webSocketLog } from "../lib/accessLog";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, show, text } from "../lib/values";

export const voiceStageRequiresAccessLog = resourcePolicy({
  name: "voice-stage-requires-access-log",
  severity: "high",
  clauses: ["B1.6", "B8.3"],
  summary: "The WebSocket stage logs each event with its ids, never its content or a person's data.",
  reads: "aws:apigatewayv2/stage:Stage: accessLogSettings, defaultRouteSettings, routeSettings",
  controls: ["FSBP APIGateway.1", "FSBP APIGateway.9", "CKV_AWS_76"],
  remediation: "log ids, event type, route key and status; keep dataTraceEnabled off and the level at ERROR.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html",
  types: [types.voiceStage],
  check(resource, report) {
    const { destinationArn, format } = object(resource.props.accessLogSettings);
    if (!/^arn:[\w-]+:logs:/.test(text(destinationArn))) {
      report({
        resource,
        got: `access log destination ${show(destinationArn)}`,
        expected: "the ARN of a log group",
      });
    }
    for (const { got, expected } of defectsOfFormat(format, webSocketLog))
      report({ resource, got, expected });
    const { detailedMetricsEnabled, loggingLevel } = object(resource.props.defaultRouteSettings);
    const routes = objects(resource.props.routeSettings);
    for (const settings of [object(resource.props.defaultRouteSettings), ...routes]) {
      if (settings.dataTraceEnabled === true) {
        report({ resource, got: "dataTraceEnabled true", expected: "false: it writes messages to the log" });
      }
    }
    for (const route of routes.filter((settings) => settings.loggingLevel === "INFO")) {
      report({ resource, got: `loggingLevel "INFO" for ${show(route.routeKey)}`, expected: '"ERROR"' });
    }
    if (detailedMetricsEnabled !== true) {
      report({ resource, got: `detailedMetricsEnabled ${show(detailedMetricsEnabled)}`, expected: "true" });
    }
    if (loggingLevel !== "ERROR")
      report({ resource, got: `loggingLevel ${show(loggingLevel)}`, expected: '"ERROR"' });
  },
});
