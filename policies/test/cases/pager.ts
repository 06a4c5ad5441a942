import { types } from "../../lib/types";
import { integration } from "../observability";
import { topicArn } from "../staging";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

type Statement = Record<string, unknown>;

const statement = (
  resource: TestResource,
  property: string,
  at: number,
  change: (statement: Statement) => void,
): TestResource =>
  resource.json(property, (document) => {
    const found = (document.Statement as Statement[])[at];
    if (!found) throw new Error(`no statement ${at}`);
    change(found);
  });

const service = (stack: TestStack, name: string): TestResource => stack.get(types.pagerService, name);
const subscription = (stack: TestStack): TestResource => stack.get(types.topicSubscription, "alarms-pager");
/** Of no policy's own kind. */
function plainAlarm(stack: TestStack): TestResource {
  const alarm = stack.add(types.alarm, "latency", {
    metricName: "Latency",
    namespace: "AWS/ApiGateway",
    alarmActions: [topicArn],
  });
  alarm.provider = stack.get(types.provider, "aws");
  return alarm;
}
const rights = (stack: TestStack, change: (one: Statement) => void): TestResource =>
  statement(stack.get(types.rolePolicy, "reader-rights"), "policy", 0, change);

export const pager: CaseBook = {
  "service-provider-requires-tls": {
    violations: [
      {
        when: "Grafana is spoken to without TLS",
        change: (stack) => stack.get(types.grafanaProvider).set("url", "http://grafana.example.com"),
        says: /url "http:/,
      },
      {
        when: "credentials stand in Grafana's address",
        change: (stack) => stack.get(types.grafanaProvider).set("url", "https://a:b@grafana.example.com"),
        says: /https:\/\/ and a host, without credentials/,
      },
      {
        when: "Grafana's certificate is not checked",
        change: (stack) => stack.get(types.grafanaProvider).set("insecureSkipVerify", "true"),
        says: /insecureSkipVerify "true"/,
      },
      {
        when: "a variable of the deployer's slipped in",
        change: (stack) => stack.get(types.grafanaProvider).set("oncallAccessToken", "of nobody"),
        says: /got oncallAccessToken set/,
      },
      {
        when: "PagerDuty's events go elsewhere",
        change: (stack) => stack.get(types.pagerProvider).set("apiUrlOverride", "https://example.net"),
        says: /got apiUrlOverride set/,
      },
      {
        when: "PagerDuty's provider is a default one",
        change: (stack) => stack.add(types.pagerProvider, "default_3_4_0", {}),
        says: /default provider/,
      },
    ],
    nearMisses: [
      {
        when: "PagerDuty's account is in Europe",
        change: (stack) => stack.get(types.pagerProvider).set("serviceRegion", "eu"),
      },
    ],
  },
  "pager-services-bind-people": {
    violations: [
      {
        when: "no service wakes anybody",
        change: (stack) => service(stack, "page").set("incidentUrgencyRule.urgency", "low"),
        says: /0 pager services of high urgency/,
      },
      {
        when: "two services wake",
        change: (stack) => service(stack, "ticket").set("incidentUrgencyRule.urgency", "high"),
        says: /2 pager services of high urgency/,
      },
      {
        when: "the urgency is whoever's who sends an alert",
        change: (stack) => service(stack, "ticket").set("incidentUrgencyRule", { type: "use_support_hours" }),
        says: /whoever sends an alert does not choose who sleeps/,
      },
      {
        when: "nobody is in the schedule",
        change: (stack) => stack.get(types.onCallSchedule).from("layers"),
        says: /'page': got 'on-call' without a User of this stack/,
      },
      {
        when: "the policy has no schedule",
        change: (stack) =>
          stack.get(types.escalationPolicy).from("rules", stack.get(types.pagerUser, "third")),
        says: /'escalation' without a Schedule/,
      },
      {
        when: "a service has a policy from elsewhere",
        change: (stack) => service(stack, "page").from("escalationPolicy"),
        says: /'page': got no EscalationPolicy of this stack/,
      },
      {
        when: "it escalates to nobody",
        change: (stack) =>
          stack
            .get(types.escalationPolicy)
            .set("rules", [{ escalationDelayInMinutes: 10, targets: [{ type: "schedule_reference" }] }]),
        says: /'escalation': got 1 rules/,
      },
      {
        when: "an incident ends by the clock",
        change: (stack) => service(stack, "page").set("autoResolveTimeout", "14400"),
        says: /autoResolveTimeout "14400"/,
      },
      {
        when: "each alert of a storm is an incident",
        change: (stack) => service(stack, "page").set("alertGroupingParameters", undefined),
        says: /grouping nothing/,
      },
      {
        when: "a key is of a service from elsewhere",
        change: (stack) => integration(stack, "page-events_api_v2").from("service"),
        says: /'page-events_api_v2': got no service of this stack/,
      },
    ],
    nearMisses: [
      {
        when: "whoever acknowledged is asked again",
        change: (stack) => service(stack, "page").set("acknowledgementTimeout", "1800"),
      },
      {
        when: "one person is always on call",
        change: (stack) =>
          stack.get(types.onCallSchedule).from("layers", stack.get(types.pagerUser, "first")),
      },
    ],
  },
  "topics-bind-pager": {
    violations: [
      {
        when: "nobody listens to a topic",
        change: (stack) => stack.remove(subscription(stack)),
        says: /'topic': got 0 subscriptions/,
      },
      {
        when: "somebody else listens too",
        change: (stack) =>
          stack
            .add(types.topicSubscription, "second", { protocol: "email", endpoint: "second@example.com" })
            .from("topic", stack.get(types.topic, "topic")),
        says: /'topic': got 2 subscriptions/,
      },
      {
        when: "the address is not of an integration",
        change: (stack) => subscription(stack).from("endpoint"),
        says: /an endpoint by "https" of 'nobody of this stack'/,
      },
      {
        when: "it is read without TLS",
        change: (stack) => subscription(stack).set("protocol", "http"),
        says: /an endpoint by "http"/,
      },
      {
        when: "a filter keeps some alarms back",
        change: (stack) => subscription(stack).set("filterPolicy", "{}"),
        says: /raw messages, or a filter/,
      },
      {
        when: "messages are raw",
        change: (stack) => subscription(stack).set("rawMessageDelivery", true),
        says: /raw messages, or a filter/,
      },
      {
        when: "a subscription is of a topic from elsewhere",
        change: (stack) => subscription(stack).from("topic"),
        says: /'alarms-pager': got no topic of this stack/,
      },
      {
        when: "an alarm of another metric than the ordered ones has its actions off",
        change: (stack) => plainAlarm(stack).set("actionsEnabled", false),
        says: /'latency': got actionsEnabled false/,
      },
      {
        when: "an alarm rings nobody",
        change: (stack) => plainAlarm(stack).set("alarmActions", []),
        says: /'latency': got no action on a topic of alarms/,
      },
      {
        when: "an alarm tells another account's topic of the same name",
        change: (stack) =>
          plainAlarm(stack).set("alarmActions", ["arn:aws:sns:eu-west-1:999999999999:alarms"]),
        says: /'latency': got no action on a topic of alarms/,
      },
    ],
    nearMisses: [
      {
        when: "an alarm tells somebody else beside the pager, and says that its actions are on",
        change: (stack) =>
          plainAlarm(stack)
            .set("actionsEnabled", true)
            .set("alarmActions", ["arn:aws:sns:eu-west-1:999999999999:elsewhere", topicArn])
            .set("okActions", [topicArn]),
      },
      {
        when: "alarms go to the service that wakes",
        change: (stack) => subscription(stack).from("endpoint", integration(stack, "page-aws_cloudwatch")),
      },
      {
        when: "it is sent again more often",
        change: (stack) => subscription(stack).set("deliveryPolicy", "{}"),
      },
    ],
  },
  "readers-bind-metrics": {
    violations: [
      {
        when: "a reader queries logs",
        change: (stack) =>
          rights(stack, (one) => {
            one.Action = ["cloudwatch:GetMetricData", "logs:StartQuery"];
          }),
        says: /got logs:startquery; expected at most/,
      },
      {
        when: "a reader reads every region's metrics",
        change: (stack) =>
          rights(stack, (one) => {
            delete one.Condition;
          }),
        says: /cloudwatch:getmetricdata and cloudwatch:listmetrics in any region/,
      },
      {
        when: "a reader may lift the masking of the logs",
        change: (stack) =>
          rights(stack, (one) => {
            one.Action = ["logs:Unmask"];
          }),
        says: /got logs:unmask; expected at most/,
      },
      {
        when: "a function may read metrics",
        change: (stack) =>
          stack.get(types.rolePolicy, "reader-rights").from("role", stack.get(types.role, "edge-role")),
        says: /cloudwatch:getmetricdata and cloudwatch:listmetrics of 'edge-role'/,
      },
      {
        when: "somebody else is trusted beside the reader",
        change: (stack) =>
          stack.get(types.role, "reader-role").json("assumeRolePolicy", (document) =>
            (document.Statement as unknown[]).push({
              Effect: "Allow",
              Principal: { Service: "lambda.amazonaws.com" },
              Action: "sts:AssumeRole",
            }),
          ),
        says: /a reader with 2 statements of trust/,
      },
    ],
    nearMisses: [
      {
        when: "a reader lists no metrics",
        change: (stack) =>
          rights(stack, (one) => {
            one.Action = ["cloudwatch:GetMetricData"];
          }),
      },
    ],
  },
  "grafana-requires-provenance": {
    violations: [
      ...[types.ruleGroup, types.notificationPolicy, types.folder].map((type) => ({
        when: `a ${type.split(":")[2] ?? ""} is of another organization`,
        change: (stack: TestStack) => stack.get(type).set("orgId", "2"),
        says: /got orgId "2"/,
      })),
      {
        when: "alerts may be changed by hand",
        change: (stack) => stack.get(types.ruleGroup).set("disableProvenance", true),
        says: /disableProvenance true/,
      },
    ],
    nearMisses: [
      {
        when: "alerts may not be changed by hand, in so many words",
        change: (stack) => stack.get(types.ruleGroup).set("disableProvenance", false),
      },
    ],
  },
  "grafana-binds-folder": {
    violations: [
      {
        when: "alerts stand in another folder",
        change: (stack) => stack.get(types.ruleGroup).set("folderUid", "elsewhere"),
        says: /'alerts': got folder "elsewhere"/,
      },
      {
        when: "a dashboard stands in none",
        change: (stack) => stack.get(types.dashboard).set("folder", undefined),
        says: /'overview': got folder nothing/,
      },
      {
        when: "there is no folder",
        change: (stack) => stack.remove(stack.get(types.folder)),
        says: /0 folders/,
      },
    ],
    nearMisses: [
      {
        when: "a dashboard takes its folder by reference",
        change: (stack) =>
          stack
            .get(types.dashboard)
            .set("folder", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")
            .from("folder", stack.get(types.folder)),
      },
    ],
  },
  "resources-bind-one-provider": {
    violations: [
      {
        when: "a dashboard goes to a default provider",
        change: (stack) => {
          stack.first(types.dashboard).provider = undefined;
        },
        says: /Dashboard 'overview': got provider none/,
      },
      {
        when: "the pager has no explicit provider",
        change: (stack) => stack.remove(stack.get(types.pagerProvider)),
        says: /0 pagerduty providers/,
      },
    ],
    nearMisses: [],
  },
  "role-requires-known-trust": {
    violations: [
      {
        when: "a reader does not say for whom it asks",
        change: (stack) =>
          statement(stack.get(types.role, "reader-role"), "assumeRolePolicy", 0, (one) => {
            delete one.Condition;
          }),
        says: /trust in AWS:arn:aws:iam::123456789012:role\/grafana/,
      },
      {
        when: "a whole account is trusted as a reader",
        change: (stack) =>
          statement(stack.get(types.role, "reader-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = { AWS: "arn:aws:iam::123456789012:root" };
          }),
        says: /trust in AWS:arn:aws:iam::123456789012:root/,
      },
      {
        when: "a reader's role is any that begins alike",
        change: (stack) =>
          statement(stack.get(types.role, "reader-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = { AWS: "arn:aws:iam::123456789012:role/grafana*" };
          }),
        says: /role\/grafana\*/,
      },
      {
        when: "Grafana runs in another account",
        change: (stack) =>
          statement(stack.get(types.role, "reader-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = { AWS: "arn:aws:iam::210987654321:role/grafana" };
          }),
        says: /trust in AWS:arn:aws:iam::210987654321:role\/grafana/,
      },
      {
        when: "a reader's external id can be guessed",
        change: (stack) =>
          statement(stack.get(types.role, "reader-role"), "assumeRolePolicy", 0, (one) => {
            one.Condition = { StringEquals: { "sts:ExternalId": "grafana" } };
          }),
        says: /trust in AWS:arn:aws:iam::123456789012:role\/grafana/,
      },
    ],
    nearMisses: [
      {
        when: "Grafana's role stands under a path",
        change: (stack) =>
          statement(stack.get(types.role, "reader-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = { AWS: "arn:aws:iam::123456789012:role/path/grafana" };
          }),
      },
    ],
  },
  "secrets-bind-readers": {
    violations: [
      {
        when: "the pager's key stands in a rule",
        change: (stack) => stack.get(types.ruleGroup).from("rules", integration(stack, "page-events_api_v2")),
        says: /'alerts': got rules of 'page-events_api_v2'/,
      },
      {
        when: "a function is told the pager's key",
        change: (stack) =>
          stack.get(types.function, "edge").from("code", integration(stack, "page-events_api_v2")),
        says: /'edge': got code of 'page-events_api_v2'/,
      },
    ],
    nearMisses: [],
  },
};
