/** Alerts, routes and pager that look right and are not. */
import { types } from "../../lib/types";
import { integration } from "../observability";
import type { TestResource, TestStack } from "../stack";
import { board, math, panelOf, point, range, rule, stage, tree, type Model } from "./alerts";
import type { CaseBook, Cases } from "./case";

type Violation = Cases["violations"][number];
const breaks = (when: string, says: RegExp, change: (stack: TestStack) => void): Violation => ({
  when,
  says,
  change,
});

const query = (stack: TestStack, name: string, refId: string, change: Model): void =>
  stage(stack, name, refId, (model) => Object.assign(model, change));
const asked = (expr: string) => (stack: TestStack) => query(stack, "MutualTlsDown", "A", { expr });
const over = (stack: TestStack, change: Model): void =>
  stage(stack, "ChatLatencyHigh", "C", (model) =>
    Object.assign((model.conditions as Model[])[0] ?? {}, change),
  );
const chat = (stack: TestStack, expression: string): void =>
  query(stack, "ChatLatencyHigh", "C", { type: "math", expression });

const escalation = (stack: TestStack): TestResource => stack.get(types.escalationPolicy);
const schedule = (stack: TestStack): TestResource => stack.get(types.onCallSchedule);
const service = (stack: TestStack, name: string): TestResource => stack.get(types.pagerService, name);
const silence = (stack: TestStack): TestResource => stack.get(types.alarm, "grafana-silent");

const STATUS_FORM =
  '(probe_http_status_code{job="prober",probe="good"} and on (domain) (probe_success{job="prober",probe="good"} == 0)) and on (domain) (probe_success{job="prober",probe="connect"} == 1)';
const SUCCESS_FORM =
  '(probe_success{job="prober",probe="good"} == 0) and on (domain) (probe_success{job="prober",probe="connect"} == 1)';
const noProbe = /B1\.5: no rule/;

const source = (stack: TestStack, name: string): TestResource => stack.get(types.dataSource, name);
const panels = (stack: TestStack, title: string, change: (panel: Model) => void): TestResource =>
  board(stack, (all) => change(panelOf(all, title)));
const finding = "glsa_0123456789abcdefABCDEF";

export const watch: CaseBook = {
  "grafana-texts-forbid-secrets": {
    violations: [
      breaks("an alert's words hold a token", /SecretStale\.annotations\.description/, (stack) => {
        rule(stack, "SecretStale").annotations.description = `Ask with ${finding}, then look here.`;
      }),
      breaks("a panel's title holds a key", /panels\.0\.title/, (stack) =>
        panels(stack, "Latency", (panel) => {
          panel.title = `Latency by ${"0123456789abcdef".repeat(2)} here`;
        }),
      ),
    ],
    nearMisses: [
      {
        when: "a panel speaks of secrets, and of a digest",
        change: (stack) =>
          panels(stack, "Latency", (panel) => {
            panel.title = `Secrets of sha256:${"0".repeat(64)}`;
            panel.secret = "one";
          }),
      },
    ],
  },
  "data-source-forbids-secrets": {
    violations: [
      breaks("a source is asked through somebody else", /settings proxyUrl/, (stack) =>
        source(stack, "cloudwatch").json("jsonDataEncoded", (data) => {
          data.proxyUrl = "https://example.net";
        }),
      ),
      breaks("browsers ask the source", /accessMode "direct"/, (stack) =>
        source(stack, "prometheus").set("accessMode", "direct"),
      ),
      breaks("a user is named", /a user of its own/, (stack) =>
        source(stack, "prometheus").set("basicAuthEnabled", true),
      ),
      breaks("a secret was written down", /secureJsonDataEncoded written down/, (stack) =>
        source(stack, "prometheus").set("secureJsonDataEncoded", '{"basicAuthPassword":"x"}'),
      ),
      breaks("a header was written down", /httpHeaders written down/, (stack) =>
        source(stack, "prometheus").set("httpHeaders", { Authorization: "x" }),
      ),
    ],
    nearMisses: [],
  },
  "data-sources-bind-readers": {
    violations: [
      breaks("another region is asked first", /defaultRegion "us-east-1"/, (stack) =>
        source(stack, "cloudwatch").json("jsonDataEncoded", (data) => {
          data.defaultRegion = "us-east-1";
        }),
      ),
    ],
    nearMisses: [],
  },
  "dashboards-bind-stages": {
    violations: [
      breaks("a text stands where a graph was", /no panel of Latency p50/, (stack) =>
        panels(stack, "Latency", (panel) => {
          panel.type = "text";
        }),
      ),
      breaks("the questions are hidden", /no panel of Latency p50/, (stack) =>
        panels(stack, "Latency", (panel) => {
          for (const target of panel.targets as Model[]) target.hide = true;
        }),
      ),
      breaks("a panel has no height", /no panel of Latency p50/, (stack) =>
        panels(stack, "Latency", (panel) => {
          panel.gridPos = { x: 0, y: 0, w: 12, h: 0 };
        }),
      ),
      breaks("another region is shown", /no panel of Latency p50/, (stack) =>
        panels(stack, "Latency", (panel) => {
          for (const target of panel.targets as Model[]) target.region = "us-east-1";
        }),
      ),
      breaks("another source is shown", /no panel of RAM/, (stack) =>
        panels(stack, "RAM of agents", (panel) => {
          for (const target of panel.targets as Model[]) target.datasource = { uid: "elsewhere" };
        }),
      ),
    ],
    nearMisses: [
      {
        when: "a count is hidden, and a rate that is made of it is shown",
        change: (stack) =>
          panels(stack, "Requests", (panel) => {
            const targets = panel.targets as Model[];
            for (const target of targets) Object.assign(target, { hide: true, id: "m1" });
            targets.push({ refId: "R", id: "r", expression: "m1 / 60", metricQueryType: 0 });
          }),
      },
    ],
  },
  "alerts-bind-dashboards": {
    violations: [
      breaks("an alert leads to another runbook", /runbooks at .* and /, (stack) => {
        rule(stack, "SecretStale").annotations.runbook_url = "https://example.net/other.md#secretstale";
      }),
    ],
    nearMisses: [],
  },
  "rule-group-requires-runbook": {
    violations: [
      breaks("an alert leads to another's section", /'SecretStale': section "mutualtlsdown"/, (stack) => {
        rule(stack, "SecretStale").annotations.runbook_url =
          "https://git.example.com/runbook.md#mutualtlsdown";
      }),
    ],
    nearMisses: [],
  },
  "function-permission-requires-source": {
    violations: [
      breaks("every log group that begins alike may call", /sourceArn "arn:aws:logs/, (stack) =>
        stack
          .first(types.functionPermission)
          .set("sourceArn", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/*"),
      ),
      breaks("every API that begins alike may call", /sourceArn "arn:aws:execute-api/, (stack) =>
        stack
          .first(types.functionPermission)
          .set("sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:abc*/v1"),
      ),
    ],
    nearMisses: [
      {
        when: "a log group's streams may call",
        change: (stack) =>
          stack
            .first(types.functionPermission)
            .set("sourceArn", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/edge:*"),
      },
    ],
  },
  "log-subscriptions-bind-functions": {
    violations: [
      breaks("lines of a log from elsewhere may call", /lines of "arn:aws:logs/, (stack) =>
        stack
          .first(types.functionPermission)
          .set("principal", "logs.amazonaws.com")
          .set("sourceArn", "arn:aws:logs:eu-west-1:123456789012:log-group:/other:*"),
      ),
    ],
    nearMisses: [
      {
        when: "lines of a log of this stack may call",
        change: (stack) =>
          stack
            .first(types.functionPermission)
            .set("principal", "logs.amazonaws.com")
            .set("sourceArn", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/edge:*"),
      },
    ],
  },
  "log-group-requires-retention": {
    violations: [
      breaks("a group keeps for ten years", /retentionInDays 3653/, (stack) =>
        stack.first(types.logGroup).set("retentionInDays", 3_653),
      ),
      breaks("a group knows no filters", /logGroupClass "INFREQUENT_ACCESS"/, (stack) =>
        stack.first(types.logGroup).set("logGroupClass", "INFREQUENT_ACCESS"),
      ),
    ],
    nearMisses: [
      {
        when: "a group says that it is of the usual class",
        change: (stack) => stack.first(types.logGroup).set("logGroupClass", "STANDARD"),
      },
    ],
  },
  "metric-filters-bind-logs": {
    violations: [
      breaks("two filters count into one metric", /a second count as staging\/logs Throttled/, (stack) =>
        stack.add(types.metricFilter, "again", { ...stack.get(types.metricFilter, "throttled").props }),
      ),
    ],
    nearMisses: [],
  },
  "logs-bind-protection": {
    violations: [
      breaks("nobody is told of a finding", /findings that no alert counts/, (stack) =>
        stack.remove(stack.get(types.metricFilter, "LogFindings")),
      ),
      breaks("what is masked is masked somehow", /masking as/, (stack) =>
        stack.first(types.logMasking).json("policyDocument", (document) => {
          const [, masking] = document.Statement as { Operation: Model }[];
          if (masking) masking.Operation = { Deidentify: {} };
        }),
      ),
    ],
    nearMisses: [],
  },
  "alerts-bind-pager": {
    violations: [
      breaks("tickets are silent at night, by a branch of their own", /2 branches/, (stack) =>
        (tree(stack).props.policies as Model[]).push({
          contactPoint: "ticket",
          matchers: [{ label: "severity", match: "=", value: "ticket" }],
          muteTimings: ["nights"],
        }),
      ),
      breaks("a branch of a branch goes to the pager too", /branches of a branch/, (stack) =>
        tree(stack).set("policies.0.policies", [
          { contactPoint: "page", matchers: [{ label: "clause", match: "!=", value: "B1.2" }] },
        ]),
      ),
      breaks("the branch goes on", /a branch that goes on/, (stack) =>
        tree(stack).set("policies.0.continue", true),
      ),
      breaks("the branch's matcher is a regular expression", /a branch for/, (stack) =>
        tree(stack).set("policies.0.matchers.0.match", "=~"),
      ),
      breaks("the branch takes pages of one dashboard only", /a branch for/, (stack) =>
        (tree(stack).at("policies.0").matchers as Model[]).push({
          label: "dashboard",
          match: "=",
          value: "latency",
        }),
      ),
      breaks("the root is silent at night", /times of day at the root/, (stack) =>
        tree(stack).set("muteTimings", ["nights"]),
      ),
      breaks("a page waits an hour for more of its kind", /groupWait "1h" at the branch/, (stack) =>
        tree(stack).set("policies.0.groupWait", "1h"),
      ),
      breaks("a second alert waits an hour", /groupInterval "1h" at the root/, (stack) =>
        tree(stack).set("groupInterval", "1h"),
      ),
      breaks("what still burns is said again in a year", /repeatInterval "52w" at the root/, (stack) =>
        tree(stack).set("repeatInterval", "52w"),
      ),
      breaks("a storm over a dashboard is one message", /grouped by dashboard and severity/, (stack) =>
        tree(stack).set("groupBies", ["dashboard", "severity"]),
      ),
      breaks("every alert's own labels part it", /grouped by alertname, severity and domain/, (stack) =>
        tree(stack).set("policies.0.groupBies", ["alertname", "severity", "domain"]),
      ),
      breaks("a rule names its contact point itself", /'SecretStale' with notificationSettings/, (stack) =>
        Object.assign(rule(stack, "SecretStale"), { notificationSettings: { contactPoint: "ticket" } }),
      ),
      breaks(
        "every alert of a source keeps still when that cannot be asked",
        /'SecretStale' with execErrState "KeepLast" on staging-cloudwatch/,
        (stack) => {
          for (const name of [
            "ChatLatencyHigh",
            "ServerErrorsHigh",
            "ThrottlingSpike",
            "SecretStale",
            "PersonalDataInLogs",
          ])
            Object.assign(rule(stack, name), { execErrState: "KeepLast" });
        },
      ),
      breaks("the key is of an integration for CloudWatch", /'page': got the key of no one/, (stack) =>
        integration(stack, "page-events_api_v2").set("type", "aws_cloudwatch_inbound_integration"),
      ),
      breaks("a key was written down beside the reference", /'page': got the key of no one/, (stack) =>
        point(stack, "page").set("pagerduties.0.integrationKey", "0"),
      ),
      breaks("a contact point has a second receiver", /'page': got the key of no one/, (stack) =>
        (point(stack, "page").props.pagerduties as Model[]).push({ integrationKey: "0" }),
      ),
    ],
    nearMisses: [],
  },
  "ordered-alerts-bind-pager": {
    violations: [
      breaks("only a little over 800 ms rings", /no alert when it is 1,500 ms/, (stack) =>
        chat(stack, "$B > 800 && $B < 1000"),
      ),
      breaks(
        "what is as slow as the gateway lets it be is left out",
        /no alert when it is 29,000 ms/,
        (stack) => chat(stack, "$B > 800 && $B < 28000"),
      ),
      breaks("an outage is left out", /no alert when .* requests do/, (stack) =>
        math(stack, "ServerErrorsHigh", "E", "$D > 0 && 100 * $C > $D && 2 * $C < $D"),
      ),
      breaks("a single request is left out", /no alert when the only request does/, (stack) =>
        math(stack, "ServerErrorsHigh", "E", "$D > 1 && 100 * $C > $D"),
      ),
      breaks("a burst that is large is left out", /no alert when .*10,000,000/, (stack) =>
        math(stack, "ThrottlingSpike", "E", "$C > 50 && $C > 3 * $D / 12 && $C < 10000000"),
      ),
      breaks("fewer than 1,000 are no spike", /no alert when .* 205 in each 5 minutes/, (stack) =>
        math(stack, "ThrottlingSpike", "E", "$C > 1000 && $C > 3 * $D / 12"),
      ),
      breaks("a spike is eight times what was usual", /no alert when 429s become six times/, (stack) =>
        math(stack, "ThrottlingSpike", "E", "$C > 50 && $C > 8 * $D / 12"),
      ),
      breaks("another region is asked", /B1\.2: .*'A', which asks somewhere else/, (stack) =>
        query(stack, "ChatLatencyHigh", "A", { region: "us-east-1" }),
      ),
      breaks("another account is asked", /'A', which asks somewhere else/, (stack) =>
        query(stack, "ChatLatencyHigh", "A", { accountId: "210987654321" }),
      ),
      breaks("logs are asked", /'A', which asks somewhere else/, (stack) =>
        query(stack, "ChatLatencyHigh", "A", { queryMode: "Logs" }),
      ),
      breaks("one of two queries goes elsewhere", /B1\.3: .*'B', which asks somewhere else/, (stack) => {
        const count = rule(stack, "ServerErrorsHigh").datas[1];
        if (count) count.datasourceUid = "elsewhere";
      }),
      breaks("the model names another source than the stage", /'A', which asks somewhere else/, (stack) =>
        query(stack, "ChatLatencyHigh", "A", { datasource: { type: "cloudwatch", uid: "elsewhere" } }),
      ),
      breaks("the right query is there for show", /'A', which its condition does not use/, (stack) => {
        const { datas } = rule(stack, "ServerErrorsHigh");
        const [first] = datas;
        if (first) datas.push({ ...first, refId: "Z", model: first.model.replace('"A"', '"Z"') });
        math(stack, "ServerErrorsHigh", "C", "$Z");
        query(stack, "ServerErrorsHigh", "C", { type: "reduce", expression: "Z" });
      }),
      breaks("it ends by a threshold of its own", /cannot be read/, (stack) =>
        over(stack, { unloadEvaluator: { type: "lt", params: [100_000] } }),
      ),
      breaks("it keeps still when its source fails", /B1\.2: .*execErrState "KeepLast"/, (stack) =>
        Object.assign(rule(stack, "ChatLatencyHigh"), { execErrState: "KeepLast" }),
      ),
      breaks("the probes were asked an hour ago", noProbe, (stack) =>
        range(stack, "MutualTlsDown", "A", 4_200, 3_600),
      ),
      breaks("an offset does it", noProbe, asked(SUCCESS_FORM.replace("} == 0", "} offset 1h == 0"))),
      breaks("the condition is in a comment", noProbe, asked(`vector(0) # ${SUCCESS_FORM}`)),
      breaks("it never holds", noProbe, asked(`${SUCCESS_FORM} and vector(0) > 1`)),
      breaks("no job is named", noProbe, asked(SUCCESS_FORM.replaceAll('job="prober",', ""))),
      breaks("two jobs are named", noProbe, asked(SUCCESS_FORM.replace('job="prober"', 'job="other"'))),
      breaks("any probe would do", noProbe, asked(SUCCESS_FORM.replace('probe="good"', 'probe=~"good|bad"'))),
      breaks("the range is what is asked", noProbe, (stack) =>
        query(stack, "MutualTlsDown", "A", { instant: false, range: true }),
      ),
      breaks("the other source's failure is no alert", noProbe, (stack) =>
        Object.assign(rule(stack, "MutualTlsDown"), { execErrState: "KeepLast" }),
      ),
    ],
    nearMisses: [
      { when: "the probe's status is the value", change: asked(STATUS_FORM) },
      {
        when: "the probes are matched as regular expressions",
        change: asked(STATUS_FORM.replaceAll("probe=", "probe=~")),
      },
      {
        when: "a spike must be over 200 and five times what was usual",
        change: (stack) => math(stack, "ThrottlingSpike", "E", "$C > 200 && $C > 5 * $D / 12"),
      },
    ],
  },
  "pager-services-bind-people": {
    violations: [
      breaks("a turn begins in a month", /'on-call' from 2027-/, (stack) =>
        schedule(stack).set("layers.0.start", "2027-01-04T09:00:00+01:00"),
      ),
      breaks("the turns end", /'on-call' until 2026-12-01/, (stack) =>
        schedule(stack).set("layers.0.end", "2026-12-01T00:00:00Z"),
      ),
      breaks("nobody is called at night", /'on-call' at some hours only/, (stack) =>
        schedule(stack).set("layers.0.restrictions", [{ type: "daily_restriction" }]),
      ),
      breaks("an id in the schedule was written down", /an id that is no User/, (stack) =>
        schedule(stack).set("layers.0.users", ["PEXAMPLE"]),
      ),
      breaks("a layer has nobody", /a layer of nobody/, (stack) => schedule(stack).set("layers.0.users", [])),
      breaks("who is on call may only look on", /'first' on call, whose role only looks on/, (stack) =>
        stack.get(types.pagerUser, "first").set("role", "read_only_limited_user"),
      ),
      breaks("who comes next may only look on", /'third', whose role only looks on/, (stack) =>
        stack.get(types.pagerUser, "third").set("role", "read_only_user"),
      ),
      breaks("the schedule is not asked first", /does not begin with its schedule alone/, (stack) =>
        escalation(stack).set("rules.0.targets.0.type", "user_reference"),
      ),
      breaks("a schedule's id was written down", /neither a Schedule nor a User/, (stack) =>
        escalation(stack).set("rules.0.targets.0.id", "PEXAMPLE"),
      ),
      breaks("it escalates after a day", /waits longer than 30 minutes/, (stack) =>
        escalation(stack).set("rules.0.escalationDelayInMinutes", 1_440),
      ),
      breaks("everybody is asked once", /asks once only/, (stack) => escalation(stack).set("numLoops", 0)),
      breaks("a policy's id was written down", /'page': got no EscalationPolicy/, (stack) =>
        service(stack, "page").set("escalationPolicy", "PEXAMPLE"),
      ),
      breaks("an acknowledgement is for ever", /acknowledgementTimeout "null"/, (stack) =>
        service(stack, "page").set("acknowledgementTimeout", "null"),
      ),
      breaks("an acknowledgement is for a day", /acknowledgementTimeout "86400"/, (stack) =>
        service(stack, "page").set("acknowledgementTimeout", "86400"),
      ),
      breaks("notifications pause by themselves", /pause by themselves/, (stack) =>
        service(stack, "page").set("autoPauseNotificationsParameters", { enabled: true, timeout: 900 }),
      ),
      breaks("whatever comes folds into what is open", /grouped for 0 minutes/, (stack) =>
        service(stack, "page").set("alertGroupingParameters.config.timeout", 0),
      ),
      breaks("a day folds into one incident", /grouped for 1440 minutes/, (stack) =>
        service(stack, "page").set("alertGroupingParameters.config.timeout", 1_440),
      ),
      breaks("a key is of another kind", /type "generic_email_inbound_integration"/, (stack) =>
        integration(stack, "page-events_api_v2").set("type", "generic_email_inbound_integration"),
      ),
    ],
    nearMisses: [
      {
        when: "the first turn begins in a week",
        change: (stack) => schedule(stack).set("layers.0.start", "2026-12-03T09:00:00+01:00"),
      },
      {
        when: "whoever waits for the morning never has to acknowledge",
        change: (stack) => service(stack, "ticket").set("acknowledgementTimeout", "null"),
      },
      {
        when: "people may do more than answer",
        change: (stack) => stack.get(types.pagerUser, "first").set("role", "admin"),
      },
      {
        when: "it has been deployed, and ids are known",
        change: (stack) => {
          const [first, second, third] = ["first", "second", "third"].map((name) =>
            stack.get(types.pagerUser, name).set("id", `P${name.toUpperCase()}`),
          );
          schedule(stack).set("layers.0.users", [first?.props.id, second?.props.id]).set("id", "PTURNS");
          escalation(stack).set("rules.0.targets.0.id", "PTURNS");
          escalation(stack).set("rules.1.targets.0.id", third?.props.id);
        },
      },
    ],
  },
  "topics-bind-pager": {
    violations: [
      breaks("the topic of pages is heard by the service that waits", /no alarm that wakes/, (stack) =>
        stack
          .get(types.topicSubscription, "page-alarms-pager")
          .from("endpoint", integration(stack, "ticket-aws_cloudwatch")),
      ),
      breaks("a topic's address is of an integration of events", /an endpoint by "https"/, (stack) =>
        stack
          .get(types.topicSubscription, "alarms-pager")
          .from("endpoint", integration(stack, "ticket-events_api_v2")),
      ),
      breaks("an address was written down beside the reference", /an endpoint by "https"/, (stack) =>
        stack.get(types.topicSubscription, "alarms-pager").set("endpoint", "https://events.example.net/0"),
      ),
      breaks("nobody watches Grafana", /no alarm that wakes/, (stack) => stack.remove(silence(stack))),
      breaks("the alarm on Grafana waits for the morning", /no alarm that wakes/, (stack) =>
        silence(stack).set("alarmActions", ["arn:aws:sns:eu-west-1:123456789012:alarms"]),
      ),
      breaks("silence is taken for calm", /no alarm that wakes/, (stack) =>
        silence(stack).set("treatMissingData", "notBreaching"),
      ),
      breaks("another call is counted", /no alarm that wakes/, (stack) =>
        silence(stack).set("dimensions.Resource", "PutMetricData"),
      ),
      breaks("a day of silence is allowed", /no alarm that wakes/, (stack) =>
        silence(stack).set("period", 8_640),
      ),
      breaks("the alarm does nothing", /no alarm that wakes/, (stack) =>
        silence(stack).set("actionsEnabled", false),
      ),
    ],
    nearMisses: [
      {
        when: "the alarm takes its topic by reference",
        change: (stack) =>
          silence(stack)
            .set("alarmActions", ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"])
            .from("alarmActions", stack.get(types.topic, "page-topic")),
      },
      {
        when: "5 minutes of silence ring",
        change: (stack) => silence(stack).set("evaluationPeriods", 5).set("datapointsToAlarm", 5),
      },
    ],
  },
};
