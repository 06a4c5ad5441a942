import { types } from "../../lib/types";
import { cloudwatch, integration } from "../observability";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

export type Model = Record<string, unknown>;
export interface Rule extends Model {
  readonly name: string;
  readonly datas: { refId: string; model: string; relativeTimeRange: Model; datasourceUid: string }[];
  readonly labels: Model;
  readonly annotations: Model;
}

export const group = (stack: TestStack): TestResource => stack.get(types.ruleGroup);

export const rule = (stack: TestStack, name: string): Rule => {
  const found = (group(stack).props.rules as Rule[]).find((one) => one.name === name);
  if (!found) throw new Error(`no rule ${name}`);
  return found;
};

/** Changes the model of one stage of a rule. */
export const stage = (
  stack: TestStack,
  name: string,
  refId: string,
  change: (model: Model) => void,
): void => {
  const data = rule(stack, name).datas.find((one) => one.refId === refId);
  if (!data) throw new Error(`no stage ${refId}`);
  const model = JSON.parse(data.model) as Model;
  change(model);
  data.model = JSON.stringify(model);
};

const over = (stack: TestStack, params: readonly number[], type = "gt"): void =>
  stage(stack, "ChatLatencyHigh", "C", (model) => {
    model.conditions = [{ evaluator: { type, params } }];
  });
export const math = (stack: TestStack, name: string, refId: string, text: string): void =>
  stage(stack, name, refId, (model) => {
    model.expression = text;
  });
const counting = (stack: TestStack, name: string, change: (pattern: string) => string): void => {
  const filter = stack.get(types.metricFilter, name);
  filter.set("pattern", change(String(filter.props.pattern)));
};
/** B1.2 by two counts of the access log. */
function countedChat(stack: TestStack, expression = "$D > 0 && 100 * $B > 5 * $D"): void {
  const { datas } = rule(stack, "ChatLatencyHigh");
  const count = { namespace: "staging/logs", statistic: "Sum", dimensions: {} };
  stage(stack, "ChatLatencyHigh", "A", (model) => Object.assign(model, count, { metricName: "SlowChat" }));
  for (const [refId, from] of [
    ["E", "A"],
    ["D", "B"],
  ] as const) {
    const data = datas.find(({ model }) => (JSON.parse(model) as Model).refId === from);
    if (data)
      datas.push({ ...data, refId, model: data.model.replace(`"refId":"${from}"`, `"refId":"${refId}"`) });
  }
  stage(stack, "ChatLatencyHigh", "E", (model) => Object.assign(model, { metricName: "AskedChat" }));
  stage(stack, "ChatLatencyHigh", "D", (model) => Object.assign(model, { expression: "E" }));
  stage(stack, "ChatLatencyHigh", "C", (model) => Object.assign(model, { type: "math", expression }));
}
export const range = (stack: TestStack, name: string, refId: string, from: number, to: number): void => {
  const data = rule(stack, name).datas.find((one) => one.refId === refId);
  if (!data) throw new Error(`no stage ${refId}`);
  data.relativeTimeRange = { from, to };
};
export const tree = (stack: TestStack): TestResource => stack.get(types.notificationPolicy);
export const point = (stack: TestStack, name: string): TestResource => stack.get(types.contactPoint, name);
export const board = (stack: TestStack, change: (panels: Model[]) => void): TestResource =>
  stack.get(types.dashboard).json("configJson", (model) => change(model.panels as Model[]));
export const panelOf = (panels: readonly Model[], title: string): Model => {
  const found = panels.find((panel) => panel.title === title);
  if (!found) throw new Error(`no panel ${title}`);
  return found;
};
const without = (title: string) => (stack: TestStack) =>
  board(stack, (panels) => panels.splice(panels.indexOf(panelOf(panels, title)), 1));

export const alerts: CaseBook = {
  "ordered-alerts-bind-pager": {
    violations: [
      {
        when: "p95 of /chat may be 801 ms",
        change: (stack) => over(stack, [801]),
        says: /B1\.2: 'ChatLatencyHigh' with no alert when it is over 800 ms for 10 minutes/,
      },
      {
        when: "from 800 ms is taken for over 800 ms",
        change: (stack) => over(stack, [800], "gte"),
        says: /B1\.2: .* an alert when it is 800 ms, which is not over it/,
      },
      {
        when: "the alert on /chat always rings",
        change: (stack) => over(stack, [0]),
        says: /B1\.2: .* an alert when it is 100 ms/,
      },
      {
        when: "/chat may be slow for 16 minutes",
        change: (stack) => Object.assign(rule(stack, "ChatLatencyHigh"), { for: "16m" }),
        says: /B1\.2: .* no alert when it is over 800 ms for 10 minutes/,
      },
      {
        when: "the mean of an hour must be over 800 ms",
        change: (stack) => {
          range(stack, "ChatLatencyHigh", "A", 3_720, 120);
          stage(stack, "ChatLatencyHigh", "B", (model) => {
            model.reducer = "mean";
          });
        },
        says: /B1\.2: .* no alert/,
      },
      {
        when: "it is p90 that is looked at",
        change: (stack) =>
          stage(stack, "ChatLatencyHigh", "A", (model) => {
            model.statistic = "p90";
          }),
        says: /B1\.2: no rule on p95 of \/chat/,
      },
      {
        when: "it is /vision that is looked at",
        change: (stack) =>
          stage(stack, "ChatLatencyHigh", "A", (model) => {
            (model.dimensions as Model).Resource = "/vision";
          }),
        says: /B1\.2: no rule on p95 of \/chat/,
      },
      {
        when: "it is another stage that is looked at",
        change: (stack) =>
          stage(stack, "ChatLatencyHigh", "A", (model) => {
            (model.dimensions as Model).Stage = "v2";
          }),
        says: /B1\.2: no rule on/,
      },
      {
        when: "another data source is asked",
        change: (stack) => {
          const [first] = rule(stack, "ChatLatencyHigh").datas;
          if (first) first.datasourceUid = "elsewhere";
        },
        says: /B1\.2: no rule on/,
      },
      {
        when: "the rule is paused",
        change: (stack) => Object.assign(rule(stack, "ChatLatencyHigh"), { isPaused: true }),
        says: /B1\.2: .* cannot be read/,
      },
      {
        when: "a condition is written in a way that nobody here reads",
        change: (stack) =>
          stage(stack, "ChatLatencyHigh", "C", (model) => {
            model.type = "classic_conditions";
          }),
        says: /B1\.2: .* a condition, window or duration that cannot be read/,
      },
      {
        when: "5xx may be 1.5 %",
        change: (stack) => math(stack, "ServerErrorsHigh", "E", "$D > 0 && 100 * $C > 1.5 * $D"),
        says: /B1\.3: .* no alert when 1\.001 % of 100,000 requests end in 5xx/,
      },
      {
        when: "1 % itself rings",
        change: (stack) => math(stack, "ServerErrorsHigh", "E", "$D > 0 && 100 * $C >= $D"),
        says: /B1\.3: .* an alert when 1 % of 100,000 requests end in 5xx, which is not over it/,
      },
      {
        when: "little traffic is left out",
        change: (stack) => math(stack, "ServerErrorsHigh", "E", "$D > 1000 && 100 * $C > $D"),
        says: /B1\.3: .* no alert when 2 of 100 requests do/,
      },
      {
        when: "no traffic is a division by 0",
        change: (stack) => math(stack, "ServerErrorsHigh", "E", "100 * $C / $D > 1 || is_nan($C / $D)"),
        says: /B1\.3: .* an alert when there is no request/,
      },
      {
        when: "5xx of one route are looked at",
        change: (stack) =>
          stage(stack, "ServerErrorsHigh", "A", (model) => {
            Object.assign(model.dimensions as Model, { Resource: "/chat", Method: "POST" });
          }),
        says: /B1\.3: no rule on 5xx of the stage/,
      },
      {
        when: "the gateway's own count of 5xx is looked at, which scans are in",
        change: (stack) => {
          for (const [refId, metricName] of [
            ["A", "5XXError"],
            ["B", "Count"],
          ] as const)
            stage(stack, "ServerErrorsHigh", refId, (model) => {
              const dimensions = { ApiName: "api", Stage: "v1" };
              Object.assign(model, { namespace: "AWS/ApiGateway", metricName, dimensions });
            });
        },
        says: /B1\.3: .* no alert when 2 of 100 requests do, while those of a scan go well/,
      },
      {
        when: "scans are among the requests of which 5xx are a share",
        change: (stack) => counting(stack, "Asked", () => '{ $.status = "*" }'),
        says: /B1\.3: .* no alert when 2 of 100 requests do, while those of a scan go well/,
      },
      {
        when: "the 5xx of scans are counted",
        change: (stack) => counting(stack, "Failed", () => '{ $.status = "5*" }'),
        says: /B1\.3: .* an alert when every request of a scan ends in 5xx/,
      },
      {
        when: "a client's 5xx are left out",
        change: (stack) => counting(stack, "Failed", (p) => p.replace("{", '{ $.clientId != "two" &&')),
        says: /B1\.3: .* no alert when 2 of 100 requests do, those of two/,
      },
      {
        when: "one kind of 5xx is left out",
        change: (stack) => counting(stack, "Failed", (p) => p.replace("{", '{ $.status != "504" &&')),
        says: /B1\.3: .* no alert when 2 of 100 requests end in 504/,
      },
      {
        when: "only what the authorizer lets in counts",
        change: (stack) => counting(stack, "Failed", (p) => p.replace("{", '{ $.clientId != "-" &&')),
        says: /B1\.3: .* no alert when the authorizer fails for 2 of 100 requests/,
      },
      {
        when: "a pattern is written in a way that nobody here reads",
        change: (stack) => counting(stack, "Failed", () => "5*"),
        says: /B1\.3: no rule on 5xx of the stage/,
      },
      {
        when: "the log does not say what is a scan's",
        change: (stack) => {
          const settings = stack.get(types.stage).props.accessLogSettings as Model;
          settings.format = String(settings.format).replace("authorizer.traffic", "authorizer.status");
        },
        says: /B1\.3: .* when every request of a scan ends in 5xx/,
      },
      {
        when: "the 429s of scans are counted",
        change: (stack) => stack.get(types.metricFilter, "throttled").set("pattern", '{ $.status = "429" }'),
        says: /B1\.4: .* an alert when a scan is refused, 100,000 times a minute/,
      },
      {
        when: "the 429s of a client are left out",
        change: (stack) =>
          stack
            .get(types.metricFilter, "throttled")
            .set("pattern", '{ $.clientId != "two" && $.traffic != "scan" && $.status = "429" }'),
        says: /B1\.4: .* no alert when two alone is refused/,
      },
      {
        when: "the 429s of whom nobody knows are left out",
        change: (stack) =>
          stack
            .get(types.metricFilter, "throttled")
            .set("pattern", '{ $.traffic = "client" && $.status = "429" }'),
        says: /B1\.4: .* no alert when the firewall refuses 1,000 a minute that nobody knows/,
      },
      {
        when: "p95 is said by counts, and 6 of 100 may be over 800 ms",
        change: (stack) => countedChat(stack, "$D > 0 && 100 * $B > 6 * $D"),
        says: /B1\.2: .* no alert when 5\.1 % of the requests take 801 ms/,
      },
      {
        when: "p95 is said by counts, of what is over 900 ms",
        change: (stack) => {
          countedChat(stack);
          counting(stack, "SlowChat", (p) => p.replace("^80[1-9]$|^8[1-9][0-9]$|", ""));
        },
        says: /B1\.2: .* no alert when it is over 800 ms/,
      },
      {
        when: "p95 is said by counts that leave a client out",
        change: (stack) => {
          countedChat(stack);
          counting(stack, "SlowChat", (p) => p.replace("{", '{ $.clientId != "two" &&'));
        },
        says: /B1\.2: .* no alert when all of two take 801 ms/,
      },
      {
        when: "p95 is said by counts of what went well",
        change: (stack) => {
          countedChat(stack);
          counting(stack, "SlowChat", (p) => p.replace("{", '{ $.status = "2*" &&'));
        },
        says: /B1\.2: .* no alert when all that fail take 29,000 ms/,
      },
      {
        when: "a spike is a fixed number, without a baseline",
        change: (stack) => math(stack, "ThrottlingSpike", "E", "$C > 50 || $D < 0"),
        says: /B1\.4: .* an alert when there are 1,000 a minute, as there were for a day/,
      },
      {
        when: "a spike must be thirty times what was usual",
        change: (stack) => math(stack, "ThrottlingSpike", "E", "$C > 50 && $C > 30 * $D * 5 / 60"),
        says: /B1\.4: .* no alert when 429s are twenty times what was usual/,
      },
      {
        when: "the baseline holds the spike itself",
        change: (stack) => range(stack, "ThrottlingSpike", "B", 420, 120),
        says: /B1\.4/,
      },
      {
        when: "all refusals are counted, not the 429s",
        change: (stack) => {
          for (const refId of ["A", "B"])
            stage(stack, "ThrottlingSpike", refId, (model) => {
              model.metricName = "Refused";
            });
        },
        says: /B1\.4: no rule on answers 429/,
      },
      {
        when: "the metric of 429s is of another log",
        change: (stack) =>
          stack.get(types.metricFilter, "throttled").set("logGroupName", "/aws/apigateway/voice"),
        says: /B1\.4: no rule on answers 429/,
      },
      {
        when: "nobody looks at the probes",
        change: (stack) =>
          stage(stack, "MutualTlsDown", "A", (model) => {
            model.expr = "up == 0";
          }),
        says: /B1\.5: no rule that rings within 5 minutes/,
      },
      {
        when: "a probe that fails returns 0, which is taken for calm",
        change: (stack) => math(stack, "MutualTlsDown", "B", "$A"),
        says: /B1\.5: no rule/,
      },
      {
        when: "mutual TLS may be down for 10 minutes",
        change: (stack) => Object.assign(rule(stack, "MutualTlsDown"), { for: "10m" }),
        says: /B1\.5: no rule/,
      },
      {
        when: "the alert is a ticket",
        change: (stack) => Object.assign(rule(stack, "ChatLatencyHigh").labels, { severity: "ticket" }),
        says: /B1\.2: 'ChatLatencyHigh' goes to 'ticket', which wakes nobody/,
      },
      {
        when: "an earlier branch takes the pages",
        change: (stack) =>
          (tree(stack).props.policies as Model[]).unshift({
            contactPoint: "ticket",
            matchers: [{ label: "clause", match: "=~", value: "B1[.].*" }],
          }),
        says: /B1\.3: 'ServerErrorsHigh' goes to 'ticket', which wakes nobody/,
      },
      {
        when: "nobody is paged at night",
        change: (stack) => tree(stack).set("policies.0.muteTimings", ["nights"]),
        says: /B1\.5: 'MutualTlsDown' goes to 'page' at some hours only/,
      },
      {
        when: "the contact point's key is nobody's",
        change: (stack) => point(stack, "page").from("pagerduties"),
        says: /goes to 'page', whose key is of no one integration/,
      },
      {
        when: "nobody is on call",
        change: (stack) => stack.get(types.onCallSchedule).from("layers"),
        says: /goes to 'on-call' without a User/,
      },
      {
        when: "there is no notification policy",
        change: (stack) => stack.remove(tree(stack)),
        says: /goes to no notification policy/,
      },
    ],
    nearMisses: [
      { when: "p95 of /chat pages over 700 ms", change: (stack) => over(stack, [700]) },
      {
        when: "/chat pages after 5 minutes, by p99",
        change: (stack) => {
          Object.assign(rule(stack, "ChatLatencyHigh"), { for: "5m" });
          stage(stack, "ChatLatencyHigh", "A", (model) => {
            model.statistic = "p99";
          });
        },
      },
      {
        when: "the number is in a formula instead",
        change: (stack) =>
          stage(stack, "ChatLatencyHigh", "C", (model) => {
            Object.assign(model, { type: "math", expression: "!(${B} <= 8 * 10 ** 2)" });
          }),
      },
      {
        when: "p95 is said by counts: more than 5 of 100 are over 800 ms",
        change: (stack) => countedChat(stack),
      },
      {
        when: "the same is said more strictly: more than 4 of 100 are over 800 ms",
        change: (stack) => countedChat(stack, "$D > 0 && 100 * $B > 4 * $D"),
      },
      {
        when: "the prober's requests are left out, as nobody's trouble",
        change: (stack) => {
          for (const name of ["Asked", "Failed"])
            counting(stack, name, (p) => p.replace("{", '{ $.clientId != "prober" &&'));
        },
      },
      {
        when: "a spike is five times what was usual, after a minute",
        change: (stack) => {
          math(stack, "ThrottlingSpike", "E", "$C > 100 && $C > 5 * $D / 12");
          Object.assign(rule(stack, "ThrottlingSpike"), { for: "60s" });
        },
      },
      {
        when: "the rule names its contact point itself",
        change: (stack) =>
          Object.assign(rule(stack, "ChatLatencyHigh"), { notificationSettings: { contactPoint: "page" } }),
      },
      {
        when: "a second rule asks the same more loosely",
        change: (stack) => {
          const copy = structuredClone(rule(stack, "ChatLatencyHigh"));
          (group(stack).props.rules as Rule[]).push({ ...copy, name: "ChatLatencyVeryHigh", for: "1h" });
        },
      },
      {
        when: "an earlier branch takes the pages and hands them on",
        change: (stack) =>
          (tree(stack).props.policies as Model[]).unshift({
            contactPoint: "ticket",
            matchers: [{ label: "stack", match: "=", value: "staging" }],
            continue: true,
          }),
      },
    ],
  },
  "alerts-bind-pager": {
    violations: [
      {
        when: "there is no notification policy",
        change: (stack) => stack.remove(tree(stack)),
        says: /0 notification policies/,
      },
      {
        when: "a branch ends at a contact point that is not there",
        change: (stack) => tree(stack).set("policies.0.contactPoint", "e-mail"),
        says: /'tree': got contact point "e-mail"/,
      },
      {
        when: "the root has no contact point",
        change: (stack) => tree(stack).set("contactPoint", ""),
        says: /'tree': got contact point ""/,
      },
      {
        when: "a contact point's key was written down",
        change: (stack) => point(stack, "ticket").from("pagerduties"),
        says: /'ticket': got the key of no one integration/,
      },
      {
        when: "tickets wake people",
        change: (stack) => tree(stack).set("contactPoint", "page"),
        says: /'SecretStale' of severity "ticket" at 'page' of high urgency/,
      },
      {
        when: "pages wait",
        change: (stack) => tree(stack).set("policies", []),
        says: /'MutualTlsDown' of severity "page" at 'ticket' of low urgency/,
      },
      {
        when: "both contact points have the same key",
        change: (stack) =>
          point(stack, "ticket").from("pagerduties", integration(stack, "page-events_api_v2")),
        says: /'SecretStale' of severity "ticket" at 'page'/,
      },
      {
        when: "pages are silent at night",
        change: (stack) => tree(stack).set("policies.0.activeTimings", ["office hours"]),
        says: /at some hours only/,
      },
    ],
    nearMisses: [
      {
        when: "alerts come in one message by their dashboard, too",
        change: (stack) => tree(stack).set("groupBies", ["alertname", "dashboard", "severity"]),
      },
      {
        when: "the branch has its own times, which are short",
        change: (stack) => {
          tree(stack).set("policies.0.groupWait", "0s");
          tree(stack).set("policies.0.groupInterval", "5m").set("policies.0.repeatInterval", "1h");
        },
      },
      {
        when: "an alert keeps still where another tells that the source is gone",
        change: (stack) => Object.assign(rule(stack, "SecretStale"), { execErrState: "KeepLast" }),
      },
    ],
  },
  "rule-group-requires-runbook": {
    violations: [
      ...["summary", "description", "runbook_url", "__dashboardUid__", "__panelId__"].map((word) => ({
        when: `an alert has no ${word}`,
        change: (stack: TestStack) => {
          delete rule(stack, "SecretStale").annotations[word];
        },
        says: new RegExp(`'SecretStale': ${word} nothing`),
      })),
      {
        when: "a runbook has no section",
        change: (stack) => {
          rule(stack, "SecretStale").annotations.runbook_url = "https://git.example.com/runbook.md";
        },
        says: /'SecretStale': runbook_url/,
      },
      {
        when: "a severity is unknown",
        change: (stack) => {
          rule(stack, "SecretStale").labels.severity = "critical";
        },
        says: /severity "critical"/,
      },
      {
        when: "an alert is paused",
        change: (stack) => Object.assign(rule(stack, "SecretStale"), { isPaused: true }),
        says: /'SecretStale' paused/,
      },
      {
        when: "a source that cannot be asked is calm",
        change: (stack) => Object.assign(rule(stack, "ChatLatencyHigh"), { execErrState: "OK" }),
        says: /execErrState "OK"/,
      },
      {
        when: "an alert whose query finds nothing is to keep what it last knew",
        change: (stack) => Object.assign(rule(stack, "SecretStale"), { noDataState: "KeepLast" }),
        says: /noDataState "KeepLast"/,
      },
      {
        when: "a rule records instead of ringing",
        change: (stack) =>
          Object.assign(rule(stack, "SecretStale"), { record: { from: "A", metric: "secret_age" } }),
        says: /'SecretStale' records/,
      },
      {
        when: "rules are evaluated every 5 minutes",
        change: (stack) => group(stack).set("intervalSeconds", 300),
        says: /intervalSeconds 300/,
      },
      {
        when: "a duration cannot be read",
        change: (stack) => Object.assign(rule(stack, "SecretStale"), { for: "soon" }),
        says: /for "soon"/,
      },
      { when: "a group is empty", change: (stack) => group(stack).set("rules", []), says: /got no rule/ },
    ],
    nearMisses: [
      {
        when: "an alert has further words",
        change: (stack) => Object.assign(rule(stack, "SecretStale").annotations, { owner: "security" }),
      },
      {
        when: "an alert keeps what it last knew",
        change: (stack) => Object.assign(rule(stack, "SecretStale"), { execErrState: "KeepLast" }),
      },
    ],
  },
  "alerts-bind-dashboards": {
    violations: [
      {
        when: "an alert leads to a dashboard that is not there",
        change: (stack) => {
          rule(stack, "SecretStale").annotations.__dashboardUid__ = "staging-secrets";
        },
        says: /'SecretStale' at panel 9 of staging-secrets/,
      },
      {
        when: "an alert leads to a panel that is not there",
        change: without("Queues"),
        says: /'SecretStale' at panel 9 of staging-overview/,
      },
    ],
    nearMisses: [
      {
        when: "a panel is in a row that is folded",
        change: (stack) => {
          rule(stack, "SecretStale").annotations.__panelId__ = "6";
        },
      },
    ],
  },
  "dashboards-bind-stages": {
    violations: [
      {
        when: "p99 is nowhere",
        change: (stack) => board(stack, (panels) => (panelOf(panels, "Latency").targets as Model[]).pop()),
        says: /no panel of Latency p99 of POST \/chat/,
      },
      {
        when: "a variable leaves out a route",
        change: (stack) =>
          stack.get(types.dashboard).json("configJson", (model) => {
            const [variable] = (model.templating as { list: { options: Model[] }[] }).list;
            variable?.options.pop();
          }),
        says: /no panel of Latency p50, .* of POST \/realtime-voice\/tickets/,
      },
      { when: "requests are counted nowhere", change: without("Requests"), says: /no panel of Count Sum of/ },
      {
        when: "the stage has no panel",
        change: without("Stage"),
        says: /'stage': got no panel of Count and 5XXError/,
      },
      {
        when: "429s are not by route",
        change: (stack) => stack.remove(stack.get(types.metricFilter, "ThrottledByRoute")),
        says: /no panel of 429 of POST \/vision/,
      },
      { when: "voice has no panel", change: without("Further"), says: /'voice-stage': got no panel/ },
      { when: "nobody sees the CPU", change: without("CPU of functions"), says: /no panel of CPU/ },
      { when: "nobody sees the RAM", change: without("RAM of agents"), says: /no panel of RAM/ },
      { when: "nobody sees the queues", change: without("Queues"), says: /no panel of queues/ },
      {
        when: "a panel asks for another API's latency",
        change: (stack) =>
          board(stack, (panels) => {
            for (const target of panelOf(panels, "Latency").targets as Model[])
              (target.dimensions as Model).ApiName = "other";
          }),
        says: /no panel of Latency p50/,
      },
      {
        when: "there is no dashboard",
        change: (stack) => stack.remove(stack.get(types.dashboard)),
        says: /no panel of Count and 5XXError/,
      },
    ],
    nearMisses: [
      {
        when: "the panels are spread over two dashboards",
        change: (stack) => {
          let moved: Model = {};
          board(stack, (panels) => {
            moved = panelOf(panels, "Requests");
            panels.splice(panels.indexOf(moved), 1);
          });
          stack.add(types.dashboard, "second", {
            configJson: JSON.stringify({ uid: "second", panels: [moved] }),
          });
        },
      },
      {
        when: "a further panel asks for something else",
        change: (stack) =>
          board(stack, (panels) =>
            panels.push({ id: 99, title: "More", targets: [cloudwatch("CacheHitCount", "Sum", {})] }),
          ),
      },
    ],
  },
  "contact-point-forbids-secrets": {
    violations: [
      {
        when: "a secret stands in the plain settings",
        change: (stack) => point(stack, "page").set("pagerduties.0.settings", { apiToken: "x" }),
        says: /what looks like a secret in settings\.apiToken/,
      },
      {
        when: "a secret is told in each incident",
        change: (stack) => point(stack, "page").set("pagerduties.0.details", { password: "x" }),
        says: /details\.password/,
      },
      {
        when: "alerts go to an address of somebody's as well",
        change: (stack) => point(stack, "page").set("webhooks", [{ url: "https://example.net" }]),
        says: /receivers pagerduties and webhooks/,
      },
      {
        when: "alerts go to something that looks like the pager",
        change: (stack) => point(stack, "page").set("pagerduties.0.url", "https://events.example.net"),
        says: /url "https:\/\/events\.example\.net"/,
      },
      {
        when: "there is no key",
        change: (stack) => point(stack, "page").set("pagerduties.0.integrationKey", undefined),
        says: /no integrationKey/,
      },
      {
        when: "there is no receiver",
        change: (stack) => point(stack, "page").set("pagerduties", []),
        says: /receivers none/,
      },
    ],
    nearMisses: [
      {
        when: "each incident links to the runbook",
        change: (stack) =>
          point(stack, "page").set("pagerduties.0.details", {
            runbook: "{{ .CommonAnnotations.runbook_url }}",
          }),
      },
      {
        when: "the pager is in Europe",
        change: (stack) =>
          point(stack, "page").set("pagerduties.0.url", "https://events.eu.pagerduty.com/v2/enqueue"),
      },
    ],
  },
  "data-source-forbids-secrets": {
    violations: [
      {
        when: "a key of AWS stands in plain settings",
        change: (stack) =>
          stack.get(types.dataSource, "cloudwatch").json("jsonDataEncoded", (data) => {
            data.accessKey = "x";
          }),
        says: /what looks like a secret in accessKey/,
      },
      {
        when: "CloudWatch is read by keys",
        change: (stack) =>
          stack.get(types.dataSource, "cloudwatch").json("jsonDataEncoded", (data) => {
            data.authType = "keys";
          }),
        says: /authType "keys"/,
      },
      {
        when: "Prometheus is asked without TLS",
        change: (stack) =>
          stack.get(types.dataSource, "prometheus").set("url", "http://prometheus.example.com"),
        says: /url "http:/,
      },
      {
        when: "Prometheus' certificate is not checked",
        change: (stack) =>
          stack.get(types.dataSource, "prometheus").json("jsonDataEncoded", (data) => {
            data.tlsSkipVerify = true;
          }),
        says: /tlsSkipVerify true/,
      },
      {
        when: "a password stands in the address",
        change: (stack) => stack.get(types.dataSource, "prometheus").set("url", "https://a:b@example.com"),
        says: /without credentials/,
      },
      {
        when: "nobody knows what rules are to name",
        change: (stack) => stack.get(types.dataSource, "prometheus").set("uid", undefined),
        says: /no uid/,
      },
      {
        when: "its settings cannot be read",
        change: (stack) => stack.get(types.dataSource, "prometheus").set("jsonDataEncoded", "{"),
        says: /cannot be read/,
      },
    ],
    nearMisses: [
      {
        when: "what is encrypted comes from elsewhere, and is not known yet",
        change: (stack) =>
          stack
            .get(types.dataSource, "prometheus")
            .set("secureJsonDataEncoded", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
      },
    ],
  },
  "data-sources-bind-readers": {
    violations: [
      {
        when: "there is no Prometheus",
        change: (stack) => stack.remove(stack.get(types.dataSource, "prometheus")),
        says: /data sources cloudwatch; expected exactly cloudwatch and prometheus/,
      },
      {
        when: "Grafana uses a function's role",
        change: (stack) =>
          stack.get(types.dataSource, "cloudwatch").json("jsonDataEncoded", (data) => {
            data.assumeRoleArn = "arn:aws:iam::123456789012:role/edge";
          }),
        says: /assumeRoleArn "arn:aws:iam::123456789012:role\/edge"/,
      },
      {
        when: "it does not say for whom",
        change: (stack) =>
          stack.get(types.dataSource, "cloudwatch").json("jsonDataEncoded", (data) => {
            delete data.externalId;
          }),
        says: /externalId nothing/,
      },
    ],
    nearMisses: [
      {
        when: "it is the default source",
        change: (stack) => stack.get(types.dataSource, "cloudwatch").set("isDefault", true),
      },
    ],
  },
};
