/** What is needed beside an alarm, a rule, a schedule or a delivery for anybody to hear of it. */
import { types } from "../../lib/types";
import type { TestResource, TestStack } from "../stack";
import { rule, stage, type Model } from "./alerts";
import type { CaseBook, Cases } from "./case";

type Violation = Cases["violations"][number];
const breaks = (when: string, says: RegExp, change: (stack: TestStack) => void): Violation => ({
  when,
  says,
  change,
});

const topic = (name: string): string => `arn:aws:sns:eu-west-1:123456789012:${name}`;
const age = (stack: TestStack): TestResource => stack.get(types.alarm, "agent-06-age");
/** An alarm on what has failed, or on a state. */
function alarm(stack: TestStack, metricName: string, okActions?: readonly string[]): void {
  stack.add(types.alarm, "failed", {
    namespace: "AWS/Lambda",
    metricName,
    alarmActions: [topic("alarms")],
    ...(okActions ? { okActions } : {}),
  }).provider = stack.get(types.provider, "aws");
}

type Statement = Record<string, unknown>;
const statements =
  (type: string, name: string, property: string, change: (all: Statement[]) => Statement[]) =>
  (stack: TestStack): TestResource =>
    stack.get(type, name).json(property, (document) => {
      document.Statement = change(document.Statement as Statement[]);
    });
const ofTopic = (name: string, change: (all: Statement[]) => Statement[]) =>
  statements(types.topicPolicy, name, "policy", change);
const ofKey = (change: (all: Statement[]) => Statement[]) => statements(types.key, "key", "policy", change);
const delivering = (changes: Statement) =>
  statements(types.logDelivery, "delivery", "policyDocument", ([one]) => [{ ...one, ...changes }]);

/** A schedule that calls an alias. */
const calls =
  (functionName: string, input: string | undefined, more: { readonly arn?: string } = {}) =>
  (stack: TestStack): void => {
    const every = stack.add(types.eventRule, "daily", {
      name: "daily",
      scheduleExpression: "rate(1 day)",
    });
    stack
      .add(types.eventTarget, "daily-target", {
        rule: "daily",
        arn: more.arn ?? `arn:aws:lambda:eu-west-1:123456789012:function:${functionName}:live`,
        ...(input === undefined ? {} : { input }),
      })
      .from("rule", every).provider = stack.get(types.provider, "aws");
  };

const missing = (stack: TestStack, settings: Model): void =>
  stage(stack, "SecretStale", "B", (model) => Object.assign(model, { settings }));
const prometheus = (stack: TestStack): TestResource => stack.get(types.dataSource, "prometheus");
const certificate = (stack: TestStack): TestResource => stack.get(types.clusterCertificate);
const external = (stack: TestStack): TestResource => stack.get(types.externalSecret, "cluster-services-g1");
const channel = (stack: TestStack): TestResource => stack.get(types.chatChannel);

export const heard: CaseBook = {
  "topics-bind-pager": {
    violations: [
      breaks("nobody is told that a state is over", /'agent-06-age': got no all-clear/, (stack) =>
        age(stack).set("okActions", undefined),
      ),
      breaks("the all-clear goes elsewhere", /'agent-06-age': got no all-clear/, (stack) =>
        age(stack).set("okActions", [topic("page-alarms")]),
      ),
      breaks("minutes without a failure close it", /'failed': got an all-clear of a failure/, (stack) =>
        alarm(stack, "Errors", [topic("alarms")]),
      ),
    ],
    nearMisses: [
      { when: "a failure has no all-clear", change: (stack) => alarm(stack, "Errors") },
      {
        when: "a function that is throttled no more says so",
        change: (stack) => alarm(stack, "Throttles", [topic("alarms")]),
      },
    ],
  },
  "topics-bind-policy": {
    violations: [
      breaks(
        "alarms may not publish",
        /no right to publish of cloudwatch\.amazonaws\.com/,
        ofTopic("page-topic-policy", (all) => all.slice(1)),
      ),
      breaks(
        "events may not publish",
        /no right to publish of events\.amazonaws\.com/,
        ofTopic("topic-policy", (all) => all.slice(0, 2)),
      ),
      breaks(
        "alarms may do something else",
        /no right to publish of cloudwatch\.amazonaws\.com/,
        ofTopic("page-topic-policy", ([one, ...more]) => [{ ...one, Action: "sns:Subscribe" }, ...more]),
      ),
      breaks(
        "a statement is about another topic",
        /about something else/,
        ofTopic("topic-policy", ([one, ...more]) => [{ ...one, Resource: topic("page-alarms") }, ...more]),
      ),
      breaks(
        "a statement is about everything",
        /about something else/,
        ofTopic("topic-policy", ([one, ...more]) => [{ ...one, Resource: "*" }, ...more]),
      ),
      breaks(
        "a statement is about nothing",
        /about nothing/,
        ofTopic("topic-policy", ([one, ...more]) => [{ ...one, Resource: [] }, ...more]),
      ),
    ],
    nearMisses: [
      {
        when: "a topic that no event goes to leaves EventBridge out",
        change: (stack) => {
          stack.remove(stack.get(types.eventTarget, "renewal-target"));
          ofTopic("topic-policy", (all) => all.slice(0, 2))(stack);
        },
      },
    ],
  },
  "log-delivery-forbids-strangers": {
    violations: [
      breaks(
        "the account is said by the source's ARN alone",
        /without conditions/,
        delivering({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:logs:eu-west-1:123456789012:*" } } }),
      ),
      breaks(
        "any source of the account's number may deliver",
        /without conditions/,
        delivering({
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "*" },
          },
        }),
      ),
      breaks(
        "the service may open no stream",
        /logs:PutLogEvents; expected logs:CreateLogStream and logs:PutLogEvents/,
        delivering({ Action: ["logs:PutLogEvents"] }),
      ),
      breaks(
        "the service may do more than deliver",
        /got logs:CreateLogStream, logs:PutLogEvents and logs:DeleteLogGroup/,
        delivering({ Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogGroup"] }),
      ),
    ],
    nearMisses: [
      {
        when: "the actions stand in another order",
        change: delivering({ Action: ["logs:PutLogEvents", "logs:CreateLogStream"] }),
      },
    ],
  },
  "key-requires-rotation": {
    violations: [
      breaks(
        "a statement of a key's policy is about nothing, and means nothing",
        /a statement of kms:\* on none/,
        ofKey(([one, ...more]) => [{ ...one, Resource: [] }, ...more]),
      ),
      breaks(
        "a refusal of a key's policy refuses nothing",
        /a statement of none on \*/,
        ofKey((all) => [...all, { Effect: "Deny", Principal: "*", Resource: "*" }]),
      ),
    ],
    nearMisses: [
      {
        when: "a refusal refuses something",
        change: ofKey((all) => [
          ...all,
          { Effect: "Deny", Principal: "*", Action: "kms:DisableKey", Resource: "*" },
        ]),
      },
    ],
  },
  "evidence-binds-channel": {
    violations: [
      breaks("members of the channel bring roles of their own", /userAuthorizationRequired true/, (stack) =>
        channel(stack).set("userAuthorizationRequired", true),
      ),
      breaks("whether they do is left to the service", /userAuthorizationRequired nothing/, (stack) =>
        channel(stack).set("userAuthorizationRequired", undefined),
      ),
      breaks("the message names what no path leads to", /got the message/, (stack) =>
        stack.get(types.eventTarget, "evidence-target").set(
          "inputTransformer.inputTemplate",
          JSON.stringify({
            version: "1.0",
            source: "custom",
            content: { title: "Kept in <bucket>", description: "<key>" },
          }),
        ),
      ),
    ],
    nearMisses: [
      {
        when: "what the service does for the channel is logged",
        change: (stack) => channel(stack).set("loggingLevel", "INFO"),
      },
    ],
  },
  "rule-group-requires-runbook": {
    violations: [
      breaks("what is missing is taken for a sign of life", /1 in 'B' for what is missing/, (stack) =>
        missing(stack, { mode: "replaceNN", replaceWithValue: 1 }),
      ),
      breaks("what is missing is replaced by nothing", /nothing in 'B' for what is missing/, (stack) =>
        missing(stack, { mode: "replaceNN" }),
      ),
    ],
    nearMisses: [
      {
        when: "what is missing counts as 0",
        change: (stack) => missing(stack, { mode: "replaceNN", replaceWithValue: 0 }),
      },
      {
        when: "what is missing is left out",
        change: (stack) => {
          missing(stack, { mode: "dropNN" });
          Object.assign(rule(stack, "SecretStale"), { isPaused: false });
        },
      },
    ],
  },
  "grafana-requires-provenance": {
    violations: [
      breaks("Prometheus' rules may be changed by hand", /manageAlerts true/, (stack) =>
        prometheus(stack).json("jsonDataEncoded", (data) => Object.assign(data, { manageAlerts: true })),
      ),
      breaks("whether they may is left to Grafana", /manageAlerts nothing/, (stack) =>
        prometheus(stack).json("jsonDataEncoded", (data) => delete data.manageAlerts),
      ),
      breaks("a folder is deleted with what others keep in it", /preventDestroyIfNotEmpty false/, (stack) =>
        stack.get(types.folder).set("preventDestroyIfNotEmpty", false),
      ),
    ],
    nearMisses: [
      {
        when: "CloudWatch, which has no such rules, says nothing of them",
        change: (stack) =>
          stack
            .get(types.dataSource, "cloudwatch")
            .json("jsonDataEncoded", (data) => Object.assign(data, { customMetricsNamespaces: "staging" })),
      },
    ],
  },
  "invocations-bind-functions": {
    violations: [
      breaks(
        "a schedule calls a function of elsewhere",
        /a schedule of "arn:aws:lambda/,
        calls("gone", "{}"),
      ),
      breaks(
        "a schedule calls whatever version is newest",
        /a schedule of/,
        calls("trust-watch", "{}", {
          arn: "arn:aws:lambda:eu-west-1:123456789012:function:trust-watch",
        }),
      ),
      breaks("a function is called with the event", /input nothing/, calls("trust-watch", undefined)),
      breaks("a rotation is called without a task", /input "\{\}"; expected an object with a task/, (stack) =>
        calls("rotate-client-keys", "{}")(stack),
      ),
      breaks("a rotation is called with a list", /input "\[\]"/, calls("rotate-client-keys", "[]")),
    ],
    nearMisses: [
      { when: "a function that rotates nothing is told nothing", change: calls("trust-watch", "{}") },
      {
        when: "a rotation is told its task",
        change: calls("rotate-client-keys", '{"task":"retire"}'),
      },
      {
        when: "an event, which is no schedule, goes to a topic as it is",
        change: (stack) => stack.get(types.eventTarget, "renewal-target").set("input", undefined),
      },
    ],
  },
  "cluster-certificate-requires-renewal": {
    violations: [
      breaks("a certificate is of nobody", /names none/, (stack) =>
        certificate(stack).set("spec.dnsNames", undefined),
      ),
      breaks("a certificate's list of names is empty", /names none/, (stack) =>
        certificate(stack).set("spec.dnsNames", []),
      ),
      breaks("no handshake can be signed", /with uses server auth/, (stack) =>
        certificate(stack).set("spec.usages", ["server auth"]),
      ),
      breaks("it is of no end of a connection", /with uses digital signature/, (stack) =>
        certificate(stack).set("spec.usages", ["digital signature", "key encipherment"]),
      ),
    ],
    nearMisses: [
      {
        when: "it is a client's",
        change: (stack) => certificate(stack).set("spec.usages", ["digital signature", "client auth"]),
      },
    ],
  },
  "external-secrets-bind-secrets": {
    violations: [
      breaks("what is rotated is fetched once", /refreshInterval "0"/, (stack) =>
        external(stack).set("spec.refreshInterval", "0"),
      ),
      breaks("what is rotated arrives in a day", /refreshInterval "24h"/, (stack) =>
        external(stack).set("spec.refreshInterval", "24h"),
      ),
    ],
    nearMisses: [
      {
        when: "it is fetched every ten minutes",
        change: (stack) => external(stack).set("spec.refreshInterval", "10m"),
      },
    ],
  },
};
