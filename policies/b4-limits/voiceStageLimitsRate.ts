import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, show, within, type Props } from "../lib/values";

const mostMessagesPerSecond = 5_000;

export const voiceStageLimitsRate = resourcePolicy({
  name: "voice-stage-limits-rate",
  severity: "high",
  clauses: ["B4.2"],
  summary: "The WebSocket stage takes messages at a bounded rate; no web ACL can stand before it.",
  reads: "aws:apigatewayv2/stage:Stage: defaultRouteSettings, routeSettings",
  remediation: "set throttlingRateLimit and throttlingBurstLimit in defaultRouteSettings.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html",
  types: [types.voiceStage],
  check(resource, report) {
    const judge = (where: string, { throttlingRateLimit, throttlingBurstLimit }: Props): void => {
      if (
        within(throttlingRateLimit, 0.1, mostMessagesPerSecond) &&
        within(throttlingBurstLimit, 1, mostMessagesPerSecond)
      ) {
        return;
      }
      report({
        resource,
        got: `${where}: rate ${show(throttlingRateLimit)}, burst ${show(throttlingBurstLimit)}`,
        expected: `both above 0 and at most ${mostMessagesPerSecond}`,
      });
    };
    judge("defaultRouteSettings", object(resource.props.defaultRouteSettings));
    for (const route of objects(resource.props.routeSettings)) judge(`route ${show(route.routeKey)}`, route);
  },
});
